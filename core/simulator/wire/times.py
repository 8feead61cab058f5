"""Dates and times as TWS writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

GATEWAY_ZONE: Final = "US/Eastern"
"""The zone the gateway is set to: for the account's clock and for executions."""

_ABBREVIATIONS: Final = {
    "EST": "US/Eastern",
    "EDT": "US/Eastern",
    "CST": "US/Central",
    "CDT": "US/Central",
    "MST": "US/Mountain",
    "MDT": "US/Mountain",
    "PST": "US/Pacific",
    "PDT": "US/Pacific",
    "GMT": "UTC",
    "BST": "Europe/London",
    "MET": "Europe/Berlin",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "JST": "Asia/Tokyo",
    "HKT": "Asia/Hong_Kong",
}

_STAMP = re.compile(r"^(\d{8})(?:(-|\s{1,2})(\d{1,2}:\d{2}(?::\d{2})?)(?:[ -](\S+))?)?$")


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The zone called `name`, an IANA name or TWS's abbreviation; raises `ValueError`."""
    try:
        return ZoneInfo(_ABBREVIATIONS.get(name, name))
    except (KeyError, ValueError, OSError):
        raise ValueError(name) from None


def parse_stamp(text: str, local: str) -> datetime | None:
    """The time in `text`, None when it is empty; without a zone it is in the zone `local`.

    "20261122 10:15:32 US/Eastern", "20261122-15:15:32" (always UTC), "20261122 10:15:32", "20261122".
    Raises `ValueError` when it is none of these.
    """
    text = text.strip()
    if not text:
        return None
    found = _STAMP.match(text)
    if found is None:
        raise ValueError(text)
    day, separator, clock, named = found.groups()
    clock = clock or "00:00:00"
    if clock.count(":") == 1:
        clock += ":00"
    place = zone(named) if named else UTC if separator == "-" else zone(local)
    return datetime.strptime(f"{day} {clock}", "%Y%m%d %H:%M:%S").replace(tzinfo=place)


def stamp(at: datetime, name: str, version: int = 178) -> str:
    """`at` on the clock of the zone called `name`; before version 174 on the gateway's own, unnamed."""
    if version >= 174:
        return f"{at.astimezone(zone(name)):%Y%m%d %H:%M:%S} {name}"
    return f"{at.astimezone(zone(GATEWAY_ZONE)):%Y%m%d  %H:%M:%S}"


def from_epoch(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
