"""A desk for the rules to look at: one share, one account, a live quote, all well; tests change one thing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.domain.account import AccountSummary
from core.domain.contract import Contract, ContractDetails, PriceBand, SecType
from core.domain.limits import Permissions, RiskLimits, Threshold
from core.domain.link import Broker, LinkView, Mode, Socket
from core.domain.mismatch import Mismatch
from core.domain.order import Order, OrderSpec, OrderState, OrderType, Side
from core.domain.position import Position
from core.domain.preview import Preview
from core.domain.quote import Quote
from core.domain.trading import TradingView

NOW_S = datetime(2026, 11, 20, 16, 0, tzinfo=UTC).timestamp()
ACCOUNT = "DU1234567"


def pair(soft: str | None, hard: str | None) -> Threshold:
    return Threshold(Decimal(soft) if soft else None, Decimal(hard) if hard else None)


AAPL = Contract(265598, "AAPL")
ES = Contract(495512563, "ES", SecType.FUT, "CME", expiry="20261218", multiplier=Decimal(50))
OPTION = Contract(
    700001,
    "AAPL",
    SecType.OPT,
    expiry="20261218",
    strike=Decimal(150),
    right="C",
    multiplier=Decimal(100),
)
USDJPY = Contract(15016059, "USD", SecType.CASH, "IDEALPRO", currency="JPY")
SAP = Contract(14204, "SAP", currency="EUR", exchange="IBIS")
SPX = Contract(416904, "SPX", SecType.IND, "CBOE")


def _details(contract: Contract, step: str, **rest: Any) -> ContractDetails:
    return ContractDetails(contract, price_bands=(PriceBand(Decimal(0), Decimal(step)),), **rest)


DETAILS = {
    one.contract.con_id: one
    for one in (
        _details(AAPL, "0.01", order_types=frozenset({"MKT", "LMT", "STP", "STPLMT", "TRAIL", "MIT", "OCA"})),
        _details(ES, "0.25"),
        _details(OPTION, "0.05"),
        _details(USDJPY, "0.005"),
        _details(SAP, "0.02"),
        _details(SPX, "0.01", order_types=frozenset({"LMT"})),
    )
}

QUOTES = {
    AAPL.con_id: (149.99, 150.01),
    ES.con_id: (5000.00, 5000.25),
    OPTION.con_id: (2.00, 2.10),
    USDJPY.con_id: (149.99, 150.00),
    SAP.con_id: (199.98, 200.02),
    SPX.con_id: (5000.0, 5001.0),
}

LIMITS = RiskLimits(
    quantity={
        SecType.STK: pair("1000", "10000"),
        SecType.OPT: pair("20", "100"),
        SecType.FUT: pair("5", "20"),
    },
    notional=pair("25000", "100000"),
    notional_fraction=pair("0.05", "0.25"),
    notional_by_type={SecType.FUT: pair("500000", "2000000")},
    notional_fraction_by_type={SecType.FUT: pair("1", "4")},
    collar={
        SecType.STK: pair("0.02", "0.10"),
        SecType.FUT: pair("0.01", "0.03"),
        SecType.CASH: pair("0.005", "0.02"),
        SecType.OPT: pair("0.10", "0.50"),
    },
    spread={SecType.STK: pair("0.02", "0.10"), SecType.OPT: pair("0.15", "0.50")},
)

LINK = LinkView(
    socket=Socket.UP,
    broker=Broker.UP,
    synchronised=True,
    mode=Mode.PAPER,
    account=ACCOUNT,
    accounts=(ACCOUNT,),
    last_heard_s=NOW_S - 1,
    state="ready",
)

SUMMARY = AccountSummary(
    ACCOUNT,
    "USD",
    net_liquidation=Decimal(1_000_000),
    gross_position_value=Decimal(200_000),
    maintenance_margin=Decimal(100_000),
    excess_liquidity=Decimal(900_000),
    available_funds=Decimal(850_000),
    exchange_rates=(("EUR", Decimal("1.10")),),
)


@dataclass
class Bench:
    """The desk as the rules see it."""

    now_s: float = NOW_S
    limits: RiskLimits = LIMITS
    permissions: Permissions = field(default_factory=Permissions)
    link: LinkView = LINK
    summary: AccountSummary | None = SUMMARY
    known: dict[int, ContractDetails] = field(default_factory=lambda: dict(DETAILS))
    quotes: dict[int, Quote] = field(
        default_factory=lambda: {
            con_id: Quote(
                con_id, bid=bid, ask=ask, last=ask, close=bid, shortable=3.0, changed_at_s=NOW_S - 1
            )
            for con_id, (bid, ask) in QUOTES.items()
        }
    )
    held: dict[int, Position] = field(default_factory=dict)
    unexplained: dict[int, Mismatch] = field(default_factory=dict)
    working: tuple[Order, ...] = ()
    trading: TradingView = field(default_factory=TradingView)
    previews: dict[OrderSpec, Preview] = field(default_factory=dict)
    sent: tuple[tuple[float, OrderSpec], ...] = ()

    def details(self, con_id: int) -> ContractDetails | None:
        return self.known.get(con_id)

    def quote(self, con_id: int) -> Quote | None:
        return self.quotes.get(con_id)

    def account(self, account: str) -> AccountSummary | None:
        return self.summary if account == ACCOUNT else None

    def position(self, account: str, con_id: int) -> Position | None:
        return self.held.get(con_id) if account == ACCOUNT else None

    def mismatch(self, account: str, con_id: int) -> Mismatch | None:
        return self.unexplained.get(con_id) if account == ACCOUNT else None

    def positions(self) -> tuple[Position, ...]:
        return tuple(self.held.values())

    def preview(self, spec: OrderSpec) -> Preview | None:
        return self.previews.get(spec)

    def live_orders(self, con_id: int | None = None) -> tuple[Order, ...]:
        return tuple(one for one in self.working if con_id in (None, one.spec.contract.con_id))

    def sent_within(self, seconds: float) -> tuple[tuple[float, OrderSpec], ...]:
        return tuple(one for one in self.sent if self.now_s - one[0] <= seconds)

    # --- changing one thing ------------------------------------------------------------------------

    def holding(self, contract: Contract, quantity: int) -> Bench:
        self.held[contract.con_id] = Position(ACCOUNT, contract, Decimal(quantity))
        return self

    def quoting(self, contract: Contract, **changes: Any) -> Bench:
        for name, value in changes.items():
            setattr(self.quotes[contract.con_id], name, value)
        return self

    def linked(self, **changes: Any) -> Bench:
        self.link = replace(self.link, **changes)
        return self

    def limited(self, **changes: Any) -> Bench:
        self.limits = replace(self.limits, **changes)
        return self

    def permitting(self, **changes: Any) -> Bench:
        self.permissions = replace(self.permissions, **changes)
        return self

    def valued(self, **changes: Any) -> Bench:
        assert self.summary is not None
        self.summary = replace(self.summary, **changes)
        return self

    def detailing(self, contract: Contract, **changes: Any) -> Bench:
        self.known[contract.con_id] = replace(self.known[contract.con_id], **changes)
        return self


def buy(
    quantity: str = "100", limit: str | None = "150", contract: Contract = AAPL, **rest: Any
) -> OrderSpec:
    return _spec(Side.BUY, quantity, limit, contract, rest)


def sell(
    quantity: str = "100", limit: str | None = "150", contract: Contract = AAPL, **rest: Any
) -> OrderSpec:
    return _spec(Side.SELL, quantity, limit, contract, rest)


def _spec(
    side: Side, quantity: str, limit: str | None, contract: Contract, rest: dict[str, Any]
) -> OrderSpec:
    stop = rest.pop("stop", None)
    kind = {
        (False, False): OrderType.MKT,
        (True, False): OrderType.LMT,
        (False, True): OrderType.STP,
        (True, True): OrderType.STP_LMT,
    }[(limit is not None, stop is not None)]
    return OrderSpec(
        contract,
        side,
        Decimal(quantity),
        rest.pop("order_type", kind),
        limit_price=Decimal(limit) if limit else None,
        stop_price=Decimal(stop) if stop else None,
        account=rest.pop("account", ACCOUNT),
        **rest,
    )


def working(spec: OrderSpec, ref: str = "A", filled: str = "0", **rest: Any) -> Order:
    state = rest.pop("state", OrderState.WORKING)
    return Order(ref, spec, state, NOW_S - 60, NOW_S - 60, order_id=1, filled=Decimal(filled), **rest)
