"""Orders out and everything about orders in, over the real encoder and decoder."""

from __future__ import annotations

import ast
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import core.tws
from core.domain.contract import Contract
from core.domain.events import (
    CommissionReported,
    ExecutionReported,
    MessageReported,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderStatusReported,
)
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.requests import CancelOrder, GlobalCancel, PlaceOrder
from core.domain.verdict import Approved

APPLE = Contract(265598, "AAPL", primary_exchange="NASDAQ", local_symbol="AAPL", trading_class="NMS")
LIMIT = OrderSpec(
    APPLE, Side.BUY, Decimal(100), OrderType.LMT, Decimal("150.25"), tif=Tif.GTC, account="DU1234567"
)


def place(spec: OrderSpec = LIMIT, order_id: int = 7) -> PlaceOrder:
    return PlaceOrder("ours-1", order_id, Approved(spec))


async def test_an_order_goes_out_with_its_reference_account_and_time_in_force(
    connected, scripted, tws, told
) -> None:
    await connected()
    tws.perform(place())
    heard = await scripted.hears(3)
    assert heard[:2] == ["3", "7"]
    assert heard[2] == "265598"
    sent = heard[16:23]
    assert sent[:5] == ["BUY", "100", "LMT", "150.25", ""]
    assert sent[5:7] == ["GTC", ""]
    assert heard[23] == "DU1234567"
    assert heard[26] == "ours-1"
    assert await told.first(OrderSent) == OrderSent("ours-1")


async def test_nothing_is_told_before_perform_returns(connected, tws, told) -> None:
    await connected()
    before = len(told.events)
    tws.perform(place())
    assert len(told.events) == before


@pytest.mark.parametrize(
    ("spec", "prices"),
    [
        (replace(LIMIT, order_type=OrderType.MKT, limit_price=None), ["MKT", "", ""]),
        (
            replace(LIMIT, order_type=OrderType.STP, limit_price=None, stop_price=Decimal("0.0001")),
            ["STP", "", "0.0001"],
        ),
        (
            replace(LIMIT, order_type=OrderType.STP_LMT, stop_price=Decimal("1E+2")),
            ["STP LMT", "150.25", "100"],
        ),
    ],
)
async def test_prices_are_written_digit_for_digit(
    connected, scripted, tws, spec: OrderSpec, prices: list[str]
) -> None:
    await connected()
    tws.perform(place(spec))
    assert (await scripted.hears(3))[18:21] == prices


async def test_the_only_account_is_meant_when_none_is_named(connected, scripted, tws) -> None:
    await connected()
    tws.perform(place(replace(LIMIT, account="")))
    assert (await scripted.hears(3))[23] == "DU1234567"


async def test_an_account_of_another_connection_is_refused_here(connected, scripted, tws, told) -> None:
    await connected()
    tws.perform(place(replace(LIMIT, account="U999")))
    assert "account" in (await told.first(OrderNotSent)).reason
    assert [message for message in scripted.heard if message[0] == "3"] == []


async def test_without_a_connection_the_order_is_not_sent(tws, told) -> None:
    tws.perform(place())
    assert (await told.first(OrderNotSent)).order_ref == "ours-1"


async def test_a_cancel_without_a_connection_is_told_as_not_connected(tws, told) -> None:
    tws.perform(CancelOrder("ours-1", 7))
    message = await told.first(MessageReported)
    assert (message.code, message.order_id) == (504, 7)


async def test_a_cancel_of_everything_is_one_message_that_names_no_order(connected, scripted, tws) -> None:
    await connected()
    tws.perform(GlobalCancel())
    assert await scripted.hears(58) == ["58", "1"]


async def test_a_cancel_of_everything_without_a_connection_is_told(tws, told) -> None:
    tws.perform(GlobalCancel())
    assert (await told.first(MessageReported)).code == 504


async def test_a_cancel_goes_out_without_a_time(connected, scripted, tws) -> None:
    await connected()
    tws.perform(CancelOrder("ours-1", 7))
    assert await scripted.hears(4) == ["4", "1", "7", ""]


