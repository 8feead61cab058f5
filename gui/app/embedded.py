"""The simulated gateway that this window starts: one process at a time, always at the same port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.errors import IBKRError

if TYPE_CHECKING:
    from core.api import Simulator


class Embedded:
    """Starts the process, ends it, and starts it again where it was."""

    def __init__(self, scenario: str, seed: int | None) -> None:
        self.scenario = scenario
        self._seed = seed
        self._port = 0
        self._running: Simulator | None = None
        self._starting = asyncio.Lock()

    async def restart(self) -> Simulator:
        """End the one that runs, if any, and start another at its port; IBKRError in words when it does not."""
        async with self._starting:
            await self.close()
            try:
                self._running = await self._start(self._port)
            except IBKRError:
                if not self._port:
                    raise
                # Somebody else took the port meanwhile: any other will do, the caller connects to it.
                self._running = await self._start(0)
            self._port = self._running.port
            return self._running

    def kill(self) -> bool:
        """End it as a crash would; false when none runs."""
        if self._running is None or self._running.process.poll() is not None:
            return False
        self._running.process.kill()
        return True

    async def close(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            from core.api import stop_simulator

            await asyncio.to_thread(stop_simulator, running.process)

    async def _start(self, port: int) -> Simulator:
        from core.api import start_simulator

        return await start_simulator(port=port, seed=self._seed, scenario=self.scenario or None)
