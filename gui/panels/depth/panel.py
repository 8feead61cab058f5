"""Depth and tape of the selected contract, asked for only while somebody looks: IBKR allows few of either."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from core.domain.contract import Contract
from core.domain.depth import DepthView
from core.domain.line import LineState
from core.domain.link import Socket
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.tape import TapeView
from core.domain.topics import Changes, Topic
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.panels.depth.ladder import LadderView
from gui.panels.depth.prints import PrintsView
from gui.widgets.lots import lot
from gui.widgets.text import label, say

SETTLE_MS = 120
"""Walking down a watchlist asks for the contract one stops at."""
_TOLD = frozenset({LineState.DEAD, LineState.REFUSED, LineState.EVICTED})
_UNFRESH = _TOLD | {LineState.WAITING}
_EMPTY = "Select a contract in the watchlist to see its depth."
_LOST = "Not fresh: the connection is lost."


class DepthPanel(Panel):
    """Ladder above, time and sales below; a press on a price prefills the ticket."""

    NAME: ClassVar[str] = "depth"
    TITLE: ClassVar[str] = "Depth"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.DEPTH, Topic.TAPE, Topic.CONTRACT, Topic.LINK})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._contract: Contract | None = bridge.selected
        self._watched: Contract | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._watch)
        self.title = label("", role="title", name="depth-contract")
        self.depth_words = label("", tone="dim", name="depth-words", wrap=True)
        self.tape_words = label("", tone="dim", name="tape-words", wrap=True)
        self.ladder = LadderView()
        self.prints = PrintsView()
        self._lay_out()
        self.ladder.picked.connect(self._stage)
        bridge.contract_selected.connect(self.show_contract)
        self._show()

    @property
    def watched(self) -> Contract | None:
        """The contract whose depth and tape this panel holds a subscription of."""
        return self._watched

    def show_contract(self, contract: Contract) -> None:
        if self._contract is not None and self._contract.con_id == contract.con_id:
            return
        self._contract = contract
        self._unwatch()
        self._show()
        if self.isVisible():
            self._settle.start()

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if not self.isVisible() or self._contract is None:
            return
        con_id = self._contract.con_id
        if Topic.LINK in changes or any(con_id in changes.get(topic, ()) for topic in self.TOPICS):
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle.start()
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settle.stop()
        self._unwatch()

    # --- inside ---------------------------------------------------------------------------------

    def _watch(self) -> None:
        if self._contract is None or self._watched is not None:
            return
        self._watched = self._contract
        self.bridge.watch_depth(self._contract, self.NAME)
        self.bridge.watch_tape(self._contract, self.NAME)
        self._show()

    def _unwatch(self) -> None:
        if self._watched is not None:
            con_id, self._watched = self._watched.con_id, None
            self.bridge.unwatch_depth(con_id, self.NAME)
            self.bridge.unwatch_tape(con_id, self.NAME)

    def _show(self) -> None:
        contract, desk = self._contract, self.bridge.desk
        if contract is None:
            say(self.title, "")
            say(self.depth_words, _EMPTY, "dim")
            self.tape_words.hide()
            return
        details = desk.details(contract.con_id)
        depth = desk.depth(contract.con_id) if self._watched is not None else None
        tape = desk.tape(contract.con_id) if self._watched is not None else None
        lost = desk.link.socket is not Socket.UP
        say(self.title, contract.label)
        self.ladder.setAccessibleName(f"Market depth of {contract.label}")
        self.prints.setAccessibleName(f"Time and sales of {contract.label}")
        self.ladder.show_book(depth, details, faded=lost or depth is None or depth.state in _UNFRESH)
        self.prints.show_tape(tape, details, faded=lost or tape is None or tape.state in _UNFRESH)
        for shown, view, name in ((self.depth_words, depth, "depth"), (self.tape_words, tape, "trades")):
            words, tone = _words(view, name, lost=lost)
            say(shown, words, tone)
            shown.setVisible(bool(words))

    def _stage(self, side: Side, price: float) -> None:
        """Into the ticket, which asks before it gives up what is half filled in."""
        contract = self._contract
        if contract is None:
            return
        size = lot(contract, self.bridge.desk.details(contract.con_id))
        self.bridge.stage(OrderSpec(contract, side, size, OrderType.LMT, Decimal(str(price))))

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Vertical)
        split.setObjectName("depth-split")
        split.setAccessibleName("Depth above, time and sales below")
        split.setChildrenCollapsible(False)
        for words, view, share in ((self.depth_words, self.ladder, 3), (self.tape_words, self.prints, 2)):
            half = QWidget()
            column = QVBoxLayout(half)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(theme.px(2))
            column.addWidget(words)
            column.addWidget(view, 1)
            split.addWidget(half)
            split.setStretchFactor(split.count() - 1, share)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.px(6), theme.px(4), theme.px(6), 0)
        whole.setSpacing(theme.px(2))
        whole.addWidget(self.title)
        whole.addWidget(split, 1)


def _words(view: DepthView | TapeView | None, name: str, *, lost: bool) -> tuple[str, str]:
    """Why nothing flows, and its tone; "" when it does."""
    if lost:
        return _LOST, "warning"
    if view is None or view.state is LineState.WAITING:
        return (view.words if view is not None and view.words else f"Waiting for {name}…"), "dim"
    return view.words, "warning" if view.state in _TOLD else "dim"
