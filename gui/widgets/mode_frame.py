"""The coloured edge of the window: whose money this is, at the corner of every eye."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.domain.link import Mode
from gui import theme

EDGE = 3
ARMED_EDGE = 7
"""Nobody should overlook that orders go out for real."""


class ModeFrame(QWidget):
    """A column of widgets inside an edge of the mode's colour."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mode-frame")
        self._mode = Mode.UNKNOWN
        self._edge = EDGE
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        self.column.setSpacing(0)

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def edge(self) -> int:
        """How wide the coloured edge is."""
        return self._edge

    def show_mode(self, mode: Mode, armed: bool = False) -> None:
        edge = ARMED_EDGE if armed else EDGE
        if (mode, edge) != (self._mode, self._edge):
            self._mode, self._edge = mode, edge
            self.column.setContentsMargins(edge, edge, edge, edge)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            pen = QPen(QColor(theme.current().mode(self._mode)), self._edge)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            half = self._edge / 2
            painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))
