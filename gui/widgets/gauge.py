"""The cushion as a gauge: how much excess liquidity is left, read from across the room."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

_START, _SPAN = 210.0, -240.0
"""Degrees: from lower left over the top to lower right."""


class Gauge(QWidget):
    """An arc filled to a fraction, a big figure inside it, words under that."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._fraction: float | None = None
        self._figure, self._words, self._tone = "–", "", "text_faint"
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_value(self, fraction: float | None, figure: str, words: str, tone: str) -> None:
        if (fraction, figure, words, tone) != (self._fraction, self._figure, self._words, self._tone):
            self._fraction, self._figure, self._words, self._tone = fraction, figure, words, tone
            self.setAccessibleName(f"{figure}. {words}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(260), theme.px(200))

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        stroke = max(theme.px(8), round(min(self.width(), self.height()) / 16))
        side = min(self.width(), self.height() * 1.22) - 2 * stroke
        box = QRectF((self.width() - side) / 2, stroke, side, side)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._arc(painter, box, 1.0, QColor(look.border), stroke)
            if self._fraction is not None:
                filled = min(1.0, max(0.005, self._fraction))
                self._arc(painter, box, filled, QColor(getattr(look, self._tone)), stroke)
            font = theme.numeric_font(max(20.0, side / 5.2) / theme.zoom())
            font.setWeight(font.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(QColor(look.text if self._tone != "text_faint" else look.text_faint))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._figure)
            painter.setFont(theme.numeric_font(max(11.0, side / 17) / theme.zoom()))
            painter.setPen(QColor(look.text_dim))
            under = QRectF(0, box.center().y() + side * 0.16, self.width(), side * 0.4)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(under, int(flags), self._words)

    def _arc(self, painter: QPainter, box: QRectF, fraction: float, colour: QColor, stroke: int) -> None:
        pen = QPen(colour, stroke)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawArc(box, round(_START * 16), round(_SPAN * fraction * 16))
