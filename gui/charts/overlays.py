"""Lines, fills and tags over the bars: what the trader has in this market, and the price it is at."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF

from core.domain.order import Side
from gui import theme as themes
from gui.charts.axes import GAP_PX
from gui.charts.inks import dashed
from gui.charts.marks import LineKind, spread
from gui.charts.scene import Scene

_FILL_PX = 5.0
_CHIP_GAP_PX = 6.0


@dataclass(frozen=True, slots=True)
class _Tag:
    """A price on the axis; with a label, also a chip at its line."""

    y: float
    words: str
    colour: QColor
    label: str = ""
    filled: bool = True


def paint_lines(painter: QPainter, scene: Scene) -> None:
    """Levels across the plot, under the bars' tags; those out of view are told by their tags alone."""
    frame, inks, quote = scene.frame, scene.inks, scene.overlay.quote
    for line in scene.overlay.lines:
        if scene.prices.holds(line.price):
            colour = inks.lines[line.kind]
            dashes = (6.0, 4.0) if line.kind is LineKind.POSITION else ()
            painter.setPen(dashed(colour, *dashes) if dashes else colour)
            painter.drawLine(_across(scene, line.price, 0.0))
    if scene.last is None:
        return
    after = scene.window.x(len(scene.subject.series))
    for price, colour in ((quote.bid, inks.bid), (quote.ask, inks.ask)):
        if price is not None and scene.prices.holds(price) and after < frame.plot_width:
            painter.setPen(colour)
            painter.drawLine(_across(scene, price, max(0.0, after)))
    if scene.prices.holds(scene.last.close):
        painter.setPen(dashed(inks.direction(scene.last.rises), 1.0, 3.0))
        painter.drawLine(_across(scene, scene.last.close, 0.0))


def paint_fills(painter: QPainter, scene: Scene) -> None:
    """Triangles: a purchase points up from below its price, a sale down from above."""
    first, last = scene.window.visible()
    painted: set[tuple[int, Side]] = set()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for fill in scene.overlay.fills:
        place = scene.subject.series.place_of(fill.at_s)
        x = round(scene.window.x(place + 0.5))
        if not first <= place < last or not scene.prices.holds(fill.price) or (x, fill.side) in painted:
            continue
        painted.add((x, fill.side))
        painter.setPen(scene.inks.surface)
        painter.setBrush(scene.inks.lines[LineKind.BUY if fill.side is Side.BUY else LineKind.SELL])
        painter.drawPolygon(_triangle(x, scene.prices.y(fill.price), fill.side.sign))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_tags(painter: QPainter, scene: Scene) -> None:
    """The last price keeps its place; the others move aside."""
    tags = _tags(scene)
    height = scene.inks.tag_height
    places = spread([tag.y for tag in tags], height + 1, 0.0, scene.frame.prices_bottom)
    for tag, middle in zip(reversed(tags), reversed(places), strict=True):
        paint_tag(painter, scene, middle, tag.words, tag.colour, filled=tag.filled)
        if tag.label:
            _paint_chip(painter, scene, middle, tag)


def paint_tag(
    painter: QPainter, scene: Scene, middle: float, words: str, colour: QColor, *, filled: bool = True
) -> None:
    """A price on the axis, in the colour of what it means."""
    frame, inks = scene.frame, scene.inks
    top = round(middle - inks.tag_height / 2)
    box = QRectF(frame.plot_width + 1, top, frame.width - frame.plot_width - 1, inks.tag_height)
    painter.fillRect(box, colour if filled else inks.raised)
    ink = inks.surface if filled else inks.text
    inks.write(painter, frame.plot_width + GAP_PX, top + inks.tag_height / 2, words, ink, filled)


def _tags(scene: Scene) -> list[_Tag]:
    inks, prices = scene.inks, scene.prices
    tags: list[_Tag] = []
    if scene.last is not None:
        close = scene.last.close
        tags.append(_Tag(prices.y(close), scene.subject.price(close), inks.direction(scene.last.rises)))
    for line in scene.overlay.lines:
        arrow = "" if prices.holds(line.price) else "▲ " if line.price > prices.high else "▼ "
        tags.append(
            _Tag(
                prices.y(line.price),
                scene.subject.price(line.price),
                inks.lines[line.kind],
                f"{arrow}{line.label}",
            )
        )
    return tags


def _paint_chip(painter: QPainter, scene: Scene, middle: float, tag: _Tag) -> None:
    frame, inks = scene.frame, scene.inks
    width = round(inks.width(tag.label)) + 2 * themes.px(_CHIP_GAP_PX)
    left, top = frame.plot_width - width, round(middle - inks.tag_height / 2)
    painter.setPen(tag.colour)
    painter.setBrush(inks.surface)
    painter.drawRect(QRectF(left, top, width, inks.tag_height - 1))
    inks.write(painter, left + themes.px(_CHIP_GAP_PX), top + inks.tag_height / 2, tag.label, tag.colour)


def _across(scene: Scene, price: float, from_x: float) -> QLineF:
    y = round(scene.prices.y(price) - 0.5)
    return QLineF(from_x, y, scene.frame.plot_width - 1, y)


def _triangle(x: float, y: float, sign: int) -> QPolygonF:
    size = themes.px(_FILL_PX)
    base = y + sign * size * 1.8
    return QPolygonF(
        [QPointF(x + 0.5, y + sign), QPointF(x - size + 0.5, base), QPointF(x + size + 0.5, base)]
    )
