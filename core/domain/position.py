"""Positions and P&L as the gateway states them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.contract import Contract


@dataclass(frozen=True, slots=True)
class Position:
    """One account's holding of one contract; `avg_cost` is per unit WITH the multiplier, as IB's is."""

    account: str
    contract: Contract
    quantity: Decimal
    avg_cost: Decimal | None = None
    market_price: Decimal | None = None
    market_value: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    realised_pnl: Decimal | None = None
    reported_at_s: float | None = None

    @property
    def avg_price(self) -> Decimal | None:
        """Average cost in the contract's own price terms."""
        return None if self.avg_cost is None else self.avg_cost / self.contract.multiplier
