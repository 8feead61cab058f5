"""Painting of rows: one loop over the cells that are dirty, ready text and colour, no style machinery between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QRegion
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


class RowPainter(QStyledItemDelegate):
    """Paints the model's ready cells in the theme's colours; as a delegate it only tells sizes.

    A call a cell from Qt's own table painting costs more than the cell: the view paints through `paint_region`.
    """

    def __init__(self, model: TableModel[Any], parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._colours: dict[str, QColor] = {}
        self.restyle()

    def restyle(self) -> None:
        """Take on the current theme and zoom."""
        worn = theme.current()
        self._colours.clear()
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
        model, padding = self._model, self._padding
        fill = model.cell(row, places[0].column).fill if places else ""
        if selected:
            painter.fillRect(box, self._selection)
        elif fill:
            painter.fillRect(box, self._tint(fill))
        painter.fillRect(0, box.bottom(), box.width(), 1, self._line)
        top, height = box.top(), box.height() - 1
        for place in places:
            cell = model.cell(row, place.column)
            if cell.text:
                column = model.columns[place.column]
                width = place.width - 2 * padding
                painter.setFont(self._faces[column.strong].font)
                painter.setPen(self._colour(cell.tone))
                text = self._fitted(cell.text, width, column)
                painter.drawText(place.left + padding, top, width, height, _FLAGS[column.align], text)

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
