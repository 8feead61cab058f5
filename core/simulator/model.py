"""The values the simulated market and the simulated protocol share.

The market (`exchange`, `tape`, `margin`) answers every call with a list of `Notice`: facts in the
past tense that `session` turns into messages for whichever clients may see them. Prices are
`float` here because the wire carries text and the exchange rounds to ticks itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Contract:
    """One listed contract, the twelve fields the wire calls `contract12` and no more."""

    con_id: int
    symbol: str
    sec_type: str  # STK (an ETF too), OPT, FUT, FOP, CASH, CFD, CRYPTO, WAR, IND, BAG
    expiry: str = ""  # YYYYMMDD
    strike: float = 0.0
    right: str = ""  # C, P or ""
    multiplier: str = ""
    exchange: str = "SMART"
    primary_exchange: str = ""
    currency: str = "USD"
    local_symbol: str = ""
    trading_class: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a combination; the last four only travel with an order."""

    con_id: int
    ratio: int
    action: str
    exchange: str
    open_close: int = 0
    short_sale_slot: int = 0
    designated_location: str = ""
    exempt_code: int = -1


@dataclass(frozen=True, slots=True)
class Listing:
    """A contract with what `contractDetails` says of it and what the tape needs to price it."""

    contract: Contract
    long_name: str
    market_name: str
    min_tick: float
    order_types: str  # comma separated, IB's tokens
    valid_exchanges: str  # comma separated
    market_rule_ids: str  # comma separated, one for each valid exchange
    time_zone: str  # US/Eastern ...
    trading_hours: str  # IB's text, "20261122:0400-20261122:2000;..."
    liquid_hours: str
    reference_price: float
    annual_volatility: float
    spread_ticks: int
    daily_volume: int
    lot_size: int
    contract_month: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    under_con_id: int = 0
    under_symbol: str = ""
    under_sec_type: str = ""
    stock_type: str = ""
    min_size: float = 1
    size_increment: float = 1
    suggested_size_increment: float = 1
    price_magnifier: int = 1
    real_expiration_date: str = ""
    agg_group: int = 1
    ev_rule: str = ""
    ev_multiplier: float = 0.0
    sec_ids: tuple[tuple[str, str], ...] = ()


