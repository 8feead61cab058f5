"""The port to a gateway: what the connector needs of `core.tws`, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from core.domain.events import Event
from core.domain.requests import Connect, Disconnect, WireRequest

Receive = Callable[[Event], None]
"""Where a gateway hands over what happened; called on the event loop, never re-entered by `perform`."""


class Gateway(Protocol):
    """Carries requests out. Nothing here waits; every answer, failure and deadline comes back as an event."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Since the start: answers that came too late, messages that could not be read, rows beyond a cap."""
        ...

    def perform(self, request: WireRequest | Connect | Disconnect) -> None: ...

    async def close(self) -> None:
        """Drop the socket and end every task it started."""
        ...
