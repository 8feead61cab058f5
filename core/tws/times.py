"""Times as IB writes them, made aware UTC, and back."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

log = logging.getLogger(__name__)


def moment(text: str) -> datetime:
    """When a bar began, aware UTC. Raises ValueError for what is no time."""
    if len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return stamp(text)


def stamp(text: str) -> datetime:
    """When something was executed: "20261122 10:00:00 US/Eastern", or "20261122-15:00:00", UTC by definition."""
    day, clock, *zone = text.replace("-", " ", 1).split(maxsplit=2)
    there = datetime.strptime(f"{day} {clock}", "%Y%m%d %H:%M:%S").replace(tzinfo=_zone(*zone))
    return there.astimezone(UTC)


def _zone(name: str = "") -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        log.warning("unknown time zone %r: taken for UTC", name)
        return UTC


def stamp_to(at: datetime) -> str:
    """UTC by definition: "20261122-15:00:00"."""
    return f"{at.astimezone(UTC):%Y%m%d-%H:%M:%S}"
