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


def paint_crosshair(painter: QPainter, scene: Scene, at: QPointF) -> None:
    """Lines through the bar and the price under the pointer, each with its reading on the axis."""
    frame, inks, window = scene.frame, scene.inks, scene.window
    if at.x() >= frame.plot_width or at.y() >= frame.plot_bottom or scene.last is None:
        return
    place = min(len(scene.subject.series) - 1, max(0, int(window.place(at.x()))))
    x, y = round(window.x(place + 0.5) - 0.5), round(at.y())
    painter.setPen(dashed(inks.cross, 4.0, 4.0))
    lines = [QLineF(0, y, frame.plot_width - 1, y)]
    if 0 <= x < frame.plot_width:
        lines.append(QLineF(x, 0, x, frame.plot_bottom - 1))
    painter.drawLines(lines)
    if y < frame.prices_bottom:
        words = scene.subject.price(_on_tick(scene, scene.prices.price(y)))
    else:
        words = texts.compact(max(0.0, scene.volumes.price(y)))
    paint_tag(painter, scene, y, words, inks.raised, filled=False)
    _paint_time(painter, scene, x, float(scene.subject.series.start[place]))


def _paint_time(painter: QPainter, scene: Scene, x: float, start_s: float) -> None:
    frame, inks = scene.frame, scene.inks
    words = moment_words(start_s, scene.subject.clock, scene.subject.bar_s)
    width = inks.width(words) + 2 * GAP_PX
    left = min(frame.plot_width - width, max(0.0, x - width / 2))
    painter.fillRect(
        QRectF(left, frame.plot_bottom + 1, width, frame.height - frame.plot_bottom - 1), inks.raised
    )
    inks.write(painter, left + GAP_PX, (frame.plot_bottom + frame.height) / 2, words, inks.text)


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
    if bar.volume == bar.volume:
        parts.append([("Vol ", inks.dim), (texts.compact(bar.volume), inks.text)])
    return parts


def _width(scene: Scene, part: list[tuple[str, QColor]]) -> float:
    return sum(scene.inks.width(words) for words, _ in part) + themes.px(_APART_PX)


def _on_tick(scene: Scene, price: float) -> float:
    tick = scene.subject.tick(price)
    return round(price / tick) * tick
