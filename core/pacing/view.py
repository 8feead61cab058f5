"""The budgets as the window shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PacingView:
    message_rate: int = 0
    """Messages in the last second."""
    message_limit: int = 40
    lines_used: int = 0
    lines_limit: int = 100
    queued: int = 0
