"""What the ticket makes of types, brackets, sizes and attributes; how few keys it takes; what stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton

from core.domain.bracket import Exit, ExitsSpec
from core.domain.contract import Contract, ContractDetails, SecType
from core.domain.events import ContractsFound, PreviewReported
from core.domain.order import Algo, Oca, OrderSpec, OrderType, Side, Tif
from core.domain.order_types import ORDER_TYPES, Need, PriceField
from core.domain.preview import Preview
from core.domain.requests import PreviewOrder
from gui.panels.ticket import Stage, TicketPanel
from gui.panels.ticket.one_click import IDLE_S
from gui.panels.ticket.words import commission_words
from tests.gui.panels.stand_in import AAPL, ACCOUNT, EURUSD, MSFT, NOW_S, Floor, order_spec
from tests.gui.panels.ticket.conftest import Bench

Key = Qt.Key
PRICES = {
    PriceField.LIMIT: "150.10",
    PriceField.STOP: "150.30",
    PriceField.TRAIL_AMOUNT: "1.50",
}
ALL_TOKENS = frozenset(row.token for row in ORDER_TYPES.values()) | {
    "GAT", "OCA", "ICE", "HID", "AON", "DIS", "COND", "ALGO", "IOC", "OPG",
}  # fmt: skip


@pytest.fixture
def lists_all(bench: Bench) -> Bench:
    """AAPL as a contract that lists every type and attribute."""
    _list_all(bench)
    bench.type_in(bench.panel.form.quantity, "10")
    return bench


def _list_all(bench: Bench) -> None:
    bench.floor.know(replace(AAPL, order_types=ALL_TOKENS))
    bench.frame()


def _send(bench: Bench) -> None:
    bench.panel.open_review()
    assert bench.panel._stage is Stage.REVIEW, bench.panel.sentence.text()
    for box in bench.panel.review.checks.boxes.values():
        box.setChecked(True)
    bench.click(bench.panel.review.send)


def _write(line: QLineEdit, text: str) -> None:
    line.setText(text)
    line.textEdited.emit(text)


def _pick(combo: QComboBox, value: object) -> None:
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


# --- types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order_type", list(OrderType))
def test_every_type_of_the_table_can_be_put_together_from_its_own_fields(
    lists_all: Bench, order_type: OrderType
) -> None:
    bench, form, row = lists_all, lists_all.panel.form, ORDER_TYPES[order_type]
    bench.pick(order_type)
    assert bench.beside("type") == row.meaning
    for name, text in PRICES.items():
        field = form.prices.rows[form.prices.row_of(name)]
        wanted = row.need(name) is not Need.NEVER
        assert field.isEnabled() is wanted
        if wanted:
            bench.type_in(field, text)
    terms = form.terms()
    assert terms.fault(AAPL.contract) == ""
    wish = terms.wish(AAPL.contract, ACCOUNT)
    assert isinstance(wish, OrderSpec)
    assert wish.order_type is order_type
    assert wish.trail_amount == (None if row.need(PriceField.TRAIL_AMOUNT) is Need.NEVER else Decimal("1.50"))


def test_a_trailing_stop_by_per_cent_is_one_letter_away(lists_all: Bench) -> None:
    lists_all.pick(OrderType.TRAIL)
    lists_all.type_in(lists_all.panel.form.prices.trail, "2%")
    wish = lists_all.panel.form.terms().wish(AAPL.contract, ACCOUNT)
    assert isinstance(wish, OrderSpec)
    assert (wish.trail_percent, wish.trail_amount) == (Decimal(2), None)


def test_a_type_the_contract_does_not_list_is_closed_with_the_reason(bench: Bench) -> None:
    combo = bench.panel.form.order_type
    row = combo.findData(OrderType.TRAIL)
    assert "does not list" in combo.itemData(row, Qt.ItemDataRole.ToolTipRole)
    assert not combo.model().index(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled


def test_good_till_a_date_asks_for_the_date(lists_all: Bench) -> None:
    form = lists_all.panel.form
    lists_all.type_in(form.limit, "150.00")
    assert not form.till.isVisible()
    _pick(form.tif, Tif.GTD)
    assert form.till.isVisible()
    assert not lists_all.panel.review_button.isEnabled()
    _write(form.till, "2027-01-08 16:00")
    _send(lists_all)
    assert lists_all.sent[0].good_till is not None
    assert "till" in lists_all.sent[0].sentence()


# --- sizes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "quantity"), [("$5000", 33), ("%1", 66), ("80u", 80)])
def test_a_letter_in_the_quantity_says_how_it_is_meant(ready: Bench, typed: str, quantity: int) -> None:
    ready.type_in(ready.panel.form.quantity, typed)
    assert ready.panel.sentence.text().startswith(f"BUY {quantity} AAPL LMT 150.00 DAY")


def test_sizing_by_risk_opens_the_stop_and_follows_it(ready: Bench) -> None:
    form = ready.panel.form
    ready.type_in(form.quantity, "r250")
    assert form.exits_section.is_open
    assert "needs a stop" in ready.beside("quantity")
    ready.type_in(form.exits.stop, "148")
    assert "BUY 125 AAPL" in ready.panel.sentence.text()
    assert ready.panel.sentence.text().endswith("; stop 148.00; risk $250 (0.03 %)")
    _send(ready)
    assert [spec.quantity for spec in ready.sent] == [125, 125]


# --- brackets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "stepped"), [("148.49", "148.50"), ("o1.99", "2.00"), ("%1.9", "2.0")])
def test_a_stop_steps_in_the_digits_of_its_unit(ready: Bench, typed: str, stepped: str) -> None:
    stop = ready.panel.form.exits.stop
    ready.panel.form.exits_section.open()
    ready.type_in(stop, typed)
    ready.key(Qt.Key.Key_Up, stop.edit)
    assert stop.text == stepped


def test_a_bracket_is_said_whole_and_sent_as_three_orders(ready: Bench) -> None:
    form = ready.panel.form
    form.exits_section.open()
    ready.type_in(form.exits.targets[0], "2.5r")
    ready.type_in(form.exits.stop, "o2")
    assert ready.panel.sentence.text() == (
        f"BUY 10 AAPL LMT 150.00 DAY in SIM {ACCOUNT}, $1,500.00; target 155.00, stop 148.00;"
        " risk $20 (under 0.01 %)"
    )
    ready.panel.open_review()
    assert ready.panel.review.send.text() == "Send BUY 10 AAPL, 3 orders"
    _send(ready)
    told = [(spec.side, spec.order_type, spec.limit_price, spec.stop_price) for spec in ready.sent]
    assert told == [
        (Side.BUY, OrderType.LMT, Decimal("150.00"), None),
        (Side.SELL, OrderType.LMT, Decimal("155.00"), None),
        (Side.SELL, OrderType.STP, None, Decimal("148.00")),
    ]
    assert [spec.transmit for spec in ready.sent] == [False, False, True]


def test_a_stop_on_the_wrong_side_is_stopped_while_typing(ready: Bench) -> None:
    ready.panel.form.exits_section.open()
    ready.type_in(ready.panel.form.exits.stop, "151")
    assert any("losing side" in line for line in ready.panel.checks.lines)
    assert not ready.panel.review_button.isEnabled()


def test_where_no_bracket_can_be_the_section_says_why(lists_all: Bench) -> None:
    lists_all.pick(OrderType.MOC)
    assert "no target or stop" in lists_all.panel.form.exits_section.head.accessibleDescription()
    assert not lists_all.panel.form.exits.isEnabled()


def test_exits_for_what_is_held_are_reviewed_as_they_came(bench: Bench) -> None:
    _list_all(bench)
    bench.floor.hold(AAPL, 100, 140.0, 150.0)
    closing = order_spec(AAPL, Side.SELL, 100)
    bench.floor.bridge.stage(ExitsSpec(closing, (Exit(target=Decimal(155), stop=Decimal(148)),), "g-1"))
    assert bench.panel._stage is Stage.REVIEW
    assert bench.panel.review.headline.text() == "Exits for SELL 100 AAPL"
    _send_review(bench)
    assert {spec.oca.group for spec in bench.sent if spec.oca} == {"g-1"}
    assert len(bench.sent) == 2


def _send_review(bench: Bench) -> None:
    for box in bench.panel.review.checks.boxes.values():
        box.setChecked(True)
    bench.click(bench.panel.review.send)


# --- attributes ------------------------------------------------------------------------------------


def test_attributes_and_algorithm_are_carried(lists_all: Bench) -> None:
    bench, more = lists_all, lists_all.panel.form.more
    bench.type_in(bench.panel.form.limit, "150.00")
    bench.panel.form.more_section.open()
    _write(more.oca_group, "pair-1")
    bench.click(more.whole)
    _send(bench)
    assert bench.sent[0].oca == Oca("pair-1")
    assert bench.sent[0].all_or_none
    bench.panel.clear()
    _pick(more.algo.strategy, "Adaptive")
    bench.type_in(bench.panel.form.limit, "149.00")
    wish = bench.panel.form.terms().wish(AAPL.contract, ACCOUNT)
    assert isinstance(wish, OrderSpec)
    assert wish.algo == Algo("Adaptive", (("adaptivePriority", "Normal"),))


def test_an_attribute_that_is_closed_says_why_beside_it(lists_all: Bench) -> None:
    more = lists_all.panel.form.more
    assert not more.least.isEnabled()
    assert more.least.toolTip() == "Only options take a minimum quantity (10256)."
    lists_all.click(more.hidden) if more.hidden.isVisible() else more.hidden.click()
    assert not more.display.isEnabled()
    assert "hidden whole or in part" in more.display.toolTip()


def test_a_condition_is_put_together_listed_and_sent(lists_all: Bench) -> None:
    bench, fields = lists_all, lists_all.panel.form.more.conditions
    bench.type_in(bench.panel.form.limit, "150.00")
    bench.panel.form.more_section.open()
    _write(fields.typed, "151.50")
    fields.add.click()
    _pick(fields.kind, "volume")
    _write(fields.typed, "1.5")
    fields.add.click()
    assert fields.words.text() == "Only whole numbers are taken here."
    assert "if AAPL at or above 151.50" in bench.panel.sentence.text()
    _send(bench)
    assert [one.words for one in bench.sent[0].conditions] == ["AAPL at or above 151.50"]


# --- the cushion -----------------------------------------------------------------------------------


def _what_ifs(bench: Bench) -> list[PreviewOrder]:
    return [one for one in bench.floor.stand_in.requests if isinstance(one, PreviewOrder)]


def test_the_cushion_is_an_estimate_while_typing_and_asked_for_once_at_review(ready: Bench) -> None:
    assert "820,000 → 819,400" in ready.panel.cushion.words
    assert ready.panel.cushion.words.endswith("estimate")
    assert _what_ifs(ready) == []
    ready.panel.open_review()
    ready.floor.pass_time(1, ready.panel)
    (asked,) = _what_ifs(ready)
    assert "asking IB" in ready.panel.review.cushion.words
    known = Preview(
        0.0, "", Decimal(200_000), Decimal(201_000), Decimal(180_000), Decimal(181_000),
        Decimal(1_000_000), Decimal(1_000_000),
    )  # fmt: skip
    ready.floor.say(PreviewReported(asked.order_id, known))
    ready.frame()
    assert ready.panel.review.cushion.words == "Excess liquidity 820,000 → 819,000. IB's what-if"


def test_what_ib_adds_to_its_preview_stands_in_the_review(ready: Bench) -> None:
    ready.panel.open_review()
    ready.floor.pass_time(1, ready.panel)
    assert ready.panel.review.warning.isHidden()
    (asked,) = _what_ifs(ready)
    told = Preview(
        0.0, initial_after=Decimal(1), warning="Your order size is above the average <b>volume</b>."
    )
    ready.floor.say(PreviewReported(asked.order_id, told))
    ready.frame()
    assert ready.panel.review.warning.text() == f"IB says: {told.warning}"
    assert ready.panel.review.warning.textFormat() == Qt.TextFormat.PlainText


def test_a_preview_that_never_comes_is_said_and_never_fine(ready: Bench) -> None:
    ready.panel.open_review()
    ready.floor.pass_time(7, ready.panel)
    assert "No preview, an estimate: IB has not answered." in ready.panel.review.cushion.words


# --- keys ------------------------------------------------------------------------------------------


class Presses(QObject):
    """Counts the key presses that reach the program; a modifier's own press is none."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A shortcut takes its key before any widget sees the press: both are announced by this first.
        self.count += watched is QApplication.focusWidget() and event.type() is QEvent.Type.KeyPress
        self.count += event.type() is QEvent.Type.Shortcut
        return False


