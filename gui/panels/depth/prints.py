"""Time and sales: the newest trade on top, coloured by who crossed the spread."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from core.domain.contract import ContractDetails
from core.domain.order import Side
from core.domain.tape import Print, TapeView
from gui import format as fmt
from gui import theme
from gui.panels.depth.ladder import ROW_PX

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_HEADS = (("Time", 0.29, _LEFT), ("Price", 0.32, _RIGHT), ("Size", 0.17, _RIGHT), ("Where", 0.22, _LEFT))
_MARKS = {Side.BUY: "▲", Side.SELL: "▼", None: ""}
"""Beside the price: colour is never alone."""
_ROWS_A_NOTCH = 3


class PrintsView(QWidget):
    """Paints what it is handed; the wheel and the paging keys look back, where it stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("time-and-sales")
        self.setAccessibleName("Time and sales")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._view: TapeView | None = None
        self._details: ContractDetails | None = None
        self._faded = False
        self.back = 0
        """How many prints have gone out of sight above: 0 follows the newest."""

    def sizeHint(self) -> QSize:
        return QSize(theme.px(270), theme.px(ROW_PX) * 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(180), theme.px(ROW_PX) * 3)

    def show_tape(self, view: TapeView | None, details: ContractDetails | None, *, faded: bool) -> None:
        """The tape of now; what the trader has paged back to stays where it is."""
        same = view is not None and self._view is not None and view.con_id == self._view.con_id
        if not same:
            self.back = 0
        elif self.back and view is not None and self._view is not None and self._view.prints:
            self.back += _arrived(self._view.prints, view.prints)
        self._view, self._details, self._faded = view, details, faded
        self._look_back(0)
        self.update()

    def prints(self) -> tuple[Print, ...]:
        """Those in sight, from the top."""
        return () if self._view is None else self._view.prints[self.back : self.back + self._room()]

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._look_back(-_ROWS_A_NOTCH if event.angleDelta().y() > 0 else _ROWS_A_NOTCH)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -self._room(),
            Qt.Key.Key_PageDown: self._room(),
            Qt.Key.Key_Home: -self.back,
        }
        if event.key() in steps:
            self._look_back(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _room(self) -> int:
        return max(1, self.height() // theme.px(ROW_PX) - 1)

    def _look_back(self, rows: int) -> None:
        count = 0 if self._view is None else len(self._view.prints)
        self.back = min(max(0, self.back + rows), max(0, count - self._room()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inks, row = theme.current(), theme.px(ROW_PX)
        painter.fillRect(self.rect(), QColor(inks.surface))
        painter.setFont(theme.numeric_font(12))
        self._paint_line(painter, 0, [head for head, _, _ in _HEADS], [inks.text_faint] * 4)
        tones = {Side.BUY: inks.up, Side.SELL: inks.down, None: inks.text}
        for at, one in enumerate(self.prints(), start=1):
            price = f"{_MARKS[one.aggressor]} {fmt.price(one.price, self._details)}".strip()
            texts = [fmt.clock(one.at.timestamp()), price, fmt.compact(one.size), one.exchange]
            dim = inks.text_faint if self._faded or one.unreported else inks.text_dim
            main = dim if self._faded or one.unreported else tones[one.aggressor]
            self._paint_line(painter, at * row, texts, [dim, main, main, dim])

    def _paint_line(self, painter: QPainter, top: int, texts: list[str], tones: list[str]) -> None:
        left, gap = 0, theme.px(3)
        for (_, share, align), text, tone in zip(_HEADS, texts, tones, strict=True):
            width = round(self.width() * share)
            cell = QRect(left, top, width, theme.px(ROW_PX)).adjusted(gap, 0, -gap, 0)
            painter.setPen(QColor(tone))
            painter.drawText(
                cell, align, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, cell.width())
            )
            left += width


def _arrived(before: tuple[Print, ...], now: tuple[Print, ...]) -> int:
    """How many prints are newer than the newest of `before`."""
    return next((at for at, one in enumerate(now) if one is before[0]), 0)
