"""Quantities IB would not take: fractions, under the minimum, off the contract's increment."""

from __future__ import annotations

from decimal import Decimal

from core.domain.choices import least_quantity, quantity_step
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain

NAME = "QuantityNotInLots"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    details = view.details(spec.contract.con_id)
    if details is None:
        return None
    step = quantity_step(spec.contract.sec_type, details)
    least = least_quantity(spec.contract.sec_type, details)
    if spec.quantity < least:
        words = f"Quantity {plain(spec.quantity)} is under the least that can be traded: {plain(least)}."
        return Objection(NAME, plain(spec.quantity), plain(least), words)
    if step > 0 and spec.quantity % step:
        under = (spec.quantity // step) * step
        words = f"Quantity {plain(spec.quantity)} is not a multiple of {plain(step)}. {_nearest(under, step, least)}"
        return Objection(NAME, plain(spec.quantity), f"multiples of {plain(step)}", words)
    return None


def _nearest(under: Decimal, step: Decimal, least: Decimal) -> str:
    choices = [plain(size) for size in (under, under + step) if size >= least]
    return f"Use {' or '.join(choices)}."
