"""Futures: which months are listed, when each stops trading, what it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.simulator.hours import business_days_before, nth_weekday

MONTH_CODES: Final = "FGHJKMNQUVXZ"
QUARTERS: Final = "HMUZ"
FIRST_CON_ID: Final = 1_800_000_000
"""Futures conIds are made up: this, plus the root's row and the contract month. IB's own are unknown here."""


def _third_friday(year: int, month: int) -> date:
    return business_days_before(nth_weekday(year, month, 4, 3), 0)


def _crude_oil(year: int, month: int) -> date:
    """Three business days before the 25th of the month before delivery, or before the last one before it."""
    before = date(year, month, 1) - timedelta(days=1)
    return business_days_before(before.replace(day=25), 3)


def _third_last_business_day(year: int, month: int) -> date:
    last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return business_days_before(last, 2)


@dataclass(frozen=True, slots=True)
class Root:
    """One line of futures: `path` is the price it follows, `carry` its growth a year with the expiry."""

    symbol: str
    name: str
    exchange: str
    multiplier: str
    price: float
    volatility: float
    beta: float
    path: str
    spread_ticks: int
    daily_volume: int
    months: str
    last_day: Callable[[int, int], date]
    carry: float
    under_con_id: int
    industry: str = ""


ROOTS: Final[tuple[Root, ...]] = (
    Root(
        "ES", "E-mini S&P 500", "CME", "50", 6720, 0.16, 1.0, "SPX", 1, 1_500_000, QUARTERS, _third_friday, 0.027,
        11004968, "Indices",
    ),
    Root(
        "NQ", "E-mini NASDAQ 100", "CME", "20", 24900, 0.21, 1.2, "NDX", 2, 620_000, QUARTERS, _third_friday, 0.033,
        11004958, "Indices",
    ),
    Root(
        "CL", "Light Sweet Crude Oil", "NYMEX", "1000", 59.8, 0.34, 0.2, "CL", 1, 330_000, MONTH_CODES, _crude_oil,
        -0.03, 17340715,
    ),
    Root(
        "GC", "Gold", "COMEX", "100", 4080, 0.19, 0.0, "GC", 1, 240_000, "GJMQVZ", _third_last_business_day, 0.04,
        17340718,
    ),
)  # fmt: skip


def root(symbol: str) -> Root:
    return next(one for one in ROOTS if one.symbol == symbol)


@dataclass(frozen=True, slots=True)
class Month:
    """One listed expiry of a root."""

    con_id: int
    root: Root
    year: int
    month: int
    last_day: date
    rank: int  # 0 is the front month

    @property
    def local_symbol(self) -> str:
        return f"{self.root.symbol}{MONTH_CODES[self.month - 1]}{self.year % 10}"

    @property
    def contract_month(self) -> str:
        return f"{self.year}{self.month:02}"

    @property
    def price(self) -> float:
        """The reference price, with the carry to the expiry from a fixed day (so it never jumps)."""
        years = (self.last_day - date(2026, 11, 1)).days / 365
        return self.root.price * (1 + self.root.carry * years)


def listed(root: Root, today: date, count: int = 3) -> Iterator[Month]:
    """The nearest `count` expiries of `root` that still trade today."""
    year, month = today.year, today.month
    rank = 0
    while rank < count:
        if MONTH_CODES[month - 1] in root.months:
            last_day = root.last_day(year, month)
            if last_day >= today:
                con_id = FIRST_CON_ID + ROOTS.index(root) * 1_000_000 + (year - 2000) * 100 + month
                yield Month(con_id, root, year, month, last_day, rank)
                rank += 1
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
