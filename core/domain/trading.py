"""The trading state: whether this desk may open, only reduce, or do nothing but cancel."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class TradingState(StrEnum):
    """In the order of severity; cancels pass in every one."""

    ACTIVE = "active"
    REDUCE_ONLY = "reduce-only"
    HALTED = "halted"


RESUME_PHRASE = "RESUME TRADING"
"""What the trader types to trade again."""


@dataclass(frozen=True, slots=True)
class TradingView:
    """What the status bar shows and the rules read."""

    state: TradingState = TradingState.ACTIVE
    reason: str = ""
    since_s: float | None = None
    locked: bool = False
    """A limit of the day holds it: no typing lifts that before the next trading day."""
    phrase: str = ""
    """What `resume` wants typed; "" while there is nothing to resume."""
    orders_today: int = 0
    messages_today: int = 0
    """New orders, modifications and cancels of this trading day."""
    executions_today: int = 0
    daily_pnl: Decimal | None = None
    """What IB says the day made, where it says."""
    kill: tuple[str, ...] = ()
    """The orders that the last kill asked to cancel, by reference: each one's overlay shows how far it is."""
