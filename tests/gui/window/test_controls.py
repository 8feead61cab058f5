"""Kill, halt, resume and arm through the window: real keys, a real desk, no wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from core.domain.events import (
    AccountReported,
    ConnectAsked,
    SnapshotCompleted,
    SocketOpened,
    TradingChanged,
)
from core.domain.order import Order, Side
from core.domain.requests import CancelOrder, GlobalCancel
from core.domain.trading import TradingState
from gui.panels import Area, Row
from gui.widgets.hold_button import HoldButton
from gui.window import MainWindow, Memory
from tests.gui.panels.stand_in import AAPL, NOW_S, Floor, order_spec

PANELS = (
    Row("connection", "Connection", Area.CENTRE, "gui.panels.connection", "ConnectionPanel"),
    Row("log", "Log", Area.BELOW, "gui.panels.log", "LogPanel"),
)
HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Seat:
    """A window on the floor, and a hand at its keys."""

    def __init__(self, floor: Floor, window: MainWindow) -> None:
        self.floor, self.window = floor, window
        assert window.controls is not None
        self.controls = window.controls

    @property
    def kill(self) -> HoldButton:
        return self.window.top.kill

    def frame(self) -> None:
        if changes := self.floor.desk.drain():
            self.window.refresh(changes)

    def text(self, name: str) -> str:
        found = self.window.findChild(QLabel, name)
        assert found is not None, name
        return found.text()

    def press(self, name: str) -> None:
        # What was put into a layout is in sight once the events that wait have been delivered.
        QApplication.processEvents()
        found = [one for one in self.window.findChildren(QPushButton, name) if one.isVisible()]
        assert len(found) == 1, name
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def action(self, name: str) -> QAction:
        self.window.menus._trading.aboutToShow.emit()
        found = self.window.findChild(QAction, f"action-{name}")
        assert found is not None
        return found

    def work(self, *prices: str) -> list[Order]:
        self.floor.know(AAPL)
        self.floor.quote(AAPL, 150.0, 150.02, 150.01)
        for price in prices:
            self.floor.stand_in.submit(order_spec(AAPL, Side.BUY, 10, price), frozenset())
            self.floor.stand_in.now += 3
            self.floor.status(self.floor.desk.orders()[0], "Submitted")
        return list(reversed(self.floor.desk.orders()))

    def type_to_resume(self, words: str) -> None:
        field = self.window.trading_strip.typed
        field.setFocus()
        QTest.keyClicks(field, words)
        QTest.keyClick(field, Qt.Key.Key_Return)
        self.frame()


@pytest.fixture
def sit(qtbot: Any, make_floor: Callable[..., Floor]) -> Iterator[Callable[..., Seat]]:
    windows: list[MainWindow] = []

    def make(*, connected: bool = True) -> Seat:
        floor = make_floor(connected=connected)
        window = MainWindow(Memory(None), PANELS)
        windows.append(window)
        qtbot.addWidget(window)
        window.furnish(floor.bridge, "0.0")
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        window.top.kill._hold_ms = 60
        floor.desk.drain()
        return Seat(floor, window)

    yield make
    for window in windows:
        window.close()


def repeat(target: QWidget) -> None:
    """What X11 makes of a K that stays down."""
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        QApplication.sendEvent(target, QKeyEvent(kind, Qt.Key.Key_K, HELD, "K", autorep=True))


def cancelled(floor: Floor) -> list[str]:
    return [one.order_ref for one in floor.stand_in.requests if isinstance(one, CancelOrder)]


def test_the_keys_held_halt_cancel_own_orders_and_show_each_of_them(
    sit: Callable[..., Seat], qtbot: Any
) -> None:
    seat = sit()
    first, second = seat.work("149.00", "148.00")
    seat.window.frame.setFocus()
    with qtbot.waitSignal(seat.kill.held):
        QTest.keyPress(seat.window.frame, Qt.Key.Key_K, HELD)
        assert seat.kill.is_filling
        repeat(seat.window.frame)
        assert seat.kill.is_filling
    # The shortcut fires again while the key repeats itself: held to the end is once.
    seat.controls.keys._shortcut.activated.emit()
    assert not seat.kill.is_filling
    QTest.keyRelease(seat.window.frame, Qt.Key.Key_K, HELD)
    seat.frame()
    assert seat.floor.desk.trading.state is TradingState.HALTED
    assert set(cancelled(seat.floor)) == {first.order_ref, second.order_ref}
    card = seat.controls.kill_card
    assert card.isVisible()
    assert not card.isWindow()
    QApplication.processEvents()
    strip = seat.window.trading_strip
    assert card.y() > strip.mapTo(seat.window, strip.rect().bottomLeft()).y()
    assert seat.text("kill-card-title") == "Halted. 0 of 2 orders are off."
    assert "BUY 10 AAPL" in seat.text("kill-order-0")
    assert {seat.text("kill-state-0"), seat.text("kill-state-1")} == {"Cancel requested"}
    seat.floor.status(first, "Cancelled")
    seat.frame()
    assert seat.text("kill-card-title") == "Halted. 1 of 2 orders are off."
    seat.floor.status(second, "Cancelled")
    seat.frame()
    assert seat.text("kill-card-title") == "Halted. 2 of 2 orders are off."


def test_keys_let_go_early_do_nothing_and_say_so(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.work("149.00")
    seat.window.frame.setFocus()
    QTest.keyPress(seat.window.frame, Qt.Key.Key_K, HELD)
    QTest.keyRelease(seat.window.frame, Qt.Key.Key_Shift)
    assert not seat.kill.is_filling
    assert seat.floor.desk.trading.state is TradingState.ACTIVE
    assert cancelled(seat.floor) == []
    assert "held for one second" in seat.window.status.happened.toolTip()


def test_the_keys_are_no_hand_once_the_window_is_left(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.window.frame.setFocus()
    QTest.keyPress(seat.window.frame, Qt.Key.Key_K, HELD)
    QApplication.sendEvent(seat.window, QEvent(QEvent.Type.WindowDeactivate))
    assert not seat.kill.is_filling


def test_only_the_right_words_resume_and_the_strip_is_loud_until_then(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.controls.kill()
    seat.frame()
    strip = seat.window.trading_strip
    assert strip.isVisible()
    assert "HALTED since" in strip.words.text()
    assert "kill switch" in strip.words.text()
    assert seat.window.top.trading.value.text() == "HALTED"
    seat.type_to_resume("resume trading")
    assert seat.floor.desk.trading.state is TradingState.HALTED
    assert "RESUME TRADING" in strip.refusal.text()
    assert strip.typed.text() == ""
    seat.type_to_resume("RESUME TRADING")
    assert seat.floor.desk.trading.state is TradingState.ACTIVE
    assert not strip.isVisible()
    assert not seat.controls.kill_card.isVisible()
    assert seat.window.top.trading.value.text() == "Active"


def test_a_halt_of_the_last_session_is_shown_at_once(sit: Callable[..., Seat]) -> None:
    seat = sit(connected=False)
    seat.floor.say(TradingChanged(TradingState.HALTED, "The kill switch was used.", NOW_S - 90_000, None))
    seat.frame()
    assert seat.window.trading_strip.isVisible()
    assert seat.window.trading_strip.typed.isVisible()
    assert not seat.window.trading_strip.kill_button.isVisible()


def test_a_limit_of_the_day_leaves_nothing_to_type(sit: Callable[..., Seat]) -> None:
    seat = sit()
    day = 10**9
    seat.floor.say(TradingChanged(TradingState.REDUCE_ONLY, "The day lost too much.", NOW_S, day))
    seat.frame()
    strip = seat.window.trading_strip
    assert strip.isVisible()
    assert "The day lost too much." in strip.words.text()
    assert not strip.typed.isVisible()
    assert not seat.action("resume-…").isEnabled()
    assert "next trading day" in seat.action("resume-…").toolTip()


def test_the_menu_tightens_at_a_click_and_says_why_a_choice_is_closed(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.action("reduce-only").trigger()
    assert seat.floor.desk.trading.state is TradingState.REDUCE_ONLY
    assert not seat.action("reduce-only").isEnabled()
    seat.action("halt").trigger()
    assert seat.floor.desk.trading.state is TradingState.HALTED
    assert "tighter" in seat.action("reduce-only").toolTip()
    seat.frame()
    seat.action("resume-…").trigger()
    assert seat.window.trading_strip.typed.hasFocus()


def test_everybodys_orders_are_cancelled_only_after_a_second_step(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.controls.kill()
    seat.frame()

    def asked() -> bool:
        return any(isinstance(one, GlobalCancel) for one in seat.floor.stand_in.requests)

    seat.press("kill-everywhere-ask")
    assert not asked()
    seat.press("kill-everywhere-not-now")
    seat.press("kill-everywhere-ask")
    seat.press("kill-everywhere-cancel-all-of-them")
    assert asked()
    assert "every order of this login" in seat.controls.kill_card.step.words


def test_without_a_link_the_card_says_that_orders_keep_working(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.work("149.00")
    seat.floor.lose_link()
    seat.controls.kill()
    seat.frame()
    assert "keeps working" in seat.text("kill-state-0")
    assert "Not connected" in seat.text("kill-others")
    seat.press("kill-everywhere-ask")
    seat.press("kill-everywhere-cancel-all-of-them")
    assert "Nothing was cancelled" in seat.controls.kill_card.step.words


def test_escape_puts_the_card_away_and_the_menu_brings_it_back(sit: Callable[..., Seat]) -> None:
    seat = sit()
    seat.work("149.00")
    seat.controls.kill()
    seat.frame()
    QTest.keyClick(seat.controls.kill_card, Qt.Key.Key_Escape)
    assert not seat.controls.kill_card.isVisible()
    seat.action("orders-of-the-kill-switch").trigger()
    assert seat.controls.kill_card.isVisible()


def test_arm_stands_in_the_bar_only_where_there_is_something_to_arm(sit: Callable[..., Seat]) -> None:
    seat = sit(connected=False)
    floor, button = seat.floor, seat.window.top.arm_button
    assert not button.isVisible()
    floor.say(
        ConnectAsked("127.0.0.1", 7496, 1, "tws-live", "live"),
        SocketOpened(178, ("U1234567",), 1, simulator=False),
        SnapshotCompleted(1, (), (), (), ()),
        AccountReported("U1234567", (("NetLiquidation", "1000", "USD"), ("ExcessLiquidity", "900", "USD"))),
    )
    seat.frame()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    form = seat.controls.arm_card.arming
    assert form.typed.hasFocus()
    assert floor.desk.link.arm_phrase in form.words.text()
    QTest.keyClicks(form.typed, "trade live")
    QTest.keyClick(form.typed, Qt.Key.Key_Return)
    assert not floor.desk.link.armed
    assert form.refusal.isVisible()
    form.typed.clear()
    QTest.keyClicks(form.typed, floor.desk.link.arm_phrase)
    QTest.keyClick(form.typed, Qt.Key.Key_Return)
    seat.frame()
    assert floor.desk.link.armed
    assert button.text() == "ARMED"
