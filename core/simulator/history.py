"""History: bars of every size, computed from the same function of time as the live tape.

Minutes and beats are turned into rows, rows are grouped into bars; because every rounding is monotone
and every minute's path touches the minute's high and low, small bars add up to the large ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from core.simulator.hours import DAY, Session
from core.simulator.model import Bar, HistoryRefused
from core.simulator.tape.instrument import Counts, Instrument
from core.simulator.tape.path import BEATS, BEATS_A_SECOND, BLOCK, Floats, Shelf

DAY_S: Final = 86_400
YEAR_S: Final = 365 * DAY_S

BAR_SIZES: Final[dict[str, tuple[int, int]]] = {
    "1 secs": (1, 7_200),
    "5 secs": (5, DAY_S),
    "10 secs": (10, DAY_S),
    "15 secs": (15, 2 * DAY_S),
    "30 secs": (30, 2 * DAY_S),
    "1 min": (60, 31 * DAY_S),
    "2 mins": (120, 62 * DAY_S),
    "3 mins": (180, 93 * DAY_S),
    "5 mins": (300, 186 * DAY_S),
    "10 mins": (600, YEAR_S),
    "15 mins": (900, YEAR_S),
    "20 mins": (1_200, YEAR_S),
    "30 mins": (1_800, 2 * YEAR_S),
    "1 hour": (3_600, 3 * YEAR_S),
    "2 hours": (7_200, 3 * YEAR_S),
    "3 hours": (10_800, 3 * YEAR_S),
    "4 hours": (14_400, 3 * YEAR_S),
    "8 hours": (28_800, 3 * YEAR_S),
    "1 day": (DAY_S, 20 * YEAR_S),
    "1 week": (7 * DAY_S, 20 * YEAR_S),
    "1 month": (30 * DAY_S, 20 * YEAR_S),
}
"""Seconds of a bar, and the longest span that is answered."""

SPELLINGS: Final = {"1D": "1 day", "1W": "1 week", "1M": "1 month", "1 sec": "1 secs", "1 mins": "1 min"}

QUOTED: Final = ("MIDPOINT", "BID", "ASK", "BID_ASK")
TRADED: Final = ("TRADES", "ADJUSTED_LAST")
AGGREGATED: Final = "AGGTRADES"
"""Trades of crypto, which has no others."""
SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "STK": TRADED + QUOTED,
    "OPT": TRADED + QUOTED,
    "FUT": TRADED + QUOTED,
    "FOP": TRADED + QUOTED,
    "WAR": TRADED + QUOTED,
    "CASH": QUOTED,
    "CFD": QUOTED,
    "CRYPTO": (AGGREGATED, *QUOTED),
    "IND": TRADED,
}
UNSHOWN: Final = (
    "HISTORICAL_VOLATILITY", "OPTION_IMPLIED_VOLATILITY", "FEE_RATE", "YIELD_BID", "YIELD_ASK", "YIELD_LAST",
    "YIELD_BID_ASK", "SCHEDULE",
)  # fmt: skip
"""What IB knows and this market does not."""

HEAD: Final[dict[str, int]] = {
    "STK": 5 * 365, "CASH": 5 * 365, "IND": 5 * 365, "CFD": 5 * 365, "CRYPTO": 5 * 365, "FUT": 400, "OPT": 120,
    "FOP": 120, "WAR": 365,
}  # fmt: skip
"""How many days of history there are."""

INVALID_SIZE: Final = (
    "Error validating request.-'bP' : cause - Historical data bar size setting is invalid. Legal ones are: "
    "1 secs, 5 secs, 10 secs, 15 secs, 30 secs, 1 min, 2 mins, 3 mins, 5 mins, 10 mins, 15 mins, 20 mins, "
    "30 mins, 1 hour, 2 hours, 3 hours, 4 hours, 8 hours, 1 day, 1W, 1M"
)
INVALID_DURATION: Final = (
    "Error validating request.-'bP' : cause - Historical data request duration specified is invalid. The "
    "format should be integer{SPACE}unit (S|D|W|M|Y)"
)
INVALID_WHAT: Final = "Error validating request.-'bP' : cause - What to show field is missing or incorrect."
TOO_MANY_DAYS: Final = (
    "Error validating request.-'bP' : cause - Historical data requests for durations longer than 365 days "
    "must be made in years."
)
EXPECTED: Final = "Expected what to show is AGGTRADES, please use that instead of TRADES."
TOO_LONG: Final = "Historical Market Data Service error message:Time length exceed max."
NO_DATA: Final = "Historical Market Data Service error message:HMDS query returned no data: {}"

_DURATION: Final = re.compile(r"^(\d{1,6}) ?([SDWMY])$")
_UNIT_S: Final = {"S": 1, "D": DAY_S, "W": 7 * DAY_S, "M": 30 * DAY_S, "Y": YEAR_S}


@dataclass(frozen=True, slots=True)
class Rows:
    """Small bars in columns, to be grouped into larger ones."""

    start_s: Counts
    ohlc: Floats
    volume: Counts
    count: Counts


Prices = Callable[[Instrument, Floats, Floats | float], Floats]


def _trades(instrument: Instrument, ohlc: Floats, spread: Floats | float) -> Floats:
    return instrument.ticks.trades(ohlc)


def _bids(instrument: Instrument, ohlc: Floats, spread: Floats | float) -> Floats:
    return np.minimum(instrument.ticks.bids(ohlc, spread), instrument.ticks.trades(ohlc))


def _asks(instrument: Instrument, ohlc: Floats, spread: Floats | float) -> Floats:
    return np.maximum(instrument.ticks.asks(ohlc, spread), instrument.ticks.trades(ohlc))


def _middles(instrument: Instrument, ohlc: Floats, spread: Floats | float) -> Floats:
    return (_bids(instrument, ohlc, spread) + _asks(instrument, ohlc, spread)) / 2


def _both(instrument: Instrument, ohlc: Floats, spread: Floats | float) -> Floats:
    """IB's BID_ASK: average bid, highest ask, lowest bid, average ask."""
    bids, asks = _bids(instrument, ohlc, spread), _asks(instrument, ohlc, spread)
    return np.stack(((bids[0] + bids[3]) / 2, asks[1], bids[2], (asks[0] + asks[3]) / 2))


