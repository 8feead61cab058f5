"""Scans of the market: subscribed, heard once to the end, and cancelled."""

from __future__ import annotations

from asyncio import TimerHandle
from dataclasses import dataclass, field

from ib_async.contract import ContractDetails as IbDetails
from ib_async.objects import ScannerSubscription

from core.domain.events import ScanReported
from core.domain.requests import RequestScan
from core.domain.scan import SCAN_ROWS_MOST, Scan, ScanRow
from core.tws.contracts import contract_from
from core.tws.wire import Wire


@dataclass(slots=True)
class _Open:
    scan: Scan
    timer: TimerHandle
    rows: list[ScanRow] = field(default_factory=list)


class Scans:
    """A scan goes on for ever at IB: each is cancelled with its first whole answer."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._open: dict[int, _Open] = {}

    def ask(self, request: RequestScan) -> None:
        scan, deadline_s = request.scan, request.deadline_s
        req_id = self._wire.ask(lambda code, words: self._end(req_id, code, words, asked=False))
        late = f"IB did not answer within {deadline_s:g} s."
        timer = self._wire.after(deadline_s, lambda: self._end(req_id, None, late))
        self._open[req_id] = _Open(scan, timer)
        self._wire.client.reqScannerSubscription(req_id, _asked(scan), [], [])

    def row(self, req_id: int, rank: int, details: IbDetails) -> None:
        one = self._open.get(req_id)
        if one is None or details.contract is None:
            return self._wire.late("scans")
        if len(one.rows) >= SCAN_ROWS_MOST:
            return self._wire.beyond("scan rows")
        try:
            one.rows.append(ScanRow(rank, contract_from(details.contract)))
        except LookupError:
            self._wire.counts["scan rows of a kind unknown"] += 1
        return None

    def end(self, req_id: int) -> None:
        if req_id in self._open:
            self._end(req_id, None, "")
        else:
            self._wire.late("scans")

    def _end(self, req_id: int, code: int | None, words: str, *, asked: bool = True) -> None:
        """Over, and with `asked` still alive at IB."""
        one = self._open.pop(req_id)
        self._wire.call_off(one.timer)
        self._wire.done(req_id)
        if asked:
            self._wire.client.cancelScannerSubscription(req_id)
        rows = tuple(sorted(one.rows, key=lambda row: row.rank))
        self._wire.tell(ScanReported(one.scan, () if words else rows, code, words))


def _asked(scan: Scan) -> ScannerSubscription:
    asked = ScannerSubscription(
        numberOfRows=min(scan.rows, SCAN_ROWS_MOST),
        instrument=scan.instrument,
        locationCode=scan.location,
        scanCode=scan.code,
    )
    if scan.price_above is not None:
        asked.abovePrice = scan.price_above
    if scan.price_below is not None:
        asked.belowPrice = scan.price_below
    if scan.volume_above is not None:
        asked.aboveVolume = scan.volume_above
    return asked
