"""The connection: where it stands and what to do next, both links apart, budgets, and what happened."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.domain.link import Breaker, Broker, LinkView, Socket
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.widgets.button import button
from gui.widgets.facts import FactGroup
from gui.widgets.link_words import PROFILE_TITLES, TITLES, farm_words
from gui.widgets.links import Leg, TwoLinks
from gui.widgets.mark import Mark, State
from gui.widgets.meter import Meter
from gui.widgets.text import label, say

_NEAR = {
    Socket.UP: State.GOOD,
    Socket.SYNCING: State.BUSY,
    Socket.CONNECTING: State.BUSY,
    Socket.WAITING: State.BAD,
    Socket.STALE: State.BAD,
    Socket.DOWN: State.OFF,
}
_FAR = {Broker.UP: State.GOOD, Broker.DOWN: State.BAD, Broker.UNKNOWN: State.OFF}
_TIMELINE_SHOWN = 12
_FACTS = (
    ("where", "Gateway", "Host and port"),
    ("client_id", "Client id", "No two programs may use the same one at one gateway"),
    ("accounts", "Accounts", "What this gateway manages; the first is the one traded"),
    ("server", "API version", "The protocol version the gateway speaks"),
    ("heard", "Last heard", "When the gateway last said anything"),
    ("breaker", "Breaker", "Open after too many failures in a row: attempts rest for a while"),
)


class ConnectionPanel(Panel):
    """State, next step, controls; then the details."""

    NAME: ClassVar[str] = "connection"
    TITLE: ClassVar[str] = "Connection"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.LINK, Topic.PACING})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.mark = Mark(11, name="connection-mark")
        self.title = label("", role="title", name="connection-title")
        self.since = label("", role="caption", name="connection-since")
        self.words = label("", name="connection-words", wrap=True)
        self.countdown = label("", tone="warning", name="connection-countdown", wrap=True)
        self.profile = QComboBox()
        self.connect_button = button("Connect", "connection-connect", self._connect)
        self.retry_button = button("Retry now", "connection-retry", bridge.retry)
        self.stop_button = button("Stop", "connection-stop", bridge.disconnect_link)
        self.simulator_button = button(
            "Start the simulator again", "connection-start-simulator", bridge.restart_simulator
        )
        self.links = TwoLinks()
        self.facts = FactGroup("Details", _FACTS)
        self._budgets = {
            key: _Budget(caption, key)
            for key, caption in (("messages", "Messages / s"), ("lines", "Market data lines"))
        }
        self.farms = label("", tone="dim", name="connection-farms", wrap=True)
        self.timeline = QWidget()
        self._timeline_rows = _timeline_rows(self.timeline)
        self._fill_profiles()
        self._lay_out()
        self._show()

    def refresh(self, changes: Changes) -> None:
        self._show()

    def age(self, now_s: float) -> None:
        link = self.bridge.desk.link
        self._show_countdown(link, now_s)
        self._show_heard(link, now_s)
        say(self.since, f"since {fmt.clock(link.since_s)}" if link.since_s else "")

    # --- inside: making -----------------------------------------------------------------------

    def _fill_profiles(self) -> None:
        self.profile.setObjectName("connection-profile")
        self.profile.setAccessibleName("Connection profile")
        self.profile.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for name, settings in self.bridge.profiles.items():
            where = f"{settings.host}:{settings.port}" if settings.port else "embedded"
            self.profile.addItem(f"{PROFILE_TITLES.get(name, name)}", name)
            self.profile.setItemData(self.profile.count() - 1, where, Qt.ItemDataRole.ToolTipRole)
        self.profile.setCurrentIndex(max(0, self.profile.findData(self.bridge.desk.link.profile)))
        self.profile.currentIndexChanged.connect(lambda _row: self._show_controls(self.bridge.desk.link))

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.px(10), theme.px(8), theme.px(10), theme.px(8))
        column.setSpacing(theme.px(6))
        head = QHBoxLayout()
        head.setSpacing(theme.px(8))
        head.addWidget(self.mark)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.since)
        column.addLayout(head)
        column.addWidget(self.links)
        column.addWidget(self.words)
        column.addWidget(self.countdown)
        column.addLayout(self._controls())
        column.addWidget(self.simulator_button)
        column.addSpacing(theme.px(4))
        column.addLayout(self._budget_rows())
        column.addWidget(self.farms)
        column.addSpacing(theme.px(4))
        recent = QWidget()
        recent_column = QVBoxLayout(recent)
        recent_column.setContentsMargins(0, 0, 0, 0)
        recent_column.setSpacing(theme.px(4))
        recent_column.addWidget(label("RECENT", role="heading"))
        recent_column.addWidget(self.timeline)
        column.addWidget(self.facts)
        column.addSpacing(theme.px(4))
        column.addWidget(recent)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName("Connection details")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _controls(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(6))
        grid.setVerticalSpacing(theme.px(6))
        grid.addWidget(self.profile, 0, 0, 1, 2)
        grid.addWidget(self.connect_button, 0, 2)
        grid.addWidget(self.retry_button, 1, 0)
        grid.addWidget(self.stop_button, 1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _budget_rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(3))
        grid.setColumnStretch(1, 1)
        for row, budget in enumerate(self._budgets.values()):
            grid.addWidget(budget.caption, row, 0)
            grid.addWidget(budget.meter, row, 1)
            grid.addWidget(budget.figure, row, 2)
        return grid

    # --- inside: showing ----------------------------------------------------------------------

    def _show(self) -> None:
        link, now_s = self.bridge.desk.link, self.bridge.now_s()
        state, title = TITLES.get(link.state, (State.BUSY, link.state.capitalize()))
        self.mark.show_state(state, title)
        say(self.title, title)
        say(self.words, link.words)
        self._show_controls(link)
        self._show_links(link)
        self._show_facts(link)
        self._show_budgets()
        self._show_timeline(link, now_s)
        self.age(now_s)

    def _show_controls(self, link: LinkView) -> None:
        trying = link.socket in (Socket.WAITING, Socket.STALE)
        self.retry_button.setVisible(trying)
        self.stop_button.setVisible(link.socket is not Socket.DOWN)
        self.stop_button.setText("Stop" if trying or link.socket is Socket.CONNECTING else "Disconnect")
        self.stop_button.setAccessibleName(self.stop_button.text())
        self.connect_button.setVisible(link.socket is Socket.DOWN or not self._is_chosen(link))
        gone = link.socket in (Socket.WAITING, Socket.DOWN) and link.profile == "simulator"
        self.simulator_button.setVisible(self.bridge.has_simulator and gone)

    def _is_chosen(self, link: LinkView) -> bool:
        return bool(self.profile.currentData() == link.profile)

    def _show_links(self, link: LinkView) -> None:
        latency = f"{fmt.milliseconds(link.latency_ms)}" if link.latency_ms is not None else link.socket.value
        gateway = "Simulator" if link.profile == "simulator" else "Gateway"
        far = {Broker.UP: "up", Broker.DOWN: "out of reach", Broker.UNKNOWN: "not known"}[link.broker]
        self.links.show_links(
            ("IBDesk", gateway, "IBKR"), Leg(_NEAR[link.socket], latency), Leg(_FAR[link.broker], far)
        )

    def _show_facts(self, link: LinkView) -> None:
        self.facts.show_value("where", f"{link.host}:{link.port}" if link.port else fmt.DASH)
        self.facts.show_value("client_id", str(link.client_id))
        self.facts.show_value("accounts", ", ".join(link.accounts) or fmt.DASH)
        self.facts.show_value("server", fmt.DASH if link.server_version is None else str(link.server_version))
        tone = "" if link.breaker is Breaker.CLOSED else "warning"
        self.facts.show_value("breaker", link.breaker.value, tone)

    def _show_heard(self, link: LinkView, now_s: float) -> None:
        heard_s = self.bridge.desk.last_heard_s
        self.facts.show_value("heard", fmt.DASH if heard_s is None else f"{fmt.age(now_s - heard_s)} ago")

    def _show_countdown(self, link: LinkView, now_s: float) -> None:
        if link.retry_at_s is None:
            self.countdown.hide()
            return
        left = max(0.0, link.retry_at_s - now_s)
        say(self.countdown, f"Retrying in {fmt.age(left + 0.99)} (attempt {link.attempt + 1})")
        self.countdown.show()

    def _show_budgets(self) -> None:
        pacing, farms = self.bridge.desk.pacing, self.bridge.desk.link.farms
        queued = f", {pacing.queued} queued" if pacing.queued else ""
        self._budgets["messages"].show(pacing.message_rate, pacing.message_limit, queued)
        self._budgets["lines"].show(pacing.lines_used, pacing.lines_limit)
        say(self.farms, farm_words(farms), "warning" if any(not well for _, well in farms) else "dim")
        self.farms.setVisible(bool(farms))

    def _show_timeline(self, link: LinkView, now_s: float) -> None:
        newest = list(reversed(link.timeline))[:_TIMELINE_SHOWN]
        for at, (when, what) in enumerate(self._timeline_rows):
            known = at < len(newest)
            say(when, fmt.recent(newest[at][0], now_s) if known else "")
            say(what, newest[at][1] if known else "")
            when.setVisible(known)
            what.setVisible(known)

    def _connect(self) -> None:
        self.bridge.connect_to(str(self.profile.currentData()))


class _Budget:
    """One budget: what is used of how much."""

    def __init__(self, caption: str, key: str) -> None:
        self.caption = label(caption, tone="dim")
        self.meter = Meter(height=6, name=f"budget-{key}")
        self.figure = label("", name=f"budget-{key}-figure")
        self.figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._key = key

    def show(self, used: int, limit: int, more: str = "") -> None:
        fraction = used / limit if limit else None
        tone = "accent" if fraction is None or fraction < 0.8 else "warning" if fraction < 1 else "danger"
        text = f"{used} / {limit}{more}"
        self.meter.show_fraction(fraction, tone, f"{self._key}: {text}")
        say(self.figure, text)


def _timeline_rows(parent: QWidget) -> list[tuple[QLabel, QLabel]]:
    grid = QGridLayout(parent)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.px(8))
    grid.setVerticalSpacing(theme.px(2))
    grid.setColumnStretch(1, 1)
    rows = []
    for at in range(_TIMELINE_SHOWN):
        when, what = label("", tone="faint"), label("", tone="dim", wrap=True)
        when.setAlignment(Qt.AlignmentFlag.AlignTop)
        grid.addWidget(when, at, 0)
        grid.addWidget(what, at, 1)
        rows.append((when, what))
    return rows
