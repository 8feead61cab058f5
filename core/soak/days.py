"""A desk that only watches, for a week of virtual time: resets, restarts, a weekend, a weekly login."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.domain.contract import ContractQuery
from core.domain.line import LineState
from core.domain.quote import BarKey
from core.simulator.exchange import Exchange
from core.simulator.peer import Cadence
from core.simulator.server import SimulatedGateway
from core.soak.loop import VirtualLoop
from core.soak.network import KEEPALIVE_S, Network
from core.soak.session import Complaints, listening
from core.soak.world import HOST, PORT, SETTINGS, World
from core.spawn import spawn

TUESDAY: Final = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)
"""Ten in the morning in New York; no holiday follows within a week."""
NEW_YORK: Final = ZoneInfo("America/New_York")
SYMBOLS: Final = (
    *("AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "IBM", "INTC", "AMD"),
    *("ORCL", "NFLX", "BAC", "JPM", "KO", "WMT", "DIS", "XOM", "SPY", "QQQ"),
)
CHARTED: Final = "AAPL"
BAR_SIZE: Final = "1 min"
OWNER: Final = "days"

TEMPO_S: Final = 8.0
"""How often the market lives: a quote each eight seconds is enough to see that a line flows."""
HEARTBEAT_S: Final = 20.0
AS_TWS: Final = Cadence(account_s=180.0, summary_s=180.0, pnl_s=60.0, growing_bar_s=16.0)
FLOWS_WITHIN_S: Final = 900.0
SAMPLE_S: Final = 6 * 3600.0
HOLES_S: Final = 6 * 3600.0
"""So far back the chart is compared with the gateway's own history."""

Deed = Callable[[World], Awaitable[None]]


