"""A contract's tape: quotes and prints by the beat, and the same by the minute, from its path."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.simulator.hours import Calendar, Session
from core.simulator.model import Listing, Quote, Run
from core.simulator.tape.moments import Moments, differs, moments
from core.simulator.tape.path import (
    BEATS,
    BEATS_A_SECOND,
    BLOCK,
    BLOCK_BEATS,
    MINUTES,
    Floats,
    Shelf,
    chance,
)
from core.simulator.tape.ticks import TickRule
from core.simulator.tape.volume import LEAST, activity, spread_out, volumes

Counts = NDArray[np.int64]

_HAIR_S: Final = 1e-6

DISPLAYED: Final[dict[str, tuple[int, int]]] = {
    "STK": (100, 12),
    "CASH": (250_000, 24),
    "FUT": (1, 60),
    "OPT": (1, 80),
    "FOP": (1, 60),
    "WAR": (100, 40),
    "CFD": (100, 12),
    "CRYPTO": (1, 5),
    "IND": (0, 1),
}
"""The unit of displayed size and how many of them there are at most, by kind."""

LIVELY: Final[dict[str, float]] = {
    "STK": 0.4, "CASH": 0.3, "FUT": 0.5, "OPT": 0.15, "FOP": 0.15, "WAR": 0.1, "CFD": 0.4, "CRYPTO": 0.4, "IND": 0.0,
}  # fmt: skip
"""In what share of the beats a displayed size changes."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """One UTC day by the minute: unrounded prices (4, 1440), spread in increments, volume."""

    prices: Floats
    spread: Floats
    volume: Counts


@dataclass(frozen=True, slots=True)
class Block:
    """A few minutes by the beat, as they are shown; `printed` is the size that traded in each beat."""

    bid: Floats
    ask: Floats
    last: Floats
    bid_size: Counts
    ask_size: Counts
    printed: Counts
    last_size: Counts
    volume: Counts
    high: Floats
    low: Floats
    opened: float
    previous_close: float
    prices: Floats
    """Bid, ask, last, high and low as rows, for whoever wants them all."""
    counts: Counts
    """The same of bid size, ask size, last size and volume."""
    new: NDArray[np.bool_]
    """Where a beat shows something that the one before it did not; a minute's first always."""


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
        self._shown: Moments | None = None
        self.halts: list[tuple[float, float]] = []
        """Every halt, past ones too: there is no history of what was not traded."""
        self._halt: tuple[float, float] | None = None
        self._halted_at = -1  # the beat that is shown as long as it is halted
        self._days: Shelf[int, Minutes] = Shelf(6)
        self._blocks: Shelf[int, Block] = Shelf(3)
        self._moments: Shelf[int, Moments] = Shelf(2)

    def prices_by_minute(self, day: int) -> Floats:
        raise NotImplementedError

    def prices_by_beat(self, block: int) -> Floats:
        """The prices of a block of minutes: shape (5, 240)."""
        raise NotImplementedError

    @property
    def trades(self) -> bool:
        """Whether there are prints: FX and CFDs have quotes only."""
        return self.sec_type not in ("CASH", "CFD")

    @property
    def quotes(self) -> bool:
        """Whether there are bids and asks: an index has none."""
        return self.sec_type != "IND"

    def minutes(self, day: int) -> Minutes:
        return self._days.get_or(day, self._make_day)

    def block(self, block: int) -> Block:
        """The block of minutes of that number (counted since 1970)."""
        return self._blocks.get_or(block, self._make_block)

    def moments(self, block: int) -> Moments:
        shown = self._shown
        if shown is None or shown.block != block:
            shown = self._shown = self._moments.get_or(block, self._make_moments)
        return shown

    def prepare(self, now_s: float) -> None:
        """Make what comes after the block that is shown now, while there is time."""
        self._moments.get_or(self.beat(now_s) // BLOCK_BEATS + 1, self._make_moments)

    def forget(self) -> None:
        """Prices will not be what they would have been: make all anew that is not over."""
        self._shown = None
        for shelf in (self._days, self._blocks, self._moments):
            shelf.clear()

    def halt(self, from_s: float, to_s: float) -> None:
        """Stand still from one time to another."""
        self._halt = from_s, to_s
        self.halts.append(self._halt)
        self._halted_at = int(from_s * BEATS_A_SECOND)

    def resume(self, now_s: float) -> None:
        """A halt that was to last longer is over now, one that was to come does not."""
        if self._halt is not None and now_s < self._halt[1]:
            self.halts.pop()
            if self._halt[0] < now_s:
                self.halts.append((self._halt[0], now_s))
            self._halt, self._halted_at = None, -1

    def thin(self, factor: float, since_s: float) -> None:
        """From now on the market is so many times as wide and as small: that of options only."""

    def halted(self, at_s: Floats) -> NDArray[np.bool_]:
        """Which of these times lie in a halt."""
        found = np.zeros(at_s.shape, dtype=bool)
        for from_s, to_s in self.halts:
            # What is shown while it is halted is the last beat before.
            found |= (at_s > int(from_s * BEATS_A_SECOND) / BEATS_A_SECOND) & (at_s < to_s)
        return found

    def beat(self, now_s: float) -> int:
        """The last beat that is seen at `now_s`.

        Contracts beat out of step with one another, so that the work spreads evenly.
        """
        at_s = self.calendar.last_open_s(now_s - self.lag_s)
        return self.standing(int(at_s * BEATS_A_SECOND // 1), at_s)

    def standing(self, beat: int, at_s: float) -> int:
        """What is shown instead of `beat`: while it is halted the last one before."""
        if self._halt is not None and self._halt[0] <= at_s < self._halt[1]:
            return self._halted_at
        return beat

    def next_beat_s(self, beat: int) -> float:
        """When the beat after `beat` is seen, in the next session if this one is over."""
        due_s = (beat + 1) / BEATS_A_SECOND
        if beat == self._halted_at and self._halt is not None:
            due_s = self._halt[1]
        if not self.calendar.is_open(due_s):
            due_s = self.calendar.after(due_s).start_s
        # A hair later than the beat, so that rounding never shows the one before it.
        return due_s + (self.lag_s + _HAIR_S)

    def look(self, now_s: float) -> tuple[Quote, float]:
        """What is shown at `now_s`, and when there may be something new to see."""
        shown = self.standing_run(now_s)
        if shown is not None:
            # Sessions begin and end with a block: within one there is nothing but beats.
            at = bisect_right(shown.due, now_s)
            return shown.run.quote(at - 1), shown.due[at]
        beat = self.beat(now_s)
        change = self.next_change(beat)
        due_s = self.next_beat_s(change - 1 if beat != self._halted_at else beat)
        return self.quote(beat), due_s

    def standing_run(self, now_s: float) -> Moments | None:
        """The block that is shown at `now_s`, if what is shown of it hangs on nothing but time."""
        shown = self._shown
        if shown is None or (self._halt is not None and now_s < self._halt[1] + 1):
            return None
        return shown if shown.due[0] <= now_s < shown.due[-1] else None

    def next_change(self, beat: int) -> int:
        """The next beat that shows something new, or else the first of the next block."""
        block, k = divmod(beat, BLOCK_BEATS)
        changes = self.moments(block).changes
        after = int(changes.searchsorted(k, "right"))
        return block * BLOCK_BEATS + (int(changes[after]) if after < len(changes) else BLOCK_BEATS)

    def quote(self, beat: int) -> Quote:
        """What is shown at `beat` (counted since 1970): the same object as long as nothing changes."""
        block, k = divmod(beat, BLOCK_BEATS)
        shown = self.moments(block)
        quote = shown.run.quote(int(shown.changes.searchsorted(k, "right")) - 1)
        return quote if beat != self._halted_at else quote._replace(halted=True)

    def printed(self, beat: int) -> int:
        """What traded in that beat."""
        block, at = divmod(beat, BLOCK_BEATS)
        return int(self.block(block).printed[at])

    # --- by the day -----------------------------------------------------------------------------

    def _make_day(self, day: int) -> Minutes:
        prices = self.prices_by_minute(day)
        wide = self._typical_spread(prices[0], day)
        draw = chance(self.seed, self.con_id, day)
        spread = np.maximum(1.0, np.rint(wide * draw.choice((1.0, 1.0, 1.0, 1.5, 2.0), MINUTES)))
        return Minutes(prices, spread, self._volumes(day, prices))

    def _typical_spread(self, prices: Floats, day: int) -> Floats | float:
        return float(self.listing.spread_ticks)

    def _volumes(self, day: int, prices: Floats) -> Counts:
        if not self.listing.daily_volume:
            return np.zeros(MINUTES, dtype=np.int64)
        busy = activity(self.calendar, day) * (self.listing.daily_volume / MINUTES)
        moved = abs(float(np.log(max(prices[3][-1], 0.01) / max(prices[0][0], 0.01))))
        found = volumes(self.seed, self.con_id, day, busy, moved / (self.listing.annual_volatility / 16))
        return self._without_halts(found, day) if self.halts else found

    def _without_halts(self, found: Counts, day: int) -> Counts:
        """The volume of each minute without that of its halted beats; a minute that is halted has none."""
        first_s = day * 86_400
        for from_s, to_s in self.halts:
            begin, end = max(from_s - first_s, 0.0), min(to_s - first_s, 86_400.0)
            if begin >= end:
                continue
            for minute in range(int(begin // 60), min(int(-(-end // 60)), MINUTES)):
                share = (min(end, (minute + 1) * 60) - max(begin, minute * 60)) / 60
                left = int(found[minute] * (1 - share))
                found[minute] = left if left >= LEAST else 0
        return found

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

    def so_far(self, block: int) -> SoFar:
        """The session that holds the block, up to but without it."""
        minute = block * BLOCK
        session = self.calendar.current(minute * 60)
        before = self._blocks.get(block - 1)
        if before is not None and session.start_s <= (minute - BLOCK) * 60:
            high, low, volume = float(before.high[-1]), float(before.low[-1]), int(before.volume[-1])
            return SoFar(before.opened, high, low, volume, before.previous_close)
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

    def _make_block(self, block: int) -> Block:
        day, index = divmod(block * BLOCK, MINUTES)
        span = slice(index, index + BLOCK)
        prices = self.prices_by_beat(block)
        found = self.minutes(day)
        spread = found.spread[span, None]
        before = self.so_far(block)
        draw = chance(self.seed, self.con_id, block, 3)
        printed = self._printed(prices, found.volume[span], draw, block).ravel()
        trades = self.ticks.trades(prices)
        bid = np.minimum(self.ticks.bids(prices, spread), trades).ravel()
        ask = np.maximum(self.ticks.asks(prices, spread), trades).ravel()
        trades = trades.ravel()
        when = np.arange(BLOCK_BEATS)
        if self.trades and self.listing.daily_volume:
            when = np.maximum.accumulate(np.where(printed > 0, when, 0))
        last = trades.take(when)
        high = np.maximum(np.maximum.accumulate(last), before.high)
        low = np.minimum(np.minimum.accumulate(last), before.low)
        shown = np.stack((bid, ask, last, high, low))
        counts = np.vstack((self._sizes(draw, block), printed[when], before.volume + np.cumsum(printed)))
        new = printed > 0
        for columns in (shown[:3], counts):
            new |= differs(columns)
        new[::BEATS] = True
        opened = float(trades[0]) if before.opened is None else before.opened
        return Block(
            bid=bid,
            ask=ask,
            last=last,
            bid_size=counts[0],
            ask_size=counts[1],
            printed=printed,
            last_size=counts[2],
            volume=counts[3],
            high=high,
            low=low,
            opened=opened,
            previous_close=before.previous_close,
            prices=shown,
            counts=counts,
            new=new,
        )

    def _printed(self, prices: Floats, totals: Counts, draw: np.random.Generator, block: int) -> Counts:
        """Each minute's total spread over its beats: always some where it opens, peaks, troughs and closes."""
        weights = draw.random(prices.shape) ** 3
        weights[draw.random(prices.shape) < 0.5] = 0.0
        free = None
        if self.halts:
            times = (block * BLOCK_BEATS + np.arange(BLOCK_BEATS)) / BEATS_A_SECOND
            free = ~self.halted(times).reshape(prices.shape)
        return spread_out(prices, totals, weights, free)

    def _sizes(self, draw: np.random.Generator, block: int) -> Counts:
        """Displayed sizes of both sides."""
        unit, most = DISPLAYED[self.sec_type]
        beats = BLOCK_BEATS
        drawn = unit * np.rint(1 + (most - 1) * draw.random((2, beats)) ** 2)
        kept = np.where(draw.random((2, beats)) < LIVELY[self.sec_type], np.arange(beats), 0)
        kept = np.maximum.accumulate(kept, axis=1)
        kept[1] += beats
        sizes: Counts = drawn.ravel().take(kept).astype(np.int64)
        return sizes

    def _make_moments(self, number: int) -> Moments:
        block = self.block(number)
        beats = np.flatnonzero(block.new)
        prices, counts = block.prices.take(beats, axis=1), block.counts.take(beats, axis=1)
        if not self.quotes:
            prices[:2], counts[:2] = 0.0, 0
        if not self.trades:
            prices[2], counts[2] = 0.0, 0
        # No bid is none to hit.
        counts[0] *= prices[0] > 0
        run = Run(
            con_id=self.con_id,
            at_s=(beats + number * BLOCK_BEATS) / BEATS_A_SECOND,
            prices=prices,
            counts=counts,
            open=block.opened,
            close=block.previous_close,
            decimals=self.ticks.digits,
            printed=(differs(prices[2:3]) | differs(counts[3:])).tobytes(),
            moved=differs(prices[:3]).tobytes(),
        )
        return moments(number, run, beats, self.lag_s + _HAIR_S)
