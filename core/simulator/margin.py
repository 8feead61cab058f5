"""Margin by IB's kind of rules: Reg T for stocks, a sum a contract for futures, risk for short options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from core.simulator.model import Contract

LONG_STOCK: Final = (0.50, 0.25)
SHORT_STOCK: Final = (0.50, 0.30)
"""Initial and maintenance, as a share of the value."""

CFD_SHARE: Final = 0.20
"""Initial and maintenance margin of a CFD, as a share of what it stands for."""

LEAST_OF_FUTURE: Final = 0.25
"""What a short option on a future needs at least, of the future's own margin."""

FUTURES: Final[dict[str, tuple[float, float]]] = {
    "ES": (24_350.0, 22_140.0),
    "NQ": (36_800.0, 33_450.0),
    "CL": (6_820.0, 6_200.0),
    "GC": (20_900.0, 19_000.0),
}
"""Initial and maintenance for one contract, in dollars."""

INTRADAY: Final = 0.75
"""Of the above, while the broker gives intraday credit; what `Full` tags leave out."""

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
    most_risk: float | None = None  # of a short option that a long one covers, a share

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

    def times(self, share: float) -> Requirement:
        return Requirement(self.initial * share, self.maintenance * share, self.reg_t * share)


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
    each = line.price + risk
    if line.most_risk is not None:
        each = min(each, line.most_risk)
    needed = -line.quantity * line.multiplier * each * line.rate
    return Requirement(needed, needed, needed)


def _future_option(line: Line) -> Requirement:
    """A long one is paid for; a short one needs the future's margin, less half of what it is out of the money."""
    if line.quantity >= 0:
        return Requirement()
    contract, under = line.contract, line.under_price
    out = max(contract.strike - under if contract.right == "C" else under - contract.strike, 0.0)
    most = None if line.most_risk is None else line.most_risk * line.multiplier
    needed = []
    for future in FUTURES[contract.symbol]:
        risk = max(future - out * line.multiplier / 2, future * LEAST_OF_FUTURE)
        each = line.price * line.multiplier + risk
        needed.append(-line.quantity * line.rate * (each if most is None else min(each, most)))
    return Requirement(needed[0], needed[1])


def _cfd(line: Line) -> Requirement:
    needed = abs(line.value) * CFD_SHARE
    return Requirement(needed, needed)


def _paid(line: Line) -> Requirement:
    """What is paid for in full; sold short it needs all that it is worth."""
    owed = max(-line.value, 0.0)
    return Requirement(owed, owed, owed)


def _nothing(line: Line) -> Requirement:
    return Requirement()


RULES: Final[dict[str, Callable[[Line], Requirement]]] = {
    "STK": _stock,
    "FUT": _future,
    "FOP": _future_option,
    "OPT": _option,
    "CFD": _cfd,
    "WAR": _paid,
    "CRYPTO": _paid,
    "CASH": _nothing,
    "IND": _nothing,
}


def covered(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines as they count: a short option risks no more than the way to a long one of its kind."""
    kinds: dict[tuple[str, str, str, str], list[Line]] = {}
    for line in lines:
        contract = line.contract
        if contract.sec_type in ("OPT", "FOP"):
            alike = contract.sec_type, contract.symbol, contract.expiry, contract.right
            kinds.setdefault(alike, []).append(line)
        else:
            yield line
    for kind in kinds.values():
        longs = {id(line): line.quantity for line in kind if line.quantity > 0}
        for line in kind:
            yield from _spread(line, kind, longs) if line.quantity < 0 else (line,)


def _spread(short: Line, alike: list[Line], longs: dict[int, float]) -> Iterator[Line]:
    """A short line in parts: each against the long option that covers it best, the rest by itself."""
    left = -short.quantity
    by_way = sorted((line for line in alike if line.quantity > 0), key=lambda line: _way(short, line))
    for line in by_way:
        matched = min(left, longs[id(line)])
        if matched > 0:
            longs[id(line)] -= matched
            left -= matched
            yield replace(short, quantity=-matched, most_risk=_way(short, line))
    if left > 0:
        yield replace(short, quantity=-left)


def _way(short: Line, long: Line) -> float:
    """What a spread can lose by expiry, a share: nothing where the long strike is the better one."""
    away = long.contract.strike - short.contract.strike
    return max(away if short.contract.right == "C" else -away, 0.0)


def required(lines: Iterable[Line], intraday: bool = False) -> Requirement:
    """The margin of all `lines` together; `intraday`: with the credit that futures have by day."""
    total = Requirement()
    for line in covered(lines):
        found = RULES[line.contract.sec_type](line)
        credited = intraday and line.contract.sec_type == "FUT"
        total += found.times(INTRADAY) if credited else found
    return total


def after_expiry(lines: Iterable[Line], today: str) -> list[Line] | None:
    """The lines once what expires by `today` (YYYYMMDD) has; `None` when nothing does."""
    kept, gone = [], False
    for line in lines:
        contract = line.contract
        if contract.sec_type != "OPT" or contract.expiry > today:
            kept.append(line)
            continue
        gone = True
        call = contract.right == "C"
        worth = line.under_price - contract.strike if call else contract.strike - line.under_price
        if worth > 0:
            shares = line.quantity * line.multiplier * (1 if call else -1)
            stock = replace(contract, sec_type="STK", multiplier="", right="", strike=0.0)
            kept.append(Line(stock, shares, line.under_price, 1.0, rate=line.rate))
    return kept if gone else None


def for_cash(balances: dict[str, float], rates: dict[str, float], base: str = "USD") -> Requirement:
    """The haircut of balances in other currencies."""
    foreign = sum(abs(amount) * rates[currency] for currency, amount in balances.items() if currency != base)
    return Requirement(FOREIGN_CASH * foreign, FOREIGN_CASH * foreign)
