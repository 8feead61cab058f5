"""Time and sales: every trade of one contract as the exchanges print it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.domain.line import LineState
from core.domain.order import Side

PRINTS_KEPT = 500


class Print(NamedTuple):
    """One trade."""

    at: datetime
    """UTC, whole seconds."""
    price: float
    size: float
    exchange: str = ""
    conditions: str = ""
    aggressor: Side | None = None
    """BUY at or above the ask of that moment, SELL at or below the bid; `None` between them, or not known."""
    unreported: bool = False
    """Not counted in volume and last price: an odd lot, an average price, a late report."""


@dataclass(frozen=True, slots=True)
class TapeView:
    con_id: int
    prints: tuple[Print, ...] = ()
    """Newest first, at most `PRINTS_KEPT`."""
    state: LineState = LineState.WAITING
    words: str = ""
    """Why nothing flows; "" when it does."""
