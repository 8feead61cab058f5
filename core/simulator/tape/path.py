"""The price as a function of time: nothing is stored, so what was shown can always be asked again.

A `Path` is the logarithm of price over reference price, from the seed and absolute time alone. Days are
anchored by noise at seven time scales; minutes are a Brownian bridge between the anchors; beats (four a
second) are a bridge inside the minute that touches exactly the minute's high and low. Coarse bars
therefore cost no fine ones, and fine bars always add up to the coarse.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
K = TypeVar("K")
V = TypeVar("V")

BEATS_A_SECOND: Final = 4
BEATS: Final = 60 * BEATS_A_SECOND
"""Beats a minute: the tape's grain."""
MINUTES: Final = 1440
OCTAVES: Final = 7
DRIFT_FROM_DAY: Final = 20_758
"""Days since 1970 at which prices stand around their reference (1 November 2026)."""

_WORD: Final = 0xFFFFFFFFFFFFFFFF
_RAMP: Final = np.arange(MINUTES + 1) / MINUTES
_BEAT_RAMP: Final = np.arange(BEATS) / (BEATS - 1)


class Shelf(OrderedDict[K, V]):
    """The last few values that were computed."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def get_or(self, key: K, make: Callable[[K], V]) -> V:
        if key in self:
            self.move_to_end(key)
            return self[key]
        value = self[key] = make(key)
        if len(self) > self._most:
            self.popitem(last=False)
        return value


_GENERATORS: Final = [np.random.Generator(np.random.PCG64(0)) for _ in range(16)]
_STATES: Final[list[dict[str, Any]]] = [dict(one.bit_generator.state) for one in _GENERATORS]
_turn = count()


def chance(*parts: int) -> np.random.Generator:
    """A generator that depends on nothing but `parts`; draw from it at once, for it is used again.

    Setting the state of one that exists costs a tenth of making one, and every minute of every contract
    needs two. Sixteen take turns, so that a caller may go down a few calls before it draws.
    """
    turn = next(_turn) % len(_GENERATORS)
    low = high = 0
    for part in parts:
        low = _mixed(low ^ (part & _WORD))
        high = _mixed(high ^ low)
    state = _STATES[turn]
    state["state"]["state"] = (high << 64) | low
    state["has_uint32"] = 0
    _GENERATORS[turn].bit_generator.state = state
    return _GENERATORS[turn]


def key_of(text: str) -> int:
    return crc32(text.encode())


def _mixed(value: int) -> int:
    """SplitMix64: a hash good enough to look like noise."""
    value = (value + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return value ^ (value >> 31)


@lru_cache(maxsize=100_000)
def noise(*parts: int) -> float:
    """About normal, from a hash of `parts`: four 16-bit uniforms added."""
    value = 0
    for part in parts:
        value = _mixed(value ^ (part & 0xFFFFFFFFFFFFFFFF))
    total = sum((value >> shift) & 0xFFFF for shift in (0, 16, 32, 48)) / 65535
    return (total - 2) * math.sqrt(3)


Knots = Sequence[tuple[float, float]]
"""(epoch seconds, log factor), ascending: what a scenario does to a path."""


class Path:
    """One price line; `beta` of `market` plus noise of its own make up `volatility` (a year)."""

    def __init__(
        self, seed: int, key: str, volatility: float, beta: float, market: Path | None, knots: Knots = ()
    ) -> None:
        self._seed, self._key = seed, key_of(key)
        self.volatility: float = volatility
        self._market, self._beta = market, beta if market else 0.0
        shared = self._beta * market.volatility if market else 0.0
        self._day_sd = math.sqrt(max(volatility**2 - shared**2, 0.0004)) / 16
        self._minute_sd = volatility / 16 / math.sqrt(MINUTES)
        self._drift = 0.06 / 365 if market is None or beta > 0.5 else 0.0
        self._times = np.array([time_s for time_s, _ in knots])
        self._factors = np.array([factor for _, factor in knots])
        self._bounds: Shelf[int, Floats] = Shelf(6)
        self._calm: Shelf[int, Floats] = Shelf(6)
        self._shaken: Shelf[int, Floats] = Shelf(6)

    def minutes(self, day: int) -> Floats:
        """Open, high, low, close of every minute of the UTC day: shape (4, 1440)."""
        calm = self._calm.get_or(day, self._make_calm)
        if not len(self._times) or (day + 1) * 86400 <= self._times[0]:
            return calm
        return self._shaken.get_or(day, self._make_shaken)

    def beats(self, minute: int) -> Floats:
        """The 240 beats of one minute (counted since 1970)."""
        calm = self._calm_beats(minute)
        if not len(self._times) or (minute + 1) * 60 <= self._times[0]:
            return calm
        times = minute * 60 + np.arange(BEATS) / BEATS_A_SECOND
        shaken: Floats = calm + np.interp(times, self._times, self._factors)
        return shaken

    # --- how it is made -------------------------------------------------------------------------

    def _anchor(self, day: int) -> float:
        """Where the own noise stands as `day` begins: value noise of 1, 2, 4 ... 64 days."""
        total = self._drift * (day - DRIFT_FROM_DAY)
        for octave in range(OCTAVES):
            cell, inside = divmod(day, 1 << octave)
            share = inside / (1 << octave)
            left = noise(self._seed, self._key, octave, cell)
            right = noise(self._seed, self._key, octave, cell + 1)
            total += 0.5 * self._day_sd * 2 ** (octave / 2) * (left + share * (right - left))
        return total

    def _bridge(self, day: int) -> Floats:
        steps = chance(self._seed, self._key, day).standard_normal(MINUTES)
        walk = np.concatenate(([0.0], np.cumsum(steps))) * (self._day_sd / math.sqrt(MINUTES))
        first, last = self._anchor(day), self._anchor(day + 1)
        line: Floats = first + _RAMP * (last - first) + walk - _RAMP * walk[-1]
        if self._market is not None:
            line += self._beta * self._market.bounds(day)
        return line

    def bounds(self, day: int) -> Floats:
        """The line at the 1441 edges of the day's minutes."""
        return self._bounds.get_or(day, self._bridge)

    def _make_calm(self, day: int) -> Floats:
        bounds = self.bounds(day)
        opens, closes = bounds[:-1], bounds[1:]
        reach = np.abs(chance(self._seed, self._key, day, 1).standard_normal((2, MINUTES)))
        reach = (reach + 0.05) * (0.5 * self._minute_sd)
        highs = np.maximum(opens, closes) + reach[0]
        lows = np.minimum(opens, closes) - reach[1]
        return np.stack((opens, highs, lows, closes))

    def _make_shaken(self, day: int) -> Floats:
        """The day as a scenario bends it; minutes inside the bend are told by their own beats."""
        first = day * MINUTES
        starts = (first + np.arange(MINUTES)) * 60
        shaken: Floats = self._calm.get_or(day, self._make_calm) + np.interp(
            starts, self._times, self._factors
        )
        begin = max(int(self._times[0] // 60) - first, 0)
        end = min(int(self._times[-1] // 60) - first + 1, MINUTES)
        for minute in range(begin, end):
            beats = self.beats(first + minute)
            shaken[:, minute] = beats[0], beats.max(), beats.min(), beats[-1]
        return shaken

    def _calm_beats(self, minute: int) -> Floats:
        day, index = divmod(minute, MINUTES)
        opened, high, low, closed = self._calm.get_or(day, self._make_calm)[:, index]
        steps = chance(self._seed, self._key, minute, 2).standard_normal(BEATS)
        steps[0] = 0.0
        walk = np.cumsum(steps) * (self._minute_sd / math.sqrt(BEATS))
        line: Floats = opened + _BEAT_RAMP * (closed - opened) + walk - _BEAT_RAMP * walk[-1]
        top, bottom = 1 + int(np.argmax(line[1:-1])), 1 + int(np.argmin(line[1:-1]))
        line = np.clip(line, low, high)
        line[top], line[bottom] = high, low
        line[0], line[-1] = opened, closed
        return line
