"""Alerts: what the desk must tell the trader without being asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class AlertLevel(IntEnum):
    WATCH = 1
    WARNING = 2
    CRITICAL = 3
    EMERGENCY = 4

    @property
    def word(self) -> str:
        return self.name.capitalize()


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause, raised once: says level, measure, limit and since when; never trades."""

    alert_id: str
    cause: str
    """What kind of trouble: one alert lives per cause and account."""
    account: str
    level: AlertLevel
    title: str
    measured: str
    limit: str
    raised_at_s: float
    changed_at_s: float
    estimated: bool = False
    acknowledged_at_s: float | None = None
    cleared_at_s: float | None = None

    @property
    def is_active(self) -> bool:
        return self.cleared_at_s is None

    @property
    def wants_attention(self) -> bool:
        """A popup is due: active, and not acknowledged at this level."""
        return self.is_active and self.acknowledged_at_s is None
