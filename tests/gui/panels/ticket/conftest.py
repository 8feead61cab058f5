"""A ticket on a desk, with hands: shared by all tests of the ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.domain.order import Order, OrderSpec, OrderType
from gui.panels.ticket import TicketPanel
from gui.widgets.number_field import NumberField
from tests.gui.panels.stand_in import AAPL, EVERYTHING, Floor

Show = Callable[..., Any]
Key = Qt.Key


class Bench:
    """A ticket on a desk, with hands."""

    def __init__(self, floor: Floor, panel: TicketPanel, qtbot: Any) -> None:
        self.floor, self.panel, self.qtbot = floor, panel, qtbot

    def type_in(self, field: NumberField, text: str) -> None:
        field.edit.setFocus()
        field.edit.selectAll()
        self.qtbot.keyClick(field.edit, Key.Key_Delete)
        self.qtbot.keyClicks(field.edit, text)

    def paste(self, field: NumberField, text: str) -> None:
        """What no key can type may still come from a clipboard."""
        QApplication.clipboard().setText(text)
        field.edit.selectAll()
        field.edit.paste()
        if not text:
            field.edit.clear()
            field.edited.emit()

    def key(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        self.qtbot.keyClick(widget or self.panel.focusWidget() or self.panel, key)

    def click(self, button: QWidget) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def pick(self, order_type: OrderType) -> None:
        combo = self.panel.form.order_type
        combo.setCurrentIndex(combo.findData(order_type))
        combo.activated.emit(combo.currentIndex())

    def frame(self) -> None:
        self.floor.show(self.panel)

    @property
    def sent(self) -> list[OrderSpec]:
        return self.floor.stand_in.submitted

    def beside(self, field: str) -> str:
        return self.panel.form._captions[field].text()

    def order(self) -> Order:
        return self.floor.desk.orders()[0]


@pytest.fixture
def bench(desk_floor: Floor, show: Show, qtbot: Any) -> Bench:
    """A ticket for AAPL at 150.24 / 150.26."""
    desk_floor.know(*EVERYTHING)
    panel = show(TicketPanel(desk_floor.bridge), 300, 620)
    panel.select(AAPL.contract)
    desk_floor.quote(AAPL, 150.24, 150.26, 150.25, close=149.0)
    made = Bench(desk_floor, panel, qtbot)
    made.frame()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    return made


@pytest.fixture
def ready(bench: Bench) -> Bench:
    """10 AAPL at a limit of 150.00, not reviewed yet."""
    bench.type_in(bench.panel.form.quantity, "10")
    bench.type_in(bench.panel.form.limit, "150.00")
    return bench
