"""One session: a world, a trader, faults; then calm, and the question whether everything is as it should be."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import logging
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from core.connector import Connector
from core.domain.order import OrderState, Overlay, Settlement
from core.soak import check, faults, trader
from core.soak.faults import CATALOGUE, Planned
from core.soak.loop import VirtualLoop
from core.soak.network import KEEPALIVE_S, Network
from core.soak.world import UNSETTLED, DiskFull, World
from core.spawn import spawn
from core.tws.gateway import TwsGateway

MOST_FAULTS: Final = 6
HEAL_WITHIN_S: Final = 180.0
"""Backoff, an open breaker and a client id that a dead connection still holds all end well within it."""
QUIET_WITHIN_S: Final = 90.0
LATE_S: Final = 2.0
TURNS_A_SECOND: Final = 400.0
"""A market that pulses 5 times a second and a few moving quotes take about 50."""
CALM_S: Final = 6.0
READS_MOST: Final = 4
"""The lists are read at most once a second: more than now and then in `CALM_S` is a picture that stays in doubt."""
AGREE_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session. `wrong` is empty when all is well."""

    seed: int
    wrong: tuple[str, ...]
    faults: tuple[Planned, ...]
    orders: int
    denied: int
    virtual_s: float
    digest: str
    states: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_LOGS: Final = ("core", "eventkit", "ib_async")
"""eventkit swallows what a callback raises, and logs it."""


class Trace:
    """Everything that was delivered, done and broken, with its virtual time; one line each."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("w", encoding="utf-8") if path else None
        self._hash = hashlib.sha256()
        self.loop: VirtualLoop

    def note(self, what: str, detail: str = "") -> None:
        line = f"{self.loop.time():.9f} {what} {detail}\n"
        self._hash.update(line.encode())
        if self._file is not None:
            self._file.write(line)

    def heard(self, number: int, way: str, data: bytes) -> None:
        self.note(
            f"{number} {way}",
            data.hex() if self._file else hashlib.md5(data, usedforsecurity=False).hexdigest(),
        )

    def close(self) -> str:
        if self._file is not None:
            self._file.close()
        return self._hash.hexdigest()


class Complaints(logging.Handler):
    """Our own faults are logged, never raised out of the pump: a session in which one is has failed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage()
        if record.exc_info and isinstance(record.exc_info[1], DiskFull):
            return  # that fault's own doing, and the refusal is checked
        if record.exc_info and record.exc_info[1] is not None:
            where = traceback.extract_tb(record.exc_info[2])[-1]
            words += f": {record.exc_info[1]!r} in {Path(where.filename).name}:{where.lineno}"
        self.found.append(f"{record.name}: {words}")


@contextmanager
def listening(complaints: Complaints) -> Iterator[None]:
    """The programs' own errors are heard and go nowhere else."""
    logs = [logging.getLogger(name) for name in _LOGS]
    before = [(log, log.level, log.propagate) for log in logs]
    for log in logs:
        log.addHandler(complaints)
        log.setLevel(logging.WARNING)
        log.propagate = False
    try:
        yield
    finally:
        for log, level, propagates in before:
            log.removeHandler(complaints)
            log.setLevel(level)
            log.propagate = propagates


@contextmanager
def sparing_the_collector() -> Iterator[None]:
    """Garbage is looked for before a session and at its end, not at chance moments in between.

    At the end all that it made is gone through: what was lost in a cycle (a task, a future with an exception
    that nobody took) complains then, in every run alike.
    """
    was_on = gc.isenabled()
    gc.disable()
    gc.collect()  # the worlds before, also one that was still held when the collector last passed
    try:
        yield
        gc.collect(0)
    finally:
        if was_on:
            gc.enable()


def plan(seed: int) -> tuple[list[trader.Deed], list[Planned]]:
    """The deeds and the faults that `seed` draws."""
    chance = Random(f"{seed} session")
    deeds = trader.draw(chance)
    span_s = 5.0 + sum(deed.after_s for deed in deeds)
    return deeds, faults.draw(chance, span_s, MOST_FAULTS)


