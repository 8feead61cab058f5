"""What the gateway says about the link behind it: believed, shown, and everything asked for again that it lost."""

from __future__ import annotations

import asyncio

import pytest

from core.domain.events import (
    AccountReported,
    BarReported,
    BarsReported,
    ConnectFailed,
    LinkLost,
    MessageReported,
    SnapshotCompleted,
)
from core.domain.link import Broker, LinkFault, Socket
from core.domain.quote import BarKey
from core.simulator.faults import LOST, RESTORED_DATA_KEPT, RESTORED_DATA_LOST
from core.simulator.server import SimulatedGateway
from core.spawn import spawn

pytestmark = pytest.mark.timeout(60)
ACCOUNT_UPDATES, ACCOUNT_SUMMARY, PNL, CANCEL_PNL = "6", "62", "92", "93"


def overheard(gateway: SimulatedGateway) -> list[list[str]]:
    """Every message that the one client sends from now on."""
    (session,) = gateway.hub.sessions
    heard: list[list[str]] = []
    session.on_message = heard.append
    return heard


def lines(gateway: SimulatedGateway) -> int:
    (peer,) = gateway.hub.peers()
    return peer.subscriptions.count("line")


@pytest.mark.parametrize("restored", [RESTORED_DATA_LOST, RESTORED_DATA_KEPT])
async def test_cut_off_from_ibkr_and_back_again(trader, simulator, restored: int) -> None:
    """1100, then 1101 or 1102: no trading until all is read back; the account subscribed once, nothing twice."""
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    simulator.hub.cut_off()
    simulator.hub.broadcast(LOST)
    await trader.sees(lambda desk: desk.link.broker is Broker.DOWN)
    assert trader.desk.link.socket is Socket.UP
    assert not trader.desk.link.is_ready
    heard = overheard(simulator)
    simulator.hub.broadcast(restored)
    await trader.hears(SnapshotCompleted)
    await trader.sees(lambda desk: desk.link.is_ready)
    await trader.next_quote(apple.con_id)
    assert lines(simulator) == 1
    asked = [fields[0] for fields in heard]
    assert asked.count(ACCOUNT_SUMMARY) == 0, "that is what ib_async's own answer to 1102 would send"
    assert [fields for fields in heard if fields[0] == ACCOUNT_UPDATES and fields[2] == "1"] in (
        [],
        [[ACCOUNT_UPDATES, "2", "1", trader.desk.link.account]],
    )
    assert asked.count(PNL) == asked.count(CANCEL_PNL) <= 1


async def test_the_account_keeps_coming_after_every_return(trader, simulator) -> None:
    await trader.is_ready(simulator.port)
    account = trader.desk.link.account
    for restored in (RESTORED_DATA_LOST, RESTORED_DATA_KEPT):
        simulator.hub.broadcast(LOST)
        simulator.hub.broadcast(restored)
        await trader.sees(lambda desk: desk.link.is_ready)
        await trader.hears(AccountReported, lambda event: event.account == account)


async def test_a_market_data_farm_that_breaks_leaves_no_dead_line(trader, simulator) -> None:
    """2103, then 2104: the badge shows it, trading stays open, and quotes flow again."""
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    simulator.hub.faults.switch_on("market-data-farm", amount=0.3)
    await trader.sees(lambda desk: any(farm.well is False for farm in desk.link.farms))
    assert trader.desk.link.socket is Socket.UP
    await trader.sees(lambda desk: all(farm.well is not False for farm in desk.link.farms))
    await trader.next_quote(apple.con_id)
    assert lines(simulator) == 1


