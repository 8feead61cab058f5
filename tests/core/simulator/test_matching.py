"""The rules of matching, by themselves: fills, triggers, commissions, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator.catalogue import increments
from core.simulator.catalogue.terms import TERMS
from core.simulator.matching import attributes, checks, commission
from core.simulator.matching.fills import ADDED, REMOVED, Fill, Offer, Shown, stand, take
from core.simulator.matching.floor import Working
from core.simulator.matching.kinds import KINDS, SEC_TYPES, verdict
from core.simulator.matching.triggers import reached, trail
from core.simulator.model import BookLevel, Contract, Listing, MarginPreview, Order, Quote
from core.simulator.tape.ticks import TickRule
from core.simulator.wire.place_order import Condition

STOCK = Contract(265598, "AAPL", "STK", primary_exchange="NASDAQ")


def order(action: str = "BUY", kind: str = "LMT", limit: float | None = 100.0, **more: object) -> Order:
    terms = {"quantity": 300.0, "aux_price": None, "account": "DU1", **more}
    return Order(1, 1, STOCK, action, order_type=kind, limit_price=limit, **terms)  # type: ignore[arg-type]


def shown(
    bid: float | None = 99.98,
    ask: float | None = 100.0,
    last: float | None = 99.99,
    printed: int = 0,
    taken: dict[tuple[str, float], float] | None = None,
    **more: object,
) -> Shown:
    quote = Quote(1, 0.0, bid, 400, ask, 200, last, printed, 0, 1.0, 1.0, 1.0, 1.0)
    return Shown(quote, printed, taken if taken is not None else {}, **more)  # type: ignore[arg-type]


BEHIND = (BookLevel(100.0, 200, "ARCA"), BookLevel(100.01, 300, "ARCA"), BookLevel(100.03, 50, "BATS"))


def test_an_arriving_order_takes_the_other_side_at_its_price() -> None:
    assert take("BUY", 300, 100.5, shown()) == [Fill(200, 100.0, REMOVED)]
    assert take("SELL", 300, 99.0, shown()) == [Fill(300, 99.98, REMOVED)]
    assert take("BUY", 300, 99.99, shown()) == []


def test_a_large_order_walks_the_book_level_by_level() -> None:
    fills = take("BUY", 600, None, shown(behind=BEHIND))
    assert fills == [Fill(200, 100.0, REMOVED), Fill(300, 100.01, REMOVED), Fill(50, 100.03, REMOVED)]
    assert take("BUY", 600, 100.01, shown(behind=BEHIND)) == fills[:2]


def test_what_another_has_taken_is_gone() -> None:
    used = {("BUY", 100.0): 150.0}
    assert take("BUY", 300, None, shown(taken=used)) == [Fill(50, 100.0, REMOVED)]
    assert take("BUY", 300, None, shown(taken={("BUY", 100.0): 200.0})) == []


def test_a_small_order_may_be_improved() -> None:
    assert take("BUY", 100, None, shown(better=0.01)) == [Fill(100, 99.99, REMOVED)]
    assert take("SELL", 100, None, shown(better=0.01)) == [Fill(100, 99.99, REMOVED)]


def test_an_order_of_our_own_that_is_better_trades_first_and_an_equal_one_last() -> None:
    own = (Offer(99.99, 40, "better"), Offer(100.0, 60, "equal"))
    fills = take("BUY", 300, None, shown(own=own))
    assert [(f.quantity, f.price, f.counterpart) for f in fills] == [
        (40, 99.99, "better"), (200, 100.0, None), (60, 100.0, "equal"),
    ]  # fmt: skip


def test_a_limit_away_from_the_market_waits() -> None:
    assert stand("BUY", 300, 99.5, shown(printed=100), 0.0) == (None, 0.0)


def test_a_resting_order_is_hit_at_its_own_price() -> None:
    assert stand("BUY", 300, 100.2, shown(), 0.0) == (Fill(200, 100.2, ADDED), 0.0)
    through = shown(last=99.97, printed=101)
    assert stand("BUY", 300, 99.98, through, 500.0) == (Fill(101, 99.98, ADDED), 0.0)


def test_a_trade_inside_the_market_counts_by_half_at_its_edge() -> None:
    inside = shown(last=99.99, printed=100)
    assert stand("BUY", 300, 99.98, inside, 20.0) == (Fill(30, 99.98, ADDED), 0.0)
    assert stand("BUY", 300, 99.97, inside, 0.0) == (None, 0.0)


def test_who_stood_there_before_is_served_first() -> None:
    at_price = shown(last=99.98, printed=100)
    assert stand("BUY", 300, 99.98, at_price, 250.0) == (None, 150.0)
    assert stand("BUY", 300, 99.98, at_price, 70.0) == (Fill(30, 99.98, ADDED), 0.0)
    assert stand("BUY", 300, 99.98, at_price, 0.0) == (Fill(100, 99.98, ADDED), 0.0)


def test_where_nobody_bids_nobody_is_sold_to() -> None:
    assert take("SELL", 300, None, shown(bid=None)) == []


@given(
    action=st.sampled_from(("BUY", "SELL")),
    limit=st.floats(99, 101).map(lambda price: round(price, 2)),
    resting=st.booleans(),
    printed=st.integers(0, 500),
    last=st.sampled_from((99.98, 99.99, 100.0)),
    ahead=st.floats(0, 500),
)
def test_nobody_pays_more_than_their_limit_nor_gets_more_than_they_want(
    action: str, limit: float, resting: bool, printed: int, last: float, ahead: float
) -> None:
    market = shown(last=last, printed=printed, behind=BEHIND if action == "BUY" else ())
    if resting:
        fill, left = stand(action, 300, limit, market, ahead)
        fills = [fill] if fill else []
        assert 0 <= left <= ahead
    else:
        fills = take(action, 300, limit, market)
    assert sum(fill.quantity for fill in fills) <= 300
    for fill in fills:
        assert fill.quantity > 0
        assert fill.price <= limit if action == "BUY" else fill.price >= limit


# --- triggers -----------------------------------------------------------------------------------


def armed(action: str, kind: str, stop: float, **attributes: object) -> Working:
    one = order(action, kind, None, aux_price=stop, attributes=attributes)
    return Working(one, KINDS[kind], stop=stop)


@pytest.mark.parametrize(
    ("action", "stop", "last", "printed", "sets_off"),
    [
        ("BUY", 100.0, 99.99, True, False),
        ("BUY", 100.0, 100.0, True, True),
        ("BUY", 100.0, 100.5, False, False),
        ("SELL", 100.0, 100.01, True, False),
        ("SELL", 100.0, 99.5, True, True),
    ],
)
def test_a_stop_is_set_off_by_a_trade_at_its_price(
    action: str, stop: float, last: float, printed: bool, sets_off: bool
) -> None:
    assert reached(armed(action, "STP", stop), shown(last=last).quote, printed) is sets_off


def test_a_touch_is_the_other_way_round() -> None:
    quote = shown(last=99.0).quote
    assert reached(armed("BUY", "MIT", 99.5), quote, True)
    assert not reached(armed("SELL", "MIT", 99.5), quote, True)


def test_a_stop_in_fx_looks_at_the_side_it_would_take() -> None:
    quote = shown(bid=1.10, ask=1.11, last=None).quote
    assert reached(armed("BUY", "STP", 1.11), quote, False)
    assert not reached(armed("SELL", "STP", 1.09), quote, False)


@pytest.mark.parametrize(
    ("trigger_method", "stop", "looks", "sets_off"),
    [
        (2, 99.99, 1, True),  # last
        (4, 100.0, 1, True),  # the side it would take
        (4, 100.01, 1, False),
        (1, 100.0, 1, False),  # twice in a row
        (1, 100.0, 2, True),
        (3, 99.99, 2, True),
        (7, 100.0, 1, True),
        (8, 99.99, 1, True),  # the middle
        (8, 100.0, 1, False),
    ],
)
def test_each_trigger_method_looks_where_ib_says(
    trigger_method: int, stop: float, looks: int, sets_off: bool
) -> None:
    one = armed("BUY", "STP", stop, triggerMethod=trigger_method)
    seen = [reached(one, shown().quote, True) for _ in range(looks)]
    assert seen[-1] is sets_off


def test_a_trailing_stop_follows_the_market_and_never_goes_back() -> None:
    ticks = TickRule(increments(26))
    one = Working(order("SELL", "TRAIL", None, aux_price=0.5), KINDS["TRAIL"])
    stops = []
    for last in (100.0, 100.4, 100.1, 101.0, 100.6):
        trail(one, shown(last=last).quote, ticks)
        stops.append(one.stop)
    assert stops == [99.5, 99.9, 99.9, 100.5, 100.5]
    assert one.order.attributes["trailStopPrice"] == 100.5


@pytest.mark.parametrize(
    ("contract", "quantity", "price", "expected"),
    [
        (STOCK, 100, 200.0, 1.0),
        (STOCK, 1000, 200.0, 5.0),
        (STOCK, 10, 2.0, 0.2),
        (Contract(1, "X", "OPT", multiplier="100"), 10, 2.0, 6.5),
        (Contract(1, "ES", "FUT", multiplier="50"), 2, 6000.0, 4.5),
        (Contract(1, "EUR", "CASH"), 20_000, 1.2, 2.0),
        (Contract(1, "EUR", "CASH"), 1_000_000, 1.2, 24.0),
    ],
)
def test_commission_by_the_fixed_schedule(
    contract: Contract, quantity: float, price: float, expected: float
) -> None:
    assert commission.whole(contract, quantity, price, 1.0) == pytest.approx(expected)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_fills_together_cost_what_one_fill_would(parts: list[int]) -> None:
    filled, charged = 0.0, 0.0
    for part in parts:
        charged += commission.of_fill(STOCK, filled, part, 150.0, 1.0, charged)
        filled += part
    assert charged == pytest.approx(commission.whole(STOCK, filled, 150.0, 1.0), abs=1e-5)


def context(
    sec_type: str = "STK",
    on_side: int = 0,
    accounts: tuple[str, ...] = ("DU1",),
    parent_type: str = "",
    halted: bool = False,
) -> checks.Context:
    terms = TERMS["ES" if sec_type == "FUT" else "STK" if sec_type == "BAG" else sec_type]
    listing = Listing(
        Contract(1, "X", sec_type), "", "", terms.min_tick, terms.order_types, terms.exchanges, terms.rules,
        "", "", "", 100.0, 0.2, 1, 1000, 1,
    )  # fmt: skip
    rule = TickRule(increments(int(terms.rules.split(",")[0])))
    return checks.Context(listing, rule, accounts, on_side, bool(parent_type), parent_type, halted)


def with_terms(
    kind: str = "LMT", limit: float | None = 100.0, aux: float | None = None, **terms: object
) -> Order:
    plain = {name: terms.pop(name) for name in ("tif", "parent_id", "outside_rth") if name in terms}
    return order("BUY", kind, limit, aux_price=aux, attributes=terms, **plain)


def after(seconds: float) -> Condition:
    return Condition(3, "a", (True, "20261123 10:00:00 US/Eastern"))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (order(limit=100.001), 110),
        (order(limit=None), 321),
        (order(limit=float("inf")), 321),
        (order(limit=-5.0), 321),
        (order(quantity=0.0), 434),
        (order(quantity=-1.0), 321),
        (order(quantity=0.5), 10243),
        (order(kind="PEG MKT"), 387),
        (order(kind="PASSV REL"), 387),
        (order(kind="MKT PRT", limit=None), 387),
        (order(kind="STP", aux_price=None), 321),
        (order(tif="FOK"), 201),
        (order(tif="DTC"), 201),
        (order(tif="AUC"), 201),
        (order(kind="MOC", limit=None, tif="GTC"), 201),
        (order(kind="STP", aux_price=99.0, tif="IOC"), 201),
        (with_terms("TRAIL", None), 321),
        (with_terms("TRAIL", None, 1.0, trailingPercent=2.0), 321),
        (with_terms("TRAIL LIMIT", None, 1.0, lmtPriceOffset=0.1), 321),
        (with_terms("TRAIL LIMIT", 99.0, 1.0, trailStopPrice=98.0, lmtPriceOffset=0.1), 321),
        (with_terms("TRAIL LIMIT", 99.0, 1.0, trailStopPrice=98.001), 110),
        (with_terms("MIDPRICE", None, outside_rth=True), 321),
        (with_terms("STP", None, 99.0, triggerMethod=5), 146),
        (with_terms("STP", None, 99.0, conditions=(after(1),)), 148),
        (with_terms("MKT", None, conditions=(after(1),), conditionsCancelOrder=True), 148),
        (with_terms(hidden=True, displaySize=100), 10255),
        (with_terms(hidden=True, tif="OPG"), 10255),
        (with_terms(minQty=10), 10256),
        (with_terms("MKT", None, displaySize=100), 321),
        (with_terms("MKT", None, discretionaryAmt=0.1), 321),
        (with_terms(displaySize=100, allOrNone=True), 201),
        (with_terms(cashQty=5000.0), 10244),
        (with_terms(goodAfterTime="soon"), 10314),
        (with_terms("STP", None, 99.0, adjustedOrderType="TRAIL", triggerPrice=101.0), 321),
        (with_terms(ocaGroup="g", ocaType=7), 321),
        (order(tif="GTD"), 10315),
        (order(action="HOLD"), 321),
        (order(parent_id=77), 10006),
        (order(account="DU9"), 321),
    ],
)
def test_what_is_wrong_is_refused_with_its_code(wrong: Order, code: int) -> None:
    refusal = attributes.refusal(wrong, context())
    assert refusal is not None
    assert refusal.code == code


@pytest.mark.parametrize(
    ("wrong", "where", "code"),
    [
        (with_terms("TRAIL", None, 1.0, parent_id=1), context(parent_type="MKT"), 328),
        (with_terms(allOrNone=True, parent_id=1), context(parent_type="LMT"), 201),
        (with_terms(tif="IOC", parent_id=1), context(parent_type="LMT"), 201),
        (with_terms(), context(halted=True), 154),
        (with_terms("STP", None, 99.0, triggerMethod=2), context("CASH"), 146),
        (with_terms(ocaGroup="g", ocaType=1), context("BAG"), 359),
        (with_terms(discretionaryAmt=20.0), context("OPT"), 321),
        (with_terms("MOC", None), context("FUT"), 387),
        (with_terms("STP", None, 1.0), context("BAG"), 387),
    ],
)
def test_what_is_wrong_here_is_refused_with_its_code(wrong: Order, where: checks.Context, code: int) -> None:
    refusal = attributes.refusal(wrong, where)
    assert refusal is not None
    assert refusal.code == code


def test_what_is_right_is_not_refused() -> None:
    for right in (
        order(),
        order(kind="STP", limit=None, aux_price=99.0),
        order(kind="MKT", limit=None, tif="IOC"),
        with_terms("TRAIL", None, 1.0),
        with_terms("TRAIL", None, trailingPercent=2.0),
        with_terms("TRAIL LIMIT", None, 1.0, trailStopPrice=99.0, lmtPriceOffset=0.1),
        with_terms(displaySize=100),
        with_terms(hidden=True),
        with_terms(conditions=(after(1),), conditionsCancelOrder=True),
        with_terms("MIDPRICE", None, conditions=(after(1),)),
        with_terms("STP", None, 99.0, adjustedOrderType="STP", triggerPrice=101.0, adjustedStopPrice=100.0),
    ):
        assert attributes.refusal(right, context()) is None


def test_an_index_cannot_be_traded() -> None:
    refusal = attributes.refusal(order(), context("IND"))
    assert refusal is not None
    assert refusal.code == 201


def test_the_sixteenth_order_on_a_side_is_refused() -> None:
    assert attributes.refusal(order(), context(on_side=14)) is None
    refusal = attributes.refusal(order(), context(on_side=15))
    assert refusal is not None
    assert "15 orders" in refusal.text


def test_several_accounts_must_be_told_apart() -> None:
    refusal = attributes.refusal(order(account=""), context(accounts=("DU1", "DU2")))
    assert refusal is not None
    assert refusal.code == 435


def test_margin_is_refused_only_to_what_makes_it_worse() -> None:
    def preview(init_after: float, equity_after: float) -> MarginPreview:
        return MarginPreview(900.0, 500.0, 800.0, init_after, 0.0, equity_after, 1.0, "USD")

    assert checks.margin_refusal(preview(950.0, 800.0)) is not None
    assert checks.margin_refusal(preview(900.0, 700.0)) is not None
    assert checks.margin_refusal(preview(500.0, 790.0)) is None


# --- the table ----------------------------------------------------------------------------------

EVERY_TIF = ("DAY", "GTC", "GTD", "IOC", "FOK", "OPG", "DTC", "AUC", "GTT")
REFUSED_TYPES = ("PEG MKT", "PASSV REL", "MKT PRT", "STP PRT", "BOX TOP", "VOL", "PEG STK")


def test_every_cell_of_type_tif_and_kind_is_decided() -> None:
    cells = {
        (kind, tif, sec_type): verdict(kind, tif, sec_type)
        for kind in (*KINDS, *REFUSED_TYPES)
        for tif in EVERY_TIF
        for sec_type in SEC_TYPES
    }
    allowed = [cell for cell, found in cells.items() if found is None]
    assert len(cells) == 27 * 9 * 9
    assert len(allowed) == 324
    assert {found[0] for found in cells.values() if found} == {201, 387}
    assert all(cells[kind, tif, "STK"] for kind in KINDS for tif in ("DTC", "AUC", "GTT", "FOK"))
    assert all(cells[kind, "DAY", "STK"] is None for kind in KINDS)


def test_the_table_agrees_with_what_the_contracts_list() -> None:
    """A type that a row allows for a kind of contract is one that IB lists for it, and the other way round."""
    for sec_type in SEC_TYPES[:-1]:
        terms = {"FUT": "ES"}.get(sec_type, sec_type)
        listed = TERMS[terms].order_types.split(",")
        for name, kind in KINDS.items():
            assert (kind.token in listed) == (sec_type in kind.sec_types), f"{name} {sec_type}"
