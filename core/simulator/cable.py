"""The network between a client and the gateway, as bad as the faults that are on make it."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Final, Protocol

from core.simulator.faults import Faults
from core.simulator.faults.row import Switch

MAX_WAITING_BYTES: Final = 32 * 1024 * 1024

_PIECE_GAP_S: Final = 0.001
_LENGTH: Final = struct.Struct(">I")


class Socket(Protocol):
    """The end of the cable that is ours."""

    def put(self, data: bytes) -> None: ...
    def end(self) -> None:
        """Close once all that was put is sent."""
        ...

    def reset(self) -> None:
        """Close at once, with RST where the system can."""
        ...

    def stop_reading(self) -> None: ...


class Timer(Protocol):
    def cancel(self) -> None: ...


class Loop(Protocol):
    """The part of an event loop that a cable needs."""

    def time(self) -> float: ...
    def call_at(self, when: float, callback: Callable[[], None], /) -> Timer: ...


class Cable:
    """One connection's network; `send` takes one message at a time, order is always kept."""

    def __init__(self, faults: Faults, socket: Socket, loop: Loop) -> None:
        self._faults, self._socket, self._loop = faults, socket, loop
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._waiting_bytes = 0
        self._timer: Timer | None = None
        self._sent_bytes = 0
        self._silent = False
        self._greeted = False
        self._closing = False
        self._chance = Random(f"{faults.seed} cable")

    def opens(self) -> bool:
        """Whether the connection is to be served at all."""
        if self._faults.bite("refuse"):
            self._socket.reset()
            return False
        if self._faults.bite("accept-and-mute"):
            self._silent = True
            self._socket.stop_reading()
            return False
        return True

    def passes(self) -> bool:
        """Whether what came from the client may be read."""
        if self._faults.bite("drop-before"):
            self._socket.reset()
            return False
        if self._faults.bite("stop-reading"):
            self._socket.stop_reading()
            return False
        return True

    def send(self, data: bytes) -> None:
        first, self._greeted = not self._greeted, True
        if self._silent:
            return
        if not self._faults.switches and not self._waiting:
            self._socket.put(data)
        elif not self._broken():
            self._hand_over(self._pieces(data, first))

    def close(self) -> None:
        """End the connection after what still waits."""
        self._closing = True
        if not self._waiting:
            self._socket.end()

    def forget(self) -> None:
        """The connection is gone: nothing more is sent."""
        self._waiting.clear()
        self._waiting_bytes = 0
        self._silent = True
        if self._timer is not None:
            self._timer.cancel()

    # --- what bites ---------------------------------------------------------------------------------

    def _broken(self) -> bool:
        if self._faults.bite("reset"):
            self._socket.reset()
        elif self._faults.bite("end"):
            self._socket.end()
        elif self._faults.bite("stop-writing"):
            pass
        else:
            return False
        self.forget()
        return True

    def _pieces(self, data: bytes, first: bool) -> Iterable[tuple[float, bytes]]:
        """(when due, bytes) in the order they leave."""
        now = self._loop.time()
        due = now
        if delay := self._faults.bite("delay"):
            due += delay.amount * (1 + self._chance.random() / 2)
        if wait := self._faults.bite("coalesce"):
            due = (now // wait.amount + 1) * wait.amount if wait.amount else now
        slow = self._faults.bite("slow-greeting") if first else None
        if slow or self._faults.bite("slices"):
            gap = slow.amount / len(data) if slow else _PIECE_GAP_S
            return [(due + at * gap, data[at : at + 1]) for at in range(len(data))]
        return [(due, data)]

    def _cut(self, data: bytes) -> bytes | None:
        """What of `data` still goes out before the connection breaks, None when it does not."""
        switch: Switch | None = self._faults.switches.get("drop-after")
        if switch is None or self._sent_bytes + len(data) < switch.amount or not switch.bites():
            return None
        return data[: max(int(switch.amount) - self._sent_bytes, 0)]

    # --- waiting ------------------------------------------------------------------------------------

    def _hand_over(self, pieces: Iterable[tuple[float, bytes]]) -> None:
        for due, piece in pieces:
            # Never before what was sent earlier: the network delays, it does not reorder.
            latest = self._waiting[-1][0] if self._waiting else due
            self._waiting.append((max(due, latest), piece))
            self._waiting_bytes += len(piece)
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self._socket.reset()
            self.forget()
            return
        self._pump()

    def _pump(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _, piece = self._waiting.popleft()
            self._waiting_bytes -= len(piece)
            cut = self._cut(piece)
            if cut is not None:
                self._socket.put(cut)
                self._socket.end()
                self.forget()
                return
            self._sent_bytes += len(piece)
            self._socket.put(piece)
        if self._waiting:
            self._timer = self._loop.call_at(self._waiting[0][0], self._pump)
        elif self._closing:
            self._socket.end()
