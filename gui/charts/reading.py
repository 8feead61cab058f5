"""What the chart says in words: the legend over the bars, and the crosshair's readings."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from gui import format as texts
from gui import theme as themes
from gui.charts.axes import GAP_PX
from gui.charts.inks import dashed
from gui.charts.overlays import paint_tag
from gui.charts.scene import LastBar, Scene
from gui.charts.times import moment_words

_LEFT_PX, _TOP_PX, _APART_PX = 10, 8, 12


class Reading(NamedTuple):
    """One bar as the legend tells it; `before` is the close it is measured against."""

    bar: LastBar
    before: float | None


def reading_at(scene: Scene, at_x: float | None) -> Reading | None:
    """The bar under the pointer, else the newest."""
    series, last = scene.subject.series, scene.last
    if last is None:
        return None
    newest = len(series) - 1
    place = newest if at_x is None else min(newest, max(0, int(scene.window.place(at_x))))
    before = float(series.close[place - 1]) if place else None
    if place == newest:
        return Reading(last, before)
    columns = (series.open, series.high, series.low, series.close, series.volume)
    return Reading(LastBar(*(float(column[place]) for column in columns)), before)


def paint_legend(painter: QPainter, scene: Scene, reading: Reading) -> None:
    """One line, its least important parts left out where there is no room for them."""
    inks = scene.inks
    room = scene.frame.plot_width - 2 * themes.px(_LEFT_PX)
    parts = _parts(scene, reading)
    widths = [_width(scene, part) for part in parts]
    while len(widths) > 1 and sum(widths) > room:
        widths.pop()
    left, top = themes.px(_LEFT_PX), themes.px(_TOP_PX)
    painter.fillRect(QRectF(left - 4, top - 3, sum(widths), inks.text_height + 6), inks.veil)
    x, middle = float(left), top + inks.text_height / 2
    for part in parts[: len(widths)]:
        for words, colour in part:
            x = inks.write(painter, x, middle, words, colour)
        x += themes.px(_APART_PX)


class Crosshair(NamedTuple):
    """The bar and the price under the pointer, with their readings on the axes."""

    x: float
    y: float
    price: str
    time: str
    left: float
    """Where the time's tag begins, and where it ends."""
    right: float


def crosshair_at(scene: Scene, at: QPointF) -> Crosshair | None:
    """`None` where the pointer is on an axis, or there is nothing to read."""
    frame, window, series = scene.frame, scene.window, scene.subject.series
    if at.x() >= frame.plot_width or at.y() >= frame.plot_bottom or scene.last is None:
        return None
    place = min(len(series) - 1, max(0, int(window.place(at.x()))))
    x, y = scene.snap(window.x(place + 0.5)), scene.snap(at.y())
    if y < frame.prices_bottom:
        price = scene.subject.price(_on_tick(scene, scene.prices.price(y)))
    else:
        price = texts.compact(max(0.0, scene.volumes.price(y)))
    time = moment_words(float(series.start[place]), scene.subject.clock, scene.subject.bar_s)
    width = scene.inks.width(time) + 2 * GAP_PX
    left = min(frame.plot_width - width, max(0.0, x - width / 2))
    return Crosshair(x, y, price, time, left, left + width)


def paint_crosshair(painter: QPainter, scene: Scene, cross: Crosshair) -> None:
    """The lines alone: they lie under tags and labels."""
    frame, middle = scene.frame, scene.hair / 2
    painter.setPen(dashed(scene.inks.cross, scene.hair, 4.0, 4.0))
    painter.drawLine(QLineF(0, cross.y + middle, frame.plot_width, cross.y + middle))
    if 0 <= cross.x < frame.plot_width:
        painter.drawLine(QLineF(cross.x + middle, 0, cross.x + middle, frame.plot_bottom))


def paint_readings(painter: QPainter, scene: Scene, cross: Crosshair) -> None:
    frame, inks = scene.frame, scene.inks
    paint_tag(painter, scene, cross.y, cross.price, inks.raised, filled=False)
    height = frame.height - frame.plot_bottom - 1
    painter.fillRect(QRectF(cross.left, frame.plot_bottom + 1, cross.right - cross.left, height), inks.raised)
    middle = (frame.plot_bottom + frame.height) / 2
    inks.write(painter, cross.left + GAP_PX, middle, cross.time, inks.text)


def _parts(scene: Scene, reading: Reading) -> list[list[tuple[str, QColor]]]:
    """Caption, open to close, change, volume: each a run of coloured words."""
    inks, bar, details = scene.inks, reading.bar, scene.subject.details
    colour = inks.told(bar.rises)
    parts = [[(scene.subject.caption, inks.text)]]
    parts.append(
        [
            piece
            for letter, price in (
                ("O ", bar.open),
                ("  H ", bar.high),
                ("  L ", bar.low),
                ("  C ", bar.close),
            )
            for piece in ((letter, inks.dim), (scene.subject.price(price), colour))
        ]
    )
    if reading.before:
        change = bar.close - reading.before
        words = f"{texts.change(change, details)} ({texts.signed_percent(change / reading.before)})"
        parts.append([(words, inks.told(change >= 0))])
    if scene.subject.has_volume and bar.volume == bar.volume:
        parts.append([("Vol ", inks.dim), (texts.compact(bar.volume), inks.text)])
    return parts


def _width(scene: Scene, part: list[tuple[str, QColor]]) -> float:
    return sum(scene.inks.width(words) for words, _ in part) + themes.px(_APART_PX)


def _on_tick(scene: Scene, price: float) -> float:
    tick = scene.subject.tick(price)
    return round(price / tick) * tick
