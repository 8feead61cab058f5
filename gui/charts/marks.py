"""What is laid over the bars: lines at prices, fills, the live quote; and how their tags make room for each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from core.domain.order import Side


class LineKind(Enum):
    """Decides colour and stroke."""

    BUY = auto()
    SELL = auto()
    POSITION = auto()


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A level with a meaning: a working order, an average price."""

    price: float
    label: str
    kind: LineKind


@dataclass(frozen=True, slots=True)
class FillMark:
    """One execution, at its own time and price."""

    at_s: float
    price: float
    side: Side


@dataclass(frozen=True, slots=True)
class LiveQuote:
    """What the quote line says beside the bars; `None` where it says nothing fresh.

    `last` is the price bars are made of: the last trade, or for midpoint bars the middle.
    """

    last: float | None = None
    bid: float | None = None
    ask: float | None = None
    changed_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Overlay:
    """Everything over the bars of one contract."""

    lines: tuple[PriceLine, ...] = ()
    fills: tuple[FillMark, ...] = ()
    """Oldest first."""
    quote: LiveQuote = field(default_factory=LiveQuote)


def spread(wanted: Sequence[float], height: float, top: float, bottom: float) -> list[float]:
    """Centres for tags of `height` that want to be at `wanted`, moved apart as little as keeps them legible.

    The first is the most important and stays where it wants to be; the others make way, each to the
    side it came from.
    """
    if not wanted:
        return []
    half = height / 2
    centres = [min(bottom - half, max(top + half, want)) for want in wanted]
    order = sorted(range(len(wanted)), key=lambda tag: (wanted[tag], tag))
    middle = order.index(0)
    for above, tag in zip(order[middle:0:-1], order[middle - 1 :: -1] if middle else (), strict=False):
        centres[tag] = min(centres[tag], centres[above] - height)
    for before, tag in zip(order[middle:], order[middle + 1 :], strict=False):
        centres[tag] = max(centres[tag], centres[before] + height)
    return _brought_back(centres, order, height, top + half, bottom - half)


def _brought_back(
    centres: list[float], order: list[int], height: float, least: float, most: float
) -> list[float]:
    """Tags pushed over an edge push the others back: then even the first gives way."""
    for tag in order:
        centres[tag] = max(centres[tag], least)
        least = centres[tag] + height
    for tag in reversed(order):
        centres[tag] = min(centres[tag], most)
        most = centres[tag] - height
    return centres
