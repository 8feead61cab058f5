"""Changing an order in its row: the same gate, its words at the row, and nothing sent that was not meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.domain.bracket import BracketSpec, Exit
from core.domain.events import IntentCommitted, OrderSent, ProbeAnswered
from core.domain.order import Order, OrderSpec, OrderType, Side
from gui.panels.orders import OrdersPanel
from gui.panels.orders.change import term_of
from tests.gui.panels.stand_in import AAPL, ACCOUNT, EVERYTHING, Floor, order_spec

Key = Qt.Key


class Bench:
    def __init__(self, floor: Floor, panel: OrdersPanel, qtbot: Any) -> None:
        self.floor, self.panel, self.qtbot = floor, panel, qtbot

    def place(self, price: str = "150.00", quantity: int = 10) -> Order:
        self.floor.stand_in.now += 20
        self.floor.say(ProbeAnswered(0.001))
        self.floor.quote(AAPL, 150.24, 150.26, 150.25)
        self.floor.stand_in.submit(order_spec(AAPL, Side.BUY, quantity, price), frozenset())
        order = self.floor.desk.orders()[0]
        self.floor.status(order, "Submitted")
        self.frame()
        return self.floor.desk.orders()[0]

    def bracket(self, quantity: int = 100) -> tuple[Order, ...]:
        """A parent with target and stop, all of them at IB."""
        self.floor.stand_in.now += 20
        self.floor.say(ProbeAnswered(0.001))
        self.floor.quote(AAPL, 150.24, 150.26, 150.25)
        parent = order_spec(AAPL, Side.BUY, quantity, "150.00")
        group = BracketSpec(parent, (Exit(target=Decimal("155.00"), stop=Decimal("148.00")),))
        places = self.floor.desk.submit_group(group, self.floor.stand_in.now)
        assert isinstance(places, tuple), places
        for place in places:
            self.floor.say(IntentCommitted(place.order_ref), OrderSent(place.order_ref))
        orders = tuple(self.now(place.order_ref) for place in places)
        for order in orders:
            self.floor.status(order, "PreSubmitted" if order.spec.parent_id else "Submitted")
        self.frame()
        return orders

    def now(self, order_ref: str) -> Order:
        order = self.floor.desk.order(order_ref)
        assert order is not None
        return order

    def frame(self) -> None:
        self.floor.show(self.panel)

    def press_twice(self, order: Order, column: str) -> None:
        at = self.panel.view.cell_rect(order.order_ref, column).center()
        QTest.mouseClick(self.panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseDClick(self.panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)

    def type(self, text: str, *, then: Qt.Key | None = Key.Key_Return) -> None:
        edit = self.panel.change.edit
        edit.selectAll()
        self.qtbot.keyClicks(edit, text)
        if then is not None:
            self.qtbot.keyClick(edit, then)

    def pending(self, order: Order) -> OrderSpec | None:
        return self.now(order.order_ref).pending

    @property
    def words(self) -> str:
        return self.panel.change.notice.words


@pytest.fixture
def bench(desk_floor: Floor, show: Callable[..., Any], qtbot: Any) -> Bench:
    desk_floor.know(*EVERYTHING)
    panel = show(OrdersPanel(desk_floor.bridge), 1100, 300)
    panel.activateWindow()
    return Bench(desk_floor, panel, qtbot)


# --- in the cell ----------------------------------------------------------------------------------


def test_a_price_is_changed_where_it_stands(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    assert bench.panel.change.edit.isVisible()
    assert bench.panel.change.edit.text() == "150.00"
    bench.type("150.10")
    wanted = bench.pending(order)
    assert wanted is not None
    assert wanted.limit_price == Decimal("150.10")
    assert not bench.panel.change.edit.isVisible()
    bench.frame()
    assert bench.panel.model.text(order.order_ref, "state") == "Change requested"


def test_a_quantity_is_changed_where_it_stands(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "quantity")
    bench.type("25")
    wanted = bench.pending(order)
    assert wanted is not None
    assert wanted == replace(order.spec, quantity=Decimal(25))


def test_f2_takes_the_price_and_the_arrows_step_it_by_the_tick(bench: Bench) -> None:
    order = bench.place()
    bench.panel.view.select_key(order.order_ref)
    bench.qtbot.keyClick(bench.panel.view, Key.Key_F2)
    for key in (Key.Key_Up, Key.Key_Up, Key.Key_Down):
        bench.qtbot.keyClick(bench.panel.change.edit, key)
    assert bench.panel.change.edit.text() == "150.01"
    assert bench.pending(order) is None


def test_escape_takes_back_what_was_typed(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("149.00", then=Key.Key_Escape)
    assert not bench.panel.change.edit.isVisible()
    assert bench.pending(order) is None


def test_leaving_the_cell_sends_nothing(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("149.00", then=None)
    bench.panel.bar.words.setFocus()
    bench.qtbot.waitUntil(lambda: not bench.panel.change.edit.isVisible())
    assert bench.pending(order) is None


def test_the_same_value_is_no_change(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("150.0")
    assert bench.pending(order) is None
    assert not bench.panel.change.edit.isVisible()


# --- the gate -------------------------------------------------------------------------------------


def test_what_is_no_price_is_said_while_it_is_typed(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("150.005", then=None)
    assert bench.words == "Steps of 0.01: 150.00 or 150.01."
    bench.qtbot.keyClick(bench.panel.change.edit, Key.Key_Return)
    assert bench.pending(order) is None


def test_a_denial_is_said_at_the_row_and_keeps_what_was_typed(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("190.00")
    assert bench.words.startswith("Denied: ")
    assert bench.panel.change.edit.text() == "190.00"
    assert bench.pending(order) is None
    row = bench.panel.view.cell_rect(order.order_ref, "limit")
    assert bench.panel.change.notice.geometry().top() == row.bottom() + 1


def test_what_only_asks_is_taken_on_by_a_press_of_its_own(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("155.00")
    assert bench.pending(order) is None
    while bench.panel.change.order_ref:
        button = bench.panel.change.notice.button("Change it anyway")
        bench.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wanted = bench.pending(order)
    assert wanted is not None
    assert wanted.limit_price == Decimal("155.00")


def test_what_was_asked_about_one_price_does_not_let_another_through(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("155.00")
    button = bench.panel.change.notice.button("Change it anyway")
    bench.panel.change.edit.setText("156.00")
    bench.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.pending(order) is None


def test_an_order_that_fills_under_the_hand_is_not_changed_and_says_so(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "limit")
    bench.type("150.10", then=None)
    bench.floor.fill(order, 10, "150.00")
    bench.floor.status(order, "Filled", 10, "150.00")
    bench.frame()
    assert bench.words == "Not sent: it is filled."
    bench.qtbot.keyClick(bench.panel.change.edit, Key.Key_Return)
    assert bench.words.startswith("Denied: ")


def test_a_cell_that_cannot_be_changed_says_why(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "stop")
    assert bench.panel.ask.words == "This order has no such price."
    bench.floor.fill(order, 10, "150.00")
    bench.floor.status(order, "Filled", 10, "150.00")
    bench.frame()
    bench.press_twice(order, "quantity")
    assert bench.panel.ask.words == "It cannot be changed: it is filled."


def test_a_trailing_stop_is_changed_by_its_distance() -> None:
    spec = order_spec(AAPL, Side.SELL, 10)
    trailing = replace(spec, order_type=OrderType.TRAIL, stop_price=Decimal(140), trail_amount=Decimal("1.5"))
    fields = [term.field for column in ("", "stop", "quantity") if (term := term_of(trailing, column))]
    assert fields == ["trail_amount", "trail_amount", "quantity"]
    assert term_of(trailing, "limit") is None


# --- families -------------------------------------------------------------------------------------


def test_a_bracket_stands_as_a_tree_under_its_entry(bench: Bench) -> None:
    orders = bench.bracket()
    bench.place("149.00")
    keys = bench.panel.model.keys
    assert keys[1:] == tuple(order.order_ref for order in orders)
    assert [bench.panel.model.text(key, "kin") for key in keys] == ["", "▾ entry", "├ target", "└ stop"]


def test_sorting_keeps_a_family_together(bench: Bench) -> None:
    entry, target, stop = (order.order_ref for order in bench.bracket())
    bench.place("151.00", 5)
    bench.place("149.00", 200)
    view = bench.panel.view
    column = [one.key for one in bench.panel.model.columns].index("quantity")
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        view.sortByColumn(column, order)
        at = bench.panel.model.keys.index(entry)
        assert bench.panel.model.keys[at : at + 3] == (entry, target, stop)


def test_exits_whose_entry_is_not_listed_still_stand_together(bench: Bench) -> None:
    entry, *exits = bench.bracket()
    bench.floor.fill(entry, 100, "150.00")
    bench.floor.status(entry, "Filled", 100, "150.00")
    bench.frame()
    bench.panel.show_filter("working")
    keys = bench.panel.model.keys
    assert keys == tuple(order.order_ref for order in exits)
    assert [bench.panel.model.text(key, "kin") for key in keys] == ["┌ target", "└ stop"]


def test_a_new_quantity_of_the_entry_asks_for_its_exits(bench: Bench) -> None:
    entry, *exits = bench.bracket()
    bench.press_twice(entry, "quantity")
    bench.type("60")
    assert bench.panel.ask.words.startswith("Its exits are still for another quantity: ")
    bench.qtbot.mouseClick(bench.panel.ask.button("Make them 60"), Qt.MouseButton.LeftButton)
    wanted = [bench.pending(order) for order in exits]
    assert [spec.quantity for spec in wanted if spec] == [Decimal(60), Decimal(60)]


def test_an_exit_moved_after_its_entry_filled_no_longer_names_it(bench: Bench) -> None:
    entry, _, stop = bench.bracket()
    bench.floor.fill(entry, 100, "150.00")
    bench.floor.status(entry, "Filled", 100, "150.00")
    bench.frame()
    bench.press_twice(stop, "stop")
    bench.type("149.00")
    wanted = bench.pending(stop)
    assert wanted is not None
    assert (wanted.stop_price, wanted.parent_id) == (Decimal("149.00"), 0)


# --- filters and cancels --------------------------------------------------------------------------


def test_side_and_words_narrow_what_is_listed(bench: Bench) -> None:
    order = bench.place()
    sell = replace(order_spec(AAPL, Side.SELL, 5, "151.00"), account=ACCOUNT)
    bench.floor.hold(AAPL, 100, 140.0, 150.0)
    bench.floor.stand_in.now += 20
    bench.floor.say(ProbeAnswered(0.001))
    bench.floor.quote(AAPL, 150.24, 150.26, 150.25)
    bench.floor.stand_in.submit(sell, frozenset())
    bench.frame()
    bench.qtbot.mouseClick(bench.panel.bar.sides["BUY"], Qt.MouseButton.LeftButton)
    assert bench.panel.model.keys == (order.order_ref,)
    bench.qtbot.mouseClick(bench.panel.bar.sides["BUY"], Qt.MouseButton.LeftButton)
    assert len(bench.panel.model.keys) == 2
    bench.qtbot.keyClicks(bench.panel.bar.words, "sell aapl")
    assert [bench.panel.model.text(key, "side") for key in bench.panel.model.keys] == ["SELL"]
    bench.panel.show_only("nothing says this")
    assert (bench.panel.model.keys, bench.panel.view.empty_words) == ((), "No order is like that.")


def test_all_of_a_side_can_be_cancelled_alone(bench: Bench) -> None:
    entry, *exits = bench.bracket()
    bench.qtbot.mouseClick(bench.panel.bar.cancel_all_button, Qt.MouseButton.LeftButton)
    bench.qtbot.mouseClick(bench.panel.ask.button("Only 2 sells"), Qt.MouseButton.LeftButton)
    bench.frame()
    states = [bench.panel.model.text(order.order_ref, "state") for order in (entry, *exits)]
    assert states == ["Working", "Cancel requested", "Cancel requested"]


def test_enter_opens_the_flight_record_and_escape_closes_it(bench: Bench) -> None:
    order = bench.place()
    bench.panel.view.select_key(order.order_ref)
    bench.qtbot.keyClick(bench.panel.view, Key.Key_Return)
    record = bench.panel._record
    assert record is not None
    assert record.isVisible()
    assert record.order_ref == order.order_ref
    assert QApplication.activeModalWidget() is None
    bench.qtbot.keyClick(record, Key.Key_Escape)
    assert not record.isVisible()


def test_a_double_click_beside_the_values_opens_it_too(bench: Bench) -> None:
    order = bench.place()
    bench.press_twice(order, "state")
    record = bench.panel._record
    assert record is not None
    assert record.isVisible()
    record.close()
