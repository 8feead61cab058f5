"""Matching one order with what the market shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.simulator.model import Order, Quote

ADDED, REMOVED = 1, 2
"""IB's lastLiquidity."""


@dataclass(frozen=True, slots=True)
class Fill:
    quantity: float
    price: float
    liquidity: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The market of one beat, less what other orders have taken of it."""

    quote: Quote
    printed: int
    taken: Mapping[str, float]

    def price(self, action: str) -> float | None:
        return self.quote.ask if action == "BUY" else self.quote.bid

    def size(self, action: str) -> float:
        shown = self.quote.ask_size if action == "BUY" else self.quote.bid_size
        return max(shown - self.taken.get(action, 0.0), 0.0)


def match(order: Order, limit: float | None, shown: Shown, resting: bool) -> Fill | None:
    """What `order` gets of one beat.

    An order that arrives takes the other side at its price, better than the limit when it can. One that
    rests is hit at its own limit, when the other side or a trade comes there.
    """
    opposite = shown.price(order.action)
    if opposite is not None and _reaches(order, limit, opposite):
        quantity = min(order.remaining, shown.size(order.action))
        if not quantity:
            return None
        if resting and limit is not None:
            return Fill(quantity, limit, ADDED)
        return Fill(quantity, opposite, REMOVED)
    return _hit(order, limit, shown) if resting and limit is not None else None


def _reaches(order: Order, limit: float | None, price: float) -> bool:
    if limit is None:
        return True
    return limit >= price - 1e-9 if order.action == "BUY" else limit <= price + 1e-9


def _hit(order: Order, limit: float, shown: Shown) -> Fill | None:
    """A trade through the limit fills what traded; one at the limit half of it: others stood there too."""
    last = shown.quote.last
    if not shown.printed or last is None or not _reaches(order, limit, last):
        return None
    through = abs(last - limit) > 1e-9
    quantity = min(order.remaining, float(shown.printed if through else math.ceil(shown.printed / 2)))
    return Fill(quantity, limit, ADDED)
