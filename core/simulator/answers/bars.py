"""Bars, past and growing: history, real-time bars, head timestamp, historical ticks, histogram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.simulator.model import Bar, HistoryRefused, Listing
from core.simulator.pacing import HISTORY_VIOLATION
from core.simulator.peer import Answer, Peer, resolve
from core.simulator.wire import messages
from core.simulator.wire.messages import DatedBar
from core.simulator.wire.requests import Asked
from core.simulator.wire.times import from_epoch, parse_stamp, stamp, zone

_DATED_ONLY = ("1 day", "1 week", "1 month", "1D", "1W", "1M")

BAD_DATE = (
    "End Date/Time: The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss "
    "xx/xxxx where yyyymmdd and xx/xxxx are optional. E.g.: 20031126 15:59:00 US/Eastern  Note that there is a "
    "space between the date and time, and between the time and time-zone.  If no date is specified, current date "
    "is assumed. If no time-zone is specified, local time-zone is assumed(deprecated).  You can also provide "
    "yyyymmddd-hh:mm:ss time is in UTC. Note that there is a dash between the date and time in UTC notation."
)

# --- Historical data ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Series:
    """What a client asked a series of bars of, in its own words."""

    listing: Listing
    bar_size: str
    what: str
    rth_only: bool
    as_epoch: bool
    version: int

    def dated(self, bar: Bar) -> DatedBar:
        return DatedBar(
            self._date(bar.start), bar.open, bar.high, bar.low, bar.close, bar.volume, bar.wap, bar.count
        )

    def _date(self, at: datetime) -> str:
        if self.bar_size in _DATED_ONLY:
            return f"{at.astimezone(zone(self.listing.time_zone)):%Y%m%d}"
        if self.as_epoch:
            return str(int(at.timestamp()))
        return stamp(at, self.listing.time_zone, self.version)


def historical_data(peer: Peer, asked: Asked) -> None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is None:
        return
    growing = asked.flag("keepUpToDate")
    if growing and asked.text("endDateTime").strip():
        text = "End time must not be specified when requesting historical data with keepUpToDate"
        peer.error(asked.req_id, 321, f"Error validating request.-'bX' : cause - {text}")
        return
    try:
        end = parse_stamp(asked.text("endDateTime"), listing.time_zone)
    except ValueError:
        peer.error(asked.req_id, 10314, BAD_DATE)
        return
    if asked.text("whatToShow").upper() == "SCHEDULE":
        _schedule(peer, asked, listing, end)
        return
    request = (
        listing.contract.con_id,
        asked.contract.exchange,
        *(asked.text(name) for name in ("endDateTime", "duration", "barSize", "whatToShow", "useRTH")),
    )
    what = asked.text("whatToShow").upper()
    if peer.pace.history_violated(request, asked.text("barSize"), what, peer.gateway.clock_s):
        peer.error(asked.req_id, 162, HISTORY_VIOLATION)
        return
    if growing and peer.subscriptions.count(_KEEP) >= peer.gateway.limits.open_history:
        peer.error(asked.req_id, 162, TOO_MANY_OPEN)
        return
    series = _Series(
        listing,
        asked.text("barSize"),
        asked.text("whatToShow").upper(),
        asked.flag("useRTH"),
        asked.whole("formatDate") == 2,
        peer.version,
    )
    bars = _history(peer, asked, series, end)
    if bars is None:
        return
    until = end or from_epoch(peer.now_s)
    since = bars[0].start if end is None else _start_of(until, asked.text("duration"))
    peer.send(
        messages.historical_data(
            asked.req_id,
            stamp(since, listing.time_zone, peer.version),
            stamp(until, listing.time_zone, peer.version),
            [series.dated(bar) for bar in bars],
        )
    )
    if growing:
        _keep_up(peer, asked.req_id, series, bars[-1])


def _history(peer: Peer, asked: Asked, series: _Series, end: datetime | None) -> list[Bar] | None:
    """The bars asked for, None after telling the client why there are none."""
    contract = series.listing.contract
    try:
        bars = peer.market.history(
            contract.con_id, end, asked.text("duration"), series.bar_size, series.what, series.rth_only
        )
    except HistoryRefused as why:
        _refuse(peer, asked.req_id, why)
        return None
    if not bars:
        named = f"{contract.symbol}@{contract.exchange} {series.what.capitalize()}"
        _refuse(peer, asked.req_id, HistoryRefused(162, f"HMDS query returned no data: {named}"))
        return None
    return bars


def _refuse(peer: Peer, req_id: int, why: HistoryRefused) -> None:
    # What TWS finds wrong itself is 321; what its data service refuses is 162.
    text = str(why)
    if why.code == 162 and not text.startswith(_SERVICE_SAYS):
        text = _SERVICE_SAYS + text
    peer.error(req_id, why.code, text)


_SERVICE_SAYS = "Historical Market Data Service error message:"

_UNITS = {"S": 1, "D": 86_400, "W": 7 * 86_400, "M": 30 * 86_400, "Y": 365 * 86_400}


def _start_of(end: datetime, duration: str) -> datetime:
    amount, _, unit = duration.strip().partition(" ")
    return end - timedelta(seconds=int(amount) * _UNITS.get(unit[:1].upper(), 1))


_KEEP = "history"

TOO_MANY_OPEN = f"{_SERVICE_SAYS}Max number of simultaneous historical data requests has been reached"


def _keep_up(peer: Peer, req_id: int, series: _Series, last: Bar) -> None:
    shown = [last]

    def grow(_now_s: float) -> None:
        for bar in _latest(peer, series, shown[0].start):
            if bar != shown[0]:
                shown[0] = bar
                peer.send(messages.historical_data_update(req_id, series.dated(bar)))

    peer.subscriptions.repeat((_KEEP, req_id), peer.gateway.cadence.growing_bar_s, peer.now_s, grow)


_BAR_S = {"sec": 1, "min": 60, "hour": 3600}
_LONG_BARS = {"day": "2 D", "week": "2 W", "month": "2 M"}


def _latest(peer: Peer, series: _Series, since: datetime) -> Sequence[Bar]:
    """The growing bar, after the end of the one before it when a new one began."""
    amount, _, unit = series.bar_size.partition(" ")
    unit = unit.rstrip("s")
    enough = _LONG_BARS.get(unit) or f"{min(3 * int(amount) * _BAR_S[unit], 86_400)} S"
    return [bar for bar in _recent(peer, series, enough) if bar.start >= since]


def _recent(peer: Peer, series: _Series, duration: str) -> Sequence[Bar]:
    """The last bars, none when the market has had none for `duration`."""
    con_id = series.listing.contract.con_id
    try:
        return peer.market.history(con_id, None, duration, series.bar_size, series.what, series.rth_only)
    except HistoryRefused:
        return ()


# --- Trading schedule ---------------------------------------------------------------------------


def _schedule(peer: Peer, asked: Asked, listing: Listing, end: datetime | None) -> None:
    """Message 106: the sessions of the days that have bars."""
    if peer.version < 165:
        peer.error(
            asked.req_id,
            321,
            "Error validating request.-'bX' : cause - SCHEDULE is not supported by this version.",
        )
        return
    series = _Series(listing, "1 day", "TRADES", True, False, peer.version)
    bars = _history(peer, asked, series, end)
    if bars is None:
        return
    days = [series.dated(bar).date for bar in bars]
    sessions = [_session(day, *_session_times(listing.liquid_hours)) for day in days]
    peer.send(
        messages.historical_schedule(
            asked.req_id, sessions[0][0], sessions[-1][1], listing.time_zone, sessions
        )
    )


def _session(day: str, opens: str, closes: str) -> tuple[str, str, str]:
    """(start, end, day); hours that end no later than they begin end on the next day."""
    last = (
        day if closes > opens else f"{date(int(day[:4]), int(day[4:6]), int(day[6:])) + timedelta(1):%Y%m%d}"
    )
    return f"{day}-{opens}", f"{last}-{closes}", day


def _session_times(hours: str) -> tuple[str, str]:
    """Opening and closing time of the first open day in "20261122:0930-20261122:1600;..."."""
    for part in hours.split(";"):
        if "-" in part:
            opens, closes = (side.split(":")[-1] for side in part.split("-"))
            return f"{opens[:2]}:{opens[2:4]}:00", f"{closes[:2]}:{closes[2:4]}:00"
    return "00:00:00", "23:59:59"


# --- Real-time bars -----------------------------------------------------------------------------

_FIVE_S = 5


def realtime_bars(peer: Peer, asked: Asked) -> None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is None:
        return
    what = asked.text("whatToShow").upper()
    if what not in ("TRADES", "MIDPOINT", "BID", "ASK"):
        peer.error(
            asked.req_id,
            321,
            "Error validating request.-'bJ' : cause - Invalid whatToShow for real-time bars.",
        )
        return
    if peer.pace.realtime_violated(peer.gateway.clock_s):
        peer.error(asked.req_id, 420, "Invalid Real-time Query:Historical data request pacing violation")
        return
    series = _Series(listing, "5 secs", what, asked.flag("useRTH"), True, peer.version)
    # The first bar comes at the end of the five seconds that run now.
    boundary = peer.now_s - peer.now_s % _FIVE_S

    def show(now_s: float) -> None:
        start = now_s - now_s % _FIVE_S - _FIVE_S
        bar = _bar_at(peer, series, start)
        if bar is not None:
            peer.send(messages.realtime_bar(asked.req_id, int(start), series.dated(bar)))

    peer.subscriptions.repeat(("realtime", asked.req_id), _FIVE_S, boundary, show)


def _bar_at(peer: Peer, series: _Series, start_s: float) -> Bar | None:
    bars = _recent(peer, series, "60 S")
    return next((bar for bar in reversed(bars) if bar.start.timestamp() == start_s), None)


# --- Head timestamp, histogram, historical ticks ------------------------------------------------


def head_timestamp(peer: Peer, asked: Asked) -> None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is None:
        return
    try:
        at = peer.market.head_timestamp(listing.contract.con_id, asked.text("whatToShow").upper())
    except HistoryRefused as why:
        _refuse(peer, asked.req_id, why)
        return
    utc = from_epoch(at.timestamp())
    text = str(int(at.timestamp())) if asked.whole("formatDate") == 2 else f"{utc:%Y%m%d-%H:%M:%S}"
    peer.send(messages.head_timestamp(asked.req_id, text))


def histogram(peer: Peer, asked: Asked) -> None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is None:
        return
    amount, _, unit = asked.text("period").strip().partition(" ")
    duration = f"{amount} {unit[:1].upper() or 'D'}"
    try:
        bars = peer.market.history(
            listing.contract.con_id, None, duration, "1 hour", "TRADES", asked.flag("useRTH")
        )
    except HistoryRefused as why:
        _refuse(peer, asked.req_id, why)
        return
    counts: Counter[float] = Counter()
    for bar in bars:
        counts[bar.close] += max(int(bar.volume), 0)
    peer.send(messages.histogram(asked.req_id, sorted(counts.items())))


MAX_TICKS = 1_000


def historical_ticks(peer: Peer, asked: Asked) -> None:
    listing = resolve(peer, asked.req_id, asked.contract)
    if listing is None:
        return
    try:
        start = parse_stamp(asked.text("startDateTime"), listing.time_zone)
        end = parse_stamp(asked.text("endDateTime"), listing.time_zone)
    except ValueError:
        peer.error(asked.req_id, 10314, BAD_DATE)
        return
    if (start is None) == (end is None):
        text = "Either start date/time or end date/time must be specified, not both"
        peer.error(asked.req_id, 321, f"Error validating request.-'cN' : cause - {text}")
        return
    what = asked.text("whatToShow").upper()
    if what not in ("TRADES", "MIDPOINT", "BID_ASK"):
        peer.error(
            asked.req_id,
            321,
            "Error validating request.-'cN' : cause - Invalid whatToShow for historical ticks.",
        )
        return
    count = min(max(asked.whole("count"), 1), MAX_TICKS)
    bars = _second_bars(peer, asked, listing, start, end)
    if bars is None:
        return
    chosen = bars[:count] if start is not None else bars[-count:]
    peer.send(_as_ticks(asked.req_id, listing, what, chosen))


def _second_bars(
    peer: Peer, asked: Asked, listing: Listing, start: datetime | None, end: datetime | None
) -> list[Bar] | None:
    until = min(end or (start or from_epoch(peer.now_s)) + timedelta(seconds=1800), from_epoch(peer.now_s))
    try:
        bars = peer.market.history(
            listing.contract.con_id, until, "1800 S", "1 secs", "TRADES", asked.flag("useRTH")
        )
    except HistoryRefused as why:
        _refuse(peer, asked.req_id, why)
        return None
    return [bar for bar in bars if start is None or bar.start >= start]


def _as_ticks(req_id: int, listing: Listing, what: str, bars: Sequence[Bar]) -> bytes:
    spread = listing.min_tick * listing.spread_ticks
    if what == "MIDPOINT":
        return messages.historical_midpoints(req_id, [(int(b.start.timestamp()), b.close) for b in bars])
    if what == "BID_ASK":
        lot = listing.lot_size
        quotes = [(int(b.start.timestamp()), b.close, round(b.close + spread, 8), lot, lot) for b in bars]
        return messages.historical_quotes(req_id, quotes)
    exchange = listing.contract.primary_exchange or listing.contract.exchange
    prints = [
        (int(b.start.timestamp()), b.close, max(int(b.volume), 1), exchange, "") for b in bars if b.volume
    ]
    return messages.historical_prints(req_id, prints)


# --- Cancels ------------------------------------------------------------------------------------


def _cancels(kind: str, code: int, text: str) -> Answer:
    def cancel(peer: Peer, asked: Asked) -> None:
        if not peer.subscriptions.cancel((kind, asked.req_id)) and code:
            peer.error(asked.req_id, code, f"{text}{asked.req_id}")

    return cancel


ANSWERS: dict[int, Answer] = {
    20: historical_data,
    25: _cancels(_KEEP, 366, "No historical data query found for ticker id:"),
    50: realtime_bars,
    51: _cancels("realtime", 300, "Can't find EId with tickerId:"),
    87: head_timestamp,
    88: histogram,
    89: _cancels("histogram", 0, ""),
    90: _cancels("head", 0, ""),
    96: historical_ticks,
}
