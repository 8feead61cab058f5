"""Chains of options, options on futures and warrants: which expiries and strikes are listed, at what volatility."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.simulator.catalogue import futures
from core.simulator.hours import business_days_before, nth_weekday

FIRST_CON_ID: Final = 1_900_000_000
"""Their conIds are made up from underlying, expiry, strike and right, so that they outlive a restart."""

WEEKLIES, MONTHLIES = 3, 4
"""How many Fridays, and then third Fridays, are listed."""
SERIALS: Final = 3
"""How many third Fridays have options on a future."""


def weeks_and_months(today: date) -> list[date]:
    """Weekly Fridays, then third Fridays of the months; the day before when that Friday is a holiday."""
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    weekly = {friday + timedelta(weeks=n) for n in range(WEEKLIES)}
    monthly = set(_third_fridays(max(weekly) + timedelta(days=1), MONTHLIES))
    return sorted(day for day in (business_days_before(f, 0) for f in weekly | monthly) if day >= today)


def months(today: date) -> list[date]:
    """The next third Fridays."""
    return [business_days_before(day, 0) for day in _third_fridays(today, SERIALS)]


def years(today: date) -> list[date]:
    """The third Fridays of this December, unless it is over, and of the next."""
    decembers = (nth_weekday(today.year + n, 12, 4, 3) for n in range(3))
    return [business_days_before(day, 0) for day in decembers if day >= today][:2]


def _third_fridays(since: date, count: int) -> Iterator[date]:
    year, month = since.year, since.month
    while count:
        day = nth_weekday(year, month, 4, 3)
        if business_days_before(day, 0) >= since:
            count -= 1
            yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _by_occ(symbol: str, expiry: date, strike: float, right: str) -> tuple[str, str]:
    return symbol, f"{symbol:<6}{expiry:%y%m%d}{right}{round(strike * 1000):08}"


def _by_future(symbol: str, expiry: date, strike: float, right: str) -> tuple[str, str]:
    """Options that expire with the future bear its name, those between are a class of their own."""
    code = futures.MONTH_CODES[expiry.month - 1]
    trading_class = symbol if code in futures.QUARTERS else "EW3"
    return trading_class, f"{trading_class}{code}{expiry.year % 10} {right}{strike:g}"


def _by_year(symbol: str, expiry: date, strike: float, right: str) -> tuple[str, str]:
    return symbol, f"{symbol} WS {expiry:%y%m%d}{right}{strike:g}"


Naming = Callable[[str, date, float, str], tuple[str, str]]
"""Trading class and local symbol, from symbol, expiry, strike and right."""

Under = Callable[[date], int]
"""The conId of what the options of an expiry are on."""


def _on(con_id: int) -> Under:
    return lambda expiry: con_id


def _on_month_in_front(symbol: str) -> Under:
    """The future that is in front as the option expires."""
    return lambda expiry: next(futures.listed(futures.root(symbol), expiry, 1)).con_id


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """What is listed of one kind on one underlying: strikes `step` apart, up to `reach` (a fraction) from its price.

    There is one object for each, known by itself: it is a key that is looked for a thousand times a market.
    """

    symbol: str
    under: Under
    step: float
    reach: float
    terms: str
    daily_volume: int
    sec_type: str = "OPT"
    exchange: str = "SMART"
    multiplier: str = "100"
    calendar: str = "OPT"
    named: Naming = _by_occ
    expiries: Callable[[date], list[date]] = weeks_and_months
    grain: float = 0.5
    """What strikes are counted in, to make conIds of them."""


CHAINS: Final[tuple[Chain, ...]] = (
    Chain("AAPL", _on(265598), 5, 0.25, "OPT", 4000),
    Chain("SPY", _on(756733), 5, 0.15, "OPT penny", 9000),
    Chain("TSLA", _on(76792991), 10, 0.30, "OPT", 6000),
    Chain(
        "ES", _on_month_in_front("ES"), 25, 0.08, "FOP", 800, "FOP", "CME", "50", "CME", _by_future, months, 5.0,
    ),
    Chain("AAPL", _on(265598), 40, 0.30, "WAR", 5000, "WAR", "SMART", "1", "OPT", _by_year, years),
)  # fmt: skip


def strikes(chain: Chain, price: float) -> tuple[float, ...]:
    middle = round(price / chain.step)
    reach = math.ceil(chain.reach * price / chain.step)
    return tuple(n * chain.step for n in range(max(1, middle - reach), middle + reach + 1))


def smile(volatility: float, strike: float, price: float, days: int) -> float:
    """Implied volatility of one strike: dear below the money, and a little on both wings."""
    years = max(days + 1, 1) / 365
    moneyness = math.log(strike / price) / math.sqrt(max(years, 0.02))
    return volatility * min(2.0, max(0.7, 1 - 0.25 * moneyness + 0.35 * moneyness * moneyness))


def con_id(chain: Chain, expiry: date, strike: float, right: str) -> int:
    day = (expiry - date(2020, 1, 1)).days % 2000
    return (
        FIRST_CON_ID
        + CHAINS.index(chain) * 20_000_000
        + day * 10_000
        + round(strike / chain.grain) * 2
        + (right == "P")
    )
