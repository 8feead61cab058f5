"""The kinds of instrument that follow a path: at a price of its own, or as an option on one that does."""

from __future__ import annotations

import numpy as np

from core.simulator.hours import Calendar
from core.simulator.model import Listing
from core.simulator.tape.instrument import Counts, Instrument
from core.simulator.tape.path import BEATS, BLOCK, MINUTES, Floats, Path
from core.simulator.tape.pricing import RATE, YEAR_S, value
from core.simulator.tape.ticks import TickRule


class Spot(Instrument):
    """A contract that follows a path, at its own reference price."""

    def __init__(self, listing: Listing, seed: int, calendar: Calendar, ticks: TickRule, path: Path) -> None:
        super().__init__(listing, seed, calendar, ticks)
        self._path = path

    def prices_by_minute(self, day: int) -> Floats:
        return self.listing.reference_price * np.exp(self._path.minutes(day))

    def prices_by_beat(self, block: int) -> Floats:
        return self.listing.reference_price * np.exp(self._path.block(block))


class Option(Instrument):
    """An option, priced from its underlying's path; time runs down by the minute."""

    def __init__(
        self,
        listing: Listing,
        seed: int,
        calendar: Calendar,
        ticks: TickRule,
        under: Instrument,
        volatility: float,
        expires_s: int,
    ) -> None:
        super().__init__(listing, seed, calendar, ticks)
        self._thin: list[tuple[int, float]] = [(0, 1.0)]
        """From which minute on the market is so many times as wide, and shows so much less."""
        self.under, self.volatility, self.expires_s = under, volatility, expires_s
        self.rate = RATE if listing.contract.sec_type != "FOP" else 0.0
        self._strike, self._right = listing.contract.strike, listing.contract.right

    def years_left(self, at_s: float) -> float:
        return max(self.expires_s - at_s, 0.0) / YEAR_S

    def prices_by_minute(self, day: int) -> Floats:
        starts = day * 86400 + 60 * np.arange(MINUTES)
        years = np.maximum(self.expires_s - starts, 0) / YEAR_S
        under = self.under.prices_by_minute(day)
        prices = value(under, self._strike, years, self.volatility, self._right, self.rate)
        # A put is dear where the underlying is low: its high and low change places.
        return prices if self._right == "C" else prices[[0, 2, 1, 3]]

    def prices_by_beat(self, block: int) -> Floats:
        starts = (block * BLOCK + np.arange(BLOCK)[:, None]) * 60
        years = np.maximum(self.expires_s - starts, 0) / YEAR_S
        under = self.under.prices_by_beat(block)
        return value(under, self._strike, years, self.volatility, self._right, self.rate)

    def thin(self, factor: float, since_s: float) -> None:
        if factor != self._thin[-1][1]:
            self._thin.append((int(since_s // 60), factor))

    def _thinness(self, first: int, minutes: int) -> Floats:
        """How thin the market is in each minute from `first` on."""
        since, factors = np.array(self._thin).T
        found: Floats = factors[np.searchsorted(since, first + np.arange(minutes), "right") - 1]
        return found

    def _typical_spread(self, prices: Floats, day: int) -> Floats | float:
        thin = self._thinness(day * MINUTES, MINUTES)
        return np.maximum(thin, np.rint(0.015 * thin * prices / self.ticks.steps(prices)))

    def _sizes(self, draw: np.random.Generator, block: int) -> Counts:
        thin = np.repeat(self._thinness(block * BLOCK, BLOCK), BEATS).astype(np.int64)
        sizes: Counts = np.maximum(super()._sizes(draw, block) // (thin * 4 - 3), 1)
        return sizes
