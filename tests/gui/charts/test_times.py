"""The time axis: labels where the exchange's clock turned, whatever lies between the bars."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from gui.charts.times import moment_words, ticks, zone_named
from tests.gui.charts.market import series

NEW_YORK = zone_named("US/Eastern")


def labels(
    count: int, size: str, bar_px: float, bar_s: int, zone: str = "US/Eastern"
) -> list[tuple[str, bool]]:
    bars = series(count, size)
    found = ticks(bars.start, np.arange(count), zone_named(zone), bar_s, bar_px, 78)
    return [(tick.text, tick.strong) for tick in found]


def test_hours_are_labelled_within_a_day_and_the_next_day_stands_out() -> None:
    found = labels(500, "1 min", 1.5, 60)
    assert found == [
        ("10:00", False), ("11:00", False), ("12:00", False), ("13:00", False), ("14:00", False), ("15:00", False),
        ("3 Mar", True), ("11:00", False),
    ]  # fmt: skip


def test_months_stand_out_among_days() -> None:
    found = labels(120, "1 hour", 12, 3_600)
    assert ("3 Mar", False) in found
    assert not any(strong for _, strong in found)
    daily = labels(60, "1 day", 9, 86_400, "UTC")
    assert ("Apr", True) in daily
    assert ("9", False) in daily


def test_days_stand_out_among_hours_however_few_hours_there_are() -> None:
    found = labels(60, "1 hour", 30, 3_600)
    assert {strong for text, strong in found if "Mar" in text} == {True}
    assert {strong for text, strong in found if ":" in text} == {False}


def test_labels_keep_their_distance_at_every_zoom() -> None:
    bars = series(3_000)
    for bar_px in (0.3, 1.0, 2.7, 9.0, 40.0):
        found = ticks(bars.start, np.arange(len(bars)), NEW_YORK, 60, bar_px, 78)
        places = [tick.place for tick in found]
        assert places
        assert min(np.diff(places), default=99_999) * bar_px >= 78


def test_the_zone_follows_summer_time() -> None:
    winter, summer = (datetime(2026, month, 2, 15, tzinfo=UTC).timestamp() for month in (3, 7))
    wall = NEW_YORK.local(np.array([winter, summer])) % 86_400 // 3_600
    assert wall.tolist() == [10, 11]
    assert (NEW_YORK.name_at(winter), NEW_YORK.name_at(summer)) == ("EST", "EDT")


def test_whole_columns_agree_with_the_calendar_around_every_change_of_the_clock() -> None:
    days = np.arange(
        datetime(2025, 1, 1, tzinfo=UTC).timestamp(), datetime(2027, 1, 1, tzinfo=UTC).timestamp(), 1_800
    )
    walls = NEW_YORK.local(days)
    for at, wall in zip(days[::7].tolist(), walls[::7].tolist(), strict=True):
        moment = NEW_YORK.at(at)
        assert wall == at + moment.utcoffset().total_seconds()  # type: ignore[union-attr]


def test_an_unknown_zone_is_the_traders_own() -> None:
    assert zone_named("Mars/Olympus").zone is None
    assert zone_named("").zone is None
    assert zone_named("US/Eastern (Eastern Time)").name_at(0.0) == "EST"


def test_the_crosshair_says_the_moment_as_finely_as_the_bars() -> None:
    at = datetime(2026, 3, 2, 14, 30, 5, tzinfo=UTC).timestamp()
    assert moment_words(at, NEW_YORK, 60) == "Mon 2 Mar 2026  09:30"
    assert moment_words(at, NEW_YORK, 5) == "Mon 2 Mar 2026  09:30:05"
    assert moment_words(at, zone_named("UTC"), 86_400) == "Mon 2 Mar 2026"


def test_one_bar_needs_no_label() -> None:
    assert ticks(np.array([0.0]), np.array([0]), NEW_YORK, 60, 9, 78) == []
