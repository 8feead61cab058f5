"""Contracts: what can be quoted and traded, and the rules of price and size that come with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum


class SecType(StrEnum):
    """IB's security types, by IB's own codes."""

    STK = "STK"
    OPT = "OPT"
    FUT = "FUT"
    FOP = "FOP"
    CASH = "CASH"
    IND = "IND"
    CFD = "CFD"
    CRYPTO = "CRYPTO"
    BOND = "BOND"
    FUND = "FUND"
    WAR = "WAR"
    CMDTY = "CMDTY"
    BAG = "BAG"
    CONTFUT = "CONTFUT"


@dataclass(frozen=True, slots=True)
class ComboLeg:
    """One leg of a combination: for each unit of the combo, `ratio` of this contract on `side`."""

    con_id: int
    ratio: int
    side: str
    """BUY or SELL when the combo is bought."""
    exchange: str = "SMART"


_MONTHS = ("", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract as IB identifies it; `con_id` 0 means not yet qualified."""

    con_id: int
    symbol: str
    sec_type: SecType = SecType.STK
    exchange: str = "SMART"
    primary_exchange: str = ""
    currency: str = "USD"
    local_symbol: str = ""
    trading_class: str = ""
    expiry: str = ""
    """YYYYMMDD, or "" where nothing expires."""
    strike: Decimal | None = None
    right: str = ""
    multiplier: Decimal = Decimal(1)
    legs: tuple[ComboLeg, ...] = ()
    """Of a BAG; its `con_id` is then our own and negative (`combo.combo_id`), since IB gives none."""

    @property
    def label(self) -> str:
        """How a trader says it: AAPL, AAPL CFD, ES DEC26, EUR.USD, AAPL 18DEC26 150 C, AAPL combo."""
        if self.legs:
            return self.local_symbol or f"{self.symbol} combo"
        if self.sec_type in (SecType.CASH, SecType.CRYPTO):
            return f"{self.symbol}.{self.currency}"
        if self.sec_type is SecType.CFD:  # Never to be taken for the stock of that name.
            return f"{self.symbol} CFD"
        if self.sec_type in (SecType.FUT, SecType.CONTFUT):
            return f"{self.symbol} {self._expiry_words(day=False)}".strip()
        if self.sec_type in (SecType.OPT, SecType.FOP, SecType.WAR):
            strike = "" if self.strike is None else f"{self.strike.normalize():f}"
            # CL is crude oil and Colgate: only a plain option goes without its kind.
            kind = "" if self.sec_type is SecType.OPT else self.sec_type.value
            words = (self.symbol, self._expiry_words(day=True), strike, self.right, kind)
            return " ".join(filter(None, words))
        return self.symbol

    def _expiry_words(self, *, day: bool) -> str:
        if len(self.expiry) < 6 or not self.expiry.isdigit() or not 1 <= int(self.expiry[4:6]) <= 12:
            return self.expiry
        words = f"{_MONTHS[int(self.expiry[4:6])]}{self.expiry[2:4]}"
        return f"{int(self.expiry[6:8])}{words}" if day and len(self.expiry) == 8 else words


@dataclass(frozen=True, slots=True)
class ContractQuery:
    """What somebody asked for: may fit no contract, one, or many. `con_id` alone suffices."""

    symbol: str = ""
    sec_type: SecType = SecType.STK
    exchange: str = "SMART"
    currency: str = "USD"
    con_id: int = 0
    expiry: str = ""
    strike: Decimal | None = None
    right: str = ""


@dataclass(frozen=True, slots=True)
class PriceBand:
    """At and above `low_edge`, prices move in steps of `increment`."""

    low_edge: Decimal
    increment: Decimal


@dataclass(frozen=True, slots=True)
class TradingSession:
    """A span in which the exchange takes orders; both ends are aware UTC."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class ContractDetails:
    """A contract's own rules, as the gateway stated them."""

    contract: Contract
    long_name: str = ""
    price_bands: tuple[PriceBand, ...] = (PriceBand(Decimal(0), Decimal("0.01")),)
    order_types: frozenset[str] = frozenset()
    valid_exchanges: tuple[str, ...] = ()
    min_size: Decimal = Decimal(1)
    size_increment: Decimal = Decimal(1)
    time_zone: str = ""
    trading: tuple[TradingSession, ...] = ()
    liquid: tuple[TradingSession, ...] = ()
    stock_type: str = ""
    decimals: int = field(init=False, compare=False)
    """Digits after the point that show every price of this contract exactly: read for every price painted."""

    def __post_init__(self) -> None:
        digits = max(0, *(-_exponent(band.increment) for band in self.price_bands))
        object.__setattr__(self, "decimals", digits)

    def tick_at(self, price: Decimal) -> Decimal:
        """The price step that holds at `price`."""
        size = abs(price)
        step = self.price_bands[0].increment
        for band in self.price_bands:
            if band.low_edge <= size:
                step = band.increment
        return step

    def on_tick(self, price: Decimal) -> bool:
        """Whether IB would take `price`: false gets error 110."""
        return price % self.tick_at(price) == 0

    def round_to_tick(self, price: float | Decimal, *, rounding: str = ROUND_HALF_EVEN) -> Decimal:
        """The one crossing from float to order price: `price` on this contract's market rule."""
        exact = price if isinstance(price, Decimal) else Decimal(repr(price))
        step = self.tick_at(exact)
        return ((exact / step).to_integral_value(rounding=rounding) * step).quantize(step)

    def next_tick(self, price: Decimal, steps: int) -> Decimal:
        """`price` moved by `steps` price steps, first brought onto a tick in that direction."""
        for _ in range(abs(steps)):
            step = self.tick_at(price)
            if steps > 0:
                price = ((price / step).to_integral_value(rounding=ROUND_FLOOR) + 1) * step
            else:
                price = ((price / step).to_integral_value(rounding=ROUND_CEILING) - 1) * step
        return price

    def is_liquid_at(self, at: datetime) -> bool:
        """Within regular hours; true when the gateway stated none."""
        moment = at.astimezone(UTC)
        return not self.liquid or any(span.opens <= moment < span.closes for span in self.liquid)


def _exponent(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
