"""The roll of orders: all that are known, who is whose, and how one leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from core.simulator.hours import utc
from core.simulator.matching.floor import Floor, Key, Working, is_child, refused
from core.simulator.model import Notice, Order, OrderChanged
from core.simulator.tape.path import noise

LATENCY_S: Final = (0.020, 0.060)
CANCELLED: Final = "Order Canceled - reason:"
BY_TRADER, BY_SYSTEM = "Cancelled by Trader", "Cancelled by System"


class Roll:
    """Orders of all clients, in the order in which they came."""

    def __init__(self, floor: Floor, seed: int) -> None:
        self._floor, self._seed = floor, seed
        self._known: dict[Key, Working] = {}
        self._last_id: dict[int, int] = {}
        self._by_con_id: dict[int, list[Key]] = {}
        self._perm_id = 1_000_000_000 + abs(int(noise(seed) * 1e8))
        self._draws = 0

    # --- questions ----------------------------------------------------------------------------------

    def next_id(self, client_id: int) -> int:
        return self._last_id.get(client_id, 0) + 1

    def open_orders(self) -> list[Order]:
        return [one.order for one in self._known.values() if not one.order.done]

    def completed_orders(self) -> list[Order]:
        return [one.order for one in self._known.values() if one.order.done]

    def trades_in(self, con_id: int) -> bool:
        return bool(self._by_con_id.get(con_id))

    def forget_completed(self) -> None:
        """A new day: yesterday's finished orders are no longer told of."""
        self._known = {key: one for key, one in self._known.items() if not one.order.done}

    # --- arriving and leaving -----------------------------------------------------------------------

    def _numbered(self, order: Order) -> Order:
        self._last_id[order.client_id] = max(order.order_id, self._last_id.get(order.client_id, 0))
        self._perm_id += 1
        return order.with_(perm_id=self._perm_id)

    def _enlist(self, one: Working) -> None:
        self._known[one.key] = one
        con_id = one.order.contract.con_id
        self._by_con_id.setdefault(con_id, []).append(one.key)
        self._floor.watch(con_id)
        self._floor.trade(con_id)

    def _family(self, client_id: int, parent_id: int) -> list[Working]:
        """Parent and children, in the order in which they came."""
        return [
            one
            for one in self._known.values()
            if one.order.client_id == client_id and parent_id in (one.order.order_id, one.order.parent_id)
        ]

    def _parent(self, order: Order) -> Working | None:
        return self._known.get((order.client_id, order.parent_id)) if order.parent_id else None

    def _end(self, one: Working, status: str, words: str, why: str = "") -> Iterator[Notice]:
        """An order ends; a cancelled parent takes its children along, but for what it had filled."""
        one.order = one.order.with_(
            status=status, why_held="", completed_at=utc(self._floor.now_s), completed_status=words
        )
        self._leave(one)
        yield OrderChanged(one.order, open_order=status == "Filled")
        if status != "Cancelled":
            return
        yield refused(one.order, 202, CANCELLED + why)
        for other in tuple(self._known.values()):
            if not other.order.done and is_child(other.order, one.order):
                yield from self._orphaned(other, one.order)

    def _orphaned(self, child: Working, parent: Order) -> Iterator[Notice]:
        kept = math.floor(child.order.quantity * parent.filled / parent.quantity + 1e-9)
        if kept and kept <= child.order.filled:
            child.order = child.order.with_(quantity=child.order.filled)
            yield from self._end(child, "Filled", f"Filled Size: {child.order.filled:g}")
        elif kept:
            child.order = child.order.with_(quantity=float(kept))
            child.share = 1.0
            yield OrderChanged(child.order)
        else:
            yield from self._end(child, "Cancelled", BY_SYSTEM)

    def _leave(self, one: Working) -> None:
        one.live = one.armed = False
        con_id = one.order.contract.con_id
        self._by_con_id[con_id].remove(one.key)
        self._floor.unwatch(con_id)

    # --- time ---------------------------------------------------------------------------------------

    def _due(self, what: str, one: Working) -> None:
        """A phase that takes its time: some tens of milliseconds."""
        self._draws += 1
        low, high = LATENCY_S
        share = min(abs(noise(self._seed, self._draws)) / 2, 1.0)
        self._schedule(self._floor.now_s + low + share * (high - low), what, one)

    def _schedule(self, due_s: float, what: str, one: Working) -> None:
        self._floor.schedule(due_s, what, one.key)
