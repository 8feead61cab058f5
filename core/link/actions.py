"""What each action of the link's table does: the requests it makes, and what is shown of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from core.domain.events import (
    ConnectAsked,
    ConnectFailed,
    LinkLost,
    MessageReported,
    SocketOpened,
)
from core.domain.limits import LinkSettings
from core.domain.link import Breaker, Broker, LinkFault, LinkView, Mode, Socket
from core.domain.requests import Connect, Disconnect, Request, SubscribeAccount, TakeSnapshot
from core.link import windows
from core.link.arming import Arming, phrase_for
from core.link.backoff import client_id_delay_s, delay_s
from core.link.breaker import CircuitBreaker
from core.link.face import Face
from core.link.farms import Farms
from core.link.heartbeat import Heartbeat
from core.link.mode import mode_of
from core.link.outage import Outage
from core.link.transitions import TRANSITIONS, Do, Happening, Turn
from core.link.words import sentence

_OPEN = frozenset({Socket.SYNCING, Socket.UP})
_USER_PORTS = range(1024, 65_536)
_PORT = re.compile(r"\b(\d{4,5})\b(?!.*\b\d{4,5}\b)")


class Actions:
    """The parts of the link, and what each action of the table does with them."""

    def __init__(self, settings: LinkSettings, jitter: Callable[[], float]) -> None:
        self.settings = settings
        self._jitter = jitter
        self._kind = settings.kind
        self._reached_at_s: float | None = None
        self._snapshot_at_s: float | None = None
        self._snapshot_done = False
        self._account_heard = False
        self._account_asked_at_s = 0.0
        self._refused_ids = 0
        self._breaker = CircuitBreaker(
            settings.breaker_failures, settings.breaker_window_s, settings.breaker_rest_s
        )
        self._heartbeat = Heartbeat(settings.heartbeat_s)
        self._outage = Outage()
        self._farms = Farms()
        self._arming = Arming()
        self._schedule = windows.Schedule()
        self._face = Face(
            LinkView(
                host=settings.host,
                port=settings.port,
                client_id=settings.client_id,
                profile=settings.profile,
                account=settings.account,
            ),
            self._breaker,
            self._heartbeat,
            self._arming,
            self._schedule,
            read_only=settings.read_only,
        )

    @property
    def view(self) -> LinkView:
        return self._face.view

    @property
    def is_open(self) -> bool:
        """The handshake is done and the socket has not ended: requests can be sent."""
        return self.view.socket in _OPEN

    # --- what the table's actions do ---------------------------------------------------------------

    def _turn(self, happening: Happening, now_s: float, about: object = None) -> list[Request]:
        turn = TRANSITIONS[self.view.socket][happening]
        return self._ACTIONS[turn.do](self, turn, about, now_s)

    def _move(self, turn: Turn, _: object, now_s: float) -> list[Request]:
        """Nothing but the change itself."""
        if turn.to is not None or turn.broker is not None:
            self._face.show(now_s, turn)
        return []

    def _drop(self, turn: Turn, _: object, now_s: float) -> list[Request]:
        return [Disconnect()]

    def _stop(self, turn: Turn, _: object, now_s: float) -> list[Request]:
        self._face.note(now_s, "Disconnected on request.")
        self._clear_timers()
        self._schedule.clear()
        self._arming.disarm()
        self._arming.need("")
        self._refused_ids = 0
        self._face.show(
            now_s,
            turn,
            lost_at_s=self._lost_at_s(now_s),
            retry_at_s=None,
            fault=None,
            advice="",
            attempt=0,
            competing=False,
            client_id_in_use=False,
        )
        return [Disconnect()]

    def _try(self, turn: Turn, about: object, now_s: float) -> list[Request]:
        if isinstance(about, ConnectAsked):
            self._aim(about, now_s)
        self._breaker.try_now(now_s, forced=True)
        return self._attempt(turn, now_s)

    def _retry(self, turn: Turn, _: object, now_s: float) -> list[Request]:
        if not self._breaker.try_now(now_s):
            self._face.show(now_s, retry_at_s=self._breaker.opens_again_at_s)
            return []
        return self._attempt(turn, now_s)

    def _leave_and_try(self, turn: Turn, about: object, now_s: float) -> list[Request]:
        self._face.show(now_s, lost_at_s=self._lost_at_s(now_s))
        return [Disconnect(), *self._try(turn, about, now_s)]

    def _follow(self, turn: Turn, about: object, now_s: float) -> list[Request]:
        """1300 names the new port; where it does not, the old one is tried until the trader knows better."""
        if not self._take_new_port(about, now_s):
            return self._stay(turn, LinkFault.PORT_CHANGED, now_s)
        return [Disconnect(), *self._attempt(turn, now_s)]

    def _follow_later(self, turn: Turn, about: object, now_s: float) -> list[Request]:
        followed = self._take_new_port(about, now_s)
        return self._stay(turn, LinkFault.CLOSED if followed else LinkFault.PORT_CHANGED, now_s)

    def _take_new_port(self, about: object, now_s: float) -> bool:
        assert isinstance(about, MessageReported)
        self._face.show(now_s, lost_at_s=self._lost_at_s(now_s))
        found = _PORT.search(about.text)
        port = int(found.group(1)) if found else 0
        if port not in _USER_PORTS:
            return False
        self._face.note(now_s, f"The gateway moved its API to port {port}: IBDesk follows.")
        self._arming.disarm()
        self._face.show(now_s, port=port)
        return True

    def _stay(self, turn: Turn, fault: LinkFault, now_s: float) -> list[Request]:
        away = Turn(Socket.WAITING, turn.broker)
        return [Disconnect(), *self._wait(away, LinkLost(fault), now_s)]

    def _read_back(self, turn: Turn, about: object, now_s: float) -> list[Request]:
        assert isinstance(about, SocketOpened)
        account = self.settings.account or min(about.accounts, default="")
        mode, self._face.doubt = mode_of(self._kind, self.view.port, about.accounts, about.simulator)
        missing = account not in about.accounts
        self._snapshot_done = self._account_heard = False
        self._refused_ids = 0
        self._account_asked_at_s = self._reached_at_s = now_s
        self._heartbeat.start(now_s)
        self._farms.clear()
        self._arming.need("" if missing or self.settings.read_only else phrase_for(mode, account))
        self._reckon_windows(now_s)
        self._face.note(
            now_s, f"Connected to {self.view.host}:{self.view.port}, version {about.server_version}."
        )
        self._face.show(
            now_s,
            turn,
            mode=mode,
            account=account,
            accounts=about.accounts,
            server_version=about.server_version,
            retry_at_s=None,
            last_error="",
            advice="",
            fault=LinkFault.ACCOUNT_MISSING if missing else None,
            client_id_in_use=False,
            competing=False,
            farms=(),
        )
        return [*self._subscribe_account(), self._snapshot()]

    def _hold(self, turn: Turn, _: object, now_s: float) -> list[Request]:
        self._outage.told(now_s)
        self._face.show(now_s, turn)
        return []

    def _read_again(self, turn: Turn, _: object, now_s: float) -> list[Request]:
        self._outage.over()
        self._snapshot_done = False
        self._snapshot_at_s = None
        self._face.show(now_s, turn)
        return [self._snapshot(), *self._subscribe_account()]

    def _trust(self, turn: Turn, _: object, now_s: float) -> list[Request]:
        self._breaker.reset()
        if self.view.broker is Broker.UP:
            self._outage.over()
        self._face.note(now_s, "Synchronised: orders, executions, positions and account are read back.")
        self._face.show(now_s, turn, lost_at_s=None, attempt=0, last_error="", advice="", fault=None)
        return []

    def _wait(self, turn: Turn, about: object, now_s: float) -> list[Request]:
        assert isinstance(about, ConnectFailed | LinkLost)
        fault, detail = about.fault, about.detail
        in_use = fault is LinkFault.CLIENT_ID_IN_USE
        self._clear_timers()
        if in_use:
            self._refused_ids += 1
            retry_at_s = now_s + client_id_delay_s(self._refused_ids)
        else:
            retry_at_s = self._back_off(now_s)
        what, advice = sentence(fault, self.view.host, self.view.port, self._kind)
        # Nobody listens: the system's own sentence for it adds nothing.
        words = what if fault is LinkFault.REFUSED else f"{what} {detail}".strip()
        self._face.note(now_s, words)
        if self.view.in_window and self.view.next_window is not None:
            advice = f"{advice} {self.view.next_window.words}"
        self._face.show(
            now_s,
            turn,
            lost_at_s=self._lost_at_s(now_s),
            latency_ms=None,
            fault=fault,
            last_error=words,
            advice=advice,
            retry_at_s=retry_at_s,
            client_id_in_use=in_use,
        )
        return []

    def _drop_and_wait(self, turn: Turn, about: object, now_s: float) -> list[Request]:
        return [Disconnect(), *self._wait(turn, about, now_s)]

    # --- inside ------------------------------------------------------------------------------------

    def _aim(self, asked: ConnectAsked, now_s: float) -> None:
        """Another target: nothing that was known of the old one holds."""
        self._breaker.reset()
        self._face.show(
            now_s,
            host=asked.host,
            port=asked.port,
            client_id=asked.client_id,
            profile=asked.profile,
            attempt=0,
            mode=Mode.UNKNOWN,
            accounts=(),
            account=self.settings.account,
            last_error="",
            advice="",
            client_id_in_use=False,
            competing=False,
            farms=(),
        )

    def _attempt(self, turn: Turn, now_s: float) -> list[Request]:
        self._clear_timers()
        self._reckon_windows(now_s)
        self._face.show(now_s, turn, retry_at_s=None, attempt=self.view.attempt + 1)
        view = self.view
        return [Connect(view.host, view.port, view.client_id, self.settings.connect_deadline_s)]

    def _back_off(self, now_s: float) -> float:
        """When to try next. An attempt that never came as far as being trusted is a failure."""
        if self.view.attempt:
            self._breaker.failed(now_s)
        if self._breaker.state is Breaker.OPEN and self._breaker.opens_again_at_s is not None:
            return self._breaker.opens_again_at_s
        first, most = self.settings.backoff_first_s, self.settings.backoff_most_s
        return now_s + delay_s(max(1, self.view.attempt), first, most, self._jitter())

    def _perhaps_read_back(self, now_s: float) -> list[Request]:
        whole = self._snapshot_done and self._account_heard
        return self._turn(Happening.READ_BACK, now_s) if whole else []

    def _reckon_windows(self, now_s: float) -> None:
        self._schedule.reckon(self.settings, self._kind, self._reached_at_s, now_s)

    def _subscribe_account(self) -> list[Request]:
        view = self.view
        return [SubscribeAccount(view.account)] if view.account in view.accounts else []

    def _snapshot(self) -> TakeSnapshot:
        return TakeSnapshot(self.settings.request_deadline_s)

    def _lost_at_s(self, now_s: float) -> float | None:
        """Retries change the state many times; what was lost was lost once."""
        return now_s if self.view.synchronised else self.view.lost_at_s

    def _clear_timers(self) -> None:
        self._heartbeat.stop()
        self._outage.stop()
        self._snapshot_at_s = None

    _ACTIONS: ClassVar[dict[Do, Callable[[Actions, Turn, object, float], list[Request]]]] = {
        Do.NOTHING: _move,
        Do.TRY: _try,
        Do.RETRY: _retry,
        Do.LEAVE_AND_TRY: _leave_and_try,
        Do.DROP: _drop,
        Do.STOP: _stop,
        Do.READ_BACK: _read_back,
        Do.HOLD: _hold,
        Do.READ_AGAIN: _read_again,
        Do.TRUST: _trust,
        Do.WAIT: _wait,
        Do.DROP_AND_WAIT: _drop_and_wait,
        Do.FOLLOW: _follow,
        Do.FOLLOW_LATER: _follow_later,
    }
