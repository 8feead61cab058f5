"""Two ways of arranging widgets that more than one page uses."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QWidget

from gui import theme


def scrolled(body: QWidget) -> QScrollArea:
    """`body` as wide as there is room, scrolling downwards when there is not enough height."""
    area = QScrollArea()
    area.setWidget(body)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def foot(left: QPushButton, right: QPushButton) -> QWidget:
    """A quiet way out on the left, the way on over the rest."""
    made = QWidget()
    row = QHBoxLayout(made)
    gap = theme.px(8)
    row.setContentsMargins(gap, theme.px(6), gap, gap)
    row.setSpacing(gap)
    left.setFixedWidth(theme.px(92))
    for button in (left, right):
        button.setMinimumHeight(theme.px(34))
    row.addWidget(left)
    row.addWidget(right, 1)
    return made
