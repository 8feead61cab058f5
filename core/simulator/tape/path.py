"""The price as a function of time: nothing is stored, so what was shown can always be asked again.

A `Path` is the logarithm of price over reference price, from the seed and absolute time alone. Days are
anchored by noise at seven time scales; minutes are a Brownian bridge between the anchors; beats (four a
second) are a bridge inside the minute that touches exactly the minute's high and low. Coarse bars
therefore cost no fine ones, and fine bars always add up to the coarse. Beats are made a block of minutes
at a time, which costs little more than one minute does.
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
BLOCK: Final = 5
"""Minutes a block: every session of every market begins and ends with one."""
BLOCK_BEATS: Final = BLOCK * BEATS
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
        self._knot(knots)
        self._bounds: Shelf[int, Floats] = Shelf(6)
        self._calm: Shelf[int, Floats] = Shelf(6)
        self._shaken: Shelf[int, Floats] = Shelf(6)
        self._blocks: Shelf[int, Floats] = Shelf(4)

    def bend(self, knots: Knots, now_s: float) -> None:
        """From now on, and never before, `knots` are what happens; what was happening stays where it got to.

        Their factors count from where the price is by then.
        """
        level = float(np.interp(now_s, self._times, self._factors)) if len(self._times) else 0.0
        before = [(t, f) for t, f in zip(self._times, self._factors, strict=True) if t < now_s]
        after = [(max(t, now_s), level + f) for t, f in knots]
        self._knot([*before, (now_s, level), *after] if before or after else [])
        self._shaken.clear()
        self._blocks.clear()

    def _knot(self, knots: Knots) -> None:
        self._times = np.array([time_s for time_s, _ in knots])
        self._factors = np.array([factor for _, factor in knots])

    def minutes(self, day: int) -> Floats:
        """Open, high, low, close of every minute of the UTC day: shape (4, 1440)."""
        calm = self._calm.get_or(day, self._make_calm)
        if not len(self._times) or (day + 1) * 86400 <= self._times[0]:
            return calm
        return self._shaken.get_or(day, self._make_shaken)

    def beats(self, minute: int) -> Floats:
        """The 240 beats of one minute (counted since 1970)."""
        block, row = divmod(minute, BLOCK)
        found: Floats = self.block(block)[row]
        return found

    def block(self, block: int) -> Floats:
        """The beats of a block of minutes: shape (5, 240)."""
        return self._blocks.get_or(block, self._make_block)

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
        edges = (first + np.arange(MINUTES + 1)) * 60
        factors = np.interp(edges, self._times, self._factors)
        shaken: Floats = self._calm.get_or(day, self._make_calm) + factors[:-1]
        bent = np.diff(factors) != 0
        inside = (self._times // 60).astype(np.int64) - first
        bent[inside[(inside >= 0) & (inside < MINUTES)]] = True
        for minute in np.flatnonzero(bent).tolist():
            beats = self.beats(first + minute)
            shaken[:, minute] = beats[0], beats.max(), beats.min(), beats[-1]
        return shaken

    def _make_block(self, block: int) -> Floats:
        calm, first = self._calm_block(block), block * BLOCK
        if not len(self._times) or (first + BLOCK) * 60 <= self._times[0]:
            return calm
        times = first * 60 + np.arange(BLOCK * BEATS).reshape(BLOCK, BEATS) / BEATS_A_SECOND
        shaken: Floats = calm + np.interp(times, self._times, self._factors)
        return shaken

    def _calm_block(self, block: int) -> Floats:
        day, index = divmod(block * BLOCK, MINUTES)
        minutes = self._calm.get_or(day, self._make_calm)[:, index : index + BLOCK]
        opened, high, low, closed = minutes[:, :, None]
        steps = chance(self._seed, self._key, block, 2).standard_normal((BLOCK, BEATS))
        steps[:, 0] = 0.0
        walk = np.cumsum(steps, axis=1) * (self._minute_sd / math.sqrt(BEATS))
        line: Floats = opened + _BEAT_RAMP * (closed - opened) + walk - _BEAT_RAMP * walk[:, -1:]
        top, bottom = 1 + line[:, 1:-1].argmax(axis=1), 1 + line[:, 1:-1].argmin(axis=1)
        np.clip(line, low, high, out=line)
        rows = np.arange(BLOCK)
        line[rows, top], line[rows, bottom] = high[:, 0], low[:, 0]
        line[:, 0], line[:, -1] = opened[:, 0], closed[:, 0]
        return line
