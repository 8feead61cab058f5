"""How alert levels look and how an alert stands: the same in popups, panel and monitor."""

from __future__ import annotations

from core.domain.alert import Alert, AlertLevel
from gui import format as fmt

LEVEL_TONES = {
    AlertLevel.WATCH: "accent",
    AlertLevel.WARNING: "warning",
    AlertLevel.CRITICAL: "danger",
    AlertLevel.EMERGENCY: "danger",
}
LEVEL_SHAPES = {
    AlertLevel.WATCH: "●",
    AlertLevel.WARNING: "▲",
    AlertLevel.CRITICAL: "◆",
    AlertLevel.EMERGENCY: "■",
}


def state_words(alert: Alert) -> str:
    """Where the alert stands."""
    if alert.cleared_at_s is not None:
        return f"Cleared {fmt.clock(alert.cleared_at_s)}"
    if alert.acknowledged_at_s is not None:
        return f"Acknowledged {fmt.clock(alert.acknowledged_at_s)}"
    return "Active"
