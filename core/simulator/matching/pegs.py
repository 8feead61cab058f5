"""Where pegged and snapped orders work: prices taken from the quote, and what caps them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from core.simulator.model import Order, Quote
from core.simulator.tape.ticks import TickRule

Peg = Callable[[Order, Quote, TickRule], float | None]
"""The price by the quote, `None` while the market does not show what it is pegged to."""

NOWHERE: Final = {"BUY": -math.inf, "SELL": math.inf}
"""A limit that nothing reaches: the order waits until its market is back."""


def buys(order: Order) -> bool:
    return order.action == "BUY"


def _offset(order: Order) -> float:
    return order.aux_price or 0.0


def mid(order: Order, quote: Quote, ticks: TickRule) -> float | None:
    """The middle, to half an increment; an offset makes it less aggressive."""
    if quote.bid is None or quote.ask is None:
        return None
    away = _offset(order)
    middle = round((quote.bid + quote.ask) / 2, ticks.digits + 1)
    return middle - away if buys(order) else middle + away


def near(order: Order, quote: Quote, ticks: TickRule) -> float | None:
    """The own side of the market, more aggressive by the offset (REL)."""
    best = quote.bid if buys(order) else quote.ask
    if best is None:
        return None
    return ticks.nearest(best + _offset(order) if buys(order) else best - _offset(order))


def same_side(order: Order, quote: Quote, ticks: TickRule) -> float | None:
    """The own side of the market, less aggressive by the offset (SNAP PRIM)."""
    best = quote.bid if buys(order) else quote.ask
    if best is None:
        return None
    return ticks.nearest(best - _offset(order) if buys(order) else best + _offset(order))


def opposite(order: Order, quote: Quote, ticks: TickRule) -> float | None:
    """The other side of the market, less aggressive by the offset (SNAP MKT)."""
    best = quote.ask if buys(order) else quote.bid
    if best is None:
        return None
    return ticks.nearest(best - _offset(order) if buys(order) else best + _offset(order))


def benchmark(order: Order, reference: Quote, ticks: TickRule) -> float | None:
    """The starting price, moved by so much for every step that the reference has moved (PEG BENCH)."""
    terms = order.attributes
    start, since, step, change = (
        float(str(terms.get(name) or 0.0))
        for name in ("startingPrice", "stockRefPrice", "referenceChangeAmount", "peggedChangeAmount")
    )
    market = reference.last if reference.last is not None else reference.bid
    if market is None or not step:
        return None
    moved = (market - since) / step * change
    return ticks.nearest(start - moved if terms.get("isPeggedChangeAmountDecrease") else start + moved)


def pegged(peg: Peg, order: Order, quote: Quote, ticks: TickRule) -> float:
    """Where a pegged order works now, no worse than its limit."""
    price = peg(order, quote, ticks)
    if price is None:
        return NOWHERE["BUY" if buys(order) else "SELL"]
    return capped(order, price)


def capped(order: Order, price: float) -> float:
    """`price`, or the order's limit where that is stricter."""
    if not order.limit_price:
        return price
    return min(price, order.limit_price) if buys(order) else max(price, order.limit_price)
