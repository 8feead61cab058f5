"""A line of totals under a table: a few names, each with its figure."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui import theme

Total = tuple[str, str, str]
"""What is totalled, the figure as text, and its tone."""


class Totals(QWidget):
    """Painted in one go; names dim, figures plain. What does not fit is left out whole, from the right."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._totals: tuple[Total, ...] = ()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        return "   ".join(f"{name} {figure}" for name, figure, _ in self._totals)

    def show_totals(self, totals: Sequence[Total]) -> None:
        if tuple(totals) != self._totals:
            self._totals = tuple(totals)
            self.setAccessibleName(self.words)
            self.setToolTip(self.words)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(100), theme.px(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        small, strong = theme.numeric_font(11), theme.numeric_font(12, QFont.Weight.DemiBold)
        left, gap, between = 0, theme.px(6), theme.px(20)
        with QPainter(self) as painter:
            for name, figure, tone in self._totals:
                name_wide = QFontMetrics(small).horizontalAdvance(name)
                wide = QFontMetrics(strong).horizontalAdvance(figure)
                if left + name_wide + gap + wide > self.width():
                    break
                painter.setFont(small)
                painter.setPen(QColor(worn.text_dim))
                painter.drawText(left, 0, name_wide + 2, self.height(), Qt.AlignmentFlag.AlignVCenter, name)
                painter.setFont(strong)
                painter.setPen(QColor(getattr(worn, tone or "text")))
                at = left + name_wide + gap
                painter.drawText(at, 0, wide + 2, self.height(), Qt.AlignmentFlag.AlignVCenter, figure)
                left = at + wide + between


class BottomBar(QWidget):
    """A bar under a table: the first widget takes the room, the others follow it on the right."""

    def __init__(self, first: QWidget, *others: QWidget) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(7), theme.px(3), theme.px(6), theme.px(3))
        row.setSpacing(theme.px(4))
        row.addWidget(first, 3)
        for other in others:
            row.addWidget(other, 1 if isinstance(other, QLabel) else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(worn.surface_alt))
            painter.setPen(QColor(worn.border))
            painter.drawLine(self.rect().topLeft(), self.rect().topRight())
