"""A table for reading across a room: big, still, no scroll bars, and honest about what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

_ROW = 1.75
"""Row height in text heights."""


@dataclass(frozen=True, slots=True)
class BoardCell:
    text: str
    tone: str = "text"
    weight: float | None = None
    """0 to 1: drawn as a bar behind the text."""


@dataclass(frozen=True, slots=True)
class BoardColumn:
    title: str
    share: float
    right: bool = True


class Board(QWidget):
    """Rows of cells under a title; rows that do not fit are counted, not hidden silently."""

    def __init__(self, title: str, columns: Sequence[BoardColumn], empty: str, size: float = 17) -> None:
        super().__init__()
        self._title, self._columns, self._empty = title, tuple(columns), empty
        self._size = size
        self._rows: tuple[tuple[BoardCell, ...], ...] = ()
        self._dimmed = False
        self.setObjectName(f"board-{title.lower().replace(' ', '-')}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def rows(self) -> tuple[tuple[BoardCell, ...], ...]:
        return self._rows

    def show_rows(self, rows: Sequence[tuple[BoardCell, ...]], *, dimmed: bool = False) -> None:
        fresh = tuple(rows)
        if (fresh, dimmed) != (self._rows, self._dimmed):
            self._rows, self._dimmed = fresh, dimmed
            lines = ["; ".join(cell.text for cell in row) for row in fresh]
            self.setAccessibleName(f"{self._title}: {'. '.join(lines) or self._empty}")
            self.update()

    def set_size(self, size: float) -> None:
        """The height of its type, in design pixels."""
        if size != self._size:
            self._size = size
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(300), theme.px(160))

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(look.border), 1))
            painter.setBrush(QColor(look.surface))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            inside = QRectF(self.rect()).adjusted(theme.px(16), theme.px(12), -theme.px(16), -theme.px(10))
            top = self._paint_head(painter, inside, look)
            self._paint_rows(painter, QRectF(inside.left(), top, inside.width(), inside.bottom() - top), look)

    def _paint_head(self, painter: QPainter, box: QRectF, look: theme.Theme) -> float:
        font = theme.numeric_font(self._size * 0.76)
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        height = painter.fontMetrics().height()
        painter.setPen(QColor(look.text_dim))
        head = QRectF(box.left(), box.top(), box.width(), height)
        for at, (left, width) in enumerate(self._spans(box)):
            column = self._columns[at]
            painter.drawText(
                QRectF(left, head.top(), width, height), _side(column.right and at > 0), self._heading(at)
            )
        bottom = head.bottom() + theme.px(6)
        painter.setPen(QPen(QColor(look.border), 1))
        painter.drawLine(int(box.left()), int(bottom), int(box.right()), int(bottom))
        return bottom + theme.px(4)

    def _heading(self, at: int) -> str:
        return self._title.upper() if at == 0 else self._columns[at].title

    def _paint_rows(self, painter: QPainter, box: QRectF, look: theme.Theme) -> None:
        painter.setFont(theme.numeric_font(self._size))
        height = painter.fontMetrics().height() * _ROW
        if not self._rows:
            painter.setPen(QColor(look.text_faint))
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._empty)
            return
        fitting = max(1, int(box.height() // height))
        shown = self._rows if len(self._rows) <= fitting else self._rows[: max(1, fitting - 1)]
        for at, row in enumerate(shown):
            self._paint_row(
                painter, QRectF(box.left(), box.top() + at * height, box.width(), height), row, look
            )
        if len(shown) < len(self._rows):
            rest = QRectF(box.left(), box.top() + len(shown) * height, box.width(), height)
            painter.setPen(QColor(look.text_dim))
            painter.drawText(rest, _side(False), f"and {len(self._rows) - len(shown)} more")

    def _paint_row(
        self, painter: QPainter, box: QRectF, row: tuple[BoardCell, ...], look: theme.Theme
    ) -> None:
        for at, (cell, (left, width)) in enumerate(zip(row, self._spans(box), strict=True)):
            span = QRectF(left, box.top(), width, box.height())
            if cell.weight is not None:
                self._paint_weight(painter, span, cell, look)
            painter.setPen(QColor(look.text_faint if self._dimmed else getattr(look, cell.tone)))
            text = painter.fontMetrics().elidedText(cell.text, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(span, _side(self._columns[at].right and at > 0), text)

    def _paint_weight(self, painter: QPainter, span: QRectF, cell: BoardCell, look: theme.Theme) -> None:
        colour = QColor(look.text_faint if self._dimmed else getattr(look, cell.tone))
        colour.setAlpha(40)
        bar = QRectF(
            span.left(), span.top() + 2, span.width() * min(1.0, cell.weight or 0.0), span.height() - 4
        )
        bar.moveRight(span.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(bar, 2, 2)

    def _spans(self, box: QRectF) -> list[tuple[float, float]]:
        whole = sum(column.share for column in self._columns)
        gap = theme.px(10)
        spans, left = [], box.left()
        for column in self._columns:
            width = column.share / whole * (box.width() - gap * (len(self._columns) - 1))
            spans.append((left, width))
            left += width + gap
        return spans


def _side(right: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
