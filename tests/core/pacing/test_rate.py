"""The rate: a reserve for orders, and less of everything after code 100."""

from __future__ import annotations

from core.domain.contract import Contract
from core.domain.requests import CancelOrder, SearchContracts, SubscribeQuotes
from core.pacing.lanes import Lanes
from tests.core.pacing.test_lanes import place


def wait_of_an_order(queued: int, offered_at_s: float) -> float:
    """How long, in virtual time, an order waits that comes while data requests are being worked off."""
    lanes = Lanes(40, 10)
    for number in range(queued):
        lanes.offer(SubscribeQuotes(Contract(number, f"S{number}")))
    now_s = 0.0
    while now_s < offered_at_s:
        lanes.take(now_s)
        now_s += min(lanes.due_in_s(now_s) or 1.0, offered_at_s - now_s)
    lanes.offer(place("order"))
    while place("order") not in lanes.take(now_s):
        now_s += lanes.due_in_s(now_s) or 1.0
    return now_s - offered_at_s


def test_an_order_never_waits_behind_five_hundred_queued_data_requests() -> None:
    waits = [wait_of_an_order(500, at * 0.037) for at in range(330)]
    assert max(waits) <= 0.020


def test_eight_orders_and_cancels_a_second_go_at_once_while_data_runs_at_full_rate() -> None:
    lanes, now_s, late = Lanes(40, 10), 0.0, 0
    for number in range(500):
        lanes.offer(SearchContracts(str(number)))
    for step in range(1000):
        now_s = step / 100
        urgent = step % 125 == 0 or step % 125 == 60
        if urgent:
            for number in range(4):
                lanes.offer(CancelOrder(f"{step}-{number}", number))
        granted = lanes.take(now_s)
        late += urgent and sum(isinstance(one, CancelOrder) for one in granted) != 4
    assert late == 0


def test_code_100_pauses_then_halves_then_recovers_slowly() -> None:
    lanes = Lanes(40, 10)
    assert lanes.rate.limit(0.0) == 40
    assert lanes.rate.throttled_until_s(0.0) is None
    lanes.rate.breached(0.0)
    lanes.offer(place("order"))
    lanes.offer(SearchContracts("data"))
    assert lanes.take(0.9) == []
    assert lanes.take(1.0) == [place("order")]
    assert lanes.take(1.9) == []
    assert lanes.take(2.1) == [SearchContracts("data")]
    assert lanes.rate.limit(2.1) == 21
    until_s = lanes.rate.throttled_until_s(2.1)
    assert until_s == 30.0
    assert lanes.rate.limit(15.0) == 30
    assert lanes.rate.limit(30.0) == 40
    assert lanes.rate.throttled_until_s(30.0) is None


def test_whoever_looks_first_after_the_recovery_is_told_that_it_is_over() -> None:
    lanes = Lanes(40, 10)
    lanes.rate.breached(0.0)
    assert lanes.rate.throttled_until_s(31.0) is None


def test_code_100_again_and_again_never_stops_everything() -> None:
    lanes = Lanes(40, 10)
    for _ in range(20):
        lanes.rate.breached(0.0)
    assert lanes.rate.limit(0.0) == 5
    lanes.offer(SearchContracts("data"))
    now_s = 0.0
    while not lanes.take(now_s):
        now_s += lanes.due_in_s(now_s) or 1.0
    assert now_s < 3.0


def test_a_throttled_second_carries_half() -> None:
    lanes, now_s, sent = Lanes(40, 10), 2.0, 0
    lanes.rate.breached(0.0)
    for number in range(200):
        lanes.offer(SearchContracts(str(number)))
    while now_s < 4.0:
        sent += len(lanes.take(now_s))
        now_s += 0.01
    assert 30 <= sent <= 2 * 24


def test_waking_when_told_is_never_a_busy_wait() -> None:
    lanes, now_s, wakes = Lanes(40, 10), 0.0, 0
    for number in range(400):
        lanes.offer(SearchContracts(str(number)))
    while lanes.queued:
        lanes.take(now_s)
        now_s += lanes.due_in_s(now_s) or 0.0
        wakes += 1
    assert wakes <= 2 * 400
