"""Each order type takes its own prices: none may be missing, none too many."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.order_types import ORDER_TYPES
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "PricesDoNotFitType"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    row = ORDER_TYPES[spec.order_type]
    for what, price, needed in (
        ("limit price", spec.limit_price, row.needs_limit),
        ("stop price", spec.stop_price, row.needs_stop),
    ):
        if needed and price is None:
            return Objection(NAME, f"no {what}", f"a {what}", f"A {row.title.lower()} order needs a {what}.")
        if not needed and price is not None:
            words = f"A {row.title.lower()} order takes no {what}. Leave it out, or choose another type."
            return Objection(NAME, f"a {what}", f"no {what}", words)
    return None
