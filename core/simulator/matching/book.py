"""The visible book: what other participants show around the tape's quote, level by level.

Sizes are a function of (seed, contract, price, time), so that asking twice shows the same book.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from core.simulator.model import Book, BookLevel, Quote
from core.simulator.tape.instrument import DISPLAYED
from core.simulator.tape.path import noise
from core.simulator.tape.ticks import TickRule

MOST_ROWS: Final = 40
KEEPS_S: Final = 4.0
"""How long a level behind the best shows one size."""

BEHIND: Final = 0.8
"""How large the levels behind the best are, against the largest that the best shows."""

ROWS: Final[dict[str, int]] = {
    "STK": 20,
    "FUT": 20,
    "CASH": 10,
    "OPT": 5,
    "FOP": 5,
    "WAR": 5,
    "BAG": 1,
    "IND": 0,
}
"""How deep the others' book is, by kind of contract."""


def others(quote: Quote, sec_type: str, ticks: TickRule, seed: int, rows: int, venues: list[str]) -> Book:
    """The book without our own clients' orders, at most `rows` levels a side."""
    rows = min(rows, ROWS.get(sec_type, 10), MOST_ROWS)
    sides = ((quote.bid, quote.bid_size, -1), (quote.ask, quote.ask_size, 1))
    made = [
        _side(quote, best, size, away, sec_type, ticks, seed, rows, venues) if best else ()
        for best, size, away in sides
    ]
    return Book(*made)


def _side(
    quote: Quote,
    best: float,
    size: int,
    away: int,
    sec_type: str,
    ticks: TickRule,
    seed: int,
    rows: int,
    venues: list[str],
) -> tuple[BookLevel, ...]:
    unit, most = DISPLAYED.get(sec_type, (1, 10))
    found, price = [], best
    for row in range(rows):
        key = round(price / ticks.step(price))
        if row:
            # Each level has its own moment to change.
            slot = int((quote.at_s + key * 0.37 % KEEPS_S) // KEEPS_S)
            draw = abs(noise(seed, quote.con_id, key, slot))
            size = unit * (1 + int(draw * most * BEHIND))
        found.append(BookLevel(price, size, venues[(key + away) % len(venues)] if venues else ""))
        price = ticks.nearest(price + away * ticks.step(price + away * 1e-9))
        if price <= 0 and sec_type != "BAG":
            break
    return tuple(found)


def with_own(shown: Book, own: Sequence[tuple[str, float, float]], rows: int) -> Book:
    """The book with our own clients' (action, price, size) in it, at most `rows` levels a side."""
    sides = ((shown.bids, "BUY"), (shown.asks, "SELL"))
    return Book(
        *(
            _joined(side, [one[1:] for one in own if one[0] == action], action == "BUY")[:rows]
            for side, action in sides
        )
    )


def _joined(
    side: Iterable[BookLevel], own: Iterable[tuple[float, float]], buying: bool
) -> tuple[BookLevel, ...]:
    """One side with our own (price, size) in it, best first; at one price the others stand first."""
    merged: dict[float, BookLevel] = {level.price: level for level in side}
    for price, size in own:
        level = merged.get(price)
        merged[price] = BookLevel(
            price, (level.size if level else 0) + size, level.maker if level else "SMART"
        )
    return tuple(merged[price] for price in sorted(merged, reverse=buying))
