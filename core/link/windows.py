"""The times at which IBKR or the gateway goes away by itself, reckoned from the clock alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.domain.limits import LinkSettings
from core.domain.link import NIGHTLY_RESTART, Window

NIGHTLY_RESET = "nightly reset"
WEEKLY_LOGIN = "weekly login"
MAINTENANCE = "weekend maintenance"

BEFORE_RESTART_S = 60.0
AFTER_RESTART_S = 300.0
"""How long before the gateway's restart no order goes out, and how long after it is waited for at most."""

_MON, _TUE, _WED, _THU, _FRI, _SAT, _SUN = range(7)
_EVERY_DAY = frozenset(range(7))
_DAYS_AHEAD = 8

_NEW_YORK = ZoneInfo("America/New_York")
_ZURICH = ZoneInfo("Europe/Zurich")
_HONG_KONG = ZoneInfo("Asia/Hong_Kong")

_RESET_WORDS = (
    "IBKR's servers reset: orders at exchanges go on, reports about them may come late, "
    "and a lost connection may take until the end of it."
)


class Rule(NamedTuple):
    """A window that comes back, in a place's own time; `days` are those on which it starts."""

    kind: str
    zone: tzinfo | None
    """`None`: the time of this computer."""
    starts: time
    lasts: timedelta
    days: frozenset[int]
    words: str


_WEEKLY = (
    Rule(
        WEEKLY_LOGIN,
        _NEW_YORK,
        time(1, 0),
        timedelta(hours=1),
        frozenset({_SUN}),
        "The week's login ends: TWS or IB Gateway must be logged in again by hand.",
    ),
    Rule(
        MAINTENANCE,
        _NEW_YORK,
        time(23, 0),
        timedelta(hours=4),
        frozenset({_FRI}),
        "IBKR's weekend maintenance: the servers may be out of reach.",
    ),
)

_RESET_DAYS = frozenset({_SUN, _MON, _TUE, _WED, _THU, _FRI})

RESETS: dict[str, tuple[Rule, ...]] = {
    "america": (
        Rule(NIGHTLY_RESET, _NEW_YORK, time(0, 15), timedelta(minutes=90), _RESET_DAYS, _RESET_WORDS),
    ),
    "europe": (Rule(NIGHTLY_RESET, _ZURICH, time(6, 25), timedelta(minutes=80), _RESET_DAYS, _RESET_WORDS),),
    "asia": (
        Rule(NIGHTLY_RESET, _HONG_KONG, time(4, 45), timedelta(minutes=80), _RESET_DAYS, _RESET_WORDS),
        Rule(NIGHTLY_RESET, _HONG_KONG, time(20, 15), timedelta(minutes=60), _RESET_DAYS, _RESET_WORDS),
    ),
}
"""IBKR's daily server resets by the region whose servers one is logged in to."""


class Schedule:
    """The windows of the gateway at hand, reckoned anew at each of their edges."""

    def __init__(self) -> None:
        self.window: Window | None = None
        """The one we are in, or else the next."""
        self.within = False
        self.blocked = ""
        """Why no order goes out for now; "" when they may."""
        self.due_at_s: float | None = None

    def clear(self) -> None:
        """Nobody wants the link: nothing is counted down."""
        self.window, self.within, self.blocked, self.due_at_s = None, False, "", None

    def reckon(self, settings: LinkSettings, kind: str, reached_at_s: float | None, now_s: float) -> None:
        """`reached_at_s` is when the gateway was last reached: after its restart, it is over with that."""
        rules = rules_for(settings, kind)
        self.window, self.within = window_at(rules, now_s)
        self.due_at_s = changes_at_s(rules, now_s)
        self.blocked = ""
        if self.window is not None and self.within and self.window.kind == NIGHTLY_RESTART:
            restarts_at_s = self.window.starts_at_s + BEFORE_RESTART_S
            if reached_at_s is None or reached_at_s < restarts_at_s:
                self.blocked = self.window.words


def rules_for(settings: LinkSettings, kind: str) -> tuple[Rule, ...]:
    """The windows of one gateway; a simulator has none."""
    if kind == "simulator":
        return ()
    rules = _WEEKLY + RESETS.get(settings.reset_region, ())
    return (_restart(settings), *rules) if settings.restart_at else rules


def window_at(rules: tuple[Rule, ...], now_s: float) -> tuple[Window | None, bool]:
    """The window we are in, the gateway's restart first, or else the next; and whether we are in it."""
    known = [window for rule in rules for window in _occurrences(rule, now_s)]
    within = [window for window in known if window.starts_at_s <= now_s]
    if within:
        return min(within, key=lambda one: (one.kind != NIGHTLY_RESTART, one.ends_at_s)), True
    return min(known, key=lambda one: one.starts_at_s, default=None), False


def changes_at_s(rules: tuple[Rule, ...], now_s: float) -> float | None:
    """When `window_at` would next say something else."""
    edges = (
        edge
        for rule in rules
        for window in _occurrences(rule, now_s)
        for edge in (window.starts_at_s, window.ends_at_s)
        if edge > now_s
    )
    return min(edges, default=None)


def _restart(settings: LinkSettings) -> Rule:
    at = datetime.combine(date.min.replace(day=2), time.fromisoformat(settings.restart_at))
    at -= timedelta(seconds=BEFORE_RESTART_S)
    zone = ZoneInfo(settings.restart_zone) if settings.restart_zone else None
    whose = settings.restart_zone or "this computer's time"
    words = f"The gateway restarts by itself at {settings.restart_at} ({whose}): no order is sent around it."
    return Rule(
        NIGHTLY_RESTART,
        zone,
        at.time(),
        timedelta(seconds=BEFORE_RESTART_S + AFTER_RESTART_S),
        _EVERY_DAY,
        words,
    )


def _occurrences(rule: Rule, now_s: float) -> Iterator[Window]:
    """Those that have not ended yet, for a week ahead."""
    today = datetime.fromtimestamp(now_s, rule.zone).date()
    for ahead in range(-1, _DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if day.weekday() not in rule.days:
            continue
        starts_at_s = _moment(day, rule.starts, rule.zone)
        ends_at_s = starts_at_s + rule.lasts.total_seconds()
        if ends_at_s > now_s:
            yield Window(rule.kind, starts_at_s, ends_at_s, rule.words)


def _moment(day: date, at: time, zone: tzinfo | None) -> float:
    """Through UTC, so that the day the clocks change is not an hour out."""
    return datetime.combine(day, at, zone).astimezone(UTC).timestamp()
