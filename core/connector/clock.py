"""The one clock."""

from __future__ import annotations

import time
from collections.abc import Callable


class SteadyClock:
    """Epoch seconds that go on when the machine's clock is set back, and follow it when it leaps ahead."""

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._offset_s = wall() - steady()

    def __call__(self) -> float:
        steady_s = self._steady()
        self._offset_s = max(self._offset_s, self._wall() - steady_s)
        return steady_s + self._offset_s
