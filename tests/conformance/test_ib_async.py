"""The unmodified ib_async client takes the simulated gateway, with its real market, for TWS."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import ib_async
import pytest

from core.simulator.server import SimulatedGateway

pytestmark = pytest.mark.timeout(60)

AAPL = ib_async.Stock("AAPL", "SMART", "USD")


async def until(holds: Callable[[], bool], timeout_s: float = 15.0) -> None:
    """Wait until `holds`, looking again whenever the loop comes round."""
    async with asyncio.timeout(timeout_s):
        while not holds():
            await asyncio.sleep(0.005)


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(seed=1) as running:
        yield running


@pytest.fixture
async def ib(gateway: SimulatedGateway, caplog: pytest.LogCaptureFixture) -> AsyncIterator[ib_async.IB]:
    """A connected client; afterwards its decoder must not have complained of anything."""
    client = ib_async.IB()
    client.RaiseRequestErrors = True
    with caplog.at_level(logging.INFO, "ib_async"):
        await client.connectAsync("127.0.0.1", gateway.port, clientId=7, timeout=10)
        await client.qualifyContractsAsync(AAPL)
        yield client
        client.disconnect()
        await asyncio.sleep(0)
    complaints = [r.getMessage() for r in caplog.records if r.exc_info or r.name == "ib_async.Decoder"]
    assert complaints == []


async def test_it_connects_and_is_synchronised(ib: ib_async.IB) -> None:
    assert ib.client.serverVersion() == 178
    assert ib.managedAccounts() == ["DU1234567"]
    assert {value.tag for value in ib.accountValues()} >= {"NetLiquidation", "BuyingPower", "MaintMarginReq"}


async def test_contracts_are_described(ib: ib_async.IB) -> None:
    (details,) = await ib.reqContractDetailsAsync(AAPL)
    assert details.contract is not None
    assert details.contract.conId == 265598
    assert details.minTick == 0.01
    assert {"SMART", "NASDAQ"} <= set(details.validExchanges.split(","))
    samples = await ib.reqMatchingSymbolsAsync("AAPL")
    assert samples is not None
    assert "AAPL" in [sample.contract.symbol for sample in samples if sample.contract]
    chains = await ib.reqSecDefOptParamsAsync("AAPL", "", "STK", 265598)
    assert chains[0].expirations
    assert chains[0].strikes


async def test_an_unknown_contract_is_error_200(ib: ib_async.IB) -> None:
    with pytest.raises(ib_async.RequestError) as caught:
        await ib.reqContractDetailsAsync(ib_async.Stock("NOSUCH", "SMART", "USD"))
    assert caught.value.code == 200


async def test_quotes_stream(ib: ib_async.IB) -> None:
    ticker = ib.reqMktData(AAPL, "233")
    await until(lambda: ticker.bid > 0 and ticker.ask > ticker.bid and ticker.last > 0)
    assert ticker.marketDataType == 1
    seen = len(ticker.ticks), ticker.time
    await until(lambda: ticker.time != seen[1])
    ib.cancelMktData(AAPL)


async def test_a_snapshot_ends(ib: ib_async.IB) -> None:
    (ticker,) = await ib.reqTickersAsync(AAPL)
    assert ticker.bid > 0


async def test_an_option_has_greeks(ib: ib_async.IB) -> None:
    (chain, *_) = await ib.reqSecDefOptParamsAsync("AAPL", "", "STK", 265598)
    (stock,) = await ib.reqTickersAsync(AAPL)
    strike = min(chain.strikes, key=lambda k: abs(k - stock.last))
    option = ib_async.Option("AAPL", chain.expirations[1], strike, "C", "SMART")
    await ib.qualifyContractsAsync(option)
    ticker = ib.reqMktData(option)
    await until(lambda: ticker.modelGreeks is not None and ticker.bidGreeks is not None)
    assert ticker.modelGreeks is not None
    assert 0 < ticker.modelGreeks.impliedVol < 3
    assert 0.1 < ticker.modelGreeks.delta < 0.9


async def test_history_leads_into_the_present(ib: ib_async.IB) -> None:
    bars = await ib.reqHistoricalDataAsync(AAPL, "", "1 D", "5 mins", "TRADES", False)
    assert len(bars) > 20
    assert all(bar.low <= min(bar.open, bar.close) <= bar.high for bar in bars)
    (ticker,) = await ib.reqTickersAsync(AAPL)
    assert bars[-1].close == pytest.approx(ticker.last, rel=0.01)
    days = await ib.reqHistoricalDataAsync(AAPL, "", "10 D", "1 day", "TRADES", True, formatDate=2)
    assert len(days) >= 9


async def test_bars_are_kept_up_to_date(ib: ib_async.IB) -> None:
    bars = await ib.reqHistoricalDataAsync(AAPL, "", "1800 S", "5 secs", "TRADES", False, keepUpToDate=True)
    updates: list[bool] = []
    bars.updateEvent += lambda _bars, has_new: updates.append(has_new)
    await until(lambda: len(updates) > 1)
    ib.cancelHistoricalData(bars)


async def test_history_that_there_is_none_of_is_162(ib: ib_async.IB) -> None:
    euro = ib_async.Forex("EURUSD")
    with pytest.raises(ib_async.RequestError, match="162"):
        await ib.reqHistoricalDataAsync(euro, "", "1 D", "1 min", "TRADES", False)


async def test_history_in_bars_that_do_not_exist_is_321(ib: ib_async.IB) -> None:
    codes: list[int] = []
    ib.errorEvent += lambda _req_id, code, *_: codes.append(code)
    # ib_async takes 321 for a warning and would wait for ever.
    ib.client.reqHistoricalData(9001, AAPL, "", "1 D", "7 mins", "TRADES", False, 1, False, [])
    await until(lambda: 321 in codes)


async def test_depth_and_the_tape_arrive(ib: ib_async.IB) -> None:
    book = ib.reqMktDepth(AAPL, 5)
    tape = ib.reqTickByTickData(AAPL, "BidAsk")
    await until(lambda: len(book.domBids) == 5 and len(book.domAsks) == 5 and bool(tape.tickByTicks))
    assert book.domBids[0].price < book.domAsks[0].price
    ib.cancelMktDepth(AAPL)
    ib.cancelTickByTickData(AAPL, "BidAsk")


async def test_a_market_order_is_filled_and_booked(ib: ib_async.IB) -> None:
    before = {p.contract.conId: p.position for p in ib.positions()}.get(265598, 0.0)
    trade = ib.placeOrder(AAPL, ib_async.MarketOrder("BUY", 100))
    await until(trade.isDone)
    assert trade.orderStatus.status == "Filled"
    assert sum(fill.execution.shares for fill in trade.fills) == 100
    await until(lambda: all(fill.commissionReport.execId for fill in trade.fills))
    await until(
        lambda: any(p.contract.conId == 265598 and p.position == before + 100 for p in ib.positions())
    )
    await until(lambda: any(item.contract.conId == 265598 for item in ib.portfolio()))
    assert {fill.execution.orderId for fill in await ib.reqExecutionsAsync()} >= {trade.order.orderId}
    done = await ib.reqCompletedOrdersAsync(False)
    assert trade.order.permId in [found.order.permId for found in done]


async def test_a_resting_order_is_changed_and_cancelled(ib: ib_async.IB) -> None:
    (ticker,) = await ib.reqTickersAsync(AAPL)
    order = ib_async.LimitOrder("BUY", 10, round(ticker.bid * 0.9, 2), tif="GTC", outsideRth=True)
    trade = ib.placeOrder(AAPL, order)
    await until(lambda: trade.orderStatus.status == "Submitted")
    order.lmtPrice = round(ticker.bid * 0.89, 2)
    ib.placeOrder(AAPL, order)
    await ib.reqAllOpenOrdersAsync()
    await until(lambda: ib.openTrades() == [trade])
    ib.cancelOrder(order)
    await until(trade.isDone)
    assert trade.orderStatus.status == "Cancelled"


async def test_a_what_if_previews_margin_and_commission(ib: ib_async.IB) -> None:
    state = await asyncio.wait_for(ib.whatIfOrderAsync(AAPL, ib_async.MarketOrder("BUY", 100)), 10)
    assert float(state.initMarginChange) != 0
    assert 0 < state.commission < 100
    assert ib.openTrades() == []


async def test_the_account_is_summed_up(ib: ib_async.IB) -> None:
    values = {value.tag: value.value for value in await ib.accountSummaryAsync()}
    assert float(values["NetLiquidation"]) > 0
    assert float(values["BuyingPower"]) > 0


async def test_profit_and_loss_is_numbers(ib: ib_async.IB) -> None:
    trade = ib.placeOrder(AAPL, ib_async.MarketOrder("BUY", 100))
    await until(trade.isDone)
    whole, single = ib.reqPnL("DU1234567"), ib.reqPnLSingle("DU1234567", "", 265598)
    await until(lambda: whole.dailyPnL == whole.dailyPnL and single.value == single.value)
    assert abs(whole.unrealizedPnL) < 1e12
    assert single.position != 0


async def test_the_clock_and_small_questions_are_answered(ib: ib_async.IB) -> None:
    assert (await ib.reqCurrentTimeAsync()).year >= 2025
    assert await ib.reqMktDepthExchangesAsync()
    assert await ib.reqNewsProvidersAsync()
    assert await ib.reqSmartComponentsAsync("9c0001")
    assert await ib.reqHeadTimeStampAsync(AAPL, "TRADES", False, 1)
    assert not await ib.reqUserInfoAsync()


async def test_a_combination_is_traded_leg_by_leg(ib: ib_async.IB) -> None:
    (chain, *_) = await ib.reqSecDefOptParamsAsync("AAPL", "", "STK", 265598)
    (stock,) = await ib.reqTickersAsync(AAPL)
    low, high = sorted(sorted(chain.strikes, key=lambda k: abs(k - stock.last))[:2])
    legs = [
        ib_async.Option("AAPL", chain.expirations[2], strike, "C", "SMART", currency="USD")
        for strike in (low, high)
    ]
    await ib.qualifyContractsAsync(*legs)
    spread = ib_async.Bag(
        symbol="AAPL",
        exchange="SMART",
        currency="USD",
        comboLegs=[
            ib_async.ComboLeg(conId=leg.conId, ratio=1, action=action, exchange="SMART")
            for leg, action in zip(legs, ("BUY", "SELL"), strict=True)
        ],
    )
    trade = ib.placeOrder(spread, ib_async.LimitOrder("BUY", 1, round(high - low, 2)))
    await until(trade.isDone)
    assert trade.orderStatus.status == "Filled"
    assert {fill.contract.secType for fill in trade.fills} == {"BAG", "OPT"}
    await until(lambda: {leg.conId for leg in legs} <= {held.contract.conId for held in ib.positions()})
