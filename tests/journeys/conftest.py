"""A journey: the real program from its first paint to its exit code, against a real gateway process over TCP."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from core.api import Simulator, start_simulator, stop_simulator
from core.spawn import spawn
from gui import theme
from gui.app import run
from gui.dialogs.monitor import Monitor
from gui.options import parse
from gui.window import MainWindow
from tests.journeys.trader import Trader

Journey = Callable[[Trader], Awaitable[None]]
Play = Callable[..., int]

_FOLDERS = (
    "HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "APPDATA",
    "LOCALAPPDATA",
)
_SAID = (
    "IBKR_HOST",
    "IBKR_PORT",
    "IBKR_CLIENT_ID",
    "IBKR_ACCOUNT_ID",
    "MAX_ORDER_SIZE",
    "MAX_PORTFOLIO_RISK",
)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_END_S = 90.0
_LEFT = re.compile("task (?!the journey).* was still running at the end")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home of this test's own: settings, journal, layout and logs go nowhere else."""
    for name in _FOLDERS:
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in _SAID:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A gateway process for the whole module."""
    running = asyncio.run(start_simulator(seed=7))
    yield running
    stop_simulator(running.process)


@pytest.fixture
def connected_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Point the program at a port of this machine, as a trader does: by the environment."""
    return lambda port: monkeypatch.setenv("IBKR_PORT", str(port))


@pytest.fixture
def play(qapp: QApplication, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> Iterator[Play]:
    """Run the program with these arguments, with a journey as its trader; the exit code."""
    player = _Player(qapp, caplog, tmp_path)
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    yield player.play
    for number, handler in before.items():
        signal.signal(number, handler)
    theme.apply(qapp, theme.DARK)
    player.end()


class _Player:
    """Waits for the program's loop to run, then lets the trader at it; looks afterwards what was left behind."""

    def __init__(self, app: QApplication, caplog: pytest.LogCaptureFixture, folder: Path) -> None:
        self._app, self._caplog, self._folder = app, caplog, folder
        self._fault: BaseException | None = None
        self._timer = QTimer(interval=1)
        self._timer.timeout.connect(self._begin)
        self._journey: Journey | None = None

    def play(self, journey: Journey, *arguments: str) -> int:
        self._journey, before = journey, children()
        self._caplog.clear()
        self._timer.start()
        try:
            code = run(parse(list(arguments)))
            if self._fault is not None:
                raise self._fault
            assert self._journey is None, "the program ended before the journey began"
            self._look_round(before)
        finally:
            _forget_windows(self._app)
        return code

    def _look_round(self, before: set[int]) -> None:
        left = [
            one.objectName() or type(one).__name__ for one in self._app.topLevelWidgets() if one.isVisible()
        ]
        assert not left, f"still open after the journey: {left}"
        assert children() <= before, "a process outlived the journey"
        faults = [record.getMessage() for record in self._caplog.records if _is_fault(record)]
        assert not faults, f"the program complained: {faults}"

    def end(self) -> None:
        self._timer.stop()
        self._timer.deleteLater()

    def _begin(self) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            # Still before the loop: the first paint.
            return
        self._timer.stop()
        spawn(self._travel(), "the journey")

    async def _travel(self) -> None:
        assert self._journey is not None
        journey, self._journey = self._journey, None
        trader = Trader()
        try:
            async with asyncio.timeout(_END_S):
                await trader.sit_down()
                await journey(trader)
        except BaseException as fault:  # noqa: BLE001 - told to pytest when the program has ended
            if not (trader.has_left and isinstance(fault, asyncio.CancelledError)):
                self._keep(fault)
        finally:
            for one in QApplication.topLevelWidgets():
                if one.isVisible() and isinstance(one, MainWindow | Monitor):
                    one.close()

    def _keep(self, fault: BaseException) -> None:
        """What the screen looked like when it went wrong says more than the words."""
        self._fault = fault
        for number, one in enumerate(QApplication.topLevelWidgets()):
            if one.isVisible():
                place = self._folder / f"failed-{number}.png"
                one.grab().save(str(place))
                fault.add_note(f"on screen: {place}")


def _forget_windows(app: QApplication) -> None:
    """The process ends with its window alive; here each would be dressed again with every theme to come."""
    for one in app.topLevelWidgets():
        if isinstance(one, MainWindow | Monitor):
            one.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def _is_fault(record: logging.LogRecord) -> bool:
    ours = record.name.startswith(("core", "gui", "asyncio", "qasync"))
    return (ours and record.levelno >= logging.ERROR) or _LEFT.fullmatch(record.getMessage()) is not None


def children() -> set[int]:
    """The processes that we have started and that live, where the system tells."""
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # A process may end while we look.
        with suppress(OSError):
            # Its name, in brackets, may hold anything; its state and its parent come after it.
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(stat.parent.name))
    return found
