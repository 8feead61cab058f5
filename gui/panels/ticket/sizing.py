"""Four ways of sizing: what is typed as shares, money, part of net liquidation or risk becomes a quantity."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from core.domain.contract import ContractDetails
from core.risk import sizing
from core.risk.sizing import Sized
from gui import format as fmt
from gui.widgets.number_text import Reading, read_number, read_quantity
from gui.widgets.unit_field import Unit


class Size(StrEnum):
    UNITS = "units"
    MONEY = "money"
    FRACTION = "fraction"
    RISK = "risk"
    RISK_FRACTION = "risk fraction"

    @property
    def by_risk(self) -> bool:
        return self in (Size.RISK, Size.RISK_FRACTION)


SIZE_UNITS = (
    Unit(Size.UNITS, "units", "Shares or contracts", "u"),
    Unit(Size.MONEY, "money", "An amount of money", "$"),
    Unit(Size.FRACTION, "% net", "Per cent of net liquidation", "%"),
    Unit(Size.RISK, "risk", "Money at risk between entry and stop", "r"),
    Unit(Size.RISK_FRACTION, "risk %", "Per cent of net liquidation at risk", "k"),
)
_WHAT = {
    Size.MONEY: "amount",
    Size.FRACTION: "percentage",
    Size.RISK: "risk",
    Size.RISK_FRACTION: "risk percentage",
}
_HUNDRED = Decimal(100)


class Means(NamedTuple):
    """What sizing needs to know of account and prices; `None` where nobody has said."""

    equity: Decimal | None = None
    rate: Decimal | None = Decimal(1)
    """What one unit of the contract's currency is worth in the account's."""
    currency: str = "USD"
    """The account's."""
    entry: Decimal | None = None
    stop: Decimal | None = None


class Quantity(NamedTuple):
    """The quantity that was typed or reckoned; `words` tell how, "" where it was typed as such."""

    reading: Reading
    words: str = ""


def quantity(text: str, size: Size, details: ContractDetails | None, means: Means) -> Quantity:
    """What `text` in this way of sizing comes to."""
    if size is Size.UNITS:
        return Quantity(read_quantity(text, details))
    amount = read_number(text, _WHAT[size])
    if amount.value is None:
        return Quantity(amount)
    if details is None:
        return Quantity(Reading(None, "The contract's rules are not known yet.", missing=True))
    found = _sized(amount.value, size, details, means)
    if found.quantity is None:
        return Quantity(Reading(None, found.words))
    return Quantity(Reading(found.quantity), _told(found, means.currency))


def _sized(amount: Decimal, size: Size, details: ContractDetails, means: Means) -> Sized:
    equity, rate, entry, stop = means.equity, means.rate, means.entry, means.stop
    match size:
        case Size.MONEY:
            return sizing.by_money(amount, entry, details, rate)
        case Size.FRACTION:
            return sizing.by_fraction(amount / _HUNDRED, equity, entry, details, rate)
        case Size.RISK:
            return sizing.by_risk(amount, entry, stop, details, rate)
        case Size.RISK_FRACTION:
            return sizing.by_risk_fraction(amount / _HUNDRED, equity, entry, stop, details, rate)
        case Size.UNITS:
            return sizing.by_units(amount, details)


def _told(found: Sized, currency: str) -> str:
    """= 33, $4,950, risk $66"""
    parts = [f"= {fmt.quantity(found.quantity)}"]
    if found.worth is not None:
        parts.append(fmt.money(found.worth, currency, 0))
    if found.risk is not None:
        parts.append(f"risk {fmt.money(found.risk, currency, 0)}")
    return ", ".join(parts)
