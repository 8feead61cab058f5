"""What one client listens to: quotes of contracts, and answers that repeat on a cadence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.simulator.model import Shown

OnQuote = Callable[[Shown], None]
"""Told each change of a contract's quote."""

OnPulse = Callable[[float], None]
"""Told the time, in epoch seconds."""

Key = tuple[str, int]
"""A kind of subscription and the client's own id of it."""


@dataclass(slots=True)
class _Repeat:
    period_s: float
    due_s: float
    run: OnPulse


class Tape(Protocol):
    """Where quotes come from: told which contracts are listened to, once for each listener."""

    def watch(self, con_id: int) -> None: ...
    def unwatch(self, con_id: int) -> None: ...


class Subscriptions:
    """Every live subscription of one client; a key stands for at most one of each sort."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._by_contract: dict[int, dict[Key, OnQuote]] = {}
        self.listeners: dict[int, tuple[OnQuote, ...]] = {}
        """Who is told of a contract's quotes, by conId."""
        self._contract_of: dict[Key, int] = {}
        self._repeats: dict[Key, _Repeat] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._contract_of or key in self._repeats

    def count(self, kind: str) -> int:
        keys = self._contract_of.keys() | self._repeats.keys()
        return sum(1 for found, _ in keys if found == kind)

    def ids(self, kind: str) -> list[int]:
        """The client's own ids of its subscriptions of this kind, in order."""
        return sorted(i for found, i in self._contract_of.keys() | self._repeats.keys() if found == kind)

    def watch(self, key: Key, con_id: int, on_quote: OnQuote) -> None:
        self._forget_watch(key)
        self._contract_of[key] = con_id
        self._tape.watch(con_id)
        self._by_contract.setdefault(con_id, {})[key] = on_quote
        self.listeners[con_id] = tuple(self._by_contract[con_id].values())

    def repeat(self, key: Key, period_s: float, now_s: float, on_pulse: OnPulse) -> None:
        """Call `on_pulse` every `period_s` from now, first after one period."""
        self._repeats[key] = _Repeat(period_s, now_s + period_s, on_pulse)

    def cancel(self, key: Key) -> bool:
        """End it; False when there is no such subscription."""
        known = key in self
        self._forget_watch(key)
        self._repeats.pop(key, None)
        return known

    def clear(self, *kinds: str) -> None:
        """End every subscription of these kinds, of every kind when none is named."""
        for key in [k for k in (*self._contract_of, *self._repeats) if not kinds or k[0] in kinds]:
            self.cancel(key)

    def pulse(self, now_s: float) -> None:
        for repeat in tuple(self._repeats.values()):
            if repeat.due_s <= now_s:
                # A clock that jumped owes one answer, not one for every period missed.
                missed = (now_s - repeat.due_s) // repeat.period_s
                repeat.due_s += (missed + 1) * repeat.period_s
                repeat.run(now_s)

    def hasten(self, now_s: float, *kinds: str) -> None:
        """Make the repeating answers of these kinds due at the next pulse."""
        for (kind, _), repeat in self._repeats.items():
            if kind in kinds:
                repeat.due_s = min(repeat.due_s, now_s)

    def _forget_watch(self, key: Key) -> None:
        con_id = self._contract_of.pop(key, None)
        if con_id is not None:
            self._tape.unwatch(con_id)
            watchers = self._by_contract[con_id]
            del watchers[key]
            self.listeners[con_id] = tuple(watchers.values())
            if not watchers:
                del self._by_contract[con_id], self.listeners[con_id]
