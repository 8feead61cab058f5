"""Many rectangles in one call: numpy rows handed to Qt's painter without a Python object for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# pyqtgraph keeps this for itself; it is the part of it that makes a chart fast, and the lock pins it.
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

Floats = NDArray[np.float64]


class RectBatch:
    """A buffer of rectangles that grows and is used again for every frame."""

    def __init__(self) -> None:
        self._rects = PrimitiveArray(QRectF, 4)

    def draw(
        self, painter: QPainter, colour: QColor, x: Floats, y: Floats, width: float, height: Floats
    ) -> int:
        """Fills one rectangle a row and says how many; the caller's brush and pen are spent."""
        count = int(x.size)
        if not count:
            return 0
        self._rects.resize(count)
        rows = self._rects.ndarray()
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = x, y, width, height
        painter.setBrush(colour)
        painter.drawRects(*self._rects.drawargs())
        return count

    def draw_rows(
        self, painter: QPainter, colour: QColor, rows: list[tuple[float, float, float, float]]
    ) -> None:
        """Fills a few rectangles, each given as x, y, width and height."""
        if rows:
            self._rects.resize(len(rows))
            self._rects.ndarray()[:] = rows
            painter.setBrush(colour)
            painter.drawRects(*self._rects.drawargs())
