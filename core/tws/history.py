"""Bars: one request a series, its first answer whole, its live updates after."""

from __future__ import annotations

from asyncio import TimerHandle

from ib_async.objects import BarData

from core.domain.events import BarReported, BarsRefused, BarsReported
from core.domain.quote import Bar, BarKey
from core.domain.requests import CancelBars, RequestBars
from core.tws.contracts import contract_to
from core.tws.inbound import bar_from
from core.tws.wire import Wire

_EPOCH_DATES = 2


class _Series:
    """A series asked for; `deadline` until the first answer."""

    __slots__ = ("deadline", "key", "live", "rows")

    def __init__(self, key: BarKey, live: bool, deadline: TimerHandle) -> None:
        self.key = key
        self.live = live
        self.deadline: TimerHandle | None = deadline
        self.rows: list[Bar] = []


class BarRequests:
    """The registry of series; never two for one key."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._series: dict[int, _Series] = {}
        self._req_ids: dict[BarKey, int] = {}

    def request(self, request: RequestBars) -> None:
        key = request.key
        self._drop(key)
        req_id = self._wire.ask(lambda code, words: self._refuse(req_id, code, words))
        deadline = self._wire.after(request.deadline_s, lambda: self._overdue(req_id, request.deadline_s))
        self._series[req_id] = _Series(key, request.live, deadline)
        self._req_ids[key] = req_id
        # Epoch dates leave no time zone to guess; an empty end is now, and the only one that may live on.
        self._wire.client.reqHistoricalData(
            req_id,
            contract_to(request.contract),
            "",
            request.duration,
            key.bar_size,
            key.what,
            key.rth_only,
            _EPOCH_DATES,
            request.live,
            [],
        )

    def cancel(self, request: CancelBars) -> None:
        self._drop(request.key)

    def bar(self, req_id: int, told: BarData) -> None:
        """historicalData: one row of the first answer."""
        series = self._series.get(req_id)
        if series is not None:
            series.rows.append(bar_from(told))

    def end(self, req_id: int) -> None:
        series = self._series.get(req_id)
        if series is None:
            return self._wire.late("bars")
        self._call_off(series)
        if not series.live:
            self._forget(req_id)
        bars, series.rows = tuple(series.rows), []
        return self._wire.tell(BarsReported(series.key, bars))

    def update(self, req_id: int, told: BarData) -> None:
        """historicalDataUpdate: the growing bar, or the first of a new one."""
        series = self._series.get(req_id)
        if series is None or series.deadline is not None:  # nothing to grow on yet
            return self._wire.late("bars")
        return self._wire.tell(BarReported(series.key, bar_from(told)))

    def _overdue(self, req_id: int, deadline_s: float) -> None:
        self._wire.client.cancelHistoricalData(req_id)
        self._refuse(req_id, None, f"No answer within {deadline_s:g} s.")

    def _refuse(self, req_id: int, code: int | None, words: str) -> None:
        key = self._series[req_id].key
        self._forget(req_id)
        self._wire.tell(BarsRefused(key, code, words))

    def _drop(self, key: BarKey) -> None:
        req_id = self._req_ids.get(key)
        if req_id is not None:
            self._forget(req_id)
            self._wire.client.cancelHistoricalData(req_id)

    def _forget(self, req_id: int) -> None:
        series = self._series.pop(req_id)
        del self._req_ids[series.key]
        self._call_off(series)
        self._wire.done(req_id)

    def _call_off(self, series: _Series) -> None:
        if series.deadline is not None:
            self._wire.call_off(series.deadline)
            series.deadline = None
