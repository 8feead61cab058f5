"""Executions: each fill, and totals that never add different currencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.domain.contract import Contract
from core.domain.events import CommissionReported, ExecutionReported
from core.domain.execution import Execution
from core.domain.order import Side
from gui.panels.executions import ExecutionsPanel
from tests.gui.panels.stand_in import AAPL, ACCOUNT, ES, EVERYTHING, NOW_S, Floor, order_spec

BOUGHT = Execution(
    "0000e0d5.01.01.01", ACCOUNT, AAPL.contract, Side.BUY, Decimal(100), Decimal("231.40"),
    datetime.fromtimestamp(NOW_S, UTC), 7, 900_007, 1, "t-0001", "ISLAND",
)  # fmt: skip
SOLD = replace(
    BOUGHT, exec_id="0000e0d5.02.01.01", side=Side.SELL, quantity=Decimal(40), price=Decimal("232.00")
)


class Bench:
    def __init__(self, floor: Floor, panel: ExecutionsPanel) -> None:
        self.floor, self.panel = floor, panel

    def report(self, *executions: Execution) -> None:
        self.floor.say(*(ExecutionReported(one) for one in executions))
        self.floor.show(self.panel)

    def text(self, execution: Execution, column: str) -> str:
        return self.panel.model.text(execution.key, column)


@pytest.fixture
def bench(desk_floor: Floor, show: Callable[..., Any]) -> Bench:
    desk_floor.know(*EVERYTHING)
    return Bench(desk_floor, show(ExecutionsPanel(desk_floor.bridge), 900, 260))


def test_a_fill_is_told_in_full(bench: Bench) -> None:
    bench.report(BOUGHT)
    told = {
        column: bench.text(BOUGHT, column) for column in ("side", "quantity", "contract", "price", "value")
    }
    assert told == {
        "side": "BOUGHT",
        "quantity": "100",
        "contract": "AAPL",
        "price": "231.40",
        "value": "$23,140.00",
    }
    assert (bench.text(BOUGHT, "order"), bench.text(BOUGHT, "exchange")) == ("t-0001", "ISLAND")


def test_the_multiplier_counts_in_the_value(bench: Bench) -> None:
    bench.report(replace(BOUGHT, contract=ES.contract, quantity=Decimal(2), price=Decimal("6478.25")))
    assert bench.text(BOUGHT, "value") == "$647,825.00"


def test_the_newest_stands_first(bench: Bench) -> None:
    bench.report(BOUGHT, SOLD)
    assert bench.panel.model.keys == (SOLD.key, BOUGHT.key)


def test_commission_and_realised_come_later_and_are_dashes_till_then(bench: Bench) -> None:
    bench.report(SOLD)
    assert (bench.text(SOLD, "commission"), bench.text(SOLD, "realised")) == ("–", "–")
    bench.floor.say(CommissionReported(SOLD.exec_id, Decimal("1.01"), "USD", Decimal("22.99")))
    bench.floor.show(bench.panel)
    assert (bench.text(SOLD, "commission"), bench.text(SOLD, "realised")) == ("$1.01", "+$22.99")


def test_a_revision_replaces_its_fill(bench: Bench) -> None:
    bench.report(BOUGHT)
    bench.report(replace(BOUGHT, exec_id="0000e0d5.01.01.02", price=Decimal("231.30")))
    assert len(bench.panel.model.keys) == 1
    assert bench.text(BOUGHT, "price") == "231.30"


def test_the_totals_add_up(bench: Bench) -> None:
    bench.report(BOUGHT, SOLD)
    bench.floor.say(CommissionReported(SOLD.exec_id, Decimal("1.00"), "USD", Decimal("23.00")))
    bench.floor.say(CommissionReported(BOUGHT.exec_id, Decimal("1.50"), "USD", None))
    bench.floor.show(bench.panel)
    assert bench.panel.totals.words == (
        "Fills 2   Bought $23,140.00   Sold $9,280.00   Commission $2.50   Realised P&L +$23.00"
    )


def test_currencies_are_never_added_together(bench: Bench) -> None:
    sap = Contract(14204, "SAP", currency="EUR", exchange="IBIS")
    bench.report(BOUGHT, replace(SOLD, side=Side.BUY, contract=sap, quantity=Decimal(10), price=Decimal(200)))
    assert "Bought $23,140.00  €2,000.00" in bench.panel.totals.words or (
        "Bought €2,000.00  $23,140.00" in bench.panel.totals.words
    )


def test_a_liquidation_is_loud(bench: Bench) -> None:
    bench.report(replace(SOLD, liquidation=True))
    assert bench.text(SOLD, "note") == "Liquidation"
    assert bench.panel.model.cell(0, 0).fill == "danger"


def test_the_copy_holds_plain_numbers(bench: Bench) -> None:
    bench.report(BOUGHT)
    line = bench.panel.view.csv().splitlines()[1]
    assert "2026-06-03T15:00:00+00:00,BOUGHT,100,AAPL,231.40,23140.00,," in line


def test_with_nothing_done_there_is_nothing_to_total(bench: Bench) -> None:
    assert bench.panel.totals.words == ""
    assert not bench.panel.grab().isNull()


def test_a_fill_is_measured_against_the_mid_its_order_arrived_at(bench: Bench) -> None:
    bench.floor.quote(AAPL, 231.00, 231.20, 231.10)
    bench.floor.stand_in.submit(order_spec(AAPL, Side.BUY, 100, "231.40"), frozenset())
    order = bench.floor.desk.orders()[0]
    bench.floor.quote(AAPL, 240.00, 240.20, 240.10)
    bench.floor.fill(order, 100, "231.40")
    bench.floor.show(bench.panel)
    one = bench.floor.desk.executions()[0]
    assert order.arrival_mid == Decimal("231.1")
    assert bench.text(one, "slippage") == "−13.0 bp"
    assert "Slippage −$30.00" in bench.panel.totals.words


def test_a_fill_of_elsewhere_has_no_arrival_and_its_slippage_is_a_dash(bench: Bench) -> None:
    bench.report(BOUGHT)
    assert bench.text(BOUGHT, "slippage") == "–"
    assert "Slippage" not in bench.panel.totals.words


def test_earlier_days_stay_until_only_today_is_asked_for(bench: Bench) -> None:
    earlier = replace(SOLD, at=datetime.fromtimestamp(NOW_S - 3 * 86_400, UTC))
    bench.report(BOUGHT, earlier)
    assert bench.panel.model.keys == (BOUGHT.key, earlier.key)
    bench.panel.today.click()
    assert bench.panel.model.keys == (BOUGHT.key,)
