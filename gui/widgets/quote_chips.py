"""Bid, mid, ask and last as four buttons: what the market says, and one press to take it over as a price."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from gui import theme
from gui.format import DASH

CHIPS = (("bid", "Bid", "bid"), ("mid", "Mid", ""), ("ask", "Ask", "ask"), ("last", "Last", ""))
"""Each chip's key, title and tone."""


class QuoteChip(QAbstractButton):
    """A title over a price."""

    def __init__(self, key: str, title: str, tone: str) -> None:
        super().__init__()
        self._title, self._tone, self._fresh = title, tone, False
        self.setObjectName(f"chip-{key}")
        # The price fields take B, M, A and L: these are for the mouse.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_price(DASH, fresh=False)

    def show_price(self, text: str, *, fresh: bool) -> None:
        if text != self.text() or fresh != self._fresh:
            self._fresh = fresh
            self.setText(text)
            self.setAccessibleName(f"{self._title} {text}: use as price")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(38))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(44), theme.px(38))

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ground = worn.hover if self.underMouse() and self.isEnabled() else worn.raised
            painter.setPen(QColor(worn.border))
            painter.setBrush(QColor(worn.selection if self.isDown() else ground))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
            centre = Qt.AlignmentFlag.AlignCenter
            half = self.height() // 2
            painter.setFont(theme.numeric_font(10))
            painter.setPen(QColor(worn.text_dim))
            painter.drawText(QRect(0, theme.px(2), self.width(), half - theme.px(2)), centre, self._title)
            painter.setFont(self._price_font())
            tone = (self._tone or "text") if self._fresh else "text_faint"
            painter.setPen(QColor(getattr(worn, tone)))
            painter.drawText(QRect(0, half - theme.px(3), self.width(), half), centre, self.text())

    def _price_font(self) -> QFont:
        """As large as fits: half a price is a wrong price."""
        sizes = (13, 12, 11, 10, 9)
        fonts = (theme.numeric_font(size, QFont.Weight.DemiBold) for size in sizes)
        room = self.width() - theme.px(4)
        smallest = theme.numeric_font(sizes[-1], QFont.Weight.DemiBold)
        return next(
            (font for font in fonts if QFontMetrics(font).horizontalAdvance(self.text()) <= room), smallest
        )


class QuoteChips(QWidget):
    """The four chips in a row.

    Signals:
        asked: the key of a chip that was pressed: "bid", "mid", "ask" or "last".
    """

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._chips: dict[str, QuoteChip] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        for key, title, tone in CHIPS:
            chip = self._chips[key] = QuoteChip(key, title, tone)
            chip.clicked.connect(lambda _checked=False, key=key: self.asked.emit(key))
            row.addWidget(chip, 1)

    def show_prices(self, texts: dict[str, str], words: str, *, fresh: bool) -> None:
        """Texts by key; `words` say kind and age."""
        for key, chip in self._chips.items():
            chip.show_price(texts.get(key, DASH), fresh=fresh)
        self.setToolTip(words)
        self.setAccessibleDescription(words)
