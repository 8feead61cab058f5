"""What an examination of a gateway found: a line a question, what is wrong first, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from gui import theme
from gui.widgets.button import button
from gui.widgets.mark import Mark, State
from gui.widgets.meter import Meter
from gui.widgets.text import label, say

DEADLINE_S = 8.0
"""What an examination takes at most: the bar fills towards it."""
_STEP_MS = 100
_MARKS = {"problem": State.BAD, "warning": State.BUSY, "ok": State.GOOD, "skipped": State.OFF}
"""Every verdict, the worst first: the order in which they are shown."""


class Found(Protocol):
    """One answered question, as `core.api.Finding` has it."""

    @property
    def check(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def advice(self) -> str: ...


class ExaminationView(QWidget):
    """Hidden until one begins, and again when it is put away."""

    def __init__(self, call_off: Callable[[], None]) -> None:
        super().__init__()
        self._call_off = call_off
        self._began_at = 0.0
        self._rows: list[QWidget] = []
        self.mark = Mark(10, name="examination-mark")
        self.words = label("", name="examination-words", wrap=True)
        self.meter = Meter(height=4, name="examination-progress")
        self.cancel_button = button("Cancel", "examination-cancel", self._cancel)
        self.close_button = button("Put away", "examination-close", self.hide, kind="quiet")
        head = QHBoxLayout()
        head.setSpacing(theme.px(6))
        head.addWidget(self.mark)
        head.addWidget(self.words, 1)
        for each in (self.cancel_button, self.close_button):
            head.addWidget(each)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(6))
        self._grid.setVerticalSpacing(theme.px(3))
        self._grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addLayout(head)
        column.addWidget(self.meter)
        column.addLayout(self._grid)
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._tick)
        self.hide()

    @property
    def is_looking(self) -> bool:
        return self._timer.isActive()

    def begin(self, words: str) -> None:
        """An examination has begun; `words` say of what."""
        self._clear()
        self._began_at = monotonic()
        self._looking = words
        self.mark.show_state(State.BUSY, words)
        self._busy(True)
        self._timer.start()
        self._tick()
        self.show()

    def show_findings(self, findings: Sequence[Found]) -> None:
        """The answers: what is wrong, what is doubtful, what is well; what was not asked stays one line."""
        self._end()
        order = list(_MARKS)
        worst = min((one.verdict for one in findings), key=order.index, default="skipped")
        problems = sum(one.verdict == "problem" for one in findings)
        warnings = sum(one.verdict == "warning" for one in findings)
        self.mark.show_state(_MARKS[worst], worst)
        say(
            self.words,
            _summary(problems, warnings),
            {"problem": "danger", "warning": "warning"}.get(worst, "ok"),
        )
        for one in sorted(findings, key=lambda each: order.index(each.verdict)):
            if one.verdict != "skipped":
                self._add(one.verdict, f"{_title(one.check)}: {one.words}", one.advice)
        skipped = [one.check for one in findings if one.verdict == "skipped"]
        if skipped:
            self._add("skipped", f"Not looked at: {', '.join(skipped)}.", "")

    def show_fault(self, words: str) -> None:
        """It came to nothing."""
        self._end()
        self.mark.show_state(State.BAD, words)
        say(self.words, words, "danger")

    # --- inside -------------------------------------------------------------------------------------

    def _tick(self) -> None:
        passed_s = monotonic() - self._began_at
        words = f"{self._looking} {passed_s:.0f} s of at most {DEADLINE_S:.0f}."
        say(self.words, words, "")
        self.meter.show_fraction(min(1.0, passed_s / DEADLINE_S), "accent", words)

    def _cancel(self) -> None:
        self._end()
        self._call_off()
        self.hide()

    def _end(self) -> None:
        self._timer.stop()
        self._busy(False)

    def _busy(self, busy: bool) -> None:
        self.meter.setVisible(busy)
        self.cancel_button.setVisible(busy)
        self.close_button.setVisible(not busy)

    def _clear(self) -> None:
        for row in self._rows:
            self._grid.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows.clear()

    def _add(self, verdict: str, words: str, advice: str) -> None:
        row = self._grid.rowCount()
        mark = Mark(8, name="finding-mark")
        mark.show_state(_MARKS[verdict], verdict)
        tone = {"problem": "", "warning": ""}.get(verdict, "dim")
        text = label(f"{words} {advice}".strip(), tone=tone, name="finding", wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        beside = _beside_text(mark, 8)
        self._grid.addWidget(beside, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(text, row, 1)
        self._rows += [beside, text]


def _beside_text(mark: Mark, size: int) -> QWidget:
    """The mark at the height of the first line of words beside it."""
    holder = QWidget()
    inside = QVBoxLayout(holder)
    inside.setContentsMargins(0, theme.px((18 - size) / 2), 0, 0)
    inside.addWidget(mark)
    return holder


def _summary(problems: int, warnings: int) -> str:
    if problems:
        return "1 problem found." if problems == 1 else f"{problems} problems found."
    if warnings:
        return "It works, with 1 warning." if warnings == 1 else f"It works, with {warnings} warnings."
    return "All is well."


def _title(check: str) -> str:
    return check[:1].upper() + check[1:]
