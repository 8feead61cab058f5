"""The feed: instruments made when first asked for, and what each shows at a given time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from core.simulator.catalogue import Catalogue, Entry, increments
from core.simulator.hours import Calendar
from core.simulator.model import Contract, Leg, OptionModel, Quote
from core.simulator.scenario import Scenario
from core.simulator.tape.combo import Combos, Part
from core.simulator.tape.instrument import Instrument
from core.simulator.tape.path import Path
from core.simulator.tape.priced import Option, Spot
from core.simulator.tape.pricing import model
from core.simulator.tape.ticks import TickRule

MARKET: Final = "SPX"
"""The path that the others have their beta to."""

BEFORE_OPEN_S: Final = 15.0


class Feed:
    """Prices of a catalogue's contracts, as a function of (seed, scenario, time)."""

    def __init__(self, catalogue: Catalogue, seed: int, start_s: float, scenario: Scenario) -> None:
        self._catalogue, self._seed = catalogue, seed
        self._start_s = start_s
        self._acts: list[tuple[Scenario | None, float, float]] = []
        """Each scenario, when it was begun and from when it counts; None is the end of the one before."""
        self._paths: dict[str, tuple[Path, float]] = {}
        self._instruments: dict[int, Instrument] = {}
        self._rules: dict[str, TickRule] = {}
        self._seen: dict[int, Quote] = {}
        self._seen_at_s = -1.0
        self.combos = Combos(seed)
        self._acts.append((scenario, start_s, self._counts_from(scenario, start_s)))

    def _counts_from(self, scenario: Scenario, now_s: float) -> float:
        if not scenario.at_open or self._catalogue.always_open:
            return now_s
        return Calendar("STK", always_open=False).next_open(now_s, True) - BEFORE_OPEN_S

    def begin(self, scenario: Scenario | None, now_s: float) -> None:
        """From now on prices take the course of `scenario`, or of none: from where they have got to."""
        counts_from = now_s if scenario is None else max(self._counts_from(scenario, now_s), now_s)
        self._acts.append((scenario, now_s, counts_from))
        for key, (path, beta) in self._paths.items():
            self._bend(path, key, beta, self._acts[-1])
        for instrument in self._instruments.values():
            self._direct(instrument, self._acts[-1])
            instrument.forget()
        self._seen.clear()

    @staticmethod
    def _bend(path: Path, key: str, beta: float, act: tuple[Scenario | None, float, float]) -> None:
        scenario, begun_s, counts_from = act
        path.bend(scenario.log_knots(key, beta, counts_from) if scenario else (), begun_s)

    @staticmethod
    def _direct(instrument: Instrument, act: tuple[Scenario | None, float, float]) -> None:
        """Halt the stock that the scenario halts, and its options with it, and thin out what it thins."""
        scenario, begun_s, counts_from = act
        instrument.resume(begun_s)
        span = scenario.halts.get(instrument.listing.contract.symbol) if scenario else None
        if span is not None:
            instrument.halt(counts_from + span[0], counts_from + span[1])
        instrument.thin(scenario.thin if scenario else 1.0, begun_s)

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
        """What is shown now. Margin, P&L and many options ask for the same ones at one moment."""
        if now_s != self._seen_at_s:
            self._seen.clear()
            self._seen_at_s = now_s
        seen = self._seen.get(con_id)
        if seen is None:
            instrument = self.instrument(con_id)
            seen = self._seen[con_id] = instrument.quote(instrument.beat(now_s))
        return seen

    def price(self, con_id: int, now_s: float) -> float:
        """What a position is marked at: the last trade within the market, else the middle of it."""
        return marked(self.quote(con_id, now_s))

    def option_model(self, con_id: int, now_s: float) -> OptionModel | None:
        option = self.instrument(con_id)
        if not isinstance(option, Option):
            return None
        contract = option.listing.contract
        spot = marked(self.quote(option.under.con_id, now_s))
        years = option.years_left(now_s)
        return model(spot, contract.strike, years, option.volatility, contract.right, option.rate)

    # --- combinations -----------------------------------------------------------------------------

    def combination(self, wanted: Contract, legs: Sequence[Leg]) -> Contract | None:
        """The contract of these legs; `None` when one of them is not listed or nonsense."""
        if len(legs) < 2 or len({leg.con_id for leg in legs}) != len(legs):
            return None
        if not all(leg.ratio > 0 and self._fits_combination(leg.con_id) for leg in legs):
            return None
        signed = [(leg.con_id, leg.ratio, 1 if leg.action.upper() == "BUY" else -1) for leg in legs]
        return self.combine(wanted, signed)

    def _fits_combination(self, con_id: int) -> bool:
        listing = self._catalogue.listing(con_id, self._start_s)
        return listing is not None and listing.contract.sec_type in ("STK", "OPT", "FUT", "FOP")

    def combine(self, wanted: Contract, legs: Iterable[tuple[int, int, int]]) -> Contract:
        """The contract of these (conId, ratio, sign), under the symbol and exchange of `wanted`."""
        parts = [Part(self.instrument(con_id), ratio, sign) for con_id, ratio, sign in legs]
        return self.combos.make(wanted, parts)

    # --- making -----------------------------------------------------------------------------------

    def _make(self, entry: Entry) -> Instrument:
        made = self._priced(entry)
        for act in self._acts:
            self._direct(made, act)
        return made

    def _priced(self, entry: Entry) -> Instrument:
        calendar, ticks = self._catalogue.calendar(entry), self._ticks(entry)
        listing = entry.listing
        if entry.chain is None:
            path = self._path(entry.path, listing.annual_volatility, entry.beta)
            return Spot(listing, self._seed, calendar, ticks, path)
        under = self.instrument(listing.under_con_id)
        expiry = date.fromisoformat(listing.contract.expiry)
        expires_s = Calendar("OPT", always_open=False).at(expiry, "16:00")
        return Option(listing, self._seed, calendar, ticks, under, self._catalogue.implied(entry), expires_s)

    def _path(self, key: str, volatility: float, beta: float) -> Path:
        if key not in self._paths:
            market = None if key == MARKET else self._market()
            path = Path(self._seed, key, volatility, beta, market)
            for act in self._acts:
                self._bend(path, key, beta, act)
            self._paths[key] = path, beta
        return self._paths[key][0]

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