@pytest.fixture
def presses(qapp: QApplication) -> Iterator[Presses]:
    made = Presses()
    qapp.installEventFilter(made)
    yield made
    qapp.removeEventFilter(made)


def _press(bench: Bench, *keys: Qt.Key | str) -> None:
    """Where the focus is, as a hand does."""
    for key in keys:
        bench.qtbot.keyClick(QApplication.focusWidget() or bench.panel, key)


def _search_msft(bench: Bench) -> None:
    bench.panel.head.search.setFocus()
    _press(bench, "m", "s", "f", "t", Key.Key_Return)
    bench.floor.say(ContractsFound("msft", (MSFT.contract,), ("MICROSOFT CORP",)))
    bench.floor.quote(MSFT, 51.09, 51.11, 51.10)
    bench.frame()


def test_a_limit_order_from_search_to_sent_in_under_twelve_keys(bench: Bench, presses: Presses) -> None:
    """m s f t Enter, a quantity of 5, Tab Tab, B, Enter, Enter."""
    _search_msft(bench)
    _press(bench, "5", Key.Key_Tab, Key.Key_Tab, "b", Key.Key_Return, Key.Key_Return)
    assert [spec.sentence() for spec in bench.sent] == ["BUY 5 MSFT LMT 51.09 DAY"]
    assert presses.count == 11


