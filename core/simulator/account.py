"""One account: cash by currency, holdings at cost, and what they come to at the market's prices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from core.simulator.margin import Line, Requirement, after_expiry, for_cash, required
from core.simulator.model import Contract, Position

BASE: Final = "USD"
REG_T: Final = 0.5
"""The share of a stock's value that its buyer must have when the day ends."""

PAID: Final = ("STK", "OPT", "WAR", "CRYPTO", "FOP")
"""Kinds that are paid for: they are worth their price."""
SETTLED: Final = ("FUT", "CFD")
"""Kinds of which only what is won or lost changes hands."""
COMMODITIES: Final = ("FUT", "FOP")
"""Kinds that are held in the commodities segment."""
LENT_ON: Final = ("STK", "CFD")
"""Kinds whose worth counts as loan value, besides the futures'."""


class Prices(Protocol):
    """What an account asks of the market."""

    def mark(self, con_id: int) -> float: ...
    def previous_close(self, con_id: int) -> float: ...
    def rate(self, currency: str) -> float:
        """Dollars to one of `currency`."""
        ...

    def under_price(self, con_id: int) -> float:
        """The underlying's price; 0 when there is no underlying."""
        ...

    def intraday(self) -> bool:
        """Whether the broker gives intraday credit now."""
        ...

    def next_change_s(self) -> float:
        """When that changes, epoch seconds."""
        ...

    def today(self) -> str:
        """The trade date, YYYYMMDD."""
        ...


@dataclass(slots=True)
class Holding:
    """Holding of one contract; prices are per unit, without the multiplier, commission included."""

    contract: Contract
    quantity: float = 0.0
    cost: float = 0.0
    realised: float = 0.0
    day_quantity: float = 0.0  # held when the day began
    day_price: float = 0.0  # and what it stood at then
    day_spent: float = 0.0  # paid for what was bought since, less what was sold

    @property
    def multiplier(self) -> float:
        return float(self.contract.multiplier or 1)


