"""A captioned number: small caption, strong value, and a width that does not jump as the digits change."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme
from gui.widgets.text import label, say


class Figure(QWidget):
    """Caption above, value below."""

    def __init__(self, caption: str, *, widest: str = "", align_right: bool = False, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name or f"figure-{caption.lower().replace(' ', '-')}")
        self.caption = label(caption, role="caption")
        self.value = label("–", role="figure", name=f"{self.objectName()}-value")
        side = Qt.AlignmentFlag.AlignRight if align_right else Qt.AlignmentFlag.AlignLeft
        for part in (self.caption, self.value):
            part.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.caption)
        column.addWidget(self.value)
        self._caption_words = caption
        font = theme.numeric_font(15)
        font.setWeight(font.Weight.DemiBold)
        self._least = QFontMetrics(font).horizontalAdvance(widest) + 2 if widest else 0

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Never narrower than the widest expected, nor than what it says now."""
        return super().minimumSizeHint().expandedTo(QSize(self._least, 0))

    def show_value(self, text: str, tone: str = "", tip: str = "") -> None:
        """Show `text`; with the tone "faint" it is not fresh, and `tip` should say since when."""
        say(self.value, text, tone)
        self.setAccessibleName(f"{self._caption_words}: {text}")
        if self.toolTip() != tip:
            self.setToolTip(tip)
