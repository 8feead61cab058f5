"""One open connection as its parts see it: the encoder, request ids, deadlines, and where events go."""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from collections import Counter
from collections.abc import Callable
from typing import Any

from core.domain.events import MessageReported
from core.domain.gateway import Receive
from core.tws.client import Client
from core.tws.codes import CANCEL_ECHOES, is_advisory

Refused = Callable[[int, str], None]
"""What to do when IB ends a request with a code and words."""

_APART = 10_000_000
_HIGHEST = 2**31 - 1


class Wire:
    """Books of requests share this; it dies with its socket."""

    def __init__(self, client: Client, tell: Receive, loop: AbstractEventLoop, counts: Counter[str]) -> None:
        self.client: Any = client  # ib_async's encoders carry no types
        self.tell = tell
        self.counts = counts
        self._loop = loop
        self._first_id = self._next_id = _APART
        self._asked: dict[int, Refused] = {}
        self._timers: set[TimerHandle] = set()

    @property
    def now_s(self) -> float:
        """The loop's clock, for spans only."""
        return self._loop.time()

    def keep_apart_from(self, next_order_id: int) -> None:
        """Put request ids out of reach of order ids: IB reports errors of both under one number."""
        far = next_order_id + _APART
        self._first_id = self._next_id = far if far + _APART < _HIGHEST else next_order_id // 2

    def ask(self, refused: Refused) -> int:
        """A new request id; errors that name it go to `refused` until `done`."""
        req_id = self._next_id
        self._next_id += 1
        self._asked[req_id] = refused
        return req_id

    def done(self, req_id: int) -> None:
        self._asked.pop(req_id, None)

    def is_request(self, number: int) -> bool:
        return self._first_id <= number < self._next_id

    def refuse(self, req_id: int, code: int, words: str) -> None:
        """IB's error about one of our requests: news are passed on, an end ends it, a late one is counted."""
        if is_advisory(code):
            self.tell(MessageReported(code, words))
        elif (refused := self._asked.get(req_id)) is not None:
            refused(code, words)
        elif code in CANCEL_ECHOES:
            self.counts["cancel echoes"] += 1
        else:
            self.late("errors")

    def late(self, what: str) -> None:
        """An answer nobody waits for any more: counted, never raised."""
        self.counts[f"late {what}"] += 1

    def beyond(self, what: str) -> None:
        """A row past what a list may hold: counted and dropped."""
        self.counts[f"{what} beyond the cap"] += 1

    def after(self, delay_s: float, act: Callable[[], None]) -> TimerHandle:
        """Do `act` in `delay_s` unless cancelled or the connection ends first."""

        def due() -> None:
            self._timers.discard(timer)
            act()

        timer = self._loop.call_later(delay_s, due)
        self._timers.add(timer)
        return timer

    def call_off(self, timer: TimerHandle) -> None:
        timer.cancel()
        self._timers.discard(timer)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._asked.clear()
