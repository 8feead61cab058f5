"""The order ticket: terms and checks while typing, then a review, then Send. Nothing in it moves by itself.

Each file stands on the one before: `parts`, `checking`, `reviewing`, `staging`, `sending`, and this one, which hears
the bridge, the keys and the buttons.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut

from core.domain.order import OrderSpec, OrderType, Side
from core.domain.topics import Changes, Topic
from gui.bridge import Bridge
from gui.panels.ticket import layout
from gui.panels.ticket.hotkeys import Flatten, Hotkey, Hotkeys
from gui.panels.ticket.legs import Legs
from gui.panels.ticket.menu import TicketMenu
from gui.panels.ticket.parts import Stage
from gui.panels.ticket.sending import Sending
from gui.widgets.contract_state import contract_from, contract_state


class TicketPanel(Sending):
    """Builds an order or a bracket, shows what the gate says of it, and hands it over after a review."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.legs = Legs(self._trade_combo)
        keys = Hotkeys(self, self._on_hotkey)
        self.menu = TicketMenu(bridge, self._on, self.head, self.form, keys, self.legs)
        self.checks_area = layout.lay_out(self, self)
        self._connect()
        self._check()

    def refresh(self, changes: Changes) -> None:
        con_id = self._on.contract.con_id if self._on.contract else 0
        if contracts := changes.get(Topic.CONTRACT):
            self.head.search.on_contracts(contracts)
            if con_id in contracts:
                self.form.set_details(self._on.details)
                self._check()
        if searches := changes.get(Topic.SEARCH):
            self.head.search.on_found(searches)
        if Topic.LINK in changes:
            self.head.search.on_link()
        if con_id in changes.get(Topic.QUOTE, ()):
            self._show_quote()
        if orders := changes.get(Topic.ORDER):
            self._show_orders(orders)
        if changes.keys() & {Topic.LINK, Topic.POSITION, Topic.ACCOUNT, Topic.TRADING, Topic.PREVIEW}:
            self._look_at_one_click()
            self._check()

    def age(self, now_s: float) -> None:
        self._ask_for_details(now_s)
        self._show_quote()
        self._look_at_one_click()
        self._check()

    def save_state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"presets": self.menu.presets.state()}
        if self._on.contract is not None and not self._on.contract.legs:
            state["contract"] = contract_state(self._on.contract)
        return state

    def restore_state(self, state: dict[str, Any]) -> None:
        self.menu.presets.restore(state.get("presets"))
        if self._on.contract is None and (contract := contract_from(state.get("contract"))) is not None:
            self.show_contract(contract)

    def _on_edited(self) -> None:
        self._touched = True
        self.one_click.used()
        self._check()

    def _fill_from_chip(self, source: str) -> None:
        field = self.form.prices.current()
        if field is not None:
            self._fill(field, source)
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_hotkey(self, hotkey: Hotkey | Flatten) -> None:
        """The quantity that stands in the ticket, at the market's price of this moment, to the review."""
        if self._stage is not Stage.EDIT or self._on.modifies or self._on.contract is None:
            return
        if isinstance(hotkey, Flatten):
            self._flatten()
            return
        self.form.pick_side(hotkey.side)
        self.form.order_type.setCurrentIndex(self.form.order_type.findData(OrderType.LMT))
        self._fill(self.form.limit, hotkey.source)
        self.bridge.show_panel.emit(self.NAME)
        self.open_review()

    def _flatten(self) -> None:
        """What closes the position, to the review; words where there is none."""
        contract, held = self._on.contract, self._on.held
        assert contract is not None
        if not held:
            self.bridge.said.emit("info", f"There is no position in {contract.label}.")
            return
        side = Side.SELL if held > 0 else Side.BUY
        self._load(OrderSpec(contract, side, abs(held), OrderType.MKT, account=self._on.account))
        self.bridge.show_panel.emit(self.NAME)
        self.open_review()

    def _pick_side(self, side: Side) -> None:
        if self._stage is Stage.EDIT:
            self.form.pick_side(side)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._stage is Stage.REVIEW:
            self.leave_review()
        elif event.key() == Qt.Key.Key_Escape and self.offer.isVisible():
            self.offer.hide()
        elif event.key() == Qt.Key.Key_Escape and self._on.modifies:
            self.clear()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._stage is Stage.EDIT:
            if not event.isAutoRepeat():
                self.open_review()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.checks_area.fit()

    def _connect(self) -> None:
        self.bridge.contract_selected.connect(self.select)
        self.bridge.staged.connect(self.stage_spec)
        self.bridge.review_staged.connect(self.review_staged)
        self.bridge.modification_staged.connect(self.stage_modification)
        self.bridge.replacement_staged.connect(self.stage_replacement)
        self.head.picked.connect(self._on_picked)
        self.head.asked.connect(self._fill_from_chip)
        self.form.edited.connect(self._on_edited)
        self.form.entered.connect(self.open_review)
        self.review_button.clicked.connect(self.open_review)
        self.clear_button.clicked.connect(self.clear)
        self.one_click.button.clicked.connect(self._toggle_one_click)
        self.review.sent.connect(self._send)
        self.review.backed.connect(self.leave_review)
        for side in Side:
            shortcut = QShortcut(QKeySequence(f"Alt+{side[0]}"), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda side=side: self._pick_side(side))
