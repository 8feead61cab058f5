"""What the ladder shows of a book: its rows from the top, and the same prices in the same places while it is held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from core.domain.depth import DepthRow, DepthView
from core.domain.order import Side


class Rung(NamedTuple):
    """One row of the ladder."""

    side: Side
    """BUY for a bid, SELL for an ask."""
    price: float
    size: float | None
    """`None` where the price has left the book while the ladder was held."""
    total: float | None
    """The size of this row and of all that are better."""
    maker: str = ""


class Ladder(NamedTuple):
    """Both sides, best first."""

    bids: tuple[Rung, ...] = ()
    asks: tuple[Rung, ...] = ()

    @property
    def largest(self) -> float:
        """The largest size of a row: the length of a full bar; 0 in an empty book."""
        return max((rung.size or 0.0 for rung in (*self.bids, *self.asks)), default=0.0)


def ladder_of(view: DepthView) -> Ladder:
    return Ladder(_rungs(Side.BUY, view.bids), _rungs(Side.SELL, view.asks))


def held_ladder(held: Ladder, view: DepthView) -> Ladder:
    """The sizes of now at the prices of `held`, row by row: nothing moves under the cursor."""
    return Ladder(_in_place(held.bids, view.bids), _in_place(held.asks, view.asks))


def spread_of(view: DepthView) -> float | None:
    """Best ask less best bid; `None` when a side is empty."""
    return view.asks[0].price - view.bids[0].price if view.bids and view.asks else None


def _rungs(side: Side, rows: Iterable[DepthRow]) -> tuple[Rung, ...]:
    total, rungs = 0.0, []
    for row in rows:
        total += row.size
        rungs.append(Rung(side, row.price, row.size, total, row.maker))
    return tuple(rungs)


def _in_place(held: tuple[Rung, ...], rows: tuple[DepthRow, ...]) -> tuple[Rung, ...]:
    """Two makers may stand at one price: each keeps its own row."""
    own = {(row.price, row.maker): row.size for row in rows}
    total, rungs = 0.0, []
    for rung in held:
        size = own.get((rung.price, rung.maker))
        total += size or 0.0
        rungs.append(rung._replace(size=size, total=total if size is not None else None))
    return tuple(rungs)
