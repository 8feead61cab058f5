"""Option chains: which expiries and strikes are listed, and what volatility each is priced at."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.simulator.hours import business_days_before, nth_weekday
from core.simulator.model import Contract

FIRST_CON_ID: Final = 1_900_000_000
"""Option conIds are made up from underlying, expiry, strike and right, so that they outlive a restart."""

WEEKLIES, MONTHLIES = 3, 4
"""How many Fridays, and then third Fridays, are listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The options on one underlying: strikes `step` apart, up to `reach` (a fraction) from its price.

    There is one object for each, known by itself: it is a key that is looked for a thousand times a market.
    """

    symbol: str
    under_con_id: int
    step: float
    reach: float
    terms: str
    daily_volume: int


CHAINS: Final[tuple[Chain, ...]] = (
    Chain("AAPL", 265598, 5, 0.25, "OPT", 4000),
    Chain("SPY", 756733, 5, 0.15, "OPT penny", 9000),
    Chain("TSLA", 76792991, 10, 0.30, "OPT", 6000),
)


@dataclass(frozen=True, slots=True)
class Strike:
    """One listed option."""

    con_id: int
    chain: Chain
    expiry: date
    strike: float
    right: str
    volatility: float


def local_symbol(chain: Chain, expiry: date, strike: float, right: str) -> str:
    return f"{chain.symbol:<6}{expiry:%y%m%d}{right}{round(strike * 1000):08}"


def expiries(today: date) -> list[date]:
    """Weekly Fridays, then third Fridays of the months; the day before when that Friday is a holiday."""
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    weekly = {friday + timedelta(weeks=n) for n in range(WEEKLIES)}
    monthly: set[date] = set()
    year, month = today.year, today.month
    while len(monthly) < MONTHLIES:
        third = nth_weekday(year, month, 4, 3)
        if third > max(weekly):
            monthly.add(third)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return sorted(day for day in (business_days_before(f, 0) for f in weekly | monthly) if day >= today)


def strikes(chain: Chain, price: float) -> list[float]:
    middle = round(price / chain.step)
    reach = math.ceil(chain.reach * price / chain.step)
    return [n * chain.step for n in range(max(1, middle - reach), middle + reach + 1)]


def smile(volatility: float, strike: float, price: float, years: float) -> float:
    """Implied volatility of one strike: dear below the money, and a little on both wings."""
    moneyness = math.log(strike / price) / math.sqrt(max(years, 0.02))
    return volatility * min(2.0, max(0.7, 1 - 0.25 * moneyness + 0.35 * moneyness * moneyness))


def listed(
    chain: Chain, price: float, volatility: float, today: date, known: Collection[str] = ()
) -> Iterator[Strike]:
    """Every option of `chain` but for the known expiries, the underlying standing at `price`."""
    around = strikes(chain, price)
    for expiry in expiries(today):
        if f"{expiry:%Y%m%d}" in known:
            continue
        years = ((expiry - today).days + 1) / 365
        for strike in around:
            implied = smile(volatility, strike, price, years)
            for right in "CP":
                yield Strike(_con_id(chain, expiry, strike, right), chain, expiry, strike, right, implied)


def one(chain: Chain, price: float, volatility: float, today: date, contract: Contract) -> Strike:
    """The option that `contract` says, listed today or not."""
    expiry = date.fromisoformat(contract.expiry)
    years = max((expiry - today).days + 1, 1) / 365
    implied = smile(volatility, contract.strike, price, years)
    return Strike(contract.con_id, chain, expiry, contract.strike, contract.right, implied)


def _con_id(chain: Chain, expiry: date, strike: float, right: str) -> int:
    day = (expiry - date(2020, 1, 1)).days % 2000
    return (
        FIRST_CON_ID
        + CHAINS.index(chain) * 20_000_000
        + day * 10_000
        + round(strike * 2) * 2
        + (right == "P")
    )
