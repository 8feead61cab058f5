"""Account values: money as `Decimal` in the account's base currency; absent is `None`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """What IB last said of one account. IB sends this every three minutes or on a change of position."""

    account: str
    currency: str = ""
    net_liquidation: Decimal | None = None
    cash: Decimal | None = None
    settled_cash: Decimal | None = None
    buying_power: Decimal | None = None
    equity_with_loan: Decimal | None = None
    gross_position_value: Decimal | None = None
    initial_margin: Decimal | None = None
    maintenance_margin: Decimal | None = None
    available_funds: Decimal | None = None
    excess_liquidity: Decimal | None = None
    look_ahead_excess_liquidity: Decimal | None = None
    look_ahead_maintenance_margin: Decimal | None = None
    sma: Decimal | None = None
    cushion: Decimal | None = None
    """Excess liquidity over net liquidation, a fraction."""
    leverage: Decimal | None = None
    daily_pnl: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    realised_pnl: Decimal | None = None
    ready: bool = True
    """False while IB's servers reset and the values may be wrong."""
    reported_at_s: float | None = None
    pnl_at_s: float | None = None
    cash_by_currency: tuple[tuple[str, Decimal], ...] = ()
    exchange_rates: tuple[tuple[str, Decimal], ...] = ()
    """What one unit of each currency is worth in the base currency, as far as IB has said."""

    @property
    def margin_ratio(self) -> Decimal | None:
        """Excess liquidity over maintenance margin; `None` when there is no requirement to measure by."""
        if self.excess_liquidity is None or not self.maintenance_margin:
            return None
        return self.excess_liquidity / self.maintenance_margin
