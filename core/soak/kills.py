"""`kill -9` of the real process, over real TCP, at random instants; and what the next start makes of it."""

from __future__ import annotations

import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from core.soak import check
from core.soak.check import Intent
from core.soak.victim import intents_in

ROUND: Final = 25
"""Kills before gateway and journal begin anew: a day's worth of orders."""
STEP_WITHIN_S: Final = 90.0
STARTING_S: Final = (0.4, 1.6)
"""An early kill comes this long after the start of the process: while it opens, connects and reads back."""
TRADING_S: Final = (0.0, 1.6)
"""Any other comes this long after it has agreed with the gateway, or half of them after its first order."""
GATEWAY_TOO: Final = 0.1
"""How often the gateway is killed with it."""
VIEW_WITHIN_S: Final = 3.0


@dataclass(slots=True)
class Kills:
    """What a run of kills came to."""

    kills: int = 0
    early: int = 0
    """Of them, while it was still starting, connecting or reading back."""
    gateways: int = 0
    orders: int = 0
    doubts: int = 0
    """Orders that were in doubt, with reason, at a comparison."""
    late_views: int = 0
    """Starts after which the journal's view took longer than `VIEW_WITHIN_S`: also a matter of the machine."""
    wrong: list[str] = field(default_factory=list)
    view_s: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    agreed_s: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "kills": self.kills,
            "early": self.early,
            "gateway_kills": self.gateways,
            "orders": self.orders,
            "in_doubt": self.doubts,
            "late_views": self.late_views,
            "failures": len(self.wrong),
            "wrong": self.wrong[:20],
            "start_to_view_s": spread(self.view_s),
            "start_to_ready_s": spread(self.ready_s),
            "start_to_agreed_s": spread(self.agreed_s),
            "seconds": round(self.seconds, 1),
            "seconds_per_kill": round(self.seconds / max(self.kills, 1), 2),
        }


def spread(seconds: list[float]) -> dict[str, float]:
    """Median, 99th percentile and largest."""
    if not seconds:
        return {}
    ranked = sorted(seconds)
    p99 = ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]
    return {"p50": round(statistics.median(ranked), 3), "p99": round(p99, 3), "max": round(ranked[-1], 3)}


class Process:
    """A child of ours that says lines of JSON."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.began_s = time.monotonic()
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def said(self, within_s: float = STEP_WITHIN_S) -> dict[str, Any] | None:
        """Its next line; None when it has ended or said nothing for so long."""
        try:
            return self._lines.get(timeout=max(0.0, within_s))
        except queue.Empty:
            return None

    def age_s(self) -> float:
        return time.monotonic() - self.began_s

    def kill(self) -> None:
        """SIGKILL, and wait until the system has taken everything back."""
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                stream.close()


class Round:
    """One gateway and one journal, and lives that end one after the other."""

    def __init__(self, folder: Path, chance: Random, tally: Kills) -> None:
        self._journal, self._state = folder / "journal.sqlite", folder / "gateway.json"
        self._chance, self._tally = chance, tally
        self._seed = chance.randrange(2**31)
        self._port = 0
        self._gateway = self._start_gateway()

    def _start_gateway(self) -> Process:
        gateway = Process(
            "core.simulator",
            *("--port", str(self._port), "--seed", str(self._seed), "--state", str(self._state)),
        )
        said = gateway.said()
        assert said is not None, "the simulated gateway did not start"
        self._port = int(said["port"])
        return gateway

    def kill_once(self) -> None:
        """One life: to its kill, at a random instant of a random stretch of it."""
        chance, tally = self._chance, self._tally
        victim = self._start_victim()
        early = chance.random() < 0.3
        if early:
            time.sleep(chance.uniform(*STARTING_S))
        elif self._follow(victim):
            if chance.random() < 0.5 and victim.said() is None:
                tally.wrong.append(f"kill {tally.kills}: it did not trade")
            time.sleep(chance.uniform(*TRADING_S))
        victim.kill()
        tally.kills += 1
        tally.early += early
        if chance.random() < GATEWAY_TOO:
            self._gateway.kill()
            tally.gateways += 1
            self._gateway = self._start_gateway()

    def finish(self, *, patient: bool) -> None:
        """A last life, which must agree as well; then what lies on the disks is compared."""
        victim = self._start_victim(*(("--patient",) if patient else ()))
        self._follow(victim, timed=False)
        victim.kill()
        self._gateway.kill()
        meant = intents_in(self._journal)
        self._tally.orders += len(meant)
        self._tally.wrong += check.sent(meant, self._placed(meant))

    def _start_victim(self, *more: str) -> Process:
        return Process(
            "core.soak.victim",
            *("--port", str(self._port), "--journal", str(self._journal), "--state", str(self._state)),
            *("--seed", str(self._chance.randrange(2**31)), *more),
        )

    def _follow(self, victim: Process, *, timed: bool = True) -> bool:
        """Hear it say that it agrees with the gateway."""
        times = {"view": self._tally.view_s, "ready": self._tally.ready_s, "agreed": self._tally.agreed_s}
        for at in times:
            said = victim.said()
            if said is None or said["at"] != at:
                words = said["words"] if said is not None else [f"it ended or said nothing before {at!r}"]
                self._tally.wrong += [f"kill {self._tally.kills}: {one}" for one in words]
                return False
            if timed:
                times[at].append(victim.age_s())
            self._tally.late_views += at == "view" and victim.age_s() > VIEW_WITHIN_S
            if at == "agreed":
                self._tally.doubts += said["doubts"]
        return True

    def _placed(self, meant: dict[str, Intent]) -> dict[int, list[str]]:
        """Order references by order id, as the gateway's file has them."""
        placed: dict[int, list[str]] = {}
        for one in json.loads(self._state.read_text())["pit"]["orders"]:
            order = one["order"]
            placed.setdefault(int(order["order_id"]), []).append(order["order_ref"])
        return placed


def run(
    kills: int, seed: int, tell: Callable[[Kills], None] = lambda _: None, *, patient: bool = True
) -> Kills:
    """Kill `kills` times; `tell` hears of each. A patient end waits for every proof that can be had: half a minute."""
    tally, chance, began_s = Kills(), Random(f"{seed} kills"), time.monotonic()
    while tally.kills < kills:
        with tempfile.TemporaryDirectory(prefix="ibdesk-kills-") as folder:
            one = Round(Path(folder), chance, tally)
            for _ in range(min(ROUND, kills - tally.kills)):
                one.kill_once()
                tally.seconds = time.monotonic() - began_s
                tell(tally)
            one.finish(patient=patient)
    tally.seconds = time.monotonic() - began_s
    return tally
