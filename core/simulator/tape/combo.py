"""Combinations: one market made of its legs', quoted as the net price of one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from core.simulator.hours import Calendar
from core.simulator.model import Contract, Listing, Quote
from core.simulator.tape.instrument import Instrument
from core.simulator.tape.path import BEATS_A_SECOND
from core.simulator.tape.ticks import TickRule

FIRST_CON_ID: Final = 28_812_380
"""Where the conIds of combinations begin; IB gives every one in dollars this first number."""

CENT: Final = TickRule(((0.0, 0.01),))


@dataclass(frozen=True, slots=True)
class Part:
    """One leg: so many of a contract for one unit, bought (+1) or sold (-1)."""

    instrument: Instrument
    ratio: int
    sign: int

    @property
    def contract(self) -> Contract:
        return self.instrument.listing.contract

    @property
    def multiplier(self) -> float:
        return float(self.contract.multiplier or 1)


class Combo(Instrument):
    """Prices are for one unit, divided by the largest multiplier among the legs."""

    def __init__(self, listing: Listing, seed: int, calendar: Calendar, parts: Sequence[Part]) -> None:
        super().__init__(listing, seed, calendar, CENT)
        self.parts = tuple(parts)
        self.multiplier = max(part.multiplier for part in parts)
        self._last: Quote | None = None

    def weight(self, part: Part) -> float:
        """How much a leg's price counts in the net price, with its sign."""
        return part.sign * part.ratio * part.multiplier / self.multiplier

    def printed(self, beat: int) -> int:
        return 0

    def standing_run(self, now_s: float) -> None:
        """A combination is netted as it is looked at."""

    def look(self, now_s: float) -> tuple[Quote, float]:
        beat = self.beat(now_s)
        return self.quote(beat), self.next_beat_s(self.next_change(beat) - 1)

    def next_change(self, beat: int) -> int:
        return min(part.instrument.next_change(beat) for part in self.parts)

    def forget(self) -> None:
        self._last = None

    def quote(self, beat: int) -> Quote:
        quote, last = self._make_quote(beat), self._last
        if last is None or quote[2:] != last[2:]:
            last = self._last = quote
        return last

    def _make_quote(self, beat: int) -> Quote:
        at_s = beat / BEATS_A_SECOND
        shown = [(part, part.instrument.quote(part.instrument.standing(beat, at_s))) for part in self.parts]
        bid = self._net([(p, q.bid if p.sign > 0 else q.ask) for p, q in shown])
        ask = self._net([(p, q.ask if p.sign > 0 else q.bid) for p, q in shown])
        bid_size = min((q.bid_size if p.sign > 0 else q.ask_size) // p.ratio for p, q in shown)
        ask_size = min((q.ask_size if p.sign > 0 else q.bid_size) // p.ratio for p, q in shown)
        close = self._net([(p, q.close) for p, q in shown])
        return Quote(
            con_id=self.con_id,
            at_s=at_s,
            bid=bid,
            bid_size=bid_size if bid is not None else 0,
            ask=ask,
            ask_size=ask_size if ask is not None else 0,
            last=None,
            last_size=0,
            volume=0,
            open=None,
            high=None,
            low=None,
            close=close,
            halted=any(q.halted for _, q in shown),
        )

    def _net(self, prices: Sequence[tuple[Part, float | None]]) -> float | None:
        total = 0.0
        for part, price in prices:
            if price is None:
                return None
            total += self.weight(part) * price
        return self.ticks.nearest(total)

    def leg_prices(self, price: float, buying: bool, beat: int) -> list[float]:
        """What each leg trades at when a unit trades at `price`: its market, the dearest takes the difference."""
        shown = [part.instrument.quote(beat) for part in self.parts]
        prices = [
            (q.ask if (part.sign > 0) == buying else q.bid) or q.last or 0.0
            for part, q in zip(self.parts, shown, strict=True)
        ]
        net = sum(self.weight(part) * one for part, one in zip(self.parts, prices, strict=True))
        dearest = prices.index(max(prices))
        prices[dearest] = round(prices[dearest] + (price - net) / self.weight(self.parts[dearest]), 6)
        return prices


class Combos:
    """The combinations that clients have asked for: the same legs are the same contract."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made: dict[int, Combo] = {}
        self._by_legs: dict[tuple[tuple[int, int], ...], int] = {}

    def get(self, con_id: int) -> Combo | None:
        return self._made.get(con_id)

    def remembered(self) -> list[Any]:
        """The contract and the (conId, ratio, sign) of each, in the order in which they were made."""
        return [
            [
                {"~": "Contract", **asdict(one.listing.contract)},
                [[part.instrument.con_id, part.ratio, part.sign] for part in one.parts],
            ]
            for one in self._made.values()
        ]

    def make(self, wanted: Contract, parts: Sequence[Part]) -> Contract:
        """The contract that `parts` make, under the symbol and exchange of `wanted`."""
        key = tuple(sorted((part.instrument.con_id, part.sign * part.ratio) for part in parts))
        con_id = self._by_legs.setdefault(key, FIRST_CON_ID + len(self._by_legs))
        if con_id not in self._made:
            contract = Contract(con_id, wanted.symbol, "BAG", exchange="SMART", currency=wanted.currency)
            slowest = min(parts, key=lambda part: part.instrument.listing.contract.sec_type != "OPT")
            self._made[con_id] = Combo(_listing(contract), self._seed, slowest.instrument.calendar, parts)
        return Contract(
            con_id, wanted.symbol, "BAG", exchange=wanted.exchange or "SMART", currency=wanted.currency
        )


def _listing(contract: Contract) -> Listing:
    return Listing(
        contract=contract,
        long_name=f"{contract.symbol} combination",
        market_name="COMB",
        min_tick=0.01,
        order_types="LMT,MKT,IOC,DAY,GTC,GTD",
        valid_exchanges="SMART",
        market_rule_ids="26",
        time_zone="US/Eastern",
        trading_hours="",
        liquid_hours="",
        reference_price=0.0,
        annual_volatility=0.0,
        spread_ticks=1,
        daily_volume=0,
        lot_size=1,
    )
