"""The two days of New York that IB counts by; each is a number, one higher each day."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_NEW_YORK = ZoneInfo("America/New_York")
_SESSION_TURNS_AT = 18
"""In the evening before, when futures open again."""


def calendar_day(at_s: float) -> int:
    """Midnight to midnight in New York: IB lists the executions of one such day."""
    return datetime.fromtimestamp(at_s, _NEW_YORK).toordinal()


def session_day(at_s: float) -> int:
    """From six in the evening of New York: limits and locks of the day turn with it."""
    there = datetime.fromtimestamp(at_s, _NEW_YORK)
    return there.toordinal() + (there.hour >= _SESSION_TURNS_AT)
