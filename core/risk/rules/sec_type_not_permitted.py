"""Indices cannot be traded at all; other kinds of contract only where the permissions name them."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.order_types import NEVER_TRADED
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "SecTypeNotPermitted"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    sec_type, permitted = spec.contract.sec_type, view.permissions.sec_types
    listed = ", ".join(sorted(permitted - set(NEVER_TRADED))) or "none"
    if sec_type in NEVER_TRADED:
        return Objection(NAME, sec_type, listed, NEVER_TRADED[sec_type])
    if sec_type not in permitted:
        words = f"{sec_type} is not permitted here: only {listed}. Add it to trading_permissions.yaml to trade it."
        return Objection(NAME, sec_type, listed, words)
    return None
