"""The connector acts: it carries facts to the desk and the desk's requests out; it decides nothing.

One desk, one gateway, one journal, one clock, all on one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from core.desk import Desk
from core.domain.contract import Contract, ContractQuery
from core.domain.events import (
    CommissionReported,
    ConnectAsked,
    ConnectFailed,
    DisconnectAsked,
    Event,
    ExecutionReported,
    IntentCommitted,
    IntentRefused,
    LinkLost,
    MessageReported,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderStatusReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.gateway import Gateway, Receive
from core.domain.order import OrderSpec
from core.domain.quote import BarKey
from core.domain.requests import PlaceOrder, Record, Request, TakeSnapshot, Wake
from core.domain.topics import Changes
from core.domain.verdict import Ask, Denied, Objection

log = logging.getLogger(__name__)

T = TypeVar("T")
Fields = tuple[tuple[str, str], ...]
Matches = Callable[[Event], T | None]


class Journal(Protocol):
    """What the connector needs of `core.journal`."""

    def commit(self, kind: str, subject: str, fields: Fields) -> None:
        """Durable on return, or raises."""
        ...

    def record(self, kind: str, subject: str, fields: Fields) -> None:
        """Written soon."""
        ...


_ORDER_PATH = (
    OrderReported,
    OrderStatusReported,
    ExecutionReported,
    CommissionReported,
    SnapshotCompleted,
    IntentCommitted,
    IntentRefused,
    OrderSent,
    OrderNotSent,
)
"""Facts that the state of orders stands on: one that could not be taken in closes the gate."""

_LOGGED = (ConnectAsked, DisconnectAsked, SocketOpened, LinkLost, MessageReported, *_ORDER_PATH)
"""Facts that go into the log word for word; ConnectFailed and snapshots are told more sparingly."""

_FAULT_SNAPSHOT_DEADLINE_S = 10.0
_GATE_CLOSED = Objection(
    rule="Own fault",
    measured="a report about an order could not be taken in",
    limit="every report",
    words=(
        "IBDesk failed while taking in a report about an order, so what it shows may be wrong: no new orders "
        "until everything has been read back. Cancels pass. Check TWS; the log has the details."
    ),
)
_JUDGING_FAILED = Objection(
    rule="Own fault",
    measured="the order could not be judged",
    limit="a verdict of every rule",
    words="IBDesk failed while judging this order, so nothing was sent. The log has the details.",
)


class SteadyClock:
    """Epoch seconds that go on when the machine's clock is set back, and follow it when it leaps ahead."""

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._offset_s = wall() - steady()

    def __call__(self) -> float:
        steady_s = self._steady()
        self._offset_s = max(self._offset_s, self._wall() - steady_s)
        return steady_s + self._offset_s


