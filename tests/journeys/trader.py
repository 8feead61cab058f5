"""A trader at the desk: eyes that read what is on screen, hands that move the mouse and press keys. Nothing else."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from PySide6.QtCore import QPoint, QRect, QRegularExpression, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QScrollArea,
    QWidget,
)

from core.desk import Desk
from gui.table import TableModel, TableView
from gui.widgets.caption import Caption
from gui.window import MainWindow

PATIENCE_S = 20.0
LOOK_S = 0.005
MOST_LOOKS = 20
"""So often are the boxes of a review looked at anew: they follow the market."""
NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


class NotThere(AssertionError):
    """No widget of that name is in sight, or no row says so."""


class Trader:
    """Sits before whatever windows are open. Finds widgets by name, and only those in sight."""

    has_left = False
    """The program was told to end, and the journey waits for that."""

    # --- eyes ---------------------------------------------------------------------------------------

    @property
    def window(self) -> MainWindow:
        found = [
            one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow) and one.isVisible()
        ]
        assert len(found) == 1, f"{len(found)} main windows are open"
        return found[0]

    @property
    def desk(self) -> Desk:
        """What the core holds, to compare the screen with."""
        return self.window.bridge.desk

    def find(self, name: str) -> QWidget:
        """The one visible widget of that name, in any window."""
        found = self.seen(name)
        if len(found) != 1:
            raise NotThere(f"{len(found)} visible widgets are called {name}")
        return found[0]

    def seen(self, name: str) -> list[QWidget]:
        return [one for one in QApplication.allWidgets() if one.objectName() == name and one.isVisible()]

    def text(self, name: str) -> str:
        """What a label, a field or a button says; "" when it is not in sight."""
        found = self.seen(name)
        return _words(found[0]) if len(found) == 1 else ""

    def labels(self, within: str, words: str) -> list[str]:
        """The lines inside a widget that hold these words."""
        inside = self.find(within).findChildren(QLabel)
        return [one.text() for one in inside if one.isVisible() and words in one.text()]

    def tone(self, name: str) -> str:
        return str(self.find(name).property("tone") or "")

    def panel(self, name: str) -> Any:
        return self.window.docks.panels[name]

    def table(self, panel: str) -> TableView:
        view: TableView = self.panel(panel).view
        return view

    def rows(self, panel: str) -> list[dict[str, str]]:
        """A panel's table as it reads from the top, by column key."""
        model: TableModel[Any] = self.table(panel).table
        return [{column.key: model.text(key, column.key) for column in model.columns} for key in model.keys]

    def row(self, panel: str, **wanted: str) -> dict[str, str]:
        """The first row that says so, {} when none does."""
        return next((row for row in self.rows(panel) if wanted.items() <= row.items()), {})

    def boxes(self) -> list[QWidget]:
        """The boxes of the review that are still to be ticked."""
        open_boxes = self.window.findChildren(QCheckBox, QRegularExpression("^take-on-"))
        return [box for box in open_boxes if box.isVisible() and not box.isChecked()]

    async def sees(self, condition: Callable[[], Any], what: str = "", patience_s: float = PATIENCE_S) -> Any:
        """Wait until `condition` holds on the running desk; what it answered."""
        ends = monotonic() + patience_s
        while not (answer := condition()):
            if monotonic() > ends:
                raise AssertionError(f"not seen within {patience_s:.0f} s: {what or condition}")
            await asyncio.sleep(LOOK_S)
        await _settled()
        return answer

    async def reads(self, name: str, wanted: str, patience_s: float = PATIENCE_S) -> str:
        """Wait until the widget says something that matches the pattern `wanted`; the whole text."""
        ends = monotonic() + patience_s
        while not re.search(wanted, self.text(name)):
            said = self.text(name)
            assert monotonic() < ends, f"{name} says {said!r} and not {wanted!r}"
            await asyncio.sleep(LOOK_S)
        read = self.text(name)
        await _settled()
        return read

    async def is_ready(self) -> None:
        """The desk is up: connected, read back, prices in the watchlist, a chart."""
        await self.reads("top-state", "^Ready$")
        await self.sees(
            lambda: self.row("watchlist", symbol="AAPL").get("last", "–") != "–", "a price for AAPL"
        )

    # --- hands --------------------------------------------------------------------------------------

    async def click(
        self, target: str | QWidget, at: Callable[[], QPoint] | QPoint | None = None, *, twice: bool = False
    ) -> None:
        """Press where the widget is; whatever lies over it, or keeps it shut, fails the journey.

        A name is looked up, and a place worked out, at the moment of the press: the desk lives while the hand moves.
        """

        def place() -> tuple[QWidget, QPoint]:
            widget = self.find(target) if isinstance(target, str) else target
            assert widget.isEnabled(), f"{widget.objectName()} is disabled: {widget.toolTip()}"
            found = _middle(widget) if at is None else at() if callable(at) else at
            self._is_on_top(widget, found)
            return widget, found

        def press() -> None:
            widget, found = place()
            (QTest.mouseDClick if twice else QTest.mouseClick)(widget, LEFT, NONE, found)

        await _between_tasks(lambda: QTest.mouseMove(*place()))
        await _between_tasks(press)

    async def take_on_all(self) -> None:
        """Tick every box of the review. One may come or go between the look and the press: look again, so often."""
        for _ in range(MOST_LOOKS):
            if not (left := self.boxes()):
                break
            with suppress(NotThere):
                await self.click(left[0].objectName())
        left = self.boxes()
        assert not left, f"still to be ticked: {[box.objectName() for box in left]}"

    async def click_row(self, panel: str, *, twice: bool = False, **wanted: str) -> None:
        """Press on the first row that says so, wherever it is by then."""
        view = self.table(panel)

        def cell() -> QPoint:
            rows = enumerate(self.rows(panel))
            number = next((number for number, row in rows if wanted.items() <= row.items()), None)
            if number is None:
                raise NotThere(f"no row of {panel} says {wanted}")
            shown: QRect = view.visualRect(view.table.index(number, view.shown_columns()[0]))
            return shown.center()

        await self.click(view.viewport(), cell, twice=twice)

    async def show_panel(self, name: str) -> None:
        """Press on a dock's tab."""
        await self.click(self.window.docks.docks[name].tabWidget())

    async def sit_down(self) -> None:
        """Before whichever window the program opens first."""

        def opened() -> list[QWidget]:
            return [one for one in QApplication.topLevelWidgets() if one.isVisible() and one.isWindow()]

        await self.turn_to((await self.sees(opened, "a window"))[0])

    async def turn_to(self, window: QWidget) -> None:
        """Make it the active one, as a window manager does when the one before it closes."""
        window.activateWindow()
        await self.sees(lambda: QApplication.activeWindow() is window, f"{window.objectName()} active")

    async def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """A key, to whatever has the focus."""
        await _between_tasks(lambda: QTest.keyClick(self._focused(), key, modifiers))

    async def leave_by(self, key: Qt.Key) -> None:
        """A key that ends the program, and so this journey: nothing comes after it."""
        self.has_left = True
        await self.press(key)
        await asyncio.get_running_loop().create_future()

    async def type(self, text: str) -> None:
        """Letter by letter, to whatever has the focus."""
        for letter in text:
            await _between_tasks(lambda letter=letter: QTest.keyClick(self._focused(), letter))

    async def fill(self, field: str, text: str) -> None:
        """Click into a field and type over what it holds."""
        await self.click(field)
        await self.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        await self.press(Qt.Key.Key_Delete)
        await self.type(text)

    async def pick(self, combo: str, entry: str) -> None:
        """An entry of a combo box by its first word or words, with the arrow keys."""
        box = self.find(combo)
        assert isinstance(box, QComboBox)
        box.setFocus(Qt.FocusReason.TabFocusReason)
        await self.press(Qt.Key.Key_Home)
        while not box.currentText().startswith(entry):
            before = box.currentIndex()
            await self.press(Qt.Key.Key_Down)
            assert box.currentIndex() > before, f"{combo} has no {entry} that can be chosen"

    async def choose(self, *path: str) -> None:
        """A menu entry, by mouse: "View", "Light theme"."""
        bar = self.find("menu-bar")
        assert isinstance(bar, QMenuBar)
        action = _action(bar.actions(), path[0])
        await self.click(bar, bar.actionGeometry(action).center())
        menu = action.menu()
        for name in path[1:]:
            assert isinstance(menu, QMenu)
            assert menu.isVisible(), f"the menu of {path} did not open"
            action = _action(menu.actions(), name)
            await self.click(menu, menu.actionGeometry(action).center())
            menu = action.menu()

    # --- inside -------------------------------------------------------------------------------------

    def _focused(self) -> QWidget:
        focused = QApplication.focusWidget() or QApplication.activeWindow()
        assert focused is not None, "nothing has the focus: keys would go nowhere"
        return focused

    def _is_on_top(self, widget: QWidget, place: QPoint) -> None:
        name = widget.objectName() or type(widget).__name__
        assert widget.isVisible(), f"{name} is not visible"
        _scroll_to(widget)
        owner, point = widget.window(), widget.mapToGlobal(place)
        there = owner.childAt(widget.mapTo(owner, place)) or owner
        covered = there is not widget and not widget.isAncestorOf(there)
        assert not covered, f"{name} is covered by {there.objectName() or type(there).__name__}"
        over = [
            one.objectName()
            for one in QApplication.topLevelWidgets()
            if one.isVisible() and one is not owner and _floats(one) and one.geometry().contains(point)
        ]
        assert not over, f"{name} is covered by {over}"


