"""How soon a broken link is noticed, and how soon it is whole again. The settings are the shipped ones unless it says so."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter

from core.api import start_simulator, stop_simulator
from core.connector import Connector, SteadyClock
from core.desk import Desk
from core.domain.contract import Contract, ContractQuery
from core.domain.limits import LinkSettings, Permissions, RiskLimits, Threshold
from core.domain.link import Socket
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.requests import PlaceOrder
from core.simulator.pacing import Limits
from core.simulator.server import SimulatedGateway
from core.soak.loop import VirtualLoop
from core.tws.gateway import TwsGateway
from tests.conversations.relay import Relay

RUNS = 100
AT_ONCE = 25
"""Desks at one gateway process: it takes 32."""
RETURNS = 200
CATALOGUE = Path(__file__).parents[2] / "resources" / "catalogue.csv"
HASTE = {"backoff_first_s": 0.01, "backoff_most_s": 0.02, "breaker_failures": 100_000}
"""For runs that need the link back, where it is not the return that is measured."""
FREE = Threshold(None, None)
LIMITS = replace(RiskLimits(), orders_per_10_s=FREE, duplicate_s=FREE, working_per_side=FREE)
VIRTUAL_PORT = 45_001


def connector(seed: int = 0, clock: Callable[[], float] | None = None, **link: float) -> Connector:
    refs, chance, clock = count(), Random(seed), clock or SteadyClock()
    desk = Desk(
        LinkSettings(kind="simulator", **link),  # type: ignore[arg-type]
        LIMITS,
        Permissions(),
        now_s=clock(),
        new_ref=lambda: f"bench{seed}-{next(refs)}",
        jitter=chance.random,
    )
    return Connector(desk, TwsGateway, None, clock)


async def until(held: Connector, what: Callable[[Desk], object], deadline_s: float = 60.0) -> None:
    if not what(held.desk):
        await held.expect(lambda _: what(held.desk) or None, deadline_s)


async def ready(held: Connector, port: int, client_id: int = 1) -> None:
    held.connect("127.0.0.1", port, client_id, "simulator", "simulator")
    await until(held, lambda desk: desk.link.is_ready)


# --- noticed -------------------------------------------------------------------------------------------


def reset_noticed() -> list[float]:
    return asyncio.run(_ended(Relay.reset))


def end_noticed() -> list[float]:
    return asyncio.run(_ended(Relay.finish))


async def _ended(end: Callable[[Relay], None]) -> list[float]:
    """Milliseconds from RST or FIN leaving the other side to the desk's knowing."""
    simulator = await start_simulator(seed=1)
    held, samples = connector(**HASTE), []
    try:
        async with Relay(simulator.port) as relay:
            await held.start()
            await ready(held, relay.at)
            for _ in range(RUNS):
                await until(held, lambda desk: desk.link.is_ready)
                began = perf_counter()
                end(relay)
                await until(held, lambda desk: not desk.link.is_ready)
                samples.append((perf_counter() - began) * 1e3)
            await held.close()
    finally:
        stop_simulator(simulator.process)
    return samples


