"""Horizontal meters: a budget used up, or a cushion left."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme


class Meter(QWidget):
    """A bar filled to a fraction, with ticks where limits stand; empty when the fraction is unknown."""

    def __init__(self, *, width: int = 80, height: int = 6, name: str = "") -> None:
        super().__init__()
        self._hint = QSize(theme.px(width), theme.px(height))
        self._fraction: float | None = None
        self._tone = "accent"
        self._ticks: tuple[float, ...] = ()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_fraction(
        self, fraction: float | None, tone: str, words: str, ticks: tuple[float, ...] = ()
    ) -> None:
        """Fill to `fraction` (0 to 1) in the theme's `tone`; `words` say the same as text."""
        if (fraction, tone, ticks) != (self._fraction, self._tone, self._ticks):
            self._fraction, self._tone, self._ticks = fraction, tone, ticks
            self.update()
        if self.toolTip() != words:
            self.setToolTip(words)
            self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        return self._hint

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        box = QRectF(self.rect())
        radius = min(box.height() / 2, 3.0)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.border))
            painter.drawRoundedRect(box, radius, radius)
            if self._fraction is not None:
                filled = QRectF(box)
                filled.setWidth(box.width() * min(1.0, max(0.0, self._fraction)))
                painter.setBrush(QColor(getattr(look, self._tone)))
                painter.drawRoundedRect(filled, radius, radius)
            painter.setBrush(QColor(look.surface))
            for tick in self._ticks:
                painter.drawRect(QRectF(box.left() + box.width() * tick - 0.5, box.top(), 1.0, box.height()))
