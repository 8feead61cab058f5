"""A tick box that is seen in both themes: what it asks may stop an order."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from gui import theme

_SIDE_PX = 15


class TickBox(QCheckBox):
    """A box, its tick, and its words."""

    def __init__(self, text: str, name: str, accessible: str = "") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setAccessibleName(accessible or text)

    def sizeHint(self) -> QSize:
        side = theme.px(_SIDE_PX)
        words = self.fontMetrics().horizontalAdvance(self.text()) + theme.px(7) if self.text() else 0
        return QSize(side + 2 + words, max(side + 3, self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        side = theme.px(_SIDE_PX)
        box = QRectF(1, (self.height() - side) / 2, side, side).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = worn.accent if self.hasFocus() else worn.text_faint if self.isEnabled() else worn.border
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
            painter.setBrush(QColor(worn.accent_fill if self.isChecked() else worn.surface))
            painter.drawRoundedRect(box, 3, 3)
            if self.isChecked():
                painter.setPen(QPen(QColor(worn.on_fill), max(1.5, side / 8)))
                points = ((0.24, 0.53), (0.43, 0.72), (0.77, 0.30))
                corners = [
                    QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in points
                ]
                painter.drawPolyline(corners)
            painter.setPen(QColor(worn.text if self.isEnabled() else worn.text_faint))
            painter.setFont(self.font())
            words = self.rect().adjusted(side + theme.px(7), 0, 0, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
