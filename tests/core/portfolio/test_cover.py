"""Cover and the day's result: what guards a position, and what it has made today."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.domain.conditions import MarginCondition
from core.domain.contract import Contract
from core.domain.execution import Execution
from core.domain.order import Oca, Order, OrderSpec, OrderState, OrderType, Side
from core.domain.position import Position
from core.portfolio.cover import cover
from core.portfolio.day import day_result

AAPL = Contract(265598, "AAPL")
HELD = Position("DU1", AAPL, Decimal(200))
STOP = Order(
    "s",
    OrderSpec(AAPL, Side.SELL, Decimal(200), OrderType.STP, stop_price=Decimal(140), account="DU1"),
    OrderState.HELD,
    0.0,
    0.0,
    order_id=7,
    client_id=1,
)


def test_a_stop_on_the_closing_side_covers_what_is_left_of_it() -> None:
    assert cover(HELD, [STOP]).is_whole
    part = cover(HELD, [replace(STOP, filled=Decimal(150))])
    assert (part.covered, part.is_whole) == (Decimal(50), False)


@pytest.mark.parametrize(
    "other",
    [
        replace(STOP, state=OrderState.SENT),
        replace(STOP, state=OrderState.IN_DOUBT),
        replace(STOP, state=OrderState.INACTIVE),
        replace(STOP, state=OrderState.CANCELLED),
        replace(STOP, spec=replace(STOP.spec, side=Side.BUY)),
        replace(STOP, spec=replace(STOP.spec, order_type=OrderType.LMT)),
        replace(STOP, spec=replace(STOP.spec, contract=Contract(1, "MSFT"))),
        replace(STOP, spec=replace(STOP.spec, account="DU2")),
        replace(STOP, spec=replace(STOP.spec, good_after=datetime(2026, 1, 1, tzinfo=UTC))),
        replace(STOP, spec=replace(STOP.spec, conditions=(MarginCondition(30, above=True),))),
    ],
)
def test_what_is_not_known_to_work_there_covers_nothing(other: Order) -> None:
    assert cover(HELD, [other]).covered == 0


def test_a_short_is_covered_by_a_buy_stop() -> None:
    short = replace(HELD, quantity=Decimal(-200))
    assert cover(short, [STOP]).covered == 0
    assert cover(short, [replace(STOP, spec=replace(STOP.spec, side=Side.BUY))]).is_whole


def test_stops_of_one_group_count_once() -> None:
    grouped = replace(STOP, spec=replace(STOP.spec, quantity=Decimal(100), oca=Oca("g")))
    found = cover(HELD, [grouped, replace(grouped, order_ref="t")])
    assert (found.covered, len(found.stops)) == (Decimal(100), 2)


def test_a_child_covers_as_much_as_its_parent_has_filled() -> None:
    entry = Order(
        "e",
        OrderSpec(AAPL, Side.BUY, Decimal(200), OrderType.LMT, Decimal(150)),
        OrderState.WORKING,
        0.0,
        0.0,
        order_id=5,
        client_id=1,
    )
    child = replace(STOP, spec=replace(STOP.spec, parent_id=5))
    assert cover(HELD, [entry, child]).covered == 0
    assert cover(HELD, [replace(entry, filled=Decimal(80)), child]).covered == 80
    assert cover(HELD, [child]).is_whole, "its parent is done"


# --- the day --------------------------------------------------------------------------------------


def fill(side: Side, quantity: int, price: str) -> Execution:
    at = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    return Execution("1.1", "DU1", AAPL, side, Decimal(quantity), Decimal(price), at, 1, 1, 1)


@pytest.mark.parametrize(
    ("fills", "result"),
    [
        ((), "200"),
        ((fill(Side.BUY, 50, "150.50"),), "175"),
        ((fill(Side.SELL, 100, "151.50"),), "350"),
        ((fill(Side.BUY, 200, "150.25"),), "150"),
    ],
)
def test_the_day_counts_the_nights_holding_from_the_close_and_fills_from_their_price(
    fills: tuple[Execution, ...], result: str
) -> None:
    assert day_result(HELD, Decimal(151), Decimal(150), fills) == Decimal(result)


def test_without_a_close_only_what_was_bought_today_is_known() -> None:
    assert day_result(HELD, Decimal(151), None, ()) is None
    assert day_result(HELD, Decimal(151), None, (fill(Side.BUY, 200, "150.50"),)) == 100
    assert day_result(HELD, None, Decimal(150), ()) is None
