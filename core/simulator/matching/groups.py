"""What one order's fill does to others: children are freed, siblings and groups reduced or cancelled."""

from __future__ import annotations

import math
from collections.abc import Iterator

from core.simulator.matching.floor import (
    CANCEL_REST,
    Working,
    are_siblings,
    in_one_group,
    is_child,
    oca_type,
)
from core.simulator.matching.roll import BY_SYSTEM
from core.simulator.matching.waiting import Waiting
from core.simulator.model import Notice, OrderChanged


class Groups(Waiting):
    """Brackets and one-cancels-all groups."""

    def _relatives(self, one: Working, quantity: float) -> Iterator[Notice]:
        """After `one` filled `quantity` (its order already says so)."""
        for other in tuple(self._known.values()):
            if other is one or other.order.done:
                continue
            if is_child(other.order, one.order):
                yield from self._free(other, one)
            elif in_one_group(one.order, other.order):
                yield from self._grouped(one, other, quantity)
            elif are_siblings(one.order, other.order):
                yield from self._reduce(other, self._part(one, quantity))

    def _free(self, child: Working, parent: Working) -> Iterator[Notice]:
        """A child works for as much of it as its parent has filled."""
        child.share = min(parent.order.filled / parent.order.quantity, 1.0)
        if child.transmitted and not child.freed and child.order.status == "PreSubmitted":
            child.order = child.order.with_(why_held="trigger" if child.kind.trigger else "")
            yield from self._open_or_wait(child)

    def _grouped(self, one: Working, other: Working, quantity: float) -> Iterator[Notice]:
        if oca_type(one.order) == CANCEL_REST:
            yield from self._end(other, "Cancelled", BY_SYSTEM)
        else:
            yield from self._reduce(other, self._part(one, quantity))

    @staticmethod
    def _part(one: Working, quantity: float) -> float:
        """Which part of what remained this fill was."""
        return quantity / (one.order.remaining + quantity)

    def _reduce(self, other: Working, part: float) -> Iterator[Notice]:
        """Take `part` off what remains of `other`; what comes to nothing is cancelled."""
        left = math.floor(other.order.remaining * (1 - part) + 1e-6)
        if left <= 0:
            yield from self._end(other, "Cancelled", BY_SYSTEM)
        elif left < other.order.remaining:
            whole = other.order.quantity
            other.order = other.order.with_(quantity=other.order.filled + left)
            other.share = min(other.share * whole / other.order.quantity, 1.0)
            yield OrderChanged(other.order)
