"""What-ifs: each under an order id of its own, answered in parts, ended by its margin, a refusal or the deadline."""

from __future__ import annotations

from asyncio import TimerHandle
from collections import deque
from collections.abc import Callable

from ib_async.order import OrderState as IbOrderState

from core.domain.events import PreviewReported
from core.domain.preview import Preview
from core.domain.requests import PreviewOrder
from core.tws.codes import is_advisory
from core.tws.numbers import exact, label, words
from core.tws.wire import Wire

REMEMBERED = 200
"""Ids whose late answers must not be taken for an order's."""


class Previews:
    """Asks with `write`, which is `outbound.preview`: the one way a what-if gets onto the wire."""

    def __init__(self, wire: Wire, write: Callable[[PreviewOrder], None]) -> None:
        self._wire = wire
        self._write = write
        self._waiting: dict[int, TimerHandle] = {}
        self._ours: deque[int] = deque(maxlen=REMEMBERED)

    def ask(self, request: PreviewOrder) -> None:
        self._write(request)
        self._ours.append(request.order_id)
        late = f"No preview: IB did not answer within {request.deadline_s:g} s."
        self._waiting[request.order_id] = self._wire.after(
            request.deadline_s, lambda: self._end(request.order_id, Preview(0.0, late))
        )

    def is_ours(self, order_id: int) -> bool:
        """Whether what is said of this id is about a what-if, late answers too."""
        return order_id in self._ours

    def open_order(self, order_id: int, state: IbOrderState) -> None:
        """A part of an answer. The first ones may be notices without margin: the one with it ends the wait."""
        if order_id not in self._waiting:
            self._wire.late("previews")
            return
        initial = exact(state.initMarginAfter)
        if initial is None:
            return
        self._end(
            order_id,
            Preview(
                0.0,
                initial_before=exact(state.initMarginBefore),
                initial_after=initial,
                maintenance_before=exact(state.maintMarginBefore),
                maintenance_after=exact(state.maintMarginAfter),
                equity_before=exact(state.equityWithLoanBefore),
                equity_after=exact(state.equityWithLoanAfter),
                commission=exact(state.commission),
                commission_least=exact(state.minCommission),
                commission_most=exact(state.maxCommission),
                commission_currency=label(state.commissionCurrency, 10),
                warning=words(state.warningText, 300),
            ),
        )

    def refused(self, order_id: int, code: int, text: str) -> None:
        """IB's error about a what-if: news are nothing, an end ends it."""
        if not is_advisory(code) and order_id in self._waiting:
            self._end(order_id, Preview(0.0, f"No preview: {text} (IB {code})"))

    def _end(self, order_id: int, preview: Preview) -> None:
        timer = self._waiting.pop(order_id, None)
        if timer is not None:
            self._wire.call_off(timer)
            self._wire.tell(PreviewReported(order_id, preview))
