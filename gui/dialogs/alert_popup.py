"""Alert popups: one a cause, stacked, never taking the focus, never trading."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from core.domain.alert import Alert, AlertLevel
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.widgets.button import button
from gui.widgets.levels import LEVEL_SHAPES, LEVEL_TONES
from gui.widgets.text import label, say

WIDTH = 380
LEAST_HEIGHT = 110
GAP = 10
CLEARED_STAYS_MS = 6_000


class AlertPopup(QWidget):
    """One alert. It says level, what is measured, the limit and since when; it cannot trade.

    Signals:
        acknowledged: the alert_id.
        positions_asked: the trader wants to see the positions.
    """

    acknowledged = Signal(str)
    positions_asked = Signal()

    def __init__(self, alert: Alert) -> None:
        super().__init__(None, _flags(alert.level))
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_X11DoNotAcceptFocus)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.alert = alert
        self.setObjectName(f"alert-{alert.cause}")
        self.setFixedWidth(theme.px(WIDTH))
        self.level = label("", role="heading", name="alert-level")
        self.since = label("", role="caption", name="alert-since")
        self.title = label("", role="title", name="alert-title", wrap=True)
        self.measured = label("", name="alert-measured", wrap=True)
        self.limit = label("", tone="dim", name="alert-limit", wrap=True)
        self.acknowledge = button("Acknowledge", "alert-acknowledge", self._acknowledge)
        self.positions = button("Show positions", "alert-positions", self.positions_asked.emit, kind="quiet")
        self._column = QVBoxLayout(self)
        self._lay_out()
        self.show_alert(alert)

    def show_alert(self, alert: Alert) -> None:
        """Say what the alert says now; a level risen to critical brings the popup on top."""
        if _flags(alert.level) != _flags(self.alert.level):
            shown = self.isVisible()
            self.setWindowFlags(_flags(alert.level))
            self.setVisible(shown)
        self.alert = alert
        shape, tone = LEVEL_SHAPES[alert.level], LEVEL_TONES[alert.level]
        say(self.level, f"{shape} {alert.level.word.upper()}", tone if alert.is_active else "ok")
        say(self.since, f"since {fmt.clock(alert.raised_at_s)}")
        say(self.title, alert.title)
        say(self.measured, f"{alert.measured}{' – estimate' if alert.estimated else ''}")
        say(self.limit, f"Limit {alert.limit}. Account {alert.account}.")
        if not alert.is_active:
            self._say_cleared(alert)
        self.setAccessibleName(f"{alert.level.word} alert: {alert.title}. {alert.measured}.")
        # A width that is fixed and words that wrap: only the layout knows the height.
        self.setFixedHeight(max(self._column.heightForWidth(self.width()), theme.px(LEAST_HEIGHT)))
        self.update()

    def _say_cleared(self, alert: Alert) -> None:
        say(self.level, "✓ CLEARED", "ok")
        say(self.limit, f"Cleared at {fmt.clock(alert.cleared_at_s)}. Account {alert.account}.")
        self.acknowledge.setText("Close")
        self.acknowledge.setAccessibleName("Close")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.level)
        head.addStretch(1)
        head.addWidget(self.since)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        for each in (self.acknowledge, self.positions):
            each.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        buttons.addWidget(self.acknowledge)
        buttons.addWidget(self.positions)
        buttons.addStretch(1)
        column = self._column
        edge = theme.px(14)
        column.setContentsMargins(edge + theme.px(4), theme.px(12), edge, theme.px(12))
        column.setSpacing(theme.px(4))
        column.addLayout(head)
        for part in (self.title, self.measured, self.limit):
            column.addWidget(part)
        column.addSpacing(theme.px(6))
        column.addLayout(buttons)

    def _acknowledge(self) -> None:
        self.acknowledged.emit(self.alert.alert_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        edge = QColor(getattr(look, LEVEL_TONES[self.alert.level] if self.alert.is_active else "ok"))
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(look.raised))
            painter.fillRect(QRectF(0, 0, theme.px(5), self.height()), edge)
            painter.setPen(
                QPen(edge if self.alert.level >= AlertLevel.CRITICAL else QColor(look.border_strong))
            )
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class AlertPopups(QObject):
    """The stack that grows upwards from a corner of `home`: newest lowest, one a cause and account."""

    def __init__(
        self, bridge: Bridge, home: QWidget, corner: Callable[[], QPoint], show_positions: Callable[[], None]
    ) -> None:
        """`corner` is where, on the screen, the stack's lower right corner belongs just now."""
        super().__init__(home)
        self._corner = corner
        self._bridge = bridge
        self._show_positions = show_positions
        self._open: dict[str, AlertPopup] = {}
        home.installEventFilter(self)

    @property
    def open(self) -> tuple[AlertPopup, ...]:
        return tuple(self._open.values())

    def refresh(self, changes: Changes) -> None:
        """Open, update and close as the desk's alerts say."""
        touched = changes.get(Topic.ALERT, frozenset())
        for alert in reversed(self._bridge.desk.alerts()):
            if alert.alert_id in touched:
                self._take(alert)

    def catch_up(self) -> None:
        """Show every alert that still waits, after the window opened."""
        for alert in reversed(self._bridge.desk.alerts()):
            if alert.wants_attention:
                self._take(alert)

    def close_all(self) -> None:
        for alert_id in tuple(self._open):
            self._close(alert_id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show):
            self._stack()
        return False

    def _take(self, alert: Alert) -> None:
        popup = self._open.get(alert.alert_id)
        if popup is None:
            if alert.wants_attention:
                self._raise(alert)
            return
        louder = alert.level > popup.alert.level
        popup.show_alert(alert)
        if not alert.is_active:
            QTimer.singleShot(CLEARED_STAYS_MS, popup, lambda: self._close(alert.alert_id))
        elif alert.acknowledged_at_s is not None:
            self._close(alert.alert_id)
        elif louder:
            self._sound(alert)
        self._stack()

    def _raise(self, alert: Alert) -> None:
        popup = AlertPopup(alert)
        popup.acknowledged.connect(self._acknowledge)
        popup.positions_asked.connect(self._show_positions)
        self._open[alert.alert_id] = popup
        self._stack()
        popup.show()
        self._sound(alert)

    def _sound(self, alert: Alert) -> None:
        if alert.level >= AlertLevel.CRITICAL:
            QApplication.beep()

    def _acknowledge(self, alert_id: str) -> None:
        self._bridge.acknowledge(alert_id)
        self._close(alert_id)

    def _close(self, alert_id: str) -> None:
        popup = self._open.pop(alert_id, None)
        if popup is not None:
            popup.close()
            popup.deleteLater()
            self._stack()

    def _stack(self) -> None:
        """From the corner upwards."""
        corner = self._corner()
        gap = theme.px(GAP)
        bottom = corner.y()
        for popup in reversed(self._open.values()):
            bottom -= popup.height()
            popup.move(corner.x() - popup.width(), bottom)
            bottom -= gap


def _flags(level: AlertLevel) -> Qt.WindowType:
    flags = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowDoesNotAcceptFocus
    return flags | Qt.WindowType.WindowStaysOnTopHint if level >= AlertLevel.CRITICAL else flags
