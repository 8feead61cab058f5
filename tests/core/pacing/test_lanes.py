"""Lanes: precedence, budgets, nothing sent late."""

from decimal import Decimal
from typing import get_args

from core.domain.contract import Contract
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.requests import (
    CancelOrder,
    PlaceOrder,
    SearchContracts,
    TakeSnapshot,
    WireRequest,
)
from core.domain.verdict import Approved
from core.pacing.lanes import LANES, Lanes
from core.pacing.rate import HARD_MESSAGES_PER_S

SPEC = OrderSpec(Contract(1, "AAPL"), Side.BUY, Decimal(1), OrderType.MKT)


def place(ref: str) -> PlaceOrder:
    return PlaceOrder(ref, 1, Approved(SPEC))


def test_every_request_that_costs_messages_has_a_lane() -> None:
    assert set(LANES) == set(get_args(WireRequest))


def test_a_cancel_goes_before_an_order_and_an_order_before_everything_else() -> None:
    lanes = Lanes(40, 10)
    for number in range(500):
        lanes.offer(SearchContracts(str(number)))
    lanes.offer(place("a"))
    lanes.offer(CancelOrder("b", 2))
    assert lanes.take(0.0)[:2] == [CancelOrder("b", 2), place("a")]


def test_data_requests_keep_to_the_sustained_rate_after_a_burst() -> None:
    lanes = Lanes(40, 10)
    for number in range(200):
        lanes.offer(SearchContracts(str(number)))
    sent, now_s = 0, 0.0
    while now_s < 2.0:
        sent += len(lanes.take(now_s))
        now_s += 0.01
    assert 80 <= sent <= 10 + 2 * 40 + 1


def test_no_second_ever_carries_more_than_the_hard_limit() -> None:
    lanes = Lanes(40, 10)
    times: list[float] = []
    now_s = 0.0
    for number in range(300):
        lanes.offer(place(str(number)))
    while now_s < 10.0:
        times += [now_s] * len(lanes.take(now_s))
        now_s += 0.013
    assert len(times) == 300
    assert all(sum(1 for at in times if start <= at < start + 1.0) <= HARD_MESSAGES_PER_S for start in times)


def test_a_costly_request_is_not_starved_by_cheap_ones_behind_it() -> None:
    lanes = Lanes(40, 10)
    lanes.take(0.0)
    for number in range(10):
        lanes.offer(SearchContracts(str(number)))
    lanes.take(0.0)
    lanes.offer(TakeSnapshot(10.0))
    lanes.offer(SearchContracts("late"))
    granted = lanes.take(0.13)
    assert granted[0] == TakeSnapshot(10.0)


def test_what_waits_says_when_it_may_go() -> None:
    lanes = Lanes(40, 10)
    assert lanes.due_in_s(0.0) is None
    for number in range(11):
        lanes.offer(SearchContracts(str(number)))
    lanes.take(0.0)
    due_s = lanes.due_in_s(0.0)
    assert due_s is not None
    assert len(lanes.take(due_s + 1e-6)) == 1


def test_a_lost_link_empties_the_lanes() -> None:
    lanes = Lanes(40, 0)
    lanes.offer(place("a"))
    assert lanes.clear() == (place("a"),)
    assert lanes.take(5.0) == []


def test_an_order_that_has_not_gone_can_be_withdrawn() -> None:
    lanes = Lanes(40, 10)
    lanes.offer(place("a"))
    assert lanes.withdraw("a")
    assert not lanes.withdraw("a")
    assert lanes.take(0.0) == []
