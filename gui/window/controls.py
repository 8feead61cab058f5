"""The window's hand on trading itself: kill, halt, resume, arm; and what shows how they stand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from core.domain.topics import Changes, Topic
from gui.bridge import Bridge
from gui.widgets.arm_card import ArmCard
from gui.widgets.hold_button import HoldButton
from gui.widgets.kill_card import KillCard
from gui.widgets.top_bar import TopBar
from gui.widgets.trading_strip import TradingStrip

KILL_KEYS = "Ctrl+Shift+K"
_LETS_GO = frozenset({Qt.Key.Key_K, Qt.Key.Key_Control, Qt.Key.Key_Shift})
_LEAVES = frozenset({QEvent.Type.ApplicationStateChange, QEvent.Type.WindowDeactivate})
_BY_HAND = "Halted by the trader."
_REDUCING = "Set by the trader."


class KillKeys(QObject):
    """Ctrl+Shift+K as a hand on the KILL button: down begins, up ends, and a key that repeats itself is one press."""

    def __init__(self, button: HoldButton, window: QWidget) -> None:
        super().__init__(window)
        self._button = button
        self._are_down = False
        self._shortcut = QShortcut(QKeySequence(KILL_KEYS), window)
        self._shortcut.setObjectName("kill-keys")
        # Floating panels are windows of their own, and the switch must work there too.
        self._shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
        self._shortcut.setAutoRepeat(False)
        self._shortcut.activated.connect(self._down)

    def _down(self) -> None:
        active = QApplication.activeWindow()
        # The monitor is for walls: it has no control over orders.
        if active is not None and active.objectName() == "monitor":
            return
        # A key that stays down activates the shortcut again and again.
        if self._are_down:
            return
        self._are_down = True
        self._button.begin()
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def _up(self) -> None:
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        self._are_down = False
        self._button.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Here only while the keys are down."""
        if event.type() in _LEAVES:
            self._up()
        elif isinstance(event, QKeyEvent) and event.key() in _LETS_GO:
            if event.type() is QEvent.Type.KeyRelease and not event.isAutoRepeat():
                self._up()
            # The K that repeats itself types nothing anywhere.
            return event.key() == Qt.Key.Key_K
        return False


class Controls:
    """Wires the bar, the strip and the two cards to the bridge."""

    def __init__(self, bridge: Bridge, window: QWidget, top: TopBar, strip: TradingStrip) -> None:
        self._bridge = bridge
        self._top = top
        self._strip = strip
        self.kill_card = KillCard(top.kill, strip, window, bridge.cancel_everywhere)
        self.arm_card = ArmCard(top.kill, strip, window, bridge.arm, bridge.disarm)
        self.keys = KillKeys(top.kill, window)
        top.kill.held.connect(self.kill)
        top.kill.let_go.connect(self._say_too_short)
        top.arm.connect(self.arm)
        strip.kill_asked.connect(self.kill_card.bring)

    # --- showing ------------------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if not changes.keys().isdisjoint({Topic.TRADING, Topic.ORDER, Topic.LINK}):
            self.show()

    def show(self) -> None:
        trading, now_s = self._bridge.desk.trading, self._bridge.now_s()
        self._top.show_trading(trading, now_s)
        self._strip.show_trading(trading, now_s)
        self.arm_card.show_link(self._bridge.desk.link)
        self.kill_card.follow(self._bridge.desk)
        if not trading.phrase:
            self.kill_card.hide()

    # --- doing --------------------------------------------------------------------------------

    def kill(self) -> None:
        """Halt, cancel, and show how far it is. The focus stays where it is."""
        self._bridge.kill()
        self.show()
        self.arm_card.hide()
        self.kill_card.bring()

    def halt(self) -> None:
        self._bridge.halt(_BY_HAND)
        self.show()

    def reduce_only(self) -> None:
        self._bridge.reduce_only(_REDUCING)
        self.show()

    def resume(self) -> None:
        """To the field where the words are typed."""
        self._strip.attend()

    def arm(self) -> None:
        self.arm_card.ask()

    def _say_too_short(self) -> None:
        self._bridge.said.emit("info", "KILL acts when it is held for one second. Nothing was done.")
