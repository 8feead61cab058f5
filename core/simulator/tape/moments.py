"""What there is to see of a block of minutes: a change for each beat that shows something new."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.simulator.model import Run
from core.simulator.tape.path import BLOCK

NEVER = -np.inf


@dataclass(frozen=True, slots=True)
class Moments:
    """A block as a client may see it.

    `changes` are the beats that show something new, from the block's first; `due` says when each is seen, and
    when the block is over; `until` is how long each is all there is to see, and at its end never.
    """

    block: int
    run: Run
    changes: NDArray[np.int64]
    due: list[float]
    until: list[float]
    whole: Moments | None = None
    """The block of which these are some, where only some are seen."""
    places: list[int] = field(default_factory=list)
    """Which of the whole block's they are."""

    def seen(self, now_s: float, step_s: float) -> Moments:
        """What of it is seen by one who looks now and then every `step_s`: some changes are never seen alone."""
        pulses = now_s + step_s * np.arange(int((self.due[-1] - now_s) / step_s) + 1)
        looks = np.searchsorted(self.due, pulses[pulses < self.due[-1]], "right") - 1
        at = looks[np.concatenate(([True], looks[1:] != looks[:-1]))]
        places = at.tolist()
        traded = np.cumsum(np.frombuffer(bytes(self.run.printed), np.bool_))[at]
        run = Run(
            con_id=self.run.con_id,
            at_s=self.run.at_s[at],
            prices=self.run.prices.take(at, axis=1),
            counts=self.run.counts.take(at, axis=1),
            open=self.run.open,
            close=self.run.close,
            decimals=self.run.decimals,
            printed=differs(traded[None, :]).tobytes(),
            moved=differs(self.run.prices[:3].take(at, axis=1)).tobytes(),
        )
        due = [self.due[one] for one in places]
        until = [self.due[one + 1] for one in places]
        return Moments(self.block, run, self.changes[at], [*due, self.due[-1]], [*until, NEVER], self, places)


def moments(number: int, run: Run, changes: NDArray[np.int64], delay_s: float) -> Moments:
    """Those of block `number`, whose changes are seen so long after their time."""
    due = (run.at_s + delay_s).tolist()
    due.append((number + 1) * BLOCK * 60 + delay_s)
    return Moments(number, run, changes, due, [*due[1:], NEVER])


def differs(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Which columns are not as the one before them; not the first."""
    found = np.zeros(rows.shape[1], np.bool_)
    np.logical_or.reduce(rows[:, 1:] != rows[:, :-1], axis=0, out=found[1:])
    return found
