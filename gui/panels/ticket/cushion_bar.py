"""Excess liquidity before the order, after it, and at the next change of margin: figures over a bar."""

from __future__ import annotations

import html
from decimal import Decimal
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.domain.account import AccountSummary
from core.risk.margin import Cushion
from gui import format as fmt
from gui import theme
from gui.widgets.cushion import margin_tone

_HEIGHT_PX = 44
_ARROW = " → "


class CushionShown(NamedTuple):
    """What the bar says; `source` tells IB's figures from an estimate, and why there is no preview."""

    cushion: Cushion
    source: str
    tone: str = "dim"
    """Of the source's words."""


class CushionBar(QWidget):
    """Painted, because three figures must fit where one label would be cut."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._shown: CushionShown | None = None
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    @property
    def words(self) -> str:
        """All that is shown, for those who cannot see it; "" while hidden."""
        return (
            "" if self._shown is None else f"{_title()} {_figures(self._shown.cushion)}. {self._shown.source}"
        )

    def show_cushion(self, shown: CushionShown | None) -> None:
        """`None` hides it: there is no order to reckon with."""
        if shown != self._shown:
            self._shown = shown
            self.setVisible(shown is not None)
            self.setAccessibleName(self.words)
            self.setToolTip(f"<qt>{html.escape(self.words)}</qt>" if shown else "")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(200), theme.px(_HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(80), theme.px(_HEIGHT_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shown is None:
            return
        cushion, worn, width = self._shown.cushion, theme.current(), self.width()
        small = theme.numeric_font(11)
        line = QFontMetrics(small).height()
        with QPainter(self) as painter:
            painter.setFont(small)
            painter.setPen(QColor(worn.text_dim))
            painter.drawText(QRectF(0, 0, width, line), Qt.AlignmentFlag.AlignLeft, _title())
            room = width - QFontMetrics(small).horizontalAdvance(_title()) - theme.px(8)
            source = QFontMetrics(small).elidedText(self._shown.source, Qt.TextElideMode.ElideRight, room)
            painter.setPen(QColor(getattr(worn, {"dim": "text_dim"}.get(self._shown.tone, self._shown.tone))))
            painter.drawText(QRectF(0, 0, width, line), Qt.AlignmentFlag.AlignRight, source)
            painter.setFont(self._figure_font(_figures(cushion)))
            painter.setPen(QColor(getattr(worn, _tone(cushion)) if _short(cushion) else worn.text))
            painter.drawText(QRectF(0, line, width, line + 3), Qt.AlignmentFlag.AlignLeft, _figures(cushion))
            self._paint_bar(painter, QRectF(0, self.height() - theme.px(7), width, theme.px(5)))

    def _figure_font(self, text: str) -> QFont:
        fonts = [theme.numeric_font(size, QFont.Weight.DemiBold) for size in (13, 12, 11, 10, 9)]
        return next(
            (one for one in fonts if QFontMetrics(one).horizontalAdvance(text) <= self.width()), fonts[-1]
        )

    def _paint_bar(self, painter: QPainter, track: QRectF) -> None:
        """The whole is net liquidation; filled is what is left after, paler what the order takes."""
        assert self._shown is not None
        cushion, worn = self._shown.cushion, theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(worn.border))
        painter.drawRoundedRect(track, 2, 2)
        whole = cushion.net_liquidation
        if not whole or whole <= 0:
            return
        for value, colour, opacity in (
            (cushion.excess_before, worn.text_faint, 0.55),
            (cushion.excess_after, getattr(worn, _tone(cushion)), 1.0),
        ):
            if value is not None and value > 0:
                part = QRectF(track)
                part.setWidth(track.width() * min(1.0, float(value / whole)))
                painter.setOpacity(opacity)
                painter.setBrush(QColor(colour))
                painter.drawRoundedRect(part, 2, 2)
        painter.setOpacity(1.0)


def _title() -> str:
    return "Excess liquidity"


def _figures(cushion: Cushion) -> str:
    """893,877 → 879,800 → 880,100 look-ahead"""
    if cushion.excess_after is None:
        return f"{_whole(cushion.excess_before)}{_ARROW}not known"
    told = f"{_whole(cushion.excess_before)}{_ARROW}{_whole(cushion.excess_after)}"
    ahead = cushion.look_ahead_after
    return told if ahead is None else f"{told}{_ARROW}{_whole(ahead)} look-ahead"


def _whole(value: Decimal | None) -> str:
    return fmt.money(value, "", 0)


def _short(cushion: Cushion) -> bool:
    return _tone(cushion) != "ok"


def _tone(cushion: Cushion) -> str:
    """The same ladder as the margin alerts, as it would stand after the order."""
    if cushion.excess_after is None:
        return "text_faint"
    if cushion.excess_after <= 0:
        return "danger"
    return margin_tone(
        AccountSummary(
            "", excess_liquidity=cushion.excess_after, maintenance_margin=cushion.maintenance_after
        )
    )
