"""Priority lanes in front of the socket: cancel > order > heartbeat > account > data > history."""

from __future__ import annotations

from collections import deque
from enum import IntEnum

from core.domain.requests import (
    CancelBars,
    CancelOrder,
    CancelQuotes,
    PlaceOrder,
    Probe,
    RequestBars,
    RequestContracts,
    SearchContracts,
    SubscribeAccount,
    SubscribeQuotes,
    TakeSnapshot,
    WireRequest,
)

HARD_MESSAGES_PER_S = 48
"""IB ends a session that sends more than 50; orders may use what data may not."""


class Lane(IntEnum):
    """In order of precedence."""

    CANCEL = 0
    ORDER = 1
    HEARTBEAT = 2
    ACCOUNT = 3
    DATA = 4
    HISTORY = 5


LANES: dict[type[WireRequest], tuple[Lane, int]] = {
    CancelOrder: (Lane.CANCEL, 1),
    PlaceOrder: (Lane.ORDER, 1),
    Probe: (Lane.HEARTBEAT, 1),
    TakeSnapshot: (Lane.ACCOUNT, 5),
    SubscribeAccount: (Lane.ACCOUNT, 3),
    RequestContracts: (Lane.DATA, 2),
    SearchContracts: (Lane.DATA, 1),
    SubscribeQuotes: (Lane.DATA, 1),
    CancelQuotes: (Lane.DATA, 1),
    RequestBars: (Lane.HISTORY, 1),
    CancelBars: (Lane.HISTORY, 1),
}
"""Every request that costs messages: its lane and how many messages it costs."""

_URGENT = frozenset({Lane.CANCEL, Lane.ORDER, Lane.HEARTBEAT})


class Lanes:
    """Queues by lane over two budgets: a token bucket for all but orders, a hard window for everything."""

    def __init__(self, messages_per_s: float, burst: int) -> None:
        self._rate = messages_per_s
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at_s: float | None = None
        self._queues: dict[Lane, deque[WireRequest]] = {lane: deque() for lane in Lane}
        self._sent: deque[tuple[float, int]] = deque()
        self._sent_cost = 0

    @property
    def queued(self) -> int:
        return sum(map(len, self._queues.values()))

    def message_rate(self, now_s: float) -> int:
        """Messages in the last second."""
        self._forget(now_s)
        return self._sent_cost

    def offer(self, request: WireRequest) -> None:
        """Line up behind what came before in the same lane."""
        self._queues[LANES[type(request)][0]].append(request)

    def take(self, now_s: float) -> list[WireRequest]:
        """What may go now, most urgent first."""
        self._forget(now_s)
        self._refill(now_s)
        granted: list[WireRequest] = []
        for lane, queue in self._queues.items():
            while queue and self._may_send(lane, LANES[type(queue[0])][1]):
                request = queue.popleft()
                self._spend(lane, LANES[type(request)][1], now_s)
                granted.append(request)
            if queue:
                break  # a cheaper request of a later lane must not starve this one
        return granted

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until something queued may go; `None` when nothing waits."""
        waiting = next((lane for lane, queue in self._queues.items() if queue), None)
        if waiting is None:
            return None
        cost = LANES[type(self._queues[waiting][0])][1]
        window = 0.0
        if self._sent_cost + cost > HARD_MESSAGES_PER_S and self._sent:
            window = self._sent[0][0] + 1.0 - now_s
        bucket = 0.0 if waiting in _URGENT else (min(cost, self._burst) - self._tokens) / self._rate
        return max(0.001, window, bucket)

    def clear(self) -> tuple[WireRequest, ...]:
        """The link is gone: nothing queued may be sent later. Returns what was dropped."""
        dropped = tuple(request for queue in self._queues.values() for request in queue)
        for queue in self._queues.values():
            queue.clear()
        return dropped

    def withdraw(self, order_ref: str) -> bool:
        """Take back an order that has not been granted yet; false when it has gone."""
        queue = self._queues[Lane.ORDER]
        kept = [one for one in queue if not (isinstance(one, PlaceOrder) and one.order_ref == order_ref)]
        found = len(kept) < len(queue)
        self._queues[Lane.ORDER] = deque(kept)
        return found

    def _may_send(self, lane: Lane, cost: int) -> bool:
        if self._sent_cost + cost > HARD_MESSAGES_PER_S:
            return False
        return lane in _URGENT or self._tokens >= min(cost, self._burst)

    def _spend(self, lane: Lane, cost: int, now_s: float) -> None:
        if lane not in _URGENT:
            self._tokens -= cost
        self._sent.append((now_s, cost))
        self._sent_cost += cost

    def _forget(self, now_s: float) -> None:
        while self._sent and self._sent[0][0] <= now_s - 1.0:
            self._sent_cost -= self._sent.popleft()[1]

    def _refill(self, now_s: float) -> None:
        if self._filled_at_s is not None:
            gained = max(0.0, now_s - self._filled_at_s) * self._rate
            self._tokens = min(float(self._burst), self._tokens + gained)
        self._filled_at_s = now_s
