"""What was cancelled for another to take its place, found by either order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from core.domain.replacement import Replacement

_NOT_PLACED = "IBDesk ended before the old order was gone; it places nothing by itself after a start."
_NOT_CONFIRMED = "IBDesk ended before IB confirmed the new order: what became of that stands in its own row."


class UnderWay(NamedTuple):
    """What one that is being seen through was asked with."""

    acknowledged: frozenset[str]
    """What the trader took on for the new order."""
    tied: tuple[tuple[str, Decimal], ...]
    """The other orders of the old one's bracket or group, and how much of each was filled."""


class ReplacementBook:
    """`under_way` names what the desk still has to see through, by the old order; a replay fills nothing in there."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.under_way: dict[str, UnderWay] = {}
        self._by_old: dict[str, Replacement] = {}
        self._old_of: dict[str, str] = {}

    def __getitem__(self, order_ref: str) -> Replacement:
        """By the old order."""
        return self._by_old[order_ref]

    def of(self, order_ref: str) -> tuple[Replacement, ...]:
        """Those that this order is a part of: as the new order, then as the old one."""
        found = (self._by_old.get(self._old_of.get(order_ref, "")), self._by_old.get(order_ref))
        return tuple(one for one in found if one is not None)

    @property
    def last_gap_s(self) -> float | None:
        """How long the latest one left no order; `None` before there was one."""
        gaps = (one.gap_s for one in reversed(self._by_old.values()))
        return next((gap_s for gap_s in gaps if gap_s is not None), None)

    def keep(self, one: Replacement) -> Replacement:
        self._by_old[one.order_ref] = one
        self.changed.add(one.order_ref)
        if one.new_ref:
            self._old_of[one.new_ref] = one.order_ref
            self.changed.add(one.new_ref)
        return one

    def end(self, order_ref: str) -> None:
        """Nothing is left to be seen through."""
        self.under_way.pop(order_ref, None)

    def restarted(self) -> None:
        """This program ended and began again: what was under way is not taken up."""
        self.under_way.clear()
        for one in tuple(self._by_old.values()):
            if not one.is_over:
                self.keep(replace(one, fault=_NOT_CONFIRMED if one.new_ref else _NOT_PLACED))
