"""The tables of order types, attributes and algorithms, and the choices joined from them and the contract's own list."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest

from core.domain.algos import ALGOS, fault_of_params
from core.domain.attributes import ATTRIBUTES, Attribute
from core.domain.choices import choices, faults, without
from core.domain.conditions import PriceCondition, TriggerMethod, VolumeCondition
from core.domain.contract import Contract, ContractDetails, SecType
from core.domain.order import Algo, Oca, OcaKind, OrderSpec, OrderType, Side, Tif
from core.domain.order_types import FIELDS, ORDER_TYPES, TIFS, Child, Need, PriceField, why_not
from core.simulator.matching.kinds import KINDS, verdict

STOCK_TOKENS = frozenset(row.token for row in ORDER_TYPES.values()) | frozenset(
    row.token for row in (*TIFS.values(), *ATTRIBUTES.values()) if row.token
)
STOCK = ContractDetails(
    Contract(265598, "AAPL"), order_types=STOCK_TOKENS, valid_exchanges=("SMART", "NASDAQ")
)
LIMIT = OrderSpec(STOCK.contract, Side.BUY, Decimal(100), OrderType.LMT, Decimal(150))
LATER = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
_UNLISTED = frozenset[str]()


def of(sec_type: SecType, **terms: object) -> OrderSpec:
    contract = replace(STOCK.contract, sec_type=sec_type)
    return replace(LIMIT, contract=contract, **terms)  # type: ignore[arg-type]


def test_every_type_time_field_attribute_and_algorithm_has_a_whole_row() -> None:
    assert set(ORDER_TYPES) == set(OrderType)
    assert set(TIFS) == set(Tif)
    assert set(FIELDS) == set(PriceField)
    assert set(ATTRIBUTES) == set(Attribute)
    for row in ORDER_TYPES.values():
        assert row.title
        assert row.meaning.endswith(".")
        assert row.token
        assert row.tifs <= set(Tif)
        assert SecType.IND not in row.sec_types
    for attribute in ATTRIBUTES.values():
        assert attribute.meaning.endswith(".")
        assert attribute.order_types == set(OrderType) or attribute.why_not_type
        assert attribute.sec_types >= set(SecType) - {SecType.IND, SecType.CONTFUT} or (
            attribute.why_not_sec_type
        )
    for algo in ALGOS.values():
        assert fault_of_params(algo.initial) == ""


def test_price_fields_are_fields_of_a_specification() -> None:
    assert {one.value for one in PriceField} <= {one.name for one in fields(OrderSpec)}


def test_what_is_offered_is_never_what_the_simulated_exchange_refuses() -> None:
    """Two readings of IB's rules, made apart: ours may refuse more, never less."""
    cells = product(OrderType, Tif, (SecType.STK, SecType.OPT, SecType.FUT, SecType.CASH, SecType.BAG))
    offered = 0
    for order_type, tif, sec_type in cells:
        if why_not(order_type, sec_type, tif, outside_rth=False, tokens=_UNLISTED):
            continue
        offered += 1
        assert verdict(order_type.value, tif.value, sec_type.value) is None, (order_type, tif, sec_type)
    assert offered > 150


def test_our_tokens_are_those_that_the_simulated_exchange_knows() -> None:
    ours = {kind.value: row.token for kind, row in ORDER_TYPES.items()}
    assert ours == {name: KINDS[name].token for name in ours}


def test_every_closed_choice_says_why() -> None:
    for sec_type in SecType:
        found = choices(None, of(sec_type))
        every = (
            found.order_types,
            found.tifs,
            found.attributes,
            found.algos,
            found.children,
            found.oca_kinds,
            found.trigger_methods,
        )
        for table in every:
            for words in table.values():
                assert words == "" or words.endswith((".", ")")), words
                assert "{" not in words


def test_a_stock_at_smart_is_offered_every_type() -> None:
    found = choices(STOCK, replace(LIMIT, quantity=Decimal(0), limit_price=None))
    assert [kind for kind, words in found.order_types.items() if words] == []
    assert found.exchanges == ("SMART", "NASDAQ")


