"""The gate's objections as lines: worst first, at most five, the soft ones with a box to take them on."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.domain.verdict import Objection
from gui import theme
from gui.widgets.mark import State, paint_mark
from gui.widgets.text import label
from gui.widgets.tick_box import TickBox

MOST_SHOWN = 5


def rule_words(rule: str) -> str:
    """MaxOrderQuantity is "Max order quantity"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", rule)
    return words[:1] + words[1:].lower()


def measured_words(objection: Objection) -> str:
    """Which rule, what it measured, and its limit."""
    parts = [rule_words(objection.rule)]
    if objection.measured:
        parts.append(f"measured {objection.measured}")
    if objection.limit:
        parts.append(f"limit {objection.limit}")
    return " · ".join(parts)


class CheckLines(QWidget):
    """Objections, hard ones first. With `boxes`, each soft one is taken on by its own box.

    Signals:
        taken_on: a box was ticked or unticked.
    """

    taken_on = Signal()

    def __init__(self, name: str, *, boxes: bool) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Checks")
        self._boxed = boxes
        self._boxes: dict[str, TickBox] = {}
        self._shown: tuple[Objection, ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(5))

    @property
    def boxes(self) -> dict[str, TickBox]:
        """By rule."""
        return dict(self._boxes)

    @property
    def acknowledged(self) -> frozenset[str]:
        """The rules whose soft objections the trader took on."""
        return frozenset(rule for rule, box in self._boxes.items() if box.isChecked())

    @property
    def lines(self) -> list[str]:
        """What is said, from the top."""
        return [] if self._shown is None else [objection.words for objection in self._shown[:MOST_SHOWN]]

    def forget(self) -> None:
        """Nothing is acknowledged any more."""
        self._shown = None
        self._clear()

    def show_objections(self, objections: Sequence[Objection]) -> None:
        """Replace the lines; boxes that were ticked stay ticked while their objection says the same."""
        ranked = tuple(sorted(objections, key=lambda objection: not objection.hard))
        if ranked == self._shown:
            return
        kept = self.acknowledged & {each.rule for each in ranked if self._said_before(each)}
        self._shown = ranked
        self._clear()
        # Boxes are never cut off: what must be taken on must be seen.
        most = len(ranked) if self._boxed else MOST_SHOWN
        for objection in ranked[:most]:
            self._column.addLayout(self._line(objection))
            if box := self._boxes.get(objection.rule):
                box.setChecked(objection.rule in kept)
                # At once, or the focus could not go to it yet.
                box.show()
        if len(ranked) > most:
            self._column.addWidget(label(f"and {len(ranked) - most} more", role="caption"))

    def _said_before(self, objection: Objection) -> bool:
        return any(one.rule == objection.rule and one.limit == objection.limit for one in self._shown or ())

    def _line(self, objection: Objection) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(theme.px(7))
        top = Qt.AlignmentFlag.AlignTop
        words = label(objection.words, wrap=True)
        if self._boxed and not objection.hard:
            name = f"take-on-{objection.rule}"
            box = self._boxes[objection.rule] = TickBox("", name, f"I take this on: {objection.words}")
            box.toggled.connect(lambda _on: self.taken_on.emit())
            words.setBuddy(box)
            line.addWidget(box, 0, top)
        else:
            line.addWidget(_Sign(objection.hard), 0, top)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(words)
        if objection.hard:
            column.addWidget(label(measured_words(objection), role="caption", wrap=True))
        words.setToolTip(f"<qt>{html.escape(measured_words(objection))}</qt>")
        line.addLayout(column, 1)
        return line

    def _clear(self) -> None:
        self._boxes.clear()
        _empty(self._column)


def _empty(layout: QVBoxLayout | QHBoxLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            continue
        if (inner := item.layout()) is not None and isinstance(inner, QVBoxLayout | QHBoxLayout):
            _empty(inner)
            inner.deleteLater()
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


class _Sign(QWidget):
    """A triangle for what blocks, a ring for what asks."""

    def __init__(self, hard: bool) -> None:
        super().__init__()
        self._state = State.BAD if hard else State.BUSY
        self.setAccessibleName("Blocks" if hard else "Asks")
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(theme.px(11), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            side = theme.px(9)
            paint_mark(painter, QRectF(1, theme.px(4), side, side), self._state)