class Quote(NamedTuple):
    """What the tape shows of one contract since `at_s`; `None` is no such price.

    A tuple, because hundreds are made every second.
    """

    con_id: int
    at_s: float
    bid: float | None
    bid_size: int
    ask: float | None
    ask_size: int
    last: float | None
    last_size: int
    volume: int
    open: float | None
    high: float | None
    low: float | None
    close: float | None  # the previous session's
    halted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Changes of one contract that follow each other, by column, for most become no `Quote` at all.

    Where many are told one after another, what is written of them is written once and kept here.
    """

    con_id: int
    at_s: NDArray[np.float64]
    prices: NDArray[np.float64]
    """Bid, ask, last, high and low as rows; 0 is no such price."""
    counts: NDArray[np.int64]
    """Bid size, ask size, last size and volume as rows."""
    open: float | None
    close: float | None
    decimals: int
    """How many decimals a price has at most."""
    printed: Sequence[int]
    """Whether each brought a new trade."""
    moved: Sequence[int]
    """Whether each brought another bid, ask or last."""
    written: dict[tuple[int, int], tuple[bytes, list[int]]] = field(default_factory=dict)
    _quotes: dict[int, Quote] = field(default_factory=dict)

    def quote(self, at: int) -> Quote:
        """What change number `at` shows: the same object however often it is asked for."""
        found = self._quotes.get(at)
        if found is None:
            bid, ask, last, high, low = self.prices[:, at].tolist()
            bid_size, ask_size, last_size, volume = self.counts[:, at].tolist()
            found = self._quotes[at] = Quote(
                self.con_id, float(self.at_s[at]), bid or None, bid_size, ask or None, ask_size,
                last or None, last_size, volume, self.open, high or None, low or None, self.close,
            )  # fmt: skip
        return found


@dataclass(frozen=True, slots=True)
class BookLevel:
    """What stands at one price; `maker` is the venue that shows the most of it."""

    price: float
    size: float
    maker: str


@dataclass(frozen=True, slots=True)
class Book:
    """Both sides, best first."""

    bids: tuple[BookLevel, ...] = ()
    asks: tuple[BookLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar that starts at `start` (aware); `volume` is -1 for price-only series."""

    start: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    wap: float
    count: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its client sent it; `attributes` keeps every other placeOrder field by name.

    `attributes` uses the names of wire.md 3.3 (camelCase) and holds only what was set, so that
    openOrder can echo them. `status` and what follows are the exchange's own.
    """

    client_id: int
    order_id: int
    contract: Contract
    action: str  # BUY, SELL, SSHORT
    quantity: float
    order_type: str  # MKT, LMT, STP, "STP LMT" ...
    limit_price: float | None
    aux_price: float | None
    tif: str = "DAY"
    account: str = ""
    order_ref: str = ""
    transmit: bool = True
    parent_id: int = 0
    outside_rth: bool = False
    what_if: bool = False
    attributes: dict[str, object] = field(default_factory=dict)
    perm_id: int = 0
    status: str = ""  # IB's words: PendingSubmit, PreSubmitted, Submitted, Filled, Cancelled ...
    filled: float = 0.0
    avg_fill_price: float = 0.0
    last_fill_price: float = 0.0
    why_held: str = ""
    completed_at: datetime | None = None
    completed_status: str = ""

    @property
    def remaining(self) -> float:
        # Crypto is traded in parts: what is left of them must not show how floats subtract.
        return round(self.quantity - self.filled, 8)

    @property
    def done(self) -> bool:
        return self.status in ("Filled", "Cancelled", "ApiCancelled", "Inactive")

    def with_(self, **changes: object) -> Order:
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill. `exec_id` is IB's four-part form and ends in a revision, ".01"."""

    exec_id: str
    order: Order
    at: datetime
    exchange: str
    side: str  # BOT, SLD
    shares: float
    price: float
    cumulative: float
    avg_price: float
    liquidation: bool
    last_liquidity: int
    commission: float
    commission_currency: str
    realised_pnl: float | None  # None: the fill opened


@dataclass(frozen=True, slots=True)
class Position:
    """Holding of one account; `avg_cost` includes the multiplier, as IB's does."""

    account: str
    contract: Contract
    quantity: float
    avg_cost: float
    market_price: float
    market_value: float
    unrealised_pnl: float
    realised_pnl: float
    daily_pnl: float


@dataclass(frozen=True, slots=True)
class MarginPreview:
    """What a what-if answers: the nine margin fields and the commission, in account currency."""

    init_before: float
    maint_before: float
    equity_before: float
    init_after: float
    maint_after: float
    equity_after: float
    commission: float
    commission_currency: str
    warning: str = ""


class OptionModel(NamedTuple):
    """Black-Scholes of one option: rates a year, `theta` a day, `vega` a point of volatility."""

    implied_volatility: float
    delta: float
    gamma: float
    vega: float
    theta: float
    price: float
    under_price: float


# --- Notices: what happened, in the order it happened -------------------------------------------


class QuoteChanged(NamedTuple):
    """The tape moved: `printed` says that `last` is a new trade, not merely shown again."""

    quote: Quote
    printed: bool


class RunStep(NamedTuple):
    """The same, told of a run: its change number `at` follows number `since`, most often the one before."""

    run: Run
    at: int
    since: int

    @property
    def quote(self) -> Quote:
        return self.run.quote(self.at)

    @property
    def printed(self) -> bool:
        return any(self.run.printed[self.since + 1 : self.at + 1])


