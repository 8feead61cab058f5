"""When each market trades: sessions by trade date, and IB's text for them.

A `Calendar` answers in epoch seconds. The market that is always open has one session a calendar
day, from midnight to midnight of the exchange's zone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Session:
    """One trade date: open from `start_s` to `end_s`, liquid (regular hours) from `liquid_s` on."""

    trade_date: date
    start_s: int
    end_s: int
    liquid_s: int
    liquid_end_s: int

    def holds(self, at_s: float, regular_only: bool = False) -> bool:
        start_s, end_s = self.span(regular_only)
        return start_s <= at_s < end_s

    def span(self, regular_only: bool) -> tuple[int, int]:
        return (self.liquid_s, self.liquid_end_s) if regular_only else (self.start_s, self.end_s)


@dataclass(frozen=True, slots=True)
class Template:
    """Hours of one kind of market; an open later than the close begins the evening before."""

    zone: str
    opens: str
    closes: str
    liquid_opens: str
    liquid_closes: str
    keeps_holidays: bool = True
    never_closes: bool = False


TEMPLATES: Final[dict[str, Template]] = {
    "STK": Template("US/Eastern", "04:00", "20:00", "09:30", "16:00"),
    "OPT": Template("US/Eastern", "09:30", "16:00", "09:30", "16:00"),
    "WAR": Template("US/Eastern", "09:30", "16:00", "09:30", "16:00"),
    "CFD": Template("US/Eastern", "04:00", "20:00", "09:30", "16:00"),
    "CRYPTO": Template("US/Eastern", "00:00", "23:59", "00:00", "23:59", False, never_closes=True),
    "CASH": Template("US/Eastern", "17:15", "17:00", "17:15", "17:00", keeps_holidays=False),
    "IND": Template("US/Central", "08:30", "15:00", "08:30", "15:00"),
    "CME": Template("US/Central", "17:00", "16:00", "08:30", "16:00"),
    "NYMEX": Template("US/Eastern", "18:00", "17:00", "09:30", "17:00"),
    "COMEX": Template("US/Eastern", "18:00", "17:00", "09:30", "17:00"),
}


# --- Holidays -----------------------------------------------------------------------------------


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth (from 1) `weekday` (Monday 0) of a month; nth -1 is the last one."""
    if nth < 0:
        last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - DAY
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian computus."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    j = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * j) // 451
    month, day = divmod(h + j - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _observed(day: date) -> date:
    return day + {5: -DAY, 6: DAY}.get(day.weekday(), timedelta())


HOLIDAYS: Final[tuple[Callable[[int], date], ...]] = (
    lambda year: _observed(date(year, 1, 1)),
    lambda year: nth_weekday(year, 1, 0, 3),  # Martin Luther King
    lambda year: nth_weekday(year, 2, 0, 3),  # Presidents
    lambda year: _easter(year) - 2 * DAY,
    lambda year: nth_weekday(year, 5, 0, -1),  # Memorial
    lambda year: _observed(date(year, 6, 19)),
    lambda year: _observed(date(year, 7, 4)),
    lambda year: nth_weekday(year, 9, 0, 1),  # Labor
    lambda year: nth_weekday(year, 11, 3, 4),  # Thanksgiving
    lambda year: _observed(date(year, 12, 25)),
)


@cache
def holidays(year: int) -> frozenset[date]:
    return frozenset(rule(year) for rule in HOLIDAYS)


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def business_days_before(day: date, count: int) -> date:
    """The business day `count` of them before `day`; count 0 is `day` or the last one before it."""
    while not is_business_day(day):
        day -= DAY
    for _ in range(count):
        day -= DAY
        while not is_business_day(day):
            day -= DAY
    return day


# --- Sessions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Calendar:
    """The sessions of one market, `template` being a key of `TEMPLATES`."""

    template: str
    always_open: bool

    @property
    def zone(self) -> str:
        return TEMPLATES[self.template].zone

    @cached_property
    def _tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _recent(self) -> dict[int, tuple[Session, int]]:
        """The session that was asked for last, and when the next one begins."""
        return {}

    def date_of(self, at_s: float) -> date:
        return datetime.fromtimestamp(at_s, self._tz).date()

    def at(self, day: date, clock: str) -> int:
        return int(datetime.combine(day, time.fromisoformat(clock), self._tz).timestamp())

    def utc_offset_s(self, at_s: float) -> int:
        offset = datetime.fromtimestamp(at_s, self._tz).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def session(self, day: date) -> Session | None:
        """The session of trade date `day`, `None` when the market is closed that day."""
        return _session(self, day)

    def sessions(self, from_s: float, to_s: float) -> list[Session]:
        """Sessions that meet the span, in order."""
        day, last = self.date_of(from_s), self.date_of(to_s) + DAY
        found = []
        while day <= last:
            session = self.session(day)
            if session is not None and session.end_s > from_s and session.start_s < to_s:
                found.append(session)
            day += DAY
        return found

    def current(self, at_s: float) -> Session:
        """The session at `at_s`, or the last one before it."""
        held = self._recent.get(0)
        if held is not None and held[0].start_s <= at_s < held[1]:
            return held[0]
        day = self.date_of(at_s) + DAY
        while True:
            session = self.session(day)
            if session is not None and session.start_s <= at_s:
                self._recent[0] = session, self.after(session.start_s).start_s
                return session
            day -= DAY

    def before(self, session: Session) -> Session:
        """The session before `session`."""
        day = session.trade_date - DAY
        while (found := self.session(day)) is None:
            day -= DAY
        return found

    def after(self, at_s: float) -> Session:
        """The first session that begins after `at_s`."""
        day = self.date_of(at_s)
        while (found := self.session(day)) is None or found.start_s <= at_s:
            day += DAY
        return found

    def is_open(self, at_s: float, regular_only: bool = False) -> bool:
        return self.always_open or self.current(at_s).holds(at_s, regular_only)

    def next_open(self, at_s: float, regular_only: bool) -> int:
        """When the market, or its regular hours, next begins."""
        begins = self.current(at_s).span(regular_only)[0]
        return begins if at_s < begins else self.after(at_s).span(regular_only)[0]

    def last_open_s(self, at_s: float) -> float:
        """`at_s` itself while the market is open, else when it last was."""
        return at_s if self.always_open else min(at_s, self.current(at_s).end_s - 0.001)

    def text(self, at_s: float, regular_only: bool, days: int = 6) -> str:
        """Hours of the next `days` days as contractDetails writes them."""
        first = self.date_of(at_s)
        return ";".join(self._day_text(first + n * DAY, regular_only) for n in range(days))

    def _day_text(self, day: date, regular_only: bool) -> str:
        session = self.session(day)
        if session is None:
            return f"{day:%Y%m%d}:CLOSED"
        begin, end = (datetime.fromtimestamp(s, self._tz) for s in session.span(regular_only))
        return f"{begin:%Y%m%d:%H%M}-{end:%Y%m%d:%H%M}"


@lru_cache(maxsize=20_000)
def _session(calendar: Calendar, day: date) -> Session | None:
    if calendar.always_open:
        start_s, end_s = calendar.at(day, "00:00"), calendar.at(day + DAY, "00:00")
        return Session(day, start_s, end_s, start_s, end_s)
    template = TEMPLATES[calendar.template]
    closed = not is_business_day(day) if template.keeps_holidays else day.weekday() >= 5
    if closed:
        return None
    eve = day - DAY if template.opens > template.closes else day
    liquid_eve = day - DAY if template.liquid_opens > template.liquid_closes else day
    return Session(
        day,
        calendar.at(eve, template.opens),
        calendar.at(day, template.closes),
        calendar.at(liquid_eve, template.liquid_opens),
        calendar.at(day, template.liquid_closes),
    )


def utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
