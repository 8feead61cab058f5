"""One run of the desk: settings, connector, simulator, window; and the way they end."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtWidgets import QApplication

from core.domain.limits import LinkSettings
from core.errors import IBKRError, SettingsError
from core.spawn import spawn
from gui.app.embedded import Embedded
from gui.app.picture import save_picture
from gui.app.practice import Practice
from gui.bridge import Bridge
from gui.dialogs.monitor import Monitor
from gui.loop import FaultHooks, Watchdog
from gui.options import Options
from gui.widgets.mark import State
from gui.window import MainWindow

if TYPE_CHECKING:
    # These bring ib_async, pydantic and the journal with them: imported when the window stands.
    from core.connector import Connector
    from core.journal import Journal
    from core.settings import Settings
    from core.telemetry import Telemetry

log = logging.getLogger(__name__)


class Session:
    """Everything that lives from the first paint to the exit code."""

    def __init__(self, options: Options, window: MainWindow | None, app: QApplication) -> None:
        self._options = options
        self._window = window
        self._app = app
        self._monitor: Monitor | None = None
        self._bridge: Bridge | None = None
        self._connector: Connector | None = None
        self._journal: Journal | None = None
        self._telemetry: Telemetry | None = None
        self._embedded: Embedded | None = None
        self._practice: Practice | None = None
        self._watchdog = Watchdog(_stack_file(options), app)
        self._hooks = FaultHooks(lambda words: self._say("error", words))
        self._ended = asyncio.Event()
        self._code = 0

    def end(self, code: int) -> None:
        """Ask for the end; the first one to ask says the exit code."""
        if not self._ended.is_set():
            self._code = code
            self._ended.set()

    async def live(self) -> int:
        """Run until somebody asks for the end; then end everything that was started, and say the exit code."""
        self._hooks.install()
        self._watchdog.start()
        if self._window is not None:
            self._window.closing.connect(lambda: self.end(0))
        try:
            if await self._assemble():
                if self._options.screenshot is not None:
                    spawn(self._picture(self._options.screenshot), "screenshot")
                await self._ended.wait()
        finally:
            await self._shut_down()
        return self._code

    # --- beginning ----------------------------------------------------------------------------

    async def _assemble(self) -> bool:
        """Read the settings, build the parts, furnish the window; false when the settings make no sense."""
        settings_module = await asyncio.to_thread(importlib.import_module, "core.settings")
        try:
            settings = self._chosen(settings_module.load())
        except SettingsError as fault:
            sys.stderr.write(f"ibdesk: {fault}\n")
            self.end(2)
            return False
        api = await asyncio.to_thread(importlib.import_module, "core.api")
        self._start_telemetry()
        try:
            self._journal = api.open_journal(settings)
        except IBKRError as fault:
            log.error("no journal: %s", fault)
        self._connector = api.assemble(settings, journal=self._journal)
        assert self._connector is not None
        self._bridge = self._make_bridge(self._connector, settings)
        await self._connector.start()
        # The simulator is a process of its own: it comes up while the panels are being made.
        spawn(self._connect(), "connect")
        await asyncio.sleep(0)
        await self._furnish(self._bridge, settings)
        if not self._bridge.desk.link.port and self._embedded is None:
            self._say("warning", "The embedded simulator was not wanted: choose a profile and connect.")
        return True

    def _chosen(self, settings: Settings) -> Settings:
        """The settings with the profile of the command line; an unknown one is refused."""
        name = self._options.profile
        if not name or name == settings.link.profile:
            return settings
        if name not in settings.profiles:
            raise SettingsError(f"--profile {name!r} is not known; there is {', '.join(settings.profiles)}.")
        return replace(settings, link=settings.profiles[name])

    def _start_telemetry(self) -> None:
        from core import telemetry

        self._telemetry = telemetry.start(to_file=self._options.screenshot is None)

    def _make_bridge(self, connector: Connector, settings: Settings) -> Bridge:
        profiles = {**settings.profiles, settings.link.profile: settings.link}
        allowed = self._options.simulator
        embedded = Embedded(self._options.scenario, self._options.seed)
        bridge = Bridge(
            connector,
            profiles,
            open_simulator=self._open_simulator if allowed else None,
            simulator_runs=lambda: embedded.is_running,
        )
        if allowed:
            self._embedded = embedded
            self._practice = Practice(embedded, self._show_exercise, self._say, bridge.retry)
        return bridge

    async def _furnish(self, bridge: Bridge, settings: Settings) -> None:
        if self._window is None:
            self._open_monitor(bridge)
            return
        window = self._window
        window.furnish(bridge, _version())
        if self._practice is not None:
            window.practice_asked.connect(self._practice.ask)
        self._watchdog.lag.connect(window.status.show_lag)
        self._watchdog.lag.connect(lambda _: self._show_journal())
        self._watchdog.stalled.connect(self._say_stalled)
        self._show_journal()
        await asyncio.sleep(0)
        # On this thread, though the chart's import holds it up for a quarter of a second: Qt looks its classes up
        # in PySide's register without a lock, and one that another thread makes meanwhile ends the process.
        window.docks.load_late()
        for risk in settings.risks:
            bridge.said.emit("warning", risk)
        if settings.ignored:
            entries = "1 entry" if len(settings.ignored) == 1 else f"{len(settings.ignored)} entries"
            bridge.said.emit("warning", f"Not used: {entries} of your files. Settings says which, and why.")

    def _open_monitor(self, bridge: Bridge) -> None:
        self._monitor = Monitor(bridge)
        self._monitor.left.connect(lambda: self.end(0))
        self._monitor.follow()
        self._monitor.open(self._options.size)

    async def _connect(self) -> None:
        """To where the settings say; without a port, to a simulator started for it."""
        assert self._bridge is not None
        link = self._bridge.desk.link
        if link.port:
            self._bridge.connect_to(link.profile)
        elif self._embedded is not None and await self._open_embedded() and self._window is not None:
            self._window.show_try_strip(True)

    # --- the simulator ------------------------------------------------------------------------

    def _open_simulator(self) -> None:
        spawn(self._open_embedded(), "open the simulator")

    async def _open_embedded(self) -> bool:
        """Connect to the embedded gateway, and start it before if it does not run."""
        assert self._embedded is not None
        assert self._connector is not None
        assert self._bridge is not None
        try:
            simulator = await self._embedded.running()
        except IBKRError as fault:
            if self._ended.is_set():
                return False
            self._say("error", str(fault))
            if self._options.scenario or self._options.screenshot is not None:
                sys.stderr.write(f"ibdesk: {fault}\n")
                self.end(2 if self._options.scenario else 1)
            return False
        if self._ended.is_set():  # closed while it started: it is ended with the rest
            return False
        known = self._bridge.profiles.get("simulator", LinkSettings())
        self._connector.connect(
            simulator.host, simulator.port, known.client_id, "simulator", known.kind, known.account
        )
        if self._practice is not None:
            await self._practice.look()
        return True

    def _show_exercise(self, name: str) -> None:
        if self._window is not None:
            self._window.show_exercise(name)

    # --- while it runs ------------------------------------------------------------------------

    async def _picture(self, path: Path) -> None:
        await asyncio.sleep(self._options.after_s)
        shown = self._window if self._window is not None else self._monitor
        assert shown is not None
        if self._bridge is not None:
            self._bridge.flush()
        fault = save_picture(shown, path)
        if fault:
            sys.stderr.write(f"ibdesk: {fault}\n")
        self.end(1 if fault else 0)

    def _show_journal(self) -> None:
        assert self._window is not None
        trouble = "it could not be opened" if self._journal is None else self._journal.trouble
        if trouble:
            tip = f"No order can be sent: the journal cannot be written ({trouble})"
            self._window.status.show_journal(State.BAD, "Journal failed", tip)
        else:
            self._window.status.show_journal(
                State.GOOD, "Journal ok", "Every intent is on disk before it is sent"
            )

    def _say_stalled(self, seconds: float) -> None:
        log.warning("the event loop stood still for %.1f s", seconds)
        self._say("warning", f"The window stood still for {seconds:.1f} s; the log folder has the stacks.")

    def _say(self, level: str, words: str) -> None:
        if self._bridge is not None:
            self._bridge.said.emit(level, words)

    # --- the end ------------------------------------------------------------------------------

    async def _shut_down(self) -> None:
        """In the order of who needs whom; whatever happens, the simulator and the journal are ended."""
        self._watchdog.stop()
        self._hooks.remove()
        if self._practice is not None:
            self._practice.close()
        if self._bridge is not None:
            self._bridge.call_off_examination()
        if self._window is not None and self._window.isVisible():
            self._window.close()
        if self._monitor is not None:
            self._monitor.close()
        try:
            if self._connector is not None:
                await self._connector.close()
        finally:
            if self._embedded is not None:
                await self._embedded.close()
            if self._journal is not None:
                await asyncio.to_thread(self._journal.close)
            if self._telemetry is not None:
                self._telemetry.close()


def _version() -> str:
    try:
        return version("ibdesk")
    except PackageNotFoundError:
        return "development"


def _stack_file(options: Options) -> Path | None:
    if options.screenshot is not None:
        return None
    return Path(platformdirs.user_log_dir("ibdesk", appauthor=False)) / "stalls.txt"
