"""What IB told once, while nobody can be asked: over real TCP, with the gateway gone and come back."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.cache import Cache
from core.connector import Connector, SteadyClock
from core.desk import Desk
from core.domain.contract import Contract, ContractQuery
from core.domain.events import BarsReported, ContractsReported
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.quote import BarKey
from core.simulator.server import SimulatedGateway
from core.tws.gateway import TwsGateway
from tests.conversations.conftest import Trader

QUERY = ContractQuery("AAPL")

Start = Callable[..., Trader]


@pytest.fixture
async def starts(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a desk with the one cache there is, as a new process would."""
    made: list[Connector] = []

    async def start(kind: str = "simulator") -> Trader:
        clock = SteadyClock()
        desk = Desk(
            LinkSettings(kind=kind, profile="simulator" if kind == "simulator" else "tws-paper"),
            RiskLimits(),
            Permissions(),
            now_s=clock(),
            new_ref=lambda: f"ref-{time.monotonic_ns()}",
            jitter=lambda: 0.5,
        )
        connector = Connector(desk, TwsGateway, None, clock, Cache(tmp_path / "cache.sqlite"))
        made.append(connector)
        await connector.start()
        return Trader(connector)

    yield start
    for connector in made:
        await connector.close()


async def loaded(
    trader: Trader, simulator: SimulatedGateway, *, live: bool = False
) -> tuple[Contract, BarKey]:
    await trader.is_ready(simulator.port)
    contract = await trader.finds(QUERY)
    key = BarKey(contract.con_id, "1 min")
    trader.connector.load_bars(key, contract, "1 D", live)
    await trader.hears(BarsReported)
    return contract, key


async def test_a_chart_opened_at_a_start_without_a_gateway_shows_what_was_told_and_since_when(
    simulator: SimulatedGateway, starts: Start
) -> None:
    first = await starts()
    contract, key = await loaded(first, simulator)
    told = len(first.desk.bars(key))
    assert first.desk.bars_as_of_s(key) is None
    before_s = first.connector.now_s()
    await first.connector.close()

    second = await starts()
    second.connector.load_bars(key, contract, "1 D", True)
    assert len(second.desk.bars(key)) == told
    as_of_s = second.desk.bars_as_of_s(key)
    assert as_of_s is not None
    assert before_s - 60 < as_of_s <= before_s
    assert not second.desk.link.is_ready


async def test_when_the_gateway_comes_the_whole_series_is_asked_for_and_the_mark_goes(
    simulator: SimulatedGateway, starts: Start
) -> None:
    first = await starts()
    contract, key = await loaded(first, simulator)
    await first.connector.close()
    second = await starts()
    second.connector.load_bars(key, contract, "1 D", True)
    second.connect(simulator.port)
    fresh = await second.hears(BarsReported, lambda event: event.cached_at_s is None)
    assert second.desk.bars_as_of_s(key) is None
    starts_s = list(second.desk.bars(key).start)
    assert starts_s == sorted(set(starts_s))
    assert starts_s[-len(fresh.bars) :] == [bar.start.timestamp() for bar in fresh.bars]


async def test_a_contract_is_known_without_a_gateway_and_asked_for_anew_when_there_is_one(
    simulator: SimulatedGateway, starts: Start
) -> None:
    first = await starts()
    contract, _ = await loaded(first, simulator)
    details = first.desk.details(contract.con_id)
    await first.connector.close()
    second = await starts()
    second.connector.find(QUERY)
    assert second.desk.details(contract.con_id) == details
    second.connect(simulator.port)
    anew = await second.hears(ContractsReported)
    assert anew.cached_at_s is None
    assert anew.details[0].contract.con_id == contract.con_id


async def test_prices_of_the_simulator_are_never_shown_for_ibs(
    simulator: SimulatedGateway, starts: Start
) -> None:
    first = await starts()
    contract, key = await loaded(first, simulator)
    await first.connector.close()
    paper = await starts("paper")
    paper.connector.load_bars(key, contract, "1 D", True)
    paper.connector.find(QUERY)
    assert paper.desk.bars(key) is None
    assert paper.desk.details(contract.con_id) is None


async def test_what_the_gateway_told_in_this_session_is_not_overlaid_from_the_cache(
    simulator: SimulatedGateway, starts: Start
) -> None:
    trader = await starts()
    contract, key = await loaded(trader, simulator, live=True)
    await simulator.stop()
    await trader.sees(lambda desk: desk.link.state == "waiting")
    held = list(trader.desk.bars(key).close)
    trader.connector.load_bars(key, contract, "1 D", True)
    assert trader.desk.bars_as_of_s(key) is None
    assert list(trader.desk.bars(key).close) == held
