"""IB's limits on history: a request that would break one waits, and when it is due is known.

They hold for bars of 30 seconds and less, as IB's servers slow longer ones down by themselves; only
how many may be open at once holds for all.
"""

from __future__ import annotations

from collections import deque

from core.domain.quote import BAR_SECONDS, BarKey
from core.domain.requests import RequestBars

WINDOW_S = 600.0
IN_WINDOW = 60
IDENTICAL_S = 15.0
ALIKE_S = 2.0
ALIKE = 5
"""Six within two seconds for one contract, exchange and kind of price are one too many."""
OPEN_AT_ONCE = 50
SMALL_BARS_S = 30
COSTS = {"BID_ASK": 2}
"""What counts more than once."""

_AFTER_S = 0.001


class HistoryLedger:
    """What was asked and when; outlives the connection, as IB's memory of it does."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()
        self._used = 0
        self._identical: dict[tuple[object, ...], float] = {}
        self._alike: dict[tuple[object, ...], deque[float]] = {}
        self._open: set[BarKey] = set()

    def used(self, now_s: float) -> int:
        """What requests cost in the last ten minutes."""
        self._forget(now_s)
        return self._used

    def due_at_s(self, request: RequestBars, now_s: float) -> float | None:
        """When the request may go, now at the earliest; `None`: once another has ended."""
        if len(self._open) >= OPEN_AT_ONCE and request.key not in self._open:
            return None
        if not _is_small(request):
            return now_s
        self._forget(now_s)
        last_s = self._identical.get(_identity(request))
        return max(
            now_s,
            self._window_free_at_s(_cost(request)),
            now_s if last_s is None else last_s + IDENTICAL_S + _AFTER_S,
            self._alike_free_at_s(request),
        )

    def sent(self, request: RequestBars, now_s: float) -> None:
        self._open.add(request.key)
        if not _is_small(request):
            return
        cost = _cost(request)
        self._sent.append((now_s, cost))
        self._used += cost
        self._identical[_identity(request)] = now_s
        self._alike.setdefault(_likeness(request), deque(maxlen=ALIKE)).append(now_s)

    def ended(self, key: BarKey) -> None:
        """Answered whole, refused or cancelled: it is not open any more."""
        self._open.discard(key)

    def link_lost(self) -> None:
        """No request outlives its socket; how often was asked is remembered at the other end too."""
        self._open.clear()

    def _window_free_at_s(self, cost: int) -> float:
        excess = self._used + cost - IN_WINDOW
        for at_s, spent in self._sent:
            if excess <= 0:
                break
            excess -= spent
            if excess <= 0:
                return at_s + WINDOW_S + _AFTER_S
        return 0.0

    def _alike_free_at_s(self, request: RequestBars) -> float:
        times = self._alike.get(_likeness(request))
        return 0.0 if times is None or len(times) < ALIKE else times[0] + ALIKE_S + _AFTER_S

    def _forget(self, now_s: float) -> None:
        while self._sent and self._sent[0][0] <= now_s - WINDOW_S:
            self._used -= self._sent.popleft()[1]
        # Both stay as small as what can be sent within their spans; swept only when they have grown.
        if len(self._identical) > IN_WINDOW:
            self._identical = {key: at for key, at in self._identical.items() if at > now_s - IDENTICAL_S}
        if len(self._alike) > IN_WINDOW:
            self._alike = {key: at for key, at in self._alike.items() if at[-1] > now_s - ALIKE_S}


def _is_small(request: RequestBars) -> bool:
    return BAR_SECONDS.get(request.key.bar_size, 1) <= SMALL_BARS_S


def _cost(request: RequestBars) -> int:
    return COSTS.get(request.key.what, 1)


def _identity(request: RequestBars) -> tuple[object, ...]:
    return (request.key, request.contract.exchange, request.duration)


def _likeness(request: RequestBars) -> tuple[object, ...]:
    return (request.key.con_id, request.contract.exchange, request.key.what)