def run(seed: int, planned: list[Planned] | None = None, trace_to: Path | None = None) -> Outcome:
    """Run the session of `seed`, with other faults than its own where they are given."""
    deeds, drawn = plan(seed)
    drawn = drawn if planned is None else planned
    folder = Path(tempfile.mkdtemp(prefix="ibdesk-soak-", dir=_in_memory()))
    trace, complaints = Trace(trace_to), Complaints()
    network = Network(seed)
    network.heard = trace.heard
    loop = trace.loop = VirtualLoop(network)
    loop.set_exception_handler(lambda _, context: complaints.found.append(_unhandled(context)))
    world = World(seed, loop, network, folder)
    one = _Session(world, deeds, drawn, trace)
    try:
        with listening(complaints), sparing_the_collector():
            try:
                loop.run_until_complete(one.run())
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is this session's failure
                one.wrong.append(f"the session ended with {fault!r}")
                complaints.found += traceback.format_exc().splitlines()[-8:]
                loop.set_exception_handler(lambda *_: None)
            one.wrong += one.left_over()
            loop.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wrong = [*one.wrong, *dict.fromkeys(complaints.found)]
    for words in wrong:
        trace.note("wrong", words)
    return Outcome(
        seed,
        tuple(wrong),
        tuple(drawn),
        len(world.intents),
        one.trader.denied,
        round(loop.time(), 3),
        trace.close(),
        dict(one.states),
    )


