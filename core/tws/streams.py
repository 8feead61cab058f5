"""Depth books and tapes: one subscription a contract and kind, gathered and told once a packet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.domain.depth import DepthChange, DepthStep
from core.domain.events import DepthGarbled, DepthReported, DepthReset, PrintsReported, StreamRefused
from core.domain.requests import CancelStream, SubscribeStream
from core.domain.stream import StreamKind
from core.domain.tape import Print
from core.tws.anew import Anew
from core.tws.contracts import contract_to
from core.tws.numbers import label, number, size
from core.tws.wire import Wire

DEPTH_ROWS = 20
_DEPTH_MESSAGES = frozenset({12, 13})
_EMPTY_THE_BOOK = 317
_STEPS = {step.value: step for step in DepthStep}
_LATEST = 2**33
"""Seconds since 1970 past which a time is nonsense."""


@dataclass(slots=True)
class _Stream:
    kind: StreamKind
    con_id: int
    smart: bool
    rows: list[DepthChange] = field(default_factory=list)
    prints: list[Print] = field(default_factory=list)


class Streams:
    """The registry of this connection; never two of a kind for one contract."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._streams: dict[int, _Stream] = {}
        self._req_ids: dict[tuple[StreamKind, int], int] = {}
        self._changed: dict[int, _Stream] = {}
        self._anew = Anew(wire, lambda: wire.tell(DepthGarbled()))

    def subscribe(self, request: SubscribeStream) -> None:
        kind, contract = request.kind, request.contract
        self._drop(kind, contract.con_id)
        req_id = self._wire.ask(lambda code, words: self._refused(req_id, code, words))
        stream = _Stream(kind, contract.con_id, contract.exchange == "SMART")
        self._streams[req_id] = stream
        self._req_ids[kind, contract.con_id] = req_id
        ib_contract = contract_to(contract)
        if kind is StreamKind.DEPTH:
            self._wire.client.reqMktDepth(req_id, ib_contract, DEPTH_ROWS, stream.smart, [])
        else:
            self._wire.client.reqTickByTickData(req_id, ib_contract, "AllLast", 0, False)

    def cancel(self, request: CancelStream) -> None:
        self._drop(request.kind, request.con_id)

    def _drop(self, kind: StreamKind, con_id: int) -> None:
        req_id = self._req_ids.get((kind, con_id))
        if req_id is None:
            return
        stream = self._forget(req_id)
        if kind is StreamKind.DEPTH:
            self._wire.client.cancelMktDepth(req_id, stream.smart)
        else:
            self._wire.client.cancelTickByTickData(req_id)

    def _forget(self, req_id: int) -> _Stream:
        self._wire.done(req_id)
        self._changed.pop(req_id, None)
        stream = self._streams.pop(req_id)
        del self._req_ids[stream.kind, stream.con_id]
        return stream

    def _refused(self, req_id: int, code: int, words: str) -> None:
        if code == _EMPTY_THE_BOOK:
            stream = self._streams[req_id]
            stream.rows.clear()
            self._wire.tell(DepthReset(stream.con_id))
            return
        stream = self._forget(req_id)
        self._wire.tell(StreamRefused(stream.kind, stream.con_id, code, words))

    # --- what comes --------------------------------------------------------------------------------

    def row(
        self, req_id: int, position: int, maker: str, step: int, side: int, price: float, amount: float
    ) -> None:
        stream = self._streams.get(req_id)
        if stream is None:
            return self._wire.late("depth")
        value, volume, known = number(price), size(amount), _STEPS.get(step)
        if known is DepthStep.DELETE:  # it goes by its place, whatever else is written there
            value, volume = value or 0.0, volume or 0.0
        if known is None or side not in (0, 1) or value is None or volume is None:
            self._wire.counts["depth rows that make no sense"] += 1
            self._anew.doubt()
            return None
        stream.rows.append(DepthChange(position, known, side == 1, value, volume, label(maker, 20)))
        self._changed[req_id] = stream
        return None

    def unreadable(self, message: int) -> None:
        """A row was lost on us. A print that was is only missing: no other hangs on it."""
        if message in _DEPTH_MESSAGES and any(kind is StreamKind.DEPTH for kind, _ in self._req_ids):
            self._anew.doubt()

    def print(
        self,
        req_id: int,
        time_s: int,
        price: float,
        amount: float,
        unreported: bool,
        exchange: str,
        conditions: str,
    ) -> None:
        stream = self._streams.get(req_id)
        if stream is None:
            return self._wire.late("prints")
        value, volume = number(price), size(amount)
        if value is None or volume is None or not 0 < time_s < _LATEST:
            self._wire.counts["prints that make no sense"] += 1
            return None
        at = datetime.fromtimestamp(time_s, UTC)
        stream.prints.append(
            Print(at, value, volume, label(exchange, 20), label(conditions, 40), None, unreported)
        )
        self._changed[req_id] = stream
        return None

    def flush(self) -> None:
        """Tell what this packet brought, in the order it came."""
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        for stream in changed.values():
            if stream.rows:
                rows, stream.rows = tuple(stream.rows), []
                self._wire.tell(DepthReported(stream.con_id, rows))
            if stream.prints:
                prints, stream.prints = tuple(stream.prints), []
                self._wire.tell(PrintsReported(stream.con_id, prints))
