"""Cancel and replace over the wire: what the gateway sees, and for how long no order stood."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.order import OrderSpec, OrderState, OrderType, Side, Tif
from core.domain.requests import PlaceOrder
from core.simulator.server import SimulatedGateway
from tests.conversations.conftest import Trader

D = Decimal


async def test_a_working_limit_order_becomes_a_stop_order_and_the_gap_is_known(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    await trader.is_ready(simulator.port)
    contract = await trader.watches("AAPL")
    desk, details = trader.desk, trader.desk.details(contract.con_id)
    mid = desk.quote(contract.con_id).mid
    spec = OrderSpec(
        contract, Side.BUY, D(100), OrderType.LMT, details.round_to_tick(mid * 0.97), tif=Tif.GTC
    )
    place = trader.connector.submit(spec, frozenset(one.rule for one in desk.assess(spec, desk.now_s)))
    assert isinstance(place, PlaceOrder)
    old = place.order_ref
    await trader.sees(lambda desk: desk.order(old).state is OrderState.WORKING)

    stop = replace(
        spec, order_type=OrderType.STP, limit_price=None, stop_price=details.round_to_tick(mid * 1.03)
    )
    taken = frozenset(one.rule for one in desk.assess_replacement(old, stop, desk.now_s))
    assert trader.connector.cancel_and_replace(old, stop, taken) is None
    await trader.sees(lambda desk: desk.replacements(old)[-1].is_over)

    [book] = desk.replacements(old)
    assert not book.fault
    assert book.gap_s is not None
    assert book.gap_at_most_s is not None
    assert 0 <= book.gap_s <= book.gap_at_most_s
    assert desk.order(old).state is OrderState.CANCELLED
    assert desk.order(book.new_ref).state is OrderState.HELD
    held = [one for one in simulator.hub.market.open_orders() if one.order_ref == book.new_ref]
    assert [(one.order_type, one.quantity) for one in held] == [("STP", D(100))]
    assert not any(one.order_ref == old for one in simulator.hub.market.open_orders())
