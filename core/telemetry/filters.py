"""What stands between a logger and its outputs: correlation ids on, floods off."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from core.telemetry.context import current


class Correlate(logging.Filter):
    """Takes the ids along while the record is still in the context that made it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation = current()
        return True


class RateLimit(logging.Filter):
    """At most `most` records of the named libraries per `per_s`; what was held back is counted and told."""

    def __init__(
        self,
        prefixes: tuple[str, ...],
        most: int = 20,
        per_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._prefixes = prefixes
        self._most = most
        self._per_s = per_s
        self._clock = clock
        self._passed_at_s: deque[float] = deque()
        self.held_back = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._prefixes):
            return True
        now_s = self._clock()
        while self._passed_at_s and now_s - self._passed_at_s[0] >= self._per_s:
            self._passed_at_s.popleft()
        if len(self._passed_at_s) >= self._most:
            self.held_back += 1
            return False
        self._passed_at_s.append(now_s)
        if self.held_back:
            record.held_back, self.held_back = self.held_back, 0
        return True
