"""Shared by every test of the screen: one application, dressed, and a desk with a bridge over it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from core.domain.limits import LinkSettings
from gui import loop, theme
from tests.gui.panels.stand_in import Floor, floor

PROFILES = {
    "simulator": LinkSettings(profile="simulator", kind="simulator"),
    "tws-paper": LinkSettings(port=7497, profile="tws-paper", kind="paper"),
    "tws-live": LinkSettings(port=7496, profile="tws-live", kind="live"),
}


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> Iterator[None]:
    """Every test sees the dark theme at normal size, whatever the one before it did."""
    theme.apply(qapp, theme.DARK)
    yield
    # What a test closed is deleted now: or every theme of the tests to come would dress it again.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [
        widget.objectName() or type(widget).__name__
        for widget in qapp.topLevelWidgets()
        if widget.isVisible()
    ]
    assert not left, f"still open after the test: {left}"


@pytest.fixture
def make_floor() -> Callable[..., Floor]:
    """A desk on the simulator with a bridge over it; `connected=False` for one that has not begun."""
    return _floor


@pytest.fixture
def desk_floor() -> Floor:
    """The same, connected and ready."""
    return _floor()


@pytest.fixture
def show(qtbot: Any) -> Callable[[QWidget], QWidget]:
    """Show a widget at a size and close it after the test."""

    def shown(widget: QWidget, width: int = 400, height: int = 500) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return shown


@pytest.fixture
def on_loop(qapp: QApplication) -> Callable[[Callable[[], Coroutine[Any, Any, int]]], int]:
    """Run a coroutine function on the one loop of Qt and asyncio, to its end."""
    return lambda main: loop.run(qapp, main)


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty home: the journal, the logs and the layout of this test alone."""
    for name in (
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "APPDATA",
        "LOCALAPPDATA",
    ):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in (
        "IBKR_HOST",
        "IBKR_PORT",
        "IBKR_CLIENT_ID",
        "IBKR_ACCOUNT_ID",
        "MAX_ORDER_SIZE",
        "MAX_PORTFOLIO_RISK",
    ):
        monkeypatch.delenv(name, raising=False)


def _floor(*, connected: bool = True) -> Floor:
    made = floor(connected=connected)
    made.bridge.profiles.update(PROFILES)
    return made
