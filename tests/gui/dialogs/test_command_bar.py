"""The command line: it completes, finds, sizes and stages; nothing is sent from it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from core.domain.bracket import BracketSpec, Exit
from core.domain.contract import Contract
from core.domain.events import ContractsFound
from core.domain.order import OrderSpec, OrderType, Overlay, Side
from gui.dialogs.command_bar import CommandBar
from gui.panels.ticket import Stage, TicketPanel
from tests.gui.panels.stand_in import AAPL, ACCOUNT, EVERYTHING, MSFT, Floor, order_spec

Key = Qt.Key


class Bar:
    """The line over a window, with hands, and what it handed over."""

    def __init__(self, floor: Floor, bar: CommandBar, ticket: TicketPanel, qtbot: Any) -> None:
        self.floor, self.bar, self.ticket, self.qtbot = floor, bar, ticket, qtbot
        self.staged: list[object] = []
        floor.bridge.review_staged.connect(self.staged.append)

    def type(self, text: str, *keys: Qt.Key) -> None:
        self.bar.open()
        self.qtbot.keyClicks(self.bar.line, text)
        for key in keys:
            self.qtbot.keyClick(self.bar.line, key)

    @property
    def words(self) -> str:
        return self.bar.words.text()


@pytest.fixture
def bar(desk_floor: Floor, show: Callable[..., Any], qtbot: Any) -> Bar:
    """AAPL is held, known and quoted."""
    desk_floor.know(*EVERYTHING)
    desk_floor.hold(AAPL, 200, 140.0, 150.25)
    window = show(QWidget(), 900, 700)
    ticket = TicketPanel(desk_floor.bridge)
    layout = QVBoxLayout(window)
    layout.addWidget(ticket)
    ticket.select(AAPL.contract)
    desk_floor.bridge.watch(AAPL.contract, "test")
    desk_floor.quote(AAPL, 150.24, 150.26, 150.25)
    desk_floor.show(ticket)
    return Bar(desk_floor, CommandBar(desk_floor.bridge, window), ticket, qtbot)


def test_a_whole_bracket_in_one_line_ends_in_the_review_and_is_not_sent(bar: Bar) -> None:
    bar.type("buy 100 aapl lmt 150.25 stop 148 target 155", Key.Key_Return)
    parent = OrderSpec(
        AAPL.contract, Side.BUY, Decimal(100), OrderType.LMT, Decimal("150.25"), account=ACCOUNT
    )
    assert bar.staged == [BracketSpec(parent, (Exit(target=Decimal(155), stop=Decimal(148)),))]
    assert bar.ticket._stage is Stage.REVIEW
    assert bar.ticket.review.send.text() == "Send BUY 100 AAPL, 3 orders"
    assert bar.floor.stand_in.submitted == []
    assert not bar.bar.isVisible()


@pytest.mark.parametrize(
    ("line", "quantity"),
    [
        ("buy aapl lmt 150", 100),
        ("buy $5000 aapl lmt 150", 33),
        ("sell 1% aapl", 66),
        ("buy risk:250 aapl lmt 150 stop 148", 125),
    ],
)
def test_all_ways_of_sizing_are_understood(bar: Bar, line: str, quantity: int) -> None:
    bar.type(line, Key.Key_Return)
    wish = bar.staged[0]
    spec = wish.parent if isinstance(wish, BracketSpec) else wish
    assert isinstance(spec, OrderSpec)
    assert spec.quantity == quantity


def test_tab_takes_the_word_that_is_offered_and_arrows_choose(bar: Bar) -> None:
    bar.type("fl", Key.Key_Tab)
    assert bar.bar.line.text() == "flatten "
    bar.type("", Key.Key_Down, Key.Key_Tab)
    assert bar.bar.line.text() == "sell "


def test_what_is_wrong_is_said_while_it_is_typed(bar: Bar) -> None:
    bar.type("buy 100 aapl 150")
    assert bar.words == "150 stands alone: is it lmt 150?"
    bar.type("", Key.Key_Return)
    assert bar.staged == []


def test_a_contract_nobody_deals_with_is_searched_for(bar: Bar) -> None:
    bar.type("buy 10 msft lmt 500", Key.Key_Return)
    assert bar.floor.stand_in.searched == ["MSFT"]
    assert bar.words == "Looking for MSFT…"
    bar.floor.say(ContractsFound("MSFT", (MSFT.contract,), ("MICROSOFT CORP",)))
    bar.floor.bridge.flush()
    assert isinstance(bar.staged[0], OrderSpec)
    assert bar.staged[0].contract == MSFT.contract


def test_what_is_not_found_is_said(bar: Bar) -> None:
    bar.type("buy 10 zzzz lmt 5", Key.Key_Return)
    bar.floor.say(ContractsFound("ZZZZ", (), ()))
    bar.floor.bridge.flush()
    assert bar.words == "No contract is called ZZZZ."


def test_flatten_stages_the_closing_order(bar: Bar) -> None:
    bar.type("flatten aapl", Key.Key_Return)
    assert bar.staged == [order_spec(AAPL, Side.SELL, 200)]
    bar.type("flatten msft", Key.Key_Return)
    assert bar.words == "There is no position in MSFT."


def test_a_cancel_is_listed_first_and_wants_a_second_enter(bar: Bar) -> None:
    place = bar.floor.bridge.submit(order_spec(AAPL, Side.BUY, 10, "150.00"))
    order = bar.floor.desk.orders()[0]
    bar.floor.status(order, "Submitted")
    bar.type("cancel all aapl", Key.Key_Return)
    assert "Enter again cancels 1 order: BUY 10 AAPL LMT 150.00 DAY" in bar.words
    assert bar.floor.desk.orders()[0].cancel is Overlay.NONE, place
    held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
    QApplication.sendEvent(bar.bar.line, held)
    assert bar.floor.desk.orders()[0].cancel is Overlay.NONE
    bar.qtbot.keyClick(bar.bar.line, Key.Key_Return)
    assert bar.floor.desk.orders()[0].cancel is Overlay.REQUESTED


def test_a_chart_is_shown_with_its_bars(bar: Bar) -> None:
    selected: list[Contract] = []
    frames: list[str] = []
    bar.floor.bridge.contract_selected.connect(selected.append)
    bar.floor.bridge.frame_asked.connect(frames.append)
    bar.type("chart aapl 5m", Key.Key_Return)
    assert (selected, frames) == ([AAPL.contract], ["5m"])


def test_a_half_filled_ticket_is_asked_about_first(bar: Bar) -> None:
    bar.ticket.form.limit.edit.setText("149")
    bar.ticket.form.limit.edited.emit()
    bar.type("sell 5 aapl lmt 151", Key.Key_Return)
    assert bar.ticket._stage is Stage.EDIT
    assert bar.ticket.offer.words == "Staged: SELL 5 AAPL LMT 151.00 DAY."


def test_escape_takes_it_away_and_everything_has_a_name(bar: Bar) -> None:
    bar.type("buy")
    nameless = [
        widget
        for widget in bar.bar.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() and widget.objectName())
    ]
    assert nameless == []
    bar.qtbot.keyClick(bar.bar.line, Key.Key_Escape)
    assert not bar.bar.isVisible()


def test_what_cannot_be_looked_up_without_a_connection_is_said(bar: Bar) -> None:
    bar.floor.lose_link()
    bar.type("buy 5 zzzz mkt", Key.Key_Return)
    assert bar.words.startswith("Not connected")
