"""What can be made to go wrong on purpose, by name, for tests of those who connect.

Adding a fault is a row of its table. Nothing is left to chance but what the seed decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from core.simulator.faults.events import BROADCASTS, EVENTS, LOST, RESTORED_DATA_KEPT, RESTORED_DATA_LOST
from core.simulator.faults.messages import MESSAGES, REORDER
from core.simulator.faults.network import NETWORK
from core.simulator.faults.requests import REQUESTS
from core.simulator.faults.row import Bites, Fault, Message, Switch
from core.simulator.wire.frames import frame, frame_fields

__all__ = [
    "BROADCASTS",
    "FAULTS",
    "LOST",
    "RESTORED_DATA_KEPT",
    "RESTORED_DATA_LOST",
    "Bites",
    "Fault",
    "Faults",
    "UnknownFault",
    "parsed",
]

FAULTS: Final[dict[str, Fault]] = NETWORK | REQUESTS | MESSAGES | EVENTS
"""Every fault by its name."""


class UnknownFault(ValueError):
    """There is no fault of that name; says which there are."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no fault {name!r}: there is {', '.join(FAULTS)}")


def parsed(text: str) -> tuple[str, dict[str, Any]]:
    """(name, numbers) of "delay", or of "delay:rate=0.1,at=3,times=1,amount=2"; raises `ValueError`."""
    name, _, rest = text.partition(":")
    if name not in FAULTS:
        raise UnknownFault(name)
    numbers: dict[str, Any] = {}
    for part in rest.split(",") if rest else ():
        key, _, value = part.partition("=")
        if key not in _NUMBERS:
            raise ValueError(f"{key!r} is none of {', '.join(_NUMBERS)}")
        try:
            numbers[key] = _NUMBERS[key](value)
        except ValueError:
            raise ValueError(f"{key} is a number, not {value!r}") from None
    Faults().switch_on(name, **numbers)
    return name, numbers


_PLACES: Final = {name: place for place, name in enumerate(MESSAGES)}
_NUMBERS: Final[dict[str, Callable[[str], float]]] = {"rate": float, "at": int, "times": int, "amount": float}


@dataclass(slots=True)
class Faults:
    """Which faults are on. `muted` requests get no answer; `dropped` messages are lost as often as counted."""

    seed: int = 1
    muted: set[int] = field(default_factory=set)
    dropped: Counter[int] = field(default_factory=Counter)
    switches: dict[str, Switch] = field(default_factory=dict)
    due: list[Switch] = field(default_factory=list)
    """Events that are to happen at the next pulse."""

    # --- switching --------------------------------------------------------------------------------

    def switch_on(
        self,
        name: str,
        *,
        rate: float | None = None,
        at: int | None = None,
        times: int | None = None,
        amount: float | None = None,
    ) -> None:
        """From now on `name` bites: always, at a rate of its chances, or at the `at`-th, `times` at most.

        Raises `UnknownFault`, or `ValueError` when the numbers mean nothing.
        """
        fault = FAULTS.get(name)
        if fault is None:
            raise UnknownFault(name)
        if rate is not None and not 0 < rate <= 1:
            raise ValueError(f"a rate is above 0 and at most 1, not {rate}")
        if (at is not None and at < 1) or (times is not None and times < 1):
            raise ValueError("at and times are 1 or more")
        if amount is not None and not 0 <= amount < 2**32:
            raise ValueError(f"an amount is 0 or more, not {amount}")
        # A seed of its own: what one fault draws is no matter to another.
        chance = Random(f"{self.seed} {name}")
        wanted = fault.amount if amount is None else amount
        switch = Switch(fault, chance, rate, at, times, wanted)
        if fault.bites is Bites.EVENT and rate is None and at is None:
            self.due.append(switch)
        else:
            self.switches[name] = switch

    def switch_off(self, name: str | None = None) -> None:
        """No longer `name`, or nothing any more; what has happened stays so."""
        if name is None:
            self.switches.clear()
            self.due.clear()
        elif name in FAULTS:
            self.switches.pop(name, None)
        else:
            raise UnknownFault(name)

    def bite(self, name: str) -> Switch | None:
        """The switch of `name` if it bites now; each call is one of its chances."""
        switch = self.switches.get(name)
        return switch if switch is not None and switch.bites() else None

    # --- one kind, in short -------------------------------------------------------------------------

    def mute(self, *request_ids: int) -> None:
        self.muted.update(request_ids)

    def unmute(self, *request_ids: int) -> None:
        self.muted.difference_update(request_ids)

    def drop(self, message_id: int, times: int = 1) -> None:
        """Lose the next `times` messages of this kind, to whichever client they go."""
        self.dropped[message_id] += times

    # --- what a client is told ----------------------------------------------------------------------

    def told(self, message: bytes, to: int = 0) -> tuple[bytes, ...]:
        """What is sent to client `to` instead of `message`; the message itself when nothing bites."""
        if self.dropped and self._loses(message):
            return ()
        if not self.switches:
            return (message,)
        self._draw_events()
        return tuple(self._changed(message, to))

    def _loses(self, message: bytes) -> bool:
        message_id = int(message[4 : message.index(b"\0", 4)])
        if not self.dropped[message_id]:
            return False
        self.dropped[message_id] -= 1
        return True

    def _draw_events(self) -> None:
        for switch in self.switches.values():
            # Once a pulse at most: what an event sends would else bring it about again, ever more.
            if switch.fault.bites is Bites.EVENT and switch.bites() and switch not in self.due:
                self.due.append(switch)

    def _changed(self, message: bytes, to: int) -> Iterator[bytes]:
        fields = frame_fields(message)
        pieces: list[Message | bytes] = [fields]
        # In the table's order: what spoils a message comes after what needs it whole.
        for name in sorted(self.switches.keys() & MESSAGES.keys(), key=_PLACES.__getitem__):
            switch = self.switches[name]
            if switch.fault.messages and fields[0] not in switch.fault.messages:
                continue
            if name == REORDER:
                pieces = self._held_back(switch, pieces, to)
                continue
            if switch.fault.change is not None and switch.bites():
                pieces = [new for piece in pieces for new in _spoilt(piece, switch)]
        for piece in pieces:
            yield piece if isinstance(piece, bytes) else message if piece is fields else frame(*piece)

    def _held_back(self, switch: Switch, pieces: list[Message | bytes], to: int) -> list[Message | bytes]:
        """What waits goes after what comes now; what comes first waits."""
        waiting = switch.held.pop(to, None)
        if waiting is not None:
            return [*pieces, *waiting]
        if not switch.bites():
            return pieces
        switch.held[to] = [piece for piece in pieces if not isinstance(piece, bytes)]
        return []


def _spoilt(piece: Message | bytes, switch: Switch) -> Iterable[Message | bytes]:
    """What the fault makes of one piece: of a message that it does not look at, such as one held back, nothing."""
    fault = switch.fault
    if isinstance(piece, bytes) or fault.change is None:
        return (piece,)
    if fault.messages and piece[0] not in fault.messages:
        return (piece,)
    return fault.change(piece, switch.amount)
