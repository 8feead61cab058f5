"""How much history closes a hole: from the last bar on, in durations IB takes, never more than was wished."""

from __future__ import annotations

from random import Random

import pytest

from core.domain.quote import BAR_SECONDS
from core.market.backfill import duration_since, seconds_of


@pytest.mark.parametrize(
    ("bar_size", "gap_s", "wished", "duration"),
    [
        ("1 min", 10, "1 D", "120 S"),
        ("1 min", 600, "1 D", "1800 S"),
        ("1 min", 5 * 3600, "1 D", "28800 S"),
        ("1 min", 10 * 3600, "5 D", "2 D"),
        ("1 min", 10 * 3600, "1 D", "1 D"),
        ("1 min", 66 * 3600, "10 D", "4 D"),
        ("5 secs", 30, "3600 S", "60 S"),
        ("5 secs", 4000, "7200 S", "7200 S"),
        ("1 secs", 1700, "2000 S", "1800 S"),
        ("1 hour", 100, "1 M", "14400 S"),
        ("1 day", 3600, "1 Y", "3 D"),
        ("1 week", 3600, "5 Y", "15 D"),
    ],
)
def test_a_hole_is_asked_for_and_no_more(bar_size: str, gap_s: float, wished: str, duration: str) -> None:
    assert duration_since(1e9, BAR_SECONDS[bar_size], wished, 1e9 + gap_s) == duration


def test_it_reaches_back_over_the_last_bar_or_is_what_was_wished() -> None:
    chance = Random(1)
    for _ in range(5_000):
        bar_s = chance.choice(list(BAR_SECONDS.values()))
        wished = chance.choice(("1800 S", "1 D", "5 D", "1 M", "1 Y"))
        gap_s = 10 ** chance.uniform(0, 7)
        duration = duration_since(1e9, bar_s, wished, 1e9 + gap_s)
        assert duration == wished or seconds_of(duration) >= gap_s + bar_s
        assert seconds_of(duration) <= seconds_of(wished)


def test_a_clock_that_was_set_back_asks_for_the_least_there_is() -> None:
    assert duration_since(1e9, 60, "1 D", 1e9 - 5_000) == "120 S"
