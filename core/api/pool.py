"""Which connections this process has: never two for one (host, port, client id), whoever asks from wherever."""

from __future__ import annotations

import threading
from typing import NamedTuple

from core.errors import IBKRConnectionError


class Target(NamedTuple):
    """Where a connection goes, and under which client id."""

    host: str
    port: int
    client_id: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port} with client id {self.client_id}"


class Pool:
    """Claims, by whoever holds them; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Target, object] = {}

    def claim(self, target: Target, holder: object) -> None:
        """Raises IBKRConnectionError when somebody else in this process holds it; claimed twice is held once."""
        with self._lock:
            if self._held.setdefault(target, holder) is not holder:
                raise IBKRConnectionError(
                    f"This process already has a connection to {target}.",
                    advice="Use that one, or another client id.",
                )

    def release(self, holder: object) -> None:
        """Give back all that `holder` has."""
        with self._lock:
            for target in [target for target, held in self._held.items() if held is holder]:
                del self._held[target]

    def targets(self) -> tuple[Target, ...]:
        with self._lock:
            return tuple(self._held)


POOL = Pool()
"""The process's own: TWS knows a connection by its client id, so there can be one register only."""
