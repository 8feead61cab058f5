"""The monitor: read-only, complete, and honest about what is not fresh."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit

from core.domain.events import AccountReported, PnlReported
from core.domain.order import Side
from core.domain.topics import Changes
from gui.dialogs.monitor import Monitor
from tests.gui.panels.stand_in import AAPL, ACCOUNT, MSFT, Floor, order_spec


def made(floor: Floor, qtbot: Any) -> Monitor:
    monitor = Monitor(floor.bridge)
    qtbot.addWidget(monitor)
    monitor.open((1280, 800))
    return monitor


def frame(floor: Floor, monitor: Monitor) -> None:
    changes: Changes = floor.desk.drain()
    monitor.refresh(changes)


def test_no_order_control_exists_in_it(desk_floor: Floor, qtbot: Any) -> None:
    monitor = made(desk_floor, qtbot)
    for kind in (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox):
        assert monitor.findChildren(kind) == []


def test_it_shows_the_worth_the_day_and_the_cushion(desk_floor: Floor, qtbot: Any) -> None:
    monitor = made(desk_floor, qtbot)
    desk_floor.say(
        AccountReported(ACCOUNT, (("Cushion", "0.42", ""), ("NetLiquidation", "1000000", "USD"))),
        PnlReported(ACCOUNT, Decimal(-2500), Decimal(100), Decimal(0)),
    )
    frame(desk_floor, monitor)
    assert monitor.net_liquidation.text() == "$1,000,000"
    assert monitor.day.text() == "▼ −$2,500  −0.25 %"
    assert monitor.day.property("tone") == "down"
    assert "42.0 %" in monitor.gauge.accessibleName()


def test_positions_come_largest_first_with_their_weight(desk_floor: Floor, qtbot: Any) -> None:
    monitor = made(desk_floor, qtbot)
    desk_floor.hold(AAPL, 100, 140, 150)
    desk_floor.hold(MSFT, -100, 400, 450)
    frame(desk_floor, monitor)
    rows = [[cell.text for cell in row] for row in monitor.positions.rows]
    assert [row[0] for row in rows] == ["MSFT", "AAPL"]
    assert [row[-1] for row in rows] == ["75 %", "25 %"]
    assert rows[0][1] == "−100"


def test_a_halt_is_read_from_across_the_room_and_trading_as_usual_is_not_said(
    desk_floor: Floor, qtbot: Any
) -> None:
    monitor = made(desk_floor, qtbot)
    assert monitor.trading.text() == ""
    desk_floor.bridge.halt("By hand.")
    frame(desk_floor, monitor)
    assert monitor.trading.text() == "HALTED"
    assert "By hand." in monitor.trading.toolTip()


def test_only_working_orders_are_listed(desk_floor: Floor, qtbot: Any) -> None:
    monitor = made(desk_floor, qtbot)
    desk_floor.know(AAPL)
    desk_floor.quote(AAPL, 149.99, 150.01, 150.0)
    spec = order_spec(AAPL, Side.BUY, 10, "150.00")
    desk_floor.bridge.submit(
        spec, frozenset(one.rule for one in desk_floor.desk.assess(spec, desk_floor.stand_in.now))
    )
    frame(desk_floor, monitor)
    assert [row[0].text for row in monitor.orders.rows] == ["BUY 10 AAPL LMT 150.00 DAY"]
    (order,) = desk_floor.desk.orders()
    desk_floor.fill(order, 10, "150.00")
    desk_floor.status(order, "Filled", 10, "150.00")
    frame(desk_floor, monitor)
    assert monitor.orders.rows == ()
    assert monitor.fills.rows[0][0].text == "BUY 10 AAPL"


def test_a_lost_link_dims_the_figures_and_says_what_to_do(desk_floor: Floor, qtbot: Any) -> None:
    monitor = made(desk_floor, qtbot)
    desk_floor.lose_link()
    frame(desk_floor, monitor)
    assert monitor.net_liquidation.property("tone") == "faint"
    assert "Not fresh" in monitor.fresh.text()
    assert "closed the connection" in monitor.words.text()
    assert monitor.state.text() == "No connection"


def test_type_grows_with_the_wall(desk_floor: Floor, qtbot: Any) -> None:
    monitor = made(desk_floor, qtbot)
    small = monitor.net_liquidation.styleSheet()
    monitor.resize(3840, 2160)
    assert monitor.net_liquidation.styleSheet() != small


def test_escape_leaves(desk_floor: Floor, qtbot: Any) -> None:
    monitor = made(desk_floor, qtbot)
    with qtbot.waitSignal(monitor.left):
        qtbot.keyClick(monitor, Qt.Key.Key_Escape)
    assert not monitor.isVisible()
