"""A small line of one value over the session: where it started, where it is, how far it went."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

_MOST_POINTS = 1200


class Curve(QWidget):
    """Grows by `add`; coloured by whether it stands over or under where it began."""

    def __init__(
        self, text: Callable[[float], str], *, height: int = 56, size: float = 11, name: str = ""
    ) -> None:
        super().__init__()
        self._points: list[tuple[float, float]] = []
        self._text = text
        self._size = size
        self._hint = QSize(theme.px(120), theme.px(height))
        self._dimmed = False
        self.setObjectName(name)
        self.setMinimumHeight(theme.px(height) // 2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        return tuple(self._points)

    def add(self, at_s: float, value: float) -> None:
        """Take a value; times must not run backwards. Old detail is thinned, never the range of time."""
        self._points.append((at_s, value))
        if len(self._points) > _MOST_POINTS:
            half = len(self._points) // 2
            self._points = self._points[:half:2] + self._points[half:]
        self.update()

    def clear(self) -> None:
        self._points.clear()
        self.update()

    def set_size(self, size: float) -> None:
        """The height of its type, in design pixels."""
        self._size = size
        self.update()

    def set_dimmed(self, dimmed: bool) -> None:
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.update()

    def sizeHint(self) -> QSize:
        return self._hint

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.numeric_font(self._size))
            if len(self._points) < 2:
                painter.setPen(QColor(look.text_faint))
                painter.drawText(
                    self.rect(), Qt.AlignmentFlag.AlignCenter, "The curve begins with the next value"
                )
                return
            self._paint_line(painter, look)

    def _paint_line(self, painter: QPainter, look: theme.Theme) -> None:
        values = [value for _, value in self._points]
        low, high = min(values), max(values)
        texts = self._text(high), self._text(low)
        metrics = painter.fontMetrics()
        gutter = max(metrics.horizontalAdvance(text) for text in texts) + theme.px(8)
        plot = QRectF(self.rect()).adjusted(1, theme.px(5), -gutter, -theme.px(5))
        line = self._polygon(plot, low, high)
        colour = QColor(look.up if values[-1] >= values[0] else look.down)
        if self._dimmed:
            colour = QColor(look.text_faint)
        start_y = line[0].y()
        painter.setPen(QPen(QColor(look.border_strong), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(plot.left(), start_y), QPointF(plot.right(), start_y))
        ground = QColor(colour)
        ground.setAlpha(28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawPolygon(QPolygonF([QPointF(line[0].x(), start_y), *line, QPointF(line[-1].x(), start_y)]))
        painter.setPen(QPen(colour, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(line))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(line[-1], 2.2, 2.2)
        painter.setPen(QColor(look.text_dim))
        right = QRectF(plot.right(), 0, gutter, self.height())
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, texts[0])
        if high > low:
            painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, texts[1])

    def _polygon(self, plot: QRectF, low: float, high: float) -> list[QPointF]:
        first, last = self._points[0][0], self._points[-1][0]
        span, height = max(last - first, 1e-9), high - low
        return [
            QPointF(
                plot.left() + (at - first) / span * plot.width(),
                plot.center().y() if not height else plot.bottom() - (value - low) / height * plot.height(),
            )
            for at, value in self._points
        ]
