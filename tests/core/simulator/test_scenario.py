"""Scenarios: a row each, and what the margin call must do within a minute."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.simulator.exchange import Exchange
from core.simulator.scenario import SCENARIOS, scenario
from tests.core.simulator.trader import ACCOUNT, Desk

NVDA = 4815747
STARTS = (datetime(2026, 11, 22, 14, 30, 7, tzinfo=UTC), datetime(2026, 6, 3, 23, 59, 40, tzinfo=UTC))


def value(market: Exchange, key: str) -> float:
    return next(float(v) for k, v, _ in market.account_values(ACCOUNT) if k == key)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("seed", [1, 42])
def test_a_margin_call_crosses_each_level_once_within_a_minute(seed: int, start: datetime) -> None:
    start_s = start.timestamp()
    market = Exchange(seed, start_s, scenario="margin-call")
    ratios: list[float] = []
    for beat in range(4 * 100):
        market.advance(start_s + beat / 4)
        if any(order.attributes.get("liquidation") for order in market.open_orders()):
            break
        ratios.append(value(market, "ExcessLiquidity") / value(market, "MaintMarginReq"))
    assert ratios[0] > 0.30
    below_zero_s = sum(ratio < 0 for ratio in ratios) / 4
    assert below_zero_s >= 8, "alerts come before the broker does"
    for level in (0.25, 0.10, 0.05, 0.0):
        below = [ratio <= level for ratio in ratios]
        assert below == sorted(below), f"{level} is crossed more than once"
        assert 10 < below.index(True) / 4 < 60
    assert -0.3 < ratios[-1] < -0.03


def test_a_flash_crash_falls_and_comes_back_and_history_tells_it() -> None:
    start_s = STARTS[0].timestamp()
    market = Exchange(3, start_s, scenario="flash-crash")
    first = market.quote(756733).last
    assert first is not None
    market.advance(start_s + 55)
    low = market.quote(756733).last
    assert low is not None
    assert low / first == pytest.approx(0.9, abs=0.01)
    market.advance(start_s + 180)
    last = market.quote(756733).last
    assert last is not None
    assert last / first == pytest.approx(0.985, abs=0.01)
    bars = market.history(756733, None, "600 S", "1 min", "TRADES", False)
    assert min(bar.low for bar in bars) <= low
    days = market.history(756733, None, "2 D", "1 day", "TRADES", False)
    assert days[-1].low == market.quote(756733).low == min(bar.low for bar in bars)


def test_a_halted_stock_stands_still_takes_no_orders_and_comes_back_lower() -> None:
    desk = Desk(scenario="halted-stock")
    resting = desk.limit(round(desk.bid(NVDA) * 0.5, 2), con_id=NVDA)
    desk.market.watch(NVDA)
    desk.wait(22)
    before = desk.market.quote(NVDA)
    assert before.halted
    desk.wait(30)
    assert desk.market.quote(NVDA) == before
    desk.place(desk.order(NVDA))
    assert desk.codes() == [154]
    desk.cancel(resting)
    desk.wait(1)
    assert desk.known(resting).status == "Cancelled"
    desk.wait(100)
    after = desk.market.quote(NVDA)
    assert not after.halted
    assert after.last is not None
    assert before.last is not None
    assert after.last / before.last == pytest.approx(0.9 / 0.97, abs=0.02)
    order = desk.order(NVDA)
    desk.place(order)
    desk.wait(3)
    assert desk.known(order).status == "Filled"


def test_a_gap_jumps_over_the_stops() -> None:
    desk = Desk(scenario="gap-open")
    first = desk.bid(NVDA)
    stop = desk.order(NVDA, "SELL", 100, order_type="STP", aux_price=round(first * 0.97, 2))
    desk.place(stop)
    desk.wait(20)
    assert desk.known(stop).avg_fill_price < first * 0.95


def test_a_gap_waits_for_the_open_where_the_market_closes() -> None:
    start_s = datetime(2026, 11, 23, 14, 0, tzinfo=UTC).timestamp()
    market = Exchange(3, start_s, scenario="gap-open", always_open=False)
    before = market.quote(756733).last
    market.advance(start_s + 30 * 60 - 1)
    calm = market.quote(756733).last
    market.advance(start_s + 30 * 60 + 5)
    after = market.quote(756733).last
    assert before
    assert calm
    assert after
    assert calm / before == pytest.approx(1, abs=0.02)
    assert after / calm == pytest.approx(0.94, abs=0.01)


def test_illiquid_options_are_wide_and_small() -> None:
    thin, usual = (Exchange(3, STARTS[0].timestamp(), scenario=name) for name in ("illiquid-options", None))
    calls = [p.contract.con_id for p in thin.positions(ACCOUNT) if p.contract.sec_type == "OPT"]
    assert len(calls) == 2
    for con_id in calls:
        one, other = thin.quote(con_id), usual.quote(con_id)
        assert one.bid
        assert one.ask
        assert other.bid
        assert other.ask
        assert one.ask - one.bid > 4 * (other.ask - other.bid)
        assert one.bid_size <= 3


def test_a_calm_account_starts_with_a_million() -> None:
    market = Exchange(3, STARTS[0].timestamp())
    assert value(market, "NetLiquidation") == pytest.approx(1_000_000, abs=1)
    assert value(market, "Cushion") > 0.8
    positions = {p.contract.local_symbol: p for p in market.positions(ACCOUNT)}
    assert positions["AAPL"].quantity == 200
    assert positions["INTC"].quantity < 0
    assert {p.contract.sec_type for p in positions.values()} == {"STK", "FUT", "OPT"}


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_scenario_opens(name: str) -> None:
    market = Exchange(1, STARTS[0].timestamp(), scenario=name)
    assert market.positions(ACCOUNT)
    assert scenario(name).says.endswith(".")


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="margin-call"):
        scenario("boom")
