"""The roster of alert rules: one file a rule, one row here."""

from __future__ import annotations

from core.alerts.rule import AlertRule
from core.alerts.rules.margin_ratio import MarginRatio

ROSTER: tuple[AlertRule, ...] = (MarginRatio(),)
