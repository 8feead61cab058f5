"""Where market and clients meet: lets the market live and tells each client what it may know."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Sequence
from typing import Protocol, runtime_checkable

from core.simulator.answers import account, orders
from core.simulator.courses import COURSES, Course, Step
from core.simulator.events import DEEDS
from core.simulator.faults import BROADCASTS, RESTORED_DATA_KEPT, RESTORED_DATA_LOST, Faults
from core.simulator.model import (
    AccountChanged,
    Executed,
    Market,
    Notice,
    OrderChanged,
    PositionChanged,
    QuoteChanged,
    Refused,
    RunStep,
    WhatIfAnswered,
)
from core.simulator.pacing import Limits
from core.simulator.peer import Cadence, Peer
from core.simulator.session import MAX_CLIENTS, Session
from core.simulator.wire.ticks import TickWriter

log = logging.getLogger(__name__)

_ACCOUNT_KINDS = ("account", "accountMulti", "summary", "pnl", "pnlSingle")
_DATA_KINDS = ("line", "tape", "depth", "history", "realtime")


@runtime_checkable
class Stage(Protocol):
    """A market that can take another course while it lives."""

    def begin(self, name: str) -> list[Notice]: ...
    def end(self) -> None: ...


class _Everything:
    """Every contract: the account has live data for none."""

    def __contains__(self, con_id: object) -> bool:
        return True


class Hub:
    """The gateway without its sockets: a market, its clock, and the sessions of the clients."""

    def __init__(
        self,
        market: Market,
        *,
        cadence: Cadence | None = None,
        limits: Limits | None = None,
        unsubscribed: Container[int] = frozenset(),
        master_client_id: int | None = None,
        seed: int = 1,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.market = market
        self.cadence = cadence or Cadence()
        self.limits = limits or Limits()
        self.unsubscribed = unsubscribed
        self.master_client_id = master_client_id
        self.faults = Faults(seed)
        self.ticks = TickWriter()
        self.sessions: list[Session] = []
        self._clock = clock
        self._advanced_s = clock() if clock else market.now_s
        self.farm_down = False
        self.competing = False
        self.is_cut_off = False
        self.ids_back = 0
        """How much lower nextValidId is told than it is: a gateway that forgot, as has happened."""
        self.on_orders: Callable[[], None] = lambda: None
        """Called whenever something became of an order."""
        self._kept: list[Callable[[], None]] = []
        self._agenda: list[tuple[float, Callable[[], None]]] = []
        self._steps: list[tuple[float, Callable[[], None]]] = []
        self._until: list[tuple[float, Callable[[], None]]] = []
        self._switched: set[str] = set()
        """The faults that a course has switched on."""
        self._subscribed = unsubscribed
        self.scenario: str | None = None
        """What was begun while it runs, and since when of the caller's time."""
        self.scenario_since_s = 0.0

    @property
    def clock_s(self) -> float:
        """The caller's own time: its clock's where it gave one, else where `advance` got to."""
        return self._clock() if self._clock else self._advanced_s

    # --- clients

    def admit(self, write: Callable[[bytes], None], close: Callable[[], None]) -> Session | None:
        """A session for a new connection; None when TWS would take no more."""
        if len(self.sessions) >= MAX_CLIENTS:
            log.warning("more than %d clients", MAX_CLIENTS)
            return None
        session = Session(self, write, close)
        self.sessions.append(session)
        return session

    def leave(self, session: Session) -> None:
        session.closed = True
        if session.peer is not None:
            session.peer.subscriptions.clear()
        if session in self.sessions:
            self.sessions.remove(session)

    def client_in_use(self, client_id: int) -> bool:
        return any(peer.client_id == client_id for peer in self.peers())

    def next_valid_id(self, client_id: int) -> int:
        return max(self.market.next_valid_id(client_id) - self.ids_back, 1)

    def peers(self) -> list[Peer]:
        """Those that have named themselves and are still there."""
        return [s.peer for s in self.sessions if s.ready and not s.closed and s.peer is not None]

    def kill(self) -> None:
        """End every session without a word."""
        for session in tuple(self.sessions):
            session.close()

    # --- the link to the broker

    def cut_off(self) -> None:
        """From now on orders and cancels wait until a 1101 or 1102 says that the broker is back."""
        self.is_cut_off = True

    def broadcast(self, code: int, text: str = "") -> None:
        """Tell every client a system notice; 1101 ends its data subscriptions, as it says."""
        for peer in self.peers():
            peer.error(-1, code, text or BROADCASTS[code])
            if code == RESTORED_DATA_LOST:
                peer.subscriptions.clear(*_DATA_KINDS)
        if code in (RESTORED_DATA_LOST, RESTORED_DATA_KEPT):
            self._restored()

    def keep(self, request: Callable[[], None]) -> None:
        self._kept.append(request)

    def _restored(self) -> None:
        self.is_cut_off = False
        waiting, self._kept = self._kept, []
        for request in waiting:
            request()

    # --- time and facts

    def later(self, delay_s: float, deed: Callable[[], None]) -> None:
        self._agenda.append((self.clock_s + delay_s, deed))

    def until(self, lasts_s: float, over: Callable[[], None]) -> None:
        """Do `over` after `lasts_s` of the caller's time, or as soon as all is called off."""
        self._until.append((self.clock_s + lasts_s, over))

    # --- scenarios

    def begin(self, name: str) -> None:
        """Let the scenario begin now, in place of the one before; raises `ValueError` for an unknown one."""
        course = COURSES.get(name)
        if course is None and not isinstance(self.market, Stage):
            raise ValueError("this market has no scenarios")
        self.end()
        if course is not None:
            self.follow(course)
        elif isinstance(self.market, Stage):
            self.perform(self.market.begin(name))
            for peer in self.peers():
                peer.subscriptions.hasten(self.market.now_s, *_ACCOUNT_KINDS)
        self.scenario, self.scenario_since_s = name, self.clock_s

    def end(self) -> None:
        """The scenario that was begun is over, and all that an event has done for a time."""
        self._steps.clear()
        over, self._until = self._until, []
        for _, deed in over:
            deed()
        self.unsubscribed = self._subscribed
        for name in self._switched:
            self.faults.switches.pop(name, None)
        self._switched.clear()
        if self.scenario is not None and self.scenario not in COURSES and isinstance(self.market, Stage):
            self.market.end()
        self.scenario = None

    def drop(self, client_id: int | None = None) -> int:
        """Cut one client's connection, or every one, without a word; how many there were."""
        found = [s for s in self.sessions if s.peer and client_id in (None, s.peer.client_id)]
        for session in found:
            session.close()
        return len(found)

    def follow(self, course: Course) -> None:
        """Let the course begin now."""
        if course.delayed_only:
            self.unsubscribed = _Everything()
        for step in course.steps:
            at_s = self.clock_s + step.at_s
            self._steps.append((at_s, lambda step=step: self._take(step)))  # type: ignore[misc]

    def _take(self, step: Step) -> None:
        if step.on:
            self.faults.switch_on(step.fault, amount=step.amount)
            self._switched.add(step.fault)
        else:
            self.faults.switch_off(step.fault)

    def advance(self, now_s: float) -> None:
        """Let the market live until `now_s` of our clock, then send what repeats and is due."""
        self._advanced_s = max(self._advanced_s, now_s)
        self._do_what_is_due()
        self.perform(self.market.advance(now_s))
        for peer in self.peers():
            peer.subscriptions.pulse(self.market.now_s)

    def _do_what_is_due(self) -> None:
        for agenda in (self._steps, self._agenda, self._until):
            due = [entry for entry in agenda if entry[0] <= self._advanced_s]
            if due:
                agenda[:] = [entry for entry in agenda if entry[0] > self._advanced_s]
                for _, deed in due:
                    deed()
        happening, self.faults.due = self.faults.due, []
        for switch in happening:
            DEEDS[switch.fault.name](self, switch.amount)

    def perform(self, notices: Sequence[Notice]) -> None:
        peers = self.peers()
        uncharged: list[Executed] = []
        of_orders = False
        # Nine notices of ten are quotes: whoever listens to none of a contract is not asked.
        deaf = self.farm_down or self.competing
        listeners = [] if deaf else [peer.subscriptions.listeners.get for peer in peers]
        for notice in notices:
            if type(notice) is RunStep or type(notice) is QuoteChanged:
                # Its first is the run or the quote.
                con_id = notice[0].con_id
                for of_contract in listeners:
                    for on_quote in of_contract(con_id, ()):
                        on_quote(notice)
                continue
            if uncharged and not _status_of(notice, uncharged[-1]):
                _charge(peers, uncharged)
            if isinstance(notice, Executed):
                uncharged.append(notice)
            of_orders = True
            for peer in peers:
                _tell(peer, notice)
        _charge(peers, uncharged)
        if of_orders:
            self.on_orders()


def _status_of(notice: Notice, executed: Executed) -> bool:
    """Whether `notice` is the order's new status, which TWS sends before the commission."""
    if not isinstance(notice, OrderChanged):
        return False
    mine, filled = notice.order, executed.execution.order
    return (mine.client_id, mine.order_id) == (filled.client_id, filled.order_id)


def _charge(peers: Sequence[Peer], uncharged: list[Executed]) -> None:
    for executed in uncharged:
        for peer in peers:
            orders.commission_charged(peer, executed)
    uncharged.clear()


def _tell(peer: Peer, notice: Notice) -> None:
    match notice:
        case OrderChanged():
            orders.order_changed(peer, notice)
        case Executed():
            orders.executed(peer, notice)
        case Refused():
            orders.refused(peer, notice)
        case WhatIfAnswered():
            orders.what_if_answered(peer, notice)
        case PositionChanged():
            account.position_changed(peer, notice)
        case AccountChanged() | QuoteChanged() | RunStep():
            pass  # Account values go out on their cadence.
