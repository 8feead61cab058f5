"""The menus: everything the window can do, by keyboard too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from core.domain.trading import TradingState
from gui import theme
from gui.bridge import Bridge
from gui.widgets.practice_words import CALM, EXERCISES
from gui.widgets.trading_words import why_not_reduce_only, why_not_resume
from gui.window.controls import Controls
from gui.window.docks import Docks

_NO_PRACTICE = "Only on the simulator that this window starts by itself: Desk > Connect to > simulator."


class Commands(Protocol):
    """What the menus can ask of the window."""

    docks: Docks
    controls: Controls | None

    @property
    def bridge(self) -> Bridge: ...
    def close(self) -> Any: ...
    def choose_theme(self, name: str) -> None: ...
    def zoom_by(self, steps: int) -> None: ...
    def reset_layout(self) -> None: ...
    def toggle_monitor(self) -> None: ...
    def open_command_line(self) -> None: ...
    def bring_try_strip_back(self) -> None: ...
    def practise(self, name: str) -> None: ...
    def open_settings(self) -> None: ...


class Menus:
    """Desk, Trading, View, Practice, Help."""

    def __init__(self, owner: QWidget, bar: QMenuBar) -> None:
        """`owner` is where shortcuts work."""
        self._owner = owner
        self.themes: dict[str, QAction] = {}
        bar.setObjectName("menu-bar")
        bar.setAccessibleName("Menus")
        bar.setNativeMenuBar(False)
        titles = ("&Desk", "&Trading", "&View", "&Practice", "&Help")
        self._desk, self._trading, self._view, self._practice, self._help = map(bar.addMenu, titles)

    def fill(self, window: Commands) -> None:
        """Once there is a desk to do things with."""
        self._fill_desk(self._desk, window)
        self._fill_trading(self._trading, window)
        self._fill_view(self._view, window)
        self._fill_practice(self._practice, window)
        self._add(self._help, "Try this", window.bring_try_strip_back)

    def _fill_desk(self, menu: QMenu, window: Commands) -> None:
        bridge = window.bridge
        self._add(menu, "Retry the connection now", bridge.retry, "Ctrl+R")
        self._add(menu, "Disconnect", bridge.disconnect_link)
        profiles = menu.addMenu("Connect to")
        profiles.setObjectName("menu-profiles")
        places = {
            name: self._add(profiles, name, partial(bridge.connect_to, name)) for name in bridge.profiles
        }

        def name_places() -> None:
            """Connecting with other terms in the panel changes where a profile leads."""
            for name, action in places.items():
                settings = bridge.profiles[name]
                where = f"{settings.host}:{settings.port}" if settings.port else "embedded"
                action.setText(f"{name} ({where})")

        profiles.aboutToShow.connect(name_places)
        name_places()
        menu.addSeparator()
        self._add(menu, "Settings …", window.open_settings, "Ctrl+,")
        self._add(menu, "Quit", window.close, "Ctrl+Q")

    def _fill_trading(self, menu: QMenu, window: Commands) -> None:
        """Tighter at a click, looser only by typed words; the kill switch is held, which no menu can be."""
        controls, desk = window.controls, window.bridge.desk
        assert controls is not None
        menu.setToolTipsVisible(True)
        self._add(menu, "Command line", window.open_command_line, "Ctrl+K")
        menu.addSeparator()
        reduce_only = self._add(menu, "Reduce only", controls.reduce_only)
        halt = self._add(menu, "Halt", controls.halt)
        resume = self._add(menu, "Resume …", controls.resume)
        menu.addSeparator()
        arm = self._add(menu, "Arm …", controls.arm)
        kill = self._add(menu, "Orders of the kill switch", controls.kill_card.bring)
        hint = self._add(menu, "Kill: hold Ctrl+Shift+K for one second", lambda: None)
        hint.setEnabled(False)

        def look() -> None:
            trading = desk.trading
            _shut(reduce_only, why_not_reduce_only(trading))
            _shut(halt, "Trading is halted already." if trading.state is TradingState.HALTED else "")
            _shut(resume, why_not_resume(trading))
            _shut(arm, "" if desk.link.arm_phrase else "Nothing here needs arming.")
            _shut(kill, "" if trading.kill else "The kill switch has not been used since the start.")

        menu.aboutToShow.connect(look)
        look()

    def _fill_view(self, menu: QMenu, window: Commands) -> None:
        for dock in window.docks.docks.values():
            menu.addAction(dock.toggleViewAction())
        menu.addSeparator()
        self._add(menu, "Reset the layout", window.reset_layout)
        menu.addSeparator()
        group = QActionGroup(menu)
        for name in theme.THEMES:
            action = self._add(menu, f"{name.capitalize()} theme", partial(window.choose_theme, name))
            action.setCheckable(True)
            action.setChecked(theme.current().name == name)
            group.addAction(action)
            self.themes[name] = action
        self._add(menu, "Larger", lambda: window.zoom_by(1), "Ctrl+=")
        self._add(menu, "Smaller", lambda: window.zoom_by(-1), "Ctrl+-")
        self._add(menu, "Normal size", lambda: window.zoom_by(0), "Ctrl+0")
        menu.addSeparator()
        self._add(menu, "Monitor", window.toggle_monitor, "F11")

    def _fill_practice(self, menu: QMenu, window: Commands) -> None:
        """Every exercise of the simulator's; all shut, and saying why, where there is nothing to practise on."""
        bridge = window.bridge
        menu.setToolTipsVisible(True)
        exercises = [self._add(menu, "Back to calm", partial(window.practise, CALM))]
        for of_link in (False, True):
            menu.addSection("The connection" if of_link else "The market")
            for one in EXERCISES:
                if one.of_link is of_link:
                    action = self._add(menu, one.title, partial(window.practise, one.name))
                    action.setProperty("words", one.words)
                    exercises.append(action)
        menu.addSeparator()
        restart = self._add(menu, "Start the simulator again", bridge.restart_simulator)

        def look() -> None:
            restart.setEnabled(bridge.simulator_is_dead)
            for action in exercises:
                action.setEnabled(bridge.can_practise)
                action.setToolTip(action.property("words") if bridge.can_practise else _NO_PRACTICE)

        menu.aboutToShow.connect(look)
        look()

    def _add(self, menu: QMenu, text: str, slot: Callable[[], object], keys: str = "") -> QAction:
        action = QAction(text, self._owner)
        action.setObjectName(f"action-{text.lower().replace(' ', '-')}")
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda checked=False: slot())
        menu.addAction(action)
        # So that the shortcut works while the menu bar is hidden, too.
        self._owner.addAction(action)
        return action


def _shut(action: QAction, why_not: str) -> None:
    """Closed with the reason as its tooltip; "" opens it."""
    action.setEnabled(not why_not)
    action.setToolTip(why_not or action.text())
