"""The panels as docks: built from the roster, laid out, hidden, brought back, saved and restored."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import PySide6QtAds as ads  # noqa: N813  (its own documentation's name)
from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from core.domain.topics import Changes
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.panels import Area, Row
from gui.widgets.text import label

log = logging.getLogger(__name__)

LAYOUT_VERSION = 1
_FLAGS = ads.CDockManager.eConfigFlag
_ON = (
    _FLAGS.OpaqueSplitterResize,
    _FLAGS.AlwaysShowTabs,
    _FLAGS.DragPreviewIsDynamic,
    _FLAGS.DragPreviewShowsContentPixmap,
    _FLAGS.DragPreviewHasWindowFrame,
    _FLAGS.DoubleClickUndocksWidget,
    _FLAGS.FloatingContainerHasWidgetTitle,
    _FLAGS.DisableStylesheet,
)
_OFF = (
    _FLAGS.DockAreaHasCloseButton,
    _FLAGS.DockAreaHasUndockButton,
    _FLAGS.DockAreaHasTabsMenuButton,
    _FLAGS.ActiveTabHasCloseButton,
    _FLAGS.AllTabsHaveCloseButton,
    _FLAGS.FocusHighlighting,
)
_BESIDE: dict[Area, tuple[Any, Area | None]] = {
    Area.CENTRE: (ads.DockWidgetArea.CenterDockWidgetArea, None),
    Area.BELOW: (ads.DockWidgetArea.BottomDockWidgetArea, Area.CENTRE),
    Area.LEFT: (ads.DockWidgetArea.LeftDockWidgetArea, None),
    Area.RIGHT: (ads.DockWidgetArea.RightDockWidgetArea, None),
    Area.LEFT_BELOW: (ads.DockWidgetArea.BottomDockWidgetArea, Area.LEFT),
}
"""Where the first panel of an area goes, and beside which other area; in the order they must be made."""
_WIDTHS = {Area.LEFT: 290, Area.RIGHT: 360}
_LEAST_CENTRE = 0.45
"""Of the window's width."""
_HEIGHTS = {Area.LEFT: (46, 54), Area.CENTRE: (66, 34), Area.RIGHT: (64, 36)}


