"""What absence from IB's lists proves, and when it proves that IB never saw an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core.domain.days import calendar_day
from core.domain.events import ExecutionReported
from core.domain.execution import Execution
from core.domain.order import Order
from core.orders.lifecycle import Fact
from core.orders.terms import may_explain

APART_S = 5.0
"""Two snapshots must be this far apart to prove anything together."""
SETTLED_S = 30.0
"""TWS may hold orders back while it is cut off: so long after the links are up, it does not any more."""
UNLISTED = "IB lists it neither as open nor as done."


class Finding(NamedTuple):
    """What absence means for the lifecycle, and what the proof still lacks ("" when nothing)."""

    fact: Fact
    lacks: str = ""


class Proofs:
    """Remembers since when an order is missing from complete snapshots."""

    def __init__(self) -> None:
        self._absent_since_s: dict[str, float] = {}
        self._lacks: dict[str, str] = {}

    def forget(self, order_ref: str) -> None:
        """It was seen, or settled."""
        self._absent_since_s.pop(order_ref, None)
        self._lacks.pop(order_ref, None)

    def clear(self) -> None:
        """Snapshots from before the link was lost prove nothing together with later ones."""
        self._absent_since_s.clear()
        self._lacks.clear()

    def is_absent(self, order_ref: str) -> bool:
        return order_ref in self._absent_since_s

    def lacks(self, order_ref: str) -> str:
        """What is still missing for the proof; "" when it was never looked for."""
        return self._lacks.get(order_ref, "")

    def to_come(self) -> Iterator[str]:
        """Orders whose proof time alone may still complete."""
        return (ref for ref, lacks in self._lacks.items() if lacks in (_MORE_TIME, _SECOND_LOOK))

    def absent(
        self,
        order: Order,
        next_order_id: int | None,
        unclaimed: Iterable[Execution],
        up_since_s: float | None,
        now_s: float,
    ) -> Finding:
        """A complete snapshot does not list the order. `next_order_id` is IB's for the client that placed it."""
        first_s = self._absent_since_s.setdefault(order.order_ref, now_s)
        twice = now_s - first_s >= APART_S
        lacks = _lacking(order, next_order_id, unclaimed, now_s)
        if not lacks and not twice:
            lacks = _SECOND_LOOK
        if not lacks and (up_since_s is None or now_s - up_since_s < SETTLED_S):
            lacks = _MORE_TIME
        self._lacks[order.order_ref] = lacks
        if not lacks:
            return Finding(Fact.NEVER_SEEN)
        return Finding(Fact.ABSENT_TWICE if twice else Fact.ABSENT, lacks)


_SECOND_LOOK = "a second look at IB's lists"
_MORE_TIME = "half a minute with both links up"


def _lacking(order: Order, next_order_id: int | None, unclaimed: Iterable[Execution], now_s: float) -> str:
    """What no further snapshot can mend."""
    if order.perm_id is not None or order.filled:
        return "IB had answered: it knew the order"
    if order.order_id is None or next_order_id is None:
        return f"IB did not say which order id of client {order.client_id} comes next"
    if next_order_id > order.order_id:
        return f"IB's next order id is {next_order_id}: it may have seen id {order.order_id}"
    if calendar_day(order.created_at_s) != calendar_day(now_s):
        return "it is from another day, and IB lists executions since midnight only"
    if any(may_explain(order.spec, one) for one in unclaimed):
        return "an execution of this contract and side belongs to no known order"
    return ""


def replayed(execution: Execution) -> ExecutionReported:
    """An execution out of a snapshot: it happened earlier."""
    return ExecutionReported(execution, replayed=True)
