"""The window: one frame, bars above and below, docks between, and one refresh a frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenuBar, QWidget

from core.domain.account import AccountSummary
from core.domain.link import LinkView, Mode, Socket
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panels import ROSTER, Row
from gui.widgets.link_words import COMPETING, TITLES, retry_words
from gui.widgets.mark import State
from gui.widgets.mode_frame import ModeFrame
from gui.widgets.status_bar import StatusBar
from gui.widgets.strips import ArmedStrip, LinkStrip, TryStrip
from gui.widgets.top_bar import TopBar
from gui.widgets.trading_strip import TradingStrip
from gui.window.controls import Controls
from gui.window.docks import Docks
from gui.window.memory import Memory
from gui.window.menus import Menus

if TYPE_CHECKING:
    from gui.dialogs.alert_popup import AlertPopups
    from gui.dialogs.command_bar import CommandBar
    from gui.dialogs.monitor import Monitor
    from gui.dialogs.settings import SettingsDialog

DEFAULT_SIZE = (1600, 1000)
LEAST_SIZE = (1024, 640)
AGE_MS = 1_000
_TONES = {"error": "danger", "warning": "warning"}
_QUIET_STATES = frozenset({"ready", "syncing", "connecting", "down"})


class MainWindow(QMainWindow):
    """Signals: closing, when the trader closes it; practice_asked, with an exercise's name, MEND or CALM."""

    closing = Signal()
    practice_asked = Signal(str)

    def __init__(self, memory: Memory, roster: Iterable[Row] = ROSTER) -> None:
        """The frame alone, so that something is painted at once; `furnish` brings it to life."""
        super().__init__()
        self.memory = memory
        self.setObjectName("main-window")
        self.setWindowTitle("IBDesk")
        self.setMinimumSize(*LEAST_SIZE)
        self.frame = ModeFrame()
        self.setCentralWidget(self.frame)
        self.frame.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.docks = Docks(roster, self.frame)
        self.menu_bar = QMenuBar()
        self.menus = Menus(self, self.menu_bar)
        self.top = TopBar(self.menu_bar)
        self.armed_strip = ArmedStrip()
        self.trading_strip = TradingStrip(self._resume_trading)
        self.link_strip = LinkStrip()
        self.try_strip = TryStrip()
        self.try_strip.hide()
        self._offers_practice = False
        self.status = StatusBar()
        for part in (self.top, self.armed_strip, self.trading_strip, self.link_strip, self.try_strip):
            self.frame.column.addWidget(part)
        self.frame.column.addWidget(self.docks.manager, 1)
        self.frame.column.addWidget(self.status)
        self.popups: AlertPopups | None = None
        self.monitor: Monitor | None = None
        self.command_bar: CommandBar | None = None
        self.controls: Controls | None = None
        self.settings: SettingsDialog | None = None
        self._bridge: Bridge | None = None
        self._ager = QTimer(self)
        self._ager.setInterval(AGE_MS)
        self._ager.setTimerType(Qt.TimerType.PreciseTimer)
        self._ager.timeout.connect(self.age)
        self._unsized = False
        self._said_at_s = 0.0
        self._restore_frame()

    @property
    def bridge(self) -> Bridge:
        assert self._bridge is not None, "the window is not furnished yet"
        return self._bridge

    def open(self, size: tuple[int, int] | None = None) -> None:
        """Show it, in `size` if one is given."""
        if size is not None:
            self.resize(*size)
        self.show()
        # Not the first button there is: a space bar pressed by habit must do nothing.
        self.frame.setFocus()

    def furnish(self, bridge: Bridge, version: str) -> None:
        """Fill the docks with their panels and begin to show the desk."""
        self._bridge = bridge
        self.status.show_version(version)
        self.docks.furnish(bridge)
        self.controls = Controls(bridge, self, self.top, self.trading_strip)
        self.menus.fill(self)
        # What is not in sight at first comes after the first paint.
        from gui.dialogs.alert_popup import AlertPopups

        self.popups = AlertPopups(
            bridge, self, self._popup_corner, lambda: bridge.show_panel.emit("positions")
        )
        self._connect_signals()
        self._restore_panels()
        self._show_all()
        self._ager.start()

    def open_popups(self) -> tuple[QWidget, ...]:
        return () if self.popups is None else self.popups.open

    def _connect_signals(self) -> None:
        self.bridge.changed.connect(self.refresh)
        self.bridge.said.connect(self._say)
        self.bridge.show_panel.connect(self.docks.bring)
        self.bridge.staged.connect(lambda _: self.docks.bring("ticket"))
        self.bridge.modification_staged.connect(lambda _: self.docks.bring("ticket"))
        self.bridge.replacement_staged.connect(lambda _: self.docks.bring("ticket"))
        self.docks.said.connect(self.bridge.said)
        self.link_strip.retry.connect(self.bridge.retry)
        self.link_strip.stop.connect(self.bridge.disconnect_link)
        self.link_strip.simulator.connect(self.bridge.restart_simulator)
        self.link_strip.arm.connect(self._go_and_arm)
        self.armed_strip.disarm.connect(self.bridge.disarm)
        self.try_strip.order.connect(self._stage_first_order)
        self.try_strip.asked.connect(self.practice_asked)
        self.try_strip.dismissed.connect(self._dismiss_try_strip)

    # --- once a frame, once a second -------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        """Repaint what changed; a change of the link ages everything at once."""
        if Topic.LINK in changes:
            self._show_link()
        if Topic.PACING in changes:
            self.top.show_pacing(self.bridge.desk.pacing)
        if Topic.ACCOUNT in changes:
            self._show_account()
        if Topic.NOTE in changes:
            self._show_event()
        self.docks.refresh(changes)
        if Topic.ALERT in changes and self.popups is not None:
            self.popups.refresh(changes)
        if Topic.LINK in changes:
            self.docks.age(self.bridge.now_s())
        if self.controls is not None:
            self.controls.refresh(changes)
        if self.monitor is not None:
            self.monitor.refresh(changes)

    def age(self) -> None:
        now_s = self.bridge.now_s()
        self.top.show_link(self.bridge.desk.link, now_s)
        self.top.show_pacing(self.bridge.desk.pacing)
        self._show_account()
        self.top.fit()
        self._show_trouble(self.bridge.desk.link)
        if self.controls is not None:
            self.controls.show()
        self.docks.age(now_s)
        if self.monitor is not None:
            self.monitor.age(now_s)

    # --- what menus and the app ask for ----------------------------------------------------------

    def choose_theme(self, name: str) -> None:
        self.memory.values["theme"] = name
        self._dress()

    def zoom_by(self, steps: int) -> None:
        """Larger or smaller by tenths; 0 goes back to normal."""
        zoom = 1.0 if steps == 0 else theme.zoom() + steps * 0.1
        self.memory.values["zoom"] = round(min(theme.MAX_ZOOM, max(theme.MIN_ZOOM, zoom)), 2)
        self._dress()

    def reset_layout(self) -> None:
        self.docks.reset()
        self.bridge.said.emit("info", "The layout is back to its default.")

    def open_command_line(self) -> None:
        """Ctrl+K: a typed order, cancel or chart; it ends in the ticket's review."""
        if self.command_bar is None:
            from gui.dialogs.command_bar import CommandBar

            self.command_bar = CommandBar(self.bridge, self)
        self.command_bar.open()

    def toggle_monitor(self) -> None:
        """F11: the read-only screen, and back."""
        if self.monitor is not None:
            self.monitor.close()
            return
        from gui.dialogs.monitor import Monitor

        self.monitor = Monitor(self.bridge)
        self.monitor.left.connect(self._monitor_left)
        self.monitor.open()

    def open_settings(self) -> None:
        """Beside the window, not over it: nothing waits for it."""
        if self.settings is None:
            from gui.dialogs.settings import own_settings

            self.settings = own_settings(self.bridge, self)
        self.settings.show()
        self.settings.raise_()
        self.settings.activateWindow()

    def show_try_strip(self, shown: bool) -> None:
        """Offer the first three exercises, unless the trader has hidden them."""
        self._offers_practice = shown
        self._place_try_strip()

    def show_exercise(self, name: str) -> None:
        """The exercise that is on, by name; "" for none. It stays in sight even where the offers are hidden."""
        self.try_strip.show_exercise(name)
        self._place_try_strip()

    def practise(self, name: str) -> None:
        self.practice_asked.emit(name)

    def bring_try_strip_back(self) -> None:
        self.memory.values["tried"] = False
        self.show_try_strip(True)

    def _place_try_strip(self) -> None:
        offered = self._offers_practice and not self.memory.values.get("tried")
        ours = self._bridge is None or self.bridge.desk.link.profile == "simulator"
        self.try_strip.setVisible(ours and (offered or self.try_strip.is_going))

    def remember(self) -> None:
        """Save the layout; a file that cannot be written is said, not raised."""
        self.memory.values["geometry"] = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        if self._bridge is None:
            return
        self.memory.values["docks"] = self.docks.save()
        if fault := self.memory.write():
            self.bridge.said.emit("warning", fault)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.remember()
        self._ager.stop()
        if self.popups is not None:
            self.popups.close_all()
        if self.monitor is not None:
            self.monitor.close()
        if self.settings is not None:
            self.settings.close()
        event.accept()
        self.closing.emit()

    # --- inside: showing --------------------------------------------------------------------------

    def _show_all(self) -> None:
        self._show_link()
        self._show_account()
        self.top.show_pacing(self.bridge.desk.pacing)
        if self.controls is not None:
            self.controls.show()
        if self.popups is not None:
            self.popups.catch_up()

    def _show_link(self) -> None:
        link, now_s = self.bridge.desk.link, self.bridge.now_s()
        self.top.show_link(link, now_s)
        self.frame.show_mode(link.mode, link.armed)
        self.armed_strip.show_armed(link.armed, link.account)
        self.setWindowTitle(_title(link))
        self._place_try_strip()
        self.status.show_farms(link.farms, fresh=link.socket is Socket.UP)
        self._show_event()
        self._show_trouble(link)
        self._show_account()

    def _show_event(self) -> None:
        """The newest thing that happened: to the link, or what the desk told of orders and data."""
        told = [(note.at_s, note.words, _TONES.get(note.level, "")) for note in self.bridge.desk.notes()[-1:]]
        told += [(at_s, words, "") for at_s, words in self.bridge.desk.link.timeline[-1:]]
        newest = max(told, default=None)
        if newest is not None and newest[0] > self._said_at_s:
            self.status.show_event(*newest)

    def _show_account(self) -> None:
        summary = self.bridge.desk.account(self.bridge.account) or AccountSummary(self.bridge.account)
        fresh = self.bridge.desk.link.socket is Socket.UP
        self.top.show_account(summary, fresh, self.bridge.now_s())

    def _show_trouble(self, link: LinkView) -> None:
        if link.state in _QUIET_STATES and (link.lost_at_s is None or link.state == "syncing"):
            if link.competing:
                self.link_strip.show_trouble(COMPETING, State.BUSY, retrying=False, simulator=False)
            else:
                self.link_strip.hide()
            return
        self.link_strip.show_trouble(
            self._trouble_words(link),
            TITLES.get(link.state, (State.BUSY, ""))[0],
            retrying=link.socket in (Socket.WAITING, Socket.STALE),
            simulator=self.bridge.simulator_is_dead,
            arming=bool(link.arm_phrase) and not link.armed,
        )

    def _trouble_words(self, link: LinkView) -> str:
        parts = [link.words]
        if link.lost_at_s is not None:
            parts.insert(0, f"Nothing here is fresh since {fmt.clock(link.lost_at_s)}.")
        if retrying := retry_words(link, self.bridge.now_s()):
            parts.append(f"{retrying}.")
        working = sum(order.state.may_execute for order in self.bridge.desk.orders())
        if working and link.socket is not Socket.UP:
            parts.append(f"{working} {'order keeps' if working == 1 else 'orders keep'} working at IBKR.")
        return " ".join(parts)

    def _say(self, level: str, words: str) -> None:
        self._said_at_s = self.bridge.now_s()
        self.status.show_event(self._said_at_s, words, _TONES.get(level, ""))

    # --- inside: doing ----------------------------------------------------------------------------

    def _resume_trading(self, typed: str) -> str:
        return self.bridge.resume_trading(typed)

    def _go_and_arm(self) -> None:
        """To where the words are typed."""
        self.docks.bring("connection")
        panel = self.docks.panels.get("connection")
        if panel is not None:
            panel.attend()

    def _stage_first_order(self) -> None:
        """Prefill the ticket with something small that rests a little under the market."""
        from gui.window.first_order import first_order

        spec = first_order(self.bridge.desk)
        if spec is None:
            self.bridge.said.emit("info", "Wait until prices have come, then try again.")
            return
        self.bridge.select(spec.contract)
        self.bridge.stage(spec)
        self.bridge.said.emit("info", "The ticket is filled in: press Review, look it over, then Send.")

    def _dismiss_try_strip(self) -> None:
        self.memory.values["tried"] = True
        self._place_try_strip()
        self.bridge.said.emit("info", "Help > Try this brings the strip back.")

    def _popup_corner(self) -> QPoint:
        """Over the oldest bars of the chart: never over Send, nor over the buttons that cancel."""
        from gui.dialogs.alert_popup import WIDTH as POPUP_WIDTH

        home = self.docks.area_of("chart") or self
        edge, axis = theme.px(12), theme.px(44)
        return home.mapToGlobal(QPoint(edge + theme.px(POPUP_WIDTH), home.height() - axis))

    def _monitor_left(self) -> None:
        if self.monitor is not None:
            self.monitor.deleteLater()
            self.monitor = None

    def _dress(self) -> None:
        app = QGuiApplication.instance()
        chosen = theme.THEMES.get(self.memory.text("theme"), theme.current())
        theme.apply(app, chosen, self.memory.number("zoom", theme.zoom()))  # type: ignore[arg-type]

    def _restore_frame(self) -> None:
        """Where the window stood and how its docks lay; the panels' own states come when they do."""
        self.resize(*DEFAULT_SIZE)
        geometry = self.memory.text("geometry")
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode("ascii", "replace")))
        saved = self.memory.table("docks")
        self._unsized = not saved
        if saved and not self.docks.restore_layout(saved):
            self._unsized = True
            self.memory.fault = "The saved layout could not be restored; the default is used."

    def _restore_panels(self) -> None:
        self.docks.restore_panels(self.memory.table("docks"))
        if self.memory.fault:
            self.bridge.said.emit("warning", self.memory.fault)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._unsized:
            # Shares of a space can be given only when there is one.
            self._unsized = False
            QTimer.singleShot(0, self.docks, self.docks.size_areas)


def _title(link: LinkView) -> str:
    if link.mode is Mode.UNKNOWN:
        return "IBDesk"
    mode = f"{link.mode} ARMED" if link.armed else f"{link.mode}"
    return " – ".join(part for part in (mode, link.account, "IBDesk") if part)
