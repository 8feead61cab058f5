"""The blotter: every order the desk knows, its state in words, and what can be done to it, or why not."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout

from core.domain.contract import ContractDetails
from core.domain.link import Socket
from core.domain.order import Order
from core.domain.quote import Quote
from core.domain.topics import Changes, Topic
from core.domain.verdict import Denied
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.table import Align, Column, TableModel, TableView
from gui.table.view import row_action, rows_menu
from gui.widgets.caption import Caption
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.notice import Notice
from gui.widgets.order_words import (
    doubt_words,
    is_in_doubt,
    named,
    order_sentence,
    owner_words,
    reason_words,
    state_meaning,
    state_tone,
    state_words,
    why_not_cancel,
    why_not_modify,
)
from gui.widgets.watched import Watched


class OrderRow(NamedTuple):
    order: Order
    details: ContractDetails | None
    quote: Quote | None
    now_s: float


def _limit(row: OrderRow) -> str:
    return fmt.price(row.order.spec.limit_price, row.details)


def _stop(row: OrderRow) -> str:
    return fmt.price(row.order.spec.stop_price, row.details)


def _away(row: OrderRow) -> float | None:
    """How far the market is from the order's price, as a fraction; only while it works."""
    price = row.order.spec.limit_price or row.order.spec.stop_price
    market = None if row.quote is None or row.quote.lost_at_s is not None else row.quote.reference
    if price is None or not market or not row.order.is_live:
        return None
    return abs(float(price) / market - 1)


def _terms(row: OrderRow) -> str:
    """What it is, and what a change on its way asks for."""
    asked, words = row.order.pending, order_sentence(row.order.spec, row.details)
    return words if asked is None else f"{words}\nasked for: {order_sentence(asked, row.details)}"


def _age_s(row: OrderRow) -> float | None:
    return row.now_s - row.order.created_at_s if row.order.is_live else None


def _row_tone(row: OrderRow) -> str:
    return "warning" if is_in_doubt(row.order) else ""


def _final_dim(tone: str = "") -> Any:
    return lambda row: tone if row.order.is_live else "text_dim"


COLUMNS: tuple[Column[OrderRow], ...] = (
    Column(
        "time",
        "Time",
        lambda row: fmt.recent(row.order.created_at_s, row.now_s),
        lambda row: row.order.created_at_s,
        tone=lambda row: "text_dim",
        tooltip=lambda row: f"Last change {fmt.date_time(row.order.changed_at_s)}",
        chars=8,
        yields=1,
    ),
    Column(
        "state",
        "State",
        lambda row: state_words(row.order),
        align=Align.LEFT,
        tone=lambda row: state_tone(row.order),
        tooltip=lambda row: state_meaning(row.order),
        chars=13,
        grows=24,
        strong=True,
    ),
    Column(
        "side",
        "Side",
        lambda row: row.order.spec.side,
        align=Align.LEFT,
        tone=lambda row: row.order.spec.side.lower(),
        chars=4,
    ),
    Column(
        "quantity",
        "Qty",
        lambda row: fmt.quantity(row.order.spec.quantity),
        lambda row: row.order.spec.quantity,
        tone=_final_dim(),
        chars=6,
        name="Quantity",
    ),
    Column(
        "filled",
        "Filled",
        lambda row: fmt.quantity(row.order.filled) if row.order.filled else fmt.DASH,
        lambda row: row.order.filled,
        tone=_final_dim(),
        chars=5,
    ),
    Column(
        "contract",
        "Contract",
        lambda row: row.order.spec.contract.label,
        align=Align.LEFT,
        tooltip=_terms,
        chars=8,
        grows=20,
        strong=True,
    ),
    Column(
        "type",
        "Type",
        lambda row: row.order.spec.order_type,
        align=Align.LEFT,
        tone=_final_dim(),
        tooltip=_terms,
        chars=7,
    ),
    Column(
        "limit",
        "Limit",
        _limit,
        lambda row: row.order.spec.limit_price,
        tone=_final_dim(),
        tooltip=_terms,
        chars=7,
        name="Limit price",
    ),
    Column(
        "stop",
        "Stop",
        _stop,
        lambda row: row.order.spec.stop_price,
        tone=_final_dim(),
        tooltip=_terms,
        chars=7,
        name="Stop price",
        yields=2,
    ),
    Column(
        "tif",
        "TIF",
        lambda row: f"{row.order.spec.tif} +" if row.order.spec.outside_rth else row.order.spec.tif,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        tooltip=lambda row: "Also outside regular hours" if row.order.spec.outside_rth else "Regular hours",
        chars=4,
        name="Time in force",
        yields=4,
    ),
    Column(
        "average",
        "Avg price",
        lambda row: fmt.price(row.order.avg_fill_price, row.details),
        lambda row: row.order.avg_fill_price,
        chars=7,
        name="Average fill price",
    ),
    Column(
        "away",
        "Away",
        lambda row: fmt.percent(_away(row)),
        _away,
        tone=lambda row: "text_dim",
        tooltip=lambda row: "How far the order's price is from the market.",
        chars=6,
        name="Away from the market",
        yields=6,
    ),
    Column(
        "age",
        "Age",
        lambda row: fmt.age(_age_s(row)),
        _age_s,
        tone=lambda row: "text_dim",
        chars=7,
        yields=5,
    ),
    Column(
        "owner",
        "Owner",
        lambda row: owner_words(row.order),
        align=Align.LEFT,
        tone=lambda row: "text_dim" if row.order.own else "warning",
        tooltip=lambda row: (
            f"order id {row.order.order_id or fmt.DASH}, permanent id {row.order.perm_id or fmt.DASH}"
        ),
        chars=8,
        yields=3,
    ),
    Column(
        "reason",
        "Reason",
        lambda row: reason_words(row.order),
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        tooltip=lambda row: reason_words(row.order),
        chars=10,
    ),
)

