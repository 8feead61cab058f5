"""Bars as columns: bounded, amended in place, and seen through a pyramid that costs what the screen costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.domain.codes import in_words
from core.domain.events import BarReported, BarsRefused, BarsReported
from core.domain.quote import BAR_SECONDS, Bar, BarKey

Floats = NDArray[np.float64]

MOST_BARS = 200_000
"""A series keeps at most this many; beyond it the oldest eighth goes at once."""
FACTOR = 8
"""How many entries of one level of the pyramid make one of the next."""

_START, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME, _WAP, _TRADES = range(8)
_COLUMNS = 8
_PYRAMID = (_HIGH, _LOW, _VOLUME)
_LEAST_CAPACITY = 256


class BarSlice(NamedTuple):
    """Consecutive entries of `span` bars each, the first at bar `first`, the last perhaps shorter.

    An entry is what drawing its bars one upon the other would show: first open, highest high, lowest
    low, last close, largest volume (NaN where no bar has one).
    """

    first: int
    span: int
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class BarSeries:
    """One series, oldest first: each start once; every write, and every answer, raises `revision`."""

    def __init__(self, key: BarKey, most: int = MOST_BARS) -> None:
        if most < 1:
            raise ValueError(f"a series must keep at least one bar, not {most}")
        self.key = key
        self.revision = 0
        self._most = most
        self._size = 0
        self._columns = _room_for(0, most)
        self._levels: list[Floats] = []
        self._settled = 0
        """How many of the oldest bars the pyramid already stands for."""

    # --- writing ------------------------------------------------------------------------------

    def replace(self, bars: Iterable[Bar]) -> None:
        """Nothing but `bars`, in whatever order; of two with one start the later counts."""
        self._take(_columns_of(bars))
        self.revision += 1

    def merge(self, bars: Iterable[Bar]) -> None:
        """An answer of history: it rules its own span, bars before and after it stay.

        One that leaves room for a bar after the last one held replaces the series: nobody can say what
        happened between, and a hole must not look like a quiet market.
        """
        fresh = _columns_of(bars)
        self.revision += 1
        if fresh.shape[1] == 0:
            return
        held = self._columns[:, : self._size]
        first, last = fresh[_START, 0], fresh[_START, -1]
        if self._size and first >= held[_START, -1] + 2 * BAR_SECONDS.get(self.key.bar_size, 1):
            self._take(fresh)
        else:
            before = held[:, : np.searchsorted(held[_START], first, side="left")]
            after = held[:, np.searchsorted(held[_START], last, side="right") :]
            self._take(np.concatenate((before, fresh, after), axis=1))

    def apply(self, bar: Bar) -> None:
        """The growing bar: moves the last, begins a new one, or amends an older one in its place."""
        row = _row(bar)
        last = self._columns[_START, self._size - 1] if self._size else -np.inf
        if row[_START] > last:
            self._append(row)
        elif row[_START] == last:
            self._write(self._size - 1, row)
        else:
            self._amend(row)
        self.revision += 1

    def _append(self, row: tuple[float, ...]) -> None:
        if self._size >= self._most:
            self._forget_oldest()
        if self._size == self._columns.shape[1]:
            grown = _room_for(self._size, self._most)
            grown[:, : self._size] = self._columns[:, : self._size]
            self._columns = grown
        self._size += 1
        self._write(self._size - 1, row)

    def _write(self, place: int, row: tuple[float, ...]) -> None:
        self._columns[:, place] = row
        self._settled = min(self._settled, place)

    def _amend(self, row: tuple[float, ...]) -> None:
        starts = self.start
        place = int(np.searchsorted(starts, row[_START], side="left"))
        if starts[place] == row[_START]:
            self._write(place, row)
            return
        self._take(np.insert(self._columns[:, : self._size], place, row, axis=1))

    def _forget_oldest(self) -> None:
        """Drops an eighth at once, so that a full series moves its bars seldom."""
        kept = self._size - max(1, self._most // FACTOR)
        self._columns[:, :kept] = self._columns[:, self._size - kept : self._size].copy()
        self._size = kept
        self._settled = 0

    def _take(self, columns: Floats) -> None:
        columns = columns[:, -self._most :]
        self._size = columns.shape[1]
        self._columns = _room_for(self._size, self._most)
        self._columns[:, : self._size] = columns
        self._settled = 0

    # --- reading ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._size

    @property
    def start(self) -> Floats:
        """Epoch seconds at which each bar began. A view, as the other columns: look, do not write."""
        return self._columns[_START, : self._size]

    @property
    def open(self) -> Floats:
        return self._columns[_OPEN, : self._size]

    @property
    def high(self) -> Floats:
        return self._columns[_HIGH, : self._size]

    @property
    def low(self) -> Floats:
        return self._columns[_LOW, : self._size]

    @property
    def close(self) -> Floats:
        return self._columns[_CLOSE, : self._size]

    @property
    def volume(self) -> Floats:
        """NaN where a bar has none."""
        return self._columns[_VOLUME, : self._size]

    @property
    def last(self) -> Bar | None:
        return self.bar(-1) if self._size else None

    def bar(self, place: int) -> Bar:
        """The bar at `place`; negative places count from the end, as in a list."""
        if not -self._size <= place < self._size:
            raise IndexError(f"no bar {place} in a series of {self._size}")
        return _bar(self._columns[:, place % self._size])

    def bars(self) -> tuple[Bar, ...]:
        """All of them, oldest first; a copy."""
        return tuple(_bar(row) for row in self._columns[:, : self._size].T)

    def place_of(self, start_s: float) -> int:
        """Where the bar that holds this moment stands; -1 before the first."""
        return int(np.searchsorted(self.start, start_s, side="right")) - 1

    def view(self, first: int, last: int, most: int) -> BarSlice:
        """Bars `first` up to but not including `last` in about `most` entries at the most.

        Groups are powers of two and lie where the whole series would put them, so panning does not
        shimmer; the outer ones are shown whole, which may add an entry at either end.
        """
        first, last = max(0, first), min(self._size, last)
        if first >= last:
            return _EMPTY
        span = _span(last - first, max(1, most))
        first -= first % span
        last = min(self._size, last + -last % span)
        if span == 1:
            return BarSlice(first, 1, *self._columns[_OPEN : _VOLUME + 1, first:last])
        high, low, volume = self._grouped(first, last, span)
        ends = np.minimum(np.arange(first + span, last + span, span), self._size) - 1
        return BarSlice(
            first, span, self._columns[_OPEN, first:last:span], high, low, self._columns[_CLOSE, ends], volume
        )

    # --- the pyramid --------------------------------------------------------------------------

    def _grouped(self, first: int, last: int, span: int) -> tuple[Floats, Floats, Floats]:
        """High, low and volume of every `span` bars, read from the coarsest level that fits."""
        self._settle()
        depth, size = 0, 1
        while size * FACTOR <= span:
            depth, size = depth + 1, size * FACTOR
        if depth:
            high, low, volume = self._levels[depth - 1][:, first // size : -(-last // size)]
        else:
            high, low, volume = (self._columns[column, first:last] for column in _PYRAMID)
        groups = np.arange(0, high.size, span // size)
        return (
            np.maximum.reduceat(high, groups),
            np.minimum.reduceat(low, groups),
            np.fmax.reduceat(volume, groups),
        )

    def _settle(self) -> None:
        """Brings the pyramid up to date from the first bar written since; mostly that is the last one."""
        if self._settled == self._size and self._levels:
            return
        below: Floats | None = None
        size, depth, from_bar = FACTOR, 0, self._settled
        while True:
            entries = -(-self._size // size)
            level = self._level(depth, entries)
            stale = from_bar // size
            children = slice(stale * FACTOR, -(-self._size // (size // FACTOR)))
            level[:, stale:entries] = _reduced(
                self._columns[_PYRAMID, children] if below is None else below[:, children]
            )
            if entries <= 1:
                break
            below, size, depth = level, size * FACTOR, depth + 1
        self._settled = self._size

    def _level(self, depth: int, entries: int) -> Floats:
        if depth == len(self._levels):
            self._levels.append(np.empty((len(_PYRAMID), max(entries, _LEAST_CAPACITY // FACTOR))))
        level = self._levels[depth]
        if level.shape[1] < entries:
            grown = np.empty((len(_PYRAMID), 2 * entries))
            grown[:, : level.shape[1]] = level
            self._levels[depth] = level = grown
        return level


class BarBook:
    """Every series the desk keeps, and why some could not be had."""

    def __init__(self) -> None:
        self._series: dict[BarKey, BarSeries] = {}
        self._refusals: dict[BarKey, str] = {}
        self._as_of_s: dict[BarKey, float] = {}

    def report(self, event: BarsReported) -> None:
        """A whole answer: merged into what is known, and the last refusal is forgotten.

        One from the cache is for a series that IB has told nothing of yet, and stays marked until it does.
        """
        if event.cached_at_s is not None:
            if event.key in self._series and event.key not in self._as_of_s:
                return
            self._as_of_s[event.key] = event.cached_at_s
        else:
            self._as_of_s.pop(event.key, None)
        self._series.setdefault(event.key, BarSeries(event.key)).merge(event.bars)
        self._refusals.pop(event.key, None)

    def update(self, event: BarReported) -> None:
        """The growing bar; one that comes after its series was dropped is late and means nothing."""
        series = self._series.get(event.key)
        if series is not None:
            series.apply(event.bar)

    def refuse(self, event: BarsRefused) -> None:
        words = event.text if event.code is None else in_words(event.code, event.text)
        self._refusals[event.key] = words or "No bars came."

    def drop(self, key: BarKey) -> None:
        self._series.pop(key, None)
        self._refusals.pop(key, None)
        self._as_of_s.pop(key, None)

    def series(self, key: BarKey) -> BarSeries | None:
        return self._series.get(key)

    def as_of_s(self, key: BarKey) -> float | None:
        """When IB told a series that comes from the cache; `None` for one that IB told in this session."""
        return self._as_of_s.get(key)

    def refusal(self, key: BarKey) -> str:
        """The words of the last refusal; "" when the last answer was bars, or none came yet."""
        return self._refusals.get(key, "")

    def keys(self) -> tuple[BarKey, ...]:
        return tuple(self._series)


def _span(count: int, most: int) -> int:
    """The smallest power of two that brings `count` bars into `most` entries."""
    return 1 << (-(-count // most) - 1).bit_length()


def _reduced(rows: Floats) -> Floats:
    """High, low and volume of every `FACTOR` entries."""
    groups = np.arange(0, rows.shape[1], FACTOR)
    return np.stack(
        (
            np.maximum.reduceat(rows[0], groups),
            np.minimum.reduceat(rows[1], groups),
            np.fmax.reduceat(rows[2], groups),
        )
    )


def _room_for(size: int, most: int) -> Floats:
    return np.empty((_COLUMNS, max(1, min(most, max(2 * size, _LEAST_CAPACITY)))))


def _columns_of(bars: Iterable[Bar]) -> Floats:
    rows: Sequence[tuple[float, ...]] = [_row(bar) for bar in bars]
    if not rows:
        return np.empty((_COLUMNS, 0))
    columns = np.array(rows, dtype=np.float64).T
    columns = columns[:, np.argsort(columns[_START], kind="stable")]
    # The sort is stable, so the last of equal starts is the one that was given last.
    return columns[:, np.append(columns[_START, 1:] != columns[_START, :-1], True)]


def _row(bar: Bar) -> tuple[float, ...]:
    return (
        bar.start.timestamp(),
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        np.nan if bar.volume is None else bar.volume,
        np.nan if bar.wap is None else bar.wap,
        np.nan if bar.trades is None else bar.trades,
    )


def _bar(row: Floats) -> Bar:
    start, first, high, low, last, volume, wap, trades = row.tolist()
    return Bar(
        start=datetime.fromtimestamp(start, UTC),
        open=first,
        high=high,
        low=low,
        close=last,
        volume=None if volume != volume else volume,
        wap=None if wap != wap else wap,
        trades=None if trades != trades else int(trades),
    )


_EMPTY = BarSlice(0, 1, *(np.empty(0) for _ in range(5)))
