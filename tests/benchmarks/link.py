"""The real client over a real socket to the simulator as a process of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from time import perf_counter

from core.api import Simulator, assemble, open_journal, start_simulator, stop_simulator
from core.connector import Connector
from core.domain.contract import Contract, ContractQuery
from core.domain.limits import Threshold
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.requests import PlaceOrder
from core.settings import Settings, load


class NoJournal:
    """Remembers nothing, at once: what is left is the desk, the gate and the socket."""

    def commit(self, kind: str, subject: str, fields: object) -> None: ...

    def record(self, kind: str, subject: str, fields: object) -> None: ...

    def highest_order_id(self, client_id: int) -> int:
        return 0

    def close(self) -> None: ...


FREE = Threshold(None, None)
ORDERS = 60


def connect_to_ready() -> list[float]:
    async def measure(simulator: Simulator) -> list[float]:
        return [await _once_ready(simulator) for _ in range(9)]

    return asyncio.run(_with_simulator(measure))


def submit_without_journal() -> list[float]:
    return asyncio.run(_with_simulator(lambda simulator: _orders(simulator, None)))


def submit_with_journal() -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        return asyncio.run(_with_simulator(lambda simulator: _orders(simulator, path)))


async def _with_simulator(work: Callable[[Simulator], Awaitable[list[float]]]) -> list[float]:
    simulator = await start_simulator(seed=1)
    try:
        return await work(simulator)
    finally:
        stop_simulator(simulator.process)


async def _once_ready(simulator: Simulator) -> float:
    connector = assemble(_settings(), journal=NoJournal())  # type: ignore[arg-type]
    await connector.start()
    began = perf_counter()
    await _ready(connector, simulator)
    taken = (perf_counter() - began) * 1e3
    await connector.close()
    return taken


async def _ready(connector: Connector, simulator: Simulator) -> None:
    link = connector.desk.link
    connector.connect(simulator.host, simulator.port, link.client_id, "simulator", "simulator")
    while not connector.desk.link.is_ready:
        await connector.expect(lambda event: event, 10.0)


async def _orders(simulator: Simulator, journal_path: Path | None) -> list[float]:
    """The socket takes what is written at once, so when `submit` returns the bytes are in the kernel."""
    settings = _settings()
    journal = open_journal(settings, journal_path) if journal_path else NoJournal()
    connector = assemble(settings, journal=journal)  # type: ignore[arg-type]
    await connector.start()
    try:
        await _ready(connector, simulator)
        contract = await _quoted(connector)
        return [await _submitted(connector, contract, number) for number in range(ORDERS)]
    finally:
        await connector.close()
        journal.close()


async def _quoted(connector: Connector) -> Contract:
    connector.find(ContractQuery("AAPL"))
    desk = connector.desk
    while (contract := desk.contract(265598)) is None:
        await connector.expect(lambda event: event, 10.0)
    connector.watch(contract, "bench")
    while (quote := desk.quote(265598)) is None or quote.mid is None:
        await connector.expect(lambda event: event, 10.0)
    return contract


async def _submitted(connector: Connector, contract: Contract, number: int) -> float:
    quote = connector.desk.quote(265598)
    assert quote is not None
    assert quote.bid is not None
    limit = Decimal(str(round(quote.bid * 0.99, 2)))
    spec = OrderSpec(contract, Side.BUY, Decimal(1), OrderType.LMT, limit_price=limit)
    began = perf_counter()
    placed = connector.submit(spec)
    taken = (perf_counter() - began) * 1e3
    assert isinstance(placed, PlaceOrder), placed
    await asyncio.sleep(0.05)
    connector.cancel(placed.order_ref)
    await asyncio.sleep(0.05)
    return taken


def _settings() -> Settings:
    """The shipped settings without the limits that a hundred orders a minute would meet."""
    settings = load(env={}, user_folder=Path(tempfile.gettempdir()) / "ibdesk-no-settings")
    limits = replace(settings.limits, orders_per_10_s=FREE, duplicate_s=FREE, working_per_side=FREE)
    return replace(settings, limits=limits)
