"""The chart: one contract's history and its live last bar, with what the trader has in that market."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.domain.contract import Contract, SecType
from core.domain.link import Socket
from core.domain.quote import TRADED, BarKey, series_of
from core.domain.topics import Changes, Topic
from core.market.bars import BarSeries
from gui import format as texts
from gui import theme
from gui.bridge import Bridge
from gui.charts.canvas import ChartCanvas
from gui.charts.frames import FRAMES, TimeFrame
from gui.charts.holdings import fill_marks, live_quote, price_lines
from gui.charts.marks import LiveQuote, Overlay
from gui.charts.scene import Subject
from gui.charts.times import zone_named
from gui.panel import Panel
from gui.widgets.button import button
from gui.widgets.contract_state import contract_from, contract_state
from gui.widgets.quote_words import Freshness, freshness
from gui.widgets.text import label, say

OWNER = "chart"
KEPT = 6
"""Series kept live, so that going back and forth asks IB for nothing."""
SETTLE_MS = 120
"""Walking down a watchlist asks for the contract one stops at: IB counts history requests."""
_QUIET_S = 60.0
_EMPTY = "Select a contract in the watchlist to see its chart."


class ChartPanel(Panel):
    """Shows the selected contract; keeps the old picture, dimmed, until a new answer replaces it."""

    NAME: ClassVar[str] = "chart"
    TITLE: ClassVar[str] = "Chart"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset(
        {
            Topic.BARS,
            Topic.QUOTE,
            Topic.CONTRACT,
            Topic.LINK,
            Topic.ORDER,
            Topic.EXECUTION,
            Topic.POSITION,
        }
    )

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._contract: Contract | None = None
        self._frame = FRAMES[0]
        self._recent: list[BarKey] = []
        """Series asked for and kept live, the latest last."""
        self._asked: dict[BarKey, int] = {}
        """Series not answered since they were asked for, with the revision they had then."""
        self._refused: set[BarKey] = set()
        self._stale_since_s: float | None = None
        self._full_name = ""
        self._overlay = Overlay()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._load)
        self.canvas = ChartCanvas()
        self._build()
        bridge.contract_selected.connect(self.show_contract)
        bridge.frame_asked.connect(self._on_frame_asked)
        if bridge.selected is not None:
            # This panel loads late: the trader may have been quicker.
            self.show_contract(bridge.selected)
        self._tell()

    # --- what the trader asks for ---------------------------------------------------------------

    @property
    def contract(self) -> Contract | None:
        return self._contract

    @property
    def frame(self) -> TimeFrame:
        return self._frame

    @property
    def overlay(self) -> Overlay:
        """What lies over the bars now."""
        return self._overlay

    @property
    def words(self) -> str:
        """What the panel says of the state of its picture; "" when all is well."""
        return self._words()[0]

    @property
    def is_settling(self) -> bool:
        """A contract was selected and has not been asked for yet."""
        return self._settle.isActive()

    def frame_button(self, name: str) -> QPushButton:
        return self._buttons[name]

    def show_contract(self, contract: Contract) -> None:
        """Another contract: the old one's picture goes at once, for prices under a wrong name are worse than none."""
        if self._contract is not None and self._contract.con_id == contract.con_id:
            return
        if self._contract is not None:
            self.bridge.unwatch(self._contract.con_id, OWNER)
        self._contract = contract
        self.canvas.show_subject(None)
        self._overlay = Overlay()
        self.canvas.show_overlay(self._overlay)
        self._name_contract()
        self._tell()
        self._settle.start()

    def show_frame(self, frame: TimeFrame) -> None:
        """Another bar size: the picture stays until its bars are here."""
        self._buttons[frame.name].setChecked(True)
        if frame is not self._frame:
            self._frame = frame
            if self._contract is not None:
                self._load()

    def _on_frame_asked(self, name: str) -> None:
        """By the command line: 5m, 1h, 1d."""
        self.show_frame(next(one for one in FRAMES if one.name.lower() == name))

    def retry(self) -> None:
        """Ask again for what was refused."""
        if self._contract is not None:
            self._ask(self._key())
            self._show_bars()

    # --- once a frame, once a second --------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if Topic.LINK in changes:
            self._look_at_link()
        if self._contract is None:
            return
        con_id = self._contract.con_id
        if Topic.CONTRACT in changes and con_id in changes[Topic.CONTRACT]:
            self._name_contract()
            self._show_bars(again=True)
        if Topic.BARS in changes:
            self._take_answers(changes[Topic.BARS])
        if not changes.keys().isdisjoint((Topic.ORDER, Topic.EXECUTION, Topic.POSITION)):
            self._lay_over()
        if Topic.QUOTE in changes and con_id in changes[Topic.QUOTE]:
            self._lay_quote()

    def age(self, now_s: float) -> None:
        if self._contract is not None:
            self._lay_quote()
            self._tell()

    # --- history --------------------------------------------------------------------------------

    def _key(self) -> BarKey:
        assert self._contract is not None
        return BarKey(self._contract.con_id, self._frame.bar_size, series_of(self._contract.sec_type))

    def _load(self) -> None:
        """Make sure the wanted series is on its way, and show what there is."""
        assert self._contract is not None
        self._settle.stop()
        self.bridge.watch(self._contract, OWNER)
        key = self._key()
        if key in self._recent:
            self._recent.remove(key)
            self._recent.append(key)
        else:
            self._recent.append(key)
            self._ask(key)
        while len(self._recent) > KEPT:
            self._forget(self._recent[0])
        self._show_bars()
        self._lay_over()
        self._lay_quote()

    def _ask(self, key: BarKey) -> None:
        assert self._contract is not None
        self._asked[key] = self._revision(key)
        self._refused.discard(key)
        # Live, so the desk itself asks again after a reconnect and closes the hole.
        self.bridge.load_bars(key, self._contract, self._frame.duration, live=True)

    def _forget(self, key: BarKey) -> None:
        self._recent.remove(key)
        self._asked.pop(key, None)
        self._refused.discard(key)
        self.bridge.drop_bars(key)

    def _revision(self, key: BarKey) -> int:
        series = self.bridge.desk.bars(key)
        return -1 if series is None else series.revision

    def _take_answers(self, keys: frozenset[Any]) -> None:
        for key in keys & self._asked.keys():
            if self._revision(key) != self._asked[key]:
                del self._asked[key]
            elif self.bridge.desk.bars_refusal(key):
                del self._asked[key]
                self._refused.add(key)
        if self._contract is not None and self._key() in keys:
            self._show_bars()

    def _show_bars(self, again: bool = False) -> None:
        """The wanted series if it has been answered, else what was shown before, dimmed."""
        assert self._contract is not None
        series = self.bridge.desk.bars(self._key())
        shown = self.canvas.subject
        if series is not None and len(series):
            if shown is None or shown.series is not series or again:
                self.canvas.show_subject(self._subject(series))
            else:
                self.canvas.bars_changed()
        self._tell()

    def _subject(self, series: BarSeries) -> Subject:
        assert self._contract is not None
        details = self.bridge.desk.details(self._contract.con_id)
        zone = zone_named(details.time_zone if details else "")
        has_volume = series.key.what in TRADED and self._contract.sec_type is not SecType.IND
        return Subject(series, f"{self._contract.label} · {self._frame.name}", zone, details, has_volume)

    # --- the link and the words -------------------------------------------------------------------

    @property
    def _is_open(self) -> bool:
        return self.bridge.desk.link.socket in (Socket.SYNCING, Socket.UP)

    def _look_at_link(self) -> None:
        """A lost link makes every series unanswered: the desk asks again, and only the answer is fresh."""
        if self._is_open:
            self._stale_since_s = None
        elif self._stale_since_s is None:
            self._stale_since_s = self.bridge.now_s()
            self._asked = {key: self._revision(key) for key in self._recent}
            self._refused.clear()
            if self._contract is not None:
                self._lay_quote()
        self._tell()

    def _tell(self) -> None:
        """One sentence on what is shown: in the header beside a picture, else in its place."""
        words, tone, may_retry = self._words()
        shown = self.canvas.subject
        wanted = None if self._contract is None else self._key()
        old = wanted is not None and self.bridge.desk.bars_as_of_s(wanted) is not None
        self.canvas.fade(old or wanted in self._asked or (shown is not None and shown.series.key != wanted))
        say(self._note, words if shown is not None else "", tone)
        say(self._notice, words if shown is None else "", tone)
        self.retry_button.setVisible(may_retry)
        self._notice.setVisible(shown is None)

    def _words(self) -> tuple[str, str, bool]:
        """What to say, in which tone, and whether asking again could help."""
        if self._contract is None:
            return _EMPTY, "dim", False
        key = self._key()
        if key in self._refused:
            return self.bridge.desk.bars_refusal(key), "warning", True
        as_of_s = self.bridge.desk.bars_as_of_s(key)
        if as_of_s is not None:
            return f"As of {texts.recent(as_of_s, self.bridge.now_s())}, from the cache", "warning", False
        if not self._is_open:
            if self.canvas.subject is None or self._stale_since_s is None:
                return "Waiting for the connection…", "dim", False
            return f"Stale since {texts.clock(self._stale_since_s)}", "warning", False
        if key in self._asked or self._settle.isActive():
            return f"Loading {self._frame.bar_size} bars…", "dim", False
        series = self.bridge.desk.bars(key)
        if series is None or not len(series):
            return f"IB has no {self._frame.bar_size} bars for {self._contract.label}.", "dim", True
        return self._quiet_words(float(series.start[-1])), "dim", False

    def _quiet_words(self, start_s: float) -> str:
        """In regular hours a bar that is long over should have had a successor."""
        subject, now_s = self.canvas.subject, self.bridge.now_s()
        if subject is None or subject.details is None or subject.bar_s >= 86_400:
            return ""
        silent_s = now_s - start_s - subject.bar_s
        is_liquid = subject.details.is_liquid_at(subject.zone.at(now_s))
        return f"No new bar for {texts.age(silent_s)}" if is_liquid and silent_s > _QUIET_S else ""

    def _name_contract(self) -> None:
        assert self._contract is not None
        details = self.bridge.desk.details(self._contract.con_id)
        say(self._label, self._contract.label)
        place = self._contract.primary_exchange or self._contract.exchange
        self._full_name = "  ·  ".join(word for word in (details.long_name if details else "", place) if word)
        self._fit_name()
        self.canvas.setAccessibleName(f"Price chart of {self._contract.label}")

    def _fit_name(self) -> None:
        """The name gives way to everything else in the header, and says that it was cut."""
        room = self._name.width() - 1
        cut = self._name.fontMetrics().elidedText(self._full_name, Qt.TextElideMode.ElideRight, room)
        say(self._name, cut)
        self._name.setToolTip(self._full_name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_name()

    # --- over the bars ----------------------------------------------------------------------------

    def _lay_over(self) -> None:
        assert self._contract is not None
        con_id, desk = self._contract.con_id, self.bridge.desk
        self._overlay = replace(
            self._overlay,
            lines=price_lines(desk.live_orders(con_id), desk.position(self.bridge.account, con_id)),
            fills=fill_marks(desk.executions(), con_id),
        )
        self.canvas.show_overlay(self._overlay)

    def _lay_quote(self) -> None:
        assert self._contract is not None
        con_id, desk = self._contract.con_id, self.bridge.desk
        quote = desk.quote(con_id)
        state = freshness(quote, desk.details(con_id), self.bridge.now_s())
        told = live_quote(quote, self._key().what) if state is Freshness.FRESH else LiveQuote()
        self._overlay = replace(self._overlay, quote=told)
        self.canvas.show_overlay(self._overlay)

    # --- state ------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"frame": self._frame.name, "bar_px": self.canvas.bar_px}
        if self._contract is not None:
            state["contract"] = contract_state(self._contract)
        return state

    def restore_state(self, state: dict[str, Any]) -> None:
        for frame in FRAMES:
            if frame.name == state.get("frame"):
                self.show_frame(frame)
        if isinstance(bar_px := state.get("bar_px"), (int, float)) and 0 < bar_px < math.inf:
            self.canvas.bar_px = float(bar_px)
        contract = contract_from(state.get("contract"))
        # What the trader has selected since counts for more than what was shown last time.
        if contract is not None and self._contract is None:
            self.show_contract(contract)

    # --- widgets ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self._label = label(role="title", name="chart-contract")
        self._name = label(tone="dim", name="chart-name")
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._note = label(name="chart-note")
        self._notice = label(name="chart-notice", wrap=True)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._notice.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.retry_button = button("Retry", "chart-retry", self.retry, tip="Ask for the bars again")
        header = QHBoxLayout()
        header.setContentsMargins(theme.px(10), theme.px(4), theme.px(8), theme.px(4))
        header.setSpacing(theme.px(8))
        header.addWidget(self._label)
        header.addWidget(self._name, 1)
        header.addWidget(self._note)
        header.addWidget(self.retry_button)
        header.addWidget(self._frame_buttons())
        inside = QVBoxLayout(self.canvas)
        inside.addWidget(self._notice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(header)
        column.addWidget(self.canvas, 1)

    def _frame_buttons(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(2))
        group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for number, frame in enumerate(FRAMES, start=1):
            made = button(
                frame.name,
                f"chart-frame-{frame.name}",
                partial(self.show_frame, frame),
                kind="quiet",
                tip=f"{frame.bar_size} bars ({number})",
            )
            made.setCheckable(True)
            made.setChecked(frame is self._frame)
            group.addButton(made)
            row.addWidget(made)
            self._buttons[frame.name] = made
            keys = QShortcut(QKeySequence(str(number)), self)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(partial(self.show_frame, frame))
        return holder
