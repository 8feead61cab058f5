"""More units in one order than this desk trades of that kind of contract."""

from __future__ import annotations

from core.domain.limits import Threshold
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import WHAT_TO_DO_ABOUT_A_LIMIT, breach, plain

NAME = "MaxOrderQuantity"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if modifies is not None and spec.quantity <= modifies.spec.quantity:
        return None
    sec_type = spec.contract.sec_type
    over = breach(spec.quantity, view.limits.quantity.get(sec_type, Threshold(None, None)))
    if over is None:
        return None
    hard, limit = over
    measured, allowed = plain(spec.quantity), plain(limit)
    if hard:
        words = f"Quantity {measured} is over the limit of {allowed} for one {sec_type} order. Send less, {WHAT_TO_DO_ABOUT_A_LIMIT}."
    else:
        words = (
            f"Quantity {measured} is over {allowed}, more than usual for one {sec_type} order. Is it meant?"
        )
    return Objection(NAME, measured, allowed, words, hard)
