"""Grid and axes: ticks are found once for each range and kept, since they cost more than the candles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from gui import format as texts
from gui import theme as themes
from gui.charts import prices, times
from gui.charts.batch import RectBatch
from gui.charts.scene import Scene
from gui.charts.times import TimeTick

PRICE_SPACING_PX = 44
TIME_SPACING_PX = 78
GAP_PX = 7
"""Between the plot's edge and a label."""


class AxisMarks(NamedTuple):
    """One frame's ticks: (y, price in words) and (x, tick)."""

    prices: list[tuple[float, str]]
    times: list[tuple[float, TimeTick]]


class Taken(NamedTuple):
    """Where tags stand: a label half hidden under one says less than none."""

    ys: list[float]
    """Middles of tags on the price axis."""
    xs: tuple[float, float] = (0.0, 0.0)
    """From where to where the time axis is covered."""


class Axes:
    """Remembers the last ticks: a live update moves prices within a range far more often than the range."""

    def __init__(self) -> None:
        self._batch = RectBatch()
        self._price_range: tuple[float, ...] = ()
        self._price_ticks: list[tuple[float, str]] = []
        self._time_range: tuple[object, int, int] = (None, 0, 0)
        """What the ticks were found for, and the bars they cover."""
        self._time_ticks: list[TimeTick] = []

    def price_ticks(self, scene: Scene) -> list[tuple[float, str]]:
        scale, subject = scene.prices, scene.subject
        tick = subject.tick(scale.high)
        asked = (scale.low, scale.high, scale.top, scale.bottom, tick)
        if asked != self._price_range:
            found = prices.ticks(scale, tick, themes.px(PRICE_SPACING_PX))
            self._price_ticks = [(price, subject.price(price)) for price in found]
            self._price_range = asked
        return self._price_ticks

    def time_ticks(self, scene: Scene) -> list[TimeTick]:
        """Found for a screen more on either side, so that panning seldom finds them anew."""
        bars, series = scene.bars, scene.subject.series
        asked = (id(series), float(series.start[0]), bars.span, scene.window.bar_px)
        end = bars.first + bars.span * bars.close.size
        known, first_known, end_known = self._time_range
        if asked != known or bars.first < first_known or end > end_known:
            room = bars.span * bars.close.size
            # One entry more on the left, so that the first in view knows what it turned from.
            first = max(0, bars.first - room - bars.span)
            end = min(end + room, len(series))
            places = np.arange(first, end, bars.span)
            self._time_ticks = times.ticks(
                series.start[places],
                places,
                scene.subject.clock,
                scene.subject.bar_s,
                scene.window.bar_px,
                themes.px(TIME_SPACING_PX),
            )
            self._time_range = (asked, first + bars.span if first else 0, end + bars.span - 1)
        return self._time_ticks

    def marks(self, scene: Scene) -> AxisMarks:
        """Where this frame's ticks stand, in whole pixels."""
        window, half = scene.window, scene.bars.span / 2
        xs = [(scene.snap(window.x(tick.place + half)), tick) for tick in self.time_ticks(scene)]
        return AxisMarks(
            [(scene.snap(scene.prices.y(price)), words) for price, words in self.price_ticks(scene)],
            [(x, tick) for x, tick in xs if 0 <= x < scene.frame.plot_width],
        )

    def paint_grid(self, painter: QPainter, scene: Scene, marks: AxisMarks) -> None:
        frame, inks, hair = scene.frame, scene.inks, scene.hair
        painter.setPen(Qt.PenStyle.NoPen)
        rows = [(0.0, y, frame.plot_width, hair) for y, _ in marks.prices]
        rows += [(x, 0.0, hair, frame.plot_bottom) for x, tick in marks.times if not tick.strong]
        self._batch.draw_rows(painter, inks.grid, rows)
        strong = [(x, 0.0, hair, frame.plot_bottom) for x, tick in marks.times if tick.strong]
        self._batch.draw_rows(painter, inks.day, strong)

    def paint_labels(self, painter: QPainter, scene: Scene, marks: AxisMarks, taken: Taken) -> None:
        frame, inks, hair = scene.frame, scene.inks, scene.hair
        painter.setPen(Qt.PenStyle.NoPen)
        edge, bottom, split = (
            scene.snap(at + hair / 2) for at in (frame.plot_width, frame.plot_bottom, frame.volume_top)
        )
        rows = [(edge, 0.0, hair, frame.height), (0.0, bottom, frame.width, hair)]
        if split < bottom:
            rows.append((0.0, split, frame.width, hair))
        self._batch.draw_rows(painter, inks.border, rows)
        self._paint_prices(painter, scene, marks, taken.ys)
        self._paint_times(painter, scene, marks, taken.xs)
        if scene.most_volume > 0:
            words = texts.compact(scene.most_volume)
            inks.write(painter, frame.plot_width + GAP_PX, scene.volumes.top, words, inks.dim)

    def _paint_prices(self, painter: QPainter, scene: Scene, marks: AxisMarks, taken: list[float]) -> None:
        frame, inks = scene.frame, scene.inks
        half = inks.text_height / 2
        apart = (inks.text_height + inks.tag_height) / 2
        for y, words in marks.prices:
            is_free = all(abs(y - middle) >= apart for middle in taken)
            if is_free and half < y < frame.prices_bottom - half:
                inks.write(painter, frame.plot_width + GAP_PX, y, words, inks.dim)

    def _paint_times(
        self, painter: QPainter, scene: Scene, marks: AxisMarks, taken: tuple[float, float]
    ) -> None:
        frame, inks = scene.frame, scene.inks
        middle = (frame.plot_bottom + frame.height) / 2
        for x, tick in marks.times:
            half = inks.width(tick.text, tick.strong) / 2
            left, right = x - half, x + half
            is_free = right < taken[0] or left > taken[1]
            if is_free and left >= 2 and right <= frame.plot_width - 2:
                colour = inks.text if tick.strong else inks.dim
                inks.write(painter, left, middle, tick.text, colour, tick.strong)
        if scene.bars.close.size and scene.subject.bar_s < times.DAY_S:
            zone = scene.subject.clock.name_at(float(scene.subject.series.start[-1]))
            inks.write(painter, frame.plot_width + GAP_PX, middle, zone, inks.dim)