def test_a_market_order_takes_eleven_keys_with_its_search(bench: Bench, presses: Presses) -> None:
    """The search's five, the quantity, Tab, M K for the type, Enter, Enter."""
    _search_msft(bench)
    _press(bench, "5", Key.Key_Tab, "m", "k", Key.Key_Return, Key.Key_Return)
    assert [spec.sentence() for spec in bench.sent] == ["BUY 5 MSFT MKT DAY"]
    assert presses.count == 11


def test_a_stop_is_attached_and_sent_in_nine_keys(lists_all: Bench, presses: Presses) -> None:
    """From a ticket with its limit typed: the keys to the stop, 2, %, and the two Enters."""
    bench, panel = lists_all, lists_all.panel
    bench.type_in(panel.form.limit, "150.00")
    panel.form.exits_section.open()
    bench.panel.form.limit.edit.setFocus()
    presses.count = 0
    for _ in range(12):
        if panel.form.exits.stop.edit.hasFocus():
            break
        _press(bench, Key.Key_Tab)
    _press(bench, "2", "%", Key.Key_Return, Key.Key_Return)
    assert len(bench.sent) == 2
    assert bench.sent[1].stop_price == Decimal("147.00")
    assert presses.count == 9


def test_the_last_order_is_repeated_in_three_keys(ready: Bench, presses: Presses) -> None:
    """What was sent stays in the fields: Enter reviews it, Space takes on that it is a second one, Enter sends it."""
    ready.panel.form.quantity.edit.setFocus()
    _press(ready, Key.Key_Return, Key.Key_Return)
    ready.floor.status(ready.order(), "Submitted")
    ready.floor.pass_time(3, ready.panel)
    presses.count = 0
    _press(ready, Key.Key_Return)
    assert ready.panel.review.checks.lines == ["The same order was sent 3 s ago. Is a second one meant?"]
    _press(ready, Key.Key_Space, Key.Key_Return)
    assert [spec.sentence() for spec in ready.sent] == ["BUY 10 AAPL LMT 150.00 DAY"] * 2
    assert presses.count == 3