_EMPTY = {"all": "No orders yet.", "working": "No working orders.", "done": "Nothing done yet."}
FILTERS = (("all", "All"), ("working", "Working"), ("done", "Done"))


class OrdersPanel(Panel):
    """Newest first; the selected rows' actions stand above the table and say why when they are closed."""

    NAME: ClassVar[str] = "orders"
    TITLE: ClassVar[str] = "Orders"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.ORDER, Topic.QUOTE, Topic.CONTRACT, Topic.LINK})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._filter = "all"
        self._watched = Watched(bridge.watch, bridge.unwatch, self.NAME)
        self.model = TableModel(COLUMNS, self._row, _row_tone)
        self.view = TableView(self.model, "Orders", "No orders yet.", stretch="reason")
        self.alarm = Notice("orders-alarm", wide=True)
        self.ask = Notice("orders-ask", wide=True)
        self.why = Caption("orders-why")
        self._make_buttons()
        self._lay_out()
        self.view.current_changed.connect(self._on_current)
        self.view.selection_changed.connect(self._show_actions)
        self.view.chosen.connect(lambda _key: self.modify_selected())
        self.view.menu_asked.connect(self._pop_up_menu)
        self.view.delete_asked.connect(self.cancel_selected)
        self._show_rows()

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if orders := changes.get(Topic.ORDER):
            self._show_rows()
            self.model.touch(orders)
        if Topic.LINK in changes or orders:
            self._show_alarm()
            self._show_actions()
        if moved := changes.get(Topic.QUOTE, frozenset()) | changes.get(Topic.CONTRACT, frozenset()):
            live = (order for order in self.bridge.desk.orders() if order.is_live)
            self.model.touch([order.order_ref for order in live if order.spec.contract.con_id in moved])

    def age(self, now_s: float) -> None:
        self.model.touch_sight()
        self.model.resort()

    def save_state(self) -> dict[str, Any]:
        return {"table": self.view.save_state(), "filter": self._filter}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))
        if state.get("filter") in dict(FILTERS):
            self.show_filter(str(state["filter"]))

    # --- the trader ------------------------------------------------------------------------------

    def show_filter(self, key: str) -> None:
        """Which orders are listed: "all", "working" or "done"."""
        self._filter = key
        self._filters[key].setChecked(True)
        self._show_rows()

    def modify_selected(self) -> None:
        """Load the selected order into the ticket."""
        orders = self._selected()
        if len(orders) == 1 and not why_not_modify(orders[0], self.bridge.desk.link):
            self.bridge.show_panel.emit("ticket")
            self.bridge.stage_modification(orders[0].order_ref)

    def cancel_selected(self) -> None:
        """Cancel what is selected and can be cancelled; more than one only after asking."""
        link = self.bridge.desk.link
        orders = [order for order in self._selected() if not why_not_cancel(order, link)]
        if len(orders) > 1:
            self._ask_cancel(f"Cancel the {_orders(len(orders))} selected?", orders)
        else:
            self._cancel(orders)

    def ask_cancel_all(self) -> None:
        """Ask once, in the panel, before every working order of this desk is cancelled."""
        own = self._cancellable()
        foreign = sum(order.is_live and not order.own for order in self.bridge.desk.orders())
        if not own:
            return
        verb = "keeps" if foreign == 1 else "keep"
        rest = f" {_orders(foreign)} of other clients {verb} working." if foreign else ""
        self._ask_cancel(f"Cancel {_orders(len(own))} of this desk?{rest}", own)

    def _ask_cancel(self, words: str, orders: list[Order]) -> None:
        def cancel() -> None:
            self.ask.hide()
            link = self.bridge.desk.link
            now = [self.bridge.desk.order(order.order_ref) for order in orders]
            self._cancel([order for order in now if order is not None and not why_not_cancel(order, link)])

        offers = ((f"Cancel {_orders(len(orders))}", "danger", cancel), ("Keep", "quiet", self.ask.hide))
        self.ask.show_notice(words, "warning", offers)
        self.ask.button("Keep").setFocus(Qt.FocusReason.OtherFocusReason)

    def _cancel(self, orders: list[Order]) -> None:
        answers = [self.bridge.cancel(order.order_ref) for order in orders]
        refusals = [answer.words for answer in answers if isinstance(answer, Denied)]
        if refusals:
            self.ask.show_notice(refusals[0], "danger", (("Close", "quiet", self.ask.hide),))

    def _on_current(self, key: Hashable | None) -> None:
        order = self.bridge.desk.order(key) if isinstance(key, str) else None
        if order is not None:
            self.bridge.select(order.spec.contract)

    def _pop_up_menu(self, at: QPoint) -> None:
        menu = rows_menu(self.view, self)
        first = menu.actions()[0]
        orders, link = self._selected(), self.bridge.desk.link
        if len(orders) == 1:
            entries = (
                ("Modify…", self.modify_selected, why_not_modify(orders[0], link)),
                ("Cancel", self.cancel_selected, why_not_cancel(orders[0], link)),
            )
            for text, act, closed in entries:
                menu.insertAction(first, row_action(menu, text, act, why_not=closed))
        elif orders:
            menu.insertAction(first, row_action(menu, f"Cancel {_orders(len(orders))}", self.cancel_selected))
        menu.popup(at)

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, key: Hashable) -> OrderRow | None:
        desk = self.bridge.desk
        order = desk.order(key) if isinstance(key, str) else None
        if order is None:
            return None
        con_id = order.spec.contract.con_id
        return OrderRow(order, desk.details(con_id), desk.quote(con_id), self.bridge.now_s())

    def _show_rows(self) -> None:
        orders = self.bridge.desk.orders()
        live = [order for order in orders if order.is_live]
        self._watched.only(order.spec.contract for order in live)
        done = [order for order in orders if not order.is_live]
        listed = {"all": orders, "working": live, "done": done}[self._filter]
        self.model.set_rows(order.order_ref for order in listed)
        self.view.empty_words = _EMPTY[self._filter]
        counts = {"all": len(orders), "working": len(live), "done": len(done)}
        for key, title in FILTERS:
            self._filters[key].setText(f"{title} {counts[key]}")
        self._show_actions()

    def _selected(self) -> list[Order]:
        orders = (self.bridge.desk.order(key) for key in self.view.selected_keys() if isinstance(key, str))
        return [order for order in orders if order is not None]

    def _cancellable(self) -> list[Order]:
        link = self.bridge.desk.link
        return [order for order in self.bridge.desk.orders() if order.own and not why_not_cancel(order, link)]

    def _show_actions(self) -> None:
        """Open the buttons that can do something, and say beside them why the others cannot."""
        orders, link = self._selected(), self.bridge.desk.link
        no_cancel = [why_not_cancel(order, link) for order in orders]
        closed_cancel = next((why for why in no_cancel if why), "") if all(no_cancel) else ""
        closed_modify = (
            why_not_modify(orders[0], link) if len(orders) == 1 else "select one order" if orders else ""
        )
        self.modify_button.setEnabled(len(orders) == 1 and not closed_modify)
        self.cancel_button.setEnabled(bool(orders) and not closed_cancel)
        self.cancel_button.say("Cancel" if len(orders) < 2 else f"Cancel {len(orders)}")
        self.cancel_all_button.setEnabled(bool(self._cancellable()))
        self.cancel_all_button.setToolTip(
            "" if self.cancel_all_button.isEnabled() else "No order of this desk works."
        )
        self.modify_button.setToolTip(closed_modify or ("Enter" if orders else "Select an order."))
        self.cancel_button.setToolTip(closed_cancel or ("Del" if orders else "Select an order."))
        if len(orders) == 1 and orders[0].reason:
            self.why.say(f"{state_words(orders[0])}: {reason_words(orders[0])}", state_tone(orders[0]))
        elif closed_modify and closed_modify == closed_cancel:
            self.why.say(f"{closed_modify[:1].upper()}{closed_modify[1:]}.")
        else:
            pairs = (("Modify", closed_modify), ("Cancel", closed_cancel))
            self.why.say("; ".join(f"{name}: {why}" for name, why in pairs if why))

    def _show_alarm(self) -> None:
        """What cannot wait to be seen: orders in doubt, and orders that work while the link is down."""
        live = [order for order in self.bridge.desk.orders() if order.is_live]
        doubtful = [order for order in live if is_in_doubt(order)]
        if doubtful:
            self.alarm.show_notice(doubt_words(doubtful), "warning")
        elif live and self.bridge.desk.link.socket not in (Socket.UP, Socket.STALE, Socket.SYNCING):
            verb = "keeps" if len(live) == 1 else "keep"
            words = f"No link: {_orders(len(live))} {verb} working at IBKR. {named(live)}."
            self.alarm.show_notice(words, "warning")
        else:
            self.alarm.hide()

    # --- set-up ----------------------------------------------------------------------------------

    def _make_buttons(self) -> None:
        self.modify_button = DeliberateButton("Modify", "orders-modify")
        self.cancel_button = DeliberateButton("Cancel", "orders-cancel")
        self.cancel_all_button = DeliberateButton("Cancel all…", "orders-cancel-all")
        self.modify_button.clicked.connect(self.modify_selected)
        self.cancel_button.clicked.connect(self.cancel_selected)
        self.cancel_all_button.clicked.connect(self.ask_cancel_all)
        self._filters: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for key, title in FILTERS:
            button = self._filters[key] = QPushButton(title)
            button.setObjectName(f"orders-{key}")
            button.setAccessibleName(f"Show {title.lower()} orders")
            button.setProperty("kind", "quiet")
            button.setCheckable(True)
            button.setChecked(key == self._filter)
            button.clicked.connect(partial(self._on_filter, key))
            group.addButton(button)

    def _on_filter(self, key: str, _checked: bool = True) -> None:
        self.show_filter(key)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.px(5), theme.px(4), theme.px(6), theme.px(4))
        bar.setSpacing(theme.px(4))
        for button in self._filters.values():
            bar.addWidget(button)
        bar.addSpacing(theme.px(10))
        bar.addWidget(self.why, 1)
        for action in (self.modify_button, self.cancel_button, self.cancel_all_button):
            bar.addWidget(action)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.ask)
        column.addWidget(self.view, 1)
        # Below the rows: they must not move under the hand when it comes by itself.
        column.addWidget(self.alarm)


def _orders(count: int | Decimal) -> str:
    return "1 order" if count == 1 else f"{count} orders"
