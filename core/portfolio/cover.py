"""Cover: how much of a position is closed by stops that work, should the market turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.domain.order import STOPS, Order, OrderState
from core.domain.position import Position

_WORKS = frozenset({OrderState.WORKING, OrderState.HELD, OrderState.ACCEPTED})
"""What IB has said it holds. A stop in doubt, or one that IB holds inactive, protects nothing for certain."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What the stops of one position come to."""

    held: Decimal
    covered: Decimal
    stops: tuple[Order, ...]

    @property
    def is_whole(self) -> bool:
        return self.covered >= self.held

    @property
    def is_confirmed(self) -> bool:
        """IB's word for every stop is of this connection."""
        return not any(one.stale for one in self.stops)


def cover(position: Position, live: Iterable[Order]) -> Cover:
    """The stops among the `live` orders that would close `position`; those of one OCA group count once."""
    orders = tuple(live)
    stops = tuple(one for one in orders if protects(one, position))
    parents = {(one.client_id, one.order_id): one for one in orders} if stops else {}
    counted: dict[str, Decimal] = {}
    working = []
    for one in stops:
        parent = parents.get((one.client_id, one.spec.parent_id)) if one.spec.parent_id else None
        # A child works for as much as its parent has filled.
        quantity = one.remaining if parent is None else min(one.remaining, parent.filled)
        if quantity:
            working.append(one)
            oca = one.spec.oca
            key = one.order_ref if oca is None else f"oca {oca.group}"
            counted[key] = max(counted.get(key, Decimal(0)), quantity)
    held = abs(position.quantity)
    return Cover(held, min(held, sum(counted.values(), Decimal(0))), tuple(working))


def protects(order: Order, position: Position) -> bool:
    """A stop that IB holds, on the side that closes; one that starts later or on a condition protects nothing now."""
    spec = order.spec
    return (
        order.state in _WORKS
        and spec.order_type in STOPS
        and spec.contract.con_id == position.contract.con_id
        and spec.account in ("", position.account)
        and spec.side.sign * position.quantity < 0
        and spec.good_after is None
        and (not spec.conditions or spec.conditions_cancel)
    )
