"""Candles and volume as rectangles on whole device pixels: a few batched calls, however many bars there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from core.market.bars import BarSlice
from gui.charts.batch import RectBatch
from gui.charts.inks import Inks
from gui.charts.prices import PriceScale
from gui.charts.window import TimeWindow

Floats = NDArray[np.float64]

_BODY_SHARE = 0.72
_LEAST_BODY_PX = 4.0
"""Narrower than this, bars are plain strokes: body and wick would be one."""
_LEAST_HOLLOW_PX = 5


class CandlePainter:
    """Draws one slice of bars; everything here is in device pixels, so that every edge is sharp."""

    def __init__(self) -> None:
        self._batch = RectBatch()
        self.drawn = 0
        """Rectangles in the last frame."""

    def paint(
        self,
        painter: QPainter,
        bars: BarSlice,
        window: TimeWindow,
        prices: PriceScale,
        volumes: PriceScale,
        inks: Inks,
        ratio: float,
    ) -> None:
        """`ratio` is device pixels per pixel; the painter comes in pixels and is left as it came."""
        self.drawn = 0
        if not bars.close.size:
            return
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.setPen(Qt.PenStyle.NoPen)
        wick, body = _widths(bars.span * window.bar_px * ratio, ratio)
        left = _lefts(bars, window, ratio, wick)
        rises = bars.close >= bars.open
        self._volume(painter, bars, left - (body - wick) // 2, body, rises, volumes, inks, ratio)
        high, low = np.rint(prices.ys(bars.high) * ratio), np.rint(prices.ys(bars.low) * ratio)
        opened, closed = np.rint(prices.ys(bars.open) * ratio), np.rint(prices.ys(bars.close) * ratio)
        for side, colour in ((~rises, inks.down), (rises, inks.up)):
            x, top = left[side], high[side]
            self.drawn += self._batch.draw(painter, colour, x, top, wick, np.maximum(low[side] - top, wick))
            if body > wick:
                edge = np.minimum(opened[side], closed[side])
                height = np.maximum(np.abs(opened[side] - closed[side]), wick)
                x = x - (body - wick) // 2
                self.drawn += self._batch.draw(painter, colour, x, edge, body, height)
                if colour is inks.up and body >= _LEAST_HOLLOW_PX * ratio:
                    self._hollow(painter, inks, x + wick, edge + wick, body - 2 * wick, height - 2 * wick)
        painter.restore()

    def _hollow(
        self, painter: QPainter, inks: Inks, x: Floats, y: Floats, width: float, height: Floats
    ) -> None:
        """Rising bodies are empty: direction is read without colour."""
        tall = height > 0
        self.drawn += self._batch.draw(painter, inks.surface, x[tall], y[tall], width, height[tall])

    def _volume(
        self,
        painter: QPainter,
        bars: BarSlice,
        x: Floats,
        width: float,
        rises: NDArray[np.bool_],
        volumes: PriceScale,
        inks: Inks,
        ratio: float,
    ) -> None:
        traded = bars.volume > 0  # false for NaN, too
        bottom = np.rint(volumes.bottom * ratio)
        for side, colour in ((traded & ~rises, inks.down_volume), (traded & rises, inks.up_volume)):
            top = np.minimum(np.rint(volumes.ys(bars.volume[side]) * ratio), bottom - 1)
            self.drawn += self._batch.draw(painter, colour, x[side], top, width, bottom - top)


def _widths(entry_px: float, ratio: float) -> tuple[float, float]:
    """Wick and body in whole device pixels, both odd or both even, so that the wick stands in the middle."""
    wick = max(1, round(ratio))
    if entry_px < _LEAST_BODY_PX * ratio:
        return wick, wick
    body = max(wick + 2, int(entry_px * _BODY_SHARE))
    return wick, body - (body - wick) % 2


def _lefts(bars: BarSlice, window: TimeWindow, ratio: float, wick: float) -> Floats:
    places = bars.first + bars.span * (np.arange(bars.close.size) + 0.5)
    lefts: Floats = np.floor(
        (window.width - (window.right - places) * window.bar_px) * ratio - wick / 2 + 0.5
    )
    return lefts
