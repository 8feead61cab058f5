"""A trader's day: connect, look, order, cancel, and what the other side does to it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.contract import ContractQuery, SecType
from core.domain.events import BarReported, BarsReported, CommissionReported, ContractsFound
from core.domain.link import Mode
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.quote import BarKey
from core.domain.requests import PlaceOrder

pytestmark = pytest.mark.timeout(60)


def order_for(contract, quantity: int = 10, **terms) -> OrderSpec:
    terms = {"order_type": OrderType.MKT} | terms
    return OrderSpec(contract, terms.pop("side", Side.BUY), Decimal(quantity), **terms)


def sent(answer: object) -> str:
    assert isinstance(answer, PlaceOrder), answer
    return answer.order_ref


async def test_connecting_ends_ready_with_everything_read_back(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    link = trader.desk.link
    assert (link.mode, link.synchronised, link.server_version) == (Mode.SIM, True, 178)
    account = trader.desk.account(link.account)
    await trader.sees(lambda desk: (account := desk.account(link.account)) and account.net_liquidation)
    account = trader.desk.account(link.account)
    assert account is not None
    assert None not in (account.excess_liquidity, account.maintenance_margin, account.buying_power)


async def test_quotes_flow_and_keep_flowing(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    quote = trader.desk.quote(apple.con_id)
    assert quote.bid < quote.ask
    for _ in range(3):
        await trader.next_quote(apple.con_id)


@pytest.mark.parametrize(
    "query",
    [
        ContractQuery("SPY"),
        ContractQuery("ES", SecType.FUT),
        ContractQuery("EUR", SecType.CASH, exchange="IDEALPRO"),
        ContractQuery("SPX", SecType.IND),
    ],
    ids=lambda query: query.symbol,
)
async def test_every_kind_of_contract_is_found_and_quoted(trader, simulator, query: ContractQuery) -> None:
    await trader.is_ready(simulator.port)
    contract = await trader.finds(query)
    details = trader.desk.details(contract.con_id)
    assert details.price_bands
    assert details.trading
    trader.connector.watch(contract, "trader")
    await trader.sees(lambda desk: (quote := desk.quote(contract.con_id)) and quote.reference)


async def test_a_search_finds_by_name(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    trader.connector.search("apple")
    found = await trader.hears(ContractsFound)
    assert "AAPL" in [contract.symbol for contract in found.contracts]


async def test_history_leads_into_live_bars(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    key = BarKey(apple.con_id, "1 min")
    trader.connector.load_bars(key, apple, "1 D", live=True)
    history = await trader.hears(BarsReported)
    assert len(history.bars) > 100
    grown = await trader.hears(BarReported)
    assert grown.bar.start >= history.bars[-1].start


async def test_a_market_order_fills_and_moves_the_position(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    account = trader.desk.link.account
    held = trader.desk.position(account, apple.con_id)
    before = held.quantity if held else Decimal(0)
    order_ref = sent(trader.connector.submit(order_for(apple)))
    await trader.sees(lambda desk: desk.order(order_ref).state is OrderState.FILLED)
    await trader.sees(
        lambda desk: (now := desk.position(account, apple.con_id)) and now.quantity == before + 10
    )
    fills = [fill for fill in trader.desk.executions() if fill.order_ref == order_ref]
    assert sum(fill.quantity for fill in fills) == 10
    await trader.sees(
        lambda desk: all(fill.commission for fill in desk.executions() if fill.order_ref == order_ref)
    )


async def test_a_resting_order_works_is_modified_and_cancelled(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    details = trader.desk.details(apple.con_id)
    far = details.round_to_tick(trader.desk.quote(apple.con_id).bid * 0.97)
    spec = order_for(apple, order_type=OrderType.LMT, limit_price=far)
    order_ref = sent(trader.connector.submit(spec))
    await trader.sees(lambda desk: desk.order(order_ref).state is OrderState.WORKING)
    lower = details.next_tick(far, -5)
    sent(trader.connector.modify(order_ref, replace(spec, limit_price=lower)))
    await trader.sees(lambda desk: desk.order(order_ref).spec.limit_price == lower)
    assert trader.connector.cancel(order_ref) is None
    await trader.sees(lambda desk: desk.order(order_ref).state is OrderState.CANCELLED)
    assert trader.desk.order(order_ref).filled == 0


async def test_a_second_program_sees_the_order_but_may_not_touch_it(traders, simulator) -> None:
    first, second = traders(), traders()
    for trader, client_id in ((first, 1), (second, 2)):
        await trader.connector.start()
        await trader.is_ready(simulator.port, client_id)
    apple = await first.watches("AAPL")
    far = first.desk.details(apple.con_id).round_to_tick(first.desk.quote(apple.con_id).bid * 0.97)
    order_ref = sent(first.connector.submit(order_for(apple, order_type=OrderType.LMT, limit_price=far)))
    await first.sees(lambda desk: desk.order(order_ref).state is OrderState.WORKING)
    second.connector.disconnect()
    await second.is_ready(simulator.port, 2)
    await second.sees(lambda desk: any(not order.own for order in desk.orders()))
    (foreign,) = [order for order in second.desk.orders() if not order.own]
    assert foreign.spec.limit_price == far
    assert second.connector.cancel(foreign.order_ref) is not None


async def test_what_happened_before_is_read_back_after_a_reconnect(traders, simulator) -> None:
    first = traders()
    await first.connector.start()
    await first.is_ready(simulator.port)
    apple = await first.watches("AAPL")
    order_ref = sent(first.connector.submit(order_for(apple)))
    await first.hears(CommissionReported)
    await first.sees(lambda desk: desk.order(order_ref).state is OrderState.FILLED)
    await first.connector.close()
    second = traders()
    await second.connector.start()
    await second.is_ready(simulator.port)
    fills = [fill for fill in second.desk.executions() if fill.order_ref == order_ref]
    assert sum(fill.quantity for fill in fills) == 10
    assert second.desk.order(order_ref).state is OrderState.FILLED
