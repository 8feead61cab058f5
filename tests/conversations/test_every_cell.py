"""Every cell that the ticket offers in what the simulator lists: type, time in force and kind of contract, sent and taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.domain.choices import faults
from core.domain.contract import Contract, ContractDetails, ContractQuery, SecType
from core.domain.events import ContractsReported
from core.domain.limits import RiskLimits, Threshold
from core.domain.order import Order, OrderSpec, OrderState, OrderType, Side, Tif
from core.domain.order_types import ORDER_TYPES, Need, PriceField
from core.domain.requests import PlaceOrder
from core.domain.verdict import Denied
from core.simulator.pacing import Limits
from core.simulator.server import SimulatedGateway
from tests.conversations.conftest import Trader
from tests.conversations.test_combos import spread_of

pytestmark = pytest.mark.timeout(110)
D = Decimal
ASKED: dict[SecType, ContractQuery] = {
    SecType.STK: ContractQuery("AAPL"),
    SecType.OPT: ContractQuery("AAPL", SecType.OPT, right="C"),
    SecType.FUT: ContractQuery("ES", SecType.FUT, "CME"),
    SecType.FOP: ContractQuery("ES", SecType.FOP, "CME", right="C"),
    SecType.CASH: ContractQuery("EUR", SecType.CASH, "IDEALPRO"),
    SecType.CFD: ContractQuery("AAPL", SecType.CFD),
    SecType.CRYPTO: ContractQuery("BTC", SecType.CRYPTO, "PAXOS"),
    SecType.WAR: ContractQuery("AAPL", SecType.WAR, right="C"),
}
OFFERED = {
    SecType.STK: 51, SecType.OPT: 39, SecType.FUT: 38, SecType.FOP: 38, SecType.CASH: 29, SecType.CFD: 36,
    SecType.CRYPTO: 4, SecType.WAR: 33, SecType.BAG: 8,
}  # fmt: skip
"""How many there are: fewer would be a choice that got lost."""
QUANTITY = {SecType.CASH: D(25_000), SecType.CRYPTO: D("0.0105")}
IN_THE_MONEY = {SecType.OPT: D(220), SecType.WAR: D(220), SecType.FOP: D(6_500)}
"""Strikes where a price has room for a per cent."""
_WIDE = Threshold(None, D(10**9))
LIMITS = RiskLimits(
    notional=_WIDE, notional_fraction=_WIDE, quantity={}, duplicate_s=Threshold(None, D(0)), working_per_side=_WIDE,
    orders_per_10_s=_WIDE, orders_per_60_s=_WIDE, position_fraction=_WIDE,
)  # fmt: skip
"""The gate's limits are not what is tried here."""
SETTLED = frozenset(OrderState) - {OrderState.INTENT, OrderState.SENT, OrderState.ACCEPTED}


def priced(details: ContractDetails, mid: float, order_type: OrderType, tif: Tif, now_s: float) -> OrderSpec:
    """An order of this type a per cent away from the market, with all that the type must have."""

    def at(part: float) -> Decimal:
        return details.round_to_tick(mid * part)

    touched = order_type in (OrderType.MIT, OrderType.LIT)
    values = {
        PriceField.LIMIT: at(0.98 if touched else 0.99 if order_type is not OrderType.STP_LMT else 1.03),
        PriceField.STOP: at(0.99 if touched or order_type is OrderType.TRAIL_LIMIT else 1.02),
        PriceField.TRAIL_AMOUNT: at(1.0) - at(0.98),
        PriceField.LIMIT_OFFSET: at(1.0) - at(0.99),
    }
    side = Side.BUY
    given = [
        name
        for name in (PriceField.LIMIT, PriceField.STOP)
        if ORDER_TYPES[order_type].need(name) is Need.MUST
    ]
    if order_type in (OrderType.TRAIL, OrderType.TRAIL_LIMIT):
        side = Side.SELL
        given.append(PriceField.TRAIL_AMOUNT)
    if order_type is OrderType.TRAIL_LIMIT:
        given.append(PriceField.LIMIT_OFFSET)
    kind = details.contract.sec_type
    if kind is SecType.CRYPTO and order_type is OrderType.MKT:
        side = Side.SELL
    spec = OrderSpec(details.contract, side, QUANTITY.get(kind, D(1)), order_type, tif=tif)
    if tif is Tif.GTD:
        spec = replace(spec, good_till=datetime.fromtimestamp(now_s, UTC) + timedelta(days=3))
    return replace(spec, **{name.value: values[name] for name in given})


