"""The pump: facts in one by one, the desk's requests out, one timer; whoever listens is told what changed."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from core.cache import Cache, Kept
from core.desk import Desk
from core.domain.contract import ContractDetails, ContractQuery
from core.domain.events import (
    BarsReported,
    CommissionReported,
    ConnectAsked,
    ConnectFailed,
    ContractsReported,
    DisconnectAsked,
    Event,
    ExecutionReported,
    IntentCommitted,
    IntentRefused,
    JournalReported,
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
from core.domain.link import Mode, Socket
from core.domain.quote import Bar, BarKey
from core.domain.requests import CommitIntent, PlaceOrder, Record, Request, TakeSnapshot, Wake
from core.domain.topics import Changes
from core.domain.verdict import Objection
from core.journal.recording import INTENT, Recorder, intent_fields

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

_LOGGED = frozenset(
    {ConnectAsked, DisconnectAsked, SocketOpened, LinkLost, MessageReported, *_ORDER_PATH}
    - {SnapshotCompleted}
)
"""Facts that go into the log word for word; ConnectFailed and snapshots are told more sparingly."""

GATE_CLOSED = Objection(
    rule="Own fault",
    measured="a report about an order could not be taken in",
    limit="every report",
    words=(
        "IBDesk failed while taking in a report about an order, so what it shows may be wrong: no new orders "
        "until everything has been read back. Cancels pass. Check TWS; the log has the details."
    ),
)

_FAULT_SNAPSHOT_DEADLINE_S = 10.0


class Pump:
    """One desk, one gateway, one journal, one clock, all on one event loop. It decides nothing."""

    def __init__(
        self,
        desk: Desk,
        gateway_factory: Callable[[Receive], Gateway],
        journal: Journal | None,
        clock: Callable[[], float],
        cache: Cache | None = None,
    ) -> None:
        self.desk = desk
        self._gateway_factory = gateway_factory
        self._journal = journal
        self._recorder = Recorder()
        self.cache = cache
        self._clock = clock
        self._latest_s = 0.0
        self._gateway: Gateway | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: deque[Event] = deque()
        self._stepping = False
        self._gate_closed = False
        self._timer: asyncio.Handle | None = None
        self._timer_due_s = 0.0
        self._chores: list[tuple[float, Callable[[], None]]] = []
        self._chore_timers: dict[Callable[[], None], asyncio.Handle] = {}
        self._listeners: list[Callable[[], None]] = []
        self._announced = False
        self._last_failure: ConnectFailed | None = None
        self._expected: list[tuple[Matches[Any], asyncio.Future[Any]]] = []

    def now_s(self) -> float:
        """Epoch seconds that never run backwards."""
        self._latest_s = max(self._latest_s, self._clock())
        return self._latest_s

    @property
    def counts(self) -> Mapping[str, int]:
        """What the gateway said and nobody could use: late answers, unreadable messages and the like."""
        return self._gateway.counts if self._gateway is not None else {}

    async def start(self) -> None:
        """Make the gateway, on the loop that will carry it. Connects to nothing yet."""
        self._loop = asyncio.get_running_loop()
        for span_s, act in self._chores:
            if act not in self._chore_timers:
                self._do_later(span_s, act)
        if self._gateway is None:
            self._gateway = self._gateway_factory(self.receive)

    def every(self, span_s: float, act: Callable[[], None]) -> None:
        """Do `act` each `span_s` from the start to the end; a failure of it is logged, and it goes on."""
        self._chores.append((span_s, act))
        if self._loop is not None:
            self._do_later(span_s, act)

    async def close(self) -> None:
        """Drop the socket, stop the timer, end every wait, close the cache. The journal is its owner's to close."""
        self._call_off_timer()
        while self._chore_timers:
            self._chore_timers.popitem()[1].cancel()
        self._chores.clear()
        for _, waiting in self._expected:
            if not waiting.done():
                waiting.set_exception(TimeoutError("the connector was closed"))
        gateway, self._gateway = self._gateway, None
        if gateway is not None:
            await gateway.close()
        if self.cache is not None:
            self.cache.close()

    # --- what was told once -------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether a gateway can be asked."""
        return self.desk.link.socket in (Socket.SYNCING, Socket.UP)

    def recall_contracts(self, query: ContractQuery) -> Kept[tuple[ContractDetails, ...]] | None:
        """What IB answered to `query` once, and when."""
        return None if self.cache is None else self.cache.contracts(query, self._realm)

    def recall_bars(self, key: BarKey) -> Kept[tuple[Bar, ...]] | None:
        """The series as IB told it last, and when."""
        return None if self.cache is None else self.cache.bars(key, self._realm)

    @property
    def _realm(self) -> str:
        """Our simulator names contracts as IB does and makes up their prices: the two are never mixed."""
        link = self.desk.link
        simulated = link.mode is Mode.SIM or (link.mode is Mode.UNKNOWN and link.profile == "simulator")
        return "simulator" if simulated else "ib"

    # --- who looks on -------------------------------------------------------------------------------

    def listen(self, callback: Callable[[], None]) -> None:
        """Call `callback` when something changed: once, until `take_changes`."""
        self._listeners.append(callback)

    def take_changes(self) -> Changes:
        self._announced = False
        self.desk.late_answers = sum(n for what, n in self.counts.items() if what.startswith("late "))
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
        now_s = self.now_s()
        self._keep(event, now_s)
        self._log(event)
        try:
            requests = self.desk.step(event, now_s)
        except Exception:
            # Our own fault: the window lives on, the trader is told, and orders stop if orders are concerned.
            log.exception("the desk failed on %s", type(event).__name__)
            self._close_gate_for(event)
            requests = []
        else:
            if isinstance(event, SnapshotCompleted) and not event.lacks:
                self._gate_closed = False
        if self.cache is not None and isinstance(event, ContractsReported | BarsReported):
            self.cache.keep(event, self._realm, now_s)
        self._fulfil(event)
        for request in requests:
            self._carry_out(request)

    def _keep(self, event: Event, now_s: float) -> None:
        """What orders and positions stand on is handed to the journal before the desk takes it in."""
        if self._journal is None or (isinstance(event, Woke) and not self.desk.orders_are_due(now_s)):
            return
        try:
            row = self._recorder.row(event, now_s, self.desk.order_ref_of)
            if row is not None:
                self._journal.record(*row)
        except Exception as fault:
            log.exception("the journal could not keep %s", type(event).__name__)
            self._journal_is_ill(str(fault))
        else:
            self._journal_is_ill(getattr(self._journal, "trouble", ""))

    def _journal_is_ill(self, words: str) -> None:
        """The desk hears it once, and once more when it is well again."""
        if words != self.desk.journal.trouble:
            self._events.append(JournalReported(words))

    def _log(self, event: Event) -> None:
        kind = type(event)
        if kind in _LOGGED:
            log.info("%s", event)
            if kind is SocketOpened:
                self._last_failure = None
        elif isinstance(event, SnapshotCompleted):
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
        elif isinstance(request, CommitIntent):
            place = request.place
            closed = IntentRefused(place.order_ref, f"Nothing was sent. {GATE_CLOSED.words}")
            self.receive(closed if self._gate_closed else self._committed(place))
        elif self._gateway is not None:
            self._gateway.perform(request)
        else:
            log.error("%s before the connector was started", type(request).__name__)

    def _record(self, request: Record) -> None:
        if request.fact is not None:
            self._keep(request.fact, self.desk.now_s)
            return
        if self._journal is None:
            return
        try:
            self._journal.record(request.kind, request.subject, request.fields)
        except Exception:
            log.exception("the journal could not record %s", request.kind)

    def _committed(self, intent: PlaceOrder) -> IntentCommitted | IntentRefused:
        """The journal's answer: whatever goes wrong with it, the order must not go."""
        if self._journal is None:
            return IntentCommitted(intent.order_ref)
        try:
            order = self.desk.order(intent.order_ref)
            mid = None if order is None else order.arrival_mid
            told = intent_fields(intent, self.desk.link.client_id, self.desk.gateway, self.desk.now_s, mid)
            self._journal.commit(INTENT, intent.order_ref, told)
        except Exception as fault:
            log.exception("the journal refused an intent", extra={"order_ref": intent.order_ref})
            self._events.append(JournalReported(str(fault)))
            return IntentRefused(intent.order_ref, f"Nothing was sent. {fault}")
        return IntentCommitted(intent.order_ref)

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

    def _do_later(self, span_s: float, act: Callable[[], None]) -> None:
        def due() -> None:
            try:
                act()
            except Exception:
                log.exception("a chore failed")
            if self._chores:
                self._do_later(span_s, act)

        assert self._loop is not None
        self._chore_timers[act] = self._loop.call_later(span_s, due)

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
