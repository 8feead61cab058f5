"""What a row of the fault table is, and a switch that says when it bites."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

Message = list[str]
"""The fields of one message, its id first."""


class Bites(StrEnum):
    """Where a fault does its harm."""

    NETWORK = "network"  # the bytes on their way
    REQUEST = "request"  # what a client asks
    MESSAGE = "message"  # what a client is told
    EVENT = "event"  # the gateway or the broker behind it


Change = Callable[[Message, float], Iterable[Message | bytes]]
"""What is sent instead of a message; bytes are sent as they are. The number is the fault's amount."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`messages` are the ids it looks at, all when empty; `amount` is its one adjustable number."""

    name: str
    says: str
    bites: Bites
    messages: frozenset[str] = frozenset()
    amount: float = 0.0
    unit: str = ""
    change: Change | None = None


def table(*rows: Fault) -> dict[str, Fault]:
    return {row.name: row for row in rows}


@dataclass(slots=True, eq=False)
class Switch:
    """A fault that is on: always, at a `rate` of its chances, or at the `at`-th; `times` at most."""

    fault: Fault
    chance: Random
    rate: float | None = None
    at: int | None = None
    times: int | None = None
    amount: float = 0.0
    seen: int = 0
    bitten: int = 0
    held: dict[int, list[Message]] = field(default_factory=dict)
    """What is held back, by whom it is for."""

    def bites(self) -> bool:
        """Whether it bites this time; every call is one chance."""
        self.seen += 1
        if self.times is not None and self.bitten >= self.times:
            return False
        if self.at is not None and self.seen != self.at:
            return False
        if self.rate is not None and self.chance.random() >= self.rate:
            return False
        self.bitten += 1
        return True
