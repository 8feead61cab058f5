"""A market-data line as it is: not whether it was asked for, but whether it flows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineState(StrEnum):
    WAITING = "waiting"
    """Asked for, or about to be; nothing has come yet."""
    FLOWING = "flowing"
    QUIET = "quiet"
    """It ticked, and does not now; nothing says that it should."""
    DEAD = "dead"
    """It should flow and does not, and asking again did not help."""
    REFUSED = "refused"
    EVICTED = "evicted"
    """Somebody watches it, but all of IB's lines are taken by what is more urgent."""


@dataclass(frozen=True, slots=True)
class LineView:
    """What is known of one contract's line."""

    con_id: int
    state: LineState
    since_s: float
    """When `state` was entered."""
    last_tick_s: float | None = None
    """When a quote last came over this line; `None` since it was asked for."""
    words: str = ""
