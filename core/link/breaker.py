"""The circuit breaker: after too many failures, rest and then try one probe at a time."""

from __future__ import annotations

from collections import deque

from core.domain.link import Breaker


class CircuitBreaker:
    """Opens after `failures` within `window_s`; half-open after `rest_s`; closed by one success."""

    def __init__(self, failures: int, window_s: float, rest_s: float) -> None:
        self._window_s = window_s
        self._rest_s = rest_s
        self._failed_at: deque[float] = deque(maxlen=failures)
        self.state = Breaker.CLOSED
        self.opens_again_at_s: float | None = None

    def failed(self, now_s: float) -> None:
        """An attempt came to nothing."""
        self._failed_at.append(now_s)
        full = len(self._failed_at) == self._failed_at.maxlen
        if self.state is Breaker.HALF_OPEN or (full and now_s - self._failed_at[0] <= self._window_s):
            self.state = Breaker.OPEN
            self.opens_again_at_s = now_s + self._rest_s

    def reset(self) -> None:
        """An attempt reached its goal; or another one is aimed at, of which the failures say nothing."""
        self._failed_at.clear()
        self.state = Breaker.CLOSED
        self.opens_again_at_s = None

    def try_now(self, now_s: float, *, forced: bool = False) -> bool:
        """Whether an attempt may be made; `forced` is the trader's own "retry now"."""
        if self.state is not Breaker.OPEN:
            return True
        if forced or (self.opens_again_at_s is not None and now_s >= self.opens_again_at_s):
            self.state = Breaker.HALF_OPEN
            return True
        return False
