"""Contracts and bars: who shows which series, and how one is closed up again after an outage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.desk.lines import TOO_FAST, query_of
from core.desk.streams import StreamFeed
from core.domain.codes import COMPETING_SESSION, DATA_KEPT, DATA_LOST, in_words
from core.domain.contract import Contract, ContractQuery
from core.domain.events import (
    BarReported,
    BarsRefused,
    BarsReported,
    ContractsFound,
    ContractsReported,
)
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import Broker, FarmKind
from core.domain.quote import BAR_SECONDS, BarKey
from core.domain.requests import (
    CancelBars,
    Request,
    RequestBars,
    RequestContracts,
    SearchContracts,
    WireRequest,
)
from core.domain.topics import Topic
from core.market.backfill import duration_since
from core.market.freshness import FLOWS_S, Freshness
from core.pacing.lines import Wire

SEARCHES_KEPT = 32
BARS_FIRST_UPDATE_S = 60.0
"""IB grows a live series every few seconds while its contract trades."""
BARS_RETRY_S = 15.0
BARS_RETRY_MOST_S = 300.0

LIVE_SERIES_ENDED = 10182

_PASSING = frozenset({None, TOO_FAST, 320, 322, 323, 504, LIVE_SERIES_ENDED})
"""Refusals that say nothing against the request: no answer, a fault of the server, a live series that ended."""


@dataclass(slots=True)
class _Series:
    """A series somebody wants: kept while it lives, and asked for again after every return."""

    contract: Contract
    duration: str
    live: bool
    wire: Wire = Wire.NONE
    answered: bool = False
    closes_gap: bool = False
    """The request under way reaches back to the last bar held only."""
    refusals: int = 0
    retry_at_s: float | None = None


class Feed(StreamFeed):
    """Contracts and bars: wishes by name, facts by handler."""

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        jitter: Callable[[], float],
        next_order_id: int,
    ) -> None:
        super().__init__(link, limits, permissions, now_s=now_s, jitter=jitter, next_order_id=next_order_id)
        self._series: dict[BarKey, _Series] = {}
        self._growing: Freshness[BarKey] = Freshness(BARS_FIRST_UPDATE_S)
        self._grew_at_s: dict[BarKey, float] = {}

    # --- wishes ------------------------------------------------------------------------------------

    def find(self, query: ContractQuery, now_s: float) -> list[Request]:
        """Ask for a contract's details; answered by ContractsReported."""
        self.now_s = max(self.now_s, now_s)
        if self._link.is_open:
            self._lanes.offer(RequestContracts(query))
        return self._finish([])

    def search(self, text: str, now_s: float) -> list[Request]:
        """Look for contracts by symbol or name; answered by ContractsFound."""
        self.now_s = max(self.now_s, now_s)
        if self._link.is_open:
            self._lanes.offer(SearchContracts(text))
        return self._finish([])

    def load_bars(
        self, key: BarKey, contract: Contract, duration: str, live: bool, now_s: float
    ) -> list[Request]:
        """Ask for a series; with `live` it keeps growing and is asked for again after a reconnect.

        One that is alive already stays so, whoever asks for its past besides.
        """
        self.now_s = max(self.now_s, now_s)
        known = self._series.get(key)
        if known is None or not self._is_under_way(known, duration, live):
            live = live or (known is not None and known.live)
            series = _Series(contract, duration, live, known.wire if known is not None else Wire.NONE)
            if live or self._link.is_open:
                self._series[key] = series
            self._ask_bars(key, series, duration)
        return self._finish([])

    def drop_bars(self, key: BarKey, now_s: float) -> list[Request]:
        """Nobody shows the series any more."""
        self.now_s = max(self.now_s, now_s)
        series = self._series.pop(key, None)
        if series is not None:
            self._close_bars(key, series)
        self._growing.drop(key)
        self._grew_at_s.pop(key, None)
        self._bars.drop(key)
        return self._finish([])

    # --- facts: contracts --------------------------------------------------------------------------

    def _contracts_reported(self, event: ContractsReported) -> None:
        if event.cached_at_s is not None:
            return self._recall_contracts(event)
        for details in event.details:
            contract = details.contract
            self._details[contract.con_id] = details
            self._recalled.discard(contract.con_id)
            self._touch(Topic.CONTRACT, contract.con_id)
            self._route(contract)
        if not event.details:
            asked = event.query.symbol or f"conId {event.query.con_id}"
            self._note("warning", f"{asked}: {in_words(event.code or 200, event.text)}")
        return None

    def _recall_contracts(self, event: ContractsReported) -> None:
        """From our own disk: better than nothing, and never in place of what IB has told since."""
        for details in event.details:
            con_id = details.contract.con_id
            if con_id not in self._details or con_id in self._recalled:
                self._details[con_id] = details
                self._recalled.add(con_id)
                self._touch(Topic.CONTRACT, con_id)

    def _contracts_found(self, event: ContractsFound) -> None:
        self._searches.pop(event.text, None)
        self._searches[event.text] = event
        while len(self._searches) > SEARCHES_KEPT:
            del self._searches[next(iter(self._searches))]
        self._touch(Topic.SEARCH, event.text)

    # --- facts: bars -------------------------------------------------------------------------------

    def _bars_reported(self, event: BarsReported) -> None:
        if event.cached_at_s is not None:
            # Nobody was asked: no request ends by it.
            self._bars.report(event)
            self._touch(Topic.BARS, event.key)
            return
        series = self._series.get(event.key)
        if series is None or not series.live:
            self._series.pop(event.key, None)  # answered once, and with that it is over
            self._lanes.history.ended(event.key)
        if series is not None and series.closes_gap and self._leaves_hole(event):
            self._ask_bars(event.key, series, series.duration)
            return
        if series is not None:
            series.answered, series.closes_gap, series.refusals, series.retry_at_s = True, False, 0, None
            if series.live:
                self._grew_at_s[event.key] = self.now_s
        self._bars.report(event)
        self._touch(Topic.BARS, event.key)

    def _bar_reported(self, event: BarReported) -> None:
        self._bars.update(event)
        if event.key in self._grew_at_s:  # not one that was dropped meanwhile
            self._grew_at_s[event.key] = self.now_s
        self._touch(Topic.BARS, event.key)

    def _bars_refused(self, event: BarsRefused) -> None:
        """A series that has bars and lost its future is asked for again by itself, ever more seldom."""
        series = self._series.get(event.key)
        held = self._bars.series(event.key)
        if event.code == TOO_FAST:
            self._too_fast()
        if event.code == LIVE_SERIES_ENDED:
            self._link.resnapshot(self.now_s)
        worth_it = event.code in _PASSING or (held is not None and len(held) > 0)
        self._lanes.history.ended(event.key)
        if series is not None:
            series.wire, series.closes_gap = Wire.NONE, False
            if series.live and worth_it:
                series.refusals += 1
                wait_s = min(BARS_RETRY_MOST_S, BARS_RETRY_S * 2.0 ** min(series.refusals - 1, 8))
                series.retry_at_s = self.now_s + wait_s
            if not series.live:
                del self._series[event.key]
        self._bars.refuse(event)
        self._touch(Topic.BARS, event.key)

    # --- what comes back, and what does not --------------------------------------------------------

    def _subscribe_again(self) -> None:
        """Another connection: lines first, then the series, each from the last bar that is known."""
        self._open_lines()
        self._open_streams()
        for con_id in sorted(self._recalled):
            self._lanes.offer(RequestContracts(query_of(self._details[con_id].contract)))
        for key, series in self._live_series():
            self._resume_bars(key, series)

    def _data_lost(self) -> None:
        """1101: nothing is subscribed any more."""
        self._renew_lines()
        self._renew_streams()
        self._renew_bars()

    def _data_kept(self) -> None:
        """1102: lines should flow by themselves and must prove it; live series never survive."""
        self._doubt_lines()
        self._renew_streams()
        self._renew_bars()

    def _renew_bars(self) -> None:
        for key, series in self._live_series():
            self._resume_bars(key, series)

    def _lose_feed(self, unsent: Iterable[WireRequest]) -> None:
        """The socket is gone; what was asked once is not asked again by itself."""
        self._lose_lines(unsent)
        self._lose_streams()
        self._growing.lost(self.now_s)
        for key, series in tuple(self._series.items()):
            series.wire, series.closes_gap = Wire.NONE, False
            if not series.live:
                del self._series[key]

    def _feed_reported(self, code: int) -> None:
        """IB's messages that are about all data at once."""
        if code in _FEED_CODES and self._link.is_open:
            _FEED_CODES[code](self)

    def _farm_came_back(self, kind: FarmKind) -> None:
        self._link.resnapshot(self.now_s)
        if kind is FarmKind.MARKET_DATA:
            self._doubt_lines()
            self._renew_streams()
        elif kind is FarmKind.HISTORY:
            self._renew_bars()

    # --- the clock ---------------------------------------------------------------------------------

    def _judge_feed(self) -> None:
        """Once a second, with the lines: series that stopped growing, and those whose wait is over."""
        if self._judge_at_s is None or self.now_s < self._judge_at_s:
            return
        self._judge_lines()
        self._judge_streams()
        silent = set(self._growing.judge(self._grew_at_s.get, self._should_grow, self.now_s))
        self._growing.changed.clear()
        for key, series in self._live_series():
            is_due = series.retry_at_s is not None and self.now_s >= series.retry_at_s
            if is_due or (key in silent and series.answered):
                self._resume_bars(key, series)

    def _should_grow(self, key: BarKey) -> bool:
        """In regular hours while quotes of the same contract come."""
        series, details, quote = self._series.get(key), self.details(key.con_id), self.quote(key.con_id)
        if series is None or details is None or quote is None or self.link.broker is not Broker.UP:
            return False
        ticks = quote.lost_at_s is None and (quote.age_s(self.now_s) or FLOWS_S) < FLOWS_S
        return ticks and details.is_liquid_at(datetime.fromtimestamp(self.now_s, UTC))

    # --- inside ------------------------------------------------------------------------------------

    @staticmethod
    def _is_under_way(series: _Series, duration: str, live: bool) -> bool:
        """Just this has been asked for and not been answered: the same answer serves both."""
        asked = series.wire is not Wire.NONE and not series.answered and not series.closes_gap
        return asked and series.duration == duration and (series.live or not live)

    def _live_series(self) -> list[tuple[BarKey, _Series]]:
        return [(key, series) for key, series in self._series.items() if series.live]

    def _resume_bars(self, key: BarKey, series: _Series) -> None:
        """Ask from the last bar held on, so that the chart has no hole and IB no work."""
        held = self._bars.series(key)
        duration = series.duration
        if held is not None and len(held) and self._bars.as_of_s(key) is None:
            bar_s = BAR_SECONDS.get(key.bar_size, 1)
            duration = duration_since(float(held.start[-1]), bar_s, series.duration, self.now_s)
        self._ask_bars(key, series, duration)

    def _ask_bars(self, key: BarKey, series: _Series, duration: str) -> None:
        self._close_bars(key, series)
        if not self._link.is_open:
            return
        series.wire, series.answered, series.retry_at_s = Wire.QUEUED, False, None
        series.closes_gap = duration != series.duration
        deadline_s = 3 * self._link.settings.request_deadline_s
        self._lanes.offer(RequestBars(key, series.contract, duration, series.live, deadline_s))

    def _close_bars(self, key: BarKey, series: _Series) -> None:
        """Nothing that still waits is sent, nothing that was sent stays open."""
        if series.wire is Wire.QUEUED:
            self._lanes.withdraw_bars(key)
        elif series.wire is Wire.OPEN and self._link.is_open:
            self._lanes.offer(CancelBars(key))
        series.wire = Wire.NONE

    def _leaves_hole(self, event: BarsReported) -> bool:
        held = self._bars.series(event.key)
        if held is None or not len(held) or not event.bars:
            return False
        first_s = min(bar.start for bar in event.bars).timestamp()
        return first_s >= float(held.start[-1]) + 2 * BAR_SECONDS.get(event.key.bar_size, 1)

    def _granted(self, request: WireRequest) -> None:
        super()._granted(request)
        if isinstance(request, RequestBars) and (series := self._series.get(request.key)) is not None:
            series.wire = Wire.OPEN
            if series.live:
                self._growing.asked(request.key, self.now_s)


_FEED_CODES: dict[int, Callable[[Feed], None]] = {
    TOO_FAST: Feed._too_fast,
    DATA_LOST: Feed._data_lost,
    DATA_KEPT: Feed._data_kept,
    COMPETING_SESSION: Feed._compete,
}
