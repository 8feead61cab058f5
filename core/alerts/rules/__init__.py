"""The rosters of alert rules: one file a rule, one row here."""

from __future__ import annotations

from core.alerts.rule import AlertRule
from core.alerts.rules.margin_ratio import MarginRatio
from core.alerts.rules.position_mismatch import PositionMismatch

ROSTER: tuple[AlertRule, ...] = (MarginRatio(),)
"""Judged from an account's values, whenever IB sends them."""

MISMATCH_ROSTER: tuple[PositionMismatch, ...] = (PositionMismatch(),)
"""Judged from what complete snapshots show of an account's positions."""
