"""Quote lines: one subscription a contract, its ticks gathered and told once a packet."""

from __future__ import annotations

from core.domain.contract import SecType
from core.domain.events import QuoteRefused, QuotesGarbled, QuotesReported
from core.domain.quote import QuoteKind, QuoteReport
from core.domain.requests import CancelQuotes, SubscribeQuotes
from core.tws.anew import Anew
from core.tws.codes import LINE_MAY_LIVE
from core.tws.contracts import contract_to
from core.tws.numbers import price, size
from core.tws.wire import Wire

_BID, _ASK, _LAST, _VOLUME, _OPEN, _HIGH, _LOW, _CLOSE = 0, 2, 4, 6, 7, 8, 9, 10

_SIDES = {1: _BID, 2: _ASK, 4: _LAST, 66: _BID, 67: _ASK, 68: _LAST}
"""Ticks that carry a price and its size, to the price's place; the size stands behind it."""

_PRICES = {14: _OPEN, 6: _HIGH, 7: _LOW, 9: _CLOSE, 76: _OPEN, 72: _HIGH, 73: _LOW, 75: _CLOSE}
_SIZES = {
    0: _BID + 1,
    3: _ASK + 1,
    5: _LAST + 1,
    8: _VOLUME,
    69: _BID + 1,
    70: _ASK + 1,
    71: _LAST + 1,
    74: _VOLUME,
}
_DELAYED = frozenset({66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76})
_MESSAGES = frozenset({1, 2, 45})
"""tickPrice, tickSize, tickGeneric."""
_HALTED = frozenset({49, 90})
_SHORTABLE = 46
_ASK_SHORTABLE = "236"
_LIVE_TYPE, _DELAYED_TYPE = 1, 3
_KINDS = {1: QuoteKind.LIVE, 2: QuoteKind.FROZEN, 3: QuoteKind.DELAYED, 4: QuoteKind.DELAYED_FROZEN}


class _Line:
    """What this subscription, and no earlier one, has said."""

    __slots__ = ("con_id", "halted", "heard", "kind", "shortable", "values")

    def __init__(self, con_id: int) -> None:
        self.con_id = con_id
        self.kind = QuoteKind.LIVE
        self.values: list[float | None] = [None] * 11
        self.halted = False
        self.shortable: float | None = None
        self.heard = False

    def report(self) -> QuoteReport:
        return QuoteReport._make((self.con_id, self.kind, *self.values, self.halted, self.shortable))


class QuoteLines:
    """The registry of lines; never two for one contract."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lines: dict[int, _Line] = {}
        self._req_ids: dict[int, int] = {}  # con_id -> request id
        self._changed: dict[int, _Line] = {}
        self._asked_type = _LIVE_TYPE
        self._anew = Anew(wire, lambda: wire.tell(QuotesGarbled()))

    def subscribe(self, request: SubscribeQuotes) -> None:
        con_id = request.contract.con_id
        self._drop(con_id)
        req_id = self._wire.ask(lambda code, words: self._refused(req_id, code, words))
        self._lines[req_id] = _Line(con_id)
        self._req_ids[con_id] = req_id
        self._ask_for(_DELAYED_TYPE if request.delayed else _LIVE_TYPE)
        more = _ASK_SHORTABLE if request.contract.sec_type is SecType.STK else ""
        self._wire.client.reqMktData(req_id, contract_to(request.contract), more, False, False, [])

    def _ask_for(self, kind: int) -> None:
        """The kind of data holds for every line asked for after it; a gateway begins with live."""
        if kind != self._asked_type:
            self._asked_type = kind
            self._wire.client.reqMarketDataType(kind)

    def cancel(self, request: CancelQuotes) -> None:
        self._drop(request.con_id)

    def _drop(self, con_id: int) -> None:
        req_id = self._req_ids.pop(con_id, None)
        if req_id is not None:
            self._forget(req_id)
            self._wire.client.cancelMktData(req_id)

    def _forget(self, req_id: int) -> None:
        self._wire.done(req_id)
        self._lines.pop(req_id, None)
        self._changed.pop(req_id, None)

    def _refused(self, req_id: int, code: int, words: str) -> None:
        con_id = self._lines[req_id].con_id
        if code not in LINE_MAY_LIVE:
            self._forget(req_id)
            del self._req_ids[con_id]
        self._wire.tell(QuoteRefused(con_id, code, words))

    # --- ticks ------------------------------------------------------------------------------------

    def price_tick(self, req_id: int, tick: int, value: float, amount: float) -> None:
        line = self._lines.get(req_id)
        if line is None:
            return self._wire.late("ticks")
        if (place := _SIDES.get(tick)) is not None:
            line.values[place] = price(value, amount)
            line.values[place + 1] = size(amount) or None
        elif (place := _PRICES.get(tick)) is not None:
            line.values[place] = price(value, amount)
        else:
            return None
        return self._heard(req_id, line, tick)

    def size_tick(self, req_id: int, tick: int, amount: float) -> None:
        line = self._lines.get(req_id)
        if line is None:
            return self._wire.late("ticks")
        if (place := _SIZES.get(tick)) is None:
            return None
        line.values[place] = size(amount) if place == _VOLUME else size(amount) or None
        return self._heard(req_id, line, tick)

    def generic_tick(self, req_id: int, tick: int, value: float) -> None:
        line = self._lines.get(req_id)
        if line is None:
            return
        if tick in _HALTED:
            line.halted = value > 0  # -1 unknown, 0 trading, 1 halted, 2 halted for volatility
        elif tick == _SHORTABLE:
            line.shortable = size(value)
        else:
            return
        self._heard(req_id, line, tick)

    def kind_told(self, req_id: int, kind: int) -> None:
        """marketDataType: what IB delivers, whatever was asked."""
        line = self._lines.get(req_id)
        if line is not None and kind in _KINDS and _KINDS[kind] is not line.kind:
            line.kind = _KINDS[kind]
            if line.heard:
                self._changed[req_id] = line

    def _heard(self, req_id: int, line: _Line, tick: int) -> None:
        if tick in _DELAYED and line.kind in (QuoteKind.LIVE, QuoteKind.FROZEN):
            line.kind = QuoteKind.DELAYED
        line.heard = True
        self._changed[req_id] = line

    def unreadable(self, message: int) -> None:
        """A tick was lost on us: its line would go on showing what was so before."""
        if message in _MESSAGES and self._lines:
            self._anew.doubt()

    def flush(self) -> None:
        """Tell every line that this packet changed, in one event."""
        if self._changed:
            reports = tuple(line.report() for line in self._changed.values())
            self._changed.clear()
            self._wire.tell(QuotesReported(reports))
