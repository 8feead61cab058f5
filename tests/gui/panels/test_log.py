"""The log panel: what the desk and the program say, filtered and copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from gui.panels.log import LogPanel
from tests.gui.panels.stand_in import Floor


def made(floor: Floor, show: Callable[..., Any]) -> LogPanel:
    panel: LogPanel = show(LogPanel(floor.bridge), 700, 300)
    return panel


def words(panel: LogPanel) -> list[str]:
    return [panel.model.text(key, "words") for key in panel.model.keys]


def say(floor: Floor, *said: tuple[str, str]) -> None:
    for level, text in said:
        floor.stand_in.now += 1
        floor.bridge.said.emit(level, text)


def press(panel: LogPanel, name: str) -> None:
    found = panel.findChild(QPushButton, name)
    assert found is not None
    found.click()


def test_what_is_said_is_listed_newest_first(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    say(desk_floor, ("info", "one"), ("warning", "two"), ("error", "three"))
    assert words(panel)[:3] == ["three", "two", "one"]


def test_the_level_and_the_filter_narrow_it(desk_floor: Floor, show: Callable[..., Any], qtbot: Any) -> None:
    panel = made(desk_floor, show)
    say(desk_floor, ("info", "Order sent"), ("warning", "Order late"), ("error", "Disk full"))
    press(panel, "log-level-warning")
    assert words(panel) == ["Disk full", "Order late"]
    press(panel, "log-level-error")
    assert words(panel) == ["Disk full"]
    press(panel, "log-level-all")
    qtbot.keyClicks(panel.filter, "ORDER")
    assert words(panel) == ["Order late", "Order sent"]
    qtbot.keyClick(panel.filter, Qt.Key.Key_Backspace)
    assert len(words(panel)) == 2


def test_the_same_words_twice_are_two_lines(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    before = len(words(panel))
    desk_floor.bridge.said.emit("info", "again")
    desk_floor.bridge.said.emit("info", "again")
    assert len(words(panel)) == before + 2


def test_a_servers_markup_is_shown_as_the_text_it_is(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    say(desk_floor, ("error", "<img src=x> & <b>bold</b>"))
    assert words(panel)[0] == "<img src=x> & <b>bold</b>"


def test_what_is_shown_can_be_copied(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    say(desk_floor, ("warning", "copy me"))
    press(panel, "log-level-warning")
    press(panel, "log-copy")
    assert "copy me" in QGuiApplication.clipboard().text()


def test_the_level_is_remembered(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    press(panel, "log-level-error")
    again = made(desk_floor, show)
    again.restore_state(panel.save_state())
    say(desk_floor, ("info", "quiet"), ("error", "loud"))
    assert words(again) == ["loud"]