@dataclass(slots=True)
class Watched:
    """What came of it."""

    days: float = 0.0
    reconnects: int = 0
    events: list[str] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    bars: int = 0
    samples: list[tuple[float, int, int]] = field(default_factory=list)
    """(virtual hours, objects alive, KiB resident) each quarter of a day."""
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def objects_a_day(self) -> float:
        return slope([(hours, objects) for hours, objects, _ in self._settled]) * 24

    @property
    def mib_a_day(self) -> float:
        return slope([(hours, kib) for hours, _, kib in self._settled]) * 24 / 1024

    @property
    def _settled(self) -> list[tuple[float, int, int]]:
        """Without the first third, in which caches fill."""
        return self.samples[len(self.samples) // 3 :]

    def as_dict(self) -> dict[str, Any]:
        return {
            "days": self.days,
            "failures": len(self.wrong),
            "wrong": self.wrong,
            "events": len(self.events),
            "reconnects": self.reconnects,
            "lines": self.lines,
            "bars": self.bars,
            "objects_a_day": round(self.objects_a_day),
            "mib_a_day": round(self.mib_a_day, 2),
            "seconds": round(self.seconds, 1),
        }

    def told(self) -> str:
        lines = ", ".join(f"{count} {state}" for state, count in self.lines.items())
        return "\n".join(
            [
                f"{self.days:g} days: {len(self.events)} events, {self.reconnects} reconnects; "
                f"in the end lines {lines or 'none'}, {self.bars} bars in the chart.",
                f"Growth: {self.objects_a_day:,.0f} objects and {self.mib_a_day:.2f} MiB a day. "
                f"{self.seconds:.0f} s.",
                *self.wrong,
            ]
        )


def slope(points: list[tuple[float, float]]) -> float:
    """Least squares, per unit of the first number; 0 of fewer than two points."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


class _Quiet(World):
    """A market that keeps its hours and lives slowly."""

    __slots__ = ()

    async def start_gateway(self) -> None:
        exchange = Exchange(self.seed, self.now_s(), always_open=False)
        if self.state:
            exchange.restore(json.loads(self.state))
        gateway = SimulatedGateway(
            HOST, PORT, seed=self.seed, market=exchange, cadence=AS_TWS, clock=self.now_s
        )
        await gateway.start()
        assert gateway._pulse is not None
        gateway._pulse.cancel()
        gateway._pulse = spawn(self._live(gateway), "slow market clock")
        self.gateway = gateway

    async def _live(self, gateway: SimulatedGateway) -> None:
        while True:
            await asyncio.sleep(TEMPO_S)
            gateway.hub.advance(self.now_s())

    async def restart_gateway(self, away_s: float) -> None:
        await self.crash_gateway()
        await asyncio.sleep(away_s)
        await self.start_gateway()


# --- what happens ------------------------------------------------------------------------------------


async def _nightly_restart(world: World) -> None:
    assert isinstance(world, _Quiet)
    await world.restart_gateway(120.0)


async def _weekly_login(world: World) -> None:
    """The gateway logs out; somebody logs in when he is up."""
    assert isinstance(world, _Quiet)
    await world.restart_gateway(6 * 3600.0)


def _faults(*names: str) -> Deed:
    async def deed(world: World) -> None:
        for name in names:
            if world.gateway is not None:
                world.gateway.hub.faults.switch_on(name, amount=90.0)
            await asyncio.sleep(300.0)

    return deed


_RESET = _faults("outage-data-kept", "market-data-farm", "history-farm", "outage-data-lost", "server-broken")
_EVERY_DAY = frozenset(range(7))
PLAN: Final[tuple[tuple[str, tuple[int, int], frozenset[int], Deed], ...]] = (
    ("nightly restart of the gateway", (23, 45), _EVERY_DAY - {5}, _nightly_restart),
    ("nightly reset of the servers", (0, 20), _EVERY_DAY - {5}, _RESET),
    ("weekend maintenance", (23, 0), frozenset({4}), _faults("server-broken", "outage-data-lost")),
    ("weekly login", (1, 0), frozenset({6}), _weekly_login),
    ("another session takes the data", (12, 30), frozenset({2}), _faults("competing-session")),
    ("farms flap in trading hours", (14, 0), frozenset({0, 3}), _faults("market-data-farm", "history-farm")),
    ("the connection is reset", (11, 15), frozenset({2, 4}), _faults("kill")),
)
"""What, when in New York, on which days (Monday is 0), and how it is done."""


def happenings(begins: datetime, ends: datetime) -> Iterator[tuple[float, str, Deed]]:
    """(seconds from the beginning, what, how), in order."""
    found = []
    day = begins.astimezone(NEW_YORK).date()
    while day <= ends.astimezone(NEW_YORK).date():
        for name, (hour, minute), days, deed in PLAN:
            at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)
            if day.weekday() in days and begins < at < ends - timedelta(hours=1):
                found.append(((at - begins).total_seconds(), name, deed))
        day += timedelta(days=1)
    yield from sorted(found, key=lambda one: one[0])


# --- the run -----------------------------------------------------------------------------------------


def run(days: float, seed: int = 1, begins: datetime = TUESDAY) -> Watched:
    """Watch for `days`; `wrong` of what comes back is empty when all is well."""
    began_s = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="ibdesk-days-"))
    loop, complaints = VirtualLoop(Network(seed)), Complaints()
    link = replace(SETTINGS.link, heartbeat_s=HEARTBEAT_S)
    world = _Quiet(seed, loop, loop.network, folder, replace(SETTINGS, link=link), begins.timestamp())
    watch = _Watch(world, Watched(days), begins, begins + timedelta(days=days))
    try:
        with listening(complaints):
            loop.run_until_complete(watch.run())
    finally:
        loop.close()
        shutil.rmtree(folder, ignore_errors=True)
    watch.found.wrong += dict.fromkeys(complaints.found)
    watch.found.seconds = time.perf_counter() - began_s
    return watch.found


def _resident_kib() -> int:
    """What this process holds in memory; where the system does not say it now, the most it ever held."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


class _Watch:
    def __init__(self, world: _Quiet, found: Watched, begins: datetime, ends: datetime) -> None:
        self.world, self.found = world, found
        self._begins, self._ends = begins, ends
        self._key: BarKey | None = None

    async def run(self) -> None:
        world = self.world
        await world.start_gateway()
        await world.start_app()
        await self._watch_all()
        sampling = spawn(self._sample(), "samples")
        for at_s, name, deed in happenings(self._begins, self._ends):
            await asyncio.sleep(max(0.0, at_s - world.loop.time()))
            self.found.events.append(f"{world.now_s():.0f} {name}")
            await deed(world)
        await asyncio.sleep(max(0.0, (self._ends - self._begins).total_seconds() - world.loop.time()))
        sampling.cancel()
        if not await self._until(lambda: not self._complaints(), FLOWS_WITHIN_S):
            self.found.wrong += self._complaints()
        self._count()
        await world.quit_app()
        assert world.gateway is not None
        await world.gateway.stop()
        await asyncio.sleep(KEEPALIVE_S + 5.0)

    async def _watch_all(self) -> None:
        connector = self.world.connector
        assert connector is not None
        desk = connector.desk
        assert await self._until(lambda: desk.link.is_ready, 60.0), desk.link.words
        for symbol in SYMBOLS:
            connector.find(ContractQuery(symbol))
        known: dict[str, int] = {}
        listings = self.world.market.matching
        for symbol in SYMBOLS:
            known[symbol] = next(
                one.contract.con_id for one in listings(symbol) if one.contract.symbol == symbol
            )
        assert await self._until(lambda: all(desk.details(one) for one in known.values()), 60.0)
        for con_id in known.values():
            contract = desk.contract(con_id)
            assert contract is not None
            connector.watch(contract, OWNER)
        self._key = BarKey(known[CHARTED], BAR_SIZE)
        charted = desk.contract(known[CHARTED])
        assert charted is not None
        connector.load_bars(self._key, charted, "1 D", live=True)

    # --- what must hold in the end ------------------------------------------------------------------

    def _complaints(self) -> list[str]:
        desk, gateway = self.world.desk, self.world.gateway
        assert desk is not None
        assert gateway is not None
        if not desk.link.is_ready:
            return [f"the link is not ready: {desk.link.words}"]
        views = [desk.line(con_id) for con_id in self._con_ids()]
        wrong = [
            f"line {view.con_id if view else '?'} is {view.state if view else 'unknown'}"
            for view in views
            if view is None or view.state is not LineState.FLOWING
        ]
        theirs = sorted(
            con_id
            for peer in gateway.hub.peers()
            for (kind, _), con_id in peer.subscriptions._contract_of.items()
            if kind == "line"
        )
        if theirs != sorted(self._con_ids()):
            wrong.append(f"the gateway has {len(theirs)} lines, the desk {len(self._con_ids())}")
        return wrong + self._holes()

    def _con_ids(self) -> list[int]:
        desk = self.world.desk
        assert desk is not None
        return [
            one.contract.con_id
            for symbol in SYMBOLS
            for one in self.world.market.matching(symbol)[:1]
            if desk.details(one.contract.con_id) is not None
        ]

    def _holes(self) -> list[str]:
        """Minutes that the gateway's history has and the chart has not."""
        desk, key = self.world.desk, self._key
        assert desk is not None
        assert key is not None
        series = desk.bars(key)
        if series is None or not len(series):
            return ["the chart is empty"]
        now_s = self.world.now_s()
        held = {int(start) for start in series.start}
        due = self.world.market.history(key.con_id, None, "1 D", BAR_SIZE, key.what, key.rth_only)
        starts = [int(bar.start.timestamp()) for bar in due]
        missing = [one for one in starts if now_s - HOLES_S < one < now_s - 180 and one not in held]
        return [f"the chart lacks {len(missing)} minutes, the first at {missing[0]}"] if missing else []

    def _count(self) -> None:
        desk = self.world.desk
        assert desk is not None
        for con_id in self._con_ids():
            view = desk.line(con_id)
            state = str(view.state) if view is not None else "unknown"
            self.found.lines[state] = self.found.lines.get(state, 0) + 1
        series = desk.bars(self._key) if self._key is not None else None
        self.found.bars = len(series) if series is not None else 0
        self.found.reconnects = self.world.network.made - 1
        if desk.pacing.queued:
            self.found.wrong.append(f"{desk.pacing.queued} requests are queued")

    async def _sample(self) -> None:
        while True:
            gc.collect()
            hours = self.world.loop.time() / 3600
            self.found.samples.append((hours, len(gc.get_objects()), _resident_kib()))
            await asyncio.sleep(SAMPLE_S)

    async def _until(self, holds: Callable[[], object], within_s: float) -> bool:
        until_s = self.world.loop.time() + within_s
        while not holds():
            if self.world.loop.time() >= until_s:
                return False
            await asyncio.sleep(1.0)
        return True
