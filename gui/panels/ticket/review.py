"""The review: the whole order in words, what it is worth and costs, what the checks say; then Send, or Back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.domain.link import Mode
from core.domain.order import Side
from core.domain.verdict import Objection
from gui import theme
from gui.panels.ticket.cushion_bar import CushionBar
from gui.widgets.checks import CheckLines
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.layouts import scrolled
from gui.widgets.text import label, say

Facts = Sequence[tuple[str, str]]


class Reviewed(NamedTuple):
    """All that the review shows of an order."""

    side: Side
    headline: str
    """BUY 100 AAPL"""
    terms: str
    """Limit 150.25, day"""
    sentence: str
    facts: Facts
    warning: str
    """What IB added to its what-if."""
    mode: Mode
    account: str
    send: str
    """What the send button says."""
    kind: str
    """And how it looks: buy, sell, or danger."""


class TicketReview(QWidget):
    """Shown in the form's place; the terms cannot be edited here. The panel puts `send` and `back` at its foot.

    Signals:
        sent: the trader pressed Send, with everything taken on.
        backed: back to the form.
    """

    sent = Signal()
    backed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._hard = False
        self.headline = label(name="review-headline", wrap=True)
        self.terms = label(name="review-terms", wrap=True)
        self.sentence = label(role="caption", name="review-sentence", wrap=True)
        self.warning = label(tone="warning", name="review-warning", wrap=True)
        self.badge = ModeBadge()
        self.cushion = CushionBar("review-cushion")
        self.checks = CheckLines("review-checks", boxes=True)
        self._all_well = label("All checks passed.", tone="ok", name="review-well")
        self._asks = label(name="review-asks", wrap=True)
        self.send = DeliberateButton("Send", "send", "primary")
        self.back = DeliberateButton("Back", "back", "quiet")
        self.back.setToolTip("Esc")
        self._facts = QGridLayout()
        self._fact_labels: list[tuple[QLabel, QLabel]] = []
        self._lay_out()
        self.checks.taken_on.connect(self._on_taken_on)
        self.send.clicked.connect(self.sent)
        self.back.clicked.connect(self.backed)

    def show_review(self, reviewed: Reviewed, objections: Sequence[Objection]) -> None:
        """Show the order, and what the checks say of it now."""
        say(self.headline, reviewed.headline)
        colour = getattr(theme.current(), reviewed.side.lower())
        _wear(self.headline, f"color: {colour}; font-size: {theme.px(20)}px; font-weight: 600")
        say(self.terms, reviewed.terms)
        say(self.sentence, reviewed.sentence)
        self.badge.show_mode(reviewed.mode, reviewed.account)
        self._show_facts(reviewed.facts)
        say(self.warning, reviewed.warning)
        self.warning.setVisible(bool(reviewed.warning))
        self.send.say(reviewed.send, reviewed.kind)
        self.show_objections(objections)

    def show_objections(self, objections: Sequence[Objection]) -> None:
        """The gate's present word; boxes already ticked stay."""
        self._hard = any(objection.hard for objection in objections)
        self.checks.show_objections(objections)
        self._all_well.setVisible(not objections)
        self._open_or_shut()

    def focus_first(self) -> None:
        """The first box to tick, else Send, else Back."""
        open_box = next((box for box in self.checks.boxes.values() if not box.isChecked()), None)
        target = open_box or (self.send if self.send.isEnabled() else self.back)
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_taken_on(self) -> None:
        self._open_or_shut()
        if any(box.hasFocus() and box.isChecked() for box in self.checks.boxes.values()):
            self.focus_first()

    def _open_or_shut(self) -> None:
        left = sum(not box.isChecked() for box in self.checks.boxes.values())
        self.send.setEnabled(not self._hard and not left)
        if self._hard:
            say(self._asks, "This order cannot be sent as it is. Go back and change it.", "danger")
        elif left:
            say(
                self._asks,
                f"Tick {'the box' if left == 1 else f'the {left} boxes'} to take it on.",
                "warning",
            )
        else:
            say(self._asks, "", "dim")
        self._asks.setVisible(bool(self._asks.text()))
        self.send.setToolTip(self._asks.text())

    def _show_facts(self, facts: Facts) -> None:
        while len(self._fact_labels) < len(facts):
            row = len(self._fact_labels)
            name, value = label(tone="dim"), label(wrap=True, name=f"fact-{row}")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(value, row, 1)
            self._fact_labels.append((name, value))
        for row, (name, value) in enumerate(self._fact_labels):
            there = row < len(facts)
            say(name, facts[row][0] if there else "")
            say(value, facts[row][1] if there else "")
            name.setVisible(there)
            value.setVisible(there)

    def _lay_out(self) -> None:
        gap = theme.px(8)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(gap, gap, gap, gap)
        inside.setSpacing(theme.px(6))
        top = QHBoxLayout()
        top.addWidget(label("REVIEW", role="heading"))
        top.addStretch(1)
        top.addWidget(self.badge)
        inside.addLayout(top)
        inside.addWidget(self.headline)
        inside.addWidget(self.terms)
        inside.addWidget(_rule())
        self._facts.setHorizontalSpacing(gap)
        self._facts.setVerticalSpacing(theme.px(4))
        self._facts.setColumnStretch(1, 1)
        inside.addLayout(self._facts)
        inside.addWidget(self.warning)
        inside.addWidget(self.cushion)
        inside.addWidget(_rule())
        inside.addWidget(self.checks)
        inside.addWidget(self._all_well)
        inside.addWidget(self._asks)
        inside.addStretch(1)
        inside.addWidget(self.sentence)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scrolled(body))


class ModeBadge(QLabel):
    """Whose money: SIM, PAPER or LIVE on its colour, and the account."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName("review-mode")

    def show_mode(self, mode: Mode, account: str) -> None:
        worn = theme.current()
        say(self, f"{mode} {account}".strip())
        _wear(
            self,
            f"background: {worn.mode(mode)}; color: {worn.on_mode(mode)}; border-radius: {theme.px(3)}px;"
            f"padding: {theme.px(1)}px {theme.px(7)}px; font-size: {theme.px(11)}px; font-weight: 600",
        )


def _wear(widget: QWidget, style: str) -> None:
    """A style of its own, set only when it changed: polishing is not free."""
    if widget.styleSheet() != style:
        widget.setStyleSheet(style)


def _rule() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Plain)
    line.setForegroundRole(QPalette.ColorRole.Mid)
    return line
