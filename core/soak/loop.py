"""An event loop whose time is counted, not waited for: it leaps to the next timer when nothing is left to do."""

from __future__ import annotations

import asyncio
from typing import Any

from core.soak.network import Factory, MemoryServer, Network
from core.soak.wires import MemoryTransport

_RESOLUTION_S = 1e-9
_STEPS_AT_ONE_MOMENT = 200_000
"""So many turns without time passing are a loop that will never end."""


class Deadlock(RuntimeError):
    """Something is awaited, and nothing is scheduled that could ever end the wait."""


class Livelock(RuntimeError):
    """Callbacks go on calling one another, and time stands still."""


class _Leaps:
    """Stands in for the selector: where a real one would wait, the clock is put forward."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._turns = 0
        self.all_turns = 0

    def select(self, timeout: float | None) -> list[object]:
        self.all_turns += 1
        if timeout is None:
            raise Deadlock("everything waits, and nothing is scheduled")
        if timeout > 0:
            self._turns = 0
            self._loop.leap(timeout)
        else:
            self._turns += 1
            if self._turns > _STEPS_AT_ONE_MOMENT:
                raise Livelock(f"{self._turns} turns of the loop at {self._loop.time():.6f} s")
        return []

    def close(self) -> None:
        """Nothing is open."""


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's own loop but for its clock and its network, which are the session's.

    What BaseEventLoop promises is kept because it is BaseEventLoop that runs: the order of call_soon,
    timers, tasks, cancellation. There is no socket, no thread and no system call in it.
    """

    def __init__(self, network: Network | None = None) -> None:
        self._virtual_s = 0.0
        super().__init__()
        self._clock_resolution = _RESOLUTION_S
        self._selector = _Leaps(self)
        self.network = network or Network()
        self.network.attach(self)

    # --- time ---------------------------------------------------------------------------------------

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._virtual_s

    def leap(self, span_s: float) -> None:
        self._virtual_s += span_s

    @property
    def turns(self) -> int:
        """How often the loop has gone round: what is quiet hardly does."""
        return self._selector.all_turns

    def pending(self) -> list[asyncio.Handle]:
        """What is still to run, timers included and cancelled ones left out."""
        loop: Any = self
        waiting = [*loop._ready, *loop._scheduled]
        return [handle for handle in waiting if not handle.cancelled()]

    # --- what BaseEventLoop leaves to its heirs -----------------------------------------------------

    def _process_events(self, event_list: list[object]) -> None:
        """There are never any: the network's events are timers."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a system call who would have to be woken."""

    # --- the network --------------------------------------------------------------------------------

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Factory, host: str, port: int, **_: object
    ) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        return await self.network.connect(protocol_factory, host, port)

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Factory, host: str = "127.0.0.1", port: int = 0, **_: object
    ) -> MemoryServer:
        return self.network.listen(protocol_factory, host, port)
