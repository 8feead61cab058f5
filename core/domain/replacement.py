"""One order cancelled so that another can take its place, where IB takes no change of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.order import OrderSpec


@dataclass(frozen=True, slots=True)
class Replacement:
    """How far it is, and for how long neither order stood. Times are the desk's, in epoch seconds."""

    order_ref: str
    """The order that is cancelled."""
    spec: OrderSpec
    """What is to take its place; what the old order loses while it is cancelled is taken off."""
    asked_at_s: float
    left: Decimal
    """What the old order still had to fill when this was asked."""
    gone_at_s: float | None = None
    """When IB's word that the old order is cancelled was heard."""
    new_ref: str = ""
    """The order that took its place; "" before it was placed."""
    stood_at_s: float | None = None
    """When IB's word was heard that the new order works, is held, or filled."""
    fault: str = ""
    """Why no new order stands, in words; "" while it is under way, and when it stands."""

    @property
    def is_over(self) -> bool:
        return bool(self.fault) or self.stood_at_s is not None

    @property
    def gap_s(self) -> float | None:
        """Seconds without an order, as heard from IB; `None` until the new one stands."""
        if self.gone_at_s is None or self.stood_at_s is None:
            return None
        return self.stood_at_s - self.gone_at_s

    @property
    def gap_at_most_s(self) -> float | None:
        """As `gap_s`, if IB took the old order away the moment it was asked."""
        return None if self.stood_at_s is None else self.stood_at_s - self.asked_at_s
