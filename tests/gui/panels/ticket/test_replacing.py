"""Cancel and replace in the ticket: what it loads, asks and sends, and what it says of the gap."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from core.domain.order import OrderState, OrderType, Side
from gui.panels.ticket import Stage
from tests.gui.panels.stand_in import AAPL
from tests.gui.panels.ticket.conftest import Bench

Key = Qt.Key


@pytest.fixture
def working(ready: Bench) -> Bench:
    """10 AAPL at 150.00 work; the ticket is clear again."""
    ready.panel.open_review()
    ready.click(ready.panel.review.send)
    ready.floor.status(ready.order(), "Submitted")
    ready.frame()
    ready.floor.pass_time(3.0, ready.panel)
    ready.floor.quote(AAPL, 150.24, 150.26, 150.25, close=149.0)
    ready.sent.clear()
    return ready


def take_on(bench: Bench) -> None:
    for box in bench.panel.review.checks.boxes.values():
        bench.click(box)


def test_another_type_is_placed_once_the_old_order_is_gone(working: Bench) -> None:
    panel, old = working.panel, working.order()
    working.floor.bridge.stage_replacement(old.order_ref)
    assert panel.head.title.text() == "Replace AAPL"
    assert (panel.form.side, panel.form.quantity.text) == (Side.BUY, "10")
    working.pick(OrderType.STP)
    working.type_in(panel.form.stop, "151.00")
    assert panel.sentence.text().startswith("Cancel, then BUY 10 AAPL STP 151.00 DAY")
    assert panel.review_button.text() == "Review replacement"
    working.click(panel.review_button)
    assert panel.review.send.text() == "Replace by BUY 10 AAPL"
    take_on(working)
    working.click(panel.review.send)
    assert working.sent == []
    assert "To be replaced by BUY 10 AAPL STP 151.00 DAY" in panel.followed.words
    working.floor.status(old, "Cancelled")
    working.frame()
    assert [spec.order_type for spec in working.sent] == [OrderType.STP]
    assert "Until IB confirms it, none stands." in panel.followed.words
    working.floor.pass_time(0.084, panel)
    working.floor.status(working.order(), "PreSubmitted")
    working.frame()
    assert "No order stood for 84 ms, at most 84 ms." in panel.followed.words


def test_the_review_says_how_long_no_order_stands(working: Bench) -> None:
    working.floor.bridge.stage_replacement(working.order().order_ref)
    working.type_in(working.panel.form.limit, "149.00")
    working.panel.open_review()
    facts = {name.text(): value.text() for name, value in working.panel.review._fact_labels}
    assert facts["Without an order"].endswith("not measured yet in this session")
    assert "150.00" in facts["Now"]


def test_the_side_stays_and_there_are_no_exits(working: Bench) -> None:
    form = working.panel.form
    working.floor.bridge.stage_replacement(working.order().order_ref)
    form.pick_side(Side.SELL)
    assert form.side is Side.BUY
    assert not form._sides[Side.SELL].isEnabled()
    assert form.exits_section.isHidden()
    assert not form.more_section.isHidden()


def test_what_is_left_is_what_is_loaded(working: Bench) -> None:
    order = working.order()
    working.floor.fill(order, 4, "150.00")
    working.floor.bridge.stage_replacement(order.order_ref)
    assert working.panel.form.quantity.text == "6"


def test_escape_leaves_it_with_nothing_done(working: Bench) -> None:
    working.floor.bridge.stage_replacement(working.order().order_ref)
    working.key(Key.Key_Escape, working.panel)
    assert working.panel.head.title.text() == "AAPL"
    assert working.order().state is OrderState.WORKING
    assert not working.panel.form.exits_section.isHidden()


def test_an_order_that_ends_meanwhile_ends_it(working: Bench) -> None:
    order = working.order()
    working.floor.bridge.stage_replacement(order.order_ref)
    working.panel.open_review()
    working.floor.fill(order, 10, "150.00")
    working.floor.status(order, "Filled", 10, "150.00")
    working.frame()
    assert working.panel._stage is Stage.EDIT
    assert working.panel.head.title.text() == "AAPL"


def test_an_order_that_cannot_be_replaced_says_why(working: Bench) -> None:
    order = working.order()
    working.floor.bridge.cancel(order.order_ref)
    working.floor.bridge.stage_replacement(order.order_ref)
    assert "cannot be replaced: a cancel is already on its way" in working.panel.followed.words


def test_a_successor_that_the_gate_denies_is_said_in_red(working: Bench) -> None:
    panel, old = working.panel, working.order()
    working.floor.bridge.stage_replacement(old.order_ref)
    working.type_in(panel.form.limit, "149.00")
    panel.open_review()
    take_on(working)
    working.click(panel.review.send)
    working.floor.bridge.halt("Enough.")
    working.floor.status(old, "Cancelled")
    working.frame()
    assert working.sent == []
    assert "Not replaced" in panel.followed.words
    assert panel.followed._tone == "danger"
    assert working.floor.desk.order(old.order_ref).state is OrderState.CANCELLED
