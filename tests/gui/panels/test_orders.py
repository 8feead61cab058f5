"""The blotter: states in words, what can be done and why not, and nothing done to an order nobody chose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from core.domain.events import (
    DisconnectAsked,
    MessageReported,
    OrderReported,
    ProbeAnswered,
    SnapshotCompleted,
    Woke,
)
from core.domain.order import Order, OrderSpec, OrderState, OrderType, Overlay, Side
from core.domain.requests import CancelOrder
from gui.panels.orders import OrdersPanel
from gui.widgets.order_words import owner_words, state_meaning, state_tone, state_words, why_not_modify
from tests.gui.panels.stand_in import AAPL, ACCOUNT, EVERYTHING, MSFT, Floor, connect, order_spec

Show = Callable[..., Any]
Key = Qt.Key


class Bench:
    def __init__(self, floor: Floor, panel: OrdersPanel, qtbot: Any) -> None:
        self.floor, self.panel, self.qtbot = floor, panel, qtbot

    def place(self, price: str, *, side: Side = Side.BUY, details: Any = AAPL, quantity: int = 10) -> Order:
        self.floor.stand_in.now += 20
        self.floor.say(ProbeAnswered(0.001))
        self.floor.quote(AAPL, 150.24, 150.26, 150.25)
        self.floor.quote(MSFT, 512.09, 512.11, 512.10)
        self.floor.stand_in.submit(order_spec(details, side, quantity, price), frozenset())
        order = self.floor.desk.orders()[0]
        self.floor.status(order, "Submitted")
        self.frame()
        return self.now(order)

    def foreign(self) -> Order:
        spec = OrderSpec(AAPL.contract, Side.BUY, Decimal(300), OrderType.LMT, Decimal(149), account=ACCOUNT)
        self.floor.say(OrderReported(77, 555, 0, "", spec, "Submitted"))
        self.frame()
        return next(order for order in self.floor.desk.orders() if not order.own)

    def now(self, order: Order) -> Order:
        found = self.floor.desk.order(order.order_ref)
        assert found is not None
        return found

    def frame(self) -> None:
        self.floor.show(self.panel)

    def text(self, order: Order, column: str) -> str:
        return self.panel.model.text(order.order_ref, column)

    def select(self, *orders: Order) -> None:
        self.panel.view.clearSelection()
        self.panel.view.select_key(orders[0].order_ref)
        for order in orders[1:]:
            self.panel.view.selectRow(self.panel.model.row_of(order.order_ref) or 0)

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    @property
    def cancelled(self) -> list[int]:
        return [each.order_id for each in self.floor.stand_in.requests if isinstance(each, CancelOrder)]


@pytest.fixture
def bench(desk_floor: Floor, show: Show, qtbot: Any) -> Bench:
    desk_floor.know(*EVERYTHING)
    panel = show(OrdersPanel(desk_floor.bridge), 900, 260)
    return Bench(desk_floor, panel, qtbot)


# --- words ----------------------------------------------------------------------------------------

ORDER = Order(
    "r", order_spec(AAPL, Side.BUY, 100, "150.00"), OrderState.WORKING, 0.0, 0.0, order_id=1, client_id=1
)
SIZELESS = replace(ORDER, spec=replace(ORDER.spec, quantity=Decimal(0)))
"""IB has not told its quantity."""


@pytest.mark.parametrize("state", list(OrderState))
def test_every_state_has_words_a_meaning_and_a_tone(state: OrderState) -> None:
    order = replace(ORDER, state=state)
    assert state_words(order)
    assert state_meaning(order)
    assert state_tone(order)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (replace(ORDER, state=OrderState.INTENT), "Pending send"),
        (replace(ORDER, state=OrderState.ACCEPTED), "Accepted"),
        (ORDER, "Working"),
        (replace(ORDER, filled=Decimal(40)), "Part filled 40/100"),
        (replace(ORDER, state=OrderState.FILLED, filled=Decimal(100)), "Filled"),
        (replace(ORDER, cancel=Overlay.REQUESTED), "Cancel requested"),
        (replace(ORDER, cancel=Overlay.REQUESTED, filled=Decimal(40)), "Cancel requested 40/100"),
        (replace(ORDER, cancel=Overlay.IN_DOUBT), "Cancel in doubt"),
        (replace(ORDER, modify=Overlay.REQUESTED), "Change requested"),
        (replace(ORDER, state=OrderState.CANCELLED, cancel=Overlay.REQUESTED), "Cancelled"),
        (replace(ORDER, state=OrderState.CANCELLED, filled=Decimal(40)), "Cancelled 40/100"),
        (replace(SIZELESS, state=OrderState.CANCELLED, filled=Decimal(40)), "Cancelled 40/–"),
        (replace(ORDER, state=OrderState.REJECTED), "Rejected"),
        (replace(ORDER, state=OrderState.DENIED), "Denied"),
        (replace(ORDER, state=OrderState.IN_DOUBT), "In doubt"),
        (replace(ORDER, state=OrderState.INACTIVE), "Inactive"),
        (replace(ORDER, stale=True), "Working (unconfirmed)"),
    ],
)
def test_a_state_is_said_in_words(order: Order, words: str) -> None:
    assert state_words(order) == words


def test_owners_are_told_apart() -> None:
    assert owner_words(ORDER) == "This desk"
    assert owner_words(replace(ORDER, own=False, client_id=0)) == "TWS"
    assert owner_words(replace(ORDER, own=False, client_id=5)) == "Client 5"
    assert owner_words(replace(ORDER, own=False, client_id=None)) == "Not told"


# --- rows -----------------------------------------------------------------------------------------


def test_orders_stand_newest_first_with_state_fills_and_prices(bench: Bench) -> None:
    first = bench.place("150.00")
    second = bench.place("512.00", details=MSFT)
    bench.floor.fill(first, 4, "150.00")
    bench.frame()
    assert bench.panel.model.keys == (second.order_ref, first.order_ref)
    assert bench.text(first, "state") == "Part filled 4/10"
    assert (bench.text(first, "filled"), bench.text(first, "average")) == ("4", "150.00")
    assert (bench.text(second, "limit"), bench.text(second, "stop")) == ("512.00", "–")


def test_a_rejection_says_why_in_words(bench: Bench) -> None:
    order = bench.place("150.00")
    bench.floor.say(MessageReported(201, "Order rejected - reason:not enough <b>margin</b>", order.order_id))
    bench.frame()
    assert bench.text(order, "state") == "Rejected"
    assert "(IB 201)" in bench.text(order, "reason")


def test_the_filters_list_and_count(bench: Bench) -> None:
    working, done = bench.place("150.00"), bench.place("149.00")
    bench.floor.status(done, "Cancelled")
    bench.frame()
    assert [button.text() for button in bench.panel.bar.states.values()] == ["All 2", "Working 1", "Done 1"]
    bench.click(bench.panel.bar.states["working"])
    assert bench.panel.model.keys == (working.order_ref,)
    bench.click(bench.panel.bar.states["done"])
    assert bench.panel.model.keys == (done.order_ref,)


def test_a_row_knows_its_distance_from_the_market(bench: Bench) -> None:
    order = bench.place("148.75")
    assert bench.text(order, "away") == "1.00 %"
    bench.floor.lose_link()
    assert bench.text(order, "away") == "–"


def test_it_watches_the_contracts_of_working_orders_only(bench: Bench) -> None:
    order = bench.place("150.00")
    assert bench.panel._watched.con_ids == {AAPL.contract.con_id}
    bench.floor.status(order, "Cancelled")
    bench.frame()
    assert bench.panel._watched.con_ids == frozenset()


# --- actions --------------------------------------------------------------------------------------


def test_cancel_asks_ib_and_the_row_says_so(bench: Bench) -> None:
    order = bench.place("150.00")
    bench.select(order)
    bench.click(bench.panel.bar.cancel_button)
    bench.frame()
    assert bench.cancelled == [order.order_id]
    assert bench.text(order, "state") == "Cancel requested"
    assert not bench.panel.bar.cancel_button.isEnabled()
    assert bench.panel.bar.cancel_button.toolTip() == "a cancel is already on its way"


def test_delete_cancels_what_is_selected_and_nothing_else(bench: Bench) -> None:
    bench.place("149.00")
    order = bench.place("150.00")
    bench.select(order)
    bench.qtbot.keyClick(bench.panel.view, Key.Key_Delete)
    assert bench.cancelled == [order.order_id]


def test_several_at_once_are_cancelled_only_after_asking(bench: Bench) -> None:
    orders = [bench.place(price) for price in ("149.00", "148.00", "147.00")]
    bench.panel.view.selectAll()
    bench.qtbot.keyClick(bench.panel.view, Key.Key_Delete)
    assert (bench.cancelled, bench.panel.ask.words) == ([], "Cancel the 3 orders selected?")
    bench.floor.status(orders[0], "Cancelled")
    bench.click(bench.panel.ask.button("Cancel 3 orders"))
    assert sorted(bench.cancelled) == [order.order_id for order in orders[1:]]


def test_when_the_selected_order_leaves_the_list_no_other_can_be_cancelled(bench: Bench) -> None:
    bench.place("149.00")
    order = bench.place("150.00")
    bench.panel.show_filter("working")
    bench.select(order)
    bench.floor.fill(order, 10, "150.00")
    bench.floor.status(order, "Filled", 10, "150.00")
    bench.frame()
    bench.qtbot.keyClick(bench.panel.view, Key.Key_Delete)
    assert bench.cancelled == []
    assert not bench.panel.bar.cancel_button.isEnabled()


def test_modify_loads_the_order_into_the_ticket(bench: Bench) -> None:
    told: list[str] = []
    bench.floor.bridge.modification_staged.connect(told.append)
    bench.floor.bridge.show_panel.connect(told.append)
    order = bench.place("150.00")
    bench.select(order)
    bench.click(bench.panel.bar.modify_button)
    assert told == ["ticket", order.order_ref]


def test_the_menu_loads_an_order_into_the_ticket_to_be_replaced(bench: Bench) -> None:
    told: list[str] = []
    bench.floor.bridge.replacement_staged.connect(told.append)
    order = bench.place("150.00")
    bench.select(order)
    bench.panel.view.menu_asked.emit(QPoint(5, 5))
    menu = next(menu for menu in bench.panel.findChildren(QMenu) if menu.isVisible())
    action = next(one for one in menu.actions() if one.text().startswith("Cancel and replace"))
    action.trigger()
    menu.close()
    assert told == [order.order_ref]


def test_both_rows_say_for_how_long_no_order_stood(bench: Bench) -> None:
    old = bench.place("150.00")
    spec = replace(old.spec, limit_price=Decimal("149.50"))
    taken = frozenset(
        one.rule for one in bench.floor.desk.assess_replacement(old.order_ref, spec, bench.floor.stand_in.now)
    )
    assert bench.floor.bridge.cancel_and_replace(old.order_ref, spec, taken) is None
    bench.frame()
    assert bench.text(old, "reason").startswith("To be replaced by BUY")
    bench.floor.status(old, "Cancelled")
    bench.floor.pass_time(0.25, bench.panel)
    bench.frame()
    assert "no order stands" in bench.text(old, "reason")
    new = bench.floor.desk.orders()[0]
    bench.floor.status(new, "Submitted")
    bench.frame()
    assert bench.text(old, "reason") == "Replaced. No order stood for 250 ms, at most 250 ms."
    assert bench.text(new, "reason").endswith("No order stood for 250 ms, at most 250 ms.")


def test_a_foreign_order_can_be_neither_changed_nor_cancelled_and_says_why(bench: Bench) -> None:
    bench.select(bench.foreign())
    assert not bench.panel.bar.modify_button.isEnabled()
    assert not bench.panel.bar.cancel_button.isEnabled()
    assert bench.panel.bar.why.text() == "Placed by TWS: change or cancel it there."


@pytest.mark.parametrize("state", [state for state in OrderState if state.is_final])
def test_what_is_over_cannot_be_changed(bench: Bench, state: OrderState) -> None:
    assert why_not_modify(replace(ORDER, state=state), bench.floor.desk.link).startswith("it is ")


def test_nothing_can_be_changed_without_a_link(bench: Bench) -> None:
    order = bench.place("150.00")
    bench.select(order)
    bench.floor.lose_link()
    bench.frame()
    assert not bench.panel.bar.modify_button.isEnabled()
    assert not bench.panel.bar.cancel_button.isEnabled()
    assert "not connected" in bench.panel.bar.why.text().lower()


def test_cancel_all_asks_once_in_the_panel_and_spares_other_clients(bench: Bench, qapp: Any) -> None:
    orders = [bench.place(price) for price in ("149.00", "148.00", "147.00")]
    bench.foreign()
    bench.click(bench.panel.bar.cancel_all_button)
    assert bench.cancelled == []
    assert bench.panel.ask.words == "Cancel 3 orders of this desk? 1 order of other clients keeps working."
    assert qapp.activeModalWidget() is None
    bench.click(bench.panel.ask.button("Cancel 3 orders"))
    assert sorted(bench.cancelled) == [order.order_id for order in orders]
    assert bench.panel.ask.words == ""


def test_keeping_them_keeps_them(bench: Bench) -> None:
    bench.place("149.00")
    bench.click(bench.panel.bar.cancel_all_button)
    bench.click(bench.panel.ask.button("Keep"))
    assert (bench.cancelled, bench.panel.ask.words) == ([], "")


def test_the_menu_names_the_reason_of_what_is_closed(bench: Bench) -> None:
    bench.select(bench.foreign())
    bench.panel.view.menu_asked.emit(QPoint(5, 5))
    menu = next(menu for menu in bench.panel.findChildren(QMenu) if menu.isVisible())
    closed = [action.text() for action in menu.actions() if action.text() and not action.isEnabled()]
    menu.close()
    assert closed == [
        f"{what} – placed by TWS: change or cancel it there"
        for what in ("Change here", "Modify…", "Cancel and replace…", "Cancel")
    ]


def test_selecting_an_order_selects_its_contract(bench: Bench) -> None:
    selected: list[Any] = []
    bench.floor.bridge.contract_selected.connect(selected.append)
    bench.select(bench.place("512.00", details=MSFT))
    assert selected == [MSFT.contract]


# --- what cannot wait -----------------------------------------------------------------------------


def test_an_order_in_doubt_is_loud(bench: Bench) -> None:
    bench.floor.quote(AAPL, 150.24, 150.26, 150.25)
    bench.floor.stand_in.submit(order_spec(AAPL, Side.BUY, 10, "150.00"), frozenset())
    bench.floor.stand_in.now += 6
    bench.floor.say(Woke())
    bench.frame()
    order = bench.floor.desk.orders()[0]
    assert bench.text(order, "state") == "In doubt"
    assert bench.panel.model.cell(0, 1).fill == "warning"
    assert bench.panel.alarm.words.startswith("In doubt: BUY 10 AAPL LMT 150.00 DAY. ")
    bench.select(order)
    assert bench.panel.bar.cancel_button.isEnabled()
    assert not bench.panel.bar.modify_button.isEnabled()
    bench.floor.status(order, "Submitted")
    bench.frame()
    assert bench.panel.alarm.words == ""


def doubtful(bench: Bench) -> Order:
    """An order that IB has not answered."""
    bench.floor.quote(AAPL, 150.24, 150.26, 150.25)
    bench.floor.stand_in.submit(order_spec(AAPL, Side.BUY, 10, "150.00"), frozenset())
    bench.floor.stand_in.now += 6
    bench.floor.say(Woke())
    bench.frame()
    return bench.floor.desk.orders()[0]


def test_a_doubt_says_what_is_known_and_asked_and_lets_it_be_cancelled(bench: Bench) -> None:
    order = doubtful(bench)
    for words in ("IB has not answered", "never sends it again", "Cancelling is safe"):
        assert words in bench.panel.alarm.words
    assert "0 of 10 is filled" in bench.panel.alarm.toolTip()
    bench.click(bench.panel.alarm.button("Cancel it"))
    assert bench.cancelled == [order.order_id]


def test_the_trader_settles_a_doubt_once_ibs_lists_lack_it_and_is_asked_twice(bench: Bench) -> None:
    order = doubtful(bench)
    with pytest.raises(StopIteration):
        bench.panel.alarm.button("Not in TWS…")
    bench.floor.stand_in.now += 1
    bench.floor.say(ProbeAnswered(0.001), SnapshotCompleted(1, (), (), (), ()))
    bench.frame()
    bench.panel.age(bench.floor.stand_in.now)
    bench.click(bench.panel.alarm.button("Not in TWS…"))
    assert bench.now(order).state is OrderState.IN_DOUBT
    asked = bench.panel.ask.words
    assert "You have looked in TWS, and BUY 10 AAPL LMT 150.00 DAY is not in TWS" in asked
    assert "0 of 10 is filled. IB lists it neither as open nor as done." in asked
    assert bench.panel.alarm.isHidden()
    bench.click(bench.panel.ask.button("Go back"))
    assert not bench.panel.alarm.isHidden()
    bench.click(bench.panel.alarm.button("Not in TWS…"))
    bench.click(bench.panel.ask.button("Yes, not placed"))
    bench.frame()
    assert bench.text(order, "state") == "Not placed"
    assert bench.panel.alarm.words == ""


def test_the_alarms_buttons_stay_where_they_are_while_its_words_change(bench: Bench) -> None:
    doubtful(bench)
    button = bench.panel.alarm.button("Cancel it")
    bench.floor.stand_in.now += 1
    bench.panel.age(bench.floor.stand_in.now)
    bench.frame()
    assert bench.panel.alarm.button("Cancel it") is button


def test_a_conflict_names_its_legs_and_cancels_both(bench: Bench) -> None:
    order = bench.place("150.00")
    bench.floor.say(OrderReported(order.order_id or 0, 424_242, 1, order.order_ref, order.spec, "Submitted"))
    bench.frame()
    assert bench.now(order).state is OrderState.CONFLICT
    assert bench.panel.alarm.words.startswith("Conflict: BUY 10 AAPL LMT 150.00 DAY.")
    assert "424242 working." in bench.panel.alarm.words
    assert bench.panel.model.cell(0, 1).fill == "danger"
    more = replace(order.spec, quantity=Decimal(11))
    bench.floor.say(OrderReported(order.order_id or 0, 424_242, 1, order.order_ref, more, "Submitted"))
    bench.frame()
    assert "424242 working (BUY 11 AAPL LMT 150.00 DAY)." in bench.panel.alarm.words
    bench.click(bench.panel.alarm.button("Cancel both"))
    assert set(bench.cancelled) == {order.order_id}


def test_a_conflict_that_ib_lists_no_more_can_be_settled(bench: Bench) -> None:
    order = bench.place("150.00")
    bench.floor.say(OrderReported(order.order_id or 0, 424_242, 1, order.order_ref, order.spec, "Submitted"))
    for _ in range(2):
        bench.floor.stand_in.now += 10
        bench.floor.say(SnapshotCompleted(1, (), (), (), ()))
    bench.frame()
    assert bench.panel.alarm.words.endswith("Look in TWS, and say here what you found.")
    bench.click(bench.panel.alarm.button("Cancelled in TWS…"))
    bench.click(bench.panel.ask.button("Yes, cancelled"))
    assert bench.now(order).state is OrderState.CANCELLED


def test_an_order_of_another_client_id_is_this_desks_and_out_of_reach(bench: Bench) -> None:
    order = bench.place("150.00")
    bench.floor.say(DisconnectAsked())
    connect(bench.floor, client_id=2)
    bench.select(order)
    bench.frame()
    assert (bench.text(order, "owner"), bench.panel.bar.cancel_button.isEnabled()) == ("This desk", False)
    assert bench.panel.bar.why.text() == "Placed as client 1: connect as that client, or use TWS."


def test_a_lost_link_says_which_orders_guard_a_position(bench: Bench) -> None:
    bench.floor.hold(AAPL, 100, 140.0, 150.0)
    bench.floor.say(ProbeAnswered(0.001))
    bench.floor.quote(AAPL, 150.24, 150.26, 150.25)
    stop = replace(order_spec(AAPL, Side.SELL, 100), order_type=OrderType.STP, stop_price=Decimal(145))
    bench.floor.stand_in.submit(stop, frozenset())
    bench.floor.status(bench.floor.desk.orders()[0], "PreSubmitted")
    bench.floor.lose_link()
    bench.frame()
    assert bench.panel.alarm.words.endswith("1 of them protects a position: SELL 100 AAPL STP 145.00 DAY.")


def test_a_lost_link_says_which_orders_keep_working(bench: Bench) -> None:
    bench.place("150.00")
    bench.floor.lose_link()
    bench.frame()
    assert bench.panel.alarm.words == ("No link: 1 order keeps working at IBKR. BUY 10 AAPL LMT 150.00 DAY.")


def test_layout_and_filter_come_back(bench: Bench, show: Show) -> None:
    bench.panel.show_filter("done")
    bench.panel.view.show_column("owner", False)
    twin = show(OrdersPanel(bench.floor.bridge), 900, 260)
    twin.restore_state(bench.panel.save_state())
    assert twin.save_state() == bench.panel.save_state()
    twin.restore_state({"filter": "none", "table": None})
    assert twin.save_state()["filter"] == "done"
