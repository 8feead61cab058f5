"""IB's limits on history, as the ledger keeps them, in virtual time."""

from __future__ import annotations

from core.domain.contract import Contract
from core.domain.quote import BarKey
from core.domain.requests import CancelBars, RequestBars
from core.pacing.history import ALIKE, IN_WINDOW, OPEN_AT_ONCE, HistoryLedger
from core.pacing.lanes import Lanes


def ask(con_id: int, size: str = "5 secs", what: str = "TRADES", duration: str = "600 S") -> RequestBars:
    return RequestBars(BarKey(con_id, size, what), Contract(con_id, f"S{con_id}"), duration, False, 30.0)


def drive(lanes: Lanes, until_s: float, answer_after_s: float = 0.5) -> list[tuple[float, RequestBars]]:
    """Let time pass, waking when the lanes want to be woken; every request is answered after a while."""
    now_s, granted, answers = 0.0, [], []
    while now_s <= until_s:
        for request in lanes.take(now_s):
            assert isinstance(request, RequestBars)
            granted.append((now_s, request))
            answers.append((now_s + answer_after_s, request.key))
        due_s = lanes.due_in_s(now_s)
        next_s = min([now_s + (60.0 if due_s is None else due_s), *(at for at, _ in answers if at > now_s)])
        now_s = next_s
        for at_s, key in [one for one in answers if one[0] <= now_s]:
            lanes.history.ended(key)
            answers.remove((at_s, key))
    return granted


def test_sixty_small_requests_go_in_ten_minutes_and_the_next_when_the_first_is_forgotten() -> None:
    lanes = Lanes(40, 10)
    for number in range(130):
        lanes.offer(ask(number))
    granted = drive(lanes, 1300.0)
    assert len(granted) == 130
    times = [at for at, _ in granted]
    assert times[IN_WINDOW - 1] < 2.0
    assert times[IN_WINDOW] > 600.0
    assert all(sum(at - 600.0 < one <= at for one in times) <= IN_WINDOW for at in times)


def test_bid_and_ask_count_twice() -> None:
    ledger = HistoryLedger()
    for number in range(30):
        ledger.sent(ask(number, what="BID_ASK"), 0.0)
    assert ledger.used(1.0) == IN_WINDOW
    assert ledger.due_at_s(ask(99), 1.0) is not None
    assert (ledger.due_at_s(ask(99), 1.0) or 0.0) > 600.0
    assert ledger.used(601.0) == 0


def test_an_identical_request_waits_fifteen_seconds_and_another_passes_it() -> None:
    lanes = Lanes(40, 10)
    for request in (ask(1), ask(1), ask(1, duration="900 S")):
        lanes.offer(request)
    assert lanes.take(0.0) == [ask(1), ask(1, duration="900 S")]
    lanes.history.ended(ask(1).key)
    due_s = lanes.next_history_s(0.0)
    assert due_s is not None
    assert 15.0 <= due_s < 15.1
    assert lanes.take(14.9) == []
    assert lanes.take(due_s) == [ask(1)]


def test_never_six_within_two_seconds_for_one_contract() -> None:
    lanes = Lanes(40, 10)
    for number in range(12):
        lanes.offer(ask(1, duration=f"{600 + number} S"))
    times = [at for at, _ in drive(lanes, 30.0)]
    assert len(times) == 12
    assert all(sum(at - 2.0 < one <= at for one in times) <= ALIKE for at in times)


def test_long_bars_are_slowed_down_by_ib_itself_and_wait_for_nothing_here() -> None:
    lanes = Lanes(40, 100)
    for number in range(100):
        lanes.offer(ask(number % 3, size="1 min"))
    assert len(drive(lanes, 5.0)) == 100
    assert lanes.history.used(5.0) == 0


def test_fifty_are_open_at_once_and_the_next_goes_when_one_has_ended() -> None:
    lanes = Lanes(1000, 1000)
    for number in range(OPEN_AT_ONCE + 1):
        lanes.offer(ask(number, size="1 min"))
    now_s, granted = 0.0, 0
    while now_s < 10.0:
        granted += len(lanes.take(now_s))
        now_s += 0.5
    assert granted == OPEN_AT_ONCE
    assert lanes.due_in_s(now_s) is None
    lanes.history.ended(ask(3, size="1 min").key)
    assert len(lanes.take(now_s)) == 1


def test_what_is_cancelled_is_not_open_any_more_and_a_cancel_waits_for_no_ledger() -> None:
    lanes = Lanes(40, 10)
    lanes.offer(ask(1))
    lanes.take(0.0)
    lanes.offer(ask(1))
    lanes.offer(CancelBars(ask(1).key))
    assert lanes.take(0.1) == [CancelBars(ask(1).key)]
    assert lanes.withdraw_bars(ask(1).key)
    assert lanes.due_in_s(0.2) is None


def test_the_window_outlives_the_link_and_what_was_open_does_not() -> None:
    lanes = Lanes(40, 10)
    lanes.offer(ask(1))
    lanes.take(0.0)
    lanes.clear()
    assert lanes.history.used(1.0) == 1
    lanes.offer(ask(1))
    assert lanes.take(1.0) == []
    assert lanes.take(15.1) == [ask(1)]


def test_the_ledger_does_not_grow_without_end() -> None:
    ledger = HistoryLedger()
    for number in range(20_000):
        ledger.sent(ask(number), number * 10.0)
        ledger.due_at_s(ask(number + 1), number * 10.0)
        ledger.ended(ask(number).key)
    assert len(ledger._identical) + len(ledger._alike) + len(ledger._sent) < 4 * IN_WINDOW
