"""The time axis: bars stand side by side whatever the clock did between them, so labels mark where it turned."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY_S = 86_400
_KNOWN_FROM = datetime(1970, 1, 1, tzinfo=UTC)
_KNOWN_TO = datetime(2050, 1, 1, tzinfo=UTC)
_WEEK = timedelta(days=7)
_CROWDED = 2.2
"""A level is left out when so many times more labels turn than fit; every other one of them may still do."""
_WORTH = 0.2
"""A level of which fewer than this share find room would leave odd labels here and there."""
_FEW = 4
"""The finest rank that makes up a quarter of the labels is the plain one; coarser ones stand out."""


class TimeTick(NamedTuple):
    """A label at bar `place`; `strong` where more turned than at its plain neighbours: a day among hours."""

    place: int
    text: str
    strong: bool


class Zone:
    """A time zone that can be asked about whole columns of moments."""

    def __init__(self, zone: tzinfo | None) -> None:
        """`None` is the zone of the machine."""
        self.zone = zone
        turns, offsets = _transitions(zone)
        self._turns = np.array(turns, dtype=np.float64)
        self._offsets = np.array(offsets, dtype=np.float64)

    def local(self, starts: Floats) -> Ints:
        """Epoch seconds as the wall clock of this zone counts them."""
        era = np.searchsorted(self._turns, starts, side="right") - 1
        shifted: Ints = (starts + self._offsets[np.maximum(era, 0)]).astype(np.int64)
        return shifted

    def at(self, epoch_s: float) -> datetime:
        return datetime.fromtimestamp(epoch_s, UTC).astimezone(self.zone)

    def name_at(self, epoch_s: float) -> str:
        """What people there call it: EST, UTC."""
        return self.at(epoch_s).tzname() or ""


@lru_cache(maxsize=32)
def zone_named(name: str) -> Zone:
    """An exchange's zone as IB names it; the trader's own where the name is empty or unknown."""
    try:
        return Zone(ZoneInfo(name.split(" ")[0]) if name else None)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return Zone(None)


class _Level(NamedTuple):
    """A turn of the clock that can carry a label: what changes there, how it is written, how grave it is."""

    number: Callable[[Ints], Ints]
    text: str
    rank: int


def _every(seconds: int) -> Callable[[Ints], Ints]:
    return lambda local: local // seconds


def _months(local: Ints, each: int = 1) -> Ints:
    months: Ints = local.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return months // each


_YEAR, _MONTH, _DAY, _CLOCK = range(4)
_DAY_NUMBER = ""
"""strftime has no portable way to write a day without its nought."""

LEVELS: tuple[_Level, ...] = (
    _Level(lambda local: _months(local, 120), "%Y", _YEAR),
    _Level(lambda local: _months(local, 12), "%Y", _YEAR),
    _Level(lambda local: _months(local, 3), "%b", _MONTH),
    _Level(_months, "%b", _MONTH),
    # The epoch began on a Thursday: three days on, weeks turn on Mondays.
    _Level(lambda local: (local // DAY_S + 3) // 7, _DAY_NUMBER, _DAY),
    _Level(_every(DAY_S), _DAY_NUMBER, _DAY),
    *(
        _Level(_every(seconds), "%H:%M", _CLOCK)
        for seconds in (43_200, 21_600, 10_800, 3_600, 1_800, 900, 300, 60)
    ),
    *(_Level(_every(seconds), "%H:%M:%S", _CLOCK) for seconds in (30, 15, 5, 1)),
)
"""Coarse to fine: a place is labelled by the coarsest clock that turned there."""


def ticks(
    starts: Floats, places: Ints, zone: Zone, bar_s: int, bar_px: float, spacing_px: float
) -> list[TimeTick]:
    """Labels for the bars that begin at `starts` and stand at `places`, at least `spacing_px` apart.

    The first bar only tells what its neighbour turned from: it gets no label itself.
    """
    if starts.size < 2:
        return []
    local = zone.local(starts)
    room = max(1.0, float(places[-1] - places[0]) * bar_px)
    apart = spacing_px / bar_px
    taken: list[int] = []
    labels: dict[int, tuple[str, int]] = {}
    for level in LEVELS:
        number = level.number(local)
        turned = np.flatnonzero(number[1:] != number[:-1]) + 1
        if turned.size * spacing_px > room * _CROWDED:
            break
        fresh = [at for at in turned.tolist() if int(places[at]) not in labels]
        fitting = _fitting(taken, [int(places[at]) for at in fresh], apart)
        if len(fitting) < len(fresh) * _WORTH:
            break
        for at in fresh:
            if (place := int(places[at])) in fitting:
                insort(taken, place)
                labels[place] = (_label(level, int(local[at]), bar_s), level.rank)
    ranks = [rank for _, rank in labels.values()]
    plain = max((rank for rank in ranks if _FEW * ranks.count(rank) >= len(ranks)), default=_CLOCK)
    return [TimeTick(place, labels[place][0], labels[place][1] < plain) for place in taken]


def _fitting(taken: list[int], places: list[int], apart: float) -> set[int]:
    """Those of `places` that stand far enough from what is taken and from each other."""
    trial = taken.copy()
    fitting = set()
    for place in places:
        after = bisect_left(trial, place)
        crowded = after < len(trial) and trial[after] - place < apart
        if not crowded and not (after and place - trial[after - 1] < apart):
            trial.insert(after, place)
            fitting.add(place)
    return fitting


def moment_words(epoch_s: float, zone: Zone, bar_s: int) -> str:
    """A bar's time in full, for the crosshair."""
    moment = zone.at(epoch_s)
    clock = "" if bar_s >= DAY_S else f"  {moment:%H:%M}" if bar_s >= 60 else f"  {moment:%H:%M:%S}"
    return f"{moment:%a} {moment.day} {moment:%b %Y}{clock}"


def _label(level: _Level, local_s: int, bar_s: int) -> str:
    moment = datetime.fromtimestamp(local_s, UTC)
    if level.rank == _CLOCK:
        return moment.strftime(level.text)
    if bar_s < DAY_S:
        # A day's first intraday bar: the day and month say more than a bare month or year would.
        return f"{moment.day} {moment:%b}"
    return str(moment.day) if level.text == _DAY_NUMBER else moment.strftime(level.text)


def _transitions(zone: tzinfo | None) -> tuple[list[float], list[float]]:
    """When the zone's offset changes, to the second, and what it is from then on."""
    turns, offsets = [-np.inf], [_offset_s(_KNOWN_FROM, zone)]
    before = _KNOWN_FROM
    while before < _KNOWN_TO:
        after = before + _WEEK
        if _offset_s(after, zone) != offsets[-1]:
            turns.append(_turn(before, after, zone))
            offsets.append(_offset_s(after, zone))
        before = after
    return turns, offsets


def _turn(before: datetime, after: datetime, zone: tzinfo | None) -> float:
    """The second between the two at which the offset changes."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = _offset_s(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_s(datetime.fromtimestamp(middle, UTC), zone) == old:
            low = middle
        else:
            high = middle
    return float(high)


def _offset_s(at: datetime, zone: tzinfo | None) -> float:
    offset = at.astimezone(zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0
