"""The link's life: what the connection is doing, and what should be done next.

Events come in, requests go out, the clock is an argument: no socket and no timer live here.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.domain.codes import in_words
from core.domain.events import (
    ConnectAsked,
    ConnectFailed,
    LinkLost,
    MessageReported,
    ProbeAnswered,
    ProbeUnanswered,
    SocketOpened,
)
from core.domain.limits import LinkSettings
from core.domain.link import Breaker, Broker, LinkFault, LinkView, Mode, Socket
from core.domain.requests import (
    Connect,
    Disconnect,
    Probe,
    Request,
    SubscribeAccount,
    TakeSnapshot,
)
from core.link.backoff import delay_s
from core.link.breaker import CircuitBreaker
from core.link.mode import mode_of
from core.link.words import sentence

TIMELINE_LENGTH = 50
SNAPSHOT_AGAIN_S = 2.0
_FARM = re.compile(r":\s*([\w.]+)\s*$")
_FARMS_WELL = {2104: True, 2106: True, 2158: True, 2103: False, 2105: False, 2157: False}
_OPEN = frozenset({Socket.SYNCING, Socket.UP})


class LinkMachine:
    """One connection at a time; never gives up until the trader says so."""

    def __init__(self, settings: LinkSettings, jitter: Callable[[], float]) -> None:
        self.settings = settings
        self._jitter = jitter
        self._wanted = False
        self._kind = settings.kind
        self._probe_at_s: float | None = None
        self._snapshot_at_s: float | None = None
        self._snapshot_done = False
        self._account_heard = False
        self._timeline: deque[tuple[float, str]] = deque(maxlen=TIMELINE_LENGTH)
        self._breaker = CircuitBreaker(
            settings.breaker_failures, settings.breaker_window_s, settings.breaker_rest_s
        )
        self.view = LinkView(
            host=settings.host,
            port=settings.port,
            client_id=settings.client_id,
            profile=settings.profile,
            account=settings.account,
        )

    # --- what others ask ---------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """The handshake is done and the socket has not ended: requests can be sent."""
        return self.view.socket in _OPEN

    @property
    def due_at_s(self) -> float | None:
        """When this machine wants to be woken next."""
        due = (self.view.retry_at_s, self._probe_at_s, self._snapshot_at_s)
        return min((at for at in due if at is not None), default=None)

    # --- the trader --------------------------------------------------------------------------------

    def connect_asked(self, asked: ConnectAsked, now_s: float) -> list[Request]:
        """Connect, or retry at once; another target drops the present one first.

        Another profile is another target even at the same port: whose money it is may hang on it.
        """
        view = self.view
        account = asked.account or self.settings.account
        target = (asked.host, asked.port, asked.client_id, asked.profile, asked.kind, account)
        known = (view.host, view.port, view.client_id, view.profile, self._kind, self.settings.account)
        same = target == known
        if self._wanted and same and self.view.socket in _OPEN | {Socket.CONNECTING}:
            return []
        dropped: list[Request] = [] if self.view.socket is Socket.DOWN else [Disconnect()]
        self._set(now_s, lost_at_s=self._lost_at_s(now_s), synchronised=False)
        self._wanted = True
        self._kind = asked.kind
        self.settings = replace(self.settings, account=account)
        self._set(now_s, host=asked.host, port=asked.port, client_id=asked.client_id, profile=asked.profile)
        if not same:
            self._set(now_s, attempt=0, mode=Mode.UNKNOWN, accounts=(), account=self.settings.account)
        return dropped + self._attempt(now_s, forced=True)

    def disconnect_asked(self, now_s: float) -> list[Request]:
        """Go down and stay down."""
        self._wanted = False
        self._note(now_s, "Disconnected on request.")
        self._clear_timers()
        self._set(
            now_s,
            socket=Socket.DOWN,
            broker=Broker.UNKNOWN,
            lost_at_s=self._lost_at_s(now_s),
            synchronised=False,
            retry_at_s=None,
            fault=None,
            advice="",
            attempt=0,
        )
        return [Disconnect()]

    # --- the clock ---------------------------------------------------------------------------------

    def woke(self, now_s: float) -> list[Request]:
        """Do what has come due."""
        out: list[Request] = []
        if self.view.retry_at_s is not None and now_s >= self.view.retry_at_s:
            out += self._attempt(now_s, forced=False)
        if self._probe_at_s is not None and now_s >= self._probe_at_s:
            self._probe_at_s = None
            out.append(Probe(self.settings.heartbeat_deadline_s))
        if self._snapshot_at_s is not None and now_s >= self._snapshot_at_s:
            self._snapshot_at_s = None
            out.append(TakeSnapshot(self.settings.request_deadline_s))
        return out

    # --- the gateway -------------------------------------------------------------------------------

    def heard(self, now_s: float) -> None:
        """Anything at all came from the gateway; the view's copy follows at the next change."""
        self._last_heard_s = now_s

    _last_heard_s: float | None = None

    @property
    def last_heard_s(self) -> float | None:
        return self._last_heard_s

    def opened(self, event: SocketOpened, now_s: float) -> list[Request]:
        """Handshake done: read everything back before anything is trusted."""
        account = self.settings.account or min(event.accounts, default="")
        mode, doubt = mode_of(self._kind, self.view.port, event.accounts, event.simulator)
        self._snapshot_done = self._account_heard = False
        self._probe_at_s = now_s + self.settings.heartbeat_s
        missing = account not in event.accounts
        self._set(
            now_s,
            socket=Socket.SYNCING,
            broker=Broker.UP,
            synchronised=False,
            mode=mode,
            account=account,
            accounts=event.accounts,
            server_version=event.server_version,
            retry_at_s=None,
            last_error="",
            advice="",
            fault=LinkFault.ACCOUNT_MISSING if missing else None,
            read_only_reason=self._read_only(mode, doubt, account, missing),
        )
        self._note(now_s, f"Connected to {self.view.host}:{self.view.port}, version {event.server_version}.")
        subscribe: list[Request] = [] if missing else [SubscribeAccount(account)]
        return [*subscribe, TakeSnapshot(self.settings.request_deadline_s)]

    def connect_failed(self, event: ConnectFailed, now_s: float) -> list[Request]:
        """Wait, longer each time, and try again."""
        if not self._wanted:
            return []
        self._breaker.failed(now_s)
        return self._wait(event.fault, event.detail, now_s)

    def lost(self, event: LinkLost, now_s: float) -> list[Request]:
        """The socket ended while it was open."""
        if not self._wanted or self.view.socket not in _OPEN | {Socket.CONNECTING, Socket.STALE}:
            return []
        return self._wait(event.fault, event.detail, now_s)

    def probe_answered(self, event: ProbeAnswered, now_s: float) -> list[Request]:
        self._probe_at_s = now_s + self.settings.heartbeat_s
        self._set(now_s, latency_ms=event.round_trip_s * 1000)
        return []

    def probe_unanswered(self, event: ProbeUnanswered, now_s: float) -> list[Request]:
        """A socket that looks open but does not answer is a dead one."""
        if not self.is_open:
            return []
        detail = f"No answer within {event.deadline_s:.0f} s."
        return [Disconnect(), *self._wait(LinkFault.STOPPED_ANSWERING, detail, now_s)]

    def snapshot_completed(self, missing: Sequence[str], now_s: float) -> list[Request]:
        """A whole snapshot makes the desk synchronised; a broken one proves nothing and is taken again."""
        if not self.is_open:
            return []
        if missing:
            self._snapshot_at_s = now_s + SNAPSHOT_AGAIN_S
            what, advice = sentence(LinkFault.SNAPSHOT_FAILED, self.view.host, self.view.port)
            words = f"{what} Missing: {', '.join(missing)}."
            self._note(now_s, words)
            self._set(now_s, last_error=words, advice=advice)
            return []
        self._snapshot_done = True
        self._perhaps_synchronised(now_s)
        return []

    def account_reported(self, account: str, now_s: float) -> None:
        """The traded account's values came."""
        if account == self.view.account and not self._account_heard:
            self._account_heard = True
            self._perhaps_synchronised(now_s)

    def resnapshot(self, now_s: float) -> None:
        """Somebody doubts the desk's picture: read everything back, soon and once."""
        if self.is_open and self._snapshot_at_s is None:
            self._snapshot_at_s = now_s + 1.0

    def message_reported(self, event: MessageReported, now_s: float) -> list[Request]:
        """IB's messages about the link itself."""
        if event.code in (1100, 2110):
            self._note(now_s, in_words(event.code, ""))
            self._set(now_s, broker=Broker.DOWN, last_error=in_words(event.code, ""))
        elif event.code in (1101, 1102):
            self._note(now_s, in_words(event.code, ""))
            self._snapshot_done = False
            self._set(now_s, broker=Broker.UP, synchronised=False, last_error="")
            return [TakeSnapshot(self.settings.request_deadline_s)]
        elif event.code in _FARMS_WELL:
            self._farm(event, now_s)
        return []

    # --- inside ------------------------------------------------------------------------------------

    def _attempt(self, now_s: float, *, forced: bool) -> list[Request]:
        if not self._breaker.try_now(now_s, forced=forced):
            self._set(now_s, retry_at_s=self._breaker.opens_again_at_s)
            return []
        self._clear_timers()
        attempt = self.view.attempt + 1
        self._set(now_s, socket=Socket.CONNECTING, retry_at_s=None, attempt=attempt)
        view = self.view
        return [Connect(view.host, view.port, view.client_id, self.settings.connect_deadline_s)]

    def _wait(self, fault: LinkFault, detail: str, now_s: float) -> list[Request]:
        self._clear_timers()
        what, advice = sentence(fault, self.view.host, self.view.port, self._kind)
        # Nobody listens: the system's own sentence for it adds nothing.
        words = what if fault is LinkFault.REFUSED else f"{what} {detail}".strip()
        self._note(now_s, words)
        first, most = self.settings.backoff_first_s, self.settings.backoff_most_s
        retry_at_s = now_s + delay_s(max(1, self.view.attempt), first, most, self._jitter())
        if self._breaker.state is Breaker.OPEN and self._breaker.opens_again_at_s is not None:
            retry_at_s = self._breaker.opens_again_at_s
        self._set(
            now_s,
            socket=Socket.WAITING,
            broker=Broker.UNKNOWN,
            lost_at_s=self._lost_at_s(now_s),
            synchronised=False,
            latency_ms=None,
            fault=fault,
            last_error=words,
            advice=advice,
            retry_at_s=retry_at_s,
        )
        return []

    def _perhaps_synchronised(self, now_s: float) -> None:
        if not (self._snapshot_done and self._account_heard) or self.view.synchronised:
            return
        self._breaker.succeeded()
        self._note(now_s, "Synchronised: orders, executions, positions and account are read back.")
        self._set(
            now_s,
            socket=Socket.UP,
            synchronised=True,
            lost_at_s=None,
            attempt=0,
            last_error="",
            advice="",
            fault=None,
        )

    def _farm(self, event: MessageReported, now_s: float) -> None:
        found = _FARM.search(event.text)
        name = found.group(1) if found else {2104: "market data", 2106: "history"}.get(event.code, "farm")
        farms = dict(self.view.farms)
        if farms.get(name) == _FARMS_WELL[event.code]:
            return
        if name in farms or not _FARMS_WELL[event.code]:
            self._note(now_s, in_words(event.code, name))
        farms[name] = _FARMS_WELL[event.code]
        self._set(now_s, farms=tuple(sorted(farms.items())))

    def _read_only(self, mode: Mode, doubt: str, account: str, missing: bool) -> str:
        if self.settings.read_only:
            return "The read-only switch is on in the settings."
        if missing:
            return f"Account {account} is not managed by this gateway."
        if mode is Mode.LIVE:
            return (
                "Read-only: this gateway is not proven to be the simulator or a paper account "
                f"({doubt}), and live trading cannot be armed in this version."
            )
        return ""

    def _lost_at_s(self, now_s: float) -> float | None:
        """Retries change the state many times; what was lost was lost once."""
        return now_s if self.view.synchronised else self.view.lost_at_s

    def _clear_timers(self) -> None:
        self._probe_at_s = self._snapshot_at_s = None

    def _note(self, now_s: float, words: str) -> None:
        self._timeline.append((now_s, words))
        self.view = replace(self.view, timeline=tuple(self._timeline))

    def _set(self, now_s: float, **changes: object) -> None:
        view = replace(self.view, last_heard_s=self._last_heard_s, **changes)  # type: ignore[arg-type]
        view = replace(view, breaker=self._breaker.state)
        state = _state(view)
        since_s = now_s if state != view.state else view.since_s
        view = replace(view, state=state, since_s=since_s)
        self.view = replace(view, words=_words(view))


_STATES = {
    Socket.DOWN: "down",
    Socket.WAITING: "waiting",
    Socket.CONNECTING: "connecting",
    Socket.SYNCING: "syncing",
    Socket.STALE: "stale",
}


def _state(view: LinkView) -> str:
    if view.socket in _STATES:
        return _STATES[view.socket]
    if view.broker is not Broker.UP:
        return "broker down"
    if not view.synchronised:
        return "syncing"
    return "read-only" if view.read_only_reason else "ready"


def _words(view: LinkView) -> str:
    where = f"{view.host}:{view.port}"
    table = {
        "down": "Not connected.",
        "waiting": f"{view.last_error} {view.advice}",
        "connecting": f"Connecting to {where} (attempt {view.attempt}).",
        "syncing": f"Reading back orders and positions from {where}.",
        "stale": f"{where} has gone quiet.",
        "broker down": "TWS is there, but IBKR's servers are out of its reach. It reconnects by itself.",
        "read-only": view.read_only_reason,
        "ready": f"Connected to {where}.",
    }
    return table[view.state].strip()
