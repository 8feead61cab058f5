"""The feed: instruments made when first asked for, and what each shows at a given time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from core.simulator.catalogue import Catalogue, Entry, increments
from core.simulator.hours import Calendar
from core.simulator.model import Contract, OptionModel, Order, Quote
from core.simulator.scenario import Scenario
from core.simulator.tape.combo import Combos, Part
from core.simulator.tape.instrument import Instrument, Option, Spot
from core.simulator.tape.path import BEATS, Path
from core.simulator.tape.pricing import model
from core.simulator.tape.ticks import TickRule
from core.simulator.wire.requests import Leg

MARKET: Final = "SPX"
"""The path that the others have their beta to."""

BEFORE_OPEN_S: Final = 15.0


class Feed:
    """Prices of a catalogue's contracts, as a function of (seed, scenario, time)."""

    def __init__(self, catalogue: Catalogue, seed: int, start_s: float, scenario: Scenario) -> None:
        self._catalogue, self._seed, self._scenario = catalogue, seed, scenario
        self._start_s = start_s
        if scenario.at_open and not catalogue.always_open:
            self._start_s = Calendar("STK", always_open=False).next_open(start_s, True) - BEFORE_OPEN_S
        self._paths: dict[str, Path] = {}
        self._instruments: dict[int, Instrument] = {}
        self._rules: dict[str, TickRule] = {}
        self.combos = Combos(seed)

    def instrument(self, con_id: int) -> Instrument:
        """The tape of one contract; raises `KeyError` for what is not listed."""
        found = self._instruments.get(con_id)
        if found is not None:
            return found
        combo, entry = self.combos.get(con_id), self._catalogue.entry(con_id)
        if combo is None and entry is None:
            raise KeyError(con_id)
        made = combo or self._make(entry)  # type: ignore[arg-type]
        self._instruments[con_id] = made
        return made

    def beat(self, con_id: int, now_s: float) -> int:
        """The last beat of the contract that is seen at `now_s`."""
        return self.instrument(con_id).beat(now_s)

    def quote(self, con_id: int, now_s: float) -> Quote:
        return self.instrument(con_id).quote(self.beat(con_id, now_s))

    def price(self, con_id: int, now_s: float) -> float:
        """What a position is marked at: the last trade within the market, else the middle of it."""
        return marked(self.quote(con_id, now_s))

    @staticmethod
    def prepare(instrument: Instrument, beat: int) -> None:
        """Make the next minute ahead of time, at a moment of the contract's own."""
        minute, k = divmod(beat, BEATS)
        if k >= 60 + instrument.con_id * 13 % 170:
            instrument.prepare(minute + 1)

    def option_model(self, con_id: int, now_s: float) -> OptionModel | None:
        option = self.instrument(con_id)
        if not isinstance(option, Option):
            return None
        contract = option.listing.contract
        spot = self.price(option.under.con_id, now_s)
        return model(spot, contract.strike, option.years_left(now_s), option.volatility, contract.right)

    # --- combinations -----------------------------------------------------------------------------

    def combination(self, order: Order) -> Contract | None:
        """The contract of the order's legs; `None` when one of them is not listed or nonsense."""
        legs: tuple[Leg, ...] = order.attributes.get("comboLegs") or ()  # type: ignore[assignment]
        if len(legs) < 2 or len({leg.con_id for leg in legs}) != len(legs):
            return None
        if not all(leg.ratio > 0 and self._fits_combination(leg.con_id) for leg in legs):
            return None
        signed = [(leg.con_id, leg.ratio, 1 if leg.action.upper() == "BUY" else -1) for leg in legs]
        return self.combine(order.contract, signed)

    def _fits_combination(self, con_id: int) -> bool:
        listing = self._catalogue.listing(con_id, self._start_s)
        return listing is not None and listing.contract.sec_type in ("STK", "OPT", "FUT")

    def combine(self, wanted: Contract, legs: Iterable[tuple[int, int, int]]) -> Contract:
        """The contract of these (conId, ratio, sign), under the symbol and exchange of `wanted`."""
        parts = [Part(self.instrument(con_id), ratio, sign) for con_id, ratio, sign in legs]
        return self.combos.make(wanted, parts)

    # --- making -----------------------------------------------------------------------------------

    def _make(self, entry: Entry) -> Instrument:
        made = self._priced(entry)
        made.halt(self._halt(entry.listing.contract.symbol))
        return made

    def _halt(self, symbol: str) -> tuple[float, float] | None:
        """When the scenario halts a stock, and its options with it; epoch seconds."""
        span = self._scenario.halts.get(symbol)
        return span and (self._start_s + span[0], self._start_s + span[1])

    def _priced(self, entry: Entry) -> Instrument:
        calendar, ticks = self._catalogue.calendar(entry), self._ticks(entry)
        listing = entry.listing
        if not entry.implied:
            path = self._path(entry.path, listing.annual_volatility, entry.beta)
            return Spot(listing, self._seed, calendar, ticks, path)
        under = self.instrument(listing.under_con_id)
        expiry = date.fromisoformat(listing.contract.expiry)
        expires_s = Calendar("OPT", always_open=False).at(expiry, "16:00")
        thin = self._scenario.thin
        return Option(listing, self._seed, calendar, ticks, under, entry.implied, expires_s, thin)

    def _path(self, key: str, volatility: float, beta: float) -> Path:
        if key not in self._paths:
            market = None if key == MARKET else self._market()
            knots = self._scenario.log_knots(key, beta, self._start_s)
            self._paths[key] = Path(self._seed, key, volatility, beta, market, knots)
        return self._paths[key]

    def _market(self) -> Path:
        entry = next(e for e in self._catalogue if e.path == MARKET)
        return self._path(MARKET, entry.listing.annual_volatility, 1.0)

    def _ticks(self, entry: Entry) -> TickRule:
        rule_id = entry.listing.market_rule_ids.split(",")[0]
        if rule_id not in self._rules:
            self._rules[rule_id] = TickRule(increments(int(rule_id)))
        return self._rules[rule_id]


def marked(quote: Quote) -> float:
    """The mark of a quote: the last trade held inside the market, else the middle."""
    bid, ask, last = quote.bid, quote.ask, quote.last
    if bid is None or ask is None:
        return last if last is not None else (ask or 0.0) / 2
    if last is None:
        return (bid + ask) / 2
    return min(max(last, bid), ask)
