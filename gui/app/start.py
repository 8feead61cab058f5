"""From the command line to a painted window: as little as possible before the first paint."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.options import Options
from gui.window import MainWindow, Memory

if TYPE_CHECKING:
    from gui.app.session import Session

LAYOUT_FILE = "layout.json"


def run(options: Options) -> int:
    """Open the window and run until it is closed; the exit code."""
    app = QApplication.instance() or QApplication(["ibdesk"])
    assert isinstance(app, QApplication)
    app.setApplicationName("ibdesk")
    app.setDesktopFileName("ibdesk")
    memory = Memory(_layout_file(options))
    look = theme.THEMES.get(options.theme or memory.text("theme"), theme.DARK)
    zoom = options.zoom or memory.number("zoom", 1.0)
    theme.wear(app, look, zoom)
    window = None if options.monitor else MainWindow(memory)
    theme.apply(app, look, zoom)
    if window is not None:
        window.open(options.size)
        app.processEvents()
    # asyncio and all that follows cost as much again as the frame: nobody waits for them with nothing to see.
    from gui import loop
    from gui.app.session import Session
    from gui.widgets.icons import app_icon

    app.setWindowIcon(app_icon())

    session = Session(options, window, app)
    _end_on_signals(session)
    return loop.run(app, session.live)


def _layout_file(options: Options) -> Path | None:
    """A picture shows the default layout, and leaves the trader's own alone."""
    if options.screenshot is not None:
        return None
    return Path(platformdirs.user_config_dir("ibdesk", appauthor=False)) / LAYOUT_FILE


def _end_on_signals(session: Session) -> None:
    """Ctrl+C and a polite kill close the window as the trader would; the watchdog's beat lets Python see them."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: session.end(0))
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, lambda *_: session.end(0))
