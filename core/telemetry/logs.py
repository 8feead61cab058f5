"""Setting up: standard logging in, structlog's JSON lines out, written by a thread of their own."""

from __future__ import annotations

import logging
import os
from collections.abc import MutableMapping
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import platformdirs
import structlog

from core.telemetry.filters import Correlate, RateLimit
from core.telemetry.masking import clean, clean_lines
from core.telemetry.ring import Ring

log = logging.getLogger(__name__)

FILE_NAME = "ibdesk.jsonl"
FILE_BYTES = 5_000_000
FILES_KEPT = 5
_NOISY = ("ib_async", "asyncio", "qasync")


class _Queue(QueueHandler):
    """Hands records on as they are: the listener's formatter wants their parts, not their text."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


class _PrivateFile(RotatingFileHandler):
    """Readable by its owner only, also after it was rotated."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)


class Telemetry:
    """Logging as set up; `close` writes out what is waiting and undoes the set-up."""

    def __init__(self, folder: Path | None, level: int, ring: Ring) -> None:
        self.ring = ring
        self.file: Path | None = None
        self._root = logging.getLogger()
        self._level_before = self._root.level
        self._handlers: list[logging.Handler] = [ring]
        self._listener: QueueListener | None = None
        self._writer: RotatingFileHandler | None = None
        if folder is not None:
            try:
                self._write_to(folder)
            except OSError as fault:
                log.warning("no log file, only the log panel: %s", fault)
        # One limiter for all outputs: each would otherwise count the same flood apart.
        limiter, correlate = RateLimit(_NOISY), Correlate()
        self._gate = _Gate(tuple(self._handlers))
        for rule in (limiter, correlate):
            self._gate.addFilter(rule)
        self._root.addHandler(self._gate)
        self._root.setLevel(level)

    def _write_to(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file = folder / FILE_NAME
        self._writer = _PrivateFile(
            self.file,
            maxBytes=FILE_BYTES,
            backupCount=FILES_KEPT,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._writer.setFormatter(_json_lines())
        # A disk that stalls must not stall the loop that trades.
        waiting: SimpleQueue[logging.LogRecord] = SimpleQueue()
        self._listener = QueueListener(waiting, self._writer)
        self._handlers.append(_Queue(waiting))
        self._listener.start()

    def close(self) -> None:
        self._root.removeHandler(self._gate)
        self._root.setLevel(self._level_before)
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class _Gate(logging.Handler):
    """One handler in front of all, so that its filters see each record once."""

    def __init__(self, behind: tuple[logging.Handler, ...]) -> None:
        super().__init__()
        self._behind = behind

    def emit(self, record: logging.LogRecord) -> None:
        try:
            for handler in self._behind:
                handler.handle(record)
        except Exception:  # noqa: BLE001 - as the standard library does: no line is worth a crash
            self.handleError(record)


def start(folder: Path | None = None, level: int = logging.INFO, *, to_file: bool = True) -> Telemetry:
    """Log to `folder`, the user's own log folder by default, and to memory."""
    if to_file and folder is None:
        folder = Path(platformdirs.user_log_dir("ibdesk", appauthor=False))
    return Telemetry(folder if to_file else None, level, Ring())


def _json_lines() -> logging.Formatter:
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _stamp,
        structlog.processors.format_exc_info,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _flatten,
            _clean_all,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def _stamp(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """When it happened, not when the writer got round to it."""
    at = datetime.fromtimestamp(event["_record"].created, UTC)
    event["timestamp"] = at.isoformat(timespec="milliseconds")
    return event


def _flatten(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Correlation ids stand beside the other fields; a field of the line itself wins."""
    ids: dict[str, str] = event.pop("correlation", None) or {}
    for name, value in ids.items():
        event.setdefault(name, value)
    return event


def _clean_all(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Every value as clean text or a plain number, whoever logged it."""
    for name, value in event.items():
        if name == "exception":
            event[name] = clean_lines(str(value))
        elif not isinstance(value, int | float | bool | None):
            event[name] = clean(str(value))
    return event
