"""Numbers that are none, out of all bounds, or on the wrong side of zero."""

from __future__ import annotations

from decimal import Decimal

from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain

NAME = "MalformedOrder"
BEYOND = Decimal(10) ** 12
MOST_PLACES = 12
MAY_BE_NEGATIVE = frozenset({SecType.FUT, SecType.BAG})
"""Crude oil traded under zero in April 2020, and a spread may cost less than nothing."""


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    quantity, contract = spec.quantity, spec.contract
    if not _is_plain(quantity) or quantity <= 0:
        return _objection("Quantity", quantity, "above zero")
    if not _is_plain(contract.multiplier) or contract.multiplier <= 0:
        return _objection("The contract's multiplier", contract.multiplier, "above zero")
    for what, price in (("Limit price", spec.limit_price), ("Stop price", spec.stop_price)):
        if price is None:
            continue
        if not _is_plain(price):
            return _objection(what, price, "a price")
        if price <= 0 and contract.sec_type not in MAY_BE_NEGATIVE:
            return _objection(what, price, "above zero")
    return None


def _is_plain(value: Decimal) -> bool:
    """A number that can be reckoned with exactly."""
    return value.is_finite() and abs(value) < BEYOND and value == round(value, MOST_PLACES)


def _objection(what: str, measured: Decimal, allowed: str) -> Objection:
    told = plain(measured) if _is_plain(measured) else "out of all bounds"
    return Objection(NAME, told, allowed, f"{what} is {told}: it must be {allowed}.")
