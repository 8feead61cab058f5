"""More new orders in ten seconds, or in a minute, than a person means to send."""

from __future__ import annotations

from decimal import Decimal

from core.domain.limits import Threshold
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import breach, plain

NAME = "OrderRate"
WINDOW_S = 10.0
MINUTE_S = 60.0


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if modifies is not None:
        return None
    limits = view.limits
    found = [
        one
        for window_s, limit in ((WINDOW_S, limits.orders_per_10_s), (MINUTE_S, limits.orders_per_60_s))
        if (one := _over(window_s, limit, view)) is not None
    ]
    return min(found, key=lambda one: not one.hard, default=None)


def _over(window_s: float, limit: Threshold, view: DeskView) -> Objection | None:
    count = len(view.sent_within(window_s)) + 1
    over = breach(Decimal(count), limit)
    if over is None:
        return None
    hard, most = over
    told = f"This would be order {count} within {window_s:.0f} s"
    words = f"{told}: the limit is {plain(most)}, and trading halts." if hard else f"{told}. Is it meant?"
    return Objection(NAME, str(count), plain(most), words, hard)