def _in_memory() -> str | None:
    """The journals' fsync is not what is tried here: a folder in memory where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _unhandled(context: dict[str, Any]) -> str:
    return f"unhandled: {context.get('message')}: {context.get('exception')!r}"


class _Session:
    def __init__(self, world: World, deeds: list[trader.Deed], planned: list[Planned], trace: Trace) -> None:
        self.world, self.planned, self.trace = world, planned, trace
        self.trader = trader.Trader(world, deeds)
        self.wrong: list[str] = []
        self.states: Counter[str] = Counter()

    async def run(self) -> None:
        world = self.world
        await world.start_gateway()
        await world.start_app()
        trading = spawn(self.trader.trade(), "trader")
        breaking = [spawn(self._break(one), one.name) for one in self.planned]
        await asyncio.wait([trading, *breaking])
        for task in (trading, *breaking):
            if not task.cancelled() and (fault := task.exception()) is not None:
                raise fault
        await self._heal()
        if not self.wrong:
            await self._compare()
            self.wrong += await self._spins()
        self._tally()
        if not self.wrong and not world.lies:
            await self._settle()
        self.trader.note_successors()
        self.wrong += check.sent(world.intents, world.tap.placed)
        self.wrong += check.sent_by_its_client(world.intents, world.tap.named_by)
        self.wrong += world.judged_away
        self.wrong += check.nothing_sent(world.foreign_tap.named_by)
        await self._end()

    async def _break(self, one: Planned) -> None:
        await asyncio.sleep(one.at_s)
        self.trace.note("fault", f"{one.name} {one.lasts_s}")
        await CATALOGUE[one.name](self.world, one)

    # --- healed, quiet, compared --------------------------------------------------------------------

    async def _heal(self) -> None:
        world = self.world
        world.calm()
        self.trace.note("calm")
        if not await self._until(lambda: world.desk is not None and world.desk.link.is_ready, HEAL_WITHIN_S):
            words = world.desk.link.words if world.desk is not None else "there is no app"
            self.wrong.append(f"not ready {HEAL_WITHIN_S:.0f} s after everything was well again: {words}")
            return
        await asyncio.sleep(1.0)
        if not await self._until(self._is_quiet, QUIET_WITHIN_S):
            assert world.desk is not None
            waiting = [f"{one.order_ref} {one.state}" for one in world.desk.live_orders() if _waits(one)]
            self.wrong.append(f"still waiting after {QUIET_WITHIN_S:.0f} s: {', '.join(waiting)}")

    def _is_quiet(self) -> bool:
        desk = self.world.desk
        return desk is not None and desk.link.is_ready and not any(_waits(one) for one in desk.live_orders())

    async def _compare(self) -> None:
        """The market goes on meanwhile, so it is enough that they agree at one moment."""
        found: list[str] = []

        def agree() -> bool:
            nonlocal found
            self.trader.note_successors()
            found = check.agrees(self.world.facts()) if self.world.desk is not None else ["there is no app"]
            return not found

        if not await self._until(agree, QUIET_WITHIN_S):
            self.wrong += found

    def _tally(self) -> None:
        if self.world.desk is not None:
            self.states.update(str(one.state) for one in self.world.desk.orders())
            for one in sorted(self.world.desk.orders(), key=lambda one: one.order_ref):
                self.trace.note("order", f"{one.order_ref} {one.state} {one.filled}")

    async def _settle(self) -> None:
        """What no proof can decide the trader can, who finds nothing in TWS; then all have a verdict."""
        connector = self.world.connector
        assert connector is not None
        doubtful = [one.order_ref for one in connector.desk.orders() if one.state is OrderState.IN_DOUBT]
        for ref in doubtful:

            def settled(ref: str = ref) -> bool:
                connector.settle(ref, Settlement.NOT_PLACED)
                order = connector.desk.order(ref)
                return order is not None and order.state is not OrderState.IN_DOUBT

            if not await self._until(settled, QUIET_WITHIN_S):
                known = connector.desk.doubt(ref)
                self.wrong.append(f"{ref} cannot be settled: {known.why_not if known else ''}")
        if doubtful:
            await self._compare()

    async def _spins(self) -> list[str]:
        """Whoever wakes all the time without need burns a core, and no test of results would notice."""
        loop = self.world.loop
        await asyncio.sleep(LATE_S)  # what a slow network still owed has arrived
        at_s, turns, reads = loop.time(), loop.turns, self.world.tap.reads
        await asyncio.sleep(CALM_S)
        rate = (loop.turns - turns) / (loop.time() - at_s)
        reads = self.world.tap.reads - reads
        found = []
        if rate > TURNS_A_SECOND:
            found.append(f"in calm weather the loop goes round {rate:.0f} times a second")
        if reads > READS_MOST:
            found.append(f"in calm weather IB's lists are read {reads} times in {CALM_S:.0f} s")
        return found

    async def _until(self, holds: Any, within_s: float) -> bool:
        until_s = self.world.loop.time() + within_s
        while not holds():
            if self.world.loop.time() >= until_s:
                return False
            await asyncio.sleep(AGREE_EVERY_S)
        return True

    # --- the end ------------------------------------------------------------------------------------

    async def _end(self) -> None:
        world = self.world
        connector = world.connector
        unread = _unread(connector) if connector is not None else 0
        if unread and not any(one.name in faults.SPOILS for one in self.planned):
            self.wrong.append(f"{unread} messages could not be read")
        await world.quit_app()
        if connector is not None and connector._expected:
            self.wrong.append(f"{len(connector._expected)} waits were left")
        self.wrong += self._left_by_app()
        if connector is not None:
            await world.start_app(connects=False)
            assert world.desk is not None
            self.wrong += check.remembers(connector.desk, world.desk)
            await world.quit_app()
        if world.gateway is not None:
            await world.gateway.stop()
        # What the systems still owe each other: FINs, and peers that are given up.
        await asyncio.sleep(KEEPALIVE_S + 5.0)

    def _left_by_app(self) -> list[str]:
        """Timers and tasks of an app that has been ended: there must be none."""
        known = {asyncio.current_task(), self.world.gateway and self.world.gateway._pulse}
        tasks = [one.get_name() for one in asyncio.all_tasks(self.world.loop) if one not in known]
        timers = [
            str(handle)
            for handle in self.world.loop.pending()
            if isinstance(handle, asyncio.TimerHandle) and _of_the_app(handle)
        ]
        found = [f"tasks were left: {', '.join(sorted(tasks))}"] if tasks else []
        return found + ([f"timers were left: {'; '.join(timers[:3])}"] if timers else [])

    def left_over(self) -> list[str]:
        loop = self.world.loop
        tasks = [task.get_name() for task in asyncio.all_tasks(loop)]
        timers = [str(handle) for handle in loop.pending()]
        found = [f"in the end tasks were left: {', '.join(sorted(tasks))}"] if tasks else []
        found += [f"in the end timers were left: {'; '.join(timers[:3])}"] if timers else []
        if self.world.network.open:
            found.append(f"{self.world.network.open} connections were left")
        return found


def _unread(connector: Connector) -> int:
    gateway = connector._gateway
    return gateway.counts["undecodable"] if isinstance(gateway, TwsGateway) else 0


def _of_the_app(handle: asyncio.TimerHandle) -> bool:
    module = getattr(getattr(handle, "_callback", None), "__module__", "") or ""
    return module.startswith(("core.connector", "core.tws", "core.desk", "ib_async"))


def _waits(one: Any) -> bool:
    return one.state in UNSETTLED or Overlay.REQUESTED in (one.modify, one.cancel)
