"""Conditions, groups and brackets at the exchange: what waits for what, and what ends with what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.simulator.model import Order, OrderChanged
from core.simulator.wire.place_order import Condition
from tests.core.simulator.trader import AAPL, ACCOUNT, IBM, MSFT, NOW_S, TSLA, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(NOW_S + seconds, UTC):%Y%m%d-%H:%M:%S}"


def at(seconds: float, joined: str = "a") -> Condition:
    return Condition(3, joined, (True, clock(seconds)))


def price(con_id: int, above: bool, level: float, joined: str = "a") -> Condition:
    return Condition(1, joined, (above, level, con_id, "SMART", 0))


def conditional(desk: Desk, *conditions: Condition, cancels: bool = False, **terms: object) -> Order:
    attributes: dict[str, object] = {"conditions": conditions}
    if cancels:
        attributes["conditionsCancelOrder"] = True
    order = desk.order(IBM, attributes=attributes, **terms)
    desk.place(order)
    return order


def status_after(desk: Desk, order: Order, seconds: float) -> str:
    desk.wait(seconds)
    return desk.known(order).status


def test_a_time_sends_an_order_on(desk: Desk) -> None:
    order = conditional(desk, at(10))
    assert status_after(desk, order, 8) == "PreSubmitted"
    assert status_after(desk, order, 5) == "Filled"


def test_a_price_of_another_contract_sends_an_order_on(desk: Desk) -> None:
    reached = conditional(desk, price(TSLA, True, 1.0))
    never = conditional(desk, price(TSLA, True, 100_000.0))
    assert status_after(desk, reached, 3) == "Filled"
    assert status_after(desk, never, 1) == "PreSubmitted"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(6, "a", (True, 1, AAPL, "SMART")), True),
        (Condition(6, "a", (True, 2_000_000_000, AAPL, "SMART")), False),
        (Condition(7, "a", (True, -50.0, AAPL, "SMART")), True),
        (Condition(7, "a", (True, 50.0, AAPL, "SMART")), False),
        (Condition(4, "a", (True, 10.0)), True),
        (Condition(4, "a", (False, 10.0)), False),
    ],
)
def test_volume_change_and_margin_are_conditions_too(desk: Desk, condition: Condition, holds: bool) -> None:
    order = conditional(desk, condition)
    assert (status_after(desk, order, 3) == "Filled") is holds


def test_an_execution_sends_an_order_on_when_it_comes_afterwards(desk: Desk) -> None:
    desk.place(desk.order(MSFT, quantity=10))
    desk.wait(2)
    order = conditional(desk, Condition(5, "a", ("STK", "SMART", "MSFT")))
    assert status_after(desk, order, 2) == "PreSubmitted"
    desk.place(desk.order(MSFT, quantity=10))
    assert status_after(desk, order, 4) == "Filled"


def test_conditions_are_joined_by_and_and_or(desk: Desk) -> None:
    both = conditional(desk, at(1, "a"), at(600))
    either = conditional(desk, at(1, "o"), at(600))
    desk.wait(5)
    assert [desk.known(one).status for one in (both, either)] == ["PreSubmitted", "Filled"]


def test_a_condition_can_cancel_instead(desk: Desk) -> None:
    order = conditional(desk, at(5), cancels=True, order_type="LMT", limit_price=1.0)
    assert status_after(desk, order, 3) == "Submitted"
    assert status_after(desk, order, 4) == "Cancelled"
    assert desk.codes() == [202]


def test_a_condition_on_an_unknown_contract_is_refused(desk: Desk) -> None:
    conditional(desk, price(4711, True, 1.0))
    conditional(desk, Condition(3, "a", (True, "soon")))
    assert desk.codes() == [147, 321]


# --- groups ---------------------------------------------------------------------------------------


def group(desk: Desk, kind: int) -> tuple[Order, Order, Order]:
    terms = {"ocaGroup": "g", "ocaType": kind}
    away = [
        desk.limit(round(desk.bid(one) - 5, 2), con_id=one, quantity=600, attributes=terms)
        for one in (MSFT, TSLA)
    ]
    desk.wait(0.3)
    first = desk.order(IBM, quantity=20_00, attributes=terms, order_type="LMT", limit_price=desk.ask(IBM))
    desk.place(first)
    desk.wait(0.15)
    return first, away[0], away[1]


def test_type_one_cancels_the_rest_at_the_first_fill(desk: Desk) -> None:
    first, one, other = group(desk, 1)
    assert desk.known(first).filled > 0
    assert {desk.known(o).status for o in (one, other)} == {"Cancelled"}


@pytest.mark.parametrize("kind", [2, 3])
def test_types_two_and_three_reduce_the_rest_in_proportion(desk: Desk, kind: int) -> None:
    first, one, other = group(desk, kind)
    done = desk.known(first)
    assert 0 < done.filled < done.quantity
    left = 600 * (1 - done.filled / done.quantity)
    for changed in (desk.known(one), desk.known(other)):
        assert changed.status == "Submitted"
        assert left - 3 <= changed.quantity <= left


def test_a_group_cannot_be_changed_on_a_working_order(desk: Desk) -> None:
    order = desk.limit(1.0, attributes={"ocaGroup": "g", "ocaType": 2})
    desk.wait()
    desk.place(order.with_(attributes={"ocaGroup": "h", "ocaType": 2}))
    desk.place(order.with_(attributes={"ocaGroup": "g", "ocaType": 3}))
    desk.place(order.with_(tif="GTD", attributes={**order.attributes, "goodTillDate": clock(600)}))
    desk.place(order.with_(attributes={**order.attributes, "algoStrategy": "Twap"}))
    assert desk.codes() == [10326, 10327, 462, 440]


# --- brackets -------------------------------------------------------------------------------------


def test_children_work_for_what_their_parent_has_filled(desk: Desk) -> None:
    parent = desk.order(
        IBM, quantity=5_000, order_type="LMT", limit_price=desk.ask(IBM), transmit=False, tif="GTC"
    )
    desk.place(parent)
    child = desk.order(
        IBM,
        "SELL",
        5_000,
        order_type="LMT",
        limit_price=round(desk.bid(IBM) - 5, 2),
        parent_id=parent.order_id,
    )
    desk.place(child)
    desk.wait(0.2)
    entered = desk.known(parent).filled
    assert 0 < entered < 5_000
    assert 0 <= desk.known(child).filled <= entered
    desk.cancel(parent)
    desk.wait(60)
    assert desk.known(parent).status == "Cancelled"
    left = desk.known(child)
    assert (left.quantity, left.status) == (desk.known(parent).filled, "Filled")
    assert desk.held(IBM) == 0


def test_the_last_of_a_bracket_ends_with_the_other(desk: Desk) -> None:
    parent = desk.order(IBM, transmit=False)
    desk.place(parent)
    stop = desk.order(
        IBM, "SELL", order_type="STP", aux_price=round(desk.bid(IBM) - 9, 2), parent_id=parent.order_id,
        transmit=False,
    )  # fmt: skip
    desk.place(stop)
    target = desk.order(
        IBM, "SELL", order_type="LMT", limit_price=round(desk.bid(IBM) - 1, 2), parent_id=parent.order_id
    )
    desk.place(target)
    desk.wait(6)
    assert [desk.known(o).status for o in (parent, target, stop)] == ["Filled", "Filled", "Cancelled"]
    assert desk.held(IBM) == 0


def test_a_trailing_child_hangs_on_a_limit_and_on_nothing_else(desk: Desk) -> None:
    parent = desk.limit(round(desk.ask(IBM) + 1, 2), IBM, transmit=False)
    child = desk.order(IBM, "SELL", order_type="TRAIL", aux_price=2.0, parent_id=parent.order_id)
    desk.place(child)
    desk.wait(5)
    assert desk.known(parent).status == "Filled"
    assert desk.known(child).why_held == "trigger"
    assert desk.known(child).attributes["trailStopPrice"]
    other = desk.order(IBM, order_type="MKT", transmit=False)
    desk.place(other)
    desk.place(desk.order(IBM, "SELL", order_type="TRAIL", aux_price=2.0, parent_id=other.order_id))
    assert desk.codes() == [328]


def test_an_adjustable_stop_becomes_a_trailing_one_when_the_market_has_moved(desk: Desk) -> None:
    bid = desk.bid(AAPL)
    terms = {
        "adjustedOrderType": "TRAIL",
        "triggerPrice": round(bid - 1, 2),
        "adjustedStopPrice": round(bid - 4, 2),
        "adjustedTrailingAmount": 3.0,
    }
    order = desk.order(AAPL, "SELL", 50, order_type="STP", aux_price=round(bid - 9, 2), attributes=terms)
    desk.place(order)
    desk.wait(2)
    known = desk.known(order)
    assert known.order_type == "TRAIL"
    assert float(str(known.attributes["trailStopPrice"])) == pytest.approx(bid - 3, abs=0.5)
    changes = [n.order.order_type for n in desk.heard if isinstance(n, OrderChanged)]
    assert changes[-1] == "TRAIL"
    assert desk.market.positions(ACCOUNT)
