"""Painting of rows: one loop over the cells that are dirty, ready text and colour, no style machinery between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QRegion, QStaticText
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from gui import theme
from gui.table.column import Align, Column
from gui.table.model import TableModel

PADDING_PX = 6
"""As wide as the style sheet pads header sections: titles stand over their cells."""
_LOUD = 0.16
"""How much of its tone a loud row is tinted with: the text on it keeps its contrast."""
_FLAGS = {
    Align.LEFT: (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value,
    Align.RIGHT: (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value,
    Align.CENTRE: Qt.AlignmentFlag.AlignCenter.value,
}


_LEADS = {Align.LEFT: 0.0, Align.RIGHT: 1.0, Align.CENTRE: 0.5}
"""How much of the spare room is before the text."""
_MOST_TEXTS = 4096
"""So many laid out texts are kept: a scroll through thousands of rows must not fill the memory."""


class Place(NamedTuple):
    """Where a column stands in the viewport."""

    column: int
    left: int
    width: int


class Pane(NamedTuple):
    """What the viewport shows: rows of one height, the first pixel's offset into them, and the columns."""

    rows: int
    offset: int
    width: int
    places: tuple[Place, ...]
    is_selected: Callable[[int], bool]


class _Face(NamedTuple):
    """A font with the widths of its characters: adding them up is cheaper than shaping text to measure it."""

    font: QFont
    metrics: QFontMetrics
    widths: dict[str, int]

    def width(self, text: str) -> int:
        total = 0
        for letter in text:
            wide = self.widths.get(letter)
            if wide is None:
                wide = self.widths[letter] = self.metrics.horizontalAdvance(letter)
            total += wide
        return total


class _Texts:
    """Texts laid out once: a price list says the same few hundred words and prices over and over.

    Laying a text out to keep it costs twice what drawing it once does: only one that comes again is kept.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bool], tuple[QStaticText, int] | None] = {}

    def again(self, text: str, strong: bool, font: QFont) -> tuple[QStaticText, int] | None:
        """`text` laid out and its width; `None` when it is seen for the first time."""
        key = (text, strong)
        laid = self._kept.get(key)
        if laid is not None:
            return laid
        if key not in self._kept:
            if len(self._kept) >= _MOST_TEXTS:
                self._kept.clear()
            self._kept[key] = None
            return None
        static = QStaticText(text)
        # Words out of the network must never be read as rich text.
        static.setTextFormat(Qt.TextFormat.PlainText)
        static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        static.prepare(font=font)
        self._kept[key] = made = (static, round(static.size().width()))
        return made

    def clear(self) -> None:
        self._kept.clear()


class RowPainter(QStyledItemDelegate):
    """Paints the model's ready cells in the theme's colours; as a delegate it only tells sizes.

    A call a cell from Qt's own table painting costs more than the cell: the view paints through `paint_region`.
    """

    def __init__(self, model: TableModel[Any], parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._colours: dict[str, QColor] = {}
        self._texts = _Texts()
        self.restyle()

    def restyle(self) -> None:
        """Take on the current theme and zoom."""
        worn = theme.current()
        self._colours.clear()
        self._texts.clear()
        self._faces = tuple(
            _Face(font, QFontMetrics(font), {})
            for font in (theme.numeric_font(12), theme.numeric_font(12, QFont.Weight.DemiBold))
        )
        self._padding = theme.px(PADDING_PX)
        self._selection = QColor(worn.selection)
        self._line = QColor(worn.grid)

    @property
    def row_height(self) -> int:
        return self._faces[False].metrics.height() + theme.px(7)

    def width_of(self, text: str, strong: bool = False) -> int:
        """Pixels a cell needs to show `text` whole."""
        return self._faces[strong].metrics.horizontalAdvance(text) + 2 * self._padding

    def paint_region(self, painter: QPainter, region: QRegion, pane: Pane) -> None:
        """The rows and columns that `region` touches."""
        height = self.row_height
        for dirty in region:  # type: ignore[attr-defined]
            first = (dirty.top() + pane.offset) // height
            last = min(pane.rows - 1, (dirty.bottom() + pane.offset) // height)
            places = [
                place
                for place in pane.places
                if place.left <= dirty.right() and place.left + place.width > dirty.left()
            ]
            for row in range(max(0, first), last + 1):
                top = row * height - pane.offset
                self._paint_row(
                    painter, row, QRect(0, top, pane.width, height), places, pane.is_selected(row)
                )

    def _paint_row(
        self, painter: QPainter, row: int, box: QRect, places: list[Place], selected: bool
    ) -> None:
        cells, columns, padding = self._model.cells(row), self._model.columns, self._padding
        fill = cells[places[0].column].fill if places else ""
        if selected:
            painter.fillRect(box, self._selection)
        elif fill:
            painter.fillRect(box, self._tint(fill))
        painter.fillRect(0, box.bottom(), box.width(), 1, self._line)
        for place in places:
            cell = cells[place.column]
            if cell.text:
                room = QRect(place.left + padding, box.top(), place.width - 2 * padding, box.height() - 1)
                painter.setPen(self._colour(cell.tone))
                self._paint_text(painter, cell.text, room, columns[place.column])

    def _paint_text(self, painter: QPainter, text: str, room: QRect, column: Column[Any]) -> None:
        face = self._faces[column.strong]
        painter.setFont(face.font)
        text = self._fitted(text, room.width(), column)
        laid = self._texts.again(text, column.strong, face.font)
        if laid is None:
            painter.drawText(room, _FLAGS[column.align], text)
            return
        static, width = laid
        spare = int((room.width() - width) * _LEADS[column.align])
        painter.drawStaticText(
            room.left() + spare, room.top() + (room.height() - face.metrics.height()) // 2, static
        )

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """What double-clicking a column's edge makes it fit."""
        column = self._model.columns[index.column()]
        text = self._model.cell(index.row(), index.column()).text
        return QSize(self.width_of(text, column.strong), self.row_height)

    def _fitted(self, text: str, width: int, column: Column[Any]) -> str:
        face = self._faces[column.strong]
        if face.width(text) <= width:
            return text
        # Half a number is a wrong number: one that does not fit is not shown in part.
        if column.align is Align.RIGHT:
            return text if face.metrics.horizontalAdvance(text) <= width else "…"
        return face.metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _colour(self, tone: str) -> QColor:
        colour = self._colours.get(tone)
        if colour is None:
            colour = self._colours[tone] = QColor(getattr(theme.current(), tone or "text"))
        return colour

    def _tint(self, tone: str) -> QColor:
        colour = QColor(self._colour(tone))
        colour.setAlphaF(_LOUD)
        return colour
