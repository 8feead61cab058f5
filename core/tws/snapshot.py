"""Reading everything back: order ids, open orders, executions, completed orders, positions, each to its end."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Callable, Hashable
from dataclasses import replace
from enum import StrEnum
from typing import Any

from ib_async.objects import ExecutionFilter

from core.domain.events import (
    CommissionReported,
    ExecutionReported,
    OrderReported,
    OrderStatusReported,
    PositionReported,
    SnapshotCompleted,
)
from core.domain.execution import Execution
from core.domain.requests import TakeSnapshot
from core.tws.anew import Anew
from core.tws.guard import ROWS_MOST
from core.tws.wire import Wire

_ANEW_DEADLINE_S = 10.0


class Part(StrEnum):
    """In the order of asking: an order that fills meanwhile is then seen open, or as its execution, or both."""

    ORDER_IDS = "order ids"
    OPEN_ORDERS = "open orders"
    EXECUTIONS = "executions"
    COMPLETED_ORDERS = "completed orders"
    POSITIONS = "positions"


_PARTS_OF = {
    3: {Part.OPEN_ORDERS},
    5: {Part.OPEN_ORDERS},
    11: {Part.EXECUTIONS},
    61: {Part.POSITIONS},
    101: {Part.COMPLETED_ORDERS},
}
"""What a message that could not be read would have been part of: its number to that."""


class Snapshot:
    """One snapshot at a time, one part after the other; a second request waits for the first's end.

    IB numbers only the request for executions; the answers of the other parts look like updates. So every row
    is told at once too, a row of a part already read follows later updates until the snapshot is told, and
    where a part's end never came its rows are kept: the next end may belong to the earlier request. A row that
    was kept and is not told again says neither that it still stands nor that it does not: the part proves nothing.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._ask: dict[Part, Callable[[], None]] = {
            Part.ORDER_IDS: lambda: wire.client.reqIds(1),
            Part.OPEN_ORDERS: wire.client.reqAllOpenOrders,
            Part.EXECUTIONS: self._ask_executions,
            Part.COMPLETED_ORDERS: lambda: wire.client.reqCompletedOrders(False),
            Part.POSITIONS: wire.client.reqPositions,
        }
        self._running: TakeSnapshot | None = None
        self._again: TakeSnapshot | None = None
        self._part: Part | None = None
        self._deadline: TimerHandle | None = None
        self._began_s = self._ends_at_s = 0.0
        self._anew = Anew(wire, lambda: self.take(TakeSnapshot(_ANEW_DEADLINE_S)))
        self._missing: list[str] = []
        self._gathering: set[Part] = set()
        self._known: dict[Part, set[Hashable]] = {part: set() for part in Part}
        self._unrepeated: dict[Part, set[Hashable]] = {}
        """Rows that were kept, by part: those that nobody has told since the part was asked for again."""
        self._spoilt: set[Part] = set()
        """Parts with a row that could not be read, or with more rows than anybody has: they prove nothing."""
        self._next_order_id: int | None = None
        self._req_id: int | None = None
        self._orders: dict[Hashable, OrderReported] = {}
        self._executions: dict[str, Execution] = {}
        self._completed: dict[Hashable, OrderReported] = {}
        self._positions: dict[Hashable, PositionReported] = {}
        self._rows: dict[Part, dict[Any, Any]] = {
            Part.OPEN_ORDERS: self._orders,
            Part.EXECUTIONS: self._executions,
            Part.COMPLETED_ORDERS: self._completed,
            Part.POSITIONS: self._positions,
        }

    def take(self, request: TakeSnapshot) -> None:
        if self._running is not None:
            self._again = request
            return
        self._running = request
        self._began_s = self._wire.now_s
        self._ends_at_s = self._began_s + request.deadline_s
        self._missing = []
        self._next_order_id = None
        self._begin(Part.ORDER_IDS)

    def _begin(self, part: Part) -> None:
        assert self._running is not None
        self._part = part
        self._gathering.add(part)
        self._spoilt.discard(part)
        self._unrepeated[part] = set(self._rows.get(part, ()))
        # One mute part must not cost the answers of the others: it gets half of the time at most.
        left_s = max(0.0, self._ends_at_s - self._wire.now_s)
        share_s = min(left_s, self._running.deadline_s / 2)
        self._deadline = self._wire.after(share_s, lambda: self._overdue(part))
        self._ask[part]()

    def _ask_executions(self) -> None:
        self._executions.clear()  # numbered: rows of another request are told apart
        self._unrepeated[Part.EXECUTIONS] = set()
        self._req_id = req_id = self._wire.ask(lambda code, words: self._overdue(Part.EXECUTIONS))
        self._wire.client.reqExecutions(req_id, ExecutionFilter())

    def _overdue(self, part: Part) -> None:
        self._missing.append(part.value)
        self._go_on(part)

    def _go_on(self, part: Part) -> None:
        if self._deadline is not None:
            self._wire.call_off(self._deadline)
        if part is Part.EXECUTIONS and self._req_id is not None:
            self._wire.done(self._req_id)
            self._req_id = None
        following = list(Part)[list(Part).index(part) + 1 :]
        if following:
            self._begin(following[0])
        else:
            self._complete()

    def _complete(self) -> None:
        spoilt = {part.value for part in self._spoilt}
        taken = SnapshotCompleted(
            next_order_id=self._next_order_id,
            orders=tuple(self._orders.values()),
            executions=tuple(self._executions.values()),
            completed=tuple(self._completed.values()),
            positions=tuple(self._positions.values()),
            missing=tuple(part.value for part in Part if part.value in spoilt.union(self._missing)),
            took_s=max(0.0, self._wire.now_s - self._began_s),
        )
        self._running = self._part = None
        for part in Part:
            if part.value not in self._missing:
                self._stop_gathering(part)
        self._wire.tell(taken)
        again, self._again = self._again, None
        if again is not None:
            self.take(again)

    def _stop_gathering(self, part: Part) -> None:
        self._gathering.discard(part)
        self._rows.get(part, {}).clear()

    def _ended(self, part: Part) -> None:
        if self._part is part:
            if self._unrepeated.get(part):
                self._spoilt.add(part)
            self._go_on(part)
            return
        self._wire.late(part.value)
        if self._running is None:
            self._stop_gathering(part)

    def _admits(self, part: Part, key: Hashable) -> bool:
        """Whether this row may be told: a list that never ends must not fill the memory, nor pass for read."""
        known = self._known[part]
        self._unrepeated.get(part, set()).discard(key)
        if key in known:
            return True
        if len(known) >= ROWS_MOST:
            self._spoilt.add(part)
            self._wire.beyond(part.value)
            return False
        known.add(key)
        return True

    def unreadable(self, message: int) -> None:
        """A report that orders or positions stand on was lost on us: nothing is proven until it is read again."""
        parts = _PARTS_OF.get(message)
        if parts is None:
            return
        self._spoilt |= parts & self._gathering
        if not parts & self._gathering:
            self._anew.doubt()

    # --- what the gateway says ----------------------------------------------------------------------

    def next_order_id(self, order_id: int) -> None:
        self._next_order_id = order_id
        self._ended(Part.ORDER_IDS)

    def open_order(self, told: OrderReported) -> None:
        key = _identity(told)
        if not self._admits(Part.OPEN_ORDERS, key):
            return
        self._wire.tell(told)
        if Part.OPEN_ORDERS in self._gathering:
            self._orders[key] = told

    def order_status(self, told: OrderStatusReported) -> None:
        self._wire.tell(told)
        key = told.perm_id or (told.client_id, told.order_id)
        if (row := self._orders.get(key)) is not None:
            self._orders[key] = replace(row, status=told.status, filled=told.filled)

    def open_orders_end(self) -> None:
        self._ended(Part.OPEN_ORDERS)

    def execution(self, req_id: int, execution: Execution) -> None:
        if not self._admits(Part.EXECUTIONS, execution.exec_id):
            return
        if req_id == self._req_id:
            self._executions[execution.exec_id] = execution
        else:  # live, or a late answer: evidence of a fill all the same
            self._wire.tell(ExecutionReported(execution, replayed=req_id > 0))

    def executions_end(self, req_id: int) -> None:
        if req_id == self._req_id:
            self._ended(Part.EXECUTIONS)
        else:
            self._wire.late(Part.EXECUTIONS.value)

    def commission(self, told: CommissionReported) -> None:
        execution = self._executions.get(told.exec_id)
        if execution is None:
            self._wire.tell(told)
            return
        self._executions[told.exec_id] = replace(
            execution,
            commission=told.commission,
            commission_currency=told.currency,
            realised_pnl=told.realised_pnl,
        )

    def completed_order(self, told: OrderReported) -> None:
        """TWS may also push these unasked, when an order completes."""
        key = _identity(told)
        if not self._admits(Part.COMPLETED_ORDERS, key):
            return
        if self._part is Part.COMPLETED_ORDERS:
            self._completed[key] = told
        else:
            self._wire.tell(told)

    def completed_orders_end(self) -> None:
        self._ended(Part.COMPLETED_ORDERS)

    def position(self, told: PositionReported) -> None:
        key = (told.account, told.contract.con_id)
        if not self._admits(Part.POSITIONS, key):
            return
        self._wire.tell(told)
        if Part.POSITIONS in self._gathering:
            self._positions[key] = told

    def positions_end(self) -> None:
        self._ended(Part.POSITIONS)


def _identity(told: OrderReported) -> Hashable:
    return told.perm_id or (told.client_id, told.order_id)
