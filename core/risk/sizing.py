"""How many units: by shares, money, part of net liquidation, or what may be lost; always rounded down."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from core.domain.choices import least_quantity, quantity_step
from core.domain.contract import ContractDetails
from core.risk.rule import plain

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Sized:
    """A quantity that IB takes, or the words why there is none. Money in the account's base currency."""

    quantity: Decimal | None
    words: str = ""
    """Why there is no quantity; "" when there is."""
    worth: Decimal | None = None
    risk: Decimal | None = None
    """What is lost if the stop is hit at its price."""


def by_units(units: Decimal, details: ContractDetails) -> Sized:
    """`units` brought down to the contract's size increment."""
    return _sized(units, details)


def by_money(
    money: Decimal, price: Decimal | None, details: ContractDetails, rate: Decimal | None = ONE
) -> Sized:
    """As many as `money` pays for at `price`; `rate` is what one unit of the contract's currency is worth."""
    each = _each(price, details, rate)
    if isinstance(each, str):
        return Sized(None, each)
    if money <= 0:
        return Sized(None, "The amount must be above zero.")
    sized = _sized(money / each, details, f"{plain(money, 2)} is not enough:")
    return _valued(sized, each, None)


def by_fraction(
    fraction: Decimal,
    equity: Decimal | None,
    price: Decimal | None,
    details: ContractDetails,
    rate: Decimal | None = ONE,
) -> Sized:
    """As many as `fraction` of net liquidation pays for: 0.05 is 5 %."""
    if equity is None or equity <= 0:
        return Sized(None, "The account's net liquidation is not known yet.")
    if not 0 < fraction <= 1:
        return Sized(None, "The part of net liquidation is above 0 and at most 100 %.")
    return by_money(fraction * equity, price, details, rate)


def by_risk(
    risk: Decimal,
    entry: Decimal | None,
    stop: Decimal | None,
    details: ContractDetails,
    rate: Decimal | None = ONE,
) -> Sized:
    """As many as lose at most `risk` between `entry` and `stop`."""
    if stop is None:
        return Sized(None, "Sizing by risk needs a stop price.")
    each = _each(entry, details, rate)
    if isinstance(each, str):
        return Sized(None, each)
    assert entry is not None
    assert rate is not None
    if risk <= 0:
        return Sized(None, "The risk must be above zero.")
    lost = abs(entry - stop) * details.contract.multiplier * rate
    if lost == 0:
        return Sized(None, "Entry and stop are the same price: there is nothing to size by.")
    least = least_quantity(details.contract.sec_type, details)
    short = (
        f"The stop is too far for this risk: {plain(least)} would lose {plain(least * lost, 2)}, more than"
    )
    sized = _sized(risk / lost, details, f"{short} {plain(risk, 2)};")
    return _valued(sized, each, lost)


def by_risk_fraction(
    fraction: Decimal,
    equity: Decimal | None,
    entry: Decimal | None,
    stop: Decimal | None,
    details: ContractDetails,
    rate: Decimal | None = ONE,
) -> Sized:
    """As many as lose at most this part of net liquidation: 0.01 is 1 %."""
    if equity is None or equity <= 0:
        return Sized(None, "The account's net liquidation is not known yet.")
    if not 0 < fraction <= 1:
        return Sized(None, "The risk is above 0 and at most 100 % of net liquidation.")
    return by_risk(fraction * equity, entry, stop, details, rate)


def _each(price: Decimal | None, details: ContractDetails, rate: Decimal | None) -> Decimal | str:
    """What one unit costs in the base currency, or why that is not known."""
    if price is None:
        return "There is no price to size by: type one, or wait for a quote."
    if price <= 0:
        return "At a price of zero or less nothing can be sized by money."
    if rate is None or rate <= 0:
        return f"No exchange rate for {details.contract.currency} is known yet."
    return price * details.contract.multiplier * rate


def _sized(units: Decimal, details: ContractDetails, short: str = "") -> Sized:
    sec_type = details.contract.sec_type
    step, least = quantity_step(sec_type, details), least_quantity(sec_type, details)
    quantity = (units / step).to_integral_value(rounding=ROUND_FLOOR) * step
    if quantity >= least > 0:
        return Sized(quantity)
    what = f"the least that can be traded is {plain(least)} {details.contract.label}."
    return Sized(None, f"{short} {what}" if short else what[0].upper() + what[1:])


def _valued(sized: Sized, each: Decimal, lost: Decimal | None) -> Sized:
    if sized.quantity is None:
        return sized
    risk = None if lost is None else sized.quantity * lost
    return Sized(sized.quantity, worth=sized.quantity * each, risk=risk)
