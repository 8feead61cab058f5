"""A card that hangs under the top bar, over the docks: it stops nothing, and Esc puts it away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui import theme
from gui.widgets.button import button
from gui.widgets.text import label, say

_GAP = 8
_MOVES = frozenset({QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Hide})


class Card(QFrame):
    """A title, a way to hide it, and `column` for the rest. It stays in its place as the window changes."""

    def __init__(self, anchor: QWidget, strip: QWidget, home: QWidget, name: str, width: int) -> None:
        """`anchor` gives its right edge; `strip`, where it is shown, is never covered."""
        super().__init__(home)
        self._strip = strip
        self._anchor = anchor
        self._home = home
        self._width = width
        self._tone = "danger"
        self.setObjectName(name)
        self.title = label("", role="title", name=f"{name}-title", wrap=True)
        self.hide_button = button("Hide", f"{name}-hide", self.hide, kind="quiet")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.hide_button, 0, Qt.AlignmentFlag.AlignTop)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.px(14), theme.px(10), theme.px(12), theme.px(12))
        self.column.setSpacing(theme.px(6))
        self.column.addLayout(head)
        for one in (home, strip):
            one.installEventFilter(self)
        self.hide()

    def entitle(self, words: str, tone: str = "danger") -> None:
        say(self.title, words)
        self.setAccessibleName(words)
        if tone != self._tone:
            self._tone = tone
            self.update()

    def bring(self) -> None:
        """Show it in its place, over everything else of the window; the focus stays where it is."""
        self.show()
        self.place()
        self.raise_()

    def place(self) -> None:
        """Under anchor and strip, right edges together, never over the window's own edge."""
        gap = theme.px(_GAP)
        width = min(theme.px(self._width), self._home.width() - 2 * gap)
        self.setFixedWidth(width)
        height = max(self.column.heightForWidth(width), self.column.minimumSize().height())
        corner = self._anchor.mapTo(self._home, self._anchor.rect().bottomRight())
        top = corner.y()
        if self._strip.isVisible():
            top = max(top, self._strip.mapTo(self._home, self._strip.rect().bottomLeft()).y())
        left = max(gap, min(corner.x(), self._home.width() - gap) - width)
        self.setGeometry(left, top + gap, width, min(height, self._home.height() - top - 2 * gap))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(worn.raised))
            painter.fillRect(0, 0, theme.px(4), self.height(), QColor(getattr(worn, self._tone)))
            painter.setPen(QPen(QColor(worn.border_strong)))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
