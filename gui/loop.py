"""One event loop for Qt and asyncio, how late it runs, and what happens to what nobody caught."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, TextIO

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QTimer, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

log = logging.getLogger(__name__)

BEAT_MS = 100
STALL_S = 1.0
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def run(app: QApplication, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run `main` to its end on the one loop; whatever task it left is cancelled and awaited."""
    # Imported here: it takes tens of milliseconds, and the window is painted by now.
    import qasync

    # The end is `main`'s to say: Qt's own idea of it would stop the loop before what runs has ended.
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(_loop_fault)
    try:
        return int(loop.run_until_complete(main()))
    finally:
        _end_tasks(loop)
        asyncio.set_event_loop(None)
        loop.close()


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        log.warning("task %s was still running at the end", task.get_name())
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())


class Watchdog(QObject):
    """Measures how late the loop's beats come; past a second of silence every thread's stack is written down.

    Signals:
        lag: the worst of the last second, in milliseconds.
        stalled: how many seconds the loop stood still, once it runs again.
    """

    lag = Signal(float)
    stalled = Signal(float)

    def __init__(self, stacks: Path | None, parent: QObject | None = None) -> None:
        """`stacks` is where they are appended; `None` writes none."""
        super().__init__(parent)
        self._stacks: TextIO | None = _opened(stacks)
        self._beat_at = monotonic()
        self._told_at = self._beat_at
        self._worst_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._beat_at = self._told_at = monotonic()
        self._timer.start()
        self._arm()

    def stop(self) -> None:
        self._timer.stop()
        if self._stacks is not None:
            faulthandler.cancel_dump_traceback_later()
            self._stacks.close()
            self._stacks = None

    def _beat(self) -> None:
        now = monotonic()
        late_s = max(0.0, now - self._beat_at - BEAT_MS / 1000)
        self._beat_at = now
        self._worst_s = max(self._worst_s, late_s)
        self._arm()
        if late_s >= STALL_S:
            self.stalled.emit(late_s)
        if now - self._told_at >= 1.0:
            self.lag.emit(self._worst_s * 1000)
            self._told_at, self._worst_s = now, 0.0

    def _arm(self) -> None:
        """A thread of faulthandler's own dumps the stacks unless the next beat comes in time."""
        if self._stacks is not None:
            faulthandler.dump_traceback_later(STALL_S + BEAT_MS / 1000, file=self._stacks)


class FaultHooks:
    """Everything nobody caught goes to the log and, in words, to `tell`; the window lives on."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def install(self) -> None:
        sys.excepthook = self._uncaught
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        qInstallMessageHandler(_qt_message)

    def remove(self) -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        qInstallMessageHandler(None)

    def _uncaught(self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, fault, trace)
            return
        log.error("uncaught", exc_info=(kind, fault, trace))
        self._tell(f"Something failed inside IBDesk: {kind.__name__}: {fault}. The log has the details.")

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.error("uncaught in a thread", exc_info=args.exc_value)

    def _unraisable(self, what: Any) -> None:
        log.error("unraisable in %r", what.object, exc_info=what.exc_value)


def _loop_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    fault = context.get("exception")
    log.error("%s", context.get("message", "fault in the event loop"), exc_info=fault)


def _qt_message(kind: QtMsgType, context: QMessageLogContext, words: str) -> None:
    log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", words)


def _opened(path: Path | None) -> TextIO | None:
    """A file for the stacks; a folder that cannot be written must not stop the desk."""
    if path is None:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a", buffering=1)
    except OSError as fault:
        log.warning("stacks of a stalled loop cannot be kept: %s", fault)
        return None
