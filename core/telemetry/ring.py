"""The last lines in memory, for the log panel."""

from __future__ import annotations

import logging
from collections import deque
from typing import NamedTuple

from core.telemetry.masking import clean

LINES_KEPT = 2_000


class LogLine(NamedTuple):
    number: int
    """Counts every line since the start, so that a reader can ask for what is new."""
    at_s: float
    level: str
    logger: str
    words: str


class Ring(logging.Handler):
    """Bounded; any thread may log, any thread may read."""

    def __init__(self, kept: int = LINES_KEPT) -> None:
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=kept)
        self.last_number = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.last_number += 1
        words = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            words = f"{words}: {record.exc_info[1]!r}"
        line = LogLine(self.last_number, record.created, record.levelname, record.name, clean(words))
        self._lines.append(line)

    def lines(self, after: int = 0) -> tuple[LogLine, ...]:
        """Lines newer than number `after`, oldest first."""
        self.acquire()
        try:
            return tuple(line for line in self._lines if line.number > after)
        finally:
            self.release()
