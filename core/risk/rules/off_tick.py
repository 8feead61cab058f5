"""Prices between the contract's steps, which IB refuses (110)."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from core.domain.contract import ContractDetails
from core.domain.order import Order, OrderSpec
from core.domain.order_types import FIELDS
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain, price_text

NAME = "OffTick"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    details = view.details(spec.contract.con_id)
    if details is None:
        return None
    for name, row in FIELDS.items():
        price = getattr(spec, name)
        if price is not None and row.unit != "per cent" and not details.on_tick(price):
            return _objection(row.title.capitalize(), price, details)
    return None


def _objection(what: str, price: Decimal, details: ContractDetails) -> Objection:
    step = plain(details.tick_at(price))
    under = details.round_to_tick(price, rounding=ROUND_FLOOR)
    over = details.round_to_tick(price, rounding=ROUND_CEILING)
    words = f"{what} {price_text(price)} is not on the price step of {step}. The nearest are {price_text(under)} and {price_text(over)}."
    return Objection(NAME, price_text(price), f"steps of {step}", words)