SERIES: Final[dict[str, Prices]] = {
    "TRADES": _trades,
    "ADJUSTED_LAST": _trades,
    AGGREGATED: _trades,
    "MIDPOINT": _middles,
    "BID": _bids,
    "ASK": _asks,
    "BID_ASK": _both,
}


DayKey = tuple[int, date, str, bool]
"""(con id, trade date, what, regular hours only)"""


class History:
    """Bars of one instrument at a time; finished days are remembered."""

    def __init__(self) -> None:
        self._days: Shelf[DayKey, list[Bar]] = Shelf(20_000)

    def bars(
        self, instrument: Instrument, end_s: float, seen: int, duration: str, size: str, what: str, rth: bool
    ) -> list[Bar]:
        """Bars up to `end_s`, no beat after `seen` counting; raises `HistoryRefused`."""
        size = SPELLINGS.get(size, size)
        if size not in BAR_SIZES:
            raise HistoryRefused(321, INVALID_SIZE)
        check_what(instrument, what)
        seconds, longest = BAR_SIZES[size]
        amount, unit = _parsed(duration)
        if amount * _UNIT_S[unit] > longest * 1.02:
            raise HistoryRefused(162, TOO_LONG)
        stop = min(seen + 1, int(end_s * BEATS_A_SECOND))
        begin_s = max(
            _begin(instrument, stop / BEATS_A_SECOND, amount, unit), head_s(instrument, seen / BEATS_A_SECOND)
        )
        if seconds >= DAY_S:
            found = self._daily(instrument, begin_s, stop, what, rth)
            found = found if size == "1 day" else _merged(found, weekly=size == "1 week")
        else:
            found = _intraday(instrument, begin_s, stop, seconds, what, rth)
        if not found:
            raise HistoryRefused(162, NO_DATA.format(_described(instrument, what)))
        return found

    def _daily(self, instrument: Instrument, begin_s: float, stop: int, what: str, rth: bool) -> list[Bar]:
        end_s = stop / BEATS_A_SECOND
        sessions = instrument.calendar.sessions(begin_s, end_s)
        wanted = [s for s in sessions if s.start_s >= begin_s and s.span(rth)[0] < end_s]
        return [bar for session in wanted for bar in self._day(instrument, session, stop, what, rth)]

    def _day(self, instrument: Instrument, session: Session, stop: int, what: str, rth: bool) -> list[Bar]:
        def make(key: DayKey) -> list[Bar]:
            return _day_bar(instrument, session, stop, what, rth)

        key = (instrument.con_id, session.trade_date, what, rth)
        over = session.span(rth)[1] * BEATS_A_SECOND <= stop
        return self._days.get_or(key, make) if over else make(key)