def test_a_position_is_closed_by_a_hotkey_and_enter(bench: Bench, presses: Presses) -> None:
    alt = Qt.KeyboardModifier.AltModifier
    bench.floor.hold(AAPL, 100, 140.0, 150.0)
    bench.qtbot.keyClick(bench.panel, Key.Key_0, alt)
    assert bench.panel._stage is Stage.EDIT, "off until switched on"
    bench.panel.menu.hotkeys.switch(True)
    presses.count = 0
    bench.qtbot.keyClick(bench.panel, Key.Key_0, alt)
    assert bench.panel._stage is Stage.REVIEW
    assert bench.sent == []
    _press(bench, Key.Key_Return)
    assert [spec.sentence() for spec in bench.sent] == ["SELL 100 AAPL MKT DAY"]
    assert presses.count == 2


def test_the_hotkey_that_closes_says_when_there_is_nothing_to_close(bench: Bench) -> None:
    said: list[str] = []
    bench.floor.bridge.said.connect(lambda _level, words: said.append(words))
    bench.panel.menu.hotkeys.switch(True)
    bench.qtbot.keyClick(bench.panel, Key.Key_0, Qt.KeyboardModifier.AltModifier)
    assert bench.panel._stage is Stage.EDIT
    assert said == ["There is no position in AAPL."]


