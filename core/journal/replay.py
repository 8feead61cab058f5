"""The journal as facts again: stepped through a desk, they make the same orders, executions and positions."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from decimal import Decimal
from typing import Any

from core.domain.events import (
    ConnectAsked,
    DisconnectAsked,
    Event,
    IntentRefused,
    IntentRestored,
    LinkLost,
    OrderReported,
    PositionReported,
    SnapshotCompleted,
    SocketOpened,
)
from core.domain.execution import Execution
from core.domain.order import OrderSpec
from core.journal.codec import fact_of, from_json
from core.journal.recording import AGAIN, INTENT, KINDS, UNCHANGED
from core.journal.schema import Entry

log = logging.getLogger(__name__)

_FACTS: dict[str, type[Event]] = {kind: fact for fact, kind in KINDS.items()}


def replay(
    entries: Iterable[Entry], wanted: Callable[[str], bool] = lambda gateway: True
) -> Iterator[tuple[float, Event]]:
    """(desk time, fact) of every row that is one, oldest first; of `wanted` gateways only.

    A row that cannot be read is left out, and the log says so: it must not keep the rest from being seen.
    """
    reading = _Reading()
    for entry in entries:
        try:
            fact = reading.fact(entry)
        except (KeyError, TypeError, ValueError, ArithmeticError) as fault:
            log.warning("row %d of the journal makes no sense: %r", entry.seq, fault)
            continue
        if fact is None or not wanted(reading.gateway):
            continue
        now_s = float(entry.values["now_s"])
        if isinstance(fact, SocketOpened) and reading.is_open:
            # A crash leaves no word of the link's end: what was under way was in doubt before this one opened.
            yield reading.before_s, DisconnectAsked()
            yield reading.before_s, reading.asked
        elif isinstance(fact, SocketOpened) and not reading.is_asked:
            # The desk came back by itself, in its own time; its wakings are not in the journal.
            yield now_s, reading.asked
        reading.is_asked = isinstance(fact, ConnectAsked)
        if isinstance(fact, SocketOpened | LinkLost | DisconnectAsked):
            reading.is_open = isinstance(fact, SocketOpened)
        reading.before_s = now_s
        yield now_s, fact


class _Reading:
    """What rows refer back to: the last of a kind, the parts of the last snapshot, the gateway they came from."""

    def __init__(self) -> None:
        self.gateway = ""
        self.asked = ConnectAsked("", 0, 0)
        self.is_asked = False
        self.is_open = False
        self.before_s = 0.0
        self._last: dict[tuple[str, str], Event] = {}
        self._parts: dict[str, tuple[Any, ...]] = {}

    def fact(self, entry: Entry) -> Event | None:
        told = entry.values
        if "now_s" not in told:
            return None
        if entry.kind == INTENT:
            self.gateway = told["gateway"]
            return _intent(entry.subject, told)
        if entry.kind == "refused":
            return IntentRefused(entry.subject, "The journal took too long to write it.")
        if entry.kind == AGAIN:
            return self._last.get((told["of"], entry.subject))
        if entry.kind == KINDS[SnapshotCompleted]:
            return self._snapshot(told)
        kind = _FACTS.get(entry.kind)
        if kind is None:
            return None
        fact = fact_of(kind, entry.fields)
        self._last[entry.kind, entry.subject] = fact
        self._follow(fact)
        return fact

    def _follow(self, fact: Event) -> None:
        if isinstance(fact, ConnectAsked):
            self.asked = fact
            self.gateway = ""
        elif isinstance(fact, SocketOpened):
            self.gateway = f"simulator {self.asked.host}:{self.asked.port}" if fact.simulator else "IB"

    def _snapshot(self, told: dict[str, str]) -> SnapshotCompleted | None:
        for part, kind in _PARTS.items():
            if told[part] == UNCHANGED and part not in self._parts:
                return None  # the rows begin in the middle of a run
            if told[part] != UNCHANGED:
                self._parts[part] = tuple(from_json(kind, one) for one in json.loads(told[part]))
        return SnapshotCompleted(
            int(told["next_order_id"]) if "next_order_id" in told else None,
            self._parts["orders"],
            tuple(from_json(Execution, one) for one in json.loads(told["executions"])),
            self._parts["completed"],
            self._parts["positions"],
            tuple(json.loads(told["missing"])),
            float(told["took_s"]),
        )


_PARTS: dict[str, type] = {
    "orders": OrderReported,
    "completed": OrderReported,
    "positions": PositionReported,
}


def _intent(order_ref: str, told: dict[str, str]) -> IntentRestored:
    return IntentRestored(
        order_ref,
        int(told["order_id"]),
        int(told["client_id"]),
        from_json(OrderSpec, json.loads(told["spec"])),
        told["modifies"] == "True",
        told["gateway"],
        Decimal(told["arrival_mid"]) if "arrival_mid" in told else None,
    )


def among(gateways: Collection[str]) -> Callable[[str], bool]:
    """Wanted are these gateways; what was heard before any was named is wanted too."""
    return lambda gateway: not gateway or gateway in gateways
