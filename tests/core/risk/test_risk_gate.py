"""The gate as a whole: what passes, what asks, what is denied, and how modifications are judged."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.link import Socket
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.verdict import Approved, Ask, Denied
from core.risk.gate import assess, judge
from core.risk.rules import ROSTER
from core.risk.value import dear_price
from tests.core.risk.bench import AAPL, ACCOUNT, ES, NOW_S, OPTION, Bench, buy, sell, working

NOTHING: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "spec",
    [
        buy(),
        buy(limit=None),
        sell(),
        buy(limit=None, stop="151"),
        sell(limit="147.5", stop="148"),
        buy("1", "5000.25", ES),
        buy("5", "2.05", OPTION),
    ],
    ids=OrderSpec.sentence,
)
def test_an_ordinary_order_is_approved(spec: OrderSpec) -> None:
    assert judge(spec, Bench(), NOTHING) == Approved(spec)


def test_a_soft_objection_asks_and_its_acknowledgement_is_kept_with_the_approval() -> None:
    spec = buy("200")
    asked = judge(spec, Bench(), NOTHING)
    assert isinstance(asked, Ask)
    assert [one.rule for one in asked.objections] == ["MaxOrderNotional"]
    assert judge(spec, Bench(), frozenset({"MaxOrderNotional"})) == Approved(spec, ("MaxOrderNotional",))


def test_each_soft_objection_wants_its_own_acknowledgement() -> None:
    spec = buy("200", "153.5")
    asked = judge(spec, Bench(), frozenset({"MaxOrderNotional"}))
    assert isinstance(asked, Ask)
    assert [one.rule for one in asked.objections] == ["PriceCollar"]


def test_no_acknowledgement_lifts_a_hard_objection() -> None:
    every_rule = frozenset(rule.NAME for rule in ROSTER)
    verdict = judge(buy("12000"), Bench(), every_rule)
    assert isinstance(verdict, Denied)
    assert verdict.objections[0].rule == "MaxOrderQuantity"
    assert verdict.words.startswith("Quantity 12,000 is over the limit of 10,000")


def test_hard_objections_come_first_and_the_link_before_all() -> None:
    desk = Bench().linked(socket=Socket.DOWN, state="down").quoting(AAPL, halted=True)
    found = assess(buy("12000"), desk)
    assert found[0].rule == "LinkNotReady"
    assert [one.hard for one in found] == sorted((one.hard for one in found), reverse=True)


def test_an_order_for_an_unknown_contract_is_denied_and_breaks_no_rule_s_reckoning() -> None:
    desk = Bench(known={}, quotes={}, summary=None)
    verdict = judge(buy(limit=None), desk, NOTHING)
    assert isinstance(verdict, Denied)
    assert {"ContractUnknown", "QuoteMissing"} <= {one.rule for one in verdict.objections}


def test_a_modification_does_not_count_itself() -> None:
    order = working(buy(), "W0")
    others = tuple(working(buy("1"), f"W{number}") for number in range(1, 15))
    desk = Bench(working=(order, *others), sent=tuple((NOW_S - 0.1, buy(limit="149.9")) for _ in range(12)))
    assert judge(buy(limit="149.9"), desk, NOTHING, order) == Approved(buy(limit="149.9"))


def test_making_an_order_smaller_is_never_asked_about() -> None:
    order = working(buy("5000", "100"))
    desk = Bench(working=(order,)).quoting(AAPL, changed_at_s=NOW_S - 60)
    assert judge(buy("4000", "100"), desk, NOTHING, order) == Approved(buy("4000", "100"))


def test_making_an_order_larger_is_judged_like_a_new_one() -> None:
    order = working(buy("100"))
    verdict = judge(buy("11000"), Bench(working=(order,)), NOTHING, order)
    assert isinstance(verdict, Denied)
    assert {"MaxOrderQuantity", "MaxOrderNotional"} <= {one.rule for one in verdict.objections}


def test_moving_a_price_through_the_market_is_judged_like_a_new_one() -> None:
    order = working(buy())
    verdict = judge(buy(limit="190"), Bench(working=(order,)), NOTHING, order)
    assert isinstance(verdict, Denied)
    assert verdict.objections[0].rule == "PriceCollar"


def test_only_what_is_left_to_fill_counts_as_money() -> None:
    order = working(buy("700", "149"), filled="600")
    assert judge(buy("700", "150"), Bench(working=(order,)), NOTHING, order) == Approved(buy("700", "150"))


def test_a_position_can_always_be_closed_by_acknowledgement_however_large() -> None:
    desk = Bench().holding(AAPL, 5000)
    asked = judge(sell("5000"), desk, NOTHING)
    assert isinstance(asked, Ask)
    assert {one.rule for one in asked.objections} == {"MaxOrderQuantity", "MaxOrderNotional"}


def test_two_closing_orders_for_one_position_do_not_both_count_as_closing() -> None:
    desk = Bench(working=(working(sell("5000")),)).holding(AAPL, 5000)
    assert isinstance(judge(sell("5000"), desk, NOTHING), Denied)


def test_a_closing_order_that_is_modified_does_not_stand_in_its_own_way() -> None:
    order = working(sell("2500"))
    desk = Bench(working=(order,)).holding(AAPL, 5000)
    changed = judge(sell("5000", "149"), desk, NOTHING, order)
    assert isinstance(changed, Approved | Ask), changed


@pytest.mark.parametrize(
    ("spec", "price"),
    [
        (buy("1", "149"), "149"),
        (sell("1", "170"), "170"),
        (sell("1", "140"), "150"),
        (buy("1", None), "150"),
        (buy("1", None, stop="170"), "170"),
    ],
)
def test_an_order_is_valued_at_the_dearest_price_it_could_well_trade_at(spec: OrderSpec, price: str) -> None:
    assert dear_price(spec, Bench()) == Decimal(price)


numbers = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.sampled_from(
        [Decimal("sNaN"), Decimal("-0"), Decimal("1e-30"), Decimal("1e308"), Decimal("1e999999")]
    ),
)


@given(
    side=st.sampled_from(Side),
    quantity=numbers,
    kind=st.sampled_from(OrderType),
    limit=st.none() | numbers,
    stop=st.none() | numbers,
    contract=st.sampled_from([AAPL, ES, OPTION]),
)
def test_no_number_breaks_the_gate(side, quantity, kind, limit, stop, contract) -> None:  # type: ignore[no-untyped-def]
    spec = OrderSpec(contract, side, quantity, kind, limit, stop, account=ACCOUNT)
    verdict = judge(spec, Bench(), NOTHING)
    if isinstance(verdict, Approved):
        assert quantity == int(quantity) > 0
    else:
        assert all(one.words and one.rule for one in verdict.objections)
