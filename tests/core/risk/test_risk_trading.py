"""The trading state: what halts, what locks for the day, and what lifts it again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.domain.days import session_day
from core.domain.limits import RiskLimits
from core.domain.trading import RESUME_PHRASE, TradingState
from core.risk.trading import TradingBook

NOON_S = datetime(2026, 11, 20, 17, 0, tzinfo=UTC).timestamp()
EVENING_S = datetime(2026, 11, 20, 23, 30, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
LOSS = RiskLimits(daily_loss=Decimal(1_000))


def lost(book: TradingBook, amount: int, at_s: float = NOON_S, limits: RiskLimits = LOSS) -> None:
    book.pnl_reported(Decimal(-amount), Decimal(100_000), "USD", limits, at_s)


def test_trading_begins_active_and_asks_for_nothing() -> None:
    view = TradingBook().view(NOON_S)
    assert (view.state, view.phrase, view.locked) == (TradingState.ACTIVE, "", False)


def test_a_halt_is_lifted_by_the_phrase_and_by_nothing_else() -> None:
    book = TradingBook()
    book.halt("Enough.", NOON_S)
    assert "Type" in book.resume("resume trading", NOON_S)
    assert book.resume(f" {RESUME_PHRASE} ", NOON_S) == ""
    assert book.view(NOON_S).state is TradingState.ACTIVE
    assert book.resume(RESUME_PHRASE, NOON_S) == "Trading is not halted."


def test_reduce_only_never_loosens_a_halt() -> None:
    book = TradingBook()
    book.halt("Enough.", NOON_S)
    book.reduce_only("Less.", NOON_S)
    assert book.view(NOON_S).state is TradingState.HALTED


def test_the_day_s_loss_locks_to_reduce_only_and_no_typing_lifts_it() -> None:
    book = TradingBook()
    lost(book, 999)
    assert book.view(NOON_S).state is TradingState.ACTIVE
    lost(book, 1_000)
    view = book.view(NOON_S)
    assert (view.state, view.locked) == (TradingState.REDUCE_ONLY, True)
    assert "The day lost 1,000 USD; the limit is 1,000 USD" in view.reason
    assert "next trading day" in book.resume(RESUME_PHRASE, NOON_S)
    assert book.view(NOON_S).state is TradingState.REDUCE_ONLY


def test_a_halted_desk_that_is_locked_resumes_to_reduce_only_at_most() -> None:
    book = TradingBook()
    lost(book, 2_000)
    book.halt("Enough.", NOON_S)
    assert book.resume(RESUME_PHRASE, NOON_S)
    assert book.view(NOON_S).state is TradingState.REDUCE_ONLY


def test_the_tighter_of_the_two_loss_limits_decides() -> None:
    book = TradingBook()
    lost(book, 500, limits=RiskLimits(daily_loss=Decimal(1_000), daily_loss_fraction=Decimal("0.005")))
    assert book.view(NOON_S).locked


def test_the_next_trading_day_lifts_the_lock_by_itself_but_not_a_halt() -> None:
    book, halted = TradingBook(), TradingBook()
    for one in (book, halted):
        lost(one, 2_000)
    halted.halt("Enough.", NOON_S)
    assert book.view(EVENING_S).state is TradingState.ACTIVE
    assert halted.view(EVENING_S).state is TradingState.HALTED
    assert book.view(EVENING_S).daily_pnl is None


def test_yesterday_s_loss_does_not_lock_the_new_day_but_a_loss_of_its_own_does() -> None:
    book = TradingBook()
    lost(book, 2_000)
    lost(book, 2_000, EVENING_S)  # IB has not begun its day anew yet
    assert book.view(EVENING_S).state is TradingState.ACTIVE
    lost(book, 0, EVENING_S + 60)
    lost(book, 1_000, EVENING_S + 120)
    assert book.view(EVENING_S + 120).locked


def test_the_number_of_orders_locks_the_day_too() -> None:
    book = TradingBook()
    for _ in range(3):
        book.order_sent(NOON_S, RiskLimits(orders_per_day=3))
    view = book.view(NOON_S)
    assert (view.state, view.orders_today) == (TradingState.REDUCE_ONLY, 3)


def test_only_the_hard_limit_of_the_rate_halts() -> None:
    book = TradingBook()
    book.denied("MaxOrderNotional", "Too much.", NOON_S)
    assert book.view(NOON_S).state is TradingState.ACTIVE
    book.denied("OrderRate", "Too fast.", NOON_S)
    assert book.view(NOON_S).state is TradingState.HALTED


def test_counts_begin_again_with_the_trading_day_and_not_at_midnight() -> None:
    book = TradingBook()
    book.order_sent(EVENING_S, RiskLimits())
    book.message_sent(EVENING_S + 2 * 3600)
    assert (book.view(EVENING_S + 2 * 3600).orders_today, book.current.messages_today) == (1, 2)
    assert book.view(EVENING_S + DAY_S).orders_today == 0


@pytest.mark.parametrize(("days", "state"), [(0, TradingState.REDUCE_ONLY), (1, TradingState.ACTIVE)])
def test_a_lock_is_put_back_after_a_restart_on_its_own_day_only(days: int, state: TradingState) -> None:
    before = TradingBook()
    lost(before, 2_000)
    view, now_s = before.current, NOON_S + days * DAY_S
    after = TradingBook()
    after.restore(view.state, view.reason, view.since_s or 0.0, before.lock_day)
    assert after.view(now_s).state is state


def test_a_kill_is_put_back_however_long_the_restart_took() -> None:
    book = TradingBook()
    book.kill(("a", "b"), NOON_S)
    assert book.current.kill == ("a", "b")
    after = TradingBook()
    after.restore(book.current.state, book.current.reason, NOON_S, None)
    view = after.view(NOON_S + 30 * DAY_S)
    assert (view.state, view.phrase) == (TradingState.HALTED, RESUME_PHRASE)


def test_each_change_is_told_once_for_the_journal() -> None:
    book = TradingBook()
    book.halt("Enough.", NOON_S)
    book.resume(RESUME_PHRASE, NOON_S)
    assert [one.state for one in book.changes] == [TradingState.HALTED, TradingState.ACTIVE]


def test_the_trading_day_turns_at_six_in_the_evening_of_new_york() -> None:
    turn_s = datetime(2026, 11, 20, 23, 0, tzinfo=UTC).timestamp()
    assert session_day(turn_s) == session_day(turn_s - 1) + 1
