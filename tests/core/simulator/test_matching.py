"""The rules of matching, by themselves: fills, triggers, commissions, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator.catalogue import increments
from core.simulator.catalogue.terms import TERMS
from core.simulator.matching import checks, commission
from core.simulator.matching.fills import ADDED, REMOVED, Fill, Shown, match
from core.simulator.matching.kinds import KINDS, TIFS
from core.simulator.model import Contract, Listing, MarginPreview, Order, Quote
from core.simulator.tape.ticks import TickRule

STOCK = Contract(265598, "AAPL", "STK", primary_exchange="NASDAQ")


def order(action: str = "BUY", kind: str = "LMT", limit: float | None = 100.0, **more: object) -> Order:
    terms = {"quantity": 300.0, "aux_price": None, "account": "DU1", **more}
    return Order(1, 1, STOCK, action, order_type=kind, limit_price=limit, **terms)  # type: ignore[arg-type]


def shown(
    bid: float | None = 99.98,
    ask: float | None = 100.0,
    last: float | None = 99.99,
    printed: int = 0,
    **taken: float,
) -> Shown:
    return Shown(Quote(1, 0.0, bid, 400, ask, 200, last, printed, 0, 1.0, 1.0, 1.0, 1.0), printed, taken)


def test_an_arriving_order_takes_the_other_side_at_its_price() -> None:
    assert match(order(limit=100.5), 100.5, shown(), resting=False) == Fill(200, 100.0, REMOVED)
    assert match(order("SELL", limit=99.0), 99.0, shown(), resting=False) == Fill(300, 99.98, REMOVED)


def test_a_market_order_takes_what_is_shown_and_no_more() -> None:
    assert match(order(kind="MKT", limit=None), None, shown(), resting=False) == Fill(200, 100.0, REMOVED)
    assert match(order(kind="MKT", limit=None), None, shown(BUY=150.0), resting=True) == Fill(
        50, 100.0, REMOVED
    )
    assert match(order(kind="MKT", limit=None), None, shown(BUY=200.0), resting=True) is None


def test_a_limit_away_from_the_market_waits() -> None:
    assert match(order(limit=99.5), 99.5, shown(printed=100), resting=True) is None


def test_a_resting_order_is_hit_at_its_own_price() -> None:
    assert match(order(limit=100.2), 100.2, shown(), resting=True) == Fill(200, 100.2, ADDED)
    assert match(order(limit=99.99), 99.99, shown(printed=101), resting=True) == Fill(51, 99.99, ADDED)
    through = shown(last=99.97, printed=101)
    assert match(order(limit=99.98), 99.98, through, resting=True) == Fill(101, 99.98, ADDED)
    assert match(order(limit=99.98), 99.98, through, resting=False) is None


def test_where_nobody_bids_nobody_is_sold_to() -> None:
    assert match(order("SELL", "MKT", None), None, shown(bid=None), resting=False) is None


@given(
    action=st.sampled_from(("BUY", "SELL")),
    limit=st.floats(99, 101).map(lambda price: round(price, 2)),
    resting=st.booleans(),
    printed=st.integers(0, 500),
    last=st.sampled_from((99.98, 99.99, 100.0)),
)
def test_nobody_pays_more_than_their_limit_nor_gets_more_than_they_want(
    action: str, limit: float, resting: bool, printed: int, last: float
) -> None:
    fill = match(order(action, limit=limit), limit, shown(last=last, printed=printed), resting)
    if fill is not None:
        assert 0 < fill.quantity <= 300
        assert fill.price <= limit if action == "BUY" else fill.price >= limit


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
    trigger = KINDS["STP"].trigger
    assert trigger is not None
    assert trigger(order(action, "STP", None, aux_price=stop), shown(last=last).quote, printed) is sets_off


def test_a_stop_in_fx_looks_at_the_side_it_would_take() -> None:
    trigger = KINDS["STP"].trigger
    assert trigger is not None
    quote = shown(bid=1.10, ask=1.11, last=None).quote
    assert trigger(order("BUY", "STP", None, aux_price=1.11), quote, False)
    assert not trigger(order("SELL", "STP", None, aux_price=1.09), quote, False)


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


def context(sec_type: str = "STK", on_side: int = 0, accounts: tuple[str, ...] = ("DU1",)) -> checks.Context:
    terms = TERMS["STK" if sec_type == "STK" else sec_type]
    listing = Listing(
        Contract(1, "X", sec_type), "", "", terms.min_tick, terms.order_types, terms.exchanges, terms.rules,
        "", "", "", 100.0, 0.2, 1, 1000, 1,
    )  # fmt: skip
    return checks.Context(listing, TickRule(increments(26)), accounts, on_side, parent_known=False)


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
        (order(kind="MIDPRICE"), 387),
        (order(kind="STP", aux_price=None), 321),
        (order(tif="FOK"), 201),
        (order(tif="OPG"), 201),
        (order(tif="GTD"), 10315),
        (order(action="HOLD"), 321),
        (order(parent_id=77), 10006),
        (order(account="DU9"), 321),
    ],
)
def test_what_is_wrong_is_refused_with_its_code(wrong: Order, code: int) -> None:
    refusal = checks.refusal(wrong, context())
    assert refusal is not None
    assert refusal.code == code


def test_what_is_right_is_not_refused() -> None:
    for right in (
        order(),
        order(kind="STP", limit=None, aux_price=99.0),
        order(kind="MKT", limit=None, tif="IOC"),
    ):
        assert checks.refusal(right, context()) is None


def test_an_index_cannot_be_traded() -> None:
    refusal = checks.refusal(order(), context("IND"))
    assert refusal is not None
    assert refusal.code == 201


def test_the_sixteenth_order_on_a_side_is_refused() -> None:
    assert checks.refusal(order(), context(on_side=14)) is None
    refusal = checks.refusal(order(), context(on_side=15))
    assert refusal is not None
    assert "15 orders" in refusal.text


def test_several_accounts_must_be_told_apart() -> None:
    refusal = checks.refusal(order(account=""), context(accounts=("DU1", "DU2")))
    assert refusal is not None
    assert refusal.code == 435


def test_margin_is_refused_only_to_what_makes_it_worse() -> None:
    def preview(init_after: float, equity_after: float) -> MarginPreview:
        return MarginPreview(900.0, 500.0, 800.0, init_after, 0.0, equity_after, 1.0, "USD")

    assert checks.margin_refusal(preview(950.0, 800.0)) is not None
    assert checks.margin_refusal(preview(900.0, 700.0)) is not None
    assert checks.margin_refusal(preview(500.0, 790.0)) is None


def test_every_order_type_s_token_is_one_ib_lists_for_stocks() -> None:
    listed = TERMS["STK"].order_types.split(",")
    assert all(kind.token in listed for kind in KINDS.values())
    assert all("STK" in kinds for tif, kinds in TIFS.items() if tif != "FOK")