def test_an_index_is_refused_with_words_whatever_is_chosen() -> None:
    found = choices(None, of(SecType.IND))
    assert set(found.order_types.values()) == {"An index cannot be traded. Trade its future, option or ETF."}
    assert found.faults[0] == "An index cannot be traded. Trade its future, option or ETF."


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (replace(LIMIT, tif=Tif.FOK), "FOK for options only"),
        (of(SecType.OPT, tif=Tif.OPG), "opening order"),
        (replace(LIMIT, order_type=OrderType.MOC, limit_price=None, tif=Tif.GTC), "do not take GTC"),
        (of(SecType.FUT, order_type=OrderType.MOC, limit_price=None), "not offered for FUT"),
        (of(SecType.CRYPTO, tif=Tif.GTD), "Crypto takes DAY, GTC and IOC only"),
        (of(SecType.CRYPTO, order_type=OrderType.MKT, limit_price=None, tif=Tif.IOC), "an amount of money"),
        (of(SecType.CRYPTO, order_type=OrderType.STP, limit_price=None), "not offered for CRYPTO"),
        (replace(LIMIT, tif=Tif.IOC, outside_rth=True), "IOC"),
        (replace(LIMIT, order_type=OrderType.MIDPRICE, outside_rth=True), "regular hours only"),
        (of(SecType.FUT, hidden=True), "Only stocks can be hidden (10255)"),
        (replace(LIMIT, hidden=True, tif=Tif.OPG), "takes no hidden orders"),
        (replace(LIMIT, hidden=True, display_size=Decimal(10)), "hidden whole or in part"),
        (of(SecType.FUT, all_or_none=True), "Only stocks and options can be all or none"),
        (replace(LIMIT, minimum_quantity=Decimal(10)), "Only options take a minimum quantity (10256)"),
        (replace(LIMIT, trigger_method=TriggerMethod.LAST), "Only orders that wait for a price"),
        (
            of(SecType.CASH, order_type=OrderType.STP, trigger_method=TriggerMethod.LAST),
            "or by the middle, only (146)",
        ),
        (
            replace(LIMIT, order_type=OrderType.STP, conditions=(PriceCondition(1, "SMART", Decimal(1)),)),
            "cannot wait for conditions (148)",
        ),
        (
            replace(
                LIMIT,
                order_type=OrderType.MKT,
                conditions=(PriceCondition(1, "SMART", Decimal(1)),),
                conditions_cancel=True,
            ),
            "cannot be cancelled by conditions",
        ),
        (replace(LIMIT, algo=ALGOS["Vwap"].initial, tif=Tif.GTC), "VWAP takes DAY only"),
        (of(SecType.FUT, algo=ALGOS["Twap"].initial), "TWAP is for STK only"),
        (replace(LIMIT, algo=ALGOS["Adaptive"].initial, hidden=True), "does not take it (442)"),
        (replace(LIMIT, algo=Algo("DarkIce")), "does not offer the algorithm DarkIce"),
        (replace(LIMIT, oca=Oca("g"), parent_id=5), "tied by IB already"),
        (of(SecType.BAG, oca=Oca("g")), "needs the kind that reduces without block (359)"),
        (replace(LIMIT, tif=Tif.GTD), "GTD needs the date"),
        (replace(LIMIT, tif=Tif.GTD, good_till=LATER, good_after=LATER), "would end before it begins"),
        (replace(LIMIT, display_size=Decimal(100)), "under the quantity of 100"),
        (of(SecType.OPT, discretionary=Decimal(16)), "at most a tenth of its limit: 15"),
        (
            replace(LIMIT, conditions=(VolumeCondition(1, "SMART", 2**31),)),
            "whole number up to 2,147,483,647",
        ),
        (replace(LIMIT, algo=Algo("Adaptive")), "priority is missing"),
        (replace(LIMIT, algo=Algo("Vwap", (("speed", "1"),))), "no parameter speed"),
        (replace(LIMIT, limit_price=None), "needs a limit price"),
        (replace(LIMIT, trail_amount=Decimal(1)), "takes no trailing amount"),
        (
            replace(
                LIMIT,
                order_type=OrderType.TRAIL,
                limit_price=None,
                trail_amount=Decimal(1),
                trail_percent=Decimal(1),
            ),
            "not both",
        ),
        (of(SecType.BAG), "at least two legs"),
    ],
)
def test_what_ib_refuses_in_the_form_of_an_order_is_told(spec: OrderSpec, words: str) -> None:
    assert any(words in fault for fault in faults(spec, None)), faults(spec, None)


