"""Lines, fills and tags over the bars: what the trader has in this market, and the price it is at."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF

from core.domain.order import Side
from gui import theme as themes
from gui.charts.axes import GAP_PX
from gui.charts.inks import dashed
from gui.charts.marks import FillMark, LineKind, spread
from gui.charts.scene import Scene

_FILL_PX = 5.0
_MOST_FILLS = 300
_CHIP_GAP_PX = 6.0


@dataclass(frozen=True, slots=True)
class Tag:
    """A price on the axis; with a label, also a chip at its line."""

    y: float
    words: str
    colour: QColor
    label: str = ""


def paint_lines(painter: QPainter, scene: Scene) -> None:
    """Levels across the plot, under the bars' tags; those out of view are told by their tags alone."""
    frame, inks, quote = scene.frame, scene.inks, scene.overlay.quote
    for line in scene.overlay.lines:
        if line.kind is LineKind.POSITION:
            _dashes(painter, scene, line.price, inks.lines[line.kind], 6.0, 4.0)
        else:
            _line(painter, scene, line.price, inks.lines[line.kind], 0.0)
    if scene.last is None:
        return
    after = max(0.0, scene.window.x(len(scene.subject.series)))
    if after < frame.plot_width:
        _line(painter, scene, quote.bid, inks.bid, after)
        _line(painter, scene, quote.ask, inks.ask, after)
    _dashes(painter, scene, scene.last.close, inks.direction(scene.last.rises), 1.0, 3.0)


def paint_fills(painter: QPainter, scene: Scene) -> None:
    """Triangles: a purchase points up from below its price, a sale down from above."""
    painted: set[tuple[int, Side]] = set()
    shapes = {side: _triangle(side.sign) for side in Side}
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(scene.inks.surface)
    for fill in _fills_in_view(scene):
        x = round(scene.window.x(scene.subject.series.place_of(fill.at_s) + 0.5))
        if not scene.prices.holds(fill.price) or (x, fill.side) in painted:
            continue
        painted.add((x, fill.side))
        painter.setBrush(scene.inks.lines[LineKind.BUY if fill.side is Side.BUY else LineKind.SELL])
        painter.drawPolygon(shapes[fill.side].translated(x, scene.prices.y(fill.price)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _fills_in_view(scene: Scene) -> tuple[FillMark, ...]:
    """The newest of those within the bars in view: thousands of older ones cost nothing."""
    series, fills = scene.subject.series, scene.overlay.fills
    first, last = scene.window.visible()
    if first >= last:
        return ()
    begin = bisect_left(fills, float(series.start[first]), key=_at)
    end = bisect_left(fills, float(series.start[last - 1]) + scene.subject.bar_s, key=_at)
    return fills[max(begin, end - _MOST_FILLS) : end]


def _at(fill: FillMark) -> float:
    return fill.at_s


def tags_of(scene: Scene) -> list[Tag]:
    """Every tag at its place: the last price keeps its own, the others move aside."""
    tags = _tags(scene)
    height = scene.inks.tag_height + 1
    places = spread([tag.y for tag in tags], height, 0.0, scene.frame.prices_bottom)
    return [replace(tag, y=place) for tag, place in zip(tags, places, strict=True)]


def paint_tags(painter: QPainter, scene: Scene, tags: list[Tag]) -> None:
    """The most important last, over the others."""
    for tag in reversed(tags):
        paint_tag(painter, scene, tag.y, tag.words, tag.colour)
        if tag.label:
            _paint_chip(painter, scene, tag)


def paint_tag(
    painter: QPainter, scene: Scene, middle: float, words: str, colour: QColor, *, filled: bool = True
) -> None:
    """A price on the axis, on the colour of what it means; on none when it is not fresh."""
    frame, inks = scene.frame, scene.inks
    filled = filled and not inks.faded
    top = round(middle - inks.tag_height / 2)
    box = QRectF(frame.plot_width + 1, top, frame.width - frame.plot_width - 1, inks.tag_height)
    painter.fillRect(box, colour if filled else inks.raised)
    ink = inks.surface if filled else inks.text
    inks.write(painter, frame.plot_width + GAP_PX, top + inks.tag_height / 2, words, ink, filled)


def _tags(scene: Scene) -> list[Tag]:
    inks, prices = scene.inks, scene.prices
    tags: list[Tag] = []
    if scene.last is not None:
        close = scene.last.close
        tags.append(Tag(prices.y(close), scene.subject.price(close), inks.direction(scene.last.rises)))
    for line in scene.overlay.lines:
        arrow = "" if prices.holds(line.price) else "▲ " if line.price > prices.high else "▼ "
        tags.append(
            Tag(
                prices.y(line.price),
                scene.subject.price(line.price),
                inks.lines[line.kind],
                f"{arrow}{line.label}",
            )
        )
    return tags


def _paint_chip(painter: QPainter, scene: Scene, tag: Tag) -> None:
    frame, inks, hair = scene.frame, scene.inks, scene.hair
    width = inks.width(tag.label) + 2 * themes.px(_CHIP_GAP_PX)
    left, top = scene.snap(frame.plot_width - width), round(tag.y - inks.tag_height / 2)
    box = QRectF(left, top, frame.plot_width - left, inks.tag_height)
    painter.fillRect(box, tag.colour)
    painter.fillRect(box.adjusted(hair, hair, -hair, -hair), inks.surface)
    ink = inks.dim if inks.faded else tag.colour
    inks.write(painter, left + themes.px(_CHIP_GAP_PX), top + inks.tag_height / 2, tag.label, ink)


def _line(painter: QPainter, scene: Scene, price: float | None, colour: QColor, from_x: float) -> None:
    if price is not None and scene.prices.holds(price):
        y = scene.snap(scene.prices.y(price))
        painter.fillRect(QRectF(from_x, y, scene.frame.plot_width - from_x, scene.hair), colour)


def _dashes(painter: QPainter, scene: Scene, price: float, colour: QColor, *pattern: float) -> None:
    if scene.prices.holds(price):
        y = scene.snap(scene.prices.y(price)) + scene.hair / 2
        painter.setPen(dashed(colour, scene.hair, *pattern))
        painter.drawLine(QLineF(0, y, scene.frame.plot_width, y))


def _triangle(sign: int) -> QPolygonF:
    size = themes.px(_FILL_PX)
    base = sign * size * 1.8
    return QPolygonF([QPointF(0.5, sign), QPointF(0.5 - size, base), QPointF(0.5 + size, base)])