@dataclass(frozen=True, slots=True)
class Segment:
    """Securities or commodities: the sums that IB gives for each, in dollars."""

    cash: float
    net: float
    equity_with_loan: float
    gross: float
    margin: Requirement
    full: Requirement  # without intraday credit
    ahead: Requirement  # after the next change
    expired: Requirement | None = None  # after what expires today has, if anything does

    def __add__(self, other: Segment) -> Segment:
        expired = self.expired and self.expired + other.margin
        return Segment(
            self.cash + other.cash,
            self.net + other.net,
            self.equity_with_loan + other.equity_with_loan,
            self.gross + other.gross,
            self.margin + other.margin,
            self.full + other.full,
            self.ahead + other.ahead,
            expired,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything the account comes to at one moment, in dollars."""

    securities: Segment
    commodities: Segment
    worth: Mapping[str, float]
    """What each kind of contract adds to the net liquidation: its value, or what it has not settled yet."""
    unrealised: float
    realised: float
    daily: float
    sma: float

    @property
    def whole(self) -> Segment:
        return self.securities + self.commodities


@dataclass(slots=True)
class Account:
    """The books of one account; only `trade`, `transfer` and `roll` change them."""

    name: str
    prices: Prices
    cash: dict[str, float] = field(default_factory=lambda: {BASE: 0.0})
    holdings: dict[int, Holding] = field(default_factory=dict)
    sma_before: float | None = None  # the special memorandum account as the day began
    sma_used: float = 0.0  # and the initial margin of what was traded since

    # --- changes ----------------------------------------------------------------------------------

    def open_with(self, contract: Contract, quantity: float, cost: float) -> None:
        """Hold `quantity` since before today, bought at `cost` a unit."""
        closed = self.prices.previous_close(contract.con_id)
        self.holdings[contract.con_id] = Holding(
            contract, quantity, cost, day_quantity=quantity, day_price=closed
        )

    def transfer(self, contract: Contract, quantity: float, cost: float) -> None:
        """Take over a signed `quantity` that was bought elsewhere at `cost` a unit; no money moves."""
        held = self.holdings.setdefault(contract.con_id, Holding(contract))
        mark = self.prices.mark(contract.con_id)
        if held.quantity * quantity >= 0:
            self._add_cost(held, quantity, abs(quantity), cost)
        else:
            held.cost = cost
        held.quantity = _clean(held.quantity + quantity)
        held.day_spent += quantity * mark * held.multiplier

    def trade(self, contract: Contract, quantity: float, price: float, commission: float) -> float | None:
        """Book a signed `quantity`; what it realised in the contract's currency, `None` when it opened.

        `commission` is in the contract's currency, of FX in dollars.
        """
        held = self.holdings.setdefault(contract.con_id, Holding(contract))
        paid = commission
        if contract.sec_type == "CASH":
            commission /= self.prices.rate(contract.currency)
        unit = commission / abs(quantity) / held.multiplier
        closed = _closed(held.quantity, quantity)
        if contract.sec_type == "STK":
            grown = abs(held.quantity + quantity) - abs(held.quantity)
            self.sma_used += REG_T * grown * price * self.prices.rate(contract.currency)
        gross = closed * (price - held.cost) * held.multiplier * math.copysign(1, held.quantity)
        realised = gross - commission * closed / abs(quantity)
        if contract.sec_type in SETTLED:
            # A future settles what it realised; what opening cost stays in its cost until then.
            self._credit(contract.currency, realised)
        else:
            self._pay(contract, quantity, price, paid)
        held.day_spent += quantity * price * held.multiplier + commission
        opened = abs(quantity) - closed
        if opened:
            self._add_cost(held, quantity, opened, price + math.copysign(unit, quantity))
        held.quantity = _clean(held.quantity + quantity)
        if not closed:
            return None
        held.realised += realised
        return realised

    def _add_cost(self, held: Holding, quantity: float, opened: float, unit_cost: float) -> None:
        kept = abs(held.quantity) if held.quantity * quantity > 0 else 0.0
        held.cost = (held.cost * kept + unit_cost * opened) / (kept + opened)

    def _pay(self, contract: Contract, quantity: float, price: float, commission: float) -> None:
        """Pay for what was bought; FX changes two balances."""
        fx = contract.sec_type == "CASH"
        self._credit(BASE if fx else contract.currency, -commission)
        self._credit(contract.currency, -quantity * price * float(contract.multiplier or 1))
        if fx:
            self._credit(contract.symbol, quantity)

    def _credit(self, currency: str, amount: float) -> None:
        self.cash[currency] = self.cash.get(currency, 0.0) + amount

    def roll(self) -> None:
        """Begin a new day: what is held now is what was held when it began."""
        self.sma_before, self.sma_used = self.totals().sma, 0.0
        self.holdings = {con_id: held for con_id, held in self.holdings.items() if held.quantity}
        for con_id, held in self.holdings.items():
            held.realised, held.day_spent = 0.0, 0.0
            held.day_quantity, held.day_price = held.quantity, self.prices.mark(con_id)

    # --- questions ----------------------------------------------------------------------------------

    def quantity(self, con_id: int) -> float:
        held = self.holdings.get(con_id)
        return held.quantity if held else 0.0

    def contracts(self) -> list[Contract]:
        """What is held now."""
        return [held.contract for held in self.holdings.values() if held.quantity]

    def position(self, con_id: int) -> Position:
        return self._position(self.holdings[con_id], self.prices.mark(con_id))

    def _position(self, held: Holding, mark: float) -> Position:
        value = held.quantity * mark * held.multiplier
        return Position(
            account=self.name,
            contract=held.contract,
            quantity=held.quantity,
            avg_cost=held.cost * held.multiplier if held.quantity else 0.0,
            market_price=mark,
            market_value=value,
            unrealised_pnl=value - held.quantity * held.cost * held.multiplier,
            realised_pnl=held.realised,
            daily_pnl=(held.quantity * mark - held.day_quantity * held.day_price) * held.multiplier
            - held.day_spent,
        )

    def positions(self) -> list[Position]:
        return [self.position(con_id) for con_id, held in self.holdings.items() if held.quantity]

    def rates(self) -> dict[str, float]:
        currencies = {BASE, *self.cash, *(held.contract.currency for held in self.holdings.values())}
        return {currency: self.prices.rate(currency) for currency in sorted(currencies)}

    def line(self, contract: Contract, quantity: float) -> Line:
        """`quantity` of a contract as margin sees it."""
        return self._line(contract, quantity, self.prices.mark(contract.con_id))

    def _line(self, contract: Contract, quantity: float, mark: float) -> Line:
        return Line(
            contract,
            quantity,
            mark,
            float(contract.multiplier or 1),
            self.prices.under_price(contract.con_id),
            self.prices.rate(contract.currency),
        )

    def lines(self) -> list[Line]:
        return [self.line(held.contract, held.quantity) for held in self.holdings.values() if held.quantity]

    def totals(self) -> Totals:
        # Each price is asked for once: it takes most of the time that this takes.
        marked = [(held, self.prices.mark(con_id)) for con_id, held in self.holdings.items()]
        rates, positions = self.rates(), [self._position(held, mark) for held, mark in marked]
        lines = [self._line(held.contract, held.quantity, mark) for held, mark in marked if held.quantity]
        cash = sum(amount * rates[currency] for currency, amount in self.cash.items())
        worth = worth_of(positions, rates)
        commodities = self._commodities([one for one in lines if one.contract.sec_type in COMMODITIES], worth)
        others = [line for line in lines if line.contract.sec_type not in COMMODITIES]
        held = sum(abs(line.value) for line in others if line.contract.sec_type in PAID)
        kept, haircut = cash - commodities.cash, for_cash(self.cash, rates)
        needed, left = required(others) + haircut, after_expiry(others, self.prices.today())
        expired = None if left is None else required(left) + haircut
        lent = kept + sum(worth.get(kind, 0.0) for kind in LENT_ON)
        net = kept + sum(amount for kind, amount in worth.items() if kind not in COMMODITIES)
        securities = Segment(kept, net, lent, held, needed, needed, needed, expired)
        free = lent - needed.reg_t
        sma = free if self.sma_before is None else max(self.sma_before - self.sma_used, free)
        return Totals(
            securities,
            commodities,
            worth,
            _converted(positions, rates, "unrealised_pnl"),
            _converted(positions, rates, "realised_pnl"),
            _converted(positions, rates, "daily_pnl"),
            sma,
        )

    def _commodities(self, lines: list[Line], worth: Mapping[str, float]) -> Segment:
        """IB sweeps cash to the commodities segment until it holds what the futures need."""
        intraday, pnl = self.prices.intraday(), worth.get("FUT", 0.0)
        full = required(lines)
        swept = full.initial - pnl if full.initial else 0.0
        now, ahead = required(lines, intraday), required(lines, not intraday)
        return Segment(swept, swept + pnl + worth.get("FOP", 0.0), swept + pnl, 0.0, now, full, ahead)

    def after(self, contract: Contract, quantity: float, price: float, commission: float) -> Account:
        """A copy in which the trade has happened."""
        copy = Account(self.name, self.prices, dict(self.cash), {})
        copy.sma_before, copy.sma_used = self.sma_before, self.sma_used
        copy.holdings = dict(self.holdings)
        if contract.con_id in copy.holdings:  # the one that the trade changes
            copy.holdings[contract.con_id] = replace(copy.holdings[contract.con_id])
        copy.trade(contract, quantity, price, commission)
        return copy


def _closed(held: float, quantity: float) -> float:
    return min(abs(held), abs(quantity)) if held * quantity < 0 else 0.0


def _clean(quantity: float) -> float:
    return 0.0 if abs(quantity) < 1e-9 else round(quantity, 8)


def worth_of(positions: Iterable[Position], rates: Mapping[str, float] | None = None) -> dict[str, float]:
    """What each kind of contract is worth: in dollars by `rates`, or as the positions say it."""
    worth: dict[str, float] = {}
    for position in positions:
        kind = position.contract.sec_type
        if kind not in PAID and kind not in SETTLED:
            continue
        amount = position.market_value if kind in PAID else position.unrealised_pnl
        rate = rates[position.contract.currency] if rates else 1.0
        worth[kind] = worth.get(kind, 0.0) + amount * rate
    return worth


def _converted(positions: Iterable[Position], rates: Mapping[str, float], name: str) -> float:
    """The sum of one P&L column in dollars."""
    found: float = sum(getattr(one, name) * rates[one.contract.currency] for one in positions)
    return found
