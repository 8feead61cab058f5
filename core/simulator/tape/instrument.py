"""A contract's tape: quotes and prints by the beat, and the same by the minute, from its path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.simulator.hours import Calendar, Session
from core.simulator.model import Listing, Quote
from core.simulator.tape.path import BEATS, BEATS_A_SECOND, MINUTES, Floats, Path, Shelf, chance
from core.simulator.tape.pricing import YEAR_S, value
from core.simulator.tape.ticks import TickRule
from core.simulator.tape.volume import activity, volumes

Counts = NDArray[np.int64]

DISPLAYED: Final[dict[str, tuple[int, int]]] = {
    "STK": (100, 12),
    "CASH": (250_000, 24),
    "FUT": (1, 60),
    "OPT": (1, 80),
    "IND": (0, 1),
}
"""The unit of displayed size and how many of them there are at most, by kind."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """One UTC day by the minute: unrounded prices (4, 1440), spread in increments, volume."""

    prices: Floats
    spread: Floats
    volume: Counts


@dataclass(frozen=True, slots=True)
class Block:
    """One minute by the beat, as it is shown; `printed` is the size that traded in each beat."""

    minute: int
    bid: list[float]
    ask: list[float]
    last: list[float]
    bid_size: list[int]
    ask_size: list[int]
    printed: list[int]
    last_size: list[int]
    volume: list[int]
    high: list[float]
    low: list[float]
    opened: float
    previous_close: float


@dataclass(frozen=True, slots=True)
class SoFar:
    """The session up to some minute."""

    opened: float | None
    high: float
    low: float
    volume: int
    previous_close: float


class Instrument:
    """A contract that follows a path; subclasses price it otherwise."""

    def __init__(self, listing: Listing, seed: int, calendar: Calendar, ticks: TickRule) -> None:
        self.listing, self.calendar, self.ticks = listing, calendar, ticks
        self.con_id = listing.contract.con_id
        self.sec_type = listing.contract.sec_type
        self.seed = seed
        self.lag_s = (self.con_id * 37 % 240) / 1000
        self._shown: Block | None = None
        self._quoted: Quote
        self._quoted_at = -1
        self._halt: tuple[float, float] | None = None
        self._halted_at = -1  # the beat that is shown as long as it is halted
        self._days: Shelf[int, Minutes] = Shelf(6)
        self._blocks: Shelf[int, Block] = Shelf(3)

    def prices_by_minute(self, day: int) -> Floats:
        raise NotImplementedError

    def prices_by_beat(self, minute: int) -> Floats:
        raise NotImplementedError

    @property
    def trades(self) -> bool:
        """Whether there are prints: FX has quotes only."""
        return self.sec_type != "CASH"

    @property
    def quotes(self) -> bool:
        """Whether there are bids and asks: an index has none."""
        return self.sec_type != "IND"

    def minutes(self, day: int) -> Minutes:
        return self._days.get_or(day, self._make_day)

    def block(self, minute: int) -> Block:
        shown = self._shown
        if shown is None or shown.minute != minute:
            shown = self._shown = self._blocks.get_or(minute, self._make_block)
        return shown

    def halt(self, span: tuple[float, float] | None) -> None:
        """Stand still from one time to another (epoch seconds)."""
        self._halt = span
        self._halted_at = int(span[0] * BEATS_A_SECOND) if span else -1

    def beat(self, now_s: float) -> int:
        """The last beat that is seen at `now_s`.

        Contracts beat out of step with one another, so that the work spreads evenly.
        """
        at_s = self.calendar.last_open_s(now_s - self.lag_s)
        if self._halt is not None and self._halt[0] <= at_s < self._halt[1]:
            return self._halted_at
        return int(at_s * BEATS_A_SECOND // 1)

    def next_beat_s(self, beat: int) -> float:
        """When the beat after `beat` is seen, in the next session if this one is over."""
        due_s = (beat + 1) / BEATS_A_SECOND
        if beat == self._halted_at and self._halt is not None:
            due_s = self._halt[1]
        if not self.calendar.is_open(due_s):
            due_s = self.calendar.after(due_s).start_s
        # A hair later than the beat, so that rounding never shows the one before it.
        return due_s + self.lag_s + 1e-6

    def quote(self, beat: int) -> Quote:
        """What is shown at `beat` (counted since 1970)."""
        if beat != self._quoted_at:
            self._quoted_at, self._quoted = beat, self._make_quote(beat)
        return self._quoted

    def _make_quote(self, beat: int) -> Quote:
        minute, k = divmod(beat, BEATS)
        block = self.block(minute)
        two_sided, prints = self.quotes, self.trades
        return Quote(
            con_id=self.con_id,
            at_s=beat / BEATS_A_SECOND,
            bid=(block.bid[k] or None) if two_sided else None,
            bid_size=block.bid_size[k] if two_sided and block.bid[k] else 0,
            ask=block.ask[k] if two_sided else None,
            ask_size=block.ask_size[k] if two_sided else 0,
            last=block.last[k] if prints else None,
            last_size=block.last_size[k] if prints else 0,
            volume=block.volume[k],
            open=block.opened,
            high=block.high[k],
            low=block.low[k],
            close=block.previous_close,
            halted=beat == self._halted_at,
        )

    def prepare(self, minute: int) -> None:
        """Have a minute ready before it begins."""
        if minute not in self._blocks:
            self._blocks.get_or(minute, self._make_block)

    def printed(self, beat: int) -> int:
        """What traded in that beat."""
        minute, k = divmod(beat, BEATS)
        return self.block(minute).printed[k]

    # --- by the day -----------------------------------------------------------------------------

    def _make_day(self, day: int) -> Minutes:
        prices = self.prices_by_minute(day)
        wide = self._typical_spread(prices[0])
        draw = chance(self.seed, self.con_id, day)
        spread = np.maximum(1.0, np.rint(wide * draw.choice((1.0, 1.0, 1.0, 1.5, 2.0), MINUTES)))
        return Minutes(prices, spread, self._volumes(day, prices))

    def _typical_spread(self, prices: Floats) -> Floats | float:
        return float(self.listing.spread_ticks)

    def _volumes(self, day: int, prices: Floats) -> Counts:
        if not self.listing.daily_volume:
            return np.zeros(MINUTES, dtype=np.int64)
        busy = activity(self.calendar, day) * (self.listing.daily_volume / MINUTES)
        moved = abs(float(np.log(max(prices[3][-1], 0.01) / max(prices[0][0], 0.01))))
        return volumes(self.seed, self.con_id, day, busy, moved / (self.listing.annual_volatility / 16))

    def between(self, begin: int, end: int) -> Minutes:
        """The minutes from `begin` to before `end`, whatever days they fall on."""
        if end <= begin:
            return Minutes(np.empty((4, 0)), np.empty(0), np.empty(0, dtype=np.int64))
        parts = []
        for day in range(begin // MINUTES, (end - 1) // MINUTES + 1):
            span = slice(max(begin - day * MINUTES, 0), end - day * MINUTES)
            found = self.minutes(day)
            parts.append((found.prices[:, span], found.spread[span], found.volume[span]))
        if len(parts) == 1:
            return Minutes(*parts[0])
        prices, spread, volume = zip(*parts, strict=True)
        return Minutes(np.concatenate(prices, axis=1), np.concatenate(spread), np.concatenate(volume))

    def so_far(self, minute: int) -> SoFar:
        """The session that holds `minute`, up to but without it."""
        session = self.calendar.current(minute * 60)
        before = self._blocks.get(minute - 1)
        if before is not None and session.start_s <= (minute - 1) * 60:
            high, low = before.high[-1], before.low[-1]
            return SoFar(before.opened, high, low, before.volume[-1], before.previous_close)
        found = self.between(session.start_s // 60, minute)
        previous_close = self._previous_close(session)
        if not found.volume.size:
            return SoFar(None, -np.inf, np.inf, 0, previous_close)
        opened, high, low = self.ticks.trades(
            np.array((found.prices[0, 0], found.prices[1].max(), found.prices[2].min()))
        ).tolist()
        return SoFar(opened, high, low, int(found.volume.sum()), previous_close)

    def _previous_close(self, session: Session) -> float:
        last_minute = self.calendar.before(session).end_s // 60 - 1
        return float(self.ticks.trades(self.between(last_minute, last_minute + 1).prices[3])[0])

    # --- by the beat ----------------------------------------------------------------------------

    def _make_block(self, minute: int) -> Block:
        day, index = divmod(minute, MINUTES)
        prices = self.prices_by_beat(minute)
        found = self.minutes(day)
        spread, total = float(found.spread[index]), int(found.volume[index])
        before = self.so_far(minute)
        draw = chance(self.seed, self.con_id, minute, 3)
        trades = self.ticks.trades(prices)
        printed = _printed(prices, total, draw)
        if not self.trades or not self.listing.daily_volume:
            when = np.arange(BEATS)
        else:
            when = np.maximum.accumulate(np.where(printed > 0, np.arange(BEATS), 0))
        last = trades[when]
        sizes = self._sizes(draw)
        return Block(
            minute=minute,
            bid=np.minimum(self.ticks.bids(prices, spread), trades).tolist(),
            ask=np.maximum(self.ticks.asks(prices, spread), trades).tolist(),
            last=last.tolist(),
            bid_size=sizes[0].tolist(),
            ask_size=sizes[1].tolist(),
            printed=printed.tolist(),
            last_size=printed[when].tolist(),
            volume=(before.volume + np.cumsum(printed)).tolist(),
            high=np.maximum(np.maximum.accumulate(last), before.high).tolist(),
            low=np.minimum(np.minimum.accumulate(last), before.low).tolist(),
            opened=float(trades[0]) if before.opened is None else before.opened,
            previous_close=before.previous_close,
        )

    def _sizes(self, draw: np.random.Generator) -> Counts:
        """Displayed sizes of both sides; they change in about four beats of ten."""
        unit, most = DISPLAYED[self.sec_type]
        drawn = unit * np.rint(1 + (most - 1) * draw.random((2, BEATS)) ** 2)
        kept = np.where(draw.random((2, BEATS)) < 0.4, np.arange(BEATS), 0)
        kept = np.maximum.accumulate(kept, axis=1)
        sizes: Counts = np.take_along_axis(drawn, kept, axis=1).astype(np.int64)
        return sizes


def _printed(prices: Floats, total: int, draw: np.random.Generator) -> Counts:
    """`total` spread over the beats: always some where the minute opens, peaks, troughs and closes."""
    weights = draw.random(BEATS) ** 3
    weights[draw.random(BEATS) < 0.5] = 0.0
    if not total:
        return np.zeros(BEATS, dtype=np.int64)
    sizes: Counts = np.floor((total - 4) * weights / weights.sum()).astype(np.int64)
    np.add.at(sizes, [0, int(np.argmax(prices)), int(np.argmin(prices)), BEATS - 1], 1)
    sizes[int(np.argmax(weights))] += total - int(sizes.sum())
    return sizes


class Spot(Instrument):
    """A contract that follows a path, at its own reference price."""

    def __init__(self, listing: Listing, seed: int, calendar: Calendar, ticks: TickRule, path: Path) -> None:
        super().__init__(listing, seed, calendar, ticks)
        self._path = path

    def prices_by_minute(self, day: int) -> Floats:
        return self.listing.reference_price * np.exp(self._path.minutes(day))

    def prices_by_beat(self, minute: int) -> Floats:
        return self.listing.reference_price * np.exp(self._path.beats(minute))


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
        thin: float = 1.0,
    ) -> None:
        super().__init__(listing, seed, calendar, ticks)
        self._thin = thin
        self.under, self.volatility, self.expires_s = under, volatility, expires_s
        self._strike, self._right = listing.contract.strike, listing.contract.right

    def years_left(self, at_s: float) -> float:
        return max(self.expires_s - at_s, 0.0) / YEAR_S

    def prices_by_minute(self, day: int) -> Floats:
        starts = day * 86400 + 60 * np.arange(MINUTES)
        years = np.maximum(self.expires_s - starts, 0) / YEAR_S
        prices = value(self.under.prices_by_minute(day), self._strike, years, self.volatility, self._right)
        # A put is dear where the underlying is low: its high and low change places.
        return prices if self._right == "C" else prices[[0, 2, 1, 3]]

    def prices_by_beat(self, minute: int) -> Floats:
        years = np.full(BEATS, self.years_left(minute * 60))
        return value(self.under.prices_by_beat(minute), self._strike, years, self.volatility, self._right)

    def _typical_spread(self, prices: Floats) -> Floats | float:
        return np.maximum(self._thin, np.rint(0.015 * self._thin * prices / self.ticks.steps(prices)))

    def _sizes(self, draw: np.random.Generator) -> Counts:
        return np.maximum(super()._sizes(draw) // int(self._thin * 4 - 3), 1)
