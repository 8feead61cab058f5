"""A network that breaks in every way there is: told in words, healed without help, and trading only when all is proven."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from core.api import start_simulator, stop_simulator
from core.domain.contract import ContractQuery
from core.domain.events import ConnectFailed, LinkLost
from core.domain.limits import LinkSettings
from core.domain.link import Breaker, LinkFault, Socket
from core.domain.order import OrderState
from core.simulator.peer import Cadence
from core.simulator.server import SimulatedGateway
from core.spawn import spawn
from tests.conversations.relay import Relay

pytestmark = pytest.mark.timeout(60)
QUICK = {"backoff_first_s": 0.05, "backoff_most_s": 0.2, "breaker_failures": 1000}
"""Outages of a moment: what is shown is the healing, not the patience."""


@pytest.fixture
async def relay(simulator: SimulatedGateway) -> AsyncIterator[Relay]:
    async with Relay(simulator.port) as between:
        yield between


async def started(traders, **link: float):
    trader = traders(**(QUICK | link))
    await trader.connector.start()
    return trader


async def heals(trader, gateway: SimulatedGateway) -> None:
    """The gateway is well again: the trader does nothing, and in the end trades on flowing quotes."""
    gateway.hub.faults.switch_off()
    await trader.sees(lambda desk: desk.link.is_ready)
    apple = await trader.watches("AAPL")
    await trader.next_quote(apple.con_id)


# --- before it is up -----------------------------------------------------------------------------------


async def test_refused_it_keeps_trying_until_somebody_listens(traders, simulator) -> None:
    trader = await started(traders)
    simulator.hub.faults.switch_on("refuse")
    trader.connect(simulator.port)
    for _ in range(3):
        await trader.hears(ConnectFailed)
        assert trader.desk.link.retry_at_s is not None
        assert not trader.desk.link.is_ready
    await heals(trader, simulator)


async def test_a_gateway_that_accepts_and_is_mute_is_named_and_tried_again(traders, simulator) -> None:
    trader = await started(traders, connect_deadline_s=0.2)
    simulator.hub.faults.switch_on("accept-and-mute")
    trader.connect(simulator.port)
    await trader.hears(ConnectFailed)
    assert trader.desk.link.fault is LinkFault.MUTE
    simulator.hub.faults.switch_off()
    await trader.sees(lambda desk: desk.link.is_ready)


async def test_a_greeting_that_trickles_is_cut_off_at_the_deadline_for_the_whole(traders, simulator) -> None:
    trader = await started(traders, connect_deadline_s=0.4)
    simulator.hub.faults.switch_on("slow-greeting", amount=30)
    trader.connect(simulator.port)
    await trader.hears(ConnectFailed)
    assert trader.desk.link.fault is LinkFault.SLOW
    simulator.hub.faults.switch_off()
    await trader.sees(lambda desk: desk.link.is_ready)


@pytest.mark.parametrize("bytes_told", [1, 20, 60, 200, 2000])
async def test_a_connection_that_breaks_off_after_some_bytes_is_opened_again(
    traders, relay, bytes_told: int
) -> None:
    trader = await started(traders)
    relay.cut_after = bytes_told
    trader.connect(relay.at)
    await trader.sees(lambda desk: relay.connections > 1)
    assert not trader.desk.link.synchronised
    relay.heal()
    await trader.sees(lambda desk: desk.link.is_ready)


async def test_after_five_failures_the_breaker_rests_and_its_probe_finds_the_gateway(
    traders, simulator
) -> None:
    trader = await started(traders, breaker_failures=5, breaker_rest_s=0.3)
    simulator.hub.faults.switch_on("refuse")
    trader.connect(simulator.port)
    await trader.sees(lambda desk: desk.link.breaker is Breaker.OPEN)
    assert trader.desk.link.breaker_until_s is not None
    simulator.hub.faults.switch_off()
    await trader.sees(lambda desk: desk.link.is_ready)
    assert trader.desk.link.breaker is Breaker.CLOSED


# --- while it is up ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [Relay.reset, Relay.finish], ids=["RST", "FIN"])
async def test_a_connection_that_ends_is_told_at_once_and_opened_again(
    traders, simulator, relay, end: Callable[[Relay], None]
) -> None:
    trader = await started(traders)
    await trader.is_ready(relay.at)
    apple = await trader.watches("AAPL")
    lost = spawn(trader.hears(LinkLost), "waiting for the end")
    await asyncio.sleep(0)
    end(relay)
    assert (await lost).fault is LinkFault.CLOSED
    assert not trader.desk.link.is_ready
    assert trader.desk.quote(apple.con_id).lost_at_s is not None
    await heals(trader, simulator)
    assert trader.desk.quote(apple.con_id).lost_at_s is None


@pytest.mark.parametrize("way", ["swallows_words", "swallows_answers"])
async def test_half_open_is_found_by_the_heartbeat_whichever_way_is_dead(traders, relay, way: str) -> None:
    trader = await started(traders, heartbeat_s=0.1, heartbeat_deadline_s=0.3, connect_deadline_s=0.5)
    await trader.is_ready(relay.at)
    setattr(relay, way, True)
    await trader.sees(lambda desk: desk.link.fault is LinkFault.STOPPED_ANSWERING)
    assert not trader.desk.link.is_ready
    relay.heal()
    await trader.sees(lambda desk: desk.link.is_ready)


async def test_a_gateway_that_stops_reading_does_not_hold_up_the_next_connection(traders, simulator) -> None:
    trader = await started(traders, heartbeat_s=0.1, heartbeat_deadline_s=0.3)
    await trader.is_ready(simulator.port)
    simulator.hub.faults.switch_on("stop-reading", times=1)
    await trader.sees(lambda desk: desk.link.fault is LinkFault.STOPPED_ANSWERING)
    simulator.hub.faults.switch_off()
    simulator.kill()  # its own half of the dead connection, else our client id is still in use
    await heals(trader, simulator)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process by a signal")
async def test_a_gateway_process_that_is_stopped_is_found_by_the_heartbeat_as_shipped(traders) -> None:
    """A beat every 2 s and an answer within 3 s make five at most; the benchmarks measure it."""
    assert LinkSettings().heartbeat_s + LinkSettings().heartbeat_deadline_s <= 5
    simulator = await start_simulator(seed=7)
    trader = traders()
    await trader.connector.start()
    try:
        await trader.is_ready(simulator.port)
        os.kill(simulator.process.pid, signal.SIGSTOP)
        await trader.sees(lambda desk: desk.link.socket is not Socket.UP)
        assert trader.desk.link.fault is LinkFault.STOPPED_ANSWERING
        os.kill(simulator.process.pid, signal.SIGCONT)
        await trader.sees(lambda desk: desk.link.is_ready)
    finally:
        os.kill(simulator.process.pid, signal.SIGCONT)
        stop_simulator(simulator.process)


@pytest.mark.parametrize("size", [1, 7])
async def test_everything_may_come_in_slices(traders, size: int) -> None:
    trader = await started(traders)
    quiet = Cadence(account_s=60, summary_s=60, pnl_s=60)
    async with SimulatedGateway(seed=7, cadence=quiet) as gateway, Relay(gateway.port) as relay:
        relay.slices = size
        await trader.is_ready(relay.at)
        await trader.finds(ContractQuery("AAPL"))
        assert dict(trader.connector.counts) == {}
        await trader.connector.close()


async def test_delay_and_jitter_slow_everything_and_break_nothing(traders, simulator) -> None:
    trader = await started(traders)
    simulator.hub.faults.switch_on("delay", amount=0.05)
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    for _ in range(3):
        await trader.next_quote(apple.con_id)
    assert trader.desk.link.is_ready


async def test_an_order_in_a_dying_connection_is_in_doubt_and_not_sent_again(traders, simulator) -> None:
    """The gateway never read it: nobody says that it works, and nobody places it a second time."""
    from tests.conversations.test_trading_day import order_for, sent

    trader = await started(traders)
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    simulator.hub.faults.switch_on("drop-before", times=1)
    order_ref = sent(trader.connector.submit(order_for(apple)))
    await trader.hears(LinkLost)
    assert trader.desk.order(order_ref).state is OrderState.IN_DOUBT
    await trader.sees(lambda desk: desk.link.is_ready)
    order = trader.desk.order(order_ref)
    assert order.state is OrderState.IN_DOUBT or order.state.is_final
    assert order.filled == 0
    market = simulator.hub.market
    known = [one.order_ref for one in (*market.open_orders(), *market.completed_orders())]
    assert order_ref not in known


async def test_a_restarted_gateway_gives_everything_back(traders) -> None:
    trader = await started(traders)
    async with SimulatedGateway(seed=7, speed=20.0) as gateway:
        port = gateway.port
        await trader.is_ready(port)
        apple = await trader.watches("AAPL")
    await trader.sees(lambda desk: desk.link.fault is not None)
    async with SimulatedGateway(port=port, seed=7, speed=20.0) as gateway:
        await trader.sees(lambda desk: desk.link.is_ready)
        await trader.next_quote(apple.con_id)
        (peer,) = gateway.hub.peers()
        assert peer.subscriptions.count("line") == 1