def _day_bar(instrument: Instrument, session: Session, stop: int, what: str, rth: bool) -> list[Bar]:
    """The day's one bar, or none when it was halted all the time."""
    begin_s, end_s = session.span(rth)
    rows = _rows(instrument, begin_s, min(end_s, stop / BEATS_A_SECOND), stop, 60, what)
    zone = ZoneInfo(instrument.calendar.zone)
    midnight = datetime.combine(session.trade_date, datetime.min.time(), zone)
    return _grouped(rows, np.zeros(len(rows.start_s)), [midnight], what)


def check_what(instrument: Instrument, what: str) -> None:
    """Raises `HistoryRefused` for a `what` that is none, or that this contract has no data of."""
    if what not in SERIES and what not in UNSHOWN:
        raise HistoryRefused(321, INVALID_WHAT)
    if what == "TRADES" and AGGREGATED in SHOWN[instrument.sec_type]:
        raise HistoryRefused(10299, EXPECTED)
    if what not in SHOWN[instrument.sec_type]:
        raise HistoryRefused(162, NO_DATA.format(_described(instrument, what)))


def head_s(instrument: Instrument, now_s: float) -> float:
    """When the history begins: a midnight UTC that does not move from one day's asking to the next."""
    days = HEAD[instrument.sec_type]
    return (int(now_s // DAY_S) // 30 * 30 - days) * DAY_S


def _described(instrument: Instrument, what: str) -> str:
    contract = instrument.listing.contract
    shown = {"TRADES": "Trades", "MIDPOINT": "Midpoint", "BID": "Bid", "ASK": "Ask"}.get(what, what.title())
    return f"{contract.local_symbol}@{contract.exchange} {shown}"


def _parsed(duration: str) -> tuple[int, str]:
    found = _DURATION.match(duration.strip().upper())
    if found is None or not int(found[1]):
        raise HistoryRefused(321, INVALID_DURATION)
    amount, unit = int(found[1]), found[2]
    if amount * _UNIT_S[unit] > YEAR_S and unit in "DWM" and not (unit == "M" and amount <= 12):
        raise HistoryRefused(321, TOO_MANY_DAYS)
    return amount, unit


def _begin(instrument: Instrument, end_s: float, amount: int, unit: str) -> float:
    """Where a duration begins: so many sessions back for days in a market that closes."""
    calendar = instrument.calendar
    if unit != "D" or calendar.always_open:
        return end_s - amount * _UNIT_S[unit]
    session = calendar.current(end_s - 0.001)
    for _ in range(amount - 1):
        session = calendar.before(session)
    return session.start_s


# --- Rows ---------------------------------------------------------------------------------------


def _intraday(
    instrument: Instrument, begin_s: float, stop: int, seconds: int, what: str, rth: bool
) -> list[Bar]:
    calendar, end_s = instrument.calendar, stop / BEATS_A_SECOND
    bars: list[Bar] = []
    tz = ZoneInfo(calendar.zone)
    for session in calendar.sessions(begin_s, end_s):
        first_s, last_s = session.span(rth)
        offset = calendar.utc_offset_s(session.liquid_s)
        # A first bar that would begin before the span asked for is left out, not cut in half.
        aligned = -int(-(begin_s + offset) // seconds) * seconds - offset
        low_s, high_s = max(first_s, aligned), min(last_s, end_s)
        if low_s >= high_s:
            continue
        rows = _rows(instrument, low_s, high_s, stop, seconds, what)
        if not len(rows.start_s):
            continue
        keys = (rows.start_s + offset) // seconds
        edges = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
        starts = [datetime.fromtimestamp(max(int(k) * seconds - offset, first_s), tz) for k in keys[edges]]
        bars += _grouped(rows, keys, starts, what)
    return bars


def _rows(instrument: Instrument, begin_s: float, end_s: float, stop: int, seconds: int, what: str) -> Rows:
    """Whole minutes as they come, and the minute still growing (or everything below a minute) by the beat."""
    first, last = int(begin_s // 60), int(end_s // 60)
    if seconds < 60:
        return _joined(
            [_beats(instrument, m, begin_s, stop, what) for m in range(first, int(-(-end_s // 60)))]
        )
    parts = _free_minutes(instrument, first, last, begin_s, stop, what) if last > first else []
    if last * BEATS < min(stop, end_s * BEATS_A_SECOND):
        parts.append(_beats(instrument, last, begin_s, stop, what))
    return _joined(parts)


def _free_minutes(
    instrument: Instrument, first: int, last: int, begin_s: float, stop: int, what: str
) -> list[Rows]:
    """Whole minutes; those with a halt in them by the beat, for nothing was traded or quoted in it."""
    parts, done = [], first
    for from_s, to_s in instrument.halts:
        begin, end = max(int(from_s // 60), done), min(int(-(-to_s // 60)), last)
        if begin >= end:
            continue
        if begin > done:
            parts.append(_minutes(instrument, done, begin, what))
        parts += [_beats(instrument, minute, begin_s, stop, what) for minute in range(begin, end)]
        done = end
    return [*parts, _minutes(instrument, done, last, what)] if last > done else parts


def _minutes(instrument: Instrument, first: int, last: int, what: str) -> Rows:
    found = instrument.between(first, last)
    ohlc = SERIES[what](instrument, found.prices, found.spread)
    starts = 60 * np.arange(first, last)
    return Rows(starts, ohlc, found.volume, np.maximum(found.volume // 80, 4))


def _beats(instrument: Instrument, minute: int, begin_s: float, stop: int, what: str) -> Rows:
    """The beats of one minute that were seen, as rows that begin on their second."""
    number, row = divmod(minute, BLOCK)
    block, offset = instrument.block(number), row * BEATS
    low = max(int(begin_s * BEATS_A_SECOND) - minute * BEATS, 0)
    high = min(stop - minute * BEATS, BEATS)
    span = slice(offset + low, offset + high)
    bids, asks, lasts = (side[span] for side in (block.bid, block.ask, block.last))
    columns = {
        "BID": (bids,) * 4,
        "ASK": (asks,) * 4,
        "MIDPOINT": ((bids + asks) / 2,) * 4,
        "BID_ASK": (bids, asks, bids, asks),
    }.get(what, (lasts,) * 4)
    printed = block.printed[span]
    starts = minute * 60 + np.arange(low, high) // BEATS_A_SECOND
    rows = Rows(starts, np.stack(columns), printed, (printed > 0).astype(np.int64))
    if not instrument.halts:
        return rows
    free = ~instrument.halted((minute * BEATS + np.arange(low, high)) / BEATS_A_SECOND)
    return Rows(rows.start_s[free], rows.ohlc[:, free], rows.volume[free], rows.count[free])


def _joined(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    return Rows(
        np.concatenate([part.start_s for part in parts]),
        np.concatenate([part.ohlc for part in parts], axis=1),
        np.concatenate([part.volume for part in parts]),
        np.concatenate([part.count for part in parts]),
    )


# --- Bars ---------------------------------------------------------------------------------------


def _grouped(rows: Rows, keys: Counts | Floats, starts: list[datetime], what: str) -> list[Bar]:
    """One bar for each run of equal `keys`."""
    if not len(rows.start_s):
        return []
    edges = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    ends = np.append(edges[1:], len(keys)) - 1
    opens, closes = rows.ohlc[0][edges], rows.ohlc[3][ends]
    highs = np.maximum.reduceat(rows.ohlc[1], edges)
    lows = np.minimum.reduceat(rows.ohlc[2], edges)
    if what == "BID_ASK":
        sizes = np.diff(np.append(edges, len(keys)))
        opens, closes = (np.add.reduceat(rows.ohlc[n], edges) / sizes for n in (0, 3))
    prices = np.round(np.stack((opens, highs, lows, closes)), 6).T.tolist()
    if what not in (*TRADED, AGGREGATED):
        return [Bar(at, o, h, low, c, -1, -1, -1) for at, (o, h, low, c) in zip(starts, prices, strict=True)]
    volumes = np.add.reduceat(rows.volume, edges)
    money = np.add.reduceat(rows.volume * rows.ohlc.mean(axis=0), edges)
    waps = np.round(np.where(volumes > 0, money / np.maximum(volumes, 1), closes), 6)
    counts = np.add.reduceat(rows.count, edges)
    columns = zip(starts, prices, volumes.tolist(), waps.tolist(), counts.tolist(), strict=True)
    return [Bar(at, o, h, low, c, volume, wap, n) for at, (o, h, low, c), volume, wap, n in columns]


def _merged(days: list[Bar], weekly: bool) -> list[Bar]:
    """Weeks (from Monday) or months, dated by their first day."""
    merged: list[Bar] = []
    last_key: date | None = None
    for bar in days:
        day = bar.start.date()
        key = day - day.weekday() * DAY if weekly else day.replace(day=1)
        if key == last_key:
            merged[-1] = _sum(merged[-1], bar)
        else:
            merged.append(bar)
        last_key = key
    return merged


def _sum(one: Bar, more: Bar) -> Bar:
    volume = one.volume + more.volume
    wap = (one.wap * one.volume + more.wap * more.volume) / volume if volume > 0 else -1
    priced_only = one.volume < 0
    return Bar(
        one.start,
        one.open,
        max(one.high, more.high),
        min(one.low, more.low),
        more.close,
        -1 if priced_only else volume,
        -1 if priced_only else wap,
        -1 if priced_only else one.count + more.count,
    )
