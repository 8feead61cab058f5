"""How fast we may speak: a token bucket, a hard window, and less of both after IB's code 100."""

from __future__ import annotations

from collections import deque

HARD_MESSAGES_PER_S = 48
"""IB ends a session that sends more than 50; orders may use what data may not."""
RESERVED_PER_S = 8
"""What data leaves free of the hard window, so that an order never waits behind it."""

PAUSE_S = 1.0
DATA_PAUSE_S = 2.0
RECOVERY_S = 60.0
"""From nothing to the full rate; half the rate is made good in half of it."""
LEAST_FACTOR = 0.125


class Rate:
    """Grants messages. `urgent` ones take from the hard window only."""

    def __init__(self, messages_per_s: float, burst: int) -> None:
        self._full = messages_per_s
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at_s: float | None = None
        self._sent: deque[tuple[float, int]] = deque()
        self._sent_cost = 0
        self._floor = 1.0
        self._breached_at_s: float | None = None

    def sent_in_last_s(self, now_s: float) -> int:
        self._forget(now_s)
        return self._sent_cost

    def limit(self, now_s: float) -> int:
        """Messages a second, as things are."""
        return max(1, int(self._full * self._factor(now_s)))

    def throttled_until_s(self, now_s: float) -> float | None:
        """When the full rate is back; `None` when it is."""
        if self._breached_at_s is None or self._factor(now_s) >= 1.0:
            return None
        return self._breached_at_s + (1.0 - self._floor) * RECOVERY_S

    def breached(self, now_s: float) -> None:
        """Code 100: pause, halve the rate, and come back slowly."""
        self._floor = max(LEAST_FACTOR, self._factor(now_s) / 2)
        self._breached_at_s = now_s
        self._tokens = 0.0

    def allows(self, cost: int, now_s: float, *, urgent: bool) -> bool:
        self._forget(now_s)
        self._refill(now_s)
        return self._wait_s(cost, now_s, urgent=urgent) <= 0.0

    def spend(self, cost: int, now_s: float, *, urgent: bool) -> None:
        if not urgent:
            self._tokens -= cost
        self._sent.append((now_s, cost))
        self._sent_cost += cost

    def wait_s(self, cost: int, now_s: float, *, urgent: bool) -> float:
        """Seconds until `allows` may say yes."""
        self._forget(now_s)
        self._refill(now_s)
        return max(0.0, self._wait_s(cost, now_s, urgent=urgent))

    def _wait_s(self, cost: int, now_s: float, *, urgent: bool) -> float:
        factor = self._factor(now_s)
        window = int((HARD_MESSAGES_PER_S - (0 if urgent else RESERVED_PER_S)) * factor)
        wait_s = 0.0
        # What costs more than a whole window may go when nothing else has.
        if self._sent and self._sent_cost + cost > window:
            wait_s = self._sent[0][0] + 1.0 - now_s
        if self._breached_at_s is not None:
            pause_s = PAUSE_S if urgent else DATA_PAUSE_S
            wait_s = max(wait_s, self._breached_at_s + pause_s - now_s)
        if not urgent:
            wait_s = max(wait_s, (min(cost, self._burst) - self._tokens) / (self._full * factor))
        return wait_s

    def _factor(self, now_s: float) -> float:
        if self._breached_at_s is None:
            return 1.0
        factor = min(1.0, self._floor + max(0.0, now_s - self._breached_at_s) / RECOVERY_S)
        if factor >= 1.0:
            self._breached_at_s = None
        return factor

    def _forget(self, now_s: float) -> None:
        while self._sent and self._sent[0][0] <= now_s - 1.0:
            self._sent_cost -= self._sent.popleft()[1]

    def _refill(self, now_s: float) -> None:
        if self._filled_at_s is not None:
            gained = max(0.0, now_s - self._filled_at_s) * self._full * self._factor(now_s)
            self._tokens = min(float(self._burst), self._tokens + gained)
        self._filled_at_s = now_s
