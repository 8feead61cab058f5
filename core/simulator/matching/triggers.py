"""What sets orders off: stops and touches by trigger method, trailing stops, adjustable stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.simulator.matching.floor import Working
from core.simulator.matching.kinds import KINDS, TOUCH
from core.simulator.matching.pegs import buys
from core.simulator.model import Order, Quote
from core.simulator.tape.ticks import TickRule

Prices = Callable[[Order, Quote, bool], tuple[float | None, ...]]
"""The prices that a method looks at; `printed` says that the last price is a new trade."""


def _last(order: Order, quote: Quote, printed: bool) -> tuple[float | None, ...]:
    return (quote.last if printed else None,)


def _other_side(order: Order, quote: Quote, printed: bool) -> tuple[float | None, ...]:
    return (quote.ask if buys(order) else quote.bid,)


def _default(order: Order, quote: Quote, printed: bool) -> tuple[float | None, ...]:
    """The last trade; where nothing trades, the side that would be hit."""
    one = _last if quote.last is not None else _other_side
    return one(order, quote, printed)


def _either(order: Order, quote: Quote, printed: bool) -> tuple[float | None, ...]:
    return _last(order, quote, printed) + _other_side(order, quote, printed)


def _middle(order: Order, quote: Quote, printed: bool) -> tuple[float | None, ...]:
    if quote.bid is None or quote.ask is None:
        return ()
    return ((quote.bid + quote.ask) / 2,)


METHODS: Final[dict[int, tuple[Prices, int]]] = {
    0: (_default, 1),
    1: (_other_side, 2),
    2: (_last, 1),
    3: (_last, 2),
    4: (_other_side, 1),
    7: (_either, 1),
    8: (_middle, 1),
}
"""IB's trigger methods: what each looks at, and how often in a row it must be seen."""

FX_METHODS: Final = (0, 4, 8)


def method(order: Order) -> tuple[Prices, int]:
    return METHODS[int(str(order.attributes.get("triggerMethod", 0)))]


def reached(one: Working, quote: Quote, printed: bool) -> bool:
    """Whether this market sets `one` off, counting what double methods must see twice."""
    order, stop = one.order, one.stop
    if stop is None:
        return False
    prices, needed = method(order)
    seen = [price for price in prices(order, quote, printed) if price is not None]
    if not seen:
        return False
    up = _above(order)
    there = any(price >= stop - 1e-9 if up else price <= stop + 1e-9 for price in seen)
    one.hits = one.hits + 1 if there else 0
    return one.hits >= needed


def _above(order: Order) -> bool:
    """Whether the trigger stands above the market: where a stop buys, and where a touch sells."""
    return buys(order) != (KINDS[order.order_type].trigger == TOUCH)


# --- Trailing -----------------------------------------------------------------------------------


def first_stop(order: Order, quote: Quote, ticks: TickRule) -> float | None:
    """Where the trigger stands when it is armed; `None` while a trailing one knows no market."""
    if not KINDS[order.order_type].trails:
        return order.aux_price
    given = order.attributes.get("trailStopPrice")
    return float(str(given)) if given else _behind(order, quote, ticks)


def _behind(order: Order, quote: Quote, ticks: TickRule) -> float | None:
    """The trailing amount behind the market."""
    market = quote.last if quote.last is not None else quote.ask if buys(order) else quote.bid
    if market is None:
        return None
    percent = order.attributes.get("trailingPercent")
    amount = market * float(str(percent)) / 100 if percent else order.aux_price or 0.0
    return ticks.nearest(market + amount if _above(order) else market - amount)


def trail(one: Working, quote: Quote, ticks: TickRule) -> None:
    """Move a trailing stop after the market, never back; the order tells where it stands."""
    if not one.kind.trails:
        return
    behind = _behind(one.order, quote, ticks)
    if behind is None:
        return
    if one.stop is not None:
        behind = min(behind, one.stop) if _above(one.order) else max(behind, one.stop)
    if behind != one.stop:
        one.stop = behind
        one.order = one.order.with_(attributes={**one.order.attributes, "trailStopPrice": behind})


def limit_when_set_off(one: Working, ticks: TickRule) -> float | None:
    """The limit of a trailing order that has one: as far from its stop as it was said to be."""
    order, offset = one.order, one.offset
    if order.order_type not in ("TRAIL LIMIT", "TRAIL LIT") or one.stop is None or offset is None:
        return None
    return ticks.nearest(one.stop + offset if buys(order) else one.stop - offset)


def limit_offset(order: Order) -> float | None:
    """How far beyond its stop the limit of a TRAIL LIMIT stands."""
    said = order.attributes.get("lmtPriceOffset")
    if said is not None:
        return float(str(said))
    stop = order.attributes.get("trailStopPrice")
    if not order.limit_price or stop is None:
        return None
    away = order.limit_price - float(str(stop))
    return away if buys(order) else -away


# --- Adjusting ----------------------------------------------------------------------------------


def adjusted(one: Working, quote: Quote, printed: bool, ticks: TickRule) -> Order | None:
    """What an adjustable stop becomes once the market is at its `triggerPrice`; `None` until then."""
    order, terms = one.order, one.order.attributes
    trigger, becomes = terms.get("triggerPrice"), str(terms.get("adjustedOrderType", ""))
    if one.adjusted or trigger is None or becomes not in KINDS:
        return None
    market = quote.last if quote.last is not None else quote.bid if buys(order) else quote.ask
    at = float(str(trigger))
    # The market must have moved in the order's favour: up for a stop that sells.
    if market is None or not (market <= at if buys(order) else market >= at):
        return None
    stop = terms.get("adjustedStopPrice")
    stop = float(str(stop)) if stop is not None else one.stop
    new = order.with_(order_type=becomes, aux_price=stop)
    if KINDS[becomes].trails:
        new = _adjusted_to_trail(new, stop)
    limit = terms.get("adjustedStopLimitPrice")
    if limit is not None:
        new = new.with_(limit_price=float(str(limit)))
    return new


def _adjusted_to_trail(order: Order, stop: float | None) -> Order:
    terms = {**order.attributes, "trailStopPrice": stop}
    amount = terms.get("adjustedTrailingAmount")
    by_percent = terms.get("adjustableTrailingUnit") in (1, 100)
    terms["trailingPercent"] = amount if by_percent else None
    aux = None if by_percent or amount is None else float(str(amount))
    return order.with_(aux_price=aux, attributes=terms)