# --- one click -------------------------------------------------------------------------------------


def test_one_click_is_off_and_when_on_sends_without_review(ready: Bench) -> None:
    button = ready.panel.one_click.button
    assert not ready.panel.one_click.armed
    ready.click(button)
    assert ready.panel.review_button.text() == "Send BUY 10 AAPL"
    ready.key(Key.Key_Return, ready.panel.form.limit.edit)
    assert len(ready.sent) == 1
    held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
    QApplication.sendEvent(ready.panel.form.limit.edit, held)
    assert len(ready.sent) == 1


def test_one_click_asks_as_ever_where_a_check_asks(ready: Bench) -> None:
    ready.type_in(ready.panel.form.quantity, "300")
    ready.click(ready.panel.one_click.button)
    ready.panel.open_review()
    assert ready.sent == []
    assert ready.panel._stage is Stage.REVIEW


def test_one_click_goes_off_when_nothing_happens_and_when_the_link_does(ready: Bench) -> None:
    said: list[str] = []
    ready.floor.bridge.said.connect(lambda _level, words: said.append(words))
    ready.click(ready.panel.one_click.button)
    ready.floor.pass_time(IDLE_S + 1, ready.panel)
    assert not ready.panel.one_click.armed
    ready.click(ready.panel.one_click.button)
    ready.floor.lose_link()
    ready.frame()
    assert not ready.panel.one_click.armed
    assert [words.split(":")[0] for words in said] == ["One-click is off"] * 2


def test_one_click_is_not_remembered(ready: Bench, show: Callable[..., Any]) -> None:
    ready.click(ready.panel.one_click.button)
    twin = show(TicketPanel(ready.floor.bridge), 300, 620)
    twin.restore_state(ready.panel.save_state())
    assert not twin.one_click.armed


# --- hotkeys and presets ---------------------------------------------------------------------------


def test_hotkeys_are_off_until_switched_on_and_only_open_the_review(bench: Bench) -> None:
    panel = bench.panel
    alt = Qt.KeyboardModifier.AltModifier
    bench.qtbot.keyClick(panel, Key.Key_3, alt)
    assert panel._stage is Stage.EDIT
    panel.menu.show_sheet()
    assert "Alt+3  BUY limit at the ask" in panel.menu.sheet.words
    bench.click(panel.menu.sheet.button("Switch on"))
    panel.menu.sheet.hide()
    bench.type_in(panel.form.quantity, "10")
    bench.qtbot.keyClick(panel, Key.Key_3, alt)
    assert panel.review.terms.text() == "Limit 150.26, DAY"
    assert bench.sent == []


