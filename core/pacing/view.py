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
    evicted: int = 0
    """Contracts somebody watches that lost their line to a more urgent one."""
    depth_used: int = 0
    depth_limit: int = 3
    tape_used: int = 0
    tape_limit: int = 5
    """Time and sales, which IB calls tick-by-tick."""
    scans_used: int = 0
    scans_limit: int = 10
    queued: int = 0
    history_used: int = 0
    """What history requests cost in the last 600 s; those for bid and ask count twice."""
    history_limit: int = 60
    next_history_s: float | None = None
    """When the first waiting history request may go; `None` when none waits for the ledger."""
    throttled_until_s: float | None = None
    """Until when IB's "too many messages" (100) holds the rate down; `None` when it does not."""
    late_answers: int = 0
    """Answers since the start that came after nobody waited for them any more: a gateway that is overtaxed."""
