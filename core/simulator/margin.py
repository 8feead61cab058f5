"""Margin by IB's kind of rules: Reg T for stocks, a sum a contract for futures, risk for short options."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from core.simulator.model import Contract

LONG_STOCK: Final = (0.50, 0.25)
SHORT_STOCK: Final = (0.50, 0.30)
"""Initial and maintenance, as a share of the value."""

FUTURES: Final[dict[str, tuple[float, float]]] = {
    "ES": (24_350.0, 22_140.0),
    "NQ": (36_800.0, 33_450.0),
    "CL": (6_820.0, 6_200.0),
    "GC": (20_900.0, 19_000.0),
}
"""Initial and maintenance for one contract, in dollars."""

SHORT_OPTION: Final = (0.20, 0.10)
"""Of the underlying's value: less what the option is out of the money, and at least."""

FOREIGN_CASH: Final = 0.025
"""Haircut of a balance in another currency, in debt or not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One holding as margin sees it; money is `rate` dollars to one of the contract's currency."""

    contract: Contract
    quantity: float
    price: float
    multiplier: float
    under_price: float = 0.0
    rate: float = 1.0

    @property
    def value(self) -> float:
        return self.quantity * self.price * self.multiplier * self.rate


@dataclass(frozen=True, slots=True)
class Requirement:
    """Dollars of margin: IB's initial and maintenance, and Reg T's own."""

    initial: float = 0.0
    maintenance: float = 0.0
    reg_t: float = 0.0

    def __add__(self, other: Requirement) -> Requirement:
        return Requirement(
            self.initial + other.initial, self.maintenance + other.maintenance, self.reg_t + other.reg_t
        )


def _stock(line: Line) -> Requirement:
    initial, maintenance = LONG_STOCK if line.quantity >= 0 else SHORT_STOCK
    size = abs(line.value)
    return Requirement(size * initial, size * maintenance, size * 0.5)


def _future(line: Line) -> Requirement:
    count = abs(line.quantity)
    initial, maintenance = FUTURES[line.contract.symbol]
    return Requirement(count * initial * line.rate, count * maintenance * line.rate)


def _option(line: Line) -> Requirement:
    """A long option is paid for; a short one costs its price and a share of the underlying."""
    if line.quantity >= 0:
        return Requirement()
    contract, under = line.contract, line.under_price
    out = max(contract.strike - under if contract.right == "C" else under - contract.strike, 0.0)
    share, least = SHORT_OPTION
    risk = max(share * under - out, least * (under if contract.right == "C" else contract.strike))
    needed = -line.quantity * line.multiplier * (line.price + risk) * line.rate
    return Requirement(needed, needed, needed)


def _nothing(line: Line) -> Requirement:
    return Requirement()


RULES: Final[dict[str, Callable[[Line], Requirement]]] = {
    "STK": _stock,
    "FUT": _future,
    "OPT": _option,
    "CASH": _nothing,
    "IND": _nothing,
}


def required(lines: Iterable[Line]) -> Requirement:
    """The margin of all `lines` together."""
    total = Requirement()
    for line in lines:
        total += RULES[line.contract.sec_type](line)
    return total


def for_cash(balances: dict[str, float], rates: dict[str, float], base: str = "USD") -> Requirement:
    """The haircut of balances in other currencies."""
    foreign = sum(abs(amount) * rates[currency] for currency, amount in balances.items() if currency != base)
    return Requirement(FOREIGN_CASH * foreign, FOREIGN_CASH * foreign)