class Docks(QObject):
    """One dock a panel: an empty one until `furnish`, and until `load_late` for those marked late.

    Signals:
        said: level and words.
    """

    said = Signal(str, str)

    def __init__(self, roster: Iterable[Row], parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge: Bridge | None = None
        self._roster = tuple(roster)
        _configure()
        self.manager = ads.CDockManager(parent)
        # Ours comes from the theme; the library's own would win over it.
        self.manager.setStyleSheet("")
        self.panels: dict[str, Panel] = {}
        self.docks: dict[str, Any] = {row.name: self._dock(row) for row in self._roster}
        self._late_states: dict[str, dict[str, Any]] = {}
        self._areas = self._place()

    # --- panels -------------------------------------------------------------------------------

    def furnish(self, bridge: Bridge) -> None:
        """Put every panel into its dock, but for the late ones."""
        self._bridge = bridge
        for row in self._roster:
            if not row.late:
                self._load(row)

    def load_late(self) -> None:
        """Import and show what was left for after the first paint."""
        for row in self._roster:
            if row.late and row.name not in self.panels:
                self._load(row)
                panel = self.panels.get(row.name)
                if panel is not None and row.name in self._late_states:
                    panel.restore_state(self._late_states.pop(row.name))

    def refresh(self, changes: Changes) -> None:
        """Hand each panel what changed, if it asked for such things."""
        topics = changes.keys()
        for panel in self.panels.values():
            if not panel.TOPICS.isdisjoint(topics):
                panel.refresh(changes)

    def age(self, now_s: float) -> None:
        for panel in self.panels.values():
            panel.age(now_s)

    def bring(self, name: str) -> None:
        """Show a panel, in front, wherever it stands."""
        dock = self.docks.get(name)
        if dock is not None:
            dock.toggleView(True)
            dock.setAsCurrentTab()
            dock.raise_()

    def area_of(self, name: str) -> QWidget | None:
        """The widget a panel's dock stands in while it is docked in the window, else `None`."""
        dock = self.docks.get(name)
        if dock is None or dock.isClosed() or dock.isInFloatingContainer():
            return None
        area = dock.dockAreaWidget()
        return area if isinstance(area, QWidget) else None

    # --- layout -------------------------------------------------------------------------------

    def reset(self) -> None:
        """Every panel back where it stands by default."""
        for dock in self.docks.values():
            dock.toggleView(True)
            if dock.isInFloatingContainer():
                dock.setFloating()
        for name in self.docks:
            self.manager.removeDockWidget(self.docks[name])
        self._areas = self._place()
        self.size_areas()

    def size_areas(self) -> None:
        """Give the areas their default shares of the space there is."""
        width, height = self.manager.width(), self.manager.height()
        for area, (upper, lower) in _HEIGHTS.items():
            if area in self._areas:
                self.manager.setSplitterSizes(
                    self._areas[area], [height * upper // 100, height * lower // 100]
                )
        widths = {side: theme.px(_WIDTHS[side]) for side in _WIDTHS if side in self._areas}
        # Where all is large and the window small, the sides give way: the chart is what is looked at.
        spare = min(1.0, (1 - _LEAST_CENTRE) * width / max(1, sum(widths.values())))
        widths = {side: int(size * spare) for side, size in widths.items()}
        centre = width - sum(widths.values())
        if (across := self._across()) is not None:
            sizes = [widths.get(Area.LEFT), centre, widths.get(Area.RIGHT)]
            across.setSizes([size for size in sizes if size is not None])

    def _across(self) -> QSplitter | None:
        """The splitter that holds left, centre and right side by side."""
        found: QWidget | None = self._areas.get(Area.CENTRE)
        across = None
        while found is not None and found is not self.manager:
            if isinstance(found, QSplitter) and found.orientation() is Qt.Orientation.Horizontal:
                across = found
            found = found.parentWidget()
        return across

    def save(self) -> dict[str, Any]:
        """The layout and every panel's own state."""
        return {
            "layout": bytes(self.manager.saveState(LAYOUT_VERSION).toBase64().data()).decode("ascii"),
            "panels": {name: panel.save_state() for name, panel in self.panels.items()},
        }

    def restore_layout(self, saved: dict[str, Any]) -> bool:
        """Take a saved layout back; false, and the default stays, when it cannot be understood."""
        layout = saved.get("layout")
        if not isinstance(layout, str):
            return False
        raw = QByteArray.fromBase64(QByteArray(layout.encode("ascii", "replace")))
        if not raw or not self.manager.restoreState(raw, LAYOUT_VERSION):
            return False
        self._place_newcomers()
        return True

    def restore_panels(self, saved: dict[str, Any]) -> None:
        states = saved.get("panels")
        if isinstance(states, dict):
            for row in self._roster:
                self._restore_panel(row, states.get(row.name))

    # --- inside -------------------------------------------------------------------------------

    def _dock(self, row: Row) -> Any:
        dock = self.manager.createDockWidget(row.title)
        dock.setObjectName(row.name)
        dock.setAccessibleName(row.title)
        dock.setWidget(_placeholder(""), ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        dock.setMinimumSizeHintMode(ads.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromContent)
        dock.toggleViewAction().setText(row.title)
        return dock

    def _load(self, row: Row) -> None:
        """A panel that cannot be made says so in its place: the others must not miss because of it."""
        assert self._bridge is not None
        try:
            panel = row.load()(self._bridge)
        except ImportError as fault:
            log.exception("panel %s could not be loaded", row.name)
            self._replace(row, _placeholder(f"{row.title} could not be loaded: {fault}"))
            self.said.emit("error", f"The panel {row.title} could not be loaded: {fault}")
            return
        self.panels[row.name] = panel
        self._replace(row, panel)

    def _replace(self, row: Row, widget: QWidget) -> None:
        dock = self.docks[row.name]
        old = dock.takeWidget()
        dock.setWidget(widget, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        if old is not None:
            old.deleteLater()

    def _restore_panel(self, row: Row, state: object) -> None:
        if not isinstance(state, dict):
            return
        if row.name in self.panels:
            self.panels[row.name].restore_state(state)
        else:
            self._late_states[row.name] = state

    def _place_newcomers(self) -> None:
        """A panel that the version which saved the layout did not have: a tab behind those of its area."""
        for row in self._roster:
            # One that the trader has closed stands in an area all the same.
            if self.docks[row.name].dockAreaWidget() is not None:
                continue
            home = self._home_of(row)
            if home is None:
                self.manager.addDockWidget(_BESIDE[row.area][0], self.docks[row.name])
                continue
            front = home.currentIndex()
            self.manager.addDockWidgetTabToArea(self.docks[row.name], home)
            home.setCurrentIndex(front)

    def _home_of(self, row: Row) -> Any:
        """Where the first open panel of the same area stands now; `None` when there is none in the window."""
        names = (one.name for one in self._roster if one.area is row.area and one.name != row.name)
        return next((area for name in names if (area := self.area_of(name)) is not None), None)

    def _place(self) -> dict[Area, Any]:
        areas: dict[Area, Any] = {}
        for area, (side, beside) in _BESIDE.items():
            for row in self._roster:
                if row.area is not area:
                    continue
                dock = self.docks[row.name]
                if area in areas:
                    self.manager.addDockWidgetTabToArea(dock, areas[area])
                else:
                    reference = areas.get(beside) if beside is not None else None
                    areas[area] = self.manager.addDockWidget(side, dock, reference)
            if area in areas:
                areas[area].setCurrentIndex(0)
        return areas


def _configure() -> None:
    for flag in _ON:
        ads.CDockManager.setConfigFlag(flag, True)
    for flag in _OFF:
        ads.CDockManager.setConfigFlag(flag, False)


def _placeholder(words: str) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.addWidget(label(words, tone="faint", wrap=True))
    column.addStretch(1)
    return made
