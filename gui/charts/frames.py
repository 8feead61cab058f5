"""The time frames a chart offers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """A bar size as the trader says it, as IB says it, and how far back it is asked for."""

    name: str
    bar_size: str
    duration: str


FRAMES: tuple[TimeFrame, ...] = (
    TimeFrame("1m", "1 min", "2 D"),
    TimeFrame("5m", "5 mins", "5 D"),
    TimeFrame("15m", "15 mins", "2 W"),
    TimeFrame("30m", "30 mins", "1 M"),
    TimeFrame("1h", "1 hour", "1 M"),
    TimeFrame("1D", "1 day", "1 Y"),
)
