"""Whatever is watched, dropped and reconnected, the gateway's lines are the desk's: none missing, none twice, none left over."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from core.domain.contract import Contract, ContractQuery
from core.domain.events import ProbeAnswered
from core.domain.stream import StreamKind
from core.pacing.lines import Wire
from core.simulator.faults import RESTORED_DATA_KEPT, RESTORED_DATA_LOST
from core.simulator.pacing import Limits
from core.simulator.server import SimulatedGateway

pytestmark = pytest.mark.timeout(110)
SYMBOLS = ("AAPL", "MSFT", "SPY", "QQQ", "NVDA", "AMZN", "TSLA", "JPM", "IBM", "KO", "PG", "BAC")
OWNERS = ("watchlist", "chart")
STEPS = 300
CALM_EVERY = 50


def served(gateway: SimulatedGateway, what: str) -> Counter[int]:
    """Each contract and how many lines, books or tapes the gateway serves for it."""
    (peer,) = gateway.hub.peers()
    held = peer.subscriptions._contract_of.items()
    return Counter(con_id for (kind, _), con_id in held if kind == what)


def open_streams(trader, kind: StreamKind) -> Counter[int]:
    """What the desk believes to be open."""
    return Counter(line.con_id for line in trader.desk._streams[kind].all() if line.wire is Wire.OPEN)


class Storm:
    """What a trader, a network and IBKR do to lines, by chance; `wanted` is what ought to be left."""

    def __init__(self, trader, gateway: SimulatedGateway, contracts: list[Contract], seed: int) -> None:
        self.trader, self.gateway, self.contracts = trader, gateway, contracts
        self.chance = random.Random(seed)
        self.owners: defaultdict[int, set[str]] = defaultdict(set)
        self.deeds = (
            [self.watch] * 30
            + [self.unwatch] * 46
            + [self.watch_stream] * 10
            + [self.unwatch_stream] * 8
            + [self.data_lost, self.data_kept, self.cut, self.reconnect]
        )

    @property
    def wanted(self) -> Counter[int]:
        return Counter(con_id for con_id, owners in self.owners.items() if owners)

    async def step(self) -> None:
        self.chance.choice(self.deeds)()
        if self.chance.random() < 0.4:  # else many steps fall into one moment, as clicks and panels do
            await self.trader.hears(object)

    def watch(self) -> None:
        contract, owner = self.chance.choice(self.contracts), self.chance.choice(OWNERS)
        self.owners[contract.con_id].add(owner)
        self.trader.connector.watch(contract, owner)

    def unwatch(self) -> None:
        contract, owner = self.chance.choice(self.contracts), self.chance.choice(OWNERS)
        self.owners[contract.con_id].discard(owner)
        self.trader.connector.unwatch(contract.con_id, owner)

    def watch_stream(self) -> None:
        contract, owner = self.chance.choice(self.contracts), self.chance.choice(OWNERS)
        connector = self.trader.connector
        self.chance.choice((connector.watch_depth, connector.watch_tape))(contract, owner)

    def unwatch_stream(self) -> None:
        contract, owner = self.chance.choice(self.contracts), self.chance.choice(OWNERS)
        connector = self.trader.connector
        self.chance.choice((connector.unwatch_depth, connector.unwatch_tape))(contract.con_id, owner)

    def data_lost(self) -> None:
        self.gateway.hub.broadcast(RESTORED_DATA_LOST)

    def data_kept(self) -> None:
        self.gateway.hub.broadcast(RESTORED_DATA_KEPT)

    def cut(self) -> None:
        self.gateway.kill()

    def reconnect(self) -> None:
        self.trader.connector.disconnect()
        self.trader.connect(self.gateway.port)

    async def settle(self) -> None:
        await self.trader.sees(lambda desk: desk.link.is_ready and not desk.pacing.queued)
        # What was sent has been read once a later question is answered.
        await self.trader.hears(ProbeAnswered)
        await self.trader.hears(ProbeAnswered)


@pytest.mark.parametrize("seed", [1])
async def test_after_hundreds_of_random_steps_the_gateways_lines_are_the_desks(traders, seed: int) -> None:
    unpaced = Limits(messages_a_second=None)
    trader = traders(backoff_first_s=0.02, backoff_most_s=0.05, breaker_failures=10_000, heartbeat_s=0.2)
    await trader.connector.start()
    async with SimulatedGateway(seed=seed, speed=20.0, limits=unpaced) as gateway:
        await trader.is_ready(gateway.port)
        contracts = [await trader.finds(ContractQuery(symbol)) for symbol in SYMBOLS]
        storm = Storm(trader, gateway, contracts, seed)
        for number in range(1, STEPS + 1):
            await storm.step()
            if number % CALM_EVERY == 0:
                await storm.settle()
                assert served(gateway, "line") == storm.wanted
                assert served(gateway, "depth") == open_streams(trader, StreamKind.DEPTH)
                assert served(gateway, "tape") == open_streams(trader, StreamKind.TAPE)
        for contract in contracts:
            assert (trader.desk.line(contract.con_id) is not None) == (contract.con_id in storm.wanted)
