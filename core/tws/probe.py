"""The heartbeat: the gateway's time, asked for and timed."""

from __future__ import annotations

from asyncio import TimerHandle
from collections import deque

from core.domain.events import ProbeAnswered, ProbeUnanswered
from core.domain.requests import Probe
from core.tws.wire import Wire


class Probes:
    """IB numbers no time request: answers are taken in the order of asking."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: deque[tuple[float, TimerHandle]] = deque()

    def ask(self, request: Probe) -> None:
        deadline = self._wire.after(request.deadline_s, lambda: self._unanswered(request.deadline_s))
        self._waiting.append((self._wire.now_s, deadline))
        self._wire.client.reqCurrentTime()

    def answered(self, epoch_s: int) -> None:
        if not self._waiting:
            return self._wire.late("probes")
        asked_at_s, deadline = self._waiting.popleft()
        self._wire.call_off(deadline)
        return self._wire.tell(ProbeAnswered(self._wire.now_s - asked_at_s, float(epoch_s)))

    def _unanswered(self, deadline_s: float) -> None:
        self._waiting.popleft()
        self._wire.tell(ProbeUnanswered(deadline_s))
