"""A small line beside a field: never widens its panel, and says in its tooltip what it had to cut."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from gui import theme

_TONES = {"": "text", "dim": "text_dim", "faint": "text_faint"}


class Caption(QLabel):
    """One line of small plain text in a tone of the theme."""

    def __init__(self, name: str = "", size: int = 11) -> None:
        super().__init__()
        self._tone = "dim"
        self._size = size
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setObjectName(name)

    @property
    def tone(self) -> str:
        return self._tone

    def say(self, words: str, tone: str = "dim") -> None:
        """Show `words`; costs nothing when neither they nor the tone changed."""
        if words != self.text() or tone != self._tone:
            self._tone = tone
            self.setText(words)
            self.setAccessibleName(words)
            self._explain()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(40), theme.px(self._size + 6))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        font = theme.numeric_font(self._size)
        elided = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        with QPainter(self) as painter:
            painter.setFont(font)
            painter.setPen(QColor(getattr(theme.current(), _TONES.get(self._tone, self._tone))))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

    def _explain(self) -> None:
        wide = QFontMetrics(theme.numeric_font(self._size)).horizontalAdvance(self.text())
        self.setToolTip(f"<qt>{html.escape(self.text())}</qt>" if wide > self.width() else "")
