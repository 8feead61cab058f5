"""The settings the deciding ranks need, as plain values: `core.settings` reads them, `core.api` passes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal

from core.domain.contract import SecType


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where the gateway is, and who we say we are."""

    host: str = "127.0.0.1"
    port: int = 0
    client_id: int = 1
    data_client_id: int | None = None
    """A second connection that carries history only and can place nothing; `None`: there is none."""
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
    restart_at: str = "23:45"
    """When the gateway restarts itself each day, as TWS shows it; "" when it does not."""
    restart_zone: str = ""
    """The time zone of `restart_at`: "America/New_York"; "" is this computer's."""
    reset_region: str = "america"
    """Whose servers' nightly reset to reckon with: america, europe, asia, or "" for none."""
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
    orders_per_60_s: Threshold = Threshold(None, Decimal(60))
    position_fraction: Threshold = Threshold(Decimal("0.20"), None)
    """What one contract's position may be worth after the fill, over net liquidation."""
    message_ratio: Threshold = Threshold(Decimal(15), Decimal(20))
    """Messages for every execution of the day, before a modification is asked about, and denied."""
    margin_excess_fraction: Decimal = Decimal("0.10")
    """Excess liquidity after the order, over maintenance margin: below it is asked about."""
    daily_loss: Decimal | None = None
    """Money lost in a trading day that leaves the desk reduce-only; `None`: no such limit."""
    daily_loss_fraction: Decimal | None = None
    """The same as a fraction of net liquidation."""
    orders_per_day: int | None = None
    restart_quiet_s: Decimal = Decimal(60)
    """No new order so long before the gateway restarts itself."""


@dataclass(frozen=True, slots=True)
class TradingHours:
    """A span of each day on the clock of `zone`; over midnight when it ends before it begins."""

    begins: time
    ends: time
    zone: str = "America/New_York"


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
    account_type: str = "margin"
    """margin or cash: a cash account neither borrows nor sells short."""
    options_level: int = 4
    """0 none, 1 covered, 2 bought, 3 spreads, 4 uncovered."""
    hours: TradingHours | None = None
    """When orders that open may be sent; `None`: always."""


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
