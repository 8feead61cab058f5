"""The blotter's panel: rows, filters, and what is done to orders from here."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QVBoxLayout

from core.domain.order import Order, Settlement, Side
from core.domain.topics import Changes, Topic
from core.domain.verdict import Ask, Denied
from core.orders.families import children_of
from gui.bridge import Bridge
from gui.dialogs.flight_record import FlightRecord
from gui.panel import Panel
from gui.panels.orders.bar import OrdersBar
from gui.panels.orders.change import RowChange
from gui.panels.orders.columns import COLUMNS, OrderRow, row_tone
from gui.panels.orders.listing import SIDES, STATES, Filter, Listed
from gui.panels.orders.pressing import CANCEL, Pressing, pressing, settle_question
from gui.table import TableModel, TableView
from gui.table.view import row_action, rows_menu
from gui.widgets.notice import Notice, Offer
from gui.widgets.order_words import (
    named,
    state_tone,
    state_words,
    why_not_cancel,
    why_not_modify,
)
from gui.widgets.replacement_words import why_not_replace, why_words
from gui.widgets.watched import Watched

_EMPTY = {"all": "No orders yet.", "working": "No working orders.", "done": "Nothing done yet."}


class OrdersPanel(Panel):
    """Newest first, families together; the selected rows' actions stand above the table and say why they are closed."""

    NAME: ClassVar[str] = "orders"
    TITLE: ClassVar[str] = "Orders"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.ORDER, Topic.QUOTE, Topic.CONTRACT, Topic.LINK})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._filter = Filter()
        self._listed = Listed()
        self._pressing: Pressing | None = None
        self._settling = ""
        """The question before settling, while it is asked."""
        self._record: FlightRecord | None = None
        self._watched = Watched(bridge.watch, bridge.unwatch, self.NAME)
        self.model = TableModel(COLUMNS, self._row, row_tone)
        self.view = TableView(self.model, "Orders", "No orders yet.", stretch="reason")
        self.change = RowChange(bridge, self.view)
        self.alarm = Notice("orders-alarm", wide=True)
        self.ask = Notice("orders-ask", wide=True)
        self.bar = OrdersBar()
        self._lay_out()
        self._connect()
        self._show_rows()

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if orders := changes.get(Topic.ORDER):
            self._follow(orders)
            self.model.touch(orders)
            if self._record is not None and self._record.isVisible() and self._record.order_ref in orders:
                self._record.reload()
        if Topic.LINK in changes or orders:
            self._show_alarm()
            self._show_actions()
            self.change.follow()
        if moved := changes.get(Topic.QUOTE, frozenset()) | changes.get(Topic.CONTRACT, frozenset()):
            live = self.bridge.desk.live_orders()
            self.model.touch([order.order_ref for order in live if order.spec.contract.con_id in moved])

    def age(self, now_s: float) -> None:
        self.model.touch_sight()
        self.model.resort()
        self._show_alarm()
        if self._record is not None and self._record.isVisible():
            self._record.reload()

    def save_state(self) -> dict[str, Any]:
        return {"table": self.view.save_state(), "filter": self._filter.state, "side": self._filter.side}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))
        if state.get("side") in dict(SIDES):
            self._filter.side = str(state["side"])
            self.bar.show_side(self._filter.side)
        if state.get("filter") in dict(STATES):
            self.show_filter(str(state["filter"]))

    # --- the trader: what is listed --------------------------------------------------------------

    def show_filter(self, key: str) -> None:
        """Which orders are listed: "all", "working" or "done"."""
        self._filter.state = key
        self.bar.states[key].setChecked(True)
        self._show_rows()

    def show_only(self, words: str) -> None:
        """List what says all of `words`: a contract, a side, a state, a client."""
        self.bar.words.setText(words)

    def open_record(self, order_ref: str) -> None:
        """Show the order's flight record."""
        if self._record is None:
            self._record = FlightRecord(self.bridge, self)
        self._record.open(order_ref)

    def _on_side(self, side: str) -> None:
        self._filter.side = side
        self._show_rows()

    def _on_words(self, words: str) -> None:
        self._filter.words = words
        self._show_rows()

    # --- the trader: changes ---------------------------------------------------------------------

    def change_here(self, order_ref: object, column: str = "") -> None:
        """Edit a value in its cell; where that cannot be, say why in the panel."""
        if isinstance(order_ref, str) and (refusal := self.change.open(order_ref, column)):
            self.ask.show_notice(refusal, "warning", (("Close", "quiet", self.ask.hide),))

    def replace_selected(self) -> None:
        """Load the selected order into the ticket, to be cancelled for another."""
        orders = self._selected()
        if len(orders) == 1 and not why_not_replace(orders[0], self.bridge.desk):
            self.bridge.stage_replacement(orders[0].order_ref)

    def modify_selected(self) -> None:
        """Load the selected order into the ticket."""
        orders = self._selected()
        if len(orders) == 1 and not why_not_modify(orders[0], self.bridge.desk.link):
            self.bridge.show_panel.emit("ticket")
            self.bridge.stage_modification(orders[0].order_ref)

    def _on_changed(self, order_ref: str) -> None:
        """IB leaves the exits of a bracket as they are when their entry's quantity changes."""
        parent = self.bridge.desk.order(order_ref)
        if parent is None:
            return
        wanted = (parent.pending or parent.spec).quantity
        children = children_of(parent, self.bridge.desk.live_orders())
        unlike = [one for one in children if one.spec.quantity != wanted]
        if not unlike:
            return

        def follow() -> None:
            self.ask.hide()
            answers = [
                self.bridge.modify(one.order_ref, replace(one.spec, quantity=wanted)) for one in unlike
            ]
            said = [one.objections[0].words for one in answers if isinstance(one, Denied | Ask)]
            if said:
                words = f"{said[0]} Change it in its row."
                self.ask.show_notice(words, "danger", (("Close", "quiet", self.ask.hide),))

        words = f"Its exits are still for another quantity: {named(unlike)}."
        offers = ((f"Make them {wanted.normalize():f}", "", follow), ("Leave them", "quiet", self.ask.hide))
        self.ask.show_notice(words, "warning", offers)

    # --- the trader: cancels ---------------------------------------------------------------------

    def cancel_selected(self) -> None:
        """Cancel what is selected and can be cancelled; more than one only after asking."""
        orders = [one for one in self._selected() if not self._why_not_cancel(one)]
        if len(orders) > 1:
            self._ask_cancel(f"Cancel the {_orders(len(orders))} selected?", orders)
        else:
            self._cancel(orders)

    def ask_cancel_all(self) -> None:
        """Ask once, in the panel, before every working order of this desk is cancelled, or those of a side."""
        own = self._cancellable()
        if not own:
            return
        foreign = sum(not order.own for order in self.bridge.desk.live_orders())
        verb = "keeps" if foreign == 1 else "keep"
        rest = f" {_orders(foreign)} of other clients {verb} working." if foreign else ""
        sides = {side: [one for one in own if one.spec.side is side] for side in Side}
        narrower = [
            (f"Only {len(orders)} {side.lower()}{'s' if len(orders) > 1 else ''}", orders)
            for side, orders in sides.items()
            if orders and len(orders) < len(own)
        ]
        self._ask_cancel(f"Cancel {_orders(len(own))} of this desk?{rest}", own, narrower)

    def ask_cancel_contract(self, con_id: int) -> None:
        """Ask, then cancel every working order of this desk in one contract, or those of a side."""
        own = [one for one in self._cancellable() if one.spec.contract.con_id == con_id]
        if own:
            self._ask_cancel(f"Cancel {_orders(len(own))} in {own[0].spec.contract.label}?", own)

    def _ask_cancel(
        self, words: str, orders: list[Order], narrower: Iterable[tuple[str, list[Order]]] = ()
    ) -> None:
        def cancel(chosen: list[Order]) -> None:
            self.ask.hide()
            now = [self.bridge.desk.order(order.order_ref) for order in chosen]
            self._cancel([order for order in now if order is not None and not self._why_not_cancel(order)])

        offers: list[Offer] = [(f"Cancel {_orders(len(orders))}", "danger", partial(cancel, orders))]
        offers += [(text, "danger", partial(cancel, some)) for text, some in narrower]
        offers.append(("Keep", "quiet", self.ask.hide))
        self.ask.show_notice(words, "warning", tuple(offers))
        self.ask.button("Keep").setFocus(Qt.FocusReason.OtherFocusReason)

    def _cancel(self, orders: list[Order]) -> None:
        answers = [self.bridge.cancel(order.order_ref) for order in orders]
        refusals = [answer.words for answer in answers if isinstance(answer, Denied)]
        if refusals:
            self.ask.show_notice(refusals[0], "danger", (("Close", "quiet", self.ask.hide),))

    def _settle(self, order_ref: str, settlement: Settlement) -> None:
        """What ends a doubt by the trader's word is asked twice."""
        order = self.bridge.desk.order(order_ref)
        if order is None:
            return

        def end() -> None:
            self.ask.hide()
            self._show_alarm()

        def settled() -> None:
            end()
            answer = self.bridge.settle(order_ref, settlement)
            if isinstance(answer, Denied):
                self.ask.show_notice(answer.words, "danger", (("Close", "quiet", self.ask.hide),))

        known = "" if self._pressing is None else self._pressing.known
        offers: tuple[Offer, ...] = (
            (f"Yes, {settlement}", "danger", settled),
            ("Go back", "quiet", end),
        )
        self._settling = settle_question(order, settlement, known)
        self.ask.show_notice(self._settling, "warning", offers)
        self._show_alarm()
        self.ask.button("Go back").setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_current(self, key: Hashable | None) -> None:
        order = self.bridge.desk.order(key) if isinstance(key, str) else None
        if order is not None:
            self.bridge.select(order.spec.contract)

    def _on_chosen(self, key: object) -> None:
        if isinstance(key, str):
            self.open_record(key)

    def _pop_up_menu(self, at: QPoint) -> None:
        menu = rows_menu(self.view, self)
        orders = self._selected()
        if len(orders) == 1:
            self._offer_for(menu, orders[0])
        elif orders:
            first = menu.actions()[0]
            menu.insertAction(first, row_action(menu, f"Cancel {_orders(len(orders))}", self.cancel_selected))
        menu.popup(at)

    def _offer_for(self, menu: QMenu, order: Order) -> None:
        first = menu.actions()[0]
        label, con_id = order.spec.contract.label, order.spec.contract.con_id
        closed = why_not_modify(order, self.bridge.desk.link)
        there = sum(one.spec.contract.con_id == con_id for one in self._cancellable())
        entries: list[tuple[str, Callable[[], object], str]] = [
            ("Flight record", partial(self.open_record, order.order_ref), ""),
            ("Change here", partial(self.change_here, order.order_ref), closed),
            ("Modify…", self.modify_selected, closed),
            ("Cancel and replace…", self.replace_selected, why_not_replace(order, self.bridge.desk)),
            ("Cancel", self.cancel_selected, self._why_not_cancel(order)),
        ]
        if there > 1:
            entries.append((f"Cancel all {label}…", partial(self.ask_cancel_contract, con_id), ""))
        entries.append((f"Show only {label}", partial(self.show_only, label), ""))
        for text, act, why_not in entries:
            menu.insertAction(first, row_action(menu, text, act, why_not=why_not))

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, key: Hashable) -> OrderRow | None:
        desk = self.bridge.desk
        order = desk.order(key) if isinstance(key, str) else None
        if order is None:
            return None
        con_id, kin = order.spec.contract.con_id, self._listed.listing.kin(order)
        replaced = desk.replacements(order.order_ref)
        return OrderRow(
            order, desk.details(con_id), desk.quote(con_id), desk.link, self.bridge.now_s(), kin, replaced
        )

    def _follow(self, order_refs: Iterable[Hashable]) -> None:
        """Most news of an order only changes its own row."""
        desk = self.bridge.desk
        now = [desk.order(order_ref) for order_ref in order_refs if isinstance(order_ref, str)]
        orders = desk.orders()
        moved = self._listed.follow(orders, [one for one in now if one is not None], self._filter)
        self._count(len(orders))
        if moved is not None:
            self._list(moved)

    def _show_rows(self) -> None:
        orders = self.bridge.desk.orders()
        moved = self._listed.begin(orders, self._filter)
        self._count(len(orders))
        self._list(moved)
        self._show_actions()

    def _list(self, moved: Iterable[str]) -> None:
        listing = self._listed.listing
        self.model.set_rows(listing.order_refs, listing.heads)
        self.model.touch(moved)
        self.view.empty_words = (
            "No order is like that." if self._filter.narrows else _EMPTY[self._filter.state]
        )

    def _count(self, known: int) -> None:
        live = self.bridge.desk.live_orders()
        self._watched.only(order.spec.contract for order in live)
        self.bar.count(known, len(live))

    def _selected(self) -> list[Order]:
        orders = (self.bridge.desk.order(key) for key in self.view.selected_keys() if isinstance(key, str))
        return [order for order in orders if order is not None]

    def _cancellable(self) -> list[Order]:
        return [one for one in self.bridge.desk.live_orders() if one.own and not self._why_not_cancel(one)]

    def _some_work(self) -> bool:
        return any(one.own and not self._why_not_cancel(one) for one in self.bridge.desk.live_orders())

    def _why_not_cancel(self, order: Order) -> str:
        return why_not_cancel(order, self.bridge.desk.link)

    def _show_actions(self) -> None:
        """Open the buttons that can do something, and say beside them why the others cannot."""
        orders, desk = self._selected(), self.bridge.desk
        link = desk.link
        no_cancel = [self._why_not_cancel(order) for order in orders]
        closed_cancel = next((why for why in no_cancel if why), "") if all(no_cancel) else ""
        closed_modify = (
            why_not_modify(orders[0], link) if len(orders) == 1 else "select one order" if orders else ""
        )
        self.bar.open_actions(len(orders), closed_modify, closed_cancel, self._some_work())
        why = "" if len(orders) != 1 else why_words(orders[0], desk.replacements(orders[0].order_ref))
        if why:
            self.bar.why.say(f"{state_words(orders[0])}: {why}", state_tone(orders[0]))
        elif closed_modify and closed_modify == closed_cancel:
            self.bar.why.say(f"{closed_modify[:1].upper()}{closed_modify[1:]}.")
        else:
            pairs = (("Modify", closed_modify), ("Cancel", closed_cancel))
            self.bar.why.say("; ".join(f"{name}: {why}" for name, why in pairs if why))

    def _show_alarm(self) -> None:
        """What cannot wait to be seen. Its buttons are made anew only when there are others."""
        found = pressing(self.bridge.desk, self._selected())
        before, self._pressing = self._pressing, found
        self.alarm.setToolTip("" if found is None else found.known)
        if found is None or (self._settling and self.ask.words == self._settling):
            # A question before settling lays out all that is known: both at once would leave no row in sight.
            self.alarm.hide()
        elif (
            self.alarm.words
            and before is not None
            and found._replace(words=before.words, known=before.known) == before
        ):
            self.alarm.say(found.words, found.tone)
        else:
            acts = {choice.act: choice for choice in found.choices}
            offers = tuple(
                (choice.text, choice.kind, partial(self._act, found.order_ref, act))
                for act, choice in acts.items()
            )
            self.alarm.show_notice(found.words, found.tone, offers)

    def _act(self, order_ref: str, act: str) -> None:
        order = self.bridge.desk.order(order_ref)
        if order is None:
            return
        if act == CANCEL:
            self._cancel([order])
        else:
            self._settle(order_ref, Settlement(act))

    # --- set-up ----------------------------------------------------------------------------------

    def _on_selection(self) -> None:
        self._show_actions()
        self._show_alarm()

    def _connect(self) -> None:
        self.bar.state_chosen.connect(self.show_filter)
        self.bar.side_chosen.connect(self._on_side)
        self.bar.words.textChanged.connect(self._on_words)
        self.bar.modify_button.clicked.connect(self.modify_selected)
        self.bar.cancel_button.clicked.connect(self.cancel_selected)
        self.bar.cancel_all_button.clicked.connect(self.ask_cancel_all)
        self.view.current_changed.connect(self._on_current)
        self.view.selection_changed.connect(self._on_selection)
        self.view.chosen.connect(self._on_chosen)
        self.view.edit_asked.connect(self.change_here)
        self.view.menu_asked.connect(self._pop_up_menu)
        self.view.delete_asked.connect(self.cancel_selected)
        self.change.changed.connect(self._on_changed)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.ask)
        column.addWidget(self.view, 1)
        # Below the rows: they must not move under the hand when it comes by itself.
        column.addWidget(self.alarm)


def _orders(count: int | Decimal) -> str:
    return "1 order" if count == 1 else f"{count} orders"
