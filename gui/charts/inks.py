"""The chart's colours, fonts and text widths, made once for each theme and zoom."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QStaticText

from gui import theme as themes
from gui.charts.marks import LineKind
from gui.theme import Theme

_TEXTS_KEPT = 600
_FADED = 0.5


class Inks:
    """Everything painting needs that depends on the look and not on the market."""

    def __init__(self, theme: Theme, *, faded: bool = False) -> None:
        """`faded` for what is not fresh: the same picture, nearer to its ground."""
        share = _FADED if faded else 1.0

        def ink(colour: str, of: float = 1.0) -> QColor:
            return mixed(colour, theme.surface, share * of)

        self.surface = QColor(theme.surface)
        self.grid = QColor(theme.grid)
        self.border = QColor(theme.border)
        self.day = QColor(theme.border)
        self.faded = faded
        self.text = QColor(theme.text_dim if faded else theme.text)
        self.dim = QColor(theme.text_dim)
        self.raised = QColor(theme.raised)
        self.veil = QColor(theme.surface)
        self.veil.setAlphaF(0.82)
        self.cross = QColor(theme.border_strong)
        self.up, self.down = ink(theme.up), ink(theme.down)
        self.up_volume, self.down_volume = ink(theme.up, 0.42), ink(theme.down, 0.42)
        self.bid, self.ask = ink(theme.bid), ink(theme.ask)
        self.lines = {
            LineKind.BUY: ink(theme.buy),
            LineKind.SELL: ink(theme.sell),
            LineKind.POSITION: ink(theme.text_dim),
        }
        self.font = themes.numeric_font(11)
        self.bold = themes.numeric_font(11, QFont.Weight.DemiBold)
        metrics = QFontMetricsF(self.font)
        self.text_height = metrics.height()
        self.tag_height = round(self.text_height) + themes.px(4)
        self._metrics = {False: metrics, True: QFontMetricsF(self.bold)}
        self._texts: dict[tuple[str, bool], tuple[QStaticText, float]] = {}

    def direction(self, rises: bool) -> QColor:
        return self.up if rises else self.down

    def told(self, rises: bool) -> QColor:
        """For figures: they must stay readable, so what is not fresh loses its colour instead."""
        return self.dim if self.faded else self.direction(rises)

    def width(self, text: str, bold: bool = False) -> float:
        known = self._texts.get((text, bold))
        return self._make(text, bold)[1] if known is None else known[1]

    def write(
        self, painter: QPainter, x: float, middle: float, text: str, colour: QColor, bold: bool = False
    ) -> float:
        """Text from `x`, centred about the line `middle`; gives where it ended."""
        made, width = self._texts.get((text, bold)) or self._make(text, bold)
        painter.setFont(self.bold if bold else self.font)
        painter.setPen(colour)
        painter.drawStaticText(QPointF(round(x), round(middle - self.text_height / 2)), made)
        return x + width

    def _make(self, text: str, bold: bool) -> tuple[QStaticText, float]:
        """Shaped once: most words of a chart stay the same from frame to frame."""
        if len(self._texts) > _TEXTS_KEPT:
            self._texts.clear()
        shaped = QStaticText(text)
        shaped.setTextFormat(Qt.TextFormat.PlainText)
        shaped.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        shaped.prepare(font=self.bold if bold else self.font)
        made = self._texts[text, bold] = (shaped, self._metrics[bold].horizontalAdvance(text))
        return made


def dashed(colour: QColor, width: float, *pattern: float) -> QPen:
    """A pen that draws and skips `pattern`, in widths."""
    pen = QPen(colour, width)
    pen.setDashPattern(list(pattern))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def mixed(colour: str, ground: str, share: float) -> QColor:
    """`share` of `colour` over `ground`, opaque: painting opaque costs less and overlaps without seams."""
    over, under = QColor(colour), QColor(ground)
    red, green, blue = (
        round(above * share + below * (1 - share))
        for above, below in (
            (over.red(), under.red()),
            (over.green(), under.green()),
            (over.blue(), under.blue()),
        )
    )
    return QColor(red, green, blue)
