"""IB takes at most 15 working orders a side of one contract; we ask before that."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import breach, plain

NAME = "TooManyWorking"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if modifies is not None:
        return None
    working = sum(
        order.spec.side is spec.side and order.spec.account == spec.account
        for order in view.live_orders(spec.contract.con_id)
    )
    over = breach(Decimal(working + 1), view.limits.working_per_side)
    if over is None:
        return None
    hard, limit = over
    told = f"{working} {spec.side} orders of {spec.contract.label} are working already"
    words = (
        f"{told}: the limit is {plain(limit)}. Cancel one first." if hard else f"{told}. Is one more meant?"
    )
    return Objection(NAME, str(working + 1), plain(limit), words, hard)
