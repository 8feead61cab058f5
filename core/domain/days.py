"""The two days of New York that IB counts by; each is a number, one higher each day."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_NEW_YORK = ZoneInfo("America/New_York")
_SESSION_TURNS_AT = 18
"""In the evening before, when futures open again."""


def calendar_day(at_s: float) -> int:
    """Midnight to midnight in New York: IB lists the executions of one such day."""
    return _days(at_s // 3600)[0]


def session_day(at_s: float) -> int:
    """From six in the evening of New York: limits and locks of the day turn with it."""
    return _days(at_s // 3600)[1]


@lru_cache(maxsize=64)
def _days(hour: float) -> tuple[int, int]:
    """Both days of an hour since 1970: New York turns them, and its clocks, with a full hour of UTC."""
    there = datetime.fromtimestamp(hour * 3600, _NEW_YORK)
    return there.toordinal(), there.toordinal() + (there.hour >= _SESSION_TURNS_AT)
