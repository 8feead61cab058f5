"""The chart widget painting into a picture: one frame each, a million bars behind it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from time import perf_counter

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from core.domain.quote import Bar, BarKey
from core.market.bars import BarSeries
from gui import theme
from gui.charts.canvas import ChartCanvas
from gui.charts.scene import Subject
from gui.charts.times import zone_named
from tests.gui.charts.market import walk

BARS = 1_000_000
FRAMES = 200
SIZE = (1200, 700)


def update_frame() -> list[float]:
    canvas, series = _canvas()

    def change() -> None:
        last = series.last
        assert last is not None
        series.apply(last._replace(close=last.close + 0.01, high=last.high + 0.01))
        canvas.bars_changed()

    return _frames(canvas, change)


def pan_frame() -> list[float]:
    canvas, _ = _canvas()
    return _frames(canvas, lambda: canvas._pan(QPointF(7, 0)))


def whole_frame() -> list[float]:
    canvas, _ = _canvas()
    canvas.bar_px = 1e-9
    return _frames(canvas, lambda: None)


def _frames(canvas: ChartCanvas, change: Callable[[], None]) -> list[float]:
    image = QImage(*SIZE, QImage.Format.Format_ARGB32_Premultiplied)
    canvas.render(image)
    samples = []
    for _ in range(FRAMES):
        began = perf_counter()
        change()
        canvas.render(image)
        samples.append((perf_counter() - began) * 1e3)
    return samples


def _canvas() -> tuple[ChartCanvas, BarSeries]:
    application()
    series = _million()
    canvas = ChartCanvas()
    canvas.resize(*SIZE)
    canvas.show_subject(Subject(series, "AAPL · 1m", zone_named("US/Eastern")))
    return canvas, series


@cache
def application() -> QApplication:
    made = QApplication.instance() or QApplication([])
    assert isinstance(made, QApplication)
    theme.apply(made, theme.DARK)
    return made


@cache
def _million() -> BarSeries:
    """A short walk laid end to end: what is drawn depends on the view, not on how prices came about."""
    block = walk(10_000)
    span = block[-1].start - block[0].start
    series = BarSeries(BarKey(265598, "1 min"), most=BARS)
    series.replace(
        Bar(bar.start + number * span * 1.001, *bar[1:]) for number in range(BARS // 10_000) for bar in block
    )
    return series
