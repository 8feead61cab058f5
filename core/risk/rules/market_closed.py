"""A market or stop order given outside regular hours waits for the open, and trades at any price there."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec, Tif
from core.domain.order_types import ORDER_TYPES
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import at

NAME = "MarketClosed"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    details = view.details(spec.contract.con_id)
    row = ORDER_TYPES[spec.order_type]
    waits = row.triggered or spec.tif is Tif.OPG or spec.good_after is not None or bool(spec.parent_id)
    if not row.at_any_price or waits or modifies is not None or details is None:
        return None
    if details.is_liquid_at(at(view)):
        return None
    words = (
        f"{spec.contract.label} is outside its regular hours: a market order waits for the open"
        " and trades at any price there. Is it meant?"
    )
    return Objection(NAME, "outside regular hours", "regular hours", words, hard=False)
