"""Many sessions over several processes, told in the order of their seeds; a failure is made as small as it gets."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from core.soak import session
from core.soak.faults import Planned
from core.soak.session import Outcome

CHUNK: Final = 5
"""Sessions a worker takes at a time."""
SET_ASIDE_EVERY: Final = 10
_done: Final = count()


@dataclass(slots=True)
class Tally:
    """What a run of many came to."""

    sessions: int = 0
    orders: int = 0
    denied: int = 0
    failed: list[Outcome] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    virtual_s: float = 0.0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        self.sessions += 1
        self.orders += outcome.orders
        self.denied += outcome.denied
        self.virtual_s += outcome.virtual_s
        self.faults.update(one.name for one in outcome.faults)
        self.states.update(outcome.states)
        if outcome.wrong:
            self.failed.append(outcome)

    def as_dict(self) -> dict[str, Any]:
        return {
            "sessions": self.sessions,
            "failures": len(self.failed),
            "failed_seeds": [one.seed for one in self.failed],
            "orders": self.orders,
            "verdicts": dict(sorted(self.states.items())),
            "faults": dict(sorted(self.faults.items())),
            "virtual_hours": round(self.virtual_s / 3600, 2),
            "seconds": round(self.seconds, 2),
        }


def run(
    sessions: int, seed: int, workers: int = 1, tell: Callable[[Outcome], None] = lambda _: None
) -> Tally:
    """Run the sessions of `seed`, `seed` + 1 and so on. `tell` hears of each, in that order."""
    tally, began_s = Tally(), time.perf_counter()
    for outcome in _outcomes(range(seed, seed + sessions), workers):
        tally.add(outcome)
        tell(outcome)
    tally.seconds = time.perf_counter() - began_s
    return tally


def _outcomes(seeds: range, workers: int) -> Iterator[Outcome]:
    if workers <= 1 or len(seeds) <= CHUNK:
        yield from map(session.run, seeds)
        return
    # Fresh processes, on every platform: nothing of the caller's (a Qt application, say) is in them.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(_one_of_many, seeds, CHUNK)


def _one_of_many(seed: int) -> Outcome:
    """A session in a worker. What outlives it is shared by all, such as option series that were made once.

    None of that is ever garbage: set aside, it is not gone through before each session.
    """
    outcome = session.run(seed)
    if next(_done) % SET_ASIDE_EVERY == 0:
        gc.collect()
        gc.freeze()
    return outcome


def shrink(failed: Outcome) -> list[Planned]:
    """The faults that are needed for this failure: each is left out in turn, and stays out if it still fails."""
    needed = list(failed.faults)
    for one in failed.faults:
        fewer = [other for other in needed if other is not one]
        if session.run(failed.seed, fewer).wrong:
            needed = fewer
    return needed


def told(failed: Outcome, needed: list[Planned]) -> str:
    """A failure in lines: its seed, what is wrong, what it takes, and how to see it again."""
    lines = [f"seed {failed.seed}: {words}" for words in failed.wrong[:6]]
    if len(failed.wrong) > 6:
        lines.append(f"  and {len(failed.wrong) - 6} more")
    takes = ", ".join(f"{one.name} at {one.at_s:g} s" for one in needed) or "no fault at all"
    lines.append(f"  of {len(failed.faults)} faults it takes: {takes}")
    lines.append(f"  again: ibdesk soak --seed {failed.seed} --sessions 1 --trace FILE")
    return "\n".join(lines)


def trace(seed: int, path: Path) -> Outcome:
    """One session, with every byte that was delivered written to `path`."""
    return session.run(seed, trace_to=path)