def test_a_preset_begins_the_ticket_for_its_kind_and_outlives_the_window(
    bench: Bench, desk_floor: Floor, show: Callable[..., Any]
) -> None:
    form = bench.panel.form
    _pick(form.tif, Tif.GTC)
    bench.type_in(form.quantity, "$5000")
    form.exits_section.open()
    bench.type_in(form.exits.stop, "2%")
    bench.panel.menu.keep_preset(for_kind=True)
    twin = show(TicketPanel(desk_floor.bridge), 300, 620)
    twin.restore_state(bench.panel.save_state())
    twin.show_contract(MSFT.contract)
    assert (twin.form.quantity.text, twin.form.quantity.unit) == ("5000", "money")
    assert twin.form.tif.currentData() == Tif.GTC
    assert (twin.form.exits.stop.text, twin.form.exits.stop.unit) == ("2", "per cent")


@pytest.mark.parametrize(
    "state", [None, [], {"STK": 1}, {"STK": {"order_type": "XXX"}}, {"STK": {"exits": 3}}]
)
def test_nonsense_in_a_file_is_no_preset(bench: Bench, state: object) -> None:
    bench.panel.restore_state({"presets": state})
    assert bench.panel.save_state()["presets"] == {}


# --- combos ----------------------------------------------------------------------------------------


def _option(con_id: int, strike: int) -> ContractDetails:
    contract = Contract(
        con_id, "AAPL", SecType.OPT, expiry="20261218", strike=Decimal(strike), right="C",
        multiplier=Decimal(100),
    )  # fmt: skip
    return ContractDetails(contract, "APPLE INC", order_types=ALL_TOKENS)


def test_legs_are_taken_one_by_one_and_traded_as_one(bench: Bench) -> None:
    low, high = _option(7001, 150), _option(7002, 155)
    bench.floor.know(low, high)
    panel, legs = bench.panel, bench.panel.legs
    for details in (low, high):
        panel.show_contract(details.contract)
        panel.menu._fill()
        take = next(one for one in panel.head.menu.actions() if one.text().startswith("Take as"))
        take.trigger()
    assert [leg.side for leg in legs.legs] == [Side.BUY, Side.BUY]
    turn = legs.findChild(QPushButton, "leg-side-1")
    bench.click(turn)
    bench.click(legs.trade)
    bench.frame()
    assert panel.head.title.text() == "AAPL +1 18DEC26 150 C -1 18DEC26 155 C"
    assert not legs.isVisible()
    bench.type_in(panel.form.limit, "2.15")
    wish = panel.form.terms().wish(panel._on.contract, ACCOUNT)
    assert isinstance(wish, OrderSpec)
    assert [(leg.con_id, leg.side) for leg in wish.contract.legs] == [(7001, "BUY"), (7002, "SELL")]
    assert "contract" not in panel.save_state()


def test_what_is_no_leg_is_closed_with_the_reason(bench: Bench) -> None:
    bench.panel.show_contract(EURUSD.contract)
    bench.panel.menu._fill()
    take = next(one for one in bench.panel.head.menu.actions() if one.text().startswith("Take as"))
    assert not take.isEnabled()
    assert "cannot be a leg" in take.toolTip()


def _combo(bench: Bench) -> Contract:
    """A vertical spread, in the ticket."""
    low, high = _option(7001, 150), _option(7002, 155)
    bench.floor.know(low, high)
    made = bench.floor.desk.combine(((7001, 1, "BUY"), (7002, 1, "SELL")))
    assert isinstance(made, Contract)
    bench.panel.show_contract(made)
    bench.frame()
    return made