def report(figure: str) -> None:
    """A figure for who runs this with -s; none is asserted, machines differ."""
    sys.stdout.write(f"\n  {figure}")


class Gaps:
    """How long the event loop kept everybody waiting at worst."""

    def __init__(self) -> None:
        self.worst_ms = 0.0
        self._last = monotonic()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._beat)

    def _beat(self) -> None:
        now = monotonic()
        self.worst_ms = max(self.worst_ms, (now - self._last) * 1000 - 5)
        self._last = now

    @classmethod
    @contextmanager
    def measured(cls) -> Iterator[Gaps]:
        made = cls()
        made._timer.start()
        try:
            yield made
        finally:
            made._timer.stop()
            made._timer.deleteLater()


async def _between_tasks(act: Callable[[], object]) -> None:
    """Mouse and keys come from Qt, never from inside a task: an event that is handled at once may run others."""
    done = asyncio.get_running_loop().create_future()

    def acted() -> None:
        try:
            act()
        except BaseException as fault:  # noqa: BLE001 - told to who asked for the act
            done.set_exception(fault)
        else:
            done.set_result(None)

    QTimer.singleShot(0, acted)
    await done
    await _settled()


async def _settled() -> None:
    """What was put into a layout is in sight once the events that wait have been delivered."""
    done = asyncio.get_running_loop().create_future()
    # A timer comes after every event that waits already.
    QTimer.singleShot(1, lambda: done.done() or done.set_result(None))
    await done


def _floats(widget: QWidget) -> bool:
    return widget.windowType() in (Qt.WindowType.Tool, Qt.WindowType.Popup, Qt.WindowType.ToolTip)


def _words(widget: QWidget) -> str:
    if isinstance(widget, QLabel | Caption | QLineEdit | QAbstractButton):
        return widget.text()
    value = getattr(widget, "value", None)
    return value.text() if isinstance(value, QLabel) else widget.accessibleName()


def _middle(widget: QWidget) -> QPoint:
    return QPoint(widget.width() // 2, widget.height() // 2)


def _action(actions: list[QAction], name: str) -> QAction:
    return next(action for action in actions if action.text().replace("&", "") == name)


def _scroll_to(widget: QWidget) -> None:
    """What a trader does with what lies below the edge: in IBKR's nightly reset a panel has a line more."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea) and above.widget() is not None:
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
