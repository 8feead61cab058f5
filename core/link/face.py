"""What is shown of the link: one frozen view, its public word and its sentence, and the last events."""

from __future__ import annotations

from collections import deque

from core.domain.link import Breaker, Broker, LinkView, Mode, Socket
from core.domain.replacing import replace
from core.link.arming import Arming
from core.link.breaker import CircuitBreaker
from core.link.heartbeat import Heartbeat
from core.link.transitions import Turn
from core.link.windows import Schedule
from core.link.words import READ_ONLY_SWITCH, state_words, unknown_account, unproven

TIMELINE_LENGTH = 50

_STATES = {
    Socket.DOWN: "down",
    Socket.WAITING: "waiting",
    Socket.CONNECTING: "connecting",
    Socket.SYNCING: "syncing",
    Socket.STALE: "stale",
}
_STAY = Turn()


class Face:
    """Keeps the view in step with the link's parts: it is replaced whole, whenever something changes."""

    def __init__(
        self,
        view: LinkView,
        breaker: CircuitBreaker,
        heartbeat: Heartbeat,
        arming: Arming,
        schedule: Schedule,
        *,
        read_only: bool,
    ) -> None:
        self.view = view
        self.doubt = ""
        """What keeps the gateway from being proven harmless."""
        self._breaker = breaker
        self._heartbeat = heartbeat
        self._arming = arming
        self._schedule = schedule
        self._read_only = read_only
        self._timeline: deque[tuple[float, str]] = deque(maxlen=TIMELINE_LENGTH)

    def note(self, now_s: float, words: str) -> None:
        """One more line of the timeline."""
        self._timeline.append((now_s, words))
        self.view = replace(self.view, timeline=tuple(self._timeline))

    def show(self, now_s: float, turn: Turn = _STAY, **changes: object) -> None:
        """Take over a turn of the table and whatever else changed."""
        old = self.view
        socket, broker = turn.to or old.socket, turn.broker or old.broker
        rests = self._breaker.state is Breaker.OPEN
        view = replace(
            old,
            socket=socket,
            broker=broker,
            socket_since_s=now_s if socket is not old.socket else old.socket_since_s,
            broker_since_s=now_s if broker is not old.broker else old.broker_since_s,
            synchronised=socket is Socket.UP,
            last_heard_s=self._heartbeat.heard_s,
            armed=self._arming.armed,
            arm_phrase=self._arming.phrase,
            breaker=self._breaker.state,
            breaker_until_s=self._breaker.opens_again_at_s if rests else None,
            next_window=self._schedule.window,
            in_window=self._schedule.within,
            **changes,  # type: ignore[arg-type]
        )
        view = replace(view, read_only_reason=self._why_read_only(view))
        state = self._state(view)
        view = replace(view, state=state, since_s=now_s if state != old.state else old.since_s)
        self.view = replace(view, words=state_words(view, self._schedule.blocked))

    def _state(self, view: LinkView) -> str:
        if view.socket in _STATES:
            return _STATES[view.socket]
        if view.broker is not Broker.UP:
            return "broker down"
        if view.read_only_reason:
            return "read-only"
        return "restart window" if self._schedule.blocked else "ready"

    def _why_read_only(self, view: LinkView) -> str:
        if self._read_only:
            return READ_ONLY_SWITCH
        if view.accounts and view.account not in view.accounts:
            return unknown_account(view.account)
        if view.mode is Mode.LIVE and not self._arming.armed:
            return unproven(self.doubt)
        return ""
