"""Order type, time in force, session, attributes and contract must go together: the tables and the contract's own list."""

from __future__ import annotations

from core.domain.choices import why_closed
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "OrderTypeClosed"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    details = view.details(spec.contract.con_id)
    reason = why_closed(spec, details.order_types if details else frozenset())
    if not reason:
        return None
    measured = f"{spec.order_type} {spec.tif}{' outside RTH' if spec.outside_rth else ''}"
    return Objection(NAME, measured, f"what {spec.contract.sec_type} takes", reason)
