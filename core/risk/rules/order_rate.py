"""More new orders in ten seconds than a person means to send."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import breach, plain

NAME = "OrderRate"
WINDOW_S = 10.0


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if modifies is not None:
        return None
    count = len(view.sent_within(WINDOW_S)) + 1
    over = breach(Decimal(count), view.limits.orders_per_10_s)
    if over is None:
        return None
    hard, limit = over
    told = f"This would be order {count} within {WINDOW_S:.0f} s"
    words = f"{told}: the limit is {plain(limit)}. Wait a few seconds." if hard else f"{told}. Is it meant?"
    return Objection(NAME, str(count), plain(limit), words, hard)
