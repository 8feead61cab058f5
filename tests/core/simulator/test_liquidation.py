"""The broker liquidates what has no excess liquidity left, and tells nobody before it has."""

from __future__ import annotations

import pytest

from core.simulator.exchange import Exchange
from core.simulator.model import Executed, Notice, OrderChanged
from tests.core.simulator.trader import ACCOUNT, IBM, NOW_S, Desk


def value(market: Exchange, key: str) -> float:
    return next(float(v) for k, v, _ in market.account_values(ACCOUNT) if k == key)


@pytest.fixture(scope="module")
def day() -> tuple[Exchange, list[Notice]]:
    market, heard = Exchange(5, NOW_S, scenario="margin-call"), []
    for step in range(4 * 180):
        heard += market.advance(NOW_S + step / 4)
    return market, heard


def test_positions_are_sold_until_there_is_excess_again(day: tuple[Exchange, list[Notice]]) -> None:
    market, heard = day
    executions = [n.execution for n in heard if isinstance(n, Executed)]
    assert executions
    assert all(one.liquidation and one.side == "SLD" and one.order.order_id < 0 for one in executions)
    assert {one.order.contract.symbol for one in executions} == {"NVDA"}
    assert value(market, "ExcessLiquidity") > 0
    assert value(market, "MaintMarginReq") > 0


def test_the_broker_s_orders_are_market_orders_that_fill(day: tuple[Exchange, list[Notice]]) -> None:
    orders = {n.order.order_id: n.order for n in day[1] if isinstance(n, OrderChanged)}
    assert {order.order_type for order in orders.values()} == {"MKT"}
    assert {order.status for order in orders.values()} == {"Filled"}
    assert {order.client_id for order in orders.values()} == {0}
    held = {p.contract.symbol: p.quantity for p in day[0].positions(ACCOUNT)}
    assert 0 < held["NVDA"] < 12_000


def test_an_account_with_room_is_left_alone() -> None:
    desk = Desk()
    desk.place(desk.order(IBM))
    desk.wait(60)
    assert not any(one.liquidation for one in desk.market.executions())
