"""Dates and times as they are typed, in the trader's own zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_TIME = re.compile(r"(?:(\d{4})-(\d{2})-(\d{2})\s+)?(\d{1,2}):(\d{2})", re.ASCII)


class Moment(NamedTuple):
    """A moment or the words why there is none; both empty: nothing was typed."""

    at: datetime | None
    fault: str = ""


def read_moment(text: str, now_s: float) -> Moment:
    """15:30 is the next half past three; 2026-11-27 15:30 is that day's. What is over is refused."""
    typed = text.strip()
    if not typed:
        return Moment(None)
    found = _TIME.fullmatch(typed)
    if found is None:
        return Moment(None, "Write it as 15:30 or 2026-11-27 15:30.")
    now = datetime.fromtimestamp(now_s, UTC).astimezone()
    year, month, day, hour, minute = found.groups()
    try:
        at = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        if year:
            # The zone of that day, which may be another one than today's.
            at = datetime(int(year), int(month), int(day), int(hour), int(minute)).astimezone()
    except ValueError:
        return Moment(None, "There is no such date or time.")
    if not year and at <= now:
        at += timedelta(days=1)
    if at <= now:
        return Moment(None, "That is over already.")
    return Moment(at.astimezone(UTC))


def moment_text(at: datetime | None) -> str:
    """As `read_moment` reads it."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def local_words(at: datetime) -> str:
    """Fri 27 Nov 15:30 EST"""
    return f"{at.astimezone():%a %d %b %H:%M %Z}"
