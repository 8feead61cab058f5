"""The gate's objections as lines: worst first, at most five, the soft ones with a box to take them on."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.domain.verdict import Objection
from gui import theme
from gui.widgets.mark import State, paint_mark
from gui.widgets.text import label, say
from gui.widgets.tick_box import TickBox

MOST_SHOWN = 5


class Key(NamedTuple):
    """What makes two objections the same line, whatever either measured."""

    rule: str
    hard: bool
    ordinal: int
    """Among those of its rule, from 0."""

    @property
    def name(self) -> str:
        return f"{self.rule}-{self.ordinal + 1}" if self.ordinal else self.rule


def keyed(objections: Sequence[Objection]) -> dict[Key, Objection]:
    """Hard ones first, the rest in the order they came."""
    seen: Counter[tuple[str, bool]] = Counter()
    made = {}
    for each in sorted(objections, key=lambda objection: not objection.hard):
        made[Key(each.rule, each.hard, seen[each.rule, each.hard])] = each
        seen[each.rule, each.hard] += 1
    return made


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

    A line stays the same widget for as long as its rule objects: a price that moves changes its words, and takes
    neither a click that has begun nor the keyboard's focus.

    Signals:
        taken_on: a box was ticked or unticked.
    """

    taken_on = Signal()

    def __init__(self, name: str, *, boxes: bool) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Checks")
        self._boxed = boxes
        self._shown: dict[Key, Objection] = {}
        self._lines: dict[Key, _Line] = {}
        self._more = label(role="caption", name=f"{name}-more")
        self._more.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(5))
        self._column.addWidget(self._more)

    @property
    def boxes(self) -> dict[str, TickBox]:
        """By rule, from the top; the second of a rule is RULE-2."""
        return {key.name: line.box for key, line in self._lines.items() if line.box is not None}

    @property
    def acknowledged(self) -> frozenset[str]:
        """The rules all of whose soft objections the trader took on."""
        boxes = [(key.rule, line.box) for key, line in self._lines.items() if line.box is not None]
        open_ones = {rule for rule, box in boxes if not box.isChecked()}
        return frozenset(rule for rule, _ in boxes) - open_ones

    @property
    def lines(self) -> list[str]:
        """What is said, from the top."""
        return [objection.words for objection in self._shown.values()][:MOST_SHOWN]

    def forget(self) -> None:
        """Nothing is acknowledged any more."""
        self.show_objections(())

    def show_objections(self, objections: Sequence[Objection]) -> None:
        """Say these; a box that was ticked stays so while its objection names the same limit."""
        wanted = keyed(objections)
        if wanted == self._shown and list(wanted) == list(self._shown):
            return
        before, self._shown = self._shown, wanted
        # Boxes are never cut off: what must be taken on must be seen.
        most = len(wanted) if self._boxed else MOST_SHOWN
        seen = list(wanted)[:most]
        for key in self._lines.keys() - set(seen):
            self._drop(self._lines.pop(key))
        for place, key in enumerate(seen):
            objection = wanted[key]
            line = self._lines.get(key) or self._made(key)
            if key in before and before[key].limit != objection.limit:
                line.untick()
            line.show_objection(objection)
            if self._column.indexOf(line) != place:
                self._column.insertWidget(place, line)
                # At once, or the focus could not go to it yet.
                line.show()
        self._lines = {key: self._lines[key] for key in seen}
        left = len(wanted) - len(seen)
        say(self._more, f"and {left} more" if left > 0 else "")
        self._more.setVisible(left > 0)

    def _made(self, key: Key) -> _Line:
        line = self._lines[key] = _Line(key, boxed=self._boxed and not key.hard)
        if line.box is not None:
            line.box.toggled.connect(lambda _on: self.taken_on.emit())
        return line

    def _drop(self, line: _Line) -> None:
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()


class _Line(QWidget):
    """One objection: a box or a sign, its words, and for what blocks the figures."""

    def __init__(self, key: Key, *, boxed: bool) -> None:
        super().__init__()
        self.box = TickBox("", f"take-on-{key.name}") if boxed else None
        self._words = label(wrap=True)
        self._figures = label(role="caption", wrap=True) if key.hard else None
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.px(7))
        line.addWidget(self.box or _Sign(key.hard), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._words)
        if self.box is not None:
            self._words.setBuddy(self.box)
        if self._figures is not None:
            column.addWidget(self._figures)
        line.addLayout(column, 1)

    def show_objection(self, objection: Objection) -> None:
        figures = measured_words(objection)
        say(self._words, objection.words)
        self._words.setToolTip(f"<qt>{html.escape(figures)}</qt>")
        if self.box is not None:
            self.box.setAccessibleName(f"I take this on: {objection.words}")
        if self._figures is not None:
            say(self._figures, figures)

    def untick(self) -> None:
        """The limit is another one: what was taken on is not this."""
        if self.box is not None:
            # The trader did not touch it: who shows the lines looks at the boxes afterwards.
            with QSignalBlocker(self.box):
                self.box.setChecked(False)


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
