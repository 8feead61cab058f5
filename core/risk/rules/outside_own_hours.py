"""Orders that open outside the hours this desk keeps by trading_permissions.yaml."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import only_reduces
from core.risk.value import only_closes

NAME = "OutsideOwnHours"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    hours = view.permissions.hours
    if hours is None or only_reduces(spec, modifies) or only_closes(spec, view, modifies):
        return None
    clock = datetime.fromtimestamp(view.now_s, ZoneInfo(hours.zone)).time()
    over_midnight = hours.ends <= hours.begins
    if over_midnight:
        is_open = clock >= hours.begins or clock < hours.ends
    else:
        is_open = hours.begins <= clock < hours.ends
    if is_open:
        return None
    told = f"{hours.begins:%H:%M} to {hours.ends:%H:%M} {hours.zone}"
    words = (
        f"This desk opens positions from {told} only (trading_permissions.yaml). Closing is always possible."
    )
    return Objection(NAME, f"{clock:%H:%M}", told, words)