async def test_an_open_order_is_told_as_ib_holds_it(connected, scripted, told, open_order) -> None:
    await connected()
    scripted.say(open_order())
    reported = await told.first(OrderReported)
    assert reported == OrderReported(7, 600745656, 1, "ours-1", LIMIT_AS_TOLD, "PreSubmitted")


LIMIT_AS_TOLD = replace(
    LIMIT, contract=Contract(265598, "AAPL", local_symbol="AAPL", trading_class="NMS"), outside_rth=False
)


async def test_a_foreign_order_of_a_type_we_do_not_offer_is_seen_all_the_same(
    connected, scripted, told, open_order
) -> None:
    await connected()
    scripted.say(open_order(order_type="VOL", tif="AUC", aux="1.5"))
    reported = await told.first(OrderReported)
    assert reported.terms == "VOL AUC"
    assert reported.spec.side is Side.BUY


async def test_a_status_is_told_and_its_empty_price_is_absent(connected, scripted, told) -> None:
    await connected()
    scripted.say(
        (3, 7, "Submitted", 0, 100, 0, 600745656, 0, 0, 1, "", 0),
        (3, 7, "Filled", 100, 0, 150.25, 600745656, 0, 150.25, 1, "", 0),
    )
    filled = await told.first(OrderStatusReported, lambda event: event.status == "Filled")
    assert told.all(OrderStatusReported)[0].avg_fill_price is None
    assert (filled.filled, filled.avg_fill_price, filled.perm_id) == (100, Decimal("150.25"), 600745656)


@pytest.mark.parametrize(
    "time", ["20261123 10:00:00 US/Eastern", "20261123-15:00:00", "20261123 16:00:00 Europe/Berlin"]
)
async def test_a_fill_is_told_with_its_moment_in_utc(
    connected, scripted, told, exec_details, time: str
) -> None:
    await connected()
    scripted.say(exec_details(time=time))
    event = await told.first(ExecutionReported)
    assert event.execution.at.isoformat() == "2026-11-23T15:00:00+00:00"
    assert (event.execution.side, event.execution.quantity, event.replayed) == (Side.BUY, 100, False)


@pytest.mark.parametrize("time", ["20261123 10:00:00 Nowhere/City", "nonsense", ""])
async def test_a_fill_at_an_unreadable_time_is_still_a_fill(
    connected, scripted, told, exec_details, time: str
) -> None:
    await connected()
    scripted.say(exec_details(time=time))
    assert (await told.first(ExecutionReported)).execution.quantity == 100


async def test_a_commission_without_realised_profit_says_so(connected, scripted, told) -> None:
    await connected()
    scripted.say((59, 1, "0001.01", 1.05, "USD", "1.7976931348623157E308", "1.7976931348623157E308", ""))
    assert await told.first(CommissionReported) == CommissionReported("0001.01", Decimal("1.05"), "USD", None)


async def test_an_error_about_an_order_names_it_and_a_system_message_names_none(
    connected, scripted, told
) -> None:
    await connected()
    scripted.say((4, 2, 7, 201, "Order rejected", "{}"), (4, 2, -1, 1100, "Connectivity lost", ""))
    await told.first(MessageReported, lambda event: event.code == 1100)
    assert told.all(MessageReported) == [
        MessageReported(201, "Order rejected", 7, "{}"),
        MessageReported(1100, "Connectivity lost", None, ""),
    ]


def test_one_module_alone_may_place_and_cancel() -> None:
    allowed = dict.fromkeys(("placeOrder", "cancelOrder", "reqGlobalCancel"), "outbound.py")
    forbidden = {"exerciseOptions", "replaceFA"}
    for path in Path(core.tws.__file__).parents[1].rglob("*.py"):
        if "simulator" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in forbidden, path
                assert allowed.get(node.attr, path.name) == path.name, f"{node.attr} in {path}"
