"""The ladder: asks above, bids below, the spread between, a bar behind each size; a press names its price."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.domain.contract import ContractDetails
from core.domain.depth import DepthView
from core.domain.order import Side
from gui import format as fmt
from gui import theme
from gui.panels.depth.book import Ladder, Rung, held_ladder, ladder_of, spread_of

ROW_PX = 18
_BAR_ALPHA = 56
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter
_HEADS = (("Price", 0.27), ("Size", 0.21), ("Total", 0.22), ("Maker", 0.30))
"""Columns and their shares of the width."""
_TAKES = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}
"""As in TWS: a press on an ask buys at it, on a bid sells at it."""


class LadderView(QWidget):
    """Paints what it is handed, as many rows as there is room for, the best nearest to the middle.

    Signals:
        picked: the side and the price of an order that a press or Enter asks for.
    """

    picked = Signal(object, float)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("depth-ladder")
        self.setAccessibleName("Market depth")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._view: DepthView | None = None
        self._details: ContractDetails | None = None
        self._faded = False
        self.ladder = Ladder()
        self._held: Ladder | None = None
        """The rows as they stood when the pointer came: their prices stay until it goes."""
        self._at: int | None = None
        """The row under the pointer or the keys, from the top."""

    def sizeHint(self) -> QSize:
        return QSize(theme.px(270), theme.px(ROW_PX) * 12)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(180), theme.px(ROW_PX) * 6)

    # --- what to show ---------------------------------------------------------------------------

    def show_book(self, view: DepthView | None, details: ContractDetails | None, *, faded: bool) -> None:
        """The book of now; another contract's lets go of what was held."""
        if view is None or self._view is None or view.con_id != self._view.con_id:
            self._held = self._at = None
        self._view, self._details, self._faded = view, details, faded
        self.ladder = Ladder() if view is None else self._arranged(view)
        self.update()

    def rungs(self) -> tuple[Rung, ...]:
        """The rows in sight, from the top."""
        most = self._most()
        return (*reversed(self.ladder.asks[:most]), *self.ladder.bids[:most])

    def rect_of(self, at: int) -> QRect:
        """Where a row of `rungs` is painted."""
        row, asks = theme.px(ROW_PX), len(self.ladder.asks[: self._most()])
        # The heads come first, and the spread after the asks.
        return QRect(0, (1 + at + (at >= asks)) * row, self.width(), row)

    # --- the trader -----------------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        if self._view is not None:
            self._held = ladder_of(self._view)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._held = self._at = None
        if self._view is not None:
            self.ladder = ladder_of(self._view)
        self.update()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if not self.underMouse():
            self._held = None
            self._choose(None)
        super().focusOutEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._choose(self._row_at(event.position().toPoint().y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._choose(self._row_at(event.position().toPoint().y()))
            self._pick()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        rungs = self.rungs()
        if event.key() in steps and rungs:
            first = len(self.ladder.asks[: self._most()])
            at = first if self._at is None else self._at + steps[Qt.Key(event.key())]
            if self._view is not None and self._held is None:
                self._held = ladder_of(self._view)
            self._choose(min(max(at, 0), len(rungs) - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick()
        elif event.key() == Qt.Key.Key_Escape and self._at is not None:
            self._held = None
            self._choose(None)
        else:
            super().keyPressEvent(event)

    # --- inside ---------------------------------------------------------------------------------

    def _arranged(self, view: DepthView) -> Ladder:
        if self._held is None or not (self._held.bids or self._held.asks):
            return ladder_of(view)
        return held_ladder(self._held, view)

    def _most(self) -> int:
        """Rows a side."""
        return max(1, (self.height() // theme.px(ROW_PX) - 2) // 2)

    def _row_at(self, y: int) -> int | None:
        return next(
            (
                at
                for at in range(len(self.rungs()))
                if self.rect_of(at).top() <= y <= self.rect_of(at).bottom()
            ),
            None,
        )

    def _choose(self, at: int | None) -> None:
        if at == self._at:
            return
        self._at = at
        words = ""
        if at is not None:
            rung = self.rungs()[at]
            words = f"{_TAKES[rung.side].capitalize()} at {fmt.price(rung.price, self._details)}: fills in the ticket, sends nothing"
        self.setToolTip(words)
        self.setAccessibleDescription(words)
        self.update()

    def _pick(self) -> None:
        rungs = self.rungs()
        if self._at is not None and self._at < len(rungs):
            rung = rungs[self._at]
            self.picked.emit(_TAKES[rung.side], rung.price)

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inks = theme.current()
        painter.fillRect(self.rect(), QColor(inks.surface))
        painter.setFont(theme.numeric_font(12))
        self._paint_line(
            painter,
            QRect(0, 0, self.width(), theme.px(ROW_PX)),
            [head for head, _ in _HEADS],
            [inks.text_faint] * 4,
        )
        largest = self.ladder.largest
        for at, rung in enumerate(self.rungs()):
            self._paint_rung(painter, self.rect_of(at), rung, largest, chosen=at == self._at)
        self._paint_spread(painter)

    def _paint_rung(
        self, painter: QPainter, place: QRect, rung: Rung, largest: float, *, chosen: bool
    ) -> None:
        inks = theme.current()
        tone = inks.bid if rung.side is Side.BUY else inks.ask
        if chosen:
            painter.fillRect(place, QColor(inks.selection))
        if rung.size and largest and not self._faded:
            bar = QColor(tone)
            bar.setAlpha(_BAR_ALPHA)
            length = round(self.width() * rung.size / largest)
            painter.fillRect(self.width() - length, place.top() + 1, length, place.height() - 2, bar)
        texts = [
            fmt.price(rung.price, self._details),
            fmt.compact(rung.size),
            fmt.compact(rung.total),
            rung.maker,
        ]
        faint = inks.text_faint
        tones = [faint] * 4 if self._faded else [tone, inks.text, inks.text_dim, inks.text_dim]
        self._paint_line(painter, place, texts, tones)

    def _paint_line(self, painter: QPainter, place: QRect, texts: list[str], tones: list[str]) -> None:
        left, gap = 0, theme.px(4)
        for (name, share), text, tone in zip(_HEADS, texts, tones, strict=True):
            width = round(self.width() * share)
            cell = QRect(left, place.top(), width, place.height()).adjusted(gap, 0, -gap, 0)
            painter.setPen(QColor(tone))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, cell.width())
            painter.drawText(cell, _LEFT if name == "Maker" else _RIGHT, shown)
            left += width

    def _paint_spread(self, painter: QPainter) -> None:
        spread = None if self._view is None else spread_of(self._view)
        if self._view is None or spread is None:
            return
        inks, row = theme.current(), theme.px(ROW_PX)
        place = QRect(0, (1 + len(self.ladder.asks[: self._most()])) * row, self.width(), row)
        painter.fillRect(place, QColor(inks.raised))
        painter.setPen(QColor(inks.text_faint if self._faded else inks.text_dim))
        middle = (self._view.asks[0].price + self._view.bids[0].price) / 2
        points = f" ({spread / middle * 10_000:.1f} bp)" if middle > 0 else ""
        painter.drawText(place, _CENTRE, f"Spread {fmt.price(spread, self._details)}{points}")
