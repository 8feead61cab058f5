"""Market-data lines: one per contract however many panels watch it, never more than IB gives.

This is the registry that everything is asked for again from. When there are more contracts than lines,
those that matter least and were wanted longest ago wait without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count

from core.domain.contract import Contract

PRIORITIES = {"chart": 0, "ticket": 0}
"""Who comes first by the owner's name; anybody else comes after all of these, and after what is held."""
HELD_PRIORITY = 1
LAST_PRIORITY = 2


class Wire(Enum):
    """How far a line's subscription has come."""

    NONE = auto()
    QUEUED = auto()
    """Waits in its lane: it can be taken back."""
    OPEN = auto()
    """Handed to the gateway: it must be cancelled."""


@dataclass(slots=True)
class Line:
    """One contract that somebody watches."""

    contract: Contract
    used: int
    """When somebody last asked for it, as a running number."""
    owners: set[str] = field(default_factory=set)
    has_slot: bool = False
    """One of IB's lines is kept for it; without one it waits."""
    wire: Wire = Wire.NONE
    held: bool = False
    """There is a position in it: its price is the account's."""
    delayed: bool = False
    """There is no live subscription for it: delayed prices are asked for."""
    refused: bool = False
    """IB said no: not asked for again before the next connection."""

    @property
    def con_id(self) -> int:
        return self.contract.con_id

    @property
    def priority(self) -> int:
        """Lower is more urgent."""
        own = HELD_PRIORITY if self.held else LAST_PRIORITY
        return min((PRIORITIES.get(owner, own) for owner in self.owners), default=own)

    @property
    def is_waiting(self) -> bool:
        return not self.has_slot and not self.refused


@dataclass(frozen=True, slots=True)
class Shift:
    """What a change of mind means for IB: cancel these first, then open those."""

    closes: tuple[Line, ...] = ()
    opens: tuple[Line, ...] = ()


_NOTHING = Shift()


class Lines:
    """Owners and slots by contract; who sends and cancels tells it how far a line has come."""

    def __init__(self, limit: int) -> None:
        self._given = limit
        self.limit = limit
        self._lines: dict[int, Line] = {}
        self._clock = count()
        self._held: Set[int] = frozenset()

    def __contains__(self, con_id: int) -> bool:
        return con_id in self._lines

    @property
    def used(self) -> int:
        """How many of IB's lines are taken."""
        return sum(line.has_slot for line in self._lines.values())

    @property
    def evicted(self) -> int:
        """How many contracts wait for a line."""
        return sum(line.is_waiting for line in self._lines.values())

    def line(self, con_id: int) -> Line | None:
        return self._lines.get(con_id)

    def all(self) -> Iterator[Line]:
        return iter(tuple(self._lines.values()))

    def in_order(self) -> list[Line]:
        """Those with a slot, the most urgent first, then in the order they were wanted."""
        held = (line for line in self._lines.values() if line.has_slot)
        return sorted(held, key=lambda line: (line.priority, line.used))

    def hold(self, con_ids: Set[int]) -> None:
        """In which contracts there are positions now."""
        self._held = con_ids
        for line in self._lines.values():
            line.held = line.con_id in con_ids

    def watch(self, contract: Contract, owner: str) -> Shift:
        """Somebody wants it; of two as urgent, the one wanted later gets the line."""
        line = self._lines.get(contract.con_id)
        if line is None:
            line = self._lines[contract.con_id] = Line(contract, next(self._clock))
            line.held = line.con_id in self._held
        line.owners.add(owner)
        line.used = next(self._clock)
        if line.has_slot or line.refused:
            return _NOTHING
        if self.used < self.limit:
            line.has_slot = True
            return Shift(opens=(line,))
        least = self._least()
        if least is None or least.priority < line.priority:
            return _NOTHING
        return self._swap(least, line)

    def unwatch(self, con_id: int, owner: str) -> Shift:
        """The last owner's leaving closes the line, and another may have its slot."""
        line = self._lines.get(con_id)
        if line is None:
            return _NOTHING
        line.owners.discard(owner)
        if not line.owners:
            del self._lines[con_id]
        closes = (line,) if line.has_slot and not line.owners else ()
        settled = self._settle()
        return Shift(closes + settled.closes, settled.opens)

    def route(self, contract: Contract) -> Line | None:
        """Take over the exchange of a line that had none; the line, when it can be opened now."""
        line = self._lines.get(contract.con_id)
        if line is None or line.contract.exchange or not contract.exchange:
            return None
        line.contract = contract
        return line if line.has_slot else None

    def refuse(self, line: Line) -> Shift:
        """IB has closed it and does not want to be asked again: another may have its slot."""
        line.has_slot, line.wire, line.refused = False, Wire.NONE, True
        return self._settle()

    def fewer(self, line: Line) -> None:
        """Code 101: IB gives fewer lines than we were told; `line` is the one too many."""
        line.has_slot, line.wire = False, Wire.NONE
        self.limit = max(1, self.used)

    def start_over(self) -> Shift:
        """Another connection: nothing is open, nothing is refused, and the most urgent come first."""
        self.limit = self._given
        for line in self._lines.values():
            line.wire, line.has_slot, line.refused, line.delayed = Wire.NONE, False, False, False
        self._settle()
        return Shift(opens=tuple(self.in_order()))

    def link_lost(self) -> None:
        """No subscription outlives its socket."""
        for line in self._lines.values():
            line.wire = Wire.NONE

    def _settle(self) -> Shift:
        """Free slots go to the most urgent that wait; the less urgent give theirs up to the more urgent."""
        closes: list[Line] = []
        opens: list[Line] = []
        waiting = sorted(
            (line for line in self._lines.values() if line.is_waiting),
            key=lambda line: (line.priority, -line.used),
        )
        free = self.limit - self.used
        for line in waiting:
            if free > 0:
                free -= 1
                line.has_slot = True
                opens.append(line)
                continue
            least = self._least()
            if least is None or least.priority <= line.priority:
                break
            swapped = self._swap(least, line)
            closes += swapped.closes
            opens += swapped.opens
        return Shift(tuple(closes), tuple(opens))

    def _least(self) -> Line | None:
        """The line that is missed least: the least urgent, and of those the one wanted longest ago."""
        held = (line for line in self._lines.values() if line.has_slot)
        return max(held, key=lambda line: (line.priority, -line.used), default=None)

    def _swap(self, out: Line, into: Line) -> Shift:
        out.has_slot, into.has_slot = False, True
        return Shift((out,), (into,))
