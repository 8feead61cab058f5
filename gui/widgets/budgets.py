"""What IBKR allows and how much of it is used: messages, lines, books, tapes, scans, history."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from core.pacing.view import PacingView
from gui import theme
from gui.widgets.link_words import left
from gui.widgets.meter import Meter
from gui.widgets.text import label, say

_ROWS = (
    ("messages", "Messages / s", "What goes to the gateway in a second; it ends a session that sends more."),
    ("lines", "Market data lines", "Contracts that stream at the same time."),
    ("depth", "Market depth", "Order books at the same time; the one opened longest ago gives way."),
    ("tape", "Time and sales", "Contracts whose trades are printed one by one, at the same time."),
    ("scans", "Scans", "Rankings of the market asked for at the same time; more wait their turn."),
    ("history", "History / 10 min", "Requests for bars in the last ten minutes; bid and ask count twice."),
)


class Budgets(QWidget):
    """A row each: caption, bar, figure; what is held back is said under them."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(3))
        grid.setColumnStretch(1, 1)
        self._meters: dict[str, Meter] = {}
        self._figures = {}
        for row, (key, caption, meaning) in enumerate(_ROWS):
            name = label(caption, tone="dim")
            name.setToolTip(meaning)
            meter = self._meters[key] = Meter(height=6, name=f"budget-{key}")
            figure = self._figures[key] = label("", name=f"budget-{key}-figure")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, part in enumerate((name, meter, figure)):
                grid.addWidget(part, row, column)
        self.held = label("", tone="warning", name="budget-held", wrap=True)
        grid.addWidget(self.held, len(_ROWS), 0, 1, 3)
        self.late = label("", tone="dim", name="budget-late", wrap=True)
        self.late.setToolTip("A gateway that often answers too late is overtaxed, or far away.")
        grid.addWidget(self.late, len(_ROWS) + 1, 0, 1, 3)

    def show_pacing(self, pacing: PacingView, now_s: float) -> None:
        self._show("messages", pacing.message_rate, pacing.message_limit)
        self._show("lines", pacing.lines_used, pacing.lines_limit)
        self._show("depth", pacing.depth_used, pacing.depth_limit)
        self._show("tape", pacing.tape_used, pacing.tape_limit)
        self._show("scans", pacing.scans_used, pacing.scans_limit)
        self._show("history", pacing.history_used, pacing.history_limit)
        say(self.held, held_words(pacing, now_s))
        self.held.setVisible(bool(self.held.text()))
        say(self.late, late_words(pacing.late_answers))
        self.late.setVisible(bool(self.late.text()))

    def _show(self, key: str, used: int, limit: int) -> None:
        fraction = used / limit if limit else None
        tone = "accent" if fraction is None or fraction < 0.8 else "warning" if fraction < 1 else "danger"
        text = f"{used} / {limit}"
        self._meters[key].show_fraction(fraction, tone, f"{key}: {text}")
        say(self._figures[key], text)


def held_words(pacing: PacingView, now_s: float) -> str:
    """What waits, and for what; "" when nothing does."""
    parts = []
    if pacing.throttled_until_s is not None:
        parts.append(
            f"IBKR called it too many messages: half the rate for {left(pacing.throttled_until_s, now_s)}."
        )
    if pacing.queued:
        parts.append(f"{pacing.queued} {'request waits' if pacing.queued == 1 else 'requests wait'}.")
    if pacing.next_history_s is not None:
        parts.append(f"The next history request goes in {left(pacing.next_history_s, now_s)}.")
    if pacing.evicted:
        parts.append(_evicted_words(pacing.evicted))
    return " ".join(parts)


def late_words(late: int) -> str:
    """How many answers came when nobody waited any more; "" for none."""
    return f"{late} {'answer' if late == 1 else 'answers'} came too late since the start." if late else ""


def lines_words(pacing: PacingView) -> str:
    lost = f". {_evicted_words(pacing.evicted)}" if pacing.evicted else ""
    return f"Market data lines in use, of {pacing.lines_limit}{lost}"


def _evicted_words(evicted: int) -> str:
    who = "1 contract has" if evicted == 1 else f"{evicted} contracts have"
    return f"{who} no line: all are taken by what is more urgent."
