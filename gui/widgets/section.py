"""A part of a form that is folded away until it is wanted; folded, its head says what is set inside."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from gui import theme


class SectionHead(QAbstractButton):
    """An arrow, a title, and on the right a few words."""

    def __init__(self, title: str, name: str) -> None:
        super().__init__()
        self._title, self._words = title, ""
        self.setCheckable(True)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def say(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self.setToolTip(words)
            self.setAccessibleDescription(words)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Return goes on to the panel: it reviews from wherever the focus is.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(worn.accent if self.hasFocus() else worn.border))
            painter.drawLine(0, 0, self.width(), 0)
            self._paint_arrow(painter, QColor(worn.text if self.underMouse() else worn.text_dim))
            box = self.rect().adjusted(theme.px(15), 0, 0, 0)
            painter.setFont(theme.numeric_font(12, painter.font().Weight.DemiBold))
            painter.setPen(QColor(worn.text if self.isEnabled() else worn.text_faint))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, self._title)
            left = painter.fontMetrics().horizontalAdvance(self._title) + theme.px(10)
            painter.setFont(theme.numeric_font(11))
            painter.setPen(QColor(worn.text_dim))
            room = box.adjusted(left, 0, 0, 0)
            words = painter.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | middle, words)

    def _paint_arrow(self, painter: QPainter, ink: QColor) -> None:
        painter.setPen(QPen(ink, 1.6))
        side, x, y = float(theme.px(3.5)), theme.px(5), self.height() / 2
        if self.isChecked():
            points = ((-side, -side / 2), (0.0, side / 2), (side, -side / 2))
        else:
            points = ((-side / 2, -side), (side / 2, 0.0), (-side / 2, side))
        for (x1, y1), (x2, y2) in pairwise(points):
            painter.drawLine(round(x + x1), round(y + y1), round(x + x2), round(y + y2))


class Section(QWidget):
    """`body` under a head that folds it.

    Signals:
        folded: it was opened or shut, by whomever.
    """

    folded = Signal(bool)

    def __init__(self, title: str, name: str, body: QWidget) -> None:
        super().__init__()
        self.head = SectionHead(title, name)
        self.body = body
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(self.head)
        column.addWidget(body)
        body.hide()
        self.head.toggled.connect(self._fold)

    @property
    def is_open(self) -> bool:
        return self.head.isChecked()

    def open(self, wanted: bool = True) -> None:
        self.head.setChecked(wanted)

    def _fold(self, opened: bool) -> None:
        self.body.setVisible(opened)
        self.folded.emit(opened)
