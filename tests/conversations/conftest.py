"""The desk, the connector, real ib_async and the simulated gateway, over real TCP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import TypeVar

import pytest

from core.connector import Connector, SteadyClock
from core.desk import Desk
from core.domain.contract import Contract, ContractQuery
from core.domain.events import ContractsReported, Event, QuotesReported
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.simulator.server import SimulatedGateway
from core.tws.gateway import TwsGateway

E = TypeVar("E", bound=Event)
DEADLINE_S = 10.0


class Trader:
    """Says what a trader would say, and waits for what a trader would look for."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.desk = connector.desk

    def connect(self, port: int, client_id: int = 1) -> None:
        self.connector.connect("127.0.0.1", port, client_id, "simulator", "simulator")

    async def sees(self, what: Callable[[Desk], object]) -> None:
        """Wait until the desk shows it."""
        if what(self.desk):
            return
        try:
            await self.connector.expect(lambda _: what(self.desk) or None, DEADLINE_S)
        except TimeoutError:
            raise AssertionError(
                f"never seen; link: {self.desk.link}, orders: {self.desk.orders()}"
            ) from None

    async def hears(self, kind: type[E], which: Callable[[E], bool] = lambda _: True) -> E:
        """Wait for the next fact of this kind."""
        return await self.connector.expect(
            lambda event: event if isinstance(event, kind) and which(event) else None, DEADLINE_S
        )

    async def is_ready(self, port: int, client_id: int = 1) -> None:
        self.connect(port, client_id)
        await self.sees(lambda desk: desk.link.is_ready)

    async def finds(self, query: ContractQuery) -> Contract:
        self.connector.find(query)
        answer = await self.hears(ContractsReported, lambda event: event.query == query)
        return answer.details[0].contract

    async def watches(self, symbol: str) -> Contract:
        """Find a stock and wait for its first two-sided quote."""
        contract = await self.finds(ContractQuery(symbol))
        self.connector.watch(contract, "trader")
        await self.sees(lambda desk: (quote := desk.quote(contract.con_id)) and quote.mid)
        return contract

    async def next_quote(self, con_id: int) -> None:
        await self.hears(QuotesReported, lambda event: any(quote.con_id == con_id for quote in event.quotes))


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(seed=7, speed=20.0) as gateway:
        yield gateway


@pytest.fixture
async def traders() -> AsyncIterator[Callable[..., Trader]]:
    """Makes as many traders, each with a desk of their own, as a test needs."""
    made: list[Connector] = []
    clock = SteadyClock()

    def make(**link: float) -> Trader:
        refs = count()
        number = len(made)
        desk = Desk(
            LinkSettings(kind="simulator", **link),
            RiskLimits(),
            Permissions(),
            now_s=clock(),
            new_ref=lambda: f"trader{number}-{next(refs)}",
            jitter=lambda: 0.5,
        )
        connector = Connector(desk, TwsGateway, None, clock)
        made.append(connector)
        return Trader(connector)

    yield make
    for connector in made:
        await connector.close()


@pytest.fixture
async def trader(traders: Callable[..., Trader]) -> Trader:
    alone = traders()
    await alone.connector.start()
    return alone