def test_a_contract_that_does_not_list_something_closes_it() -> None:
    bare = replace(STOCK, order_types=frozenset({"LMT", "DAY"}))
    found = choices(bare, LIMIT)
    assert found.order_types[OrderType.MOC] == "This contract does not list market on close orders (MOC)."
    assert found.tifs[Tif.IOC] == "This contract does not list IOC orders."
    assert found.attributes[Attribute.ICEBERG] == "This contract does not list iceberg orders (ICE)."


def test_a_trailing_stop_hangs_on_limit_orders_only() -> None:
    assert choices(STOCK, LIMIT).children[Child.TRAILING_STOP] == ""
    market = choices(STOCK, replace(LIMIT, order_type=OrderType.MKT, limit_price=None))
    assert "(328)" in market.children[Child.TRAILING_STOP]
    assert market.children[Child.STOP] == ""


def test_fields_say_whether_they_are_needed_or_stand_for_each_other() -> None:
    found = choices(STOCK, replace(LIMIT, order_type=OrderType.TRAIL_LIMIT)).fields
    assert (found[PriceField.STOP], found[PriceField.OFFSET]) == (Need.MUST, Need.NEVER)
    assert found[PriceField.LIMIT] is found[PriceField.LIMIT_OFFSET] is Need.ALTERNATIVE


def test_sizes_are_those_that_ib_s_api_takes() -> None:
    fractional = replace(STOCK, size_increment=Decimal("0.0001"), min_size=Decimal("0.0001"))
    assert choices(fractional, LIMIT).smallest == 1
    coin = replace(fractional, contract=of(SecType.CRYPTO).contract)
    assert choices(coin, of(SecType.CRYPTO)).smallest == Decimal("0.0001")


@pytest.mark.parametrize("attribute", [one for one in Attribute if one is not Attribute.BRACKET])
def test_an_attribute_can_be_taken_off_again(attribute: Attribute) -> None:
    dressed = replace(
        LIMIT,
        outside_rth=True,
        good_after=LATER,
        oca=Oca("g", OcaKind.REDUCE_WITH_BLOCK),
        display_size=Decimal(10),
        hidden=True,
        all_or_none=True,
        discretionary=Decimal(1),
        minimum_quantity=Decimal(1),
        trigger_method=TriggerMethod.LAST,
        conditions=(PriceCondition(1, "SMART", Decimal(1)),),
        conditions_cancel=attribute is Attribute.CONDITIONS_CANCEL,
        algo=ALGOS["Adaptive"].initial,
    )
    assert ATTRIBUTES[attribute].is_set(dressed)
    assert not ATTRIBUTES[attribute].is_set(without(dressed, attribute))


def test_a_sentence_tells_everything_out_of_the_ordinary() -> None:
    spec = replace(
        LIMIT,
        tif=Tif.GTD,
        good_till=LATER,
        outside_rth=True,
        display_size=Decimal(20),
        conditions=(PriceCondition(1, "SMART", Decimal(155), label="MSFT"),),
    )
    assert spec.sentence() == (
        "BUY 100 AAPL LMT 150 GTD till 2026-11-24 15:30 UTC outside RTH showing 20 if MSFT at or above 155"
    )
    trailing = replace(LIMIT, order_type=OrderType.TRAIL, limit_price=None, trail_percent=Decimal(2))
    assert trailing.sentence() == "BUY 100 AAPL TRAIL trailing 2 % DAY"
    algo = replace(LIMIT, algo=ALGOS["Adaptive"].initial)
    assert algo.sentence() == "BUY 100 AAPL ADAPTIVE LMT 150 DAY"
