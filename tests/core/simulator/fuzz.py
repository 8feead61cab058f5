"""Mutated frames against a whole gateway: nothing may fail, nobody else may notice, nothing may grow.

python -m tests.core.simulator.fuzz [FRAMES [SEED]]   prints one line of figures; exit 1 when anything failed
"""

from __future__ import annotations

import logging
import random
import resource
import sys
import time
from dataclasses import dataclass, field

from core.simulator.exchange import Exchange
from core.simulator.hub import Hub
from core.simulator.pacing import Limits
from core.simulator.session import Session
from core.simulator.wire.frames import frame
from tests.core.simulator.fake_market import NOW_S
from tests.core.simulator.wire_client import CONTRACT_FIELDS, greeting, place_order

NASTY = (
    "", "0", "-1", "1", "2147483647", "-2147483649", "9223372036854775808", "1e400", "nan", "Infinity", "1.5",
    "99999999999999999999", "\x1b[2J", "é", "SMART", "AAPL", "BAG", "OPT", "1.7976931348623157e+308", "20261122", "5 secs",
    "1 D", "TRADES", "x" * 5000, "LMT", "TRAIL", "1000000", "10001",
)  # fmt: skip

CLOSES_AT = 2_000
"""Frames of one client, after which another takes its place."""


def corpus() -> list[list[str]]:
    """A plain request of every sort that clients send most, and a few of the rest."""
    contract = CONTRACT_FIELDS
    plain = [[str(msg_id), "1", "5"] for msg_id in range(1, 110)]
    return [
        *plain,
        place_order(1, 178),
        place_order(2, 178, "LMT", "140"),
        ["1", "11", "9", *contract, "0", "233", "0", "0", ""],
        ["4", "1", "2", ""],
        ["7", "3", "5", "0", "", "", "", "", "", ""],
        ["9", "8", "5", *contract, "0", "", "", ""],
        ["10", "5", "8", *contract, "5", "1", ""],
        ["20", "6", *contract, "0", "", "1 min", "3600 S", "0", "TRADES", "1", "1", ""],
        ["50", "3", "7", *contract, "5", "TRADES", "0", ""],
        ["62", "1", "5", "All", "NetLiquidation,$LEDGER:ALL"],
        ["81", "5", "AA"],
        ["86", "4", "265598", "BRFG", "", "", "5", ""],
        ["96", "6", *contract, "0", "20261120-15:00:00", "", "10", "TRADES", "0", "0", ""],
        ["97", "7", *contract, "BidAsk", "0", "0"],
    ]


def mutated(fields: list[str], chance: random.Random) -> bytes:
    """A request with something wrong: in its fields, or in its bytes."""
    changed = list(fields)
    for _ in range(chance.randint(1, 4)):
        # Seldom the id: a request that is not known at all proves little.
        least = 1 if len(changed) > 1 and chance.random() < 0.97 else 0
        at = chance.randrange(least, len(changed))
        match chance.randrange(5):
            case 0 | 1:
                changed[at] = chance.choice(NASTY)
            case 2 if len(changed) > 1:
                del changed[at]
            case 3:
                changed.insert(at, chance.choice(NASTY))
            case _:
                changed = changed[: max(at, 1)]
    data = bytearray(frame(*changed))
    if chance.random() < 0.01:
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


class Complaints(logging.Handler):
    """What the gateway logged as its own fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.found) < 20:
            self.found.append(self.format(record)[-1500:])


@dataclass
class Report:
    frames: int = 0
    sessions: int = 0
    crashes: list[str] = field(default_factory=list)
    longest_ms: float = 0.0
    grown_mb: int = 0
    seconds: float = 0.0


def run(frames: int, seed: int = 1) -> Report:
    """Throw `frames` mutated requests at a gateway with a real market; another client looks on."""
    chance, report, complaints = random.Random(seed), Report(), Complaints()
    logger = logging.getLogger("core.simulator")
    logger.addHandler(complaints)
    level, logger.level, propagate, logger.propagate = logger.level, logging.ERROR, logger.propagate, False
    try:
        _throw(frames, chance, report)
    finally:
        logger.removeHandler(complaints)
        logger.level, logger.propagate = level, propagate
    report.crashes += complaints.found
    return report


def _throw(frames: int, chance: random.Random, report: Report) -> None:
    hub = Hub(Exchange(1, NOW_S), limits=Limits(history=False))
    onlooker_heard: list[bytes] = []
    onlooker = _client(hub, onlooker_heard.append, 99)
    seeds, session = corpus(), None
    begun, memory, now = time.monotonic(), 0, NOW_S
    for at in range(frames):
        if session is None or session.closed or at % CLOSES_AT == 0:
            if session is not None:
                hub.leave(session)
            session = _client(hub, lambda _data: None, 1)
            report.sessions += 1
        data = mutated(chance.choice(seeds), chance)
        asked = time.perf_counter()
        session.receive(data)
        report.longest_ms = max(report.longest_ms, (time.perf_counter() - asked) * 1000)
        report.frames += 1
        if at % 200 == 0:
            now += 1.0
            hub.advance(now)
        if at == min(50_000, frames // 5):
            memory = _memory_mb()
    onlooker_heard.clear()
    onlooker.receive(frame("49", "1"))
    if onlooker.closed or not onlooker_heard:
        report.crashes.append("another client was disturbed")
    report.seconds, report.grown_mb = time.monotonic() - begun, _memory_mb() - memory


def _client(hub: Hub, hear: object, client_id: int) -> Session:
    session = hub.admit(hear, lambda: None)  # type: ignore[arg-type]
    assert session is not None
    session.receive(greeting())
    session.receive(frame("71", "2", str(client_id), ""))
    return session


def _memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(arguments: list[str]) -> int:
    frames = int(arguments[0]) if arguments else 1_000_000
    report = run(frames, int(arguments[1]) if len(arguments) > 1 else 1)
    sys.stdout.write(
        f"{report.frames:,} frames, {report.sessions:,} sessions, {len(report.crashes)} crashes, longest "
        f"{report.longest_ms:.0f} ms, memory grew by {report.grown_mb} MB, {report.seconds:.0f} s\n"
    )
    for crash in report.crashes:
        sys.stdout.write(f"\n{crash}\n")
    return 1 if report.crashes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