async def test_bars_that_end_with_the_history_farm_come_back_without_a_hole(trader, simulator) -> None:
    """2105 and 10182 end the growing bars alone; after 2106 they are asked for again."""
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    key = BarKey(apple.con_id, "1 min")
    trader.connector.load_bars(key, apple, "1 D", live=True)
    await trader.hears(BarsReported)
    simulator.hub.faults.switch_on("history-farm", amount=0.3)
    await trader.hears(MessageReported, lambda event: event.code == 2106)
    await trader.hears(BarsReported, lambda event: event.key == key)
    await trader.hears(BarReported, lambda event: event.key == key)
    assert trader.desk.link.socket is Socket.UP
    series = trader.desk.bars(key)
    assert series is not None


async def test_a_gateway_that_moves_is_followed(traders) -> None:
    """1300 names the new port and every connection ends."""
    trader = traders(backoff_first_s=0.05, backoff_most_s=0.2)
    await trader.connector.start()
    async with SimulatedGateway(seed=7, speed=20.0) as old, SimulatedGateway(seed=7, speed=20.0) as new:
        await trader.is_ready(old.port)
        apple = await trader.watches("AAPL")
        old.hub.faults.switch_on("port-changed", amount=new.port)
        await trader.sees(lambda desk: desk.link.port == new.port and desk.link.is_ready)
        await trader.next_quote(apple.con_id)
        assert [lines(new), len(old.hub.sessions)] == [1, 0]


async def test_a_competing_session_is_told_and_its_lines_come_back(trader, simulator) -> None:
    """10197 ends every line; orders are not concerned, and the lines are asked for again later."""
    await trader.is_ready(simulator.port)
    await trader.watches("AAPL")
    simulator.hub.faults.switch_on("competing-session", amount=0.3)
    await trader.sees(lambda desk: desk.link.competing)
    assert trader.desk.link.is_ready
    assert trader.desk.link.socket is Socket.UP


async def test_a_client_id_in_use_is_said_so_and_never_changed(traders, simulator) -> None:
    """326: the other program keeps what it has; ours waits and says so."""
    first, second = traders(), traders()
    await first.connector.start()
    await second.connector.start()
    await first.is_ready(simulator.port)
    second.connect(simulator.port)
    failed = await second.hears(ConnectFailed)
    assert (failed.fault, second.desk.link.client_id_in_use) == (LinkFault.CLIENT_ID_IN_USE, True)
    assert second.desk.link.client_id == first.desk.link.client_id
    assert second.desk.link.retry_at_s is not None
    assert first.desk.link.is_ready


async def test_a_server_that_is_broken_behind_the_gateway_counts_as_cut_off(trader, simulator) -> None:
    """2110, and 1102 when it is over."""
    await trader.is_ready(simulator.port)
    simulator.hub.faults.switch_on("server-broken", amount=0.2)
    await trader.sees(lambda desk: desk.link.broker is Broker.DOWN)
    await trader.sees(lambda desk: desk.link.is_ready)


async def test_what_comes_while_cut_off_is_not_dropped(trader, simulator) -> None:
    """Fills around 1100 were never asked for again in a public incident: here everything is read back."""
    from tests.conversations.test_trading_day import order_for, sent

    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    order_ref = sent(trader.connector.submit(order_for(apple)))
    simulator.hub.broadcast(LOST)
    simulator.hub.broadcast(RESTORED_DATA_KEPT)
    await trader.sees(lambda desk: desk.link.is_ready and desk.order(order_ref).state.is_final)
    filled = sum(fill.quantity for fill in trader.desk.executions() if fill.order_ref == order_ref)
    assert filled == 10


async def test_a_gateway_killed_in_an_outage_is_found_again_cut_off_or_not(traders, simulator) -> None:
    trader = traders(backoff_first_s=0.05, backoff_most_s=0.2)
    await trader.connector.start()
    await trader.is_ready(simulator.port)
    simulator.hub.broadcast(LOST)
    await trader.sees(lambda desk: desk.link.broker is Broker.DOWN)
    lost = spawn(trader.hears(LinkLost), "waiting for the end")
    await asyncio.sleep(0)
    simulator.kill()
    await lost
    assert trader.desk.link.broker is Broker.UNKNOWN
    await trader.sees(lambda desk: desk.link.is_ready)
