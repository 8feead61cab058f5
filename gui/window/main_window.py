"""The window: one frame, bars above and below, docks between, and one refresh a frame."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenuBar, QWidget

from core.domain.account import AccountSummary
from core.domain.link import LinkView, Mode, Socket
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.dialogs.alert_popup import WIDTH as POPUP_WIDTH
from gui.dialogs.alert_popup import AlertPopups
from gui.dialogs.monitor import Monitor
from gui.panels import ROSTER, Row
from gui.widgets.icons import app_icon
from gui.widgets.link_words import TITLES
from gui.widgets.mark import State
from gui.widgets.mode_frame import ModeFrame
from gui.widgets.status_bar import StatusBar
from gui.widgets.strips import LinkStrip, TryStrip
from gui.widgets.top_bar import TopBar
from gui.window.docks import Docks
from gui.window.first_order import first_order
from gui.window.memory import Memory
from gui.window.menus import Menus

DEFAULT_SIZE = (1600, 1000)
LEAST_SIZE = (1024, 640)
AGE_MS = 1_000
_QUIET_STATES = frozenset({"ready", "syncing", "connecting", "down"})


class MainWindow(QMainWindow):
    """Signals: closing, when the trader closes it; outage and margin, asked for on the "try this" strip."""

    closing = Signal()
    outage_asked = Signal()
    margin_asked = Signal()

    def __init__(self, memory: Memory, roster: Iterable[Row] = ROSTER) -> None:
        """The frame alone, so that something is painted at once; `furnish` brings it to life."""
        super().__init__()
        self.memory = memory
        self.setObjectName("main-window")
        self.setWindowTitle("IBDesk")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(*LEAST_SIZE)
        self.frame = ModeFrame()
        self.setCentralWidget(self.frame)
        self.frame.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.docks = Docks(roster, self.frame)
        self.menu_bar = QMenuBar()
        self.menus = Menus(self, self.menu_bar)
        self.top = TopBar(self.menu_bar)
        self.link_strip = LinkStrip()
        self.try_strip = TryStrip()
        self.try_strip.hide()
        self.status = StatusBar()
        for part in (self.top, self.link_strip, self.try_strip):
            self.frame.column.addWidget(part)
        self.frame.column.addWidget(self.docks.manager, 1)
        self.frame.column.addWidget(self.status)
        self.popups: AlertPopups | None = None
        self.monitor: Monitor | None = None
        self._bridge: Bridge | None = None
        """Since when nothing shown is fresh; `None` while it is, and before it ever was."""
        self._ager = QTimer(self)
        self._ager.setInterval(AGE_MS)
        self._ager.setTimerType(Qt.TimerType.PreciseTimer)
        self._ager.timeout.connect(self.age)
        self._unsized = False
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
        self.menus.fill(self)
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
        self.docks.said.connect(self.bridge.said)
        self.link_strip.retry.connect(self.bridge.retry)
        self.link_strip.stop.connect(self.bridge.disconnect_link)
        self.link_strip.simulator.connect(self.bridge.restart_simulator)
        self.try_strip.order.connect(self._stage_first_order)
        self.try_strip.outage.connect(self.outage_asked)
        self.try_strip.margin.connect(self.margin_asked)
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
        self.docks.refresh(changes)
        if Topic.ALERT in changes and self.popups is not None:
            self.popups.refresh(changes)
        if Topic.LINK in changes:
            self.docks.age(self.bridge.now_s())
        if self.monitor is not None:
            self.monitor.refresh(changes)

    def age(self) -> None:
        now_s = self.bridge.now_s()
        self.top.show_link(self.bridge.desk.link, now_s)
        self.top.show_pacing(self.bridge.desk.pacing)
        self._show_account()
        self.top.fit()
        self._show_trouble(self.bridge.desk.link)
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

    def toggle_monitor(self) -> None:
        """F11: the read-only screen, and back."""
        if self.monitor is not None:
            self.monitor.close()
            return
        self.monitor = Monitor(self.bridge)
        self.monitor.left.connect(self._monitor_left)
        self.monitor.open()

    def show_try_strip(self, shown: bool) -> None:
        self.try_strip.setVisible(shown and not self.memory.values.get("tried"))

    def bring_try_strip_back(self) -> None:
        self.memory.values["tried"] = False
        self.try_strip.show()

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
        event.accept()
        self.closing.emit()

    # --- inside: showing --------------------------------------------------------------------------

    def _show_all(self) -> None:
        self._show_link()
        self._show_account()
        self.top.show_pacing(self.bridge.desk.pacing)
        if self.popups is not None:
            self.popups.catch_up()

    def _show_link(self) -> None:
        link, now_s = self.bridge.desk.link, self.bridge.now_s()
        self.top.show_link(link, now_s)
        self.frame.show_mode(link.mode)
        self.setWindowTitle(_title(link))
        self.status.show_farms(link.farms, fresh=link.socket is Socket.UP)
        if link.timeline:
            at_s, words = link.timeline[-1]
            self.status.show_event(at_s, words)
        self._show_trouble(link)
        self._show_account()

    def _show_account(self) -> None:
        summary = self.bridge.desk.account(self.bridge.account) or AccountSummary(self.bridge.account)
        fresh = self.bridge.desk.link.socket is Socket.UP
        self.top.show_account(summary, fresh, self.bridge.now_s())

    def _show_trouble(self, link: LinkView) -> None:
        if link.state in _QUIET_STATES and (link.lost_at_s is None or link.state == "syncing"):
            self.link_strip.hide()
            return
        self.link_strip.show_trouble(
            self._trouble_words(link),
            TITLES.get(link.state, (State.BUSY, ""))[0],
            retrying=link.socket in (Socket.WAITING, Socket.STALE),
            simulator=self._simulator_is_gone(link),
        )

    def _simulator_is_gone(self, link: LinkView) -> bool:
        gone = link.socket in (Socket.WAITING, Socket.DOWN) and link.profile == "simulator"
        return gone and self.bridge.has_simulator

    def _trouble_words(self, link: LinkView) -> str:
        parts = [link.words]
        if link.lost_at_s is not None:
            parts.insert(0, f"Nothing here is fresh since {fmt.clock(link.lost_at_s)}.")
        if link.retry_at_s is not None:
            left = fmt.age(max(0.0, link.retry_at_s - self.bridge.now_s()) + 0.99)
            parts.append(f"Retrying in {left} (attempt {link.attempt + 1}).")
        working = sum(order.state.may_execute for order in self.bridge.desk.orders())
        if working and link.socket is not Socket.UP:
            parts.append(f"{working} {'order keeps' if working == 1 else 'orders keep'} working at IBKR.")
        return " ".join(parts)

    def _say(self, level: str, words: str) -> None:
        tone = {"error": "danger", "warning": "warning"}.get(level, "")
        self.status.show_event(self.bridge.now_s(), words, tone)

    # --- inside: doing ----------------------------------------------------------------------------

    def _stage_first_order(self) -> None:
        """Prefill the ticket with something small that rests a little under the market."""
        spec = first_order(self.bridge.desk)
        if spec is None:
            self.bridge.said.emit("info", "Wait until prices have come, then try again.")
            return
        self.bridge.select(spec.contract)
        self.bridge.stage(spec)
        self.bridge.said.emit("info", "The ticket is filled in: press Review, look it over, then Send.")

    def _dismiss_try_strip(self) -> None:
        self.memory.values["tried"] = True
        self.try_strip.hide()
        self.bridge.said.emit("info", "Help > Try this brings the strip back.")

    def _popup_corner(self) -> QPoint:
        """Over the oldest bars of the chart: never over Send, nor over the buttons that cancel."""
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
    return " – ".join(part for part in (f"{link.mode}", link.account, "IBDesk") if part)
