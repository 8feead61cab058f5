"""Orders that may trade outside regular hours, where the permissions keep to regular hours."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "OutsideRthNotPermitted"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if not spec.outside_rth or view.permissions.outside_rth:
        return None
    words = (
        "Trading outside regular hours is off in trading_permissions.yaml. Take outside RTH off the order."
    )
    return Objection(NAME, "outside RTH", "regular hours", words)