def cells(details: ContractDetails, mid: float, now_s: float) -> Iterator[OrderSpec]:
    """What is open for this contract, by our tables and its own lists."""
    for order_type in ORDER_TYPES:
        for tif in Tif:
            spec = priced(details, mid, order_type, tif, now_s)
            if not faults(spec, details):
                yield spec


async def quoted(trader: Trader, sec_type: SecType) -> ContractDetails:
    if sec_type is SecType.BAG:
        spread = trader.desk.details((await spread_of(trader)).con_id)
        assert spread is not None
        return spread
    query = ASKED[sec_type]
    trader.connector.find(query)
    answer = await trader.hears(ContractsReported, lambda event: event.query == query)
    dates = sorted({one.contract.expiry for one in answer.details})
    later = [one for one in answer.details if one.contract.expiry == dates[min(3, len(dates) - 1)]]
    strike = IN_THE_MONEY.get(sec_type, D(0))
    details = min(later, key=lambda one: abs((one.contract.strike or D(0)) - strike))
    contract: Contract = details.contract
    trader.connector.watch(contract, "trader")
    await trader.sees(lambda desk: (quote := desk.quote(contract.con_id)) and quote.mid)
    return details


async def settled(trader: Trader, order_ref: str) -> Order:
    await trader.sees(lambda desk: (one := desk.order(order_ref)) and one.state in SETTLED)
    order = trader.desk.order(order_ref)
    assert order is not None
    return order


async def bought(trader: Trader, details: ContractDetails) -> None:
    """What is to be sold at the market must be held: crypto is never sold short."""
    contract = details.contract
    limit = details.round_to_tick(trader.desk.quote(contract.con_id).mid * 1.01)
    spec = OrderSpec(contract, Side.BUY, QUANTITY[contract.sec_type], OrderType.LMT, limit_price=limit)
    place = trader.connector.submit(spec)
    assert isinstance(place, PlaceOrder), place
    await trader.sees(lambda desk: (one := desk.order(place.order_ref)) and one.state is OrderState.FILLED)
    await trader.sees(lambda desk: any(one.contract.con_id == contract.con_id for one in desk.positions()))


@pytest.mark.parametrize("sec_type", [*ASKED, SecType.BAG])
async def test_every_cell_that_is_offered_is_taken_by_the_gateway(traders, sec_type: SecType) -> None:
    trader = traders()
    trader.desk.limits = LIMITS
    await trader.connector.start()
    async with SimulatedGateway(seed=7, speed=5.0, limits=Limits(messages_a_second=None)) as gateway:
        await trader.is_ready(gateway.port)
        details = await quoted(trader, sec_type)
        if sec_type is SecType.CRYPTO:
            await bought(trader, details)
        desk, refused, taken = trader.desk, [], 0
        for spec in cells(details, desk.quote(details.contract.con_id).mid, desk.now_s):
            name = f"{spec.order_type} {spec.tif}"
            everything = frozenset(one.rule for one in desk.assess(spec, desk.now_s) if not one.hard)
            place = trader.connector.submit(spec, everything)
            if isinstance(place, Denied):
                refused.append(f"{name}: denied by us: {place.words}")
                continue
            assert isinstance(place, PlaceOrder), f"{name}: {place}"
            order = await settled(trader, place.order_ref)
            if order.state in (OrderState.REJECTED, OrderState.INACTIVE, OrderState.IN_DOUBT):
                refused.append(f"{name}: {order.state}: {order.reason}")
            taken += 1
            if order.is_live:
                trader.connector.cancel(place.order_ref)
        assert not refused, "\n".join(refused)
        assert taken == OFFERED[sec_type]
