"""Order ids: never one that was used before, whatever the gateway says after a restart."""

from __future__ import annotations


class OrderIds:
    """The next id is above everything the gateway and the journal have seen."""

    def __init__(self, floor: int = 1) -> None:
        self._next = max(1, floor)

    def raise_floor(self, next_valid_id: int) -> None:
        """The gateway's nextValidId: it may run backwards, we do not."""
        self._next = max(self._next, next_valid_id)

    def take(self) -> int:
        order_id = self._next
        self._next += 1
        return order_id

    def at_least(self, other: OrderIds) -> OrderIds:
        """Ids above what either has seen."""
        return OrderIds(max(self._next, other._next))
