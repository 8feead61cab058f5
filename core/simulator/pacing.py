"""TWS's limits on how often a client may ask; each client has its own account of them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

HISTORY_WINDOW_S: Final = 600.0
HISTORY_IN_WINDOW: Final = 60
SAME_REQUEST_S: Final = 15.0
SAME_CONTRACT_S: Final = 2.0
SAME_CONTRACT: Final = 6
REALTIME_IN_WINDOW: Final = 60
SAME_TAPE_S: Final = 15.0

SMALL_BARS_S: Final = 30
BREACHES: Final = 3
"""So many breaches of the message rate end the session."""

HISTORY_VIOLATION: Final = (
    "Historical Market Data Service error message:Historical data request pacing violation"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What of TWS's limits is kept. `messages_a_second` is half the market data lines; None is no limit."""

    messages_a_second: int | None = None
    breaches_end_session: bool = False
    history: bool = True  # of bars up to 30 seconds; longer ones TWS only slows down
    lines: int = 100
    books: int = 3
    tapes: int = 5
    open_history: int = 50  # bars that are kept up to date: other requests are over once they are answered


@dataclass(slots=True)
class Pace:
    """One client's requests: each question counts the request it is asked about."""

    limits: Limits
    breaches: int = 0
    _received: float = 0.0
    _refused: int = 0
    _counted_s: float = 0.0
    _history: deque[float] = field(default_factory=deque)
    _alike: dict[object, float] = field(default_factory=dict)
    _contracts: dict[object, deque[float]] = field(default_factory=dict)
    _realtime: deque[float] = field(default_factory=deque)
    _tapes: dict[int, float] = field(default_factory=dict)

    def too_many_messages(self, now_s: float) -> int:
        """How many messages came within a second when they are too many, else 0.

        What was not used of a second may be used in the next: a client that keeps the rate by its own
        clock must not fail because two of its bursts arrive a little closer than they left.
        """
        most = self.limits.messages_a_second
        if most is None:
            return 0
        since, self._counted_s = now_s - self._counted_s, now_s
        self._received = max(self._received - max(since, 0.0) * most, 0.0) + 1
        if self._received <= most:
            self._refused = 0
            return 0
        self._received -= 1
        self._refused += 1
        return most + self._refused

    def history_violated(self, request: tuple[object, ...], bar_size: str, what: str, now_s: float) -> bool:
        """Whether this request for bars comes too soon; `request` begins with contract and exchange."""
        if not self.limits.history or bar_seconds(bar_size) > SMALL_BARS_S:
            return False
        weight = 2 if what == "BID_ASK" else 1
        _forget(self._history, now_s - HISTORY_WINDOW_S)
        self._alike = {key: at for key, at in self._alike.items() if now_s - at < SAME_REQUEST_S}
        recent = self._contracts.setdefault((*request[:2], what), deque())
        _forget(recent, now_s - SAME_CONTRACT_S)
        if len(self._history) + weight > HISTORY_IN_WINDOW or request in self._alike:
            return True
        if len(recent) + 1 >= SAME_CONTRACT:
            return True
        self._history.extend([now_s] * weight)
        recent.append(now_s)
        self._alike[request] = now_s
        return False

    def realtime_violated(self, now_s: float) -> bool:
        _forget(self._realtime, now_s - HISTORY_WINDOW_S)
        if len(self._realtime) >= REALTIME_IN_WINDOW:
            return True
        self._realtime.append(now_s)
        return False

    def tape_too_soon(self, con_id: int, now_s: float) -> bool:
        """Whether the tape of this contract was asked for less than 15 seconds ago."""
        if not self.limits.history or now_s - self._tapes.get(con_id, -SAME_TAPE_S) >= SAME_TAPE_S:
            self._tapes[con_id] = now_s
            return False
        return True


def _forget(times: deque[float], until_s: float) -> None:
    while times and times[0] <= until_s:
        times.popleft()


_SECONDS = re.compile(r"^(\d+) secs?$")


def bar_seconds(bar_size: str) -> int:
    """The length of "5 secs"; bars of a minute and more are long."""
    found = _SECONDS.match(bar_size.strip())
    return int(found[1]) if found else 60
