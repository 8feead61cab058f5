"""The two links drawn apart: this app to the gateway, the gateway to IBKR."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets.mark import State, paint_mark

_DASHES = {
    State.GOOD: Qt.PenStyle.SolidLine,
    State.BUSY: Qt.PenStyle.DashLine,
    State.BAD: Qt.PenStyle.DotLine,
    State.OFF: Qt.PenStyle.DotLine,
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One link: its state, a word or two under the line, and since when."""

    state: State = State.OFF
    words: str = ""
    since: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.words} {self.since}".strip()


class TwoLinks(QWidget):
    """Three stations and the two lines between them."""

    def __init__(self) -> None:
        super().__init__()
        self._stations = ("IBDesk", "Gateway", "IBKR")
        self._legs = (Leg(), Leg())
        self.setObjectName("two-links")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def legs(self) -> tuple[Leg, Leg]:
        return self._legs

    def show_links(self, stations: tuple[str, str, str], near: Leg, far: Leg) -> None:
        """`near` is this app to the gateway, `far` the gateway to IBKR."""
        if (stations, (near, far)) == (self._stations, self._legs):
            return
        self._stations, self._legs = stations, (near, far)
        here, gateway, broker = stations
        words = f"{here} to {gateway}: {near.sentence}. {gateway} to {broker}: {far.sentence}."
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(260), theme.px(58))

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            boxes = self._station_boxes(painter)
            for box, name in zip(boxes, self._stations, strict=True):
                painter.setPen(QPen(QColor(look.border_strong), 1))
                painter.setBrush(QColor(look.raised))
                painter.drawRoundedRect(box, 4, 4)
                painter.setPen(QColor(look.text))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
            for leg, left, right in zip(self._legs, boxes[:-1], boxes[1:], strict=True):
                self._paint_leg(painter, leg, left.right(), right.left(), left.center().y())

    def _station_boxes(self, painter: QPainter) -> list[QRectF]:
        painter.setFont(theme.numeric_font(12))
        metrics = painter.fontMetrics()
        widths = [metrics.horizontalAdvance(name) + theme.px(16) for name in self._stations]
        height = theme.px(22)
        gap = max(theme.px(20), (self.width() - 2 - sum(widths)) / 2)
        boxes, left = [], 1.0
        for width in widths:
            boxes.append(QRectF(left, 1.0, width, height))
            left += width + gap
        return boxes

    def _paint_leg(self, painter: QPainter, leg: Leg, start: float, end: float, y: float) -> None:
        look = theme.current()
        painter.setPen(QPen(QColor(getattr(look, leg.state.value)), 2, _DASHES[leg.state]))
        painter.drawLine(QPointF(start + 3, y), QPointF(end - 3, y))
        size, middle = theme.px(10), (start + end) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.surface))
        painter.drawRect(QRectF(middle - size, y - size, 2 * size, 2 * size))
        paint_mark(painter, QRectF(middle - size / 2, y - size / 2, size, size), leg.state)
        painter.setFont(theme.numeric_font(11))
        painter.setPen(QColor(look.text_dim))
        under = QRectF(start - theme.px(30), y + theme.px(13), end - start + theme.px(60), theme.px(16))
        for line in (leg.words, leg.since):
            words = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, int(under.width()))
            painter.drawText(under, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)
            under.translate(0, theme.px(14))
