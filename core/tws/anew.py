"""Asking anew for what the gateway said and nobody could read."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Callable

from core.tws.wire import Wire

EVERY_S = 60.0


class Anew:
    """At once the first time; a gateway that goes on being unreadable is asked no more often than each minute."""

    def __init__(self, wire: Wire, ask: Callable[[], None]) -> None:
        self._wire = wire
        self._ask = ask
        self._due: TimerHandle | None = None
        self._rests_until_s = 0.0

    def doubt(self) -> None:
        """Something was lost on us that the gateway does not say again by itself."""
        if self._due is None:
            wait_s = max(0.0, self._rests_until_s - self._wire.now_s)
            self._due = self._wire.after(wait_s, self._act)

    def _act(self) -> None:
        self._due = None
        self._rests_until_s = self._wire.now_s + EVERY_S
        self._ask()
