"""Cell painting: one call a cell, ready text and colour, no style machinery between."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import theme
from gui.table.column import Align
from gui.table.model import TableModel

PADDING_PX = 6
"""As wide as the style sheet pads header sections: titles stand over their cells."""
_LOUD = 0.16
"""How much of its tone a loud row is tinted with: the text on it keeps its contrast."""
_FLAGS = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    Align.CENTRE: Qt.AlignmentFlag.AlignCenter,
}


class CellPainter(QStyledItemDelegate):
    """Paints the model's ready cells in the theme's colours."""

    def __init__(self, model: TableModel[Any], parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._colours: dict[str, QColor] = {}
        self.restyle()

    def restyle(self) -> None:
        """Take on the current theme and zoom."""
        worn = theme.current()
        self._colours.clear()
        self._font = theme.numeric_font(12)
        self._strong_font = theme.numeric_font(12, QFont.Weight.DemiBold)
        self._metrics = QFontMetrics(self._font)
        self._strong_metrics = QFontMetrics(self._strong_font)
        self._padding = theme.px(PADDING_PX)
        self._selection = QColor(worn.selection)
        self._accent = QColor(worn.accent)
        self._line = QPen(QColor(worn.grid))

    @property
    def row_height(self) -> int:
        return self._metrics.height() + theme.px(7)

    def width_of(self, text: str, strong: bool = False) -> int:
        """Pixels a cell needs to show `text` whole."""
        return (self._strong_metrics if strong else self._metrics).horizontalAdvance(text) + 2 * self._padding

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        column = self._model.columns[index.column()]
        cell = self._model.cell(index.row(), index.column())
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, self._selection)
        elif cell.fill:
            painter.fillRect(rect, self._tint(cell.fill))
        painter.setPen(self._line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if not cell.text:
            return
        painter.setFont(self._strong_font if column.strong else self._font)
        painter.setPen(self._colour(cell.tone))
        inner = rect.adjusted(self._padding, 0, -self._padding, -1)
        painter.drawText(
            inner, _FLAGS[column.align], self._fitted(cell.text, inner.width(), column.align, column.strong)
        )

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """What double-clicking a column's edge makes it fit."""
        column = self._model.columns[index.column()]
        text = self._model.cell(index.row(), index.column()).text
        return QSize(self.width_of(text, column.strong), self.row_height)

    def _fitted(self, text: str, width: int, align: Align, strong: bool) -> str:
        metrics = self._strong_metrics if strong else self._metrics
        if metrics.horizontalAdvance(text) <= width:
            return text
        # Half a number is a wrong number: one that does not fit is not shown in part.
        return "…" if align is Align.RIGHT else metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _colour(self, tone: str) -> QColor:
        colour = self._colours.get(tone)
        if colour is None:
            colour = self._colours[tone] = QColor(getattr(theme.current(), tone or "text"))
        return colour

    def _tint(self, tone: str) -> QColor:
        colour = QColor(self._colour(tone))
        colour.setAlphaF(_LOUD)
        return colour
