"""The risk panel: bars that fill towards limits, over a real desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from core.domain.order import Side
from gui.panels.risk import RiskPanel
from tests.gui.panels.stand_in import AAPL, Floor, order_spec


@pytest.fixture
def panel(desk_floor: Floor, show: Callable[..., QWidget]) -> RiskPanel:
    desk_floor.know(AAPL)
    desk_floor.quote(AAPL, 150.0, 150.02, 150.01)
    made = RiskPanel(desk_floor.bridge)
    show(made)
    return made


def text(panel: RiskPanel, key: str) -> str:
    found = panel.findChild(QLabel, f"risk-{key}")
    assert found is not None
    return found.text()


def tone(panel: RiskPanel, key: str) -> str:
    found = panel.findChild(QLabel, f"risk-{key}")
    assert found is not None
    return str(found.property("tone") or "")


def test_orders_count_against_the_day_the_pace_and_the_side(desk_floor: Floor, panel: RiskPanel) -> None:
    desk_floor.desk.limits = replace(desk_floor.desk.limits, orders_per_day=10)
    for price in ("149.00", "148.00"):
        desk_floor.stand_in.submit(order_spec(AAPL, Side.BUY, 10, price), frozenset())
        desk_floor.stand_in.now += 3
    desk_floor.show(panel)
    assert text(panel, "orders") == "2 of 10"
    assert text(panel, "rate-10") == "2 of 10"
    assert (text(panel, "name-working"), text(panel, "working")) == ("Working: BUY AAPL", "2 of 15")
    desk_floor.stand_in.now += 20
    desk_floor.desk.now_s = desk_floor.stand_in.now
    panel.age(desk_floor.stand_in.now)
    assert text(panel, "rate-10") == "0 of 10"


def test_a_limit_that_is_near_warns_and_one_that_is_reached_is_said_in_red(
    desk_floor: Floor, panel: RiskPanel
) -> None:
    desk_floor.stand_in.submit(order_spec(AAPL, Side.BUY, 10, "149.00"), frozenset())
    assert panel.gauges()["orders"].tone == ""
    desk_floor.desk.limits = replace(desk_floor.desk.limits, orders_per_day=1)
    desk_floor.show(panel)
    assert tone(panel, "orders") == "danger"


def test_a_limit_that_is_not_set_has_no_bar_to_fill(desk_floor: Floor, panel: RiskPanel) -> None:
    assert panel.gauges()["loss"].fraction is None
    assert text(panel, "orders") == "0"


def test_the_largest_position_is_measured_against_net_liquidation(
    desk_floor: Floor, panel: RiskPanel
) -> None:
    desk_floor.hold(AAPL, 2000, 150.0, 150.0)
    desk_floor.show(panel)
    assert (text(panel, "name-position"), text(panel, "position")) == ("Largest: AAPL", "30.0 % of 20 %")
    assert panel.gauges()["position"].used == Decimal("0.3")
    # The shipped limit on positions asks; it denies nothing.
    assert tone(panel, "position") == "warning"


def test_the_state_is_said_on_top(desk_floor: Floor, panel: RiskPanel) -> None:
    desk_floor.bridge.halt("By hand.")
    desk_floor.show(panel)
    assert text(panel, "state").startswith("HALTED since")
