"""The flight record: one order's life from the journal, with milliseconds and every field as it was written."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from core.domain.flight import FlightRow
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.table import Align, Column, TableModel, TableView
from gui.table.view import rows_menu
from gui.widgets.button import button
from gui.widgets.order_words import state_tone, state_words
from gui.widgets.replacement_words import why_words
from gui.widgets.text import label, say

_NONE = "The journal holds nothing of this order: it was placed elsewhere, or no journal is kept."


class Line(NamedTuple):
    row: FlightRow
    since_s: float | None
    """After the row before it."""


def _fields(line: Line) -> str:
    return "  ".join(f"{name} {value}" for name, value in line.row.fields if value)


def _since(line: Line) -> str:
    if line.since_s is None:
        return fmt.DASH
    return f"+{line.since_s * 1000:,.0f} ms" if line.since_s < 100 else f"+{fmt.age(line.since_s)}"


COLUMNS: tuple[Column[Line], ...] = (
    Column(
        "at",
        "Time",
        lambda line: fmt.clock_ms(line.row.at_s),
        lambda line: line.row.at_s,
        tooltip=lambda line: fmt.date_time(line.row.at_s),
        csv=lambda line: f"{line.row.at_s:.3f}",
        chars=12,
    ),
    Column("since", "After", _since, lambda line: line.since_s, chars=9, name="After the row before"),
    Column("what", "What", lambda line: line.row.what, align=Align.LEFT, chars=20, grows=46, strong=True),
    Column("fields", "Raw fields", _fields, align=Align.LEFT, tone=lambda line: "text_dim", chars=20),
)


def _spelled(fields: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Each field on a line of its own; what the journal holds as JSON is spread out."""
    for name, value in fields:
        if value[:1] in ("{", "["):
            # What only looks like JSON is shown as it stands.
            with contextlib.suppress(ValueError):
                value = json.dumps(json.loads(value), indent=2, ensure_ascii=False)
        yield f"{name}: {value}"


class FlightRecord(QWidget):
    """A window beside the desk, never over its work; Esc closes it."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._bridge = bridge
        self._order_ref = ""
        self._lines: tuple[Line, ...] = ()
        self.setObjectName("flight-record")
        self.setWindowTitle("Flight record")
        self.setAccessibleName("Flight record")
        self.title = label(role="title", name="flight-record-order", wrap=True)
        self.state = label(name="flight-record-state", wrap=True)
        self.model = TableModel(COLUMNS, self._line)
        self.view = TableView(self.model, "Flight record", _NONE, stretch="fields")
        self.raw = QPlainTextEdit()
        self.raw.setObjectName("flight-record-raw")
        self.raw.setAccessibleName("The fields of the chosen row")
        self.raw.setReadOnly(True)
        self.raw.setPlaceholderText("Choose a row to read its fields one by one.")
        self._lay_out()
        self.view.current_changed.connect(lambda _key: self._show_raw())
        self.view.menu_asked.connect(lambda at: rows_menu(self.view, self).popup(at))

    @property
    def order_ref(self) -> str:
        """Whose life it shows."""
        return self._order_ref

    def open(self, order_ref: str) -> None:
        """Show this order, and come to the front."""
        self._order_ref = order_ref
        self.reload()
        self.show()
        self.raise_()
        self.activateWindow()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def reload(self) -> None:
        """Read the journal again: the order has changed, or the journal has caught up."""
        order = self._bridge.desk.order(self._order_ref)
        if order is not None:
            say(self.title, order.spec.sentence())
            reason = why_words(order, self._bridge.desk.replacements(self._order_ref))
            say(self.state, f"{state_words(order)}{f': {reason}' if reason else ''}", state_tone(order))
        rows = self._bridge.flight(self._order_ref)
        before = [None, *(row.at_s for row in rows)]
        lines = tuple(
            Line(row, None if was is None else row.at_s - was)
            for row, was in zip(rows, before[: len(rows)], strict=True)
        )
        if lines != self._lines:
            self._lines = lines
            self.model.set_rows(range(len(lines)))
            self.model.touch(range(len(lines)))
            self._show_raw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _line(self, key: Hashable) -> Line | None:
        return self._lines[key] if isinstance(key, int) and key < len(self._lines) else None

    def _show_raw(self) -> None:
        line = self._line(self.view.current_key())
        words = "" if line is None else "\n".join(_spelled(line.row.fields)) or "This row has no fields."
        if self.raw.toPlainText() != words:
            self.raw.setPlainText(words)

    def _lay_out(self) -> None:
        self.resize(theme.px(980), theme.px(460))
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self.view)
        parts.addWidget(self.raw)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 1)
        foot = QHBoxLayout()
        foot.addWidget(button("Copy all as CSV", "flight-record-copy", self.view.copy_all, kind="quiet"))
        foot.addStretch(1)
        foot.addWidget(button("Close", "flight-record-close", self.close))
        gap = theme.px(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(gap, gap, gap, gap)
        column.setSpacing(theme.px(6))
        column.addWidget(self.title)
        column.addWidget(self.state)
        column.addWidget(parts, 1)
        column.addLayout(foot)
