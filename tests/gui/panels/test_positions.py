"""Positions: whose price they are marked by, what they come to, and how one is got rid of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from core.domain.bracket import ExitsSpec
from core.domain.contract import ContractDetails
from core.domain.events import (
    AccountReported,
    PortfolioReported,
    PositionReported,
    ProbeAnswered,
    SnapshotCompleted,
)
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.position import Position
from core.domain.quote import QuoteKind
from gui.panels.positions import PositionsPanel, action_quantity
from gui.panels.positions.columns import row_tone
from tests.gui.panels.stand_in import AAPL, ACCOUNT, ES, EURUSD, EVERYTHING, MSFT, Floor, order_spec


class Bench:
    def __init__(self, floor: Floor, panel: PositionsPanel, qtbot: Any) -> None:
        self.floor, self.panel, self.qtbot = floor, panel, qtbot
        self.staged: list[OrderSpec] = []
        floor.bridge.staged.connect(self.staged.append)

    def frame(self) -> None:
        self.floor.show(self.panel)

    def hold(self, details: ContractDetails, quantity: int, average: float, price: float) -> None:
        self.floor.hold(details, quantity, average, price)
        self.frame()

    def quote(
        self, details: ContractDetails, bid: float, ask: float, last: float | None, **more: Any
    ) -> None:
        self.floor.quote(details, bid, ask, last, **more)
        self.frame()

    def text(self, details: ContractDetails, column: str) -> str:
        return self.panel.model.text((ACCOUNT, details.contract.con_id), column)

    def select(self, details: ContractDetails) -> None:
        self.panel.view.select_key((ACCOUNT, details.contract.con_id))

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def bench(desk_floor: Floor, show: Callable[..., Any], qtbot: Any) -> Bench:
    desk_floor.know(*EVERYTHING)
    return Bench(desk_floor, show(PositionsPanel(desk_floor.bridge), 900, 260), qtbot)


def test_a_position_is_marked_by_its_own_quote_and_says_so(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25)
    assert (bench.text(AAPL, "mark"), bench.text(AAPL, "source")) == ("150.25", "last")
    assert (bench.text(AAPL, "value"), bench.text(AAPL, "unrealised")) == ("$30,050.00", "+$2,050.00")
    assert bench.text(AAPL, "unrealised_percent") == "+7.32 %"


def test_without_a_quote_ibs_own_figures_stand_with_their_age(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.floor.pass_time(65, bench.panel)
    assert (bench.text(AAPL, "mark"), bench.text(AAPL, "source")) == ("150.00", "IB, 1 m 05 s")
    assert bench.text(AAPL, "unrealised") == "+$2,000.00"


def test_an_old_quote_gives_way_to_ibs_word(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25)
    bench.floor.pass_time(6, bench.panel)
    assert bench.text(AAPL, "source") == "IB, 6 s"
    assert bench.text(AAPL, "unrealised") == "+$2,000.00"


def test_a_lost_link_leaves_no_mark_looking_live(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25)
    bench.floor.lose_link()
    bench.frame()
    row = bench.panel.model.row_value((ACCOUNT, AAPL.contract.con_id))
    assert row is not None
    assert not row.mark.live


def test_a_last_outside_bid_and_ask_is_not_trusted(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 149.00)
    assert (bench.text(AAPL, "mark"), bench.text(AAPL, "source")) == ("150.25", "mid")


def test_a_delayed_quote_does_not_pass_for_live(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.quote(AAPL, 155.0, 155.02, 155.01, kind=QuoteKind.DELAYED)
    assert bench.text(AAPL, "source").startswith("IB, ")
    assert bench.text(AAPL, "mark") == "150.00"


def test_a_short_and_a_multiplier_come_out_right(bench: Bench) -> None:
    bench.hold(MSFT, -50, 520.0, 512.1)
    bench.quote(MSFT, 510.0, 510.02, 510.01)
    bench.hold(ES, 2, 6400.5, 6478.25)
    bench.quote(ES, 6478.0, 6478.25, 6478.25)
    assert (bench.text(MSFT, "quantity"), bench.text(MSFT, "unrealised")) == ("−50", "+$499.50")
    assert bench.text(MSFT, "value") == "−$25,500.50"
    assert (bench.text(ES, "average"), bench.text(ES, "unrealised")) == ("6,400.50", "+$7,775.00")


def test_the_share_of_net_liquidation_needs_ibs_exchange_rate(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    assert bench.text(AAPL, "share") == "3.0 %"
    sap = replace(AAPL.contract, con_id=14204, symbol="SAP", currency="EUR")
    bench.floor.say(
        PortfolioReported(
            ACCOUNT, sap, Decimal(10), Decimal(200), Decimal(2000), Decimal(190), Decimal(100), None
        )
    )
    bench.frame()
    assert bench.panel.model.text((ACCOUNT, 14204), "share") == "–"
    bench.floor.say(AccountReported(ACCOUNT, (("ExchangeRate", "1.25", "EUR"),)))
    assert bench.panel.model.text((ACCOUNT, 14204), "share") == "0.2 %"
    assert "€2,000.00" in bench.panel.totals.words


def test_the_totals_say_how_much_of_them_is_not_live(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.hold(MSFT, 10, 500.0, 512.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25)
    bench.floor.pass_time(1, bench.panel)
    assert bench.panel.totals.words == (
        "Without a stop 2 of 2   Market value $35,170.00   Day –   Unrealised +$2,170.00   Realised $0.00   "
        "Not marked live 1 of 2"
    )


def test_a_missing_part_makes_no_total(bench: Bench) -> None:
    bench.floor.say(PortfolioReported(ACCOUNT, AAPL.contract, Decimal(5), None, None, None, None, None))
    bench.frame()
    assert "Market value –   Day –   Unrealised –" in bench.panel.totals.words


def test_a_closed_position_leaves_the_table_and_lets_its_quote_go(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    assert bench.panel._watched.con_ids == {AAPL.contract.con_id}
    bench.hold(AAPL, 0, 140.0, 150.0)
    assert bench.panel.model.keys == ()
    assert bench.panel._watched.con_ids == frozenset()


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("close", "SELL 200 AAPL MKT DAY"),
        ("half", "SELL 100 AAPL MKT DAY"),
        ("reverse", "SELL 400 AAPL MKT DAY"),
    ],
)
def test_close_half_and_reverse_fill_the_ticket_in_and_send_nothing(
    bench: Bench, action: str, sentence: str
) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.select(AAPL)
    bench.click(bench.panel.buttons[action])
    assert [spec.sentence() for spec in bench.staged] == [sentence]
    assert bench.staged[0].account == ACCOUNT
    assert bench.floor.stand_in.submitted == []


def test_a_short_is_closed_by_buying(bench: Bench) -> None:
    bench.hold(MSFT, -50, 520.0, 512.1)
    bench.select(MSFT)
    bench.click(bench.panel.buttons["close"])
    assert [spec.sentence() for spec in bench.staged] == ["BUY 50 MSFT MKT DAY"]


def test_what_cannot_be_halved_says_so(bench: Bench) -> None:
    bench.hold(ES, 1, 6400.0, 6478.25)
    bench.select(ES)
    assert not bench.panel.buttons["half"].isEnabled()
    assert bench.panel.buttons["half"].toolTip() == "1 cannot be halved"
    assert bench.panel.why.text() == "Half: 1 cannot be halved"


def test_half_of_an_odd_position_is_rounded_down_to_what_trades() -> None:
    odd = Position(ACCOUNT, AAPL.contract, Decimal(75))
    assert action_quantity("half", odd, AAPL) == 37
    coarse = replace(EURUSD, size_increment=Decimal(1000), min_size=Decimal(1000))
    assert action_quantity("half", Position(ACCOUNT, EURUSD.contract, Decimal(25_000)), coarse) == 12_000
    assert action_quantity("half", Position(ACCOUNT, EURUSD.contract, Decimal(1000)), coarse) == 0


def test_nothing_selected_closes_nothing(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.panel.stage("close")
    assert bench.staged == []
    assert not bench.panel.buttons["close"].isEnabled()


def test_the_row_menu_offers_the_same(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.select(AAPL)
    bench.panel.view.menu_asked.emit(QPoint(5, 5))
    menu = next(menu for menu in bench.panel.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text() == "Reverse AAPL…").trigger()
    menu.close()
    assert [spec.quantity for spec in bench.staged] == [400]


def test_selecting_a_position_selects_its_contract(bench: Bench) -> None:
    selected: list[Any] = []
    bench.floor.bridge.contract_selected.connect(selected.append)
    bench.hold(MSFT, 10, 500.0, 512.0)
    bench.select(MSFT)
    assert selected == [MSFT.contract]


# --- the day, and what guards a position ----------------------------------------------------------


def test_the_day_is_told_from_the_previous_close_at_a_live_mark(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    assert bench.text(AAPL, "day") == "–"
    bench.quote(AAPL, 150.24, 150.26, 150.25, close=149.0)
    assert bench.text(AAPL, "day") == "+$250.00"


def test_todays_fills_count_from_their_own_price(bench: Bench) -> None:
    bench.quote(AAPL, 150.24, 150.26, 150.25, close=149.0)
    bench.floor.stand_in.submit(order_spec(AAPL, Side.BUY, 100, "150.20"), frozenset())
    bench.floor.fill(bench.floor.desk.orders()[0], 100, "150.20")
    bench.hold(AAPL, 300, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25, close=149.0)
    assert bench.text(AAPL, "day") == "+$255.00"


def test_a_position_without_a_stop_is_marked_until_one_works(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25)
    assert bench.text(AAPL, "cover") == "none"
    stop = replace(
        order_spec(AAPL, Side.SELL, 120), order_type=OrderType.STP, stop_price=Decimal("145.00"), tif=Tif.GTC
    )
    bench.floor.stand_in.submit(stop, frozenset())
    order = bench.floor.desk.orders()[0]
    bench.frame()
    assert bench.text(AAPL, "cover") == "none", "sent is not held"
    bench.floor.status(order, "PreSubmitted")
    bench.frame()
    assert bench.text(AAPL, "cover") == "120 of 200"
    bench.floor.pass_time(1, bench.panel)
    assert bench.panel.totals.words.startswith("Without a stop 1 of 1")


def test_a_stop_is_asked_for_in_the_panel_and_staged_for_what_is_not_covered(bench: Bench) -> None:
    bench.hold(AAPL, 200, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25)
    bench.select(AAPL)
    bench.click(bench.panel.buttons["stop"])
    assert not bench.panel.guard.review.isEnabled()
    bench.qtbot.keyClicks(bench.panel.guard.stop.edit, "145")
    bench.qtbot.keyClick(bench.panel.guard.stop.edit, Qt.Key.Key_Return)
    assert [wish.sentence() for wish in bench.staged] == ["SELL 200 AAPL STP 145 GTC"]
    assert not bench.panel.guard.isVisible()
    assert bench.floor.stand_in.submitted == []


def test_a_target_beside_it_makes_a_group_of_both(bench: Bench) -> None:
    bench.hold(AAPL, -200, 140.0, 150.0)
    bench.quote(AAPL, 150.24, 150.26, 150.25)
    bench.select(AAPL)
    bench.click(bench.panel.buttons["stop"])
    guard = bench.panel.guard
    bench.qtbot.keyClicks(guard.stop.edit, "145")
    bench.qtbot.keyClicks(guard.target.edit, "155")
    assert guard.words.text() == "Target and stop are the wrong way round."
    guard.stop.edit.clear()
    guard.target.edit.clear()
    bench.qtbot.keyClicks(guard.stop.edit, "155")
    bench.qtbot.keyClicks(guard.target.edit, "145")
    bench.click(guard.review)
    staged = bench.staged[0]
    assert isinstance(staged, ExitsSpec)
    placed = [one.spec for one in staged.expand(iter(range(1, 9)).__next__)]
    assert [(spec.side, spec.order_type, spec.quantity) for spec in placed] == [
        (Side.BUY, OrderType.STP, Decimal(200)),
        (Side.BUY, OrderType.LMT, Decimal(200)),
    ]
    assert len({spec.oca.group for spec in placed if spec.oca}) == 1


def test_a_position_that_executions_do_not_explain_shows_both_figures_and_colours_its_row(
    bench: Bench,
) -> None:
    def listed(quantity: int) -> None:
        held = PositionReported(ACCOUNT, AAPL.contract, Decimal(quantity), Decimal(140))
        bench.floor.stand_in.now += 40
        bench.floor.say(ProbeAnswered(0.001), SnapshotCompleted(1, (), (), (), (held,)))
        bench.frame()

    for _ in range(3):
        listed(250)
    assert bench.text(AAPL, "quantity") == "≠ 0  +250"
    key = (ACCOUNT, AAPL.contract.con_id)
    row = bench.panel._row(key)
    assert row is not None
    assert row_tone(row) == "danger"
    column = next(one for one in bench.panel.model.columns if one.key == "quantity")
    assert column.tooltip is not None
    assert "IB reports 250, our executions give 0: 250 more." in column.tooltip(row)
    listed(0)
    assert row_tone(row._replace(mismatch=None)) == ""
    assert "≠" not in bench.text(AAPL, "quantity")
