"""Brackets, what-ifs and the kill switch against the simulated gateway, over real TCP and real ib_async."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.domain.bracket import BracketSpec, Exit, ExitsSpec
from core.domain.contract import Contract
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.requests import PlaceOrder
from core.domain.trading import RESUME_PHRASE, TradingState
from core.domain.verdict import Denied
from core.simulator.server import SimulatedGateway
from tests.conversations.conftest import Trader

SOFT = frozenset(
    {"PriceCollar", "MaxOrderNotional", "MaxOrderFraction", "QuoteStale", "MarketClosed", "OrderRate"}
)
SOFT |= {"MarginTooLow", "PositionTooLarge", "DuplicateOrder"}


def price(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def limit(contract: Contract, at: Decimal, **terms: Any) -> OrderSpec:
    return OrderSpec(contract, Side.BUY, Decimal(10), OrderType.LMT, at, outside_rth=True, **terms)


async def ready(trader: Trader, simulator: SimulatedGateway) -> tuple[Contract, float]:
    """Connected, with a quote: the contract and where it trades."""
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    quote = trader.desk.quote(apple.con_id)
    assert quote is not None
    assert quote.mid is not None
    return apple, quote.mid


def states(trader: Trader, refs: list[str]) -> list[OrderState]:
    return [order.state for ref in refs if (order := trader.desk.order(ref))]


def sent(answer: object) -> list[str]:
    assert isinstance(answer, tuple), answer
    return [one.order_ref for one in answer]


async def test_a_bracket_away_from_the_market_stands_as_parent_and_children(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    apple, mid = await ready(trader, simulator)
    bracket = BracketSpec(
        limit(apple, price(mid * 0.95)), (Exit(target=price(mid * 1.05), stop=price(mid * 0.9)),)
    )
    refs = sent(trader.connector.submit_group(bracket, SOFT))
    live = {OrderState.WORKING, OrderState.HELD, OrderState.ACCEPTED}
    await trader.sees(lambda desk: set(states(trader, refs)) <= live and len(refs) == 3)
    parent, target, stop = (trader.desk.order(ref) for ref in refs)
    assert parent is not None
    assert target is not None
    assert stop is not None
    await trader.sees(lambda desk: desk.order(refs[2]).spec.parent_id == parent.order_id)
    assert (target.spec.order_type, stop.spec.order_type) == (OrderType.LMT, OrderType.STP)
    assert target.spec.parent_id == parent.order_id


async def test_the_target_s_fill_takes_the_stop_away(trader: Trader, simulator: SimulatedGateway) -> None:
    apple, mid = await ready(trader, simulator)
    entry = limit(apple, price(mid * 1.01))
    bracket = BracketSpec(entry, (Exit(target=price(mid * 1.012), stop=price(mid * 0.9)),))
    refs = sent(trader.connector.submit_group(bracket, SOFT))
    await trader.sees(lambda desk: desk.order(refs[0]).state is OrderState.FILLED)
    change = replace(bracket.parent, side=Side.SELL, limit_price=price(mid * 0.98), parent_id=0)
    target = trader.desk.order(refs[1])
    assert target is not None
    await trader.sees(lambda desk: desk.order(refs[1]).state is OrderState.WORKING)
    assert isinstance(trader.connector.modify(refs[1], change, SOFT), PlaceOrder)
    await trader.sees(lambda desk: desk.order(refs[1]).state is OrderState.FILLED)
    await trader.sees(lambda desk: desk.order(refs[2]).state is OrderState.CANCELLED)


async def test_exits_round_a_position_cancel_one_another(trader: Trader, simulator: SimulatedGateway) -> None:
    apple, mid = await ready(trader, simulator)
    closing = replace(limit(apple, price(mid)), side=Side.SELL, limit_price=None, quantity=Decimal(5))
    group = ExitsSpec(closing, (Exit(target=price(mid * 0.98), stop=price(mid * 0.9)),), "exits-1")
    entry = trader.connector.submit(limit(apple, price(mid * 1.01)), SOFT)
    assert isinstance(entry, PlaceOrder)
    await trader.sees(lambda desk: desk.order(entry.order_ref).state is OrderState.FILLED)
    refs = sent(trader.connector.submit_group(group, SOFT))
    await trader.sees(lambda desk: desk.order(refs[1]).state is OrderState.FILLED)
    await trader.sees(lambda desk: desk.order(refs[0]).state is OrderState.CANCELLED)


async def test_a_preview_tells_the_margin_and_places_nothing(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    apple, mid = await ready(trader, simulator)
    spec = limit(apple, price(mid))
    assert trader.connector.ask_preview(spec) == ""
    await trader.sees(lambda desk: desk.preview_of(spec))
    preview = trader.desk.preview_of(spec)
    assert preview is not None
    assert preview.refusal == ""
    assert preview.initial_before is not None
    assert preview.initial_after is not None
    assert preview.initial_after > preview.initial_before
    assert trader.desk.orders() == ()


async def test_the_kill_switch_ends_every_order_and_no_new_one_goes(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    apple, mid = await ready(trader, simulator)
    places = [trader.connector.submit(limit(apple, price(mid * part)), SOFT) for part in (0.9, 0.91, 0.92)]
    refs = [one.order_ref for one in places if isinstance(one, PlaceOrder)]
    await trader.sees(lambda desk: states(trader, refs) == [OrderState.WORKING] * 3)
    trader.connector.kill()
    assert set(trader.desk.trading.kill) == set(refs)
    await trader.sees(lambda desk: states(trader, refs) == [OrderState.CANCELLED] * 3)
    denied = trader.connector.submit(limit(apple, price(mid * 0.9)), SOFT)
    assert isinstance(denied, Denied)
    assert denied.objections[0].rule == "TradingHalted"
    assert trader.connector.resume_trading(RESUME_PHRASE) == ""
    assert trader.desk.trading.state is TradingState.ACTIVE


@pytest.mark.parametrize(
    ("order_type", "terms"),
    [
        (OrderType.TRAIL, {"trail_percent": Decimal(5)}),
        (OrderType.TRAIL_LIMIT, {"trail_amount": Decimal(9), "stop_price": 0.93, "limit_offset": Decimal(1)}),
        (OrderType.MIT, {"stop_price": 0.9}),
        (OrderType.LIT, {"stop_price": 0.9, "limit_price": 0.9}),
        (OrderType.MTL, {}),
        (OrderType.MOC, {}),
        (OrderType.LOC, {"limit_price": 0.95}),
        (OrderType.MIDPRICE, {"limit_price": 0.95}),
        (OrderType.REL, {"limit_price": 0.95}),
        (OrderType.PEG_MID, {"limit_price": 0.95}),
        (OrderType.SNAP_MID, {}),
        (OrderType.SNAP_MKT, {}),
        (OrderType.SNAP_PRIM, {}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_the_gateway_takes_every_type_that_the_tables_offer(
    trader: Trader, simulator: SimulatedGateway, order_type: OrderType, terms: dict[str, Any]
) -> None:
    apple, mid = await ready(trader, simulator)
    prices = {name: price(mid * one) if isinstance(one, float) else one for name, one in terms.items()}
    side = Side.SELL if order_type in (OrderType.TRAIL, OrderType.TRAIL_LIMIT) else Side.BUY
    spec = replace(
        limit(apple, price(mid)), side=side, order_type=order_type, limit_price=None, outside_rth=False
    )
    place = trader.connector.submit(replace(spec, **prices), SOFT | {"ShortSale"})
    assert isinstance(place, PlaceOrder), place
    taken = {OrderState.WORKING, OrderState.HELD, OrderState.ACCEPTED, OrderState.FILLED}
    await trader.sees(lambda desk: desk.order(place.order_ref).state in taken | {OrderState.REJECTED})
    order = trader.desk.order(place.order_ref)
    assert order is not None
    assert order.state in taken, order.reason
