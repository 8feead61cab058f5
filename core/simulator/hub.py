"""Where market and clients meet: lets the market live and tells each client what it may know."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from core.simulator.answers import account, orders
from core.simulator.faults import BROADCASTS, RESTORED_DATA_LOST, Faults
from core.simulator.model import (
    AccountChanged,
    Executed,
    Market,
    Notice,
    OrderChanged,
    PositionChanged,
    QuoteChanged,
    Refused,
    WhatIfAnswered,
)
from core.simulator.peer import Cadence, Peer
from core.simulator.session import MAX_CLIENTS, Session

log = logging.getLogger(__name__)

_DATA_KINDS = ("line", "tape", "depth", "history", "realtime")


class Hub:
    """The gateway without its sockets: a market, its clock, and the sessions of the clients."""

    def __init__(
        self,
        market: Market,
        *,
        cadence: Cadence | None = None,
        unsubscribed: frozenset[int] = frozenset(),
    ) -> None:
        self.market = market
        self.cadence = cadence or Cadence()
        self.unsubscribed = unsubscribed
        self.faults = Faults()
        self.sessions: list[Session] = []

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

    def peers(self) -> list[Peer]:
        """Those that have named themselves and are still there."""
        return [s.peer for s in self.sessions if s.ready and not s.closed and s.peer is not None]

    def broadcast(self, code: int, text: str = "") -> None:
        """Tell every client a system notice; 1101 ends its data subscriptions, as it says."""
        for peer in self.peers():
            peer.error(-1, code, text or BROADCASTS[code])
            if code == RESTORED_DATA_LOST:
                peer.subscriptions.clear(*_DATA_KINDS)

    # --- time and facts

    def advance(self, now_s: float) -> None:
        """Let the market live until `now_s` of our clock, then send what repeats and is due."""
        self.perform(self.market.advance(now_s))
        for peer in self.peers():
            peer.subscriptions.pulse(self.market.now_s)

    def perform(self, notices: Sequence[Notice]) -> None:
        peers = self.peers()
        uncharged: list[Executed] = []
        for notice in notices:
            if isinstance(notice, QuoteChanged):
                for peer in peers:
                    peer.subscriptions.quote(notice.quote, notice.printed)
                continue
            if uncharged and not _status_of(notice, uncharged[-1]):
                _charge(peers, uncharged)
            if isinstance(notice, Executed):
                uncharged.append(notice)
            for peer in peers:
                _tell(peer, notice)
        _charge(peers, uncharged)


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
        case AccountChanged() | QuoteChanged():
            pass  # Account values go out on their cadence.
