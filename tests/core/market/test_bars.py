"""Bars: kept once each, amended in place, and the same through the pyramid as one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.events import BarReported, BarsRefused, BarsReported
from core.domain.quote import Bar, BarKey
from core.market.bars import BarBook, BarSeries

KEY = BarKey(265598, "1 min")
BEGIN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def bar(minute: int, close: float = 100.0, volume: float | None = 10.0) -> Bar:
    start = BEGIN + timedelta(minutes=minute)
    return Bar(start, close - 0.1, close + 0.5, close - 0.5, close, volume, wap=close, trades=3)


def series_of(*minutes: int, most: int = 1_000) -> BarSeries:
    series = BarSeries(KEY, most)
    series.replace(bar(minute) for minute in minutes)
    return series


def minutes(series: BarSeries) -> list[int]:
    return [int((one.start - BEGIN).total_seconds() // 60) for one in series.bars()]


# --- one series --------------------------------------------------------------------------------------


def test_an_empty_series_has_no_last_bar_and_an_empty_view() -> None:
    series = BarSeries(KEY)
    assert len(series) == 0
    assert series.last is None
    assert series.view(0, 100, 50).close.size == 0
    with pytest.raises(IndexError):
        series.bar(0)


def test_bars_come_back_as_they_went_in() -> None:
    given_bars = (bar(0), bar(1, volume=None)._replace(wap=None, trades=None), bar(2, close=101.25))
    series = BarSeries(KEY)
    series.replace(given_bars)
    assert series.bars() == given_bars
    assert series.last == given_bars[-1]
    assert series.bar(-2) == series.bar(1)


def test_of_two_bars_with_one_start_the_later_answer_counts_and_order_does_not_matter() -> None:
    series = BarSeries(KEY)
    series.replace([bar(2), bar(0), bar(2, close=200.0), bar(1)])
    assert minutes(series) == [0, 1, 2]
    assert series.last is not None
    assert series.last.close == 200.0


def test_the_growing_bar_moves_the_last_and_then_begins_a_new_one() -> None:
    series = series_of(0, 1)
    series.apply(bar(1, close=105.0))
    assert (len(series), series.bar(-1).close) == (2, 105.0)
    series.apply(bar(2))
    assert minutes(series) == [0, 1, 2]


def test_a_late_bar_amends_its_place_or_takes_it() -> None:
    series = series_of(0, 1, 3)
    series.apply(bar(1, close=90.0))
    assert series.bar(1).close == 90.0
    series.apply(bar(2, close=91.0))
    series.apply(bar(-5))
    assert minutes(series) == [-5, 0, 1, 2, 3]


def test_every_write_raises_the_revision_once() -> None:
    series = series_of(0, 1, 3)
    seen = [series.revision]
    for late in (3, 4, 2, 0):
        series.apply(bar(late))
        seen.append(series.revision)
    series.merge([bar(5)])
    seen.append(series.revision)
    assert seen == list(range(seen[0], seen[0] + 6))


def test_back_fill_makes_neither_holes_nor_doubles_and_the_newer_answer_wins() -> None:
    series = series_of(10, 11, 12, 13)
    series.merge([bar(minute, close=50.0) for minute in range(8, 12)])
    assert minutes(series) == [8, 9, 10, 11, 12, 13]
    assert [one.close for one in series.bars()] == [50.0] * 4 + [100.0] * 2


def test_an_answer_rules_its_own_span() -> None:
    series = series_of(0, 1, 2, 3, 4)
    series.merge([bar(1), bar(3)])
    assert minutes(series) == [0, 1, 3, 4]


def test_an_answer_that_leaves_a_gap_after_the_last_bar_replaces_the_series() -> None:
    series = series_of(0, 1)
    series.merge([bar(2)])
    assert minutes(series) == [0, 1, 2]
    series.merge([bar(4), bar(5)])
    assert minutes(series) == [4, 5]


def test_an_empty_answer_changes_nothing() -> None:
    series = series_of(0, 1)
    series.merge([])
    assert minutes(series) == [0, 1]


def test_a_full_series_forgets_its_oldest_bars_in_blocks() -> None:
    series = series_of(most=64)
    for minute in range(1_000):
        series.apply(bar(minute, close=float(minute)))
        assert len(series) <= 64
    assert minutes(series) == list(range(1_000 - len(series), 1_000))
    assert len(series) > 50
    series.merge([bar(minute) for minute in range(1_000, 1_100)])
    assert minutes(series) == list(range(1_036, 1_100))


def test_a_moment_finds_the_bar_that_holds_it() -> None:
    series = series_of(0, 1, 5)
    begin_s = BEGIN.timestamp()
    assert [series.place_of(begin_s + s) for s in (-1, 0, 59, 60, 250, 300, 9_999)] == [-1, 0, 0, 1, 1, 2, 2]


# --- the pyramid -------------------------------------------------------------------------------------

PRICES = st.floats(1, 1_000, allow_nan=False).map(lambda price: round(price, 2))
VOLUMES = st.none() | st.floats(0, 1e6, allow_nan=False)
WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 40), PRICES),
        st.tuples(st.just("last"), st.just(0), PRICES),
        st.tuples(st.just("amend"), st.integers(0, 400), PRICES),
        st.tuples(st.just("merge"), st.integers(0, 200), PRICES),
    ),
    min_size=1,
    max_size=25,
)


def assert_equals_brute_force(series: BarSeries, first: int, last: int, most: int) -> None:
    seen = series.view(first, last, most)
    bars = series.bars()
    wanted = len(bars[max(0, first) : last])
    assert seen.close.size <= most + 2
    assert seen.first <= max(0, first)
    assert wanted == 0 or seen.first + seen.close.size * seen.span >= min(len(bars), last)
    assert wanted == 0 or seen.span == 1 or wanted > most * seen.span / 2
    for entry in range(seen.close.size):
        group = bars[seen.first + entry * seen.span :][: seen.span]
        volumes = [one.volume for one in group if one.volume is not None]
        assert seen.open[entry] == group[0].open
        assert seen.close[entry] == group[-1].close
        assert seen.high[entry] == max(one.high for one in group)
        assert seen.low[entry] == min(one.low for one in group)
        assert np.isnan(seen.volume[entry]) if not volumes else seen.volume[entry] == max(volumes)


@given(WRITES, st.integers(0, 500), st.integers(1, 600), st.integers(1, 60), VOLUMES)
def test_the_pyramid_equals_brute_force_after_any_writing(
    writes: list[tuple[str, int, float]], first: int, count: int, most: int, volume: float | None
) -> None:
    series = BarSeries(KEY, most=300)
    minute = 0
    for kind, amount, price in writes:
        match kind:
            case "append":
                for _ in range(amount):
                    minute += 1
                    series.apply(bar(minute, close=price + minute % 7, volume=volume))
            case "last":
                series.apply(bar(minute, close=price))
            case "amend":
                series.apply(bar(minute - amount, close=price, volume=None))
            case "merge":
                series.merge([bar(minute - back, close=price) for back in range(amount)])
        # Looking between the writes makes the pyramid settle in parts.
        assert_equals_brute_force(series, 0, len(series), 5)
    assert_equals_brute_force(series, first, first + count, most)
    assert series.start.tolist() == sorted(set(series.start.tolist()))


def test_panning_shows_the_same_groups_at_other_places() -> None:
    series = BarSeries(KEY)
    series.replace(bar(minute, close=100 + minute % 13) for minute in range(5_000))
    here, there = series.view(1_000, 3_000, 300), series.view(1_003, 3_003, 300)
    assert here.span == there.span == 8
    shift = (there.first - here.first) // here.span
    assert np.array_equal(here.high[shift : shift + 200], there.high[:200])


# --- the book ----------------------------------------------------------------------------------------


def test_the_book_keeps_a_series_for_every_key_until_it_is_dropped() -> None:
    book = BarBook()
    book.report(BarsReported(KEY, (bar(0), bar(1))))
    book.update(BarReported(KEY, bar(2)))
    series = book.series(KEY)
    assert series is not None
    assert minutes(series) == [0, 1, 2]
    assert book.keys() == (KEY,)
    book.drop(KEY)
    assert book.series(KEY) is None


def test_an_update_after_the_series_was_dropped_means_nothing() -> None:
    book = BarBook()
    book.report(BarsReported(KEY, (bar(0),)))
    book.drop(KEY)
    book.update(BarReported(KEY, bar(1)))
    assert book.keys() == ()


def test_a_second_answer_joins_the_first() -> None:
    book = BarBook()
    book.report(BarsReported(KEY, (bar(0), bar(1))))
    book.report(BarsReported(KEY, (bar(1, close=99.0), bar(2))))
    series = book.series(KEY)
    assert series is not None
    assert [one.close for one in series.bars()] == [100.0, 99.0, 100.0]


def test_a_refusal_is_kept_in_words_until_bars_come_and_spoils_no_old_picture() -> None:
    book = BarBook()
    book.report(BarsReported(KEY, (bar(0),)))
    book.refuse(BarsRefused(KEY, 162, "Historical data: no permission."))
    assert "no permission" in book.refusal(KEY)
    assert book.refusal(KEY).endswith("(IB 162)")
    assert book.series(KEY) is not None
    book.report(BarsReported(KEY, ()))
    assert book.refusal(KEY) == ""
    book.refuse(BarsRefused(KEY, None, ""))
    assert book.refusal(KEY) == "No bars came."
