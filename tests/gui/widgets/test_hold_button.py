"""Held to the end it acts once; let go early it does nothing, whatever held it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gui.widgets.hold_button import HoldButton

SHORT_MS = 60
NONE = Qt.KeyboardModifier.NoModifier


class Hand:
    """A button on screen, and what came of it."""

    def __init__(self, button: HoldButton) -> None:
        self.button = button
        self.held: list[bool] = []
        self.let_go: list[bool] = []
        button.held.connect(lambda: self.held.append(True))
        button.let_go.connect(lambda: self.let_go.append(True))


@pytest.fixture
def hand(show: Callable[..., QWidget]) -> Hand:
    button = HoldButton("KILL", "kill", "Hold it.", SHORT_MS)
    show(button, 80, 30)
    return Hand(button)


def test_the_mouse_that_stays_down_fills_it_and_it_acts_once(hand: Hand, qtbot: Any) -> None:
    with qtbot.waitSignal(hand.button.held):
        QTest.mousePress(hand.button, Qt.MouseButton.LeftButton)
        assert hand.button.is_filling
    QTest.mouseRelease(hand.button, Qt.MouseButton.LeftButton)
    assert (hand.held, hand.let_go) == ([True], [])


def test_a_click_and_a_double_click_do_nothing_and_say_so(hand: Hand) -> None:
    QTest.mouseClick(hand.button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(hand.button, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hand.button, Qt.MouseButton.LeftButton)
    assert not hand.button.is_filling
    assert hand.held == []
    assert hand.let_go


def test_the_mouse_that_slides_off_has_let_go(hand: Hand) -> None:
    QTest.mousePress(hand.button, Qt.MouseButton.LeftButton)
    QTest.mouseMove(hand.button, QPoint(300, 300))
    QApplication.processEvents()
    assert not hand.button.is_filling
    assert hand.held == []


def test_the_right_button_is_no_hand(hand: Hand) -> None:
    QTest.mousePress(hand.button, Qt.MouseButton.RightButton)
    assert not hand.button.is_filling


def test_a_space_bar_that_repeats_itself_is_one_press(hand: Hand, qtbot: Any) -> None:
    hand.button.setFocus()
    with qtbot.waitSignal(hand.button.held):
        QTest.keyPress(hand.button, Qt.Key.Key_Space)
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
            QApplication.sendEvent(hand.button, QKeyEvent(kind, Qt.Key.Key_Space, NONE, " ", autorep=True))
        assert hand.button.is_filling
    assert hand.let_go == []


def test_a_space_bar_let_go_takes_it_back(hand: Hand) -> None:
    QTest.keyPress(hand.button, Qt.Key.Key_Space)
    QTest.keyRelease(hand.button, Qt.Key.Key_Space)
    assert (hand.held, hand.let_go) == ([], [True])


def test_return_is_not_a_way_to_hold_it(hand: Hand) -> None:
    QTest.keyPress(hand.button, Qt.Key.Key_Return)
    assert not hand.button.is_filling


def test_who_leaves_has_let_go(hand: Hand) -> None:
    hand.button.begin()
    hand.button.hide()
    assert (hand.button.is_filling, hand.held, hand.let_go) == (False, [], [True])


def test_a_screen_readers_press_alone_does_not_act(hand: Hand) -> None:
    hand.button.click()
    assert hand.held == []
