"""Matching one order with what the market shows: taking the book, or standing in its queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from core.simulator.model import BookLevel, Quote

ADDED, REMOVED, AUCTIONED = 1, 2, 4
"""IB's lastLiquidity."""


@dataclass(frozen=True, slots=True)
class Fill:
    quantity: float
    price: float
    liquidity: int
    counterpart: Any = None  # the working order of our own that was on the other side, if any
    at: float | None = field(default=None, compare=False)  # the price in the book that it used up


@dataclass(frozen=True, slots=True)
class Offer:
    """What stands on the other side at one price: others' size, or one of our own orders."""

    price: float
    size: float
    owner: Any = None


Taken = MutableMapping[tuple[str, float], float]
"""What has been taken of the sizes shown, by the taker's side and price."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The market of one beat, less what other orders have taken of it."""

    quote: Quote
    printed: int
    taken: Taken
    behind: Iterable[BookLevel] = ()  # the other side behind its best
    own: tuple[Offer, ...] = ()
    better: float = 0.0  # what the best of the other side gives way

    def best(self, action: str) -> tuple[float | None, float]:
        """Price and size of the other side's best."""
        quote = self.quote
        price, size = (quote.ask, quote.ask_size) if action == "BUY" else (quote.bid, quote.bid_size)
        return (None, 0.0) if price is None else (price, self.left(action, price, size))

    def left(self, action: str, price: float, size: float) -> float:
        return max(size - self.taken.get((action, price), 0.0), 0.0)

    def offers(self, action: str) -> Iterator[Offer]:
        """The other side, best first; at one price the others stood there before our own."""
        waiting = list(self.own)
        for offer in self._others(action):
            while waiting and _before(action, waiting[0].price, offer.price):
                yield waiting.pop(0)
            yield offer
        yield from waiting

    def _others(self, action: str) -> Iterator[Offer]:
        price, size = self.best(action)
        if price is None:
            return
        yield Offer(price, size)
        for level in self.behind:
            if _before(action, price, level.price):
                yield Offer(level.price, self.left(action, level.price, level.size))


def _before(action: str, one: float, other: float) -> bool:
    return one < other - 1e-9 if action == "BUY" else one > other + 1e-9


def reaches(action: str, limit: float | None, price: float) -> bool:
    if limit is None:
        return True
    return limit >= price - 1e-9 if action == "BUY" else limit <= price + 1e-9


def take(action: str, wanted: float, limit: float | None, shown: Shown) -> list[Fill]:
    """What an order that arrives gets: price by price, each at the price that stood there."""
    fills: list[Fill] = []
    for offer in shown.offers(action):
        if wanted <= 0 or not reaches(action, limit, offer.price):
            break
        quantity = min(wanted, offer.size)
        if quantity <= 0:
            continue
        price = offer.price
        if offer.owner is None and not fills:
            price = _improved(action, price, shown.better)
        fills.append(Fill(quantity, price, REMOVED, offer.owner, offer.price))
        wanted = round(wanted - quantity, 8)
    return fills


def _improved(action: str, price: float, better: float) -> float:
    return round(price - better if action == "BUY" else price + better, 8) if better else price


def stand(action: str, wanted: float, limit: float, shown: Shown, ahead: float) -> tuple[Fill | None, float]:
    """What an order that rests at `limit` gets of one beat, and how much stands before it afterwards.

    The other side coming to its price fills it there. A trade through its price fills what traded; one at
    its price first fills those who stood there before it. A trade inside the market counts by half for
    who stands at its edge: half of those who traded came from the other side.
    """
    best, size = shown.best(action)
    if best is not None and reaches(action, limit, best):
        return (Fill(min(wanted, size), limit, ADDED, at=best) if size and wanted else None), 0.0
    last = shown.quote.last
    if not shown.printed or last is None:
        return None, ahead
    left = shown.printed - shown.taken.get((action, last), 0.0)
    if reaches(action, limit, last) and abs(last - limit) > 1e-9:
        reached, ahead = left, 0.0
    elif reaches(action, limit, last) or _stands_at_edge(action, limit, shown.quote):
        left = left if reaches(action, limit, last) else left // 2
        reached, ahead = left - ahead, max(ahead - left, 0.0)
    else:
        return None, ahead
    return (Fill(min(wanted, reached), limit, ADDED, at=last) if reached > 0 and wanted else None), ahead


def _stands_at_edge(action: str, limit: float, quote: Quote) -> bool:
    """Whether `limit` is the best of its own side or better, with a market to trade in."""
    own, other = (quote.bid, quote.ask) if action == "BUY" else (quote.ask, quote.bid)
    return own is not None and other is not None and reaches(action, limit, own)


def queue_ahead(action: str, limit: float, quote: Quote, own_side: Iterable[BookLevel]) -> float:
    """What others show at `limit` as an order begins to stand there."""
    best, size = (quote.bid, quote.bid_size) if action == "BUY" else (quote.ask, quote.ask_size)
    if best is not None and abs(best - limit) < 1e-9:
        return float(size)
    return next((level.size for level in own_side if abs(level.price - limit) < 1e-9), 0.0)