class Connector:
    """Carries events in and requests out. The desk is the only thing that knows anything."""

    def __init__(
        self,
        desk: Desk,
        gateway_factory: Callable[[Receive], Gateway],
        journal: Journal | None,
        clock: Callable[[], float],
    ) -> None:
        self.desk = desk
        self._gateway_factory = gateway_factory
        self._journal = journal
        self._clock = clock
        self._latest_s = 0.0
        self._gateway: Gateway | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: deque[Event] = deque()
        self._stepping = False
        self._gate_closed = False
        self._timer: asyncio.Handle | None = None
        self._timer_due_s = 0.0
        self._listeners: list[Callable[[], None]] = []
        self._announced = False
        self._last_failure: ConnectFailed | None = None
        self._expected: list[tuple[Matches[Any], asyncio.Future[Any]]] = []

    def now_s(self) -> float:
        """Epoch seconds that never run backwards."""
        self._latest_s = max(self._latest_s, self._clock())
        return self._latest_s

    async def start(self) -> None:
        """Make the gateway, on the loop that will carry it. Connects to nothing yet."""
        self._loop = asyncio.get_running_loop()
        if self._gateway is None:
            self._gateway = self._gateway_factory(self.receive)

    async def close(self) -> None:
        """Drop the socket, stop the timer, end every wait. The journal is its owner's to close."""
        self._call_off_timer()
        for _, waiting in self._expected:
            if not waiting.done():
                waiting.set_exception(TimeoutError("the connector was closed"))
        gateway, self._gateway = self._gateway, None
        if gateway is not None:
            await gateway.close()

    # --- the link -----------------------------------------------------------------------------------

    def connect(
        self, host: str, port: int, client_id: int, profile: str = "custom", kind: str = "", account: str = ""
    ) -> None:
        self.receive(ConnectAsked(host, port, client_id, profile, kind, account))

    def disconnect(self) -> None:
        self.receive(DisconnectAsked())

    # --- orders -------------------------------------------------------------------------------------

    def submit(
        self, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge, commit to the journal, send: in one go, so nothing can change in between."""
        return self._intend(lambda: self.desk.submit(spec, self.now_s(), acknowledged))

    def modify(
        self, order_ref: str, spec: OrderSpec, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        return self._intend(lambda: self.desk.modify(order_ref, spec, self.now_s(), acknowledged))

    def cancel(self, order_ref: str) -> Denied | None:
        """Cancels pass whatever else is wrong."""
        answer = self.desk.cancel(order_ref, self.now_s())
        if isinstance(answer, Denied):
            self._announce()
            return answer
        self._perform(answer)
        return None

    def _intend(self, judge: Callable[[], Denied | Ask | PlaceOrder]) -> Denied | Ask | PlaceOrder:
        if self._gate_closed:
            return Denied((_GATE_CLOSED,))
        try:
            verdict = judge()
        except Exception:
            log.exception("the desk failed while judging an order")
            return Denied((_JUDGING_FAILED,))
        if isinstance(verdict, PlaceOrder):
            self.receive(self._committed(verdict))
        self._announce()
        return verdict

    def _committed(self, intent: PlaceOrder) -> IntentCommitted | IntentRefused:
        """The journal's answer: whatever goes wrong with it, the order must not go."""
        if self._journal is None:
            return IntentCommitted(intent.order_ref)
        try:
            self._journal.commit("intent", intent.order_ref, intent_fields(intent, self.desk.link.client_id))
        except Exception as fault:
            log.exception("the journal refused an intent", extra={"order_ref": intent.order_ref})
            return IntentRefused(intent.order_ref, f"Nothing was sent. {fault}")
        return IntentCommitted(intent.order_ref)

    # --- contracts, quotes, bars, alerts ------------------------------------------------------------

    def watch(self, contract: Contract, owner: str) -> None:
        self._perform(self.desk.watch(contract, owner, self.now_s()))

    def unwatch(self, con_id: int, owner: str) -> None:
        self._perform(self.desk.unwatch(con_id, owner, self.now_s()))

    def find(self, query: ContractQuery) -> None:
        self._perform(self.desk.find(query, self.now_s()))

    def search(self, text: str) -> None:
        self._perform(self.desk.search(text, self.now_s()))

    def load_bars(self, key: BarKey, contract: Contract, duration: str, live: bool) -> None:
        self._perform(self.desk.load_bars(key, contract, duration, live, self.now_s()))

    def drop_bars(self, key: BarKey) -> None:
        self._perform(self.desk.drop_bars(key, self.now_s()))

    def acknowledge(self, alert_id: str) -> None:
        self._perform(self.desk.acknowledge(alert_id, self.now_s()))

    # --- who looks on -------------------------------------------------------------------------------

    def listen(self, callback: Callable[[], None]) -> None:
        """Call `callback` when something changed: once, until `take_changes`."""
        self._listeners.append(callback)

    def take_changes(self) -> Changes:
        self._announced = False
        return self.desk.drain()

    async def expect(self, matches: Matches[T], deadline_s: float) -> T:
        """The first event from now on that `matches` makes something of. Raises TimeoutError."""
        waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        entry = (matches, waiting)
        self._expected.append(entry)
        try:
            async with asyncio.timeout(deadline_s):
                return await waiting
        finally:
            self._expected.remove(entry)

    # --- the pump -----------------------------------------------------------------------------------

    def receive(self, event: Event) -> None:
        """Step the desk with `event`. One that arrives meanwhile waits its turn: the desk is never re-entered."""
        self._events.append(event)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._events:
                self._step(self._events.popleft())
        finally:
            self._stepping = False
        self._announce()

    def _step(self, event: Event) -> None:
        self._log(event)
        try:
            requests = self.desk.step(event, self.now_s())
        except Exception:
            # Our own fault: the window lives on, the trader is told, and orders stop if orders are concerned.
            log.exception("the desk failed on %s", type(event).__name__)
            self._close_gate_for(event)
            requests = []
        else:
            if isinstance(event, SnapshotCompleted) and not event.lacks:
                self._gate_closed = False
        self._fulfil(event)
        for request in requests:
            self._carry_out(request)

    def _log(self, event: Event) -> None:
        if isinstance(event, SnapshotCompleted):
            missing = ", ".join(event.missing) or "nothing"
            counts = (len(event.orders), len(event.executions), len(event.completed), len(event.positions))
            log.info(
                "read back %d orders, %d executions, %d completed, %d positions; missing: %s",
                *counts,
                missing,
            )
        elif isinstance(event, ConnectFailed):
            # A gateway that is away for the night fails thousands of times in the same way.
            log.log(logging.DEBUG if event == self._last_failure else logging.WARNING, "%s", event)
            self._last_failure = event
        elif isinstance(event, _LOGGED):
            log.info("%s", event)
            if isinstance(event, SocketOpened):
                self._last_failure = None

    def _close_gate_for(self, event: Event) -> None:
        """After our own failure on the order path: no new orders until a whole snapshot has been taken in."""
        about_order = isinstance(event, MessageReported) and event.order_id is not None
        if not (about_order or isinstance(event, _ORDER_PATH)):
            return
        first, self._gate_closed = not self._gate_closed, True
        if first and self._gateway is not None:
            log.critical("no new orders until everything has been read back")
            self._gateway.perform(TakeSnapshot(_FAULT_SNAPSHOT_DEADLINE_S))

    def _perform(self, requests: list[Request]) -> None:
        for request in requests:
            self._carry_out(request)
        self._announce()

    def _carry_out(self, request: Request) -> None:
        if isinstance(request, Wake):
            self._wake_in(request.delay_s)
        elif isinstance(request, Record):
            self._record(request)
        elif self._gateway is not None:
            self._gateway.perform(request)
        else:
            log.error("%s before the connector was started", type(request).__name__)

    def _record(self, request: Record) -> None:
        if self._journal is None:
            return
        try:
            self._journal.record(request.kind, request.subject, request.fields)
        except Exception:
            log.exception("the journal could not record %s", request.kind)

    def _fulfil(self, event: Event) -> None:
        for matches, waiting in tuple(self._expected):
            if waiting.done():
                continue
            try:
                found = matches(event)
            except Exception as fault:
                log.exception("an expectation failed on %s", type(event).__name__)
                waiting.set_exception(fault)
            else:
                if found is not None:
                    waiting.set_result(found)

    def _announce(self) -> None:
        if self._announced or self._stepping or not self._listeners or not self.desk.has_changes:
            return
        self._announced = True
        for callback in self._listeners:
            try:
                callback()
            except Exception:
                log.exception("a listener failed")

    # --- the one timer ------------------------------------------------------------------------------

    def _wake_in(self, delay_s: float) -> None:
        """The earlier of two wakings counts: the desk looks at the clock and asks again."""
        loop = self._loop
        if loop is None:
            return
        due_s = loop.time() + delay_s
        if self._timer is not None and self._timer_due_s <= due_s:
            return
        self._call_off_timer()
        self._timer_due_s = due_s
        self._timer = loop.call_later(delay_s, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.receive(Woke())

    def _call_off_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def intent_fields(intent: PlaceOrder, client_id: int) -> Fields:
    """What the journal keeps of an intent: enough to know the order again at IB."""
    spec = intent.approved.spec
    fields: dict[str, object] = {
        "client_id": client_id,
        "order_id": intent.order_id,
        "modifies": intent.modifies,
        "account": spec.account,
        "con_id": spec.contract.con_id,
        "contract": spec.contract.label,
        "side": spec.side,
        "quantity": spec.quantity,
        "order_type": spec.order_type,
        "limit_price": spec.limit_price,
        "stop_price": spec.stop_price,
        "tif": spec.tif,
        "outside_rth": spec.outside_rth,
        "acknowledged": ", ".join(intent.approved.acknowledged),
    }
    return tuple((name, str(value)) for name, value in fields.items() if value is not None)
