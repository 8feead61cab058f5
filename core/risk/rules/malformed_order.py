"""Numbers that are none, out of all bounds, or on the wrong side of zero."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.order_types import FIELDS, may_be_negative
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain

NAME = "MalformedOrder"
BEYOND = Decimal(10) ** 12
MOST_PLACES = 12
HUNDRED = Decimal(100)


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    quantity, contract = spec.quantity, spec.contract
    if not _is_plain(quantity) or quantity <= 0:
        return _objection("Quantity", quantity, "above zero")
    if not _is_plain(contract.multiplier) or contract.multiplier <= 0:
        return _objection("The contract's multiplier", contract.multiplier, "above zero")
    for name, row in FIELDS.items():
        if (price := getattr(spec, name)) is None:
            continue
        what = row.title.capitalize()
        if not _is_plain(price):
            return _objection(what, price, "a price" if row.unit == "price" else "a number")
        if price <= 0 and not may_be_negative(row.unit, contract.sec_type):
            return _objection(what, price, "above zero")
    for what, size in (
        ("The part shown", spec.display_size),
        ("The minimum quantity", spec.minimum_quantity),
        ("The discretionary amount", spec.discretionary),
    ):
        if size is not None and not (_is_plain(size) and size > 0):
            return _objection(what, size, "above zero")
    if spec.trail_percent is not None and spec.trail_percent >= HUNDRED:
        return _objection("Trailing per cent", spec.trail_percent, "under 100")
    return None


def _is_plain(value: Decimal) -> bool:
    """A number that can be reckoned with exactly."""
    return value.is_finite() and abs(value) < BEYOND and value == round(value, MOST_PLACES)


def _objection(what: str, measured: Decimal, allowed: str) -> Objection:
    told = plain(measured) if _is_plain(measured) else "out of all bounds"
    return Objection(NAME, told, allowed, f"{what} is {told}: it must be {allowed}.")
