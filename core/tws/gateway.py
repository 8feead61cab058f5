"""The gateway port over TWS or IB Gateway: one session after another, every failure an event."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from core.domain.events import (
    BarsRefused,
    ContractsFound,
    ContractsReported,
    Event,
    MessageReported,
    OrderNotSent,
    OrderSent,
    PreviewReported,
    ProbeUnanswered,
    QuoteRefused,
    ScanReported,
    SnapshotCompleted,
    StreamRefused,
)
from core.domain.gateway import Receive
from core.domain.preview import Preview
from core.domain.requests import (
    CancelOrder,
    Connect,
    Disconnect,
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
from core.spawn import spawn
from core.telemetry import correlated
from core.tws.codes import NOT_CONNECTED
from core.tws.directory import MarketRules
from core.tws.outbound import NotPlaceable
from core.tws.session import Session
from core.tws.snapshot import Part

log = logging.getLogger(__name__)

REQUEST_DEADLINE_S = 10.0
"""For requests that bring no deadline of their own."""

_UNSENT: dict[type, Callable[[Any, str], Event]] = {
    PlaceOrder: lambda order, why: OrderNotSent(order.order_ref, why),
    PreviewOrder: lambda asked, why: PreviewReported(asked.order_id, Preview(0.0, f"No preview: {why}")),
    CancelOrder: lambda order, why: MessageReported(NOT_CONNECTED, why, order.order_id),
    GlobalCancel: lambda _, why: MessageReported(NOT_CONNECTED, why),
    Probe: lambda probe, _: ProbeUnanswered(probe.deadline_s),
    TakeSnapshot: lambda *_: SnapshotCompleted(None, (), (), (), (), tuple(part.value for part in Part)),
    SubscribeAccount: lambda _, why: MessageReported(NOT_CONNECTED, why),
    RequestContracts: lambda asked, why: ContractsReported(asked.query, (), NOT_CONNECTED, why),
    SearchContracts: lambda asked, _: ContractsFound(asked.text, ()),
    SubscribeQuotes: lambda asked, why: QuoteRefused(asked.contract.con_id, NOT_CONNECTED, why),
    SubscribeStream: lambda asked, why: StreamRefused(asked.kind, asked.contract.con_id, NOT_CONNECTED, why),
    RequestScan: lambda asked, why: ScanReported(asked.scan, (), NOT_CONNECTED, why),
    RequestBars: lambda asked, why: BarsRefused(asked.key, NOT_CONNECTED, why),
}
"""What to tell of a request that was not written; those not named here need no answer."""


class TwsGateway:
    """Implements `core.domain.gateway.Gateway` over ib_async's client; made on the loop that will carry it."""

    def __init__(self, receive: Receive, *, request_deadline_s: float = REQUEST_DEADLINE_S) -> None:
        self._receive = receive
        self._deadline_s = request_deadline_s
        self._loop = asyncio.get_running_loop()
        self._session: Session | None = None
        self._number = 0
        self._opening: asyncio.Task[None] | None = None
        self._dropped: Session | None = None
        self._given_up: set[asyncio.Task[None]] = set()
        self._rules: MarketRules = {}
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """Late answers, unreadable messages and the like, since the start."""
        return self._counts

    def perform(self, request: WireRequest | Connect | Disconnect) -> None:
        """Carry out `request`; what comes of it arrives through `receive`, never before this returns."""
        if isinstance(request, Connect):
            self._connect(request)
        elif isinstance(request, Disconnect):
            self._drop()
        else:
            self._send(request)

    async def close(self) -> None:
        """Drop the socket and wait for all that was on its way, though it was dropped a moment before."""
        self._drop()
        if self._given_up:
            await asyncio.wait(self._given_up)
        dropped, self._dropped = self._dropped, None
        if dropped is not None:
            await dropped.gone()

    def _connect(self, request: Connect) -> None:
        self._drop()
        session = Session(request, self._receive, self._rules, self._deadline_s, self._counts, self._loop)
        self._session = session
        self._number += 1
        # What this socket says later is handled in the context that it was opened in.
        with correlated(connection=self._number):
            log.info("connecting to %s:%d as client %d", request.host, request.port, request.client_id)
            self._opening = spawn(session.open(), f"connect to {request.host}:{request.port}")

    def _drop(self) -> None:
        if self._opening is not None:
            self._given_up.add(self._opening)
            self._opening.add_done_callback(self._given_up.discard)
            self._opening.cancel()
            self._opening = None
        if self._session is not None:
            self._session.end()
            self._dropped, self._session = self._session, None

    def _send(self, request: WireRequest) -> None:
        if self._session is None or not self._session.is_open:
            return self._unsent(request, "The connection is closed.")
        try:
            self._session.perform(request)
        except (NotPlaceable, ConnectionError) as fault:
            return self._unsent(request, str(fault))
        except Exception as fault:  # never out of `perform`: the desk must hear of it as an event
            log.exception("could not write %s", type(request).__name__)
            return self._unsent(request, f"IBDesk could not write it: {fault}")
        if isinstance(request, PlaceOrder):
            self._soon(OrderSent(request.order_ref))
        return None

    def _unsent(self, request: WireRequest, why: str) -> None:
        event = _UNSENT.get(type(request))
        if event is not None:
            self._soon(event(request, why))

    def _soon(self, event: Event) -> None:
        self._loop.call_soon(self._receive, event)
