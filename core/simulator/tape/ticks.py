"""The price grid of a contract: its market rule as arithmetic, on numbers and on arrays alike."""

from __future__ import annotations

import numpy as np

from core.simulator.tape.path import Floats


class TickRule:
    """Increments by price; every rounding is monotone, so the high of a rounded series is rounded high."""

    def __init__(self, rule: tuple[tuple[float, float], ...]) -> None:
        self._edges = np.array([edge for edge, _ in rule])
        self._steps = np.array([step for _, step in rule])
        self.digits = max(_digits(step) for _, step in rule)
        self._rule = rule

    def step(self, price: float) -> float:
        """The increment at `price`."""
        return [step for edge, step in self._rule if edge <= max(price, 0.0)][-1]

    def conforms(self, price: float) -> bool:
        steps = price / self.step(price)
        return abs(steps - round(steps)) < 1e-6

    def nearest(self, price: float) -> float:
        step = self.step(price)
        return round(round(price / step) * step, self.digits)

    def steps(self, prices: Floats) -> Floats | float:
        if len(self._rule) == 1:
            return float(self._steps[0])
        found: Floats = self._steps[np.searchsorted(self._edges, prices, "right") - 1]
        return found

    def trades(self, prices: Floats) -> Floats:
        steps = self.steps(prices)
        return np.maximum(np.round(np.rint(prices / steps) * steps, self.digits), steps)

    def bids(self, prices: Floats, spread: Floats | float) -> Floats:
        """The bid when the market is `spread` increments wide; 0 is no bid."""
        steps = self.steps(prices)
        raw = np.floor(prices / steps - (spread - 1) / 2) * steps
        return np.maximum(np.round(raw, self.digits), 0.0)

    def asks(self, prices: Floats, spread: Floats | float) -> Floats:
        steps = self.steps(prices)
        raw = (np.floor(prices / steps - (spread - 1) / 2) + spread) * steps
        return np.maximum(np.round(raw, self.digits), steps)


def _digits(step: float) -> int:
    return len(f"{step:.6f}".rstrip("0").split(".")[1])
