"""What happened, in words: filtered, searched, copied."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any, ClassVar

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout

from core.domain.events import Note
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.table import Align, Column, TableModel, TableView
from gui.widgets.button import button

_OWN_NOTES = 500
_TONES = {"warning": "warning", "error": "danger"}
_MARKS = {"info": "", "warning": "▲ warning", "error": "■ error"}
_LEVELS = (
    ("all", "All", "Everything"),
    ("warning", "Warnings", "Warnings and errors"),
    ("error", "Errors", "Errors only"),
)
_RANK = {"info": 0, "warning": 1, "error": 2}

COLUMNS: tuple[Column[Note], ...] = (
    Column(
        "time",
        "Time",
        lambda note: fmt.clock_ms(note.at_s),
        sort=lambda note: note.at_s,
        align=Align.LEFT,
        chars=12,
    ),
    Column(
        "level",
        "Level",
        lambda note: _MARKS.get(note.level, note.level),
        sort=lambda note: _RANK.get(note.level, 0),
        align=Align.LEFT,
        tone=lambda note: _TONES.get(note.level, ""),
        chars=10,
    ),
    Column(
        "words",
        "What happened",
        lambda note: note.words,
        align=Align.LEFT,
        tone=lambda note: _TONES.get(note.level, ""),
        tooltip=lambda note: note.words,
        chars=80,
    ),
)


class LogPanel(Panel):
    """The desk's notes and the program's own, newest first."""

    NAME: ClassVar[str] = "log"
    TITLE: ClassVar[str] = "Log"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.NOTE})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._own: deque[Note] = deque(maxlen=_OWN_NOTES)
        self._shown: dict[Hashable, Note] = {}
        self._level = "all"
        self.model: TableModel[Note] = TableModel(COLUMNS, self._shown.get)
        self.view = TableView(self.model, "Log", "Nothing has been noted yet.", stretch="words")
        self.filter = QLineEdit(placeholderText="Filter")
        self.filter.setObjectName("log-filter")
        self.filter.setAccessibleName("Show only notes that contain this")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._show)
        self._levels = QButtonGroup(self)
        self._lay_out()
        bridge.said.connect(self._note)
        self._show()

    def refresh(self, changes: Changes) -> None:
        self._show()

    def save_state(self) -> dict[str, Any]:
        return {"level": self._level, "table": self.view.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))
        for each in self._levels.buttons():
            if each.property("level") == state.get("level"):
                each.click()

    # --- inside -------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.px(8), theme.px(4), theme.px(8), theme.px(4))
        bar.setSpacing(theme.px(4))
        for level, title, meaning in _LEVELS:
            bar.addWidget(self._level_button(level, title, meaning))
        bar.addWidget(self.filter, 1)
        tip = "Copy what is shown: the selected lines, or all of them"
        copy = button("Copy", "log-copy", self._copy, kind="quiet", tip=tip)
        bar.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view, 1)

    def _level_button(self, level: str, title: str, meaning: str) -> QPushButton:
        made = button(title, f"log-level-{level}", lambda: self._choose(level), kind="quiet", tip=meaning)
        made.setCheckable(True)
        made.setChecked(level == self._level)
        made.setProperty("level", level)
        self._levels.addButton(made)
        return made

    def _choose(self, level: str) -> None:
        self._level = level
        self._show()

    def _note(self, level: str, words: str) -> None:
        self._own.append(Note(self.bridge.now_s(), level, words))
        self._show()

    def _show(self) -> None:
        wanted = self.filter.text().casefold()
        least = _RANK.get(self._level, 0)
        notes = [
            note
            for note in (*self.bridge.desk.notes(), *self._own)
            if _RANK.get(note.level, 0) >= least and wanted in note.words.casefold()
        ]
        notes.sort(key=lambda note: note.at_s, reverse=True)
        self._shown.clear()
        counted: dict[Note, int] = {}
        for note in notes:
            # The same words twice in one instant are two lines.
            counted[note] = counted.get(note, 0) + 1
            self._shown[note, counted[note]] = note
        self.model.set_rows(self._shown)

    def _copy(self) -> None:
        if self.view.selected_keys():
            self.view.copy()
        else:
            self.view.copy_all()
