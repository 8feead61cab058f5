"""Bars from the cache: shown where IB has told nothing, marked until it does, and never over what it told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.events import BarReported, BarsRefused, BarsReported
from core.domain.quote import Bar, BarKey
from core.market.bars import BarBook

KEY = BarKey(265598, "1 min")
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


def bars(count: int, after: int = 0, close: float = 150.0) -> tuple[Bar, ...]:
    return tuple(
        Bar(NOON + timedelta(minutes=after + at), 150.0, 160.0, 140.0, close, 1.0) for at in range(count)
    )


@pytest.fixture
def book() -> BarBook:
    return BarBook()


def closes(book: BarBook) -> list[float]:
    series = book.series(KEY)
    return [] if series is None else list(series.close)


def test_a_series_from_the_cache_says_since_when(book: BarBook) -> None:
    book.report(BarsReported(KEY, bars(3), cached_at_s=99.0))
    assert (len(closes(book)), book.as_of_s(KEY)) == (3, 99.0)


def test_what_ib_tells_takes_the_mark_away_and_rules_its_span(book: BarBook) -> None:
    book.report(BarsReported(KEY, bars(3), cached_at_s=99.0))
    book.report(BarsReported(KEY, bars(3, after=1, close=151.0)))
    assert (closes(book), book.as_of_s(KEY)) == ([150.0, 151.0, 151.0, 151.0], None)


def test_cached_bars_that_would_leave_a_hole_give_way(book: BarBook) -> None:
    book.report(BarsReported(KEY, bars(3), cached_at_s=99.0))
    book.report(BarsReported(KEY, bars(2, after=60)))
    assert len(closes(book)) == 2


def test_the_cache_never_speaks_over_what_ib_told(book: BarBook) -> None:
    book.report(BarsReported(KEY, bars(3, close=151.0)))
    book.report(BarsReported(KEY, bars(3), cached_at_s=99.0))
    assert (closes(book), book.as_of_s(KEY)) == ([151.0] * 3, None)


@pytest.mark.parametrize("event", [BarReported(KEY, bars(1, after=3)[0]), BarsRefused(KEY, 162, "no")])
def test_neither_a_growing_bar_nor_a_refusal_takes_the_mark_away(
    book: BarBook, event: BarReported | BarsRefused
) -> None:
    book.report(BarsReported(KEY, bars(3), cached_at_s=99.0))
    (book.update if isinstance(event, BarReported) else book.refuse)(event)  # type: ignore[operator]
    assert book.as_of_s(KEY) == 99.0


def test_a_dropped_series_forgets_its_mark(book: BarBook) -> None:
    book.report(BarsReported(KEY, bars(3), cached_at_s=99.0))
    book.drop(KEY)
    assert book.as_of_s(KEY) is None
    book.report(BarsReported(KEY, bars(3)))
    assert book.as_of_s(KEY) is None
