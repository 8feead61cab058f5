"""An order in doubt, laid out for the trader who may settle it."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.order import Settlement


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known, what is being asked, and what the trader may say."""

    order_ref: str
    since_s: float
    known: tuple[str, ...]
    """Facts as sentences, the strongest first."""
    asking: str
    """What IBDesk is doing about it."""
    choices: tuple[Settlement, ...]
    """Empty while nothing may be said yet; then `why_not` says why."""
    why_not: str = ""
