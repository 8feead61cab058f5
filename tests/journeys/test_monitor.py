"""The monitor: everything to see, nothing to press."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

from core.api import Simulator
from gui.panels.ticket import TicketPanel
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader

PRESSED_OR_TYPED = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, TicketPanel)


async def is_read_only(trader: Trader) -> QWidget:
    """Figures are there; nowhere in the tree is anything that could make an order."""
    shown = trader.find("monitor")
    await trader.sees(lambda: trader.text("monitor-net-liquidation") not in ("", "–"), "net liquidation")
    await trader.reads("monitor-state", "^Ready$")
    await trader.sees(lambda: "AAPL" in trader.find("board-positions").accessibleName(), "positions")
    assert [one for kind in PRESSED_OR_TYPED for one in shown.findChildren(kind)] == []
    assert shown.actions() == []
    return shown


def test_f11_opens_it_and_escape_leaves(
    play: Play, simulator: Simulator, connected_to: Callable[[int], None]
) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        window = trader.window
        await trader.press(Qt.Key.Key_F11)
        shown = await is_read_only(trader)
        assert shown.isFullScreen()
        await trader.sees(lambda: QApplication.activeWindow() is shown, "the keys go to the monitor")
        await trader.press(Qt.Key.Key_Escape)
        await trader.sees(lambda: not trader.seen("monitor"), "the monitor gone")
        await trader.turn_to(window)
        await trader.press(Qt.Key.Key_F11)
        await trader.sees(lambda: trader.seen("monitor"), "the monitor again")
        await trader.press(Qt.Key.Key_F11)
        await trader.sees(lambda: not trader.seen("monitor"), "gone by F11 too")

    connected_to(simulator.port)
    assert play(journey) == 0


def test_the_command_opens_it_alone_and_escape_ends_the_program(
    play: Play, simulator: Simulator, connected_to: Callable[[int], None]
) -> None:
    async def journey(trader: Trader) -> None:
        await trader.sees(lambda: trader.seen("monitor"), "the monitor")
        await is_read_only(trader)
        await trader.leave_by(Qt.Key.Key_Escape)

    connected_to(simulator.port)
    assert play(journey, "monitor") == 0
