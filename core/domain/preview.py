"""What an order would do to margin and cost, as IB's what-if says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from core.domain.order import OrderSpec


@dataclass(frozen=True, slots=True)
class Preview:
    """IB's answer to a what-if, or the reason why there is none: `refusal` is "" only when the numbers hold.

    Money in the account's base currency; `None` where IB said nothing. "No preview" is never "fine".
    """

    at_s: float
    refusal: str = ""
    initial_before: Decimal | None = None
    initial_after: Decimal | None = None
    maintenance_before: Decimal | None = None
    maintenance_after: Decimal | None = None
    equity_before: Decimal | None = None
    """Equity with loan value."""
    equity_after: Decimal | None = None
    commission: Decimal | None = None
    commission_least: Decimal | None = None
    commission_most: Decimal | None = None
    commission_currency: str = ""
    warning: str = ""
    """What IB added in words."""

    @property
    def is_known(self) -> bool:
        return not self.refusal and self.initial_after is not None

    @property
    def excess_before(self) -> Decimal | None:
        return _less(self.equity_before, self.maintenance_before)

    @property
    def excess_after(self) -> Decimal | None:
        """Excess liquidity after the order: equity with loan value less maintenance margin."""
        return _less(self.equity_after, self.maintenance_after)

    @property
    def available_after(self) -> Decimal | None:
        """Available funds after the order: equity with loan value less initial margin."""
        return _less(self.equity_after, self.initial_after)


def plain_order(spec: OrderSpec) -> OrderSpec:
    """The order by itself, as a what-if asks about it: without its bracket, and sent."""
    return replace(spec, parent_id=0, transmit=True)


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other