def stop_noticed() -> list[float]:
    """Seconds from SIGSTOP of the gateway's process to the desk's knowing, many desks at once."""
    return [taken for round_ in range(RUNS // AT_ONCE) for taken in asyncio.run(_stopped(round_))]


async def _stopped(seed: int) -> list[float]:
    simulator = await start_simulator(seed=1)
    desks = [connector(seed=number) for number in range(AT_ONCE)]
    chance = Random(seed)
    try:
        for number, held in enumerate(desks, 1):
            await held.start()
            await ready(held, simulator.port, number)
            await asyncio.sleep(2 * chance.random() / AT_ONCE)  # the beats of all must not fall together
        os.kill(simulator.process.pid, signal.SIGSTOP)
        began = perf_counter()

        async def noticed(held: Connector) -> float:
            await until(held, lambda desk: desk.link.socket is not Socket.UP)
            return perf_counter() - began

        samples = await asyncio.gather(*map(noticed, desks))
        for held in desks:
            await held.close()
        return list(samples)
    finally:
        os.kill(simulator.process.pid, signal.SIGCONT)
        stop_simulator(simulator.process)


# --- whole again ---------------------------------------------------------------------------------------


def back_after_a_blip() -> list[float]:
    """Seconds from the gateway's return to trading-ready, after it was away for up to five seconds."""
    return _returns_of(0.2, 5.0)


def back_after_a_restart() -> list[float]:
    """The same, after half a minute to five minutes."""
    return _returns_of(30.0, 300.0)


def _returns_of(least_s: float, most_s: float) -> list[float]:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_returns(loop, least_s, most_s))
    finally:
        loop.close()


async def _returns(loop: VirtualLoop, least_s: float, most_s: float) -> list[float]:
    """On a clock that leaps, with the network in memory: the waiting is the shipped one, and costs nothing."""
    start_s, chance, samples = 1_794_841_200.0, Random(7), []

    def clock() -> float:
        return start_s + loop.time()

    for number in range(RETURNS):
        held = connector(seed=number, clock=clock)
        await held.start()
        async with SimulatedGateway(port=VIRTUAL_PORT, seed=7, clock=clock):
            await ready(held, VIRTUAL_PORT)
        await asyncio.sleep(chance.uniform(least_s, most_s))
        async with SimulatedGateway(port=VIRTUAL_PORT, seed=7, clock=clock):
            began_s = loop.time()
            await until(held, lambda desk: desk.link.is_ready, 600.0)
            samples.append(loop.time() - began_s)
            await held.close()
    return samples


# --- with contracts ------------------------------------------------------------------------------------


def ready_with(contracts: int, delay_s: float, *, flowing: bool = False) -> Callable[[], list[float]]:
    """Milliseconds from Connect to trading-ready, or with `flowing` to a quote on every line."""
    return lambda: asyncio.run(_ready_with(contracts, delay_s, flowing))


async def _ready_with(contracts: int, delay_s: float, flowing: bool) -> list[float]:
    samples = []
    async with _watching(contracts) as (held, gateway, watched):
        gateway.hub.faults.switch_on("delay", amount=delay_s)
        wanted = [contract.con_id for contract in watched]
        for _ in range(7):
            held.disconnect()
            await asyncio.sleep(1.2)  # the second in which IB counts messages is over
            began = perf_counter()
            await ready(held, gateway.port)
            if flowing:
                await until(held, lambda desk: all(_fresh(desk, con_id) for con_id in wanted))
            samples.append((perf_counter() - began) * 1e3)
    return samples


def _fresh(desk: Desk, con_id: int) -> bool:
    quote = desk.quote(con_id)
    return quote is not None and quote.lost_at_s is None


@asynccontextmanager
async def _watching(contracts: int) -> AsyncIterator[tuple[Connector, SimulatedGateway, list[Contract]]]:
    """A desk that watches so many contracts of a gateway in this process."""
    with CATALOGUE.open() as file:
        rows = [row for row in csv.DictReader(file) if row["sec_type"] in ("STK", "ETF")]
    unpaced = Limits(messages_a_second=None)
    async with SimulatedGateway(seed=1, limits=unpaced) as gateway:
        held = connector(messages_per_s=40.0)
        await held.start()
        await ready(held, gateway.port)
        found: list[Contract] = []
        for row in rows[:contracts]:
            held.find(ContractQuery(con_id=int(row["con_id"])))
        for row in rows[:contracts]:
            con_id = int(row["con_id"])
            await until(held, lambda desk, con_id=con_id: desk.contract(con_id))  # type: ignore[misc]
            contract = held.desk.contract(con_id)
            assert contract is not None
            held.watch(contract, "bench")
            found.append(contract)
        await until(held, lambda desk: not desk.pacing.queued)
        yield held, gateway, found
        await held.close()


# --- the order lane and the ticks ----------------------------------------------------------------------


def order_behind_requests() -> list[float]:
    """Milliseconds from `submit` to the gateway's reading of the order, behind 500 queued requests."""
    return asyncio.run(_behind())


async def _behind() -> list[float]:
    samples = []
    async with _watching(1) as (held, gateway, watched):
        (contract,) = watched
        await until(held, lambda desk: (quote := desk.quote(contract.con_id)) and quote.bid)
        read = asyncio.Event()
        for _ in range(20):
            (session,) = gateway.hub.sessions
            session.on_message = lambda fields: read.set() if fields[0] == "3" else None
            for number in range(500):
                held.find(ContractQuery(con_id=10_000_000 + number))
            assert held.desk.pacing.queued > 400
            quote = held.desk.quote(contract.con_id)
            assert quote is not None
            assert quote.bid is not None
            limit = held.desk.details(contract.con_id).round_to_tick(quote.bid * 0.98)  # type: ignore[union-attr]
            spec = OrderSpec(contract, Side.BUY, Decimal(1), OrderType.LMT, limit_price=limit)
            began = perf_counter()
            placed = held.submit(spec)
            assert isinstance(placed, PlaceOrder), placed
            await read.wait()
            samples.append((perf_counter() - began) * 1e3)
            read.clear()
            held.disconnect()  # five hundred requests would take their twelve seconds
            await ready(held, gateway.port)
            await until(held, lambda desk: (quote := desk.quote(contract.con_id)) and quote.lost_at_s is None)
    return samples


def tick_ingested() -> list[float]:
    """Microseconds a tick from a packet's bytes to the desk's quote: framing, decoding, callback, step."""
    return asyncio.run(_ingested())


async def _ingested() -> list[float]:
    samples = []
    async with _watching(1) as (held, gateway, watched):
        gateway.hub.farm_down = True
        (contract,) = watched
        session = held._gateway._session  # type: ignore[union-attr]
        req_id = session._client._callbacks._books.quotes._req_ids[contract.con_id]
        packets = [_packet(req_id, number) for number in range(500)]
        for _ in range(100):
            began = perf_counter()
            for packet in packets:
                session._client._onSocketHasData(packet)
            samples.append((perf_counter() - began) / len(packets) * 1e6)
            held.take_changes()
    return samples


def _packet(req_id: int, number: int) -> bytes:
    body = f"1\x006\x00{req_id}\x001\x00{150 + number / 100}\x00{number}\x000\x00".encode()
    return len(body).to_bytes(4) + body
