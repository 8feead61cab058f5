"""State marks: each state has a shape as well as a colour, so that neither eye nor screen decides."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui import theme


class State(Enum):
    """What a mark can say: the token of its colour."""

    GOOD = "ok"
    BUSY = "warning"
    BAD = "danger"
    OFF = "text_faint"


def paint_mark(painter: QPainter, box: QRectF, state: State) -> None:
    """Disc for good, ring for busy, triangle for bad, dash for off."""
    colour = QColor(getattr(theme.current(), state.value))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state is State.GOOD:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(box)
    elif state is State.BUSY:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, max(1.5, box.width() / 5)))
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
    elif state is State.BAD:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(
            QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()])
        )
    else:
        painter.setPen(QPen(colour, max(1.5, box.width() / 5)))
        painter.drawLine(
            QPointF(box.left() + 1, box.center().y()), QPointF(box.right() - 1, box.center().y())
        )


class Mark(QWidget):
    """One state mark of `size` design pixels."""

    def __init__(self, size: int = 10, *, name: str = "") -> None:
        super().__init__()
        self._size = size
        self._state = State.OFF
        self.setObjectName(name)
        self.setFixedSize(self.sizeHint())

    @property
    def state(self) -> State:
        return self._state

    def show_state(self, state: State, words: str) -> None:
        """`words` say the state to those who cannot see it."""
        self.setToolTip(words)
        self.setAccessibleName(words)
        if state is not self._state:
            self._state = state
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(self._size), theme.px(self._size))

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_mark(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._state)
