"""What is listed: every contract of the simulated market with what contractDetails says of it.

Stocks, ETFs, CFDs, FX, crypto and indices are rows of `resources/catalogue.csv`, with IB's own conIds (but
for CFDs: theirs, from 1,700,000,000 up, are made up); futures, options and warrants are listed from the date
(their conIds, from 1,800,000,000 up, are made up).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from core.simulator.catalogue import futures, options
from core.simulator.catalogue.terms import TERMS, Terms, increments
from core.simulator.hours import TEMPLATES, Calendar
from core.simulator.model import Contract, Listing

__all__ = ["Catalogue", "Entry", "increments"]

RIGHTS: Final = {"C": "C", "CALL": "C", "P": "P", "PUT": "P", "": "", "0": "", "?": ""}
ANY_EXCHANGE: Final = ("", "SMART", "BEST")
PAIRS: Final = ("CASH", "CRYPTO")
"""Kinds that are one currency in another."""
DERIVED: Final = ("OPT", "FOP", "WAR", "CFD")
"""Kinds that a search for symbols tells of by their underlying only."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A listing with what prices it: `path` and `beta`, or the chain it is one of."""

    listing: Listing
    calendar: str  # a key of hours.TEMPLATES
    path: str
    beta: float
    chain: options.Chain | None = None


