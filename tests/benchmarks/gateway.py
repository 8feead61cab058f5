"""The simulated gateway under load: ticks a second over TCP, and a trading day on a clock of its own.

python -m tests.benchmarks.gateway throughput [CLIENTS [TICKS_A_SECOND]]   real ib_async clients, each a process
python -m tests.benchmarks.gateway day [SECONDS_A_STEP]                    100 contracts, one client in memory
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from string import ascii_uppercase
from zoneinfo import ZoneInfo

from core.simulator.exchange import Exchange
from core.simulator.hub import Hub
from core.simulator.model import Contract, Notice, QuoteChanged
from core.simulator.server import SimulatedGateway
from core.simulator.wire.frames import frame
from tests.core.simulator.fake_market import AAPL, FakeMarket
from tests.core.simulator.wire_client import greeting

MEASURED_S = 8.0
LINES = 100
COUNTED_AT = 10_000  # messages in memory, which are then counted and forgotten
TICKS_A_QUOTE = 3  # of those below: bid, its size, and the ask


class BusyMarket(FakeMarket):
    """A hundred stocks of which as many quotes change at every pulse as make the rate."""

    def __init__(self, ticks_a_second: float) -> None:
        super().__init__()
        for at in range(LINES):
            contract = replace(AAPL.contract, con_id=1000 + at)
            self.known[1000 + at] = replace(AAPL, contract=contract)
        self.rate, self.turn, self.owed, self.told_s = ticks_a_second, 0, 0.0, 0.0

    def advance(self, now_s: float) -> list[Notice]:
        self.owed += (now_s - (self.told_s or now_s)) * self.rate / TICKS_A_QUOTE
        self.told_s = self.now_s = now_s
        changes: list[Notice] = []
        while self.owed >= 1:
            self.owed -= 1
            self.turn += 1
            quote = self.quote(1000 + self.turn % LINES)
            moved = 0.01 * (1 + self.turn // LINES % 2)
            bid, ask = (quote.bid or 0) - moved, (quote.ask or 0) + moved
            size = 100 + self.turn // LINES % 7
            changes.append(QuoteChanged(quote._replace(bid=bid, ask=ask, bid_size=size), False))
        return changes


CLIENT = """
import asyncio, ib_async, json, sys, time
async def main():
    ib = ib_async.IB()
    await ib.connectAsync("127.0.0.1", int(sys.argv[1]), clientId=int(sys.argv[2]), timeout=20)
    for at in range(int(sys.argv[3])):
        ib.reqMktData(ib_async.Contract(conId=1000 + at, secType="STK", exchange="SMART", symbol="AAPL"))
    count = [0]
    inner = ib.client.wrapper.tickSize, ib.client.wrapper.priceSizeTick
    def size(*a): count[0] += 1; inner[0](*a)
    def price(*a): count[0] += 1; inner[1](*a)
    ib.client.wrapper.tickSize, ib.client.wrapper.priceSizeTick = size, price
    ib.client.decoder.handlers[2] = ib.client.decoder.wrap("tickSize", [int, int, float])
    await asyncio.sleep(4)
    begun, before, cpu = time.monotonic(), count[0], time.process_time()
    worst = 0.0
    while time.monotonic() - begun < float(sys.argv[4]):
        at = time.monotonic(); await asyncio.sleep(0.05); worst = max(worst, time.monotonic() - at - 0.05)
    lasted = time.monotonic() - begun
    print(json.dumps({"rate": (count[0] - before) / lasted, "cpu": (time.process_time() - cpu) / lasted, "stall_ms": worst * 1000}))
asyncio.run(main())
"""


async def throughput(clients: int, ticks_a_second: float) -> None:
    async with SimulatedGateway(market=BusyMarket(ticks_a_second)) as gateway:
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                CLIENT,
                *map(str, (gateway.port, client_id, LINES, MEASURED_S)),
                stdout=subprocess.PIPE,
            )
            for client_id in range(1, clients + 1)
        ]
        cpu, begun = time.process_time(), time.monotonic()
        answers = await asyncio.gather(*(process.communicate() for process in processes))
        share = (time.process_time() - cpu) / (time.monotonic() - begun)
    for said, _ in answers:
        found = json.loads(said)
        print(
            f"{found['rate']:8.0f} ticks/s received, client {100 * found['cpu']:.0f} % of a core, "
            f"longest stall {found['stall_ms']:.0f} ms"
        )
    print(f"gateway {100 * share:.0f} % of a core, {_memory_mb()} MB")


def _memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def day(step_s: float) -> None:
    """From 09:30 to 16:00 in New York, with as many lines as TWS gives; at 0.25 s a step nothing is left out."""
    opens = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("US/Eastern"))
    start = opens.timestamp()
    cpu = time.process_time()
    exchange = Exchange(1, start)
    gc.freeze()
    hub, changes, told = Hub(exchange), 0, 0
    heard: list[bytes] = []
    session = hub.admit(heard.append, lambda: None)
    assert session is not None
    session.receive(greeting())
    session.receive(frame("71", "2", "1", ""))
    contracts = _contracts(exchange)
    for at, con_id in enumerate(contracts):
        named = (str(con_id), "", "", "", "0", "", "", "SMART", "", "USD", "", "")
        session.receive(frame("1", "11", str(at), *named, "0", "", "0", "0", ""))
    now = start
    while now < start + 6.5 * 3600:
        now += step_s
        hub.advance(now)
        if len(heard) >= COUNTED_AT:
            changes, told = changes + len(heard), told + sum(map(len, heard))
            heard.clear()
    changes, told = changes + len(heard), told + sum(map(len, heard))
    spent = time.process_time() - cpu
    print(
        f"{len(contracts)} contracts, {opens:%A %d %B %Y}, 6.5 h in steps of {step_s:g} s: {changes:,} changes, "
        f"{told / 1e6:.0f} MB, {spent:.1f} s of CPU, {_memory_mb()} MB"
    )


def _contracts(exchange: Exchange) -> list[int]:
    listed = [listing for letter in ascii_uppercase for listing in exchange.matching(letter)]
    listed += exchange.listings(Contract(0, "AAPL", "OPT"))
    return list({listing.contract.con_id: None for listing in listed})[:LINES]


def main(arguments: list[str]) -> None:
    what, *numbers = arguments or ["throughput"]
    if what == "day":
        day(float(numbers[0]) if numbers else 0.25)
    else:
        clients = int(numbers[0]) if numbers else 1
        asyncio.run(throughput(clients, float(numbers[1]) if len(numbers) > 1 else 20_000 / clients))


if __name__ == "__main__":
    main(sys.argv[1:])
