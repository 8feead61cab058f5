"""Scenarios: a row each, and what the margin call must do within a minute."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.simulator.exchange import Exchange
from core.simulator.scenario import SCENARIOS, scenario

ACCOUNT = "DU1234567"
STARTS = (datetime(2026, 11, 22, 14, 30, 7, tzinfo=UTC), datetime(2026, 6, 3, 23, 59, 40, tzinfo=UTC))


def value(market: Exchange, key: str) -> float:
    return next(float(v) for k, v, _ in market.account_values(ACCOUNT) if k == key)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("seed", [1, 42])
def test_a_margin_call_crosses_each_level_once_within_a_minute(seed: int, start: datetime) -> None:
    start_s = start.timestamp()
    market = Exchange(seed, start_s, scenario="margin-call")
    ratios = []
    for beat in range(4 * 70):
        market.advance(start_s + beat / 4)
        ratios.append(value(market, "ExcessLiquidity") / value(market, "MaintMarginReq"))
    assert ratios[0] > 0.30
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
