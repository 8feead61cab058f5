"""The price axis: which prices are in view, and which of them deserve a line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NICE = (1.0, 2.0, 2.5, 5.0)


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Prices `low` to `high` over the pixels `bottom` to `top` (downwards, as Qt counts)."""

    low: float
    high: float
    top: float
    bottom: float

    @property
    def px_per_unit(self) -> float:
        return (self.bottom - self.top) / (self.high - self.low)

    def y(self, price: float) -> float:
        return self.bottom - (price - self.low) * self.px_per_unit

    def ys(self, prices: Floats) -> Floats:
        return self.bottom - (prices - self.low) * self.px_per_unit

    def price(self, y: float) -> float:
        return self.low + (self.bottom - y) / self.px_per_unit

    def holds(self, price: float) -> bool:
        return self.low <= price <= self.high


def fitted(
    low: float, high: float, tick: float, top: float, bottom: float, pads: tuple[float, float]
) -> PriceScale:
    """A scale that shows `low` to `high` with `pads` pixels free above and below."""
    least = 8 * tick
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    above, below = pads
    room = max(1.0, bottom - top - above - below)
    unit = (high - low) / room
    return PriceScale(low - below * unit, high + above * unit, top, bottom)


def stretched(scale: PriceScale, factor: float) -> PriceScale:
    """The same middle over a range `factor` times as wide."""
    middle, half = (scale.low + scale.high) / 2, (scale.high - scale.low) / 2 * factor
    return PriceScale(middle - half, middle + half, scale.top, scale.bottom)


def step_of(span: float, most: int, tick: float) -> float:
    """The smallest round step that makes at most `most` of `span`, on the contract's tick."""
    least = max(span / max(1, most), tick) * (1 - 1e-9)
    power = 10.0 ** math.floor(math.log10(least))
    round_steps = (nice * power * scale for scale in (1, 10, 100) for nice in _NICE)
    found = next((step for step in round_steps if step >= least and _is_multiple(step, tick)), math.inf)
    if _is_round(tick) and found < math.inf:
        return found
    # Thirty-seconds and their kin know few round decimals: double the tick instead.
    return min(found, float(tick * 2 ** math.ceil(math.log2(least / tick))))


def ticks(scale: PriceScale, tick: float, spacing_px: float) -> list[float]:
    """The prices that get a line and a label, bottom up."""
    most = max(1, int((scale.bottom - scale.top) / spacing_px))
    step = step_of(scale.high - scale.low, most, tick)
    first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
    return [number * step for number in range(first, last + 1)]


def _is_multiple(step: float, tick: float) -> bool:
    ratio = step / tick
    return abs(ratio - round(ratio)) < 1e-6 * max(1.0, ratio)


def _is_round(tick: float) -> bool:
    return any(math.isclose(tick / 10.0 ** math.floor(math.log10(tick)), nice) for nice in (*_NICE, 10.0))
