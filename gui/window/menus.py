"""The menus: everything the window can do, by keyboard too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui import theme
from gui.bridge import Bridge
from gui.widgets.practice_words import CALM, EXERCISES
from gui.window.docks import Docks

_NO_PRACTICE = "Only on the simulator that this window starts by itself: Desk > Connect to > simulator."


class Commands(Protocol):
    """What the menus can ask of the window."""

    docks: Docks

    @property
    def bridge(self) -> Bridge: ...
    def close(self) -> Any: ...
    def choose_theme(self, name: str) -> None: ...
    def zoom_by(self, steps: int) -> None: ...
    def reset_layout(self) -> None: ...
    def toggle_monitor(self) -> None: ...
    def bring_try_strip_back(self) -> None: ...
    def practise(self, name: str) -> None: ...


class Menus:
    """Desk, View, Practice, Help."""

    def __init__(self, owner: QWidget, bar: QMenuBar) -> None:
        """`owner` is where shortcuts work."""
        self._owner = owner
        self.themes: dict[str, QAction] = {}
        bar.setObjectName("menu-bar")
        bar.setAccessibleName("Menus")
        bar.setNativeMenuBar(False)
        titles = ("&Desk", "&View", "&Practice", "&Help")
        self._desk, self._view, self._practice, self._help = (bar.addMenu(title) for title in titles)

    def fill(self, window: Commands) -> None:
        """Once there is a desk to do things with."""
        self._fill_desk(self._desk, window)
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
        self._add(menu, "Quit", window.close, "Ctrl+Q")

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
