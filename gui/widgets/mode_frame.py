"""The coloured edge of the window: whose money this is, at the corner of every eye."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.domain.link import Mode
from gui import theme

EDGE = 3


class ModeFrame(QWidget):
    """A column of widgets inside an edge of the mode's colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mode-frame")
        self._mode = Mode.UNKNOWN
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        self.column.setSpacing(0)

    @property
    def mode(self) -> Mode:
        return self._mode

    def show_mode(self, mode: Mode) -> None:
        if mode is not self._mode:
            self._mode = mode
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            pen = QPen(QColor(theme.current().mode(self._mode)), EDGE)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            half = EDGE / 2
            painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))
