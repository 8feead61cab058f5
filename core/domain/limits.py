"""The settings the deciding ranks need, as plain values: `core.settings` reads them, `core.api` passes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from core.domain.contract import SecType


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where the gateway is, and who we say we are."""

    host: str = "127.0.0.1"
    port: int = 0
    client_id: int = 1
    account: str = ""
    """The account to trade, pinned; "" takes the only one there is."""
    profile: str = "simulator"
    """simulator, tws-paper, tws-live, gateway-paper, gateway-live or custom."""
    kind: str = ""
    """What the profile claims this gateway to be: simulator, paper, live, or "" where nobody said."""
    read_only: bool = False
    connect_deadline_s: float = 5.0
    request_deadline_s: float = 10.0
    heartbeat_s: float = 2.0
    heartbeat_deadline_s: float = 3.0
    backoff_first_s: float = 0.5
    backoff_most_s: float = 30.0
    breaker_failures: int = 5
    breaker_window_s: float = 60.0
    breaker_rest_s: float = 30.0
    messages_per_s: float = 40.0
    burst: int = 10
    lines: int = 100


@dataclass(frozen=True, slots=True)
class Threshold:
    """A soft limit asks, a hard one denies; `None` is no limit of that kind."""

    soft: Decimal | None
    hard: Decimal | None


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Pre-trade limits. Fractions, not per cent; money in the account's base currency."""

    quantity: dict[SecType, Threshold] = field(default_factory=dict)
    notional: Threshold = Threshold(Decimal(25_000), Decimal(100_000))
    notional_fraction: Threshold = Threshold(Decimal("0.05"), Decimal("0.25"))
    """Of net liquidation."""
    notional_by_type: dict[SecType, Threshold] = field(default_factory=dict)
    """Instead of `notional`, where a contract moves far more money than it costs."""
    notional_fraction_by_type: dict[SecType, Threshold] = field(default_factory=dict)
    collar: dict[SecType, Threshold] = field(default_factory=dict)
    """How far through the market a price may reach, as a fraction of the reference."""
    spread: dict[SecType, Threshold] = field(default_factory=dict)
    """How wide bid and ask may stand for a market order, as a fraction of their middle."""
    duplicate_s: Threshold = Threshold(Decimal(60), Decimal(2))
    portfolio_risk_fraction: Decimal | None = None
    """MAX_PORTFOLIO_RISK: what one order may add to the portfolio, over net liquidation."""
    quote_age_s: Decimal = Decimal(5)
    working_per_side: Threshold = Threshold(Decimal(12), Decimal(15))
    orders_per_10_s: Threshold = Threshold(Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Permissions:
    """What this desk may trade, whatever IB would allow."""

    sec_types: frozenset[SecType] = frozenset(SecType)
    exchanges: frozenset[str] = frozenset()
    """Empty: every exchange."""
    restricted_symbols: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    """Empty: every account."""
    shorting: bool = True
    outside_rth: bool = True


@dataclass(frozen=True, slots=True)
class MarginStep:
    """One rung of the margin ladder: raise at or under, clear at or over; ratios of EL to maintenance."""

    level: int
    raise_at: Decimal
    clear_at: Decimal
    clear_after_s: float


MARGIN_LADDER: tuple[MarginStep, ...] = (
    MarginStep(1, Decimal("0.25"), Decimal("0.30"), 0.0),
    MarginStep(2, Decimal("0.10"), Decimal("0.125"), 60.0),
    MarginStep(3, Decimal("0.05"), Decimal("0.07"), 60.0),
    MarginStep(4, Decimal("0"), Decimal("0.01"), 60.0),
)
"""The shipped ladder; level 4 is where IB begins to liquidate."""
