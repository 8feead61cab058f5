"""Two days that begin at different hours, and are never taken for one another."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from core.domain.days import calendar_day, session_day

EVENING = datetime(2026, 3, 9, 18, tzinfo=ZoneInfo("America/New_York")).timestamp()
MIDNIGHT = datetime(2026, 3, 10, tzinfo=ZoneInfo("America/New_York")).timestamp()


def test_the_calendar_day_turns_at_midnight_of_new_york() -> None:
    assert calendar_day(EVENING) == calendar_day(EVENING - 1)
    assert calendar_day(MIDNIGHT) == calendar_day(MIDNIGHT - 1) + 1


def test_the_session_day_turns_six_hours_before() -> None:
    assert session_day(EVENING) == session_day(EVENING - 1) + 1
    assert session_day(MIDNIGHT) == session_day(MIDNIGHT - 1) == calendar_day(MIDNIGHT)
