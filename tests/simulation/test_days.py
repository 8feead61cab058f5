"""A desk that only watches: what should flow flows again after each night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.soak import days

SUNDAY_NIGHT = datetime(2026, 11, 16, 4, 40, tzinfo=UTC)
"""Twenty to midnight in New York, before the gateway's restart and the servers' reset."""


@pytest.mark.timeout(300)
def test_every_line_flows_and_the_chart_has_no_hole_after_a_restart_and_a_reset() -> None:
    watched = days.run(0.2, begins=SUNDAY_NIGHT)
    assert watched.wrong == []
    assert watched.lines == {"flowing": len(days.SYMBOLS)}
    assert len(watched.events) == 2
    assert watched.reconnects >= 1


def test_a_week_has_resets_restarts_a_weekend_and_a_login() -> None:
    names = [name for _, name, _ in days.happenings(days.TUESDAY, days.TUESDAY + timedelta(days=7))]
    assert {name for name, *_ in days.PLAN} == set(names)
    assert names.count("nightly reset of the servers") == 6
    assert names.count("weekly login") == 1


def test_growth_is_a_slope() -> None:
    assert days.slope([(0.0, 5.0), (1.0, 7.0), (2.0, 9.0)]) == pytest.approx(2.0)
    assert days.slope([(0.0, 5.0)]) == 0.0