@lru_cache(maxsize=1)
def _rows() -> tuple[dict[str, str], ...]:
    text = files("resources").joinpath("catalogue.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _listing(terms: Terms, contract: Contract, name: str, market: str, row: dict[str, str]) -> Listing:
    return Listing(
        contract=contract,
        long_name=name,
        market_name=market,
        min_tick=terms.min_tick,
        order_types=terms.order_types,
        valid_exchanges=terms.exchanges,
        market_rule_ids=terms.rules,
        time_zone="",
        trading_hours="",
        liquid_hours="",
        reference_price=float(row["price"]),
        annual_volatility=float(row["volatility"]),
        spread_ticks=int(row["spread_ticks"]),
        daily_volume=int(row["daily_volume"]),
        lot_size=1,
        industry=row.get("industry", ""),
        category=row.get("category", ""),
        subcategory=row.get("subcategory", ""),
        stock_type=row.get("stock_type", ""),
        min_size=terms.least_size,
        size_increment=terms.size_step,
        suggested_size_increment=terms.suggested_size,
        agg_group=terms.agg_group,
        sec_ids=(("ISIN", row["isin"]),) if row.get("isin") else (),
    )


def _from_row(row: dict[str, str]) -> Entry:
    sec_type, symbol, currency = row["sec_type"], row["symbol"], row["currency"]
    contract = Contract(
        con_id=int(row["con_id"]),
        symbol=symbol,
        sec_type=sec_type,
        exchange=row["exchange"],
        primary_exchange=row["primary"],
        currency=currency,
        local_symbol=f"{symbol}.{currency}" if sec_type in PAIRS else symbol,
        trading_class=row["trading_class"],
    )
    terms = TERMS.get(f"{sec_type} {currency}", TERMS[sec_type])
    listing = _listing(terms, contract, row["long_name"], row["trading_class"], row)
    own_path = row["trading_class"] if sec_type == "CASH" else symbol
    return Entry(listing, sec_type, row["path"] or own_path, float(row["beta"]))


def _from_month(month: futures.Month) -> Entry:
    root = month.root
    contract = Contract(
        con_id=month.con_id,
        symbol=root.symbol,
        sec_type="FUT",
        expiry=f"{month.last_day:%Y%m%d}",
        multiplier=root.multiplier,
        exchange=root.exchange,
        local_symbol=month.local_symbol,
        trading_class=root.symbol,
    )
    row = {
        "price": str(month.price),
        "volatility": str(root.volatility),
        "spread_ticks": str(root.spread_ticks + month.rank),
        "daily_volume": str(root.daily_volume // 12**month.rank),
        "industry": root.industry,
    }
    listing = replace(
        _listing(TERMS[root.symbol], contract, root.name, root.symbol, row),
        contract_month=month.contract_month,
        real_expiration_date=contract.expiry,
        under_con_id=root.under_con_id,
        under_symbol=root.symbol,
        under_sec_type="IND",
    )
    return Entry(listing, root.exchange, root.path, root.beta)


Under = tuple[int, str, str, str, float, float]
"""What an option's listing takes from its underlying's: conId, kind, symbol, name, price and volatility."""


def _under(listing: Listing) -> Under:
    contract = listing.contract
    price, volatility = listing.reference_price, listing.annual_volatility
    return contract.con_id, contract.sec_type, contract.local_symbol, listing.long_name, price, volatility


# Thousands of them, and the same in every market of the day: made once.
@lru_cache(maxsize=20_000)
def _option(
    con_id: int,
    expires: date,
    strike: float,
    right: str,
    chain: options.Chain,
    under: Under,
) -> Listing:
    under_con_id, under_sec_type, under_symbol, name, price, volatility = under
    expiry = f"{expires:%Y%m%d}"
    trading_class, local_symbol = chain.named(chain.symbol, expires, strike, right)
    contract = Contract(
        con_id=con_id,
        symbol=chain.symbol,
        sec_type=chain.sec_type,
        expiry=expiry,
        strike=strike,
        right=right,
        multiplier=chain.multiplier,
        exchange=chain.exchange,
        local_symbol=local_symbol,
        trading_class=trading_class,
    )
    row = {
        "price": str(price),
        "volatility": str(volatility),
        "spread_ticks": "1",
        "daily_volume": str(chain.daily_volume),
    }
    return replace(
        _listing(TERMS[chain.terms], contract, name, chain.symbol, row),
        contract_month=expiry[:6],
        real_expiration_date=expiry,
        under_con_id=under_con_id,
        under_symbol=under_symbol,
        under_sec_type=under_sec_type,
    )


@lru_cache(maxsize=2_000)
def _series(
    chain: options.Chain, expiry: date, strikes: tuple[float, ...], under: Under
) -> Mapping[int, Entry]:
    """Every option of a chain that expires then, by conId."""
    terms = ((options.con_id(chain, expiry, s, right), expiry, s, right) for s in strikes for right in "CP")
    listed = (_option(*one, chain, under) for one in terms)
    return {one.contract.con_id: Entry(one, chain.calendar, "", 0.0, chain) for one in listed}


CONTINUOUS: Final = ("CONTFUT", "FUT+CONTFUT")
"""A series of futures, which is the month in front, with or without the months themselves."""


class Catalogue:
    """Every listing on one day; options are listed once the underlyings' prices are known."""

    def __init__(self, today: date, always_open: bool) -> None:
        self.always_open = always_open
        self._today = today
        months = (month for root in futures.ROOTS for month in futures.listed(root, today))
        self._entries: dict[int, Entry] = {}
        self._by_symbol: dict[str, list[int]] = {}
        self._delisted: set[int] = set()
        self._listed_at: dict[tuple[str, int, str], tuple[float, date]] = {}
        """At what price of the underlying an expiry (kind, underlying, date) was listed, and on which day."""
        self._add(_from_row(row) for row in _rows())
        self._add(_from_month(month) for month in months)

    def _add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            contract = entry.listing.contract
            self._entries[contract.con_id] = entry
            self._by_symbol.setdefault(contract.symbol, []).append(contract.con_id)

    def list_options(self, price_of: Callable[[int], float]) -> None:
        """List the chains around the underlyings' prices, but for the expiries that are listed already."""
        price_of = cache(price_of)
        for chain in options.CHAINS:
            for expiry in chain.expiries(self._today):
                under = self._underlying(chain, expiry)
                key = chain.sec_type, under.contract.con_id, f"{expiry:%Y%m%d}"
                if key in self._listed_at:
                    continue
                price = price_of(under.contract.con_id)
                self._listed_at[key] = price, self._today
                listed = _series(chain, expiry, options.strikes(chain, price), _under(under))
                self._entries.update(listed)
                self._by_symbol.setdefault(chain.symbol, []).extend(listed)

    def implied(self, entry: Entry) -> float:
        """What volatility an option is priced at, by where its strike stood as its expiry was listed."""
        listing, contract = entry.listing, entry.listing.contract
        price, day = self._listed_at[contract.sec_type, listing.under_con_id, contract.expiry]
        days = (date.fromisoformat(contract.expiry) - day).days
        return options.smile(listing.annual_volatility, contract.strike, price, days)

    def _underlying(self, chain: options.Chain, expiry: date) -> Listing:
        con_id = chain.under(expiry)
        if con_id not in self._entries:  # A month that today's list does not have.
            self._add_month(chain.symbol, expiry)
        return self._entries[con_id].listing

    def _add_month(self, symbol: str, day: date) -> None:
        self._add(_from_month(month) for month in futures.listed(futures.root(symbol), day, 1))

    def roll(self, today: date, price_of: Callable[[int], float]) -> None:
        """A new day: the next month and the next expiry are listed as they come near."""
        self._today = today
        for root in futures.ROOTS:
            months = futures.listed(root, today)
            self._add(_from_month(month) for month in months if month.con_id not in self._entries)
        self.list_options(price_of)

    def delist(self, expired: Callable[[Contract], bool]) -> list[Contract]:
        """Take what has expired off the list; it is still known by its conId to those who held it."""
        dated = [e.listing.contract for e in self if e.listing.contract.expiry]
        gone = [c for c in dated if c.con_id not in self._delisted and expired(c)]
        for contract in gone:
            self._delisted.add(contract.con_id)
            self._by_symbol[contract.symbol].remove(contract.con_id)
        return gone

    def ensure(self, contract: Contract, price_of: Callable[[int], float]) -> None:
        """Know a contract that was listed before: a month or a strike that today's list does not have."""
        if contract.con_id in self._entries or not contract.expiry:
            return
        day = date.fromisoformat(contract.expiry)
        if contract.sec_type == "FUT":
            self._add_month(contract.symbol, day)
            return
        for chain in options.CHAINS:
            if (chain.symbol, chain.sec_type) == (contract.symbol, contract.sec_type):
                under = self._underlying(chain, day)
                key = chain.sec_type, under.contract.con_id, contract.expiry
                self._listed_at.setdefault(key, (price_of(under.contract.con_id), self._today))
                terms = contract.con_id, day, contract.strike, contract.right
                self._add([Entry(_option(*terms, chain, _under(under)), chain.calendar, "", 0.0, chain)])

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def entry(self, con_id: int) -> Entry | None:
        return self._entries.get(con_id)

    def calendar(self, entry: Entry) -> Calendar:
        return Calendar(entry.calendar, self.always_open or TEMPLATES[entry.calendar].never_closes)

    # --- what the protocol asks -----------------------------------------------------------------

    def listing(self, con_id: int, at_s: float) -> Listing | None:
        entry = self._entries.get(con_id)
        gone = entry is None or con_id in self._delisted
        return None if entry is None or gone else self._dated(entry, at_s)

    def listings(self, wanted: Contract, at_s: float) -> list[Listing]:
        """Every listing that fits `wanted`, on the exchange that it names."""
        if wanted.sec_type in CONTINUOUS:
            months = self.listings(replace(wanted, sec_type="FUT"), at_s)
            front = sorted(months, key=lambda one: one.contract.expiry)[:1]
            series = [replace(one, contract=replace(one.contract, sec_type="CONTFUT")) for one in front]
            return series if wanted.sec_type == "CONTFUT" else months + series
        if wanted.con_id:
            candidates = [wanted.con_id] if wanted.con_id in self._entries else []
            candidates = [con_id for con_id in candidates if con_id not in self._delisted]
        elif wanted.symbol:
            candidates = self._by_symbol.get(wanted.symbol.upper(), [])
        else:
            named = wanted.local_symbol or wanted.trading_class
            candidates = [con_id for con_id in self._entries if con_id not in self._delisted] if named else []
        found = (self._entries[con_id] for con_id in candidates)
        return [self._routed(self._dated(e, at_s), wanted.exchange) for e in found if fits(e.listing, wanted)]

    def matching(self, text: str, at_s: float) -> list[Listing]:
        """Underlyings and futures whose symbol or name contains `text`: same symbol, then beginning, then the rest."""
        needle = text.strip().upper()
        ranked = []
        for entry in self._entries.values():
            contract = entry.listing.contract
            if contract.sec_type in DERIVED or contract.con_id in self._delisted:
                continue
            pair = contract.local_symbol.replace(".", "")
            names = (contract.symbol, contract.local_symbol, pair, entry.listing.long_name.upper())
            if needle and any(needle in name for name in names):
                begins = not any(name.startswith(needle) for name in names)
                ranked.append((needle not in names[:3], begins, contract.local_symbol, contract.con_id))
        return [self._dated(self._entries[row[-1]], at_s) for row in sorted(ranked)[:16]]

    def option_chains(
        self, under_con_id: int
    ) -> list[tuple[str, str, str, tuple[str, ...], tuple[float, ...]]]:
        """(exchange, trading class, multiplier, expiries, strikes) of the options on one underlying."""
        own = (e.listing for e in self if e.chain and e.listing.under_con_id == under_con_id)
        options_ = [one for one in own if one.contract.sec_type in ("OPT", "FOP")]
        classes: dict[str, list[Listing]] = {}
        for one in options_:
            if one.contract.con_id not in self._delisted:
                classes.setdefault(one.contract.trading_class, []).append(one)
        return [chain for listed in classes.values() for chain in _chains(listed)]

    def _dated(self, entry: Entry, at_s: float) -> Listing:
        calendar = self.calendar(entry)
        return replace(
            entry.listing,
            time_zone=calendar.zone,
            trading_hours=_hours_text(calendar, int(at_s // 600), False),
            liquid_hours=_hours_text(calendar, int(at_s // 600), True),
        )

    def _routed(self, listing: Listing, exchange: str) -> Listing:
        if exchange in ANY_EXCHANGE or exchange == listing.contract.exchange:
            return listing
        return replace(listing, contract=replace(listing.contract, exchange=exchange))


def _chains(
    listed: list[Listing],
) -> Iterator[tuple[str, str, str, tuple[str, ...], tuple[float, ...]]]:
    """The options of one class, on each of the exchanges that list them."""
    expiries = tuple(sorted({one.contract.expiry for one in listed}))
    strikes = tuple(sorted({one.contract.strike for one in listed}))
    first = listed[0]
    for exchange in first.valid_exchanges.split(","):
        yield exchange, first.contract.trading_class, first.contract.multiplier, expiries, strikes


@lru_cache(maxsize=64)
def _hours_text(calendar: Calendar, ten_minutes: int, regular_only: bool) -> str:
    return calendar.text(ten_minutes * 600, regular_only)


def fits(listing: Listing, wanted: Contract) -> bool:
    """Whether a listing has everything that is filled in of `wanted`."""
    have = listing.contract
    exchange = wanted.exchange in (*listing.valid_exchanges.split(","), have.primary_exchange)
    if wanted.con_id:
        return wanted.con_id == have.con_id and (exchange or wanted.exchange in ANY_EXCHANGE)
    right = RIGHTS.get(wanted.right.upper())
    multiplier = not wanted.multiplier or _same_number(wanted.multiplier, have.multiplier)
    return (
        (exchange or not wanted.exchange)
        and wanted.sec_type in ("", have.sec_type)
        and wanted.symbol.upper() in ("", have.symbol)
        and wanted.currency in ("", have.currency)
        and wanted.primary_exchange in ("", have.primary_exchange)
        and wanted.local_symbol in ("", have.local_symbol)
        and wanted.trading_class in ("", have.trading_class)
        and have.expiry.startswith(wanted.expiry)
        and wanted.strike in (0.0, None, have.strike)
        and right in ("", have.right)
        and multiplier
    )


def _same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other or 1)
    except ValueError:
        return False
