"""A spread of two options as one order, over real TCP: made, quoted, previewed, placed, filled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.contract import Contract, ContractDetails, ContractQuery, SecType
from core.domain.events import ContractsReported
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.requests import PlaceOrder
from core.simulator.server import SimulatedGateway
from tests.conversations.conftest import Trader

pytestmark = pytest.mark.timeout(90)
SOFT = frozenset(
    {"MarginTooLow", "PriceCollar", "QuoteStale", "QuoteMissing", "MarketClosed", "PositionTooLarge"}
)


async def _calls(trader: Trader) -> list[ContractDetails]:
    """Two neighbouring calls of one expiry, near the money."""
    query = ContractQuery("AAPL", SecType.OPT, right="C")
    trader.connector.find(query)
    answer = await trader.hears(ContractsReported, lambda event: event.query == query)
    first = min(one.contract.expiry for one in answer.details)
    listed = [one for one in answer.details if one.contract.expiry == first]
    listed.sort(key=lambda one: one.contract.strike or 0)
    middle = len(listed) // 2
    return listed[middle : middle + 2]


async def spread_of(trader: Trader) -> Contract:
    low, high = await _calls(trader)
    spread = trader.desk.combine(((low.contract.con_id, 1, "BUY"), (high.contract.con_id, 1, "SELL")))
    assert isinstance(spread, Contract), spread
    trader.connector.watch(spread, "trader")
    await trader.sees(lambda desk: (quote := desk.quote(spread.con_id)) and quote.mid is not None)
    return spread


async def test_a_spread_is_quoted_previewed_and_filled_as_one_order(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    await trader.is_ready(simulator.port)
    spread = await spread_of(trader)
    quote, details = trader.desk.quote(spread.con_id), trader.desk.details(spread.con_id)
    assert quote is not None
    assert quote.ask is not None
    assert details is not None
    through = details.next_tick(details.round_to_tick(quote.ask), 4)
    spec = OrderSpec(spread, Side.BUY, Decimal(2), OrderType.LMT, through)
    assert trader.connector.ask_preview(spec) == ""
    await trader.sees(lambda desk: desk.preview_of(spec))
    place = trader.connector.submit(spec, SOFT)
    assert isinstance(place, PlaceOrder), place
    await trader.sees(lambda desk: desk.order(place.order_ref).state is OrderState.FILLED)
    order = trader.desk.order(place.order_ref)
    assert order is not None
    assert (order.filled, order.spec.contract.label) == (2, spread.label)


async def test_a_credit_spread_is_bought_under_zero(trader: Trader, simulator: SimulatedGateway) -> None:
    """Bought with the near call sold: the limit is what is paid, and less than nothing."""
    await trader.is_ready(simulator.port)
    low, high = await _calls(trader)
    credit = trader.desk.combine(((low.contract.con_id, 1, "SELL"), (high.contract.con_id, 1, "BUY")))
    assert isinstance(credit, Contract), credit
    trader.connector.watch(credit, "trader")
    await trader.sees(lambda desk: (quote := desk.quote(credit.con_id)) and quote.mid is not None)
    quote, details = trader.desk.quote(credit.con_id), trader.desk.details(credit.con_id)
    assert quote is not None
    assert quote.ask is not None
    assert details is not None
    through = details.next_tick(details.round_to_tick(quote.ask), 4)
    assert through < 0
    place = trader.connector.submit(OrderSpec(credit, Side.BUY, Decimal(1), OrderType.LMT, through), SOFT)
    assert isinstance(place, PlaceOrder), place
    await trader.sees(lambda desk: desk.order(place.order_ref).state is OrderState.FILLED)
    order = trader.desk.order(place.order_ref)
    assert order is not None
    assert order.spec.limit_price == through
    assert order.avg_fill_price is not None
    assert order.avg_fill_price <= through


async def test_a_working_spread_is_changed_and_cancelled_like_any_order(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    await trader.is_ready(simulator.port)
    spread = await spread_of(trader)
    details = trader.desk.details(spread.con_id)
    assert details is not None
    low = details.round_to_tick(Decimal("0.05"))
    spec = OrderSpec(spread, Side.BUY, Decimal(1), OrderType.LMT, low)
    place = trader.connector.submit(spec, SOFT)
    assert isinstance(place, PlaceOrder), place
    await trader.sees(lambda desk: desk.order(place.order_ref).state is OrderState.WORKING)
    higher = replace(spec, limit_price=details.next_tick(low, 1))
    assert isinstance(trader.connector.modify(place.order_ref, higher, SOFT), PlaceOrder)
    await trader.sees(lambda desk: desk.order(place.order_ref).spec.limit_price == higher.limit_price)
    assert trader.connector.cancel(place.order_ref) is None
    await trader.sees(lambda desk: desk.order(place.order_ref).state is OrderState.CANCELLED)