def test_a_combo_takes_a_limit_under_zero_and_says_who_pays(bench: Bench) -> None:
    made, panel = _combo(bench), bench.panel
    bench.type_in(panel.form.quantity, "2")
    bench.type_in(panel.form.limit, "-1.20")
    wish = panel.form.terms().wish(made, ACCOUNT)
    assert isinstance(wish, OrderSpec)
    assert wish.limit_price == Decimal("-1.20")
    assert "a credit of $240.00" in panel.sentence.text()
    assert "MalformedOrder" not in [one.rule for one in panel._objections(wish)]
    bench.key(Key.Key_Up, panel.form.limit.edit)
    assert panel.form.limit.text == "-1.19"
    bench.click(panel.form._sides[Side.SELL])
    assert "a debit of $238.00" in panel.sentence.text()
    for typed in ("0", "0.05"):
        bench.type_in(panel.form.limit, typed)
        assert panel.form.terms().wish(made, ACCOUNT) is not None


def test_a_stock_takes_no_limit_under_zero(bench: Bench) -> None:
    bench.type_in(bench.panel.form.limit, "-1.20")
    assert bench.beside("limit") == "A limit price must be above 0."


# --- where it goes ---------------------------------------------------------------------------------


def test_an_order_goes_by_smart_until_an_exchange_is_chosen(bench: Bench) -> None:
    panel, route = bench.panel, bench.panel.form.more.route
    bench.type_in(panel.form.limit, "150.00")
    assert (route.exchange.currentText(), route.value) == ("SMART", "")
    wish = panel.form.terms().wish(AAPL.contract, ACCOUNT)
    assert isinstance(wish, OrderSpec)
    assert wish.contract == AAPL.contract
    _pick(route.exchange, "NASDAQ")
    wish = panel.form.terms().wish(AAPL.contract, ACCOUNT)
    assert isinstance(wish, OrderSpec)
    assert wish.contract.exchange == "NASDAQ"
    assert " via NASDAQ in SIM" in panel.sentence.text()
    assert panel.form.more_section.head.accessibleDescription().startswith("via NASDAQ")
    _send(bench)
    assert [spec.contract.exchange for spec in bench.sent] == ["NASDAQ"]
    panel.show_contract(MSFT.contract)
    assert route.value == ""


def test_an_exchange_that_is_not_permitted_is_closed_with_the_reason(bench: Bench) -> None:
    desk, route = bench.floor.desk, bench.panel.form.more.route
    desk.take_limits(desk.limits, replace(desk.permissions, exchanges=frozenset({"SMART"})), NOW_S)
    bench.panel.form.show_state()
    row = route.exchange.findData("NASDAQ")
    assert not route.exchange.model().index(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled
    assert "Not permitted here" in route.exchange.itemData(row, Qt.ItemDataRole.ToolTipRole)
    bench.type_in(bench.panel.form.limit, "150.00")
    _pick(route.exchange, "NASDAQ")
    assert not bench.panel.review_button.isEnabled()
    assert any("NASDAQ is not permitted" in line for line in bench.panel.checks.lines)


def test_terms_from_elsewhere_keep_their_exchange_and_the_quote_its_own(bench: Bench) -> None:
    spec = order_spec(AAPL, Side.SELL, 5, "151.00")
    bench.floor.bridge.stage(replace(spec, contract=replace(spec.contract, exchange="NASDAQ")))
    assert bench.panel._on.contract == AAPL.contract
    assert bench.panel.form.more.route.value == "NASDAQ"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"commission": Decimal("1.05")}, "$1.05 (IB)"),
        ({"commission_least": Decimal("0.35"), "commission_most": Decimal("1.20")}, "$0.35 to $1.20 (IB)"),
        ({}, "≈ $1.00"),
        ({"refusal": "no margin data", "commission": Decimal(9)}, "≈ $1.00"),
    ],
)
def test_the_commission_is_ibs_own_where_its_what_if_told_it(told: dict[str, Any], words: str) -> None:
    spec = order_spec(AAPL, Side.BUY, 100, "150.00")
    preview = Preview(1.0, initial_after=Decimal(1), commission_currency="USD")
    assert commission_words(spec, Decimal(15_000), replace(preview, **told)) == words
