"""Connections that fail, break and heal: named, told at once, and recovered without help."""

from __future__ import annotations

import asyncio
import socket

import pytest

from core.domain.events import ConnectFailed, LinkLost
from core.domain.link import LinkFault
from core.simulator.server import SimulatedGateway
from core.spawn import spawn

pytestmark = pytest.mark.timeout(60)


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
