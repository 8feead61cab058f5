"""How many of a contract one usually trades: what a ticket begins with, and what its steps go by."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from core.domain.contract import Contract, ContractDetails, SecType

_LOTS = {
    SecType.STK: Decimal(100),
    SecType.CFD: Decimal(100),
    SecType.CASH: Decimal(20_000),
    SecType.CRYPTO: Decimal("0.01"),
}


def lot(contract: Contract, details: ContractDetails | None) -> Decimal:
    """The round quantity of a contract: 100 shares, 20,000 of a currency, a hundredth of a coin, 1 future."""
    usual = _LOTS.get(contract.sec_type, Decimal(1))
    if details is None:
        return usual
    least = max(details.min_size, details.size_increment)
    return max(usual, least)


def next_lot(quantity: Decimal | None, steps: int, size: Decimal) -> Decimal:
    """`quantity` moved by whole lots, first onto one in that direction; never under one lot."""
    if quantity is None:
        return size
    rounding = ROUND_FLOOR if steps > 0 else ROUND_CEILING
    lots = (quantity / size).to_integral_value(rounding=rounding) + steps
    return max(Decimal(1), lots) * size
