"""Labelled values in groups, side by side where there is room and stacked where there is not."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui import theme
from gui.widgets.text import label, say

_GROUP_WIDTH = 250


class FactGroup(QWidget):
    """One heading and its rows: caption left, value right."""

    def __init__(self, heading: str, captions: Iterable[tuple[str, str, str]]) -> None:
        """`captions` are (key, caption, what it means)."""
        super().__init__()
        self._values: dict[str, QLabel] = {}
        self._captions: dict[str, str] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(10))
        self._grid.setVerticalSpacing(theme.px(2))
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(label(heading.upper(), role="heading"), 0, 0, 1, 2)
        for key, caption, meaning in captions:
            self.add(key, caption, meaning)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def add(self, key: str, caption: str, meaning: str = "") -> None:
        """One more row at the end."""
        row = self._grid.rowCount()
        name = label(caption, tone="dim")
        value = label("–", name=f"fact-{key}")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for part in (name, value):
            part.setToolTip(meaning)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(value, row, 1)
        self._values[key], self._captions[key] = value, caption

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def show_value(self, key: str, text: str, tone: str = "") -> None:
        value = self._values[key]
        say(value, text, tone)
        value.setAccessibleName(f"{self._captions[key]}: {text}")

    def explain(self, key: str, meaning: str) -> None:
        """What a row means, where that changes with the value."""
        if self._values[key].toolTip() != meaning:
            self._values[key].setToolTip(meaning)

    def text(self, key: str) -> str:
        return self._values[key].text()


class Facts(QWidget):
    """Groups in as many columns as fit."""

    def __init__(self, groups: Iterable[FactGroup]) -> None:
        super().__init__()
        self._groups = tuple(groups)
        self._columns = [QVBoxLayout() for _ in self._groups]
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(24))
        self._fitting = 0
        for at, column in enumerate(self._columns):
            column.setSpacing(theme.px(12))
            self._grid.addLayout(column, 0, at)
        self._arrange(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange(max(1, min(len(self._groups), self.width() // theme.px(_GROUP_WIDTH))))
        super().resizeEvent(event)

    def _arrange(self, fitting: int) -> None:
        if fitting == self._fitting:
            return
        self._fitting = fitting
        for column in self._columns:
            while column.count():
                column.takeAt(0)
        for at, group in enumerate(self._groups):
            self._columns[at % fitting].addWidget(group)
        for at, column in enumerate(self._columns):
            if at < fitting:
                column.addStretch(1)
            self._grid.setColumnStretch(at, 1 if at < fitting else 0)
