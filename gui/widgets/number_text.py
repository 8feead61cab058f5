"""What a typed number means: its exact value, or the words that say why it is none."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from core.domain.contract import ContractDetails
from core.domain.order_types import may_be_negative

_PLAIN = re.compile(r"(\d+\.?\d*|\.\d+)", re.ASCII)
_NEGATIVE = re.compile(r"[-−](\d+\.?\d*|\.\d+)", re.ASCII)
_MOST_DIGITS = 12
_MOST_DECIMALS = 10


class Reading(NamedTuple):
    """Either a value and no fault, or no value and the fault in words."""

    value: Decimal | None
    fault: str = ""
    missing: bool = False
    """Nothing was typed yet: to be asked for, not blamed."""


def read_number(text: str, what: str, *, signed: bool = False) -> Reading:
    """A plain decimal number above 0, or any with `signed`. Only one way of writing it is taken: a guess could cost
    a factor of 1000.
    """
    typed = text.strip()
    if not typed:
        return Reading(None, f"Enter a {what}.", missing=True)
    if _PLAIN.fullmatch(typed):
        return _sized(typed, what, signed=signed)
    if signed and _NEGATIVE.fullmatch(typed):
        value, fault, _ = _sized(typed[1:], what, signed=True)
        return Reading(value and -value, fault)
    return Reading(None, _oddity(typed, what))


def read_quantity(text: str, details: ContractDetails | None) -> Reading:
    """A quantity the contract can be traded in."""
    reading = read_number(text, "quantity")
    if reading.value is None or details is None:
        return reading
    if reading.value < details.min_size:
        return Reading(None, f"At least {_written(details.min_size)}.")
    if details.size_increment and reading.value % details.size_increment:
        return Reading(None, f"In steps of {_written(details.size_increment)}.")
    return reading


def read_price(text: str, details: ContractDetails | None, what: str, *, signed: bool = False) -> Reading:
    """A price on the contract's market rule; with `signed` it may be zero or less."""
    reading = read_number(text, what, signed=signed)
    if reading.value is None or details is None or details.on_tick(reading.value):
        return reading
    below = details.round_to_tick(reading.value, rounding=ROUND_FLOOR)
    above = details.round_to_tick(reading.value, rounding=ROUND_CEILING)
    step = _written(details.tick_at(reading.value))
    near = f"{below:f} or {above:f}" if below > 0 or signed else f"{above:f}"
    return Reading(None, f"Steps of {step}: {near}.")


def read_order_price(text: str, details: ContractDetails | None, what: str) -> Reading:
    """The limit or stop price of an order: a combo's may be zero or less."""
    signed = details is not None and may_be_negative("price", details.contract.sec_type)
    return read_price(text, details, what, signed=signed)


def price_text(value: Decimal, details: ContractDetails | None) -> str:
    """A price as it is typed, in the digits its contract trades in: 257.50, and more where it carries more."""
    own = -int(value.as_tuple().exponent)
    return f"{value:.{max(0, own, details.decimals if details else 0)}f}"


def _sized(typed: str, what: str, *, signed: bool) -> Reading:
    whole, _, decimals = typed.partition(".")
    if len(whole.lstrip("0")) > _MOST_DIGITS:
        return Reading(None, f"Too large for a {what}.")
    if len(decimals) > _MOST_DECIMALS:
        return Reading(None, f"Too many decimals in the {what}.")
    value = Decimal(typed)
    return Reading(value) if value > 0 or signed else Reading(None, f"A {what} must be above 0.")


def _oddity(typed: str, what: str) -> str:
    if "," in typed:
        return f"The {what} takes a decimal point and no comma: 1234.50."
    if re.search(r"\s", typed):
        return f"No spaces inside the {what}."
    if _NEGATIVE.fullmatch(typed):
        return f"A {what} must be above 0."
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d*", typed, re.ASCII):
        return f"Write the {what} out, without an exponent."
    return f"The {what} is not a number."


def _written(value: Decimal) -> str:
    return f"{value.normalize():f}"
