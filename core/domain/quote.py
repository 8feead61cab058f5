"""Quotes and bars: `float`, because they are shown and measured, never sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from core.domain.contract import SecType


class QuoteKind(StrEnum):
    """What kind of price this is: IB delivers what it can, not what was asked."""

    LIVE = "live"
    FROZEN = "frozen"
    DELAYED = "delayed"
    DELAYED_FROZEN = "delayed frozen"


EASY_TO_BORROW = 2.5
TO_BE_LOCATED = 1.5


class QuoteReport(NamedTuple):
    """One contract's quote as the gateway last stated it; `None` is absent, never 0 or -1."""

    con_id: int
    kind: QuoteKind
    bid: float | None
    bid_size: float | None
    ask: float | None
    ask_size: float | None
    last: float | None
    last_size: float | None
    volume: float | None
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    halted: bool
    shortable: float | None = None


@dataclass(slots=True)
class Quote:
    """One row of the quote board: mutated in place by its one writer, read by everyone else."""

    con_id: int
    kind: QuoteKind = QuoteKind.LIVE
    bid: float | None = None
    bid_size: float | None = None
    ask: float | None = None
    ask_size: float | None = None
    last: float | None = None
    last_size: float | None = None
    volume: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    """The previous session's close."""
    halted: bool = False
    shortable: float | None = None
    """How easily it is borrowed, on IB's scale: above `EASY_TO_BORROW` at once, above `TO_BE_LOCATED` on asking."""
    changed_at_s: float | None = None
    """Desk time of the last report; `None` before the first."""
    lost_at_s: float | None = None
    """Since when the line is known to be dead; `None` while it flows."""

    @property
    def mid(self) -> float | None:
        """Between bid and ask, when there are both."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2

    @property
    def reference(self) -> float | None:
        """What a price is measured against: mid, else last, else the previous close."""
        return next((price for price in (self.mid, self.last, self.close) if price is not None), None)

    @property
    def change(self) -> float | None:
        """Last against the previous close."""
        return None if self.last is None or self.close is None else self.last - self.close

    def age_s(self, now_s: float) -> float | None:
        """Seconds since the last report; `None` before the first."""
        return None if self.changed_at_s is None else max(0.0, now_s - self.changed_at_s)


class Bar(NamedTuple):
    """One bar that began at `start` (aware UTC); `volume` is `None` for price-only series."""

    start: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float | None
    wap: float | None = None
    trades: int | None = None


_SERIES = {
    SecType.CASH: "MIDPOINT",
    SecType.CMDTY: "MIDPOINT",
    SecType.CFD: "MIDPOINT",
    SecType.CRYPTO: "AGGTRADES",
}


def series_of(sec_type: SecType) -> str:
    """What IB has bars of (its whatToShow): of midpoints where it states no trades, of crypto's trades by another name (10299)."""
    return _SERIES.get(sec_type, "TRADES")


TRADED = frozenset({"TRADES", "AGGTRADES"})
"""Series that come with a volume."""


class BarKey(NamedTuple):
    """Which series: a contract, IB's bar size ("1 min"), IB's whatToShow, and regular hours or all."""

    con_id: int
    bar_size: str
    what: str = "TRADES"
    rth_only: bool = False


BAR_SECONDS: dict[str, int] = {
    "1 secs": 1,
    "5 secs": 5,
    "10 secs": 10,
    "15 secs": 15,
    "30 secs": 30,
    "1 min": 60,
    "2 mins": 120,
    "3 mins": 180,
    "5 mins": 300,
    "10 mins": 600,
    "15 mins": 900,
    "20 mins": 1200,
    "30 mins": 1800,
    "1 hour": 3600,
    "2 hours": 7200,
    "3 hours": 10800,
    "4 hours": 14400,
    "8 hours": 28800,
    "1 day": 86400,
    "1 week": 604800,
    "1 month": 2592000,
}
"""IB's bar sizes in seconds; a month is nominal."""
