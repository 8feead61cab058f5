"""Priority lanes in front of the socket: cancel > order > heartbeat > account > data > history."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntEnum

from core.domain.quote import BarKey
from core.domain.requests import (
    CancelBars,
    CancelOrder,
    CancelQuotes,
    CancelStream,
    GlobalCancel,
    PlaceOrder,
    PreviewOrder,
    Probe,
    RequestBars,
    RequestContracts,
    RequestScan,
    SearchContracts,
    SubscribeAccount,
    SubscribeQuotes,
    SubscribeStream,
    TakeSnapshot,
    WireRequest,
)
from core.domain.stream import StreamKind
from core.pacing.history import HistoryLedger
from core.pacing.rate import Rate


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
    GlobalCancel: (Lane.CANCEL, 1),
    PlaceOrder: (Lane.ORDER, 1),
    PreviewOrder: (Lane.ACCOUNT, 1),
    Probe: (Lane.HEARTBEAT, 1),
    TakeSnapshot: (Lane.ACCOUNT, 5),
    SubscribeAccount: (Lane.ACCOUNT, 3),
    RequestContracts: (Lane.DATA, 2),
    SearchContracts: (Lane.DATA, 1),
    SubscribeQuotes: (Lane.DATA, 1),
    CancelQuotes: (Lane.DATA, 1),
    SubscribeStream: (Lane.DATA, 1),
    CancelStream: (Lane.DATA, 1),
    RequestScan: (Lane.DATA, 2),
    RequestBars: (Lane.HISTORY, 1),
    CancelBars: (Lane.HISTORY, 1),
}
"""Every request that costs messages: its lane and how many messages it costs."""

_URGENT = frozenset({Lane.CANCEL, Lane.ORDER, Lane.HEARTBEAT})


class Lanes:
    """Queues by lane over one rate; the history lane keeps to IB's ledger of history besides."""

    def __init__(self, messages_per_s: float, burst: int) -> None:
        self.rate = Rate(messages_per_s, burst)
        self.history = HistoryLedger()
        self._queues: dict[Lane, deque[WireRequest]] = {lane: deque() for lane in Lane}

    @property
    def queued(self) -> int:
        return sum(map(len, self._queues.values()))

    def next_history_s(self, now_s: float) -> float | None:
        """When the first history request may go that waits for the ledger; `None` when none does."""
        due = self._history_due_at_s(now_s)
        return due if due is not None and due > now_s else None

    def offer(self, request: WireRequest) -> None:
        """Line up behind what came before in the same lane."""
        self._queues[LANES[type(request)][0]].append(request)

    def take(self, now_s: float) -> list[WireRequest]:
        """What may go now, most urgent first."""
        granted: list[WireRequest] = []
        for lane, queue in self._queues.items():
            urgent = lane in _URGENT
            while queue:
                place = self._first_due(lane, now_s)
                if place is None:
                    break
                cost = LANES[type(queue[place])][1]
                if not self.rate.allows(cost, now_s, urgent=urgent):
                    break
                self.rate.spend(cost, now_s, urgent=urgent)
                granted.append(self._pop(lane, place, now_s))
            if queue:
                break  # a cheaper request of a later lane must not starve this one
        return granted

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until something queued may go; `None` when nothing waits, or only for an answer."""
        lane = next((lane for lane, queue in self._queues.items() if queue), None)
        if lane is None:
            return None
        wait_s = 0.0
        if lane is Lane.HISTORY:
            due_at_s = self._history_due_at_s(now_s)
            if due_at_s is None:
                return None
            wait_s = due_at_s - now_s
        cost = LANES[type(self._queues[lane][0])][1]
        return max(0.001, wait_s, self.rate.wait_s(cost, now_s, urgent=lane in _URGENT))

    def clear(self) -> tuple[WireRequest, ...]:
        """The link is gone: nothing queued may be sent later. Returns what was dropped."""
        dropped = tuple(request for queue in self._queues.values() for request in queue)
        for queue in self._queues.values():
            queue.clear()
        self.history.link_lost()
        return dropped

    def withdraw(self, order_ref: str) -> bool:
        """Take back an order that has not been granted yet; false when it has gone."""
        return self._withdraw(
            Lane.ORDER, lambda one: isinstance(one, PlaceOrder) and one.order_ref == order_ref
        )

    def withdraw_quotes(self, con_id: int) -> bool:
        """Take back a subscription that has not been granted yet; false when it has gone."""
        return self._withdraw(
            Lane.DATA, lambda one: isinstance(one, SubscribeQuotes) and one.contract.con_id == con_id
        )

    def withdraw_stream(self, kind: StreamKind, con_id: int) -> bool:
        """Take back a depth or tape subscription that has not been granted yet; false when it has gone."""
        return self._withdraw(
            Lane.DATA,
            lambda one: (
                isinstance(one, SubscribeStream) and one.kind is kind and one.contract.con_id == con_id
            ),
        )

    def withdraw_bars(self, key: BarKey) -> bool:
        """Take back a request for a series that has not been granted yet; false when it has gone."""
        return self._withdraw(Lane.HISTORY, lambda one: isinstance(one, RequestBars) and one.key == key)

    def _withdraw(self, lane: Lane, matches: Callable[[WireRequest], bool]) -> bool:
        queue = self._queues[lane]
        kept = deque(one for one in queue if not matches(one))
        found = len(kept) < len(queue)
        if found:
            self._queues[lane] = kept
        return found

    def _first_due(self, lane: Lane, now_s: float) -> int | None:
        """The place of the next to go: a history request that must wait lets others pass, but for its own end."""
        if lane is not Lane.HISTORY:
            return 0
        for place, request in enumerate(self._queues[lane]):
            if not isinstance(request, RequestBars):
                return place
            due_at_s = self.history.due_at_s(request, now_s)
            if due_at_s is not None and due_at_s <= now_s:
                return place
        return None

    def _pop(self, lane: Lane, place: int, now_s: float) -> WireRequest:
        queue = self._queues[lane]
        request = queue[place]
        del queue[place]
        if isinstance(request, RequestBars):
            self.history.sent(request, now_s)
        elif isinstance(request, CancelBars):
            self.history.ended(request.key)
        return request

    def _history_due_at_s(self, now_s: float) -> float | None:
        due = (
            self.history.due_at_s(one, now_s) if isinstance(one, RequestBars) else now_s
            for one in self._queues[Lane.HISTORY]
        )
        return min((at for at in due if at is not None), default=None)
