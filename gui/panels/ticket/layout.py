"""Where the ticket's parts stand: the fields scroll, what must be seen before Send does not."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.panels.ticket.cushion_bar import CushionBar
from gui.panels.ticket.form import TicketForm
from gui.panels.ticket.head import TicketHead
from gui.panels.ticket.legs import Legs
from gui.panels.ticket.menu import TicketMenu
from gui.panels.ticket.one_click import OneClick
from gui.panels.ticket.review import TicketReview
from gui.widgets.checks import CheckLines
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.layouts import foot, scrolled
from gui.widgets.notice import Notice

_MOST_OF_HEIGHT = 0.3
"""The checks take at most so much; the rest of them scrolls."""


def lay_out(panel: Parts, on: QWidget) -> ChecksArea:
    """Everything into its place; the area in which the checks scroll."""
    gap = theme.px(8)
    body = QWidget()
    inside = QVBoxLayout(body)
    inside.setContentsMargins(gap, theme.px(6), gap, theme.px(4))
    inside.setSpacing(theme.px(6))
    for part in (panel.head, panel.legs, panel.form):
        inside.addWidget(part)
    inside.addStretch(1)
    edit = QWidget()
    page = QVBoxLayout(edit)
    page.setContentsMargins(0, 0, 0, 0)
    page.setSpacing(0)
    page.addWidget(scrolled(body), 1)
    checks_area = ChecksArea(panel.checks, on)
    page.addWidget(_pinned(panel, checks_area))
    panel.pages.addWidget(edit)
    panel.pages.addWidget(panel.review)
    panel.feet.addWidget(_edit_foot(panel))
    panel.feet.addWidget(foot(panel.review.back, panel.review.send))
    panel.feet.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    column = QVBoxLayout(on)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    # Notices come between: neither the fields nor the buttons move when they do.
    for layer in (panel.pages, panel.menu.sheet, panel.offer, panel.followed, panel.feet):
        column.addWidget(layer)
    column.setStretch(0, 1)
    return checks_area


class Parts(Protocol):
    """What is laid out: the ticket, by the names of its parts."""

    head: TicketHead
    legs: Legs
    form: TicketForm
    sentence: QLabel
    checks: CheckLines
    cushion: CushionBar
    offer: Notice
    followed: Notice
    menu: TicketMenu
    one_click: OneClick
    review: TicketReview
    review_button: DeliberateButton
    clear_button: DeliberateButton
    pages: QStackedWidget
    feet: QStackedWidget


class ChecksArea(QScrollArea):
    """As tall as its lines are, up to a part of the panel; gone while there are none."""

    def __init__(self, checks: CheckLines, panel: QWidget) -> None:
        super().__init__()
        self._checks, self._panel = checks, panel
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(checks)
        column.addStretch(1)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        # New lines have their height only once they have been laid out.
        checks.installEventFilter(self)

    def fit(self) -> None:
        self.setVisible(bool(self._checks.lines))
        layout = self._checks.layout()
        if layout is not None:
            width = max(1, self._panel.width() - 2 * theme.px(8) - theme.px(10))
            most = round(self._panel.height() * _MOST_OF_HEIGHT)
            self.setFixedHeight(max(1, min(layout.totalHeightForWidth(width) + theme.px(2), most)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            # Not from within the pass that lays them out: the parts around would not hear of it.
            QTimer.singleShot(0, self, self.fit)
        return super().eventFilter(watched, event)


def _pinned(panel: Parts, checks_area: ChecksArea) -> QWidget:
    """Checks, cushion and the sentence, always in sight right above the button."""
    made = QWidget()
    gap = theme.px(8)
    column = QVBoxLayout(made)
    column.setContentsMargins(gap, theme.px(4), gap, 0)
    column.setSpacing(theme.px(6))
    for part in (checks_area, panel.cushion, panel.sentence):
        column.addWidget(part)
    return made


def _edit_foot(panel: Parts) -> QWidget:
    made = QWidget()
    gap = theme.px(8)
    row = QHBoxLayout(made)
    row.setContentsMargins(gap, theme.px(6), gap, gap)
    row.setSpacing(theme.px(6))
    row.addWidget(panel.clear_button)
    row.addWidget(panel.one_click.button)
    row.addWidget(panel.review_button, 1)
    for button in (panel.clear_button, panel.one_click.button, panel.review_button):
        button.setMinimumHeight(theme.px(34))
    return made
