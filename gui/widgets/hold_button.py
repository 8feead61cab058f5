"""A button that acts only when it is held: a bar fills while it is, and letting go takes it back."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui import theme

HOLD_MS = 1_000
_FRAME_MS = 16


class HoldButton(QAbstractButton):
    """Held by the mouse, by the space bar, or by `begin` and `end` for keys that are caught elsewhere.

    Signals:
        held: it was held to the end; once, however long the hand stays on it.
        let_go: it was let go too early: nothing happened.
    """

    held = Signal()
    let_go = Signal()

    def __init__(self, text: str, name: str, tip: str, hold_ms: int = HOLD_MS) -> None:
        super().__init__()
        self._hold_ms = hold_ms
        self._elapsed = QElapsedTimer()
        self._ticker = QTimer(self)
        self._ticker.setInterval(_FRAME_MS)
        self._ticker.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticker.timeout.connect(self._tick)
        self.setText(text)
        self.setObjectName(name)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self.setAccessibleDescription(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def is_filling(self) -> bool:
        return self._ticker.isActive()

    @property
    def fraction(self) -> float:
        """How much of the time it has been held, 0 to 1."""
        return min(1.0, self._elapsed.elapsed() / self._hold_ms) if self.is_filling else 0.0

    def begin(self) -> None:
        """A hand is on it. A second one changes nothing."""
        if self.isEnabled() and not self.is_filling:
            self._elapsed.start()
            self._ticker.start()
            self.update()

    def end(self) -> None:
        """The hand is gone."""
        if self.is_filling:
            self._ticker.stop()
            self.update()
            self.let_go.emit()

    def _tick(self) -> None:
        if self._elapsed.elapsed() >= self._hold_ms:
            self._ticker.stop()
            self.held.emit()
        self.update()

    # --- hands --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.begin()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.end()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.rect().contains(event.position().toPoint()):
            self.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            event.ignore()
        elif not event.isAutoRepeat():
            self.begin()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            event.ignore()
        elif not event.isAutoRepeat():
            self.end()

    def event(self, event: QEvent) -> bool:
        # Whoever leaves has let go: nothing may fill up with nobody there.
        if event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide, QEvent.Type.WindowDeactivate):
            self.end()
        return super().event(event)

    # --- looks --------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        words = QFontMetrics(self._font()).horizontalAdvance(self.text())
        return QSize(words + theme.px(24), theme.px(28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _font(self) -> QFont:
        return theme.numeric_font(13, QFont.Weight.DemiBold)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        filling = self.is_filling
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(worn.raised if filling else worn.danger_fill))
            painter.drawRoundedRect(box, 4, 4)
            if filling:
                painter.setClipRect(QRectF(box.left(), box.top(), box.width() * self.fraction, box.height()))
                painter.setBrush(QColor(worn.danger_fill))
                painter.drawRoundedRect(box, 4, 4)
                painter.setClipping(False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(
                QPen(
                    QColor(worn.text if self.hasFocus() or filling else worn.danger_fill), 2 if filling else 1
                )
            )
            painter.drawRoundedRect(box, 4, 4)
            painter.setFont(self._font())
            painter.setPen(QColor(worn.text if filling and self.fraction < 0.5 else worn.on_fill))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.text())
