"""A whole run of the desk inside a test: the real window, the real loop, the real simulator over TCP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QApplication

from core.spawn import spawn
from gui import loop
from gui.app.session import Session
from gui.options import Options
from gui.window import MainWindow, Memory

Act = Callable[[Session, MainWindow], Awaitable[None]]
PATIENCE_S = 60.0


def run(app: QApplication, options: Options, act: Act | None = None) -> int:
    """A session from paint to exit code, with `act` as its trader."""
    window = MainWindow(Memory(None))
    window.open((1280, 800))
    session = Session(options, window, app)

    async def act_then_end() -> None:
        assert act is not None
        try:
            await act(session, window)
        finally:
            session.end(0)

    async def live() -> int:
        trader = spawn(act_then_end(), "the test's trader") if act is not None else None
        code = await session.live()
        if trader is not None:
            await trader
        return code

    try:
        return loop.run(app, live)
    finally:
        window.close()
        window.deleteLater()


async def until(condition: Callable[[], object]) -> None:
    """Wait for `condition`, which the running desk must bring about."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.02)


def is_ready(window: MainWindow) -> bool:
    return (
        window._bridge is not None and window.bridge.desk.link.is_ready and window.top.state.text() == "Ready"
    )
