"""The order ticket: what reaches the desk, what never does, and what it says on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.domain.events import ContractsFound, MessageReported
from core.domain.link import Mode
from core.domain.order import OrderSpec, OrderType, Side, Tif
from gui.panels.ticket import Stage, TicketPanel
from gui.panels.ticket.reviewed import send_kind, send_words
from tests.gui.panels.stand_in import AAPL, ACCOUNT, ES, MSFT, NVDA, SPX, Floor, order_spec
from tests.gui.panels.ticket.conftest import Bench

Show = Callable[..., Any]
Key = Qt.Key
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


# --- the journey ----------------------------------------------------------------------------------


def test_an_order_is_typed_reviewed_and_sent_by_keyboard_alone(bench: Bench) -> None:
    panel = bench.panel
    panel.head.search.setFocus()
    bench.qtbot.keyClicks(panel.head.search, "msft")
    bench.key(Key.Key_Return, panel.head.search)
    assert bench.floor.stand_in.searched == ["msft"]
    bench.floor.say(ContractsFound("msft", (MSFT.contract,), ("MICROSOFT CORP",)))
    bench.frame()
    bench.floor.quote(MSFT, 512.09, 512.11, 512.10)
    bench.frame()
    assert panel.head.title.text() == "MSFT"
    assert panel.focusWidget() is panel.form.quantity.edit
    bench.qtbot.keyClicks(panel.form.quantity.edit, "10")
    bench.key(Key.Key_Tab)
    bench.key(Key.Key_Tab)
    assert panel.focusWidget() is panel.form.limit.edit
    bench.key(Key.Key_B)
    bench.key(Key.Key_Return)
    assert bench.sent == []
    assert panel.focusWidget() is panel.review.send
    bench.key(Key.Key_Return)
    expected = OrderSpec(
        MSFT.contract, Side.BUY, Decimal(10), OrderType.LMT, Decimal("512.09"), account=ACCOUNT
    )
    assert bench.sent == [expected]


def test_the_mouse_does_the_same(ready: Bench) -> None:
    ready.click(ready.panel.form._sides[Side.SELL])
    ready.click(ready.panel.review_button)
    ready.click(ready.panel.review.send)
    assert [spec.sentence() for spec in ready.sent] == ["SELL 10 AAPL LMT 150.00 DAY"]


def test_the_live_sentence_says_it_all(ready: Bench) -> None:
    assert ready.panel.sentence.text() == f"BUY 10 AAPL LMT 150.00 DAY in SIM {ACCOUNT}, $1,500.00"


def test_the_sentence_has_the_contracts_digits_however_it_was_typed(ready: Bench) -> None:
    ready.type_in(ready.panel.form.limit, "150")
    assert ready.panel.sentence.text().startswith("BUY 10 AAPL LMT 150.00 DAY in ")


def test_the_send_button_repeats_side_quantity_and_contract_and_the_mode_is_named(ready: Bench) -> None:
    ready.panel.open_review()
    assert ready.panel.review.send.text() == "Send BUY 10 AAPL"
    assert ready.panel.review.send.property("kind") == "buy"
    assert ready.panel.review.badge.text() == f"SIM {ACCOUNT}"
    assert ready.panel.review.sentence.text() == ready.panel.sentence.text()


@pytest.mark.parametrize(
    ("order_type", "limit", "stop", "sentence"),
    [
        (OrderType.MKT, "", "", "BUY 10 AAPL MKT DAY"),
        (OrderType.LMT, "150.00", "", "BUY 10 AAPL LMT 150.00 DAY"),
        (OrderType.STP, "", "151.00", "BUY 10 AAPL STP 151.00 DAY"),
        (OrderType.STP_LMT, "151.20", "151.00", "BUY 10 AAPL STP LMT 151.00 151.20 DAY"),
    ],
)
def test_each_type_sends_the_prices_it_needs_and_no_others(
    bench: Bench, order_type: OrderType, limit: str, stop: str, sentence: str
) -> None:
    form = bench.panel.form
    bench.type_in(form.quantity, "10")
    bench.type_in(form.limit, "149.99")
    bench.pick(order_type)
    if limit:
        bench.type_in(form.limit, limit)
    if stop:
        bench.type_in(form.stop, stop)
    bench.panel.open_review()
    bench.click(bench.panel.review.send)
    assert [spec.sentence() for spec in bench.sent] == [sentence]
    sent = bench.sent[0]
    assert (sent.limit_price is not None, sent.stop_price is not None) == (bool(limit), bool(stop))


def test_gtc_and_outside_hours_are_carried(ready: Bench) -> None:
    form = ready.panel.form
    form.tif.setCurrentIndex(form.tif.findData(Tif.GTC))
    form.tif.activated.emit(form.tif.currentIndex())
    ready.click(form.outside)
    ready.panel.open_review()
    ready.click(ready.panel.review.send)
    assert [spec.sentence() for spec in ready.sent] == ["BUY 10 AAPL LMT 150.00 GTC outside RTH"]


def test_what_became_of_it_is_said_in_words_and_the_terms_stay(ready: Bench) -> None:
    ready.panel.open_review()
    ready.click(ready.panel.review.send)
    assert "Sent" in ready.panel.followed.words
    ready.floor.status(ready.order(), "Submitted")
    ready.floor.fill(ready.order(), 4, "150.00")
    ready.frame()
    assert "Part filled 4/10 at 150.00" in ready.panel.followed.words
    ready.floor.fill(ready.order(), 6, "150.00")
    ready.floor.status(ready.order(), "Filled", 10, "150.00")
    ready.frame()
    assert "Filled at 150.00" in ready.panel.followed.words
    assert (ready.panel.form.quantity.text, ready.panel.form.limit.text) == ("10", "150.00")


def test_a_rejection_is_told_with_ibs_reason(ready: Bench) -> None:
    ready.panel.open_review()
    ready.click(ready.panel.review.send)
    order_id = ready.order().order_id
    ready.floor.say(MessageReported(201, "Order rejected - reason:not enough margin", order_id))
    ready.frame()
    assert "Rejected" in ready.panel.followed.words
    assert "(IB 201)" in ready.panel.followed.words


# --- nothing twice, nothing by accident ----------------------------------------------------------


def test_a_double_click_on_review_does_not_send(ready: Bench) -> None:
    panel = ready.panel
    panel.review_button.click()
    at = panel.review.send.rect().center()
    QTest.mouseDClick(panel.review.send, Qt.MouseButton.LeftButton, NO_MODIFIER, at)
    assert panel.review.send.isVisible()
    assert len(ready.sent) <= 1


def test_the_second_press_of_a_double_click_does_nothing(ready: Bench) -> None:
    send = ready.panel.review.send
    ready.panel.open_review()
    pressed: list[None] = []
    ready.panel.review.sent.connect(lambda: pressed.append(None))
    second = _mouse(QEvent.Type.MouseButtonDblClick, send)
    QApplication.sendEvent(send, second)
    QApplication.sendEvent(send, _mouse(QEvent.Type.MouseButtonRelease, send))
    assert (pressed, ready.sent) == ([], [])


def test_clicking_send_over_and_over_sends_once(ready: Bench) -> None:
    ready.panel.open_review()
    for _ in range(3):
        ready.panel.review.send.click()
    for _ in range(3):
        ready.panel._send()
    assert len(ready.sent) == 1


def test_a_held_enter_neither_reviews_nor_sends(ready: Bench) -> None:
    def held(widget: QWidget) -> None:
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, NO_MODIFIER, "\r", autorep=True)
        QApplication.sendEvent(widget, event)

    held(ready.panel.form.limit.edit)
    assert ready.panel._stage is Stage.EDIT
    ready.panel.open_review()
    held(ready.panel.review.send)
    assert ready.sent == []


def test_enter_sends_only_when_send_has_the_focus(ready: Bench) -> None:
    ready.panel.open_review()
    ready.panel.review.back.setFocus()
    ready.key(Key.Key_Return, ready.panel)
    assert ready.sent == []
    ready.key(Key.Key_Return, ready.panel.review.back)
    assert (ready.sent, ready.panel._stage) == ([], Stage.EDIT)


def test_escape_goes_back_with_nothing_sent_and_nothing_lost(ready: Bench) -> None:
    ready.panel.open_review()
    ready.key(Key.Key_Escape)
    assert ready.panel._stage is Stage.EDIT
    assert (ready.panel.form.limit.text, ready.sent) == ("150.00", [])


def test_no_dialog_opens(ready: Bench, qapp: QApplication) -> None:
    before = set(qapp.topLevelWidgets())
    ready.panel.open_review()
    ready.click(ready.panel.review.send)
    assert set(qapp.topLevelWidgets()) == before
    assert qapp.activeModalWidget() is None


# --- nothing moves under the hand ----------------------------------------------------------------


def test_an_untouched_ticket_follows_the_selection(bench: Bench) -> None:
    bench.floor.bridge.select(MSFT.contract)
    assert bench.panel.head.title.text() == "MSFT"
    assert bench.panel.form.limit.text == ""


def test_a_half_filled_ticket_stays_and_offers_to_switch(bench: Bench) -> None:
    bench.type_in(bench.panel.form.limit, "150.1")
    bench.floor.bridge.select(MSFT.contract)
    assert (bench.panel.head.title.text(), bench.panel.form.limit.text) == ("AAPL", "150.1")
    bench.click(bench.panel.offer.button("Switch to MSFT"))
    assert (bench.panel.head.title.text(), bench.panel.form.limit.text) == ("MSFT", "")


def test_keeping_the_ticket_keeps_it(bench: Bench) -> None:
    bench.type_in(bench.panel.form.limit, "150.1")
    bench.floor.bridge.select(MSFT.contract)
    bench.click(bench.panel.offer.button("Keep"))
    assert (bench.panel.offer.words, bench.panel.form.limit.text) == ("", "150.1")


def test_a_review_is_never_replaced(ready: Bench) -> None:
    ready.panel.open_review()
    ready.floor.bridge.select(MSFT.contract)
    ready.floor.bridge.stage(order_spec(MSFT, Side.SELL, 5))
    assert ready.panel.review.headline.text() == "BUY 10 AAPL"


def test_quotes_change_no_field(ready: Bench) -> None:
    ready.floor.quote(AAPL, 160.0, 160.02, 160.01)
    ready.frame()
    ready.floor.pass_time(1, ready.panel)
    assert ready.panel.form.limit.text == "150.00"


def test_the_wheel_steps_only_where_the_focus_is(ready: Bench) -> None:
    form = ready.panel.form
    form.quantity.edit.setFocus()
    _wheel(form.limit.edit, 120)
    assert form.limit.text == "150.00"
    form.limit.edit.setFocus()
    _wheel(form.limit.edit, 240)
    assert form.limit.text == "150.02"
    _wheel(form.order_type, -120)
    assert form.order_type.currentData() == OrderType.LMT


# --- prices and quantities ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "price"), [("b", "150.24"), ("m", "150.25"), ("a", "150.26"), ("l", "150.25")]
)
def test_one_key_takes_a_price_over(bench: Bench, letter: str, price: str) -> None:
    bench.type_in(bench.panel.form.limit, letter)
    assert bench.panel.form.limit.text == price


def test_a_chip_takes_a_price_over(bench: Bench) -> None:
    bench.click(bench.panel.head.chips._chips["ask"])
    assert bench.panel.form.limit.text == "150.26"


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        (Key.Key_Up, "6470.50"),
        (Key.Key_Down, "6470.00"),
        (Key.Key_PageUp, "6472.75"),
        (Key.Key_PageDown, "6467.75"),
    ],
)
def test_prices_step_by_the_market_rule(bench: Bench, key: Qt.Key, limit: str) -> None:
    bench.panel.select(ES.contract)
    bench.type_in(bench.panel.form.limit, "6470.25")
    bench.key(key, bench.panel.form.limit.edit)
    assert bench.panel.form.limit.text == limit


def test_a_staged_price_stands_there_in_the_digits_of_its_contract(bench: Bench) -> None:
    spec = OrderSpec(AAPL.contract, Side.BUY, Decimal(10), OrderType.STP_LMT, Decimal("257.5"), Decimal(257))
    bench.floor.bridge.stage(spec)
    assert (bench.panel.form.limit.text, bench.panel.form.stop.text) == ("257.50", "257.00")
    bench.key(Key.Key_Up, bench.panel.form.limit.edit)
    assert bench.panel.form.limit.text == "257.51"


def test_a_trailing_distance_is_a_price_and_a_per_cent_is_none(bench: Bench) -> None:
    trailing = OrderSpec(AAPL.contract, Side.SELL, Decimal(10), OrderType.TRAIL, trail_amount=Decimal("1.5"))
    bench.floor.bridge.stage(trailing)
    assert bench.panel.form.prices.trail.text == "1.50"
    bench.panel.clear()
    bench.floor.bridge.stage(replace(trailing, trail_amount=None, trail_percent=Decimal("1.5")))
    assert bench.panel.form.prices.trail.text == "1.5"


def test_a_step_from_an_empty_price_begins_at_the_near_side(bench: Bench) -> None:
    bench.key(Key.Key_Up, bench.panel.form.limit.edit)
    assert bench.panel.form.limit.text == "150.24"


def test_the_quantity_begins_with_a_lot_and_steps_by_lots(bench: Bench) -> None:
    form = bench.panel.form
    assert form.quantity.text == "100"
    bench.key(Key.Key_Up, form.quantity.edit)
    bench.type_in(form.quantity, "250")
    bench.key(Key.Key_Down, form.quantity.edit)
    assert form.quantity.text == "200"
    bench.panel.clear()
    bench.panel.select(ES.contract)
    assert form.quantity.text == "1"


@pytest.mark.parametrize(
    "typed", ["-5", "x", "1e309", "1e5", "1 000", "1,000", "0", "150,25", "nan", "9" * 20]
)
@pytest.mark.parametrize("field", ["quantity", "limit"])
def test_nonsense_is_said_beside_its_field_and_goes_nowhere(ready: Bench, field: str, typed: str) -> None:
    edited = getattr(ready.panel.form, field)
    ready.paste(edited, typed)
    assert ready.beside(field).endswith(".")
    assert edited.edit.property("wrong") is True
    _goes_nowhere(ready)


@pytest.mark.parametrize("field", ["quantity", "limit"])
def test_an_empty_field_is_asked_for_and_goes_nowhere(ready: Bench, field: str) -> None:
    ready.paste(getattr(ready.panel.form, field), "")
    assert getattr(ready.panel.form, field).edit.property("wrong") is False
    _goes_nowhere(ready)


@pytest.mark.parametrize("price", ["150.255", "150.001", "0.0001"])
def test_a_price_off_the_tick_goes_nowhere(ready: Bench, price: str) -> None:
    ready.type_in(ready.panel.form.limit, price)
    assert ready.beside("limit").startswith("Steps of 0.01")
    _goes_nowhere(ready)


# --- closed choices -------------------------------------------------------------------------------


def test_a_field_the_type_does_not_use_says_so(bench: Bench) -> None:
    bench.pick(OrderType.MKT)
    assert not bench.panel.form.limit.isEnabled()
    assert bench.beside("limit") == "A market order has no limit price."


def test_outside_hours_closes_for_a_market_order_and_says_why(bench: Bench) -> None:
    bench.pick(OrderType.MKT)
    assert not bench.panel.form.outside.isEnabled()
    assert "regular hours only" in bench.panel.form.outside.toolTip()
    assert "regular hours only" in bench.beside("tif")


def test_an_index_cannot_be_traded_and_the_ticket_says_what_can(bench: Bench) -> None:
    bench.panel.select(SPX.contract)
    bench.type_in(bench.panel.form.limit, "100")
    combo = bench.panel.form.order_type
    assert bench.beside("type") == "An index cannot be traded. Trade its future, option or ETF."
    assert combo.itemData(0, Qt.ItemDataRole.ToolTipRole) == bench.beside("type")
    _goes_nowhere(bench)


# --- the gate -------------------------------------------------------------------------------------


def test_a_hard_objection_blocks_while_typing_with_measure_and_limit(ready: Bench) -> None:
    ready.type_in(ready.panel.form.quantity, "20000")
    assert not ready.panel.review_button.isEnabled()
    words = " ".join(_labels(ready.panel.checks))
    assert "20,000" in words
    assert "10,000" in words
    _goes_nowhere(ready)


def test_soft_objections_want_a_tick_each_before_send_opens(ready: Bench) -> None:
    ready.type_in(ready.panel.form.quantity, "300")
    ready.panel.open_review()
    boxes = ready.panel.review.checks.boxes
    assert boxes
    assert not ready.panel.review.send.isEnabled()
    ready.panel.review.send.click()
    assert ready.sent == []
    for _ in boxes:
        ready.key(Key.Key_Space)
    assert ready.panel.focusWidget() is ready.panel.review.send
    ready.key(Key.Key_Return)
    assert len(ready.sent) == 1


def test_a_tick_holds_while_the_review_is_refreshed(ready: Bench) -> None:
    ready.type_in(ready.panel.form.quantity, "300")
    ready.panel.open_review()
    for box in ready.panel.review.checks.boxes.values():
        box.setChecked(True)
    ready.floor.quote(AAPL, 150.23, 150.25, 150.24)
    ready.frame()
    ready.floor.pass_time(1, ready.panel)
    assert ready.panel.review.send.isEnabled()


def test_ticks_do_not_outlive_the_review(ready: Bench) -> None:
    ready.type_in(ready.panel.form.quantity, "300")
    ready.panel.open_review()
    for box in ready.panel.review.checks.boxes.values():
        box.setChecked(True)
    ready.panel.leave_review()
    ready.panel.open_review()
    assert not ready.panel.review.send.isEnabled()


def test_a_denial_at_the_gate_is_shown_and_shuts_send(ready: Bench) -> None:
    ready.panel.open_review()
    ready.floor.lose_link()
    ready.click(ready.panel.review.send)
    assert ready.sent == []
    assert not ready.panel.review.send.isEnabled()
    assert ready.panel.review.checks.lines


def test_the_link_going_down_shuts_an_open_review(ready: Bench) -> None:
    ready.panel.open_review()
    assert ready.panel.review.send.isEnabled()
    ready.floor.lose_link()
    ready.frame()
    assert not ready.panel.review.send.isEnabled()


# --- modification and staging ---------------------------------------------------------------------


@pytest.fixture
def working(ready: Bench) -> Bench:
    """10 AAPL at 150.00 work; the ticket is clear again."""
    ready.panel.open_review()
    ready.click(ready.panel.review.send)
    ready.floor.status(ready.order(), "Submitted")
    ready.frame()
    ready.sent.clear()
    return ready


def test_a_working_order_is_loaded_changed_and_sent_as_a_change(working: Bench) -> None:
    panel, ref = working.panel, working.order().order_ref
    working.floor.bridge.stage_modification(ref)
    assert panel.head.title.text() == "Modify AAPL"
    working.type_in(panel.form.limit, "149.90")
    working.click(panel.review_button)
    assert panel.review.send.text() == "Modify BUY 10 AAPL"
    working.click(panel.review.send)
    assert len(working.floor.desk.orders()) == 1
    asked = working.order().pending
    assert asked is not None
    assert asked.limit_price == Decimal("149.90")
    assert panel.form.limit.text == ""


def test_what_became_of_an_earlier_order_does_not_stand_above_a_change(working: Bench) -> None:
    assert working.panel.followed.words
    working.floor.bridge.stage_modification(working.order().order_ref)
    assert working.panel.followed.words == ""
    working.frame()
    assert working.panel.followed.words == ""


def test_side_and_type_of_a_working_order_are_closed_with_the_reason(working: Bench) -> None:
    form = working.panel.form
    working.floor.bridge.stage_modification(working.order().order_ref)
    assert not form._sides[Side.SELL].isEnabled()
    assert "side" in form._sides[Side.SELL].toolTip()
    form.pick_side(Side.SELL)
    assert form.side is Side.BUY
    assert "type" in str(form.order_type.itemData(0, Qt.ItemDataRole.ToolTipRole))


def test_an_order_that_fills_meanwhile_ends_its_modification(working: Bench) -> None:
    order = working.order()
    working.floor.bridge.stage_modification(order.order_ref)
    working.panel.open_review()
    working.floor.fill(order, 10, "150.00")
    working.floor.status(order, "Filled", 10, "150.00")
    working.frame()
    assert working.panel._stage is Stage.EDIT
    assert working.panel.head.title.text() == "AAPL"
    assert "Filled" in working.panel.followed.words


def test_escape_leaves_a_modification(working: Bench) -> None:
    working.floor.bridge.stage_modification(working.order().order_ref)
    working.key(Key.Key_Escape, working.panel)
    assert working.panel.head.title.text() == "AAPL"
    assert working.order().pending is None


def test_staged_terms_fill_a_free_ticket_and_send_nothing(bench: Bench) -> None:
    bench.floor.bridge.stage(order_spec(MSFT, Side.SELL, 50))
    form = bench.panel.form
    assert bench.panel.head.title.text() == "MSFT"
    assert (form.side, form.quantity.text, form.order_type.currentData()) == (Side.SELL, "50", OrderType.MKT)
    assert bench.sent == []


def test_staged_terms_ask_before_they_replace_a_half_filled_ticket(ready: Bench) -> None:
    ready.floor.bridge.stage(order_spec(MSFT, Side.SELL, 50))
    assert ready.panel.head.title.text() == "AAPL"
    ready.click(ready.panel.offer.button("Replace ticket"))
    assert (ready.panel.head.title.text(), ready.panel.form.quantity.text) == ("MSFT", "50")


def test_a_position_of_another_account_is_closed_in_its_own(bench: Bench) -> None:
    from dataclasses import replace

    bench.floor.bridge.stage(replace(order_spec(MSFT, Side.SELL, 50), account="DU7654321"))
    assert "in SIM DU7654321" in bench.panel.sentence.text()
    bench.panel.clear()
    bench.panel.select(AAPL.contract)
    bench.type_in(bench.panel.form.limit, "150.00")
    assert f"in SIM {ACCOUNT}" in bench.panel.sentence.text()


def test_return_in_an_empty_ticket_does_not_hold_it(bench: Bench) -> None:
    bench.key(Key.Key_Return, bench.panel.form.limit.edit)
    bench.floor.bridge.select(MSFT.contract)
    assert bench.panel.head.title.text() == "MSFT"


def test_details_that_never_came_are_asked_for_again(desk_floor: Floor, show: Show) -> None:
    panel = show(TicketPanel(desk_floor.bridge), 300, 620)
    panel.select(NVDA.contract)
    assert panel.sentence.text() == "Asking for the details of NVDA…"
    assert not panel.review_button.isEnabled()
    desk_floor.pass_time(6, panel)
    assert [query.con_id for query in desk_floor.stand_in.found] == [NVDA.contract.con_id]
    desk_floor.know(NVDA)
    desk_floor.show(panel)
    assert panel.sentence.text() == "BUY NVDA: enter a limit price."


# --- the rest -------------------------------------------------------------------------------------


def test_alt_s_and_alt_b_choose_the_side(ready: Bench) -> None:
    alt = Qt.KeyboardModifier.AltModifier
    ready.qtbot.keyClick(ready.panel.form.limit.edit, Key.Key_S, alt)
    assert ready.panel.form.side is Side.SELL
    ready.qtbot.keyClick(ready.panel.form.limit.edit, Key.Key_B, alt)
    assert ready.panel.form.side is Side.BUY


def test_it_watches_its_contract_and_lets_go_of_the_last(bench: Bench) -> None:
    assert bench.floor.desk.quote(AAPL.contract.con_id) is not None
    bench.panel.select(MSFT.contract)
    assert bench.floor.desk.quote(AAPL.contract.con_id) is None


def test_the_contract_comes_back_with_the_layout(bench: Bench, show: Show) -> None:
    twin = show(TicketPanel(bench.floor.bridge), 300, 620)
    twin.restore_state(bench.panel.save_state())
    assert twin.head.title.text() == "AAPL"
    twin.restore_state({"contract": {"con_id": "x"}})
    assert twin.head.title.text() == "AAPL"


def test_every_control_has_a_name(ready: Bench) -> None:
    ready.panel.open_review()
    nameless = [
        widget
        for widget in ready.panel.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() and widget.objectName())
    ]
    assert nameless == []


def _goes_nowhere(bench: Bench) -> None:
    assert not bench.panel.review_button.isEnabled()
    bench.key(Key.Key_Return, bench.panel.form.limit.edit)
    bench.panel.open_review()
    assert bench.panel._stage is Stage.EDIT
    assert bench.sent == []


def _labels(widget: QWidget) -> list[str]:
    from PySide6.QtWidgets import QLabel

    return [label.text() for label in widget.findChildren(QLabel)]


def _mouse(kind: QEvent.Type, widget: QWidget) -> Any:
    from PySide6.QtGui import QMouseEvent

    at = QPointF(widget.rect().center())
    left = Qt.MouseButton.LeftButton
    return QMouseEvent(kind, at, widget.mapToGlobal(at), left, left, NO_MODIFIER)


def _wheel(widget: QWidget, turned: int) -> None:
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        widget.mapToGlobal(at),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        NO_MODIFIER,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_terms_that_lie_ready_say_that_nothing_goes_out(ready: Bench) -> None:
    """After a send the terms stay in the fields: a kill switch used then must be seen there too."""
    ready.panel.open_review()
    ready.click(ready.panel.review.send)
    assert ready.panel.review_button.isEnabled()
    assert ready.panel.checks.lines == []
    ready.floor.desk.halt("The kill switch was used.", ready.floor.stand_in.now)
    ready.frame()
    assert not ready.panel.review_button.isEnabled()
    assert any("halted" in line.lower() for line in ready.panel.checks.lines)


def test_where_it_is_real_money_the_button_says_so() -> None:
    spec = order_spec(AAPL, Side.BUY, 10, "150.00")
    assert send_words("Send", spec, Mode.LIVE) == "Send LIVE BUY 10 AAPL"
    assert send_kind(spec, Mode.LIVE) == "danger"
    assert send_words("Send", spec, Mode.SIM) == "Send BUY 10 AAPL"
    assert send_kind(spec, Mode.SIM) == "buy"


def test_a_question_nobody_can_hear_is_said_to_wait(bench: Bench) -> None:
    bench.floor.lose_link()
    bench.panel.show_contract(replace(AAPL.contract, con_id=99, symbol="XYZ", local_symbol="XYZ"))
    assert bench.panel.sentence.text().startswith("Not connected: IBKR is asked for the details of XYZ")