Shown = QuoteChanged | RunStep


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order took a new status or new terms; `duplicates` more orderStatus follow, as TWS does."""

    order: Order
    duplicates: int = 0
    open_order: bool = True


@dataclass(frozen=True, slots=True)
class Executed:
    execution: Execution


@dataclass(frozen=True, slots=True)
class Refused:
    """The exchange would not: IB's code and text, addressed to one client's id."""

    client_id: int
    order_id: int
    code: int
    text: str
    advanced_json: str = ""


@dataclass(frozen=True, slots=True)
class WhatIfAnswered:
    order: Order
    preview: MarginPreview


@dataclass(frozen=True, slots=True)
class PositionChanged:
    position: Position


@dataclass(frozen=True, slots=True)
class AccountChanged:
    account: str


Notice = Shown | OrderChanged | Executed | Refused | WhatIfAnswered | PositionChanged | AccountChanged


class HistoryRefused(ValueError):
    """No bars: `code` is 321 for what is not valid and 162 for what there is no data of."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Market(Protocol):
    """What the protocol may ask of the market. Time comes in as epoch seconds; nothing here waits.

    Implemented by `core.simulator.exchange.Exchange`; `session` and `server` know only this.
    """

    accounts: tuple[str, ...]
    now_s: float
    """The market's own time: where `advance` got to (it runs `speed` times as fast as the caller's)."""

    # reference
    def listings(self, wanted: Contract) -> list[Listing]:
        """Every listing that fits what is filled in of `wanted` (con_id alone suffices)."""
        ...

    def listing(self, con_id: int) -> Listing | None: ...
    def combination(self, wanted: Contract, legs: Sequence[Leg]) -> Listing | None:
        """What trades these legs at one net price; `None` when they make no combination."""
        ...

    def matching(self, text: str) -> list[Listing]:
        """Underlyings whose symbol or name contains `text`, best first, at most 16."""
        ...

    def option_chains(
        self, under_con_id: int, fut_fop_exchange: str
    ) -> list[tuple[str, str, str, tuple[str, ...], tuple[float, ...]]]:
        """(exchange, trading class, multiplier, expiries, strikes) for each chain."""
        ...

    def market_rule(self, rule_id: int) -> tuple[tuple[float, float], ...]:
        """(low edge, increment) ascending; empty when there is no such rule."""
        ...

    # market data
    def quote(self, con_id: int) -> Quote: ...
    def watch(self, con_id: int) -> None:
        """Have `advance` tell of this contract's quotes; as often as watched, so often unwatched.

        Contracts of positions and of working orders are always told of.
        """
        ...

    def unwatch(self, con_id: int) -> None: ...
    def book(self, con_id: int, rows: int) -> Book:
        """The visible book, at most `rows` levels a side: other participants and our own clients' orders."""
        ...

    def option_model(self, con_id: int) -> OptionModel | None:
        """Greeks at the underlying's price now; `None` for what is no option."""
        ...

    def history(
        self,
        con_id: int,
        end: datetime | None,
        duration: str,
        bar_size: str,
        what: str,
        rth_only: bool,
    ) -> list[Bar]:
        """Bars oldest first, the last one still growing when `end` is None.

        Raises `HistoryRefused` (a `ValueError`) with IB's own code and words when there is no answer.
        """
        ...

    def head_timestamp(self, con_id: int, what: str) -> datetime: ...

    # time
    def advance(self, now_s: float) -> list[Notice]:
        """Let the market live until `now_s`."""
        ...

    # orders
    def next_valid_id(self, client_id: int) -> int: ...
    def place(self, order: Order) -> list[Notice]:
        """Place, or modify when (client_id, order_id) is working; what_if answers only."""
        ...

    def cancel(self, client_id: int, order_id: int) -> list[Notice]: ...
    def cancel_all(self) -> list[Notice]: ...
    def open_orders(self) -> list[Order]: ...
    def completed_orders(self) -> list[Order]: ...
    def executions(self) -> list[Execution]: ...

    # account
    def positions(self, account: str) -> list[Position]: ...
    def account_values(self, account: str) -> list[tuple[str, str, str]]:
        """(key, value, currency) as reqAccountUpdates sends them."""
        ...

    def account_summary(self, account: str, tags: tuple[str, ...]) -> list[tuple[str, str, str]]:
        """(tag, value, currency); tags may hold $LEDGER, $LEDGER:ALL or $LEDGER:USD."""
        ...

    def pnl(self, account: str) -> tuple[float, float, float]:
        """Daily, unrealised and realised P&L in the account's currency."""
        ...
