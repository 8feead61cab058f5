"""The simulated gateway that this window starts: one process at a time, always at the same port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.errors import IBKRConnectionError, IBKRError

if TYPE_CHECKING:
    from core.api import Controls, Simulator


class Embedded:
    """Starts the process, ends it, and starts another where it was once it is dead."""

    def __init__(self, scenario: str, seed: int | None) -> None:
        self._scenario = scenario
        self._seed = seed
        self._port = 0
        self._running: Simulator | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    @property
    def is_running(self) -> bool:
        return self._running is not None and self._running.process.poll() is None

    @property
    def controls(self) -> Controls:
        """Of the one that runs; IBKRConnectionError when none does."""
        if self._running is None or not self.is_running:
            raise IBKRConnectionError(
                "The simulated gateway is not running.", advice="Start the simulator again."
            )
        return self._running.controls

    async def running(self) -> Simulator:
        """The one that runs, or else a new one at its port; IBKRError in words when that does not start."""
        async with self._starting:
            if self._closed:
                raise IBKRConnectionError("The simulated gateway was ended.")
            if self._running is not None and self.is_running:
                return self._running
            await self._stop()
            try:
                self._running = await self._start(self._port)
            except IBKRError:
                if not self._port:
                    raise
                # Somebody else took the port meanwhile: any other will do, the caller connects to it.
                self._running = await self._start(0)
            self._port = self._running.port
            return self._running

    async def close(self) -> None:
        """End it, and one that is only being started; none is started after that."""
        self._closed = True
        async with self._starting:
            await self._stop()

    async def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            from core.api import stop_simulator

            await asyncio.to_thread(stop_simulator, running.process)

    async def _start(self, port: int) -> Simulator:
        from core.api import start_simulator

        return await start_simulator(port=port, seed=self._seed, scenario=self._scenario or None)
