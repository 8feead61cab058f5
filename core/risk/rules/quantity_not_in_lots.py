"""Quantities IB would not take: fractions, under the minimum, off the contract's increment."""

from __future__ import annotations

from decimal import Decimal

from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain

NAME = "QuantityNotInLots"
MAY_BE_BROKEN = frozenset({SecType.CASH, SecType.CRYPTO, SecType.FUND})


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    details = view.details(spec.contract.con_id)
    if details is None:
        return None
    whole_only = spec.contract.sec_type not in MAY_BE_BROKEN
    # 10243: IB's API takes no fractions of a share, though contracts list fractional increments.
    step = max(details.size_increment, Decimal(1)) if whole_only else details.size_increment
    least = max(details.min_size, step)
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
