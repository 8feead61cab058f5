"""Scenarios: what the account holds as the market begins, and what happens to prices then.

Adding one is a row of `SCENARIOS`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Knots = tuple[tuple[float, float], ...]
"""(seconds from the start, price as a fraction of what it would be), ascending; the last one stays."""

EVERY_PATH: Final = "*"
"""A shock to the whole market: each path takes it by its beta, so FX hardly notices."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A position at the start: `which` is a local symbol, or root or underlying with "front" or "call"."""

    which: str
    quantity: float
    cost: float  # as a fraction of the price now


DEMO: Final = (
    Holding("AAPL", 200, 0.91),
    Holding("MSFT", 100, 0.96),
    Holding("SPY", 150, 0.94),
    Holding("NVDA", 300, 1.03),
    Holding("KO", 500, 0.99),
    Holding("INTC", -400, 1.06),
    Holding("ES front", 1, 0.995),
    Holding("AAPL call", 5, 0.88),
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`equity` is the net liquidation to begin with, or `cushion` sets it by the maintenance margin."""

    name: str
    says: str
    holdings: tuple[Holding, ...] = DEMO
    equity: float = 1_000_000.0
    cushion: float | None = None  # excess liquidity over maintenance margin at the start
    euros: float = 25_000.0
    shocks: Mapping[str, Knots] = field(default_factory=dict)
    halts: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # by symbol: from and to, seconds
    thin: float = 1.0  # how many times as wide the options' markets are, and how little they show
    pays_in: bool = False  # begun while the market lives, it brings the account to its equity
    at_open: bool = False  # seconds count from shortly before the next open, in a market that closes

    def log_knots(self, path: str, beta: float, start_s: float) -> list[tuple[float, float]]:
        """(epoch seconds, log factor) for one path; empty when nothing happens to it."""
        if path in self.shocks:
            knots, share = self.shocks[path], 1.0
        else:
            knots, share = self.shocks.get(EVERY_PATH, ()), beta
        return [(start_s + at_s, share * math.log(factor)) for at_s, factor in knots]


SCENARIOS: Final[dict[str, Scenario]] = {
    row.name: row
    for row in (
        Scenario("calm", "An ordinary market and an account with room.", pays_in=True),
        Scenario(
            "margin-call",
            "A leveraged account whose largest holding slides: 25, 10, 5 and 0 % are crossed in a minute.",
            holdings=(
                Holding("NVDA", 12_000, 0.97),
                Holding("AAPL", 400, 0.95),
                Holding("SPY", 200, 0.94),
                Holding("ES front", 1, 0.998),
            ),
            cushion=0.36,
            euros=0.0,
            shocks={"NVDA": ((0.0, 1.0), (12.0, 1.0), (52.0, 0.82))},
        ),
        Scenario(
            "flash-crash",
            "Everything falls by a tenth in half a minute and comes back within two.",
            shocks={EVERY_PATH: ((0.0, 1.0), (20.0, 1.0), (50.0, 0.9), (60.0, 0.9), (150.0, 0.985))},
        ),
        Scenario(
            "gap-open",
            "Overnight news: the market opens six per cent lower, through every stop in between.",
            shocks={EVERY_PATH: ((0.0, 1.0), (15.0, 1.0), (15.25, 0.94))},
            at_open=True,
        ),
        Scenario(
            "halted-stock",
            "NVDA is halted after twenty seconds, and two minutes later trades on a tenth lower.",
            shocks={"NVDA": ((0.0, 1.0), (15.0, 1.0), (20.0, 0.97), (139.0, 0.97), (139.5, 0.9))},
            halts={"NVDA": (20.0, 140.0)},
        ),
        Scenario(
            "illiquid-options",
            "Options are quoted eight times as wide as usual, for a contract or two, and the account is full of them.",
            holdings=(
                Holding("AAPL call", 20, 0.9),
                Holding("TSLA call", -10, 1.1),
                Holding("TSLA", 500, 0.95),
            ),
            thin=8.0,
        ),
        Scenario(
            "trend",
            "Equities rise by three per cent within an hour.",
            shocks={EVERY_PATH: ((0.0, 1.0), (3600.0, 1.03))},
        ),
    )
}


def scenario(name: str | None) -> Scenario:
    """The scenario called `name`, `None` being the calm one; raises `ValueError` with what there is."""
    found = SCENARIOS.get(name or "calm")
    if found is None:
        raise ValueError(f"no scenario {name!r}: there is {', '.join(SCENARIOS)}")
    return found
