"""Connections that fail, break and heal: named, told at once, and recovered without help."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from core.domain.events import ConnectFailed, LinkLost, MessageReported, SnapshotCompleted
from core.domain.link import Broker, LinkFault, Socket
from core.simulator.faults import LOST, RESTORED_DATA_LOST
from core.simulator.server import SimulatedGateway
from core.spawn import spawn

pytestmark = pytest.mark.timeout(60)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@pytest.fixture
async def service() -> AsyncIterator[Callable[[bytes], object]]:
    """Listens, says the bytes given to everyone who comes, and nothing after."""
    servers: list[asyncio.Server] = []
    clients: list[asyncio.StreamWriter] = []

    async def listen(says: bytes) -> int:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            clients.append(writer)
            writer.write(says)

        servers.append(await asyncio.start_server(serve, "127.0.0.1", 0))
        return int(servers[-1].sockets[0].getsockname()[1])

    yield listen
    for writer in clients:
        writer.transport.abort()
    for server in servers:
        server.close()
        await server.wait_closed()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_the_wrong_port_is_refused_and_tried_again(trader) -> None:
    trader.connect(free_port())
    await trader.hears(ConnectFailed)
    assert trader.desk.link.fault is LinkFault.REFUSED
    assert trader.desk.link.retry_at_s is not None
    assert trader.desk.link.words


async def test_a_service_that_says_nothing_is_mute(traders, service) -> None:
    trader = traders(connect_deadline_s=0.3)
    await trader.connector.start()
    trader.connect(await service(b""))
    await trader.hears(ConnectFailed)
    assert trader.desk.link.fault is LinkFault.MUTE


async def test_a_service_that_is_not_tws_is_named_so(trader, service) -> None:
    trader.connect(await service(b"SSH-2.0-OpenSSH_9.9\r\n"))
    await trader.hears(ConnectFailed)
    assert trader.desk.link.fault is LinkFault.NOT_TWS


async def test_a_second_program_with_our_client_id_is_refused_at_once(traders, simulator) -> None:
    first, second = traders(), traders()
    await first.connector.start()
    await second.connector.start()
    await first.is_ready(simulator.port)
    second.connect(simulator.port)
    await second.hears(ConnectFailed)
    assert second.desk.link.fault is LinkFault.CLIENT_ID_IN_USE
    assert first.desk.link.is_ready


async def test_a_killed_gateway_is_told_and_its_return_heals_everything(trader) -> None:
    async with SimulatedGateway(seed=7, speed=20.0) as gateway:
        port = gateway.port
        await trader.is_ready(port)
        apple = await trader.watches("AAPL")
        lost = spawn(trader.hears(LinkLost), "waiting for the end")
        await asyncio.sleep(0)
    assert (await lost).fault is LinkFault.CLOSED
    assert not trader.desk.link.is_ready
    assert trader.desk.quote(apple.con_id).lost_at_s is not None
    async with SimulatedGateway(port=port, seed=7, speed=20.0):
        await trader.sees(lambda desk: desk.link.is_ready)
        await trader.next_quote(apple.con_id)
        assert trader.desk.quote(apple.con_id).lost_at_s is None


async def test_a_gateway_that_stops_answering_is_dropped(traders, simulator) -> None:
    trader = traders(heartbeat_s=0.2, heartbeat_deadline_s=1.0)
    await trader.connector.start()
    await trader.is_ready(simulator.port)
    simulator.hub.faults.mute(49)
    await trader.sees(lambda desk: desk.link.fault is LinkFault.STOPPED_ANSWERING)
    simulator.hub.faults.unmute(49)
    await trader.sees(lambda desk: desk.link.is_ready)


async def test_a_broker_that_is_cut_off_stops_trading_until_it_is_read_back(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    simulator.hub.broadcast(LOST)
    await trader.sees(lambda desk: desk.link.broker is Broker.DOWN)
    assert trader.desk.link.socket is Socket.UP
    assert not trader.desk.link.is_ready
    simulator.hub.broadcast(RESTORED_DATA_LOST)
    await trader.hears(MessageReported, lambda event: event.code == RESTORED_DATA_LOST)
    await trader.hears(SnapshotCompleted)
    await trader.sees(lambda desk: desk.link.is_ready)
    await trader.next_quote(apple.con_id)
