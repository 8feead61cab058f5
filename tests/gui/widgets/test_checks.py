"""The lines of the gate's objections: the same line for as long as a rule objects, under a hand that presses it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from core.domain.verdict import Objection
from gui.widgets.checks import MOST_SHOWN, CheckLines

Mouse, Key = Qt.MouseButton, Qt.Key


def soft(rule: str, measured: str = "1", limit: str = "2") -> Objection:
    return Objection(rule, measured, limit, f"{rule} measured {measured}.", hard=False)


def hard(rule: str, measured: str = "1") -> Objection:
    return Objection(rule, measured, "0", f"{rule} measured {measured}.")


@pytest.fixture
def checks(qtbot: Any) -> CheckLines:
    made = CheckLines("review-checks", boxes=True)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def said(checks: CheckLines) -> list[str]:
    """The words on screen, from the top; not the figures under what blocks."""
    shown = [one for one in checks.findChildren(QLabel) if one.isVisible() and one.text()]
    shown.sort(key=lambda one: one.mapTo(checks, QPoint()).y())
    return [one.text() for one in shown if one.property("role") != "caption"]


def test_a_click_lands_though_the_measured_value_changes_a_hundred_times_under_it(
    checks: CheckLines, qtbot: Any
) -> None:
    ticks: list[None] = []
    checks.taken_on.connect(lambda: ticks.append(None))
    checks.show_objections([soft("Collar", "0"), soft("Spread")])
    box = checks.boxes["Collar"]
    box.setFocus()
    middle = QPoint(box.width() // 2, box.height() // 2)
    QTest.mousePress(box, Mouse.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    for number in range(1, 101):
        checks.show_objections([soft("Collar", str(number)), soft("Spread")])
        qtbot.wait(0)
        assert box.isDown()
        assert box.hasFocus()
    QTest.mouseRelease(box, Mouse.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    assert checks.boxes["Collar"] is box
    assert checks.acknowledged == {"Collar"}
    assert len(ticks) == 1
    assert said(checks) == ["Collar measured 100.", "Spread measured 1."]


def test_so_does_the_space_bar(checks: CheckLines) -> None:
    checks.show_objections([soft("Collar", "0")])
    box = checks.boxes["Collar"]
    box.setFocus()
    QTest.keyPress(box, Key.Key_Space)
    for number in range(1, 101):
        checks.show_objections([soft("Collar", str(number))])
    QTest.keyRelease(checks.focusWidget(), Key.Key_Space)
    assert checks.acknowledged == {"Collar"}


def test_others_that_come_and_go_take_neither_click_nor_focus(checks: CheckLines, qtbot: Any) -> None:
    checks.show_objections([soft("Collar")])
    box = checks.boxes["Collar"]
    box.setFocus()
    QTest.mousePress(box, Mouse.LeftButton)
    for told in ([hard("Margin"), soft("Collar")], [soft("Collar"), soft("Spread")], [soft("Collar")]):
        checks.show_objections(told)
        qtbot.wait(0)
    assert box.isDown()
    assert box.hasFocus()
    QTest.mouseRelease(box, Mouse.LeftButton)
    assert checks.acknowledged == {"Collar"}


def test_what_blocks_stands_first_and_the_rest_as_it_came(checks: CheckLines) -> None:
    checks.show_objections([soft("A"), soft("C")])
    checks.show_objections([soft("A"), hard("H"), soft("B"), soft("C")])
    checks.grab()
    assert said(checks) == ["H measured 1.", "A measured 1.", "B measured 1.", "C measured 1."]
    checks.show_objections([soft("A"), soft("B")])
    checks.grab()
    assert said(checks) == ["A measured 1.", "B measured 1."]
    assert list(checks.boxes) == ["A", "B"]


def test_a_tick_holds_while_the_limit_does(checks: CheckLines) -> None:
    checks.show_objections([soft("Collar", "1", "5"), soft("Spread")])
    for box in checks.boxes.values():
        box.setChecked(True)
    checks.show_objections([soft("Collar", "4", "5"), soft("Spread")])
    assert checks.acknowledged == {"Collar", "Spread"}
    checks.show_objections([soft("Collar", "4", "3"), soft("Spread")])
    assert checks.acknowledged == {"Spread"}


def test_a_rule_that_went_and_came_is_to_be_taken_on_again(checks: CheckLines) -> None:
    checks.show_objections([soft("Collar")])
    checks.boxes["Collar"].setChecked(True)
    checks.show_objections([])
    checks.show_objections([soft("Collar")])
    assert checks.acknowledged == frozenset()


def test_a_rule_that_asks_twice_is_taken_on_by_both_boxes(checks: CheckLines) -> None:
    checks.show_objections([soft("Collar", "1"), soft("Collar", "2")])
    first, second = checks.boxes.values()
    assert (first.objectName(), second.objectName()) == ("take-on-Collar", "take-on-Collar-2")
    first.setChecked(True)
    assert checks.acknowledged == frozenset()
    second.setChecked(True)
    assert checks.acknowledged == {"Collar"}


def test_a_rule_that_turns_hard_loses_its_box(checks: CheckLines) -> None:
    checks.show_objections([soft("Collar")])
    checks.boxes["Collar"].setChecked(True)
    checks.show_objections([hard("Collar")])
    assert checks.boxes == {}
    assert checks.acknowledged == frozenset()


def test_without_boxes_the_worst_five_are_shown_and_the_rest_counted(qtbot: Any) -> None:
    lines = CheckLines("ticket-checks", boxes=False)
    qtbot.addWidget(lines)
    lines.resize(400, 400)
    lines.show()
    lines.show_objections([soft(f"S{number}") for number in range(6)] + [hard("H")])
    lines.grab()
    assert len(said(lines)) == MOST_SHOWN
    assert said(lines)[0] == "H measured 1."
    more = [one.text() for one in lines.findChildren(QLabel) if one.isVisible() and "more" in one.text()]
    assert more == ["and 2 more"]
    lines.show_objections([hard("H")])
    lines.grab()
    assert said(lines) == ["H measured 1."]
