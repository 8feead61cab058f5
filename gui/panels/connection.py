"""The connection: where it stands and what to do next, both links apart, where to connect, and what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.domain.limits import LinkSettings
from core.domain.link import Breaker, Broker, LinkView, Socket
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.widgets.arming import ArmingForm
from gui.widgets.budgets import Budgets
from gui.widgets.button import button
from gui.widgets.examination import ExaminationView
from gui.widgets.facts import FactGroup
from gui.widgets.link_words import (
    COMPETING,
    TITLES,
    farm_lines,
    farm_words,
    farms_are_well,
    left,
    retry_words,
    window_words,
)
from gui.widgets.links import Leg, TwoLinks
from gui.widgets.mark import Mark, State
from gui.widgets.target_form import TargetForm
from gui.widgets.text import label, say

if TYPE_CHECKING:
    from core.api import Examination

_NEAR = {
    Socket.UP: State.GOOD,
    Socket.SYNCING: State.BUSY,
    Socket.CONNECTING: State.BUSY,
    Socket.WAITING: State.BAD,
    Socket.STALE: State.BAD,
    Socket.DOWN: State.OFF,
}
_FAR = {
    Broker.UP: (State.GOOD, "up"),
    Broker.DOWN: (State.BAD, "out of reach"),
    Broker.UNKNOWN: (State.OFF, "not known"),
}
_CUSTOM = "custom"
_TIMELINE_SHOWN = 12
_FACTS = (
    ("orders", "Orders", "Whether an order could be sent now, and why not"),
    ("where", "Gateway", "Host and port it is connected to, or tries"),
    ("client_id", "Client id", "No two programs may use the same one at one gateway"),
    ("accounts", "Accounts", "What this gateway manages; the one marked is traded"),
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
        self.warnings = label("", tone="warning", name="connection-warnings", wrap=True)
        self.retry_button = button("Retry now", "connection-retry", bridge.retry)
        self.stop_button = button("Stop", "connection-stop", bridge.disconnect_link)
        self.simulator_button = button(
            "Start the simulator again", "connection-start-simulator", bridge.restart_simulator
        )
        self.links = TwoLinks()
        self.arming = ArmingForm(bridge.arm, bridge.disarm)
        self.target = TargetForm(lambda: bridge.profiles, bridge.desk.link.profile)
        self.connect_button = button("Connect", "connection-connect", self._connect)
        self.test_button = button(
            "Test", "connection-test", self._test, tip="Connect, look and go: what is wrong, and what to do"
        )
        self.examination = ExaminationView(self._call_off_test)
        self.budgets = Budgets()
        self.farms = label("", tone="dim", name="connection-farms", wrap=True)
        self.next_window = label("", tone="dim", name="connection-window", wrap=True)
        self.facts = FactGroup("Details", _FACTS)
        self.timeline = QWidget()
        self._timeline_rows = _timeline_rows(self.timeline)
        self._lay_out()
        self.target.changed.connect(lambda: self._show_controls(self.bridge.desk.link))
        self._show()

    def refresh(self, changes: Changes) -> None:
        self._show()

    def age(self, now_s: float) -> None:
        link = self.bridge.desk.link
        say(self.countdown, retry_words(link, now_s))
        self.countdown.setVisible(bool(self.countdown.text()))
        say(self.warnings, _warnings(link))
        self.warnings.setVisible(bool(self.warnings.text()))
        say(self.since, f"since {fmt.recent(link.since_s, now_s)}" if link.since_s else "")
        self.budgets.show_pacing(self.bridge.desk.pacing, now_s)
        self._show_passing_facts(link, now_s)

    def attend(self) -> None:
        """Where the words that arm are typed."""
        self.arming.typed.setFocus(Qt.FocusReason.OtherFocusReason)

    def save_state(self) -> dict[str, Any]:
        """The custom profile's own terms: the others are the settings'."""
        return {_CUSTOM: self.target.terms(_CUSTOM)}

    def restore_state(self, state: dict[str, Any]) -> None:
        saved = state.get(_CUSTOM)
        if isinstance(saved, dict):
            self.target.suggest(_CUSTOM, saved)

    # --- inside: making -----------------------------------------------------------------------

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.px(10), theme.px(8), theme.px(10), theme.px(8))
        column.setSpacing(theme.px(6))
        head = _row(self.mark, self.title)
        head.addStretch(1)
        head.addWidget(self.since)
        trying = _row(self.retry_button, self.stop_button, self.simulator_button)
        trying.addStretch(1)
        going = _row(self.connect_button, self.test_button)
        going.addStretch(1)
        parts: tuple[QWidget | QHBoxLayout | str, ...] = (
            head, self.links, self.words, self.countdown, trying, self.warnings, self.arming, "Where to", self.target, going,
            self.examination, "What IBKR allows", self.budgets, self.farms,
            self.next_window, self.facts, "Recent", self.timeline,
        )  # fmt: skip
        for part in parts:
            if isinstance(part, str):
                column.addSpacing(theme.px(4))
                column.addWidget(label(part.upper(), role="heading"))
            elif isinstance(part, QHBoxLayout):
                column.addLayout(part)
            else:
                column.addWidget(part)
        column.addStretch(1)
        scroll = self._scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Connection details")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    # --- inside: showing ----------------------------------------------------------------------

    def _show(self) -> None:
        link, now_s = self.bridge.desk.link, self.bridge.now_s()
        state, title = TITLES.get(link.state, (State.BUSY, link.state.capitalize()))
        self.mark.show_state(state, title)
        say(self.title, title)
        say(self.words, link.words)
        self.arming.show_arming(link.arm_phrase, link.armed)
        if self.target.name == link.profile:
            self.target.offer_accounts(link.accounts)
        self._show_controls(link)
        self._show_links(link, now_s)
        self._show_facts(link)
        say(self.farms, farm_words(link.farms), "dim" if farms_are_well(link.farms) else "warning")
        self.farms.setToolTip(farm_lines(link.farms, now_s))
        self.farms.setVisible(bool(link.farms))
        self._show_timeline(link, now_s)
        self.age(now_s)

    def _show_controls(self, link: LinkView) -> None:
        trying = link.socket in (Socket.WAITING, Socket.STALE)
        self.retry_button.setVisible(trying)
        self.stop_button.setVisible(link.socket is not Socket.DOWN)
        self.stop_button.setText("Stop" if trying or link.socket is Socket.CONNECTING else "Disconnect")
        self.stop_button.setAccessibleName(self.stop_button.text())
        self.simulator_button.setVisible(self.bridge.simulator_is_dead)
        settings = self.target.settings
        here = settings is not None and self._is_here(settings, link)
        self.connect_button.setVisible(link.socket is Socket.DOWN or not here)
        self.connect_button.setText("Connect" if link.socket is Socket.DOWN else "Connect there instead")
        self.connect_button.setAccessibleName(self.connect_button.text())
        for each in (self.connect_button, self.test_button):
            each.setEnabled(settings is not None)
        self.test_button.setEnabled(settings is not None and not self.examination.is_looking)

    def _is_here(self, settings: LinkSettings, link: LinkView) -> bool:
        """What the form names is what the desk is connected to, or tries."""
        there = (settings.host, settings.port, settings.client_id)
        same = not settings.port or there == (link.host, link.port, link.client_id)
        return settings.profile == link.profile and same and settings.account in ("", link.account)

    def _show_links(self, link: LinkView, now_s: float) -> None:
        near = link.socket.value
        if link.socket is Socket.UP and link.latency_ms is not None:
            near = f"up, {fmt.milliseconds(link.latency_ms)}"
        near_since = f"since {fmt.recent(link.socket_since_s, now_s)}" if link.socket_since_s else ""
        mark, far = _FAR[link.broker]
        far_since = f"since {fmt.recent(link.broker_since_s, now_s)}" if link.broker_since_s else ""
        self.links.show_links(
            ("IBDesk", _gateway_name(link.profile), "IBKR"),
            Leg(_NEAR[link.socket], near, near_since),
            Leg(mark, far, far_since),
        )

    def _show_facts(self, link: LinkView) -> None:
        show = self.facts.show_value
        show("orders", *_orders(link))
        self.facts.explain("orders", link.read_only_reason)
        show("where", f"{link.host}:{link.port}" if link.port else fmt.DASH)
        show("client_id", str(link.client_id), "warning" if link.client_id_in_use else "")
        marked = [
            f"{name} ◂" if name == link.account and len(link.accounts) > 1 else name for name in link.accounts
        ]
        show("accounts", "\n".join(marked) or fmt.DASH)
        show("server", fmt.DASH if link.server_version is None else str(link.server_version))

    def _show_passing_facts(self, link: LinkView, now_s: float) -> None:
        """Those that change with the clock alone."""
        heard_s = self.bridge.desk.last_heard_s
        self.facts.show_value("heard", fmt.DASH if heard_s is None else f"{fmt.age(now_s - heard_s)} ago")
        until = "" if link.breaker_until_s is None else f", tries in {left(link.breaker_until_s, now_s)}"
        tone = "" if link.breaker is Breaker.CLOSED else "warning"
        self.facts.show_value("breaker", f"{link.breaker.value}{until}", tone)
        say(self.next_window, window_words(link, now_s), "warning" if link.in_window else "dim")
        self.next_window.setVisible(link.next_window is not None)
        self.next_window.setToolTip("" if link.next_window is None else link.next_window.words)

    def _show_timeline(self, link: LinkView, now_s: float) -> None:
        newest = list(reversed(link.timeline))[:_TIMELINE_SHOWN]
        for at, (when, what) in enumerate(self._timeline_rows):
            known = at < len(newest)
            say(when, fmt.recent(newest[at][0], now_s) if known else "")
            say(what, newest[at][1] if known else "")
            when.setVisible(known)
            what.setVisible(known)

    # --- inside: doing ------------------------------------------------------------------------

    def _connect(self) -> None:
        settings = self.target.settings
        if settings is not None:
            self.bridge.connect_with(settings)

    def _test(self) -> None:
        settings, link = self.target.settings, self.bridge.desk.link
        if settings is None:
            return
        if not settings.port and link.port and link.profile == settings.profile:
            settings = replace(settings, host=link.host, port=link.port)
        where = f"{settings.host}:{settings.port}" if settings.port else "the simulator"
        as_other = ""
        if self._is_here(settings, link) and link.socket in (Socket.UP, Socket.SYNCING):
            # A gateway takes each client id once, and ours is connected.
            settings = replace(settings, client_id=settings.client_id + 1)
            as_other = f" as client {settings.client_id}"
        self.examination.begin(f"Looking at {where}{as_other}.")
        QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(self.examination))
        self.test_button.setEnabled(False)
        self.bridge.examine(settings, self._tested)

    def _call_off_test(self) -> None:
        self.bridge.call_off_examination()
        self._show_controls(self.bridge.desk.link)

    def _tested(self, found: Examination | str) -> None:
        if isinstance(found, str):
            self.examination.show_fault(found)
        else:
            self.examination.show_findings(found.findings)
        self._show_controls(self.bridge.desk.link)
        # Once the answers have been laid out.
        QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(self.examination))


def _warnings(link: LinkView) -> str:
    """What is wrong beside the state itself."""
    parts = []
    if link.breaker is Breaker.OPEN:
        parts.append("Too many failures in a row: it rests before the next attempt. Retry now passes that.")
    if link.client_id_in_use:
        parts.append(
            f"Client id {link.client_id} is taken by another program: end it, or set another id below."
        )
    if link.competing:
        parts.append(COMPETING)
    if link.in_window and link.next_window is not None:
        parts.append(link.next_window.words)
    return " ".join(parts)


def _orders(link: LinkView) -> tuple[str, str]:
    """Whether an order could go now: words and tone."""
    if link.armed:
        return "ARMED", "danger"
    if link.read_only_reason:
        return "read-only", "warning"
    return ("can be sent", "ok") if link.is_ready else ("not now", "")


def _gateway_name(profile: str) -> str:
    if profile == "simulator":
        return "Simulator"
    return "TWS" if profile.startswith("tws") else "Gateway"


def _row(*parts: QWidget) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(theme.px(6))
    for part in parts:
        made.addWidget(part)
    return made


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
