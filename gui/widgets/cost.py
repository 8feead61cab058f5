"""What an order is worth and about what it costs, before it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from core.domain.contract import SecType
from core.domain.order import OrderSpec, Side
from core.domain.quote import Quote

_LEAST_SAID = 0.005


class Rate(NamedTuple):
    """IBKR Pro's fixed plan in USD: a fee a unit or of the value, at least so much, at most a part of the value."""

    per_unit: Decimal
    of_value: Decimal
    least: Decimal
    most_of_value: Decimal | None


RATES: dict[SecType, Rate] = {
    SecType.STK: Rate(Decimal("0.005"), Decimal(0), Decimal("1.00"), Decimal("0.01")),
    SecType.OPT: Rate(Decimal("0.65"), Decimal(0), Decimal("1.00"), None),
    SecType.FUT: Rate(Decimal("2.25"), Decimal(0), Decimal(0), None),
    SecType.CASH: Rate(Decimal(0), Decimal("0.00002"), Decimal("2.00"), None),
}
"""Estimates for the review only; what was really charged comes with each execution."""


def price_guess(spec: OrderSpec, quote: Quote | None) -> tuple[Decimal | None, bool]:
    """The price the order is valued at, and whether it is the order's own."""
    if spec.limit_price is not None:
        return spec.limit_price, True
    if spec.stop_price is not None:
        return spec.stop_price, False
    if quote is None:
        return None, False
    near = quote.ask if spec.side is Side.BUY else quote.bid
    best = quote.reference if near is None else near
    return (None if best is None else Decimal(str(best))), False


def notional(spec: OrderSpec, price: Decimal | None) -> Decimal | None:
    """Price times quantity times multiplier, in the contract's currency."""
    return None if price is None else price * spec.quantity * spec.contract.multiplier


def commission(spec: OrderSpec, value: Decimal | None) -> Decimal | None:
    """About what IBKR charges in USD; `None` where no rate is at hand."""
    rate = RATES.get(spec.contract.sec_type)
    if rate is None or value is None or spec.contract.currency != "USD":
        return None
    fee = max(rate.least, spec.quantity * rate.per_unit + abs(value) * rate.of_value)
    return fee if rate.most_of_value is None else min(fee, abs(value) * rate.most_of_value)


def against_market(spec: OrderSpec, quote: Quote | None) -> str:
    """What the limit means at this bid and ask, or what the spread costs a market order."""
    if quote is None or quote.bid is None or quote.ask is None:
        return "no two-sided quote"
    if spec.stop_price is not None:
        return f"{_apart(spec.stop_price, quote.reference)} from the market"
    spread = quote.ask - quote.bid
    if spec.limit_price is None:
        half = Decimal(str(spread)) / 2 * spec.quantity * spec.contract.multiplier
        return f"half the spread: about {half:,.2f}"
    near = quote.ask if spec.side is Side.BUY else quote.bid
    through = (float(spec.limit_price) - near) * spec.side.sign
    name = "ask" if spec.side is Side.BUY else "bid"
    if through >= 0:
        return f"may trade now, at the {name}"
    return f"waits {_apart(spec.limit_price, near)} from the {name}"


def _apart(price: Decimal, market: float | None) -> str:
    if not market:
        return "–"
    apart = abs(float(price) / market - 1) * 100
    return f"{apart:.2f} %" if apart >= _LEAST_SAID or not apart else "under 0.01 %"
