"""A real desk and a real bridge without a wire: requests are kept for the test to read, answers are stepped in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from core.desk import Desk
from core.domain.bracket import GroupSpec
from core.domain.contract import Contract, ContractDetails, ContractQuery, PriceBand, SecType, TradingSession
from core.domain.events import (
    AccountReported,
    ConnectAsked,
    ContractsReported,
    Event,
    ExecutionReported,
    IntentCommitted,
    LinkLost,
    OrderSent,
    OrderStatusReported,
    PortfolioReported,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
)
from core.domain.execution import Execution
from core.domain.flight import FlightRow
from core.domain.limits import LinkSettings, Permissions, RiskLimits, Threshold
from core.domain.link import LinkFault
from core.domain.order import Order, OrderSpec, Settlement, Side
from core.domain.quote import BarKey, QuoteKind, QuoteReport
from core.domain.requests import CommitIntent, PlaceOrder, Request
from core.domain.topics import Changes
from core.domain.verdict import Ask, Denied
from gui.bridge import Bridge
from gui.panel import Panel

NOW_S = 1_780_498_800.0  # a Wednesday, 15:00 UTC: regular hours in New York
ACCOUNT = "DU1234567"
CLIENT_ID = 1

_AT = datetime.fromtimestamp(NOW_S, UTC)
_OPEN = (TradingSession(_AT - timedelta(hours=2), _AT + timedelta(hours=5)),)
_ALL_TYPES = frozenset({"MKT", "LMT", "STP", "STPLMT"})
_CENT = (PriceBand(Decimal(0), Decimal("0.01")),)


def stock(con_id: int, symbol: str, name: str, exchange: str = "NASDAQ") -> ContractDetails:
    contract = Contract(con_id, symbol, primary_exchange=exchange, local_symbol=symbol)
    return ContractDetails(
        contract,
        name,
        _CENT,
        _ALL_TYPES,
        ("SMART", exchange),
        time_zone="US/Eastern",
        trading=_OPEN,
        liquid=_OPEN,
    )


AAPL = stock(265598, "AAPL", "APPLE INC")
MSFT = stock(272093, "MSFT", "MICROSOFT CORP")
NVDA = stock(4815747, "NVDA", "NVIDIA CORP")
AMZN = stock(3691937, "AMZN", "AMAZON.COM INC")
TSLA = stock(76792991, "TSLA", "TESLA INC")
SPY = stock(756733, "SPY", "SPDR S&P 500 ETF TRUST", "ARCA")
QQQ = stock(320227571, "QQQ", "INVESCO QQQ TRUST SERIES 1")
ES = ContractDetails(
    Contract(
        649180671,
        "ES",
        SecType.FUT,
        "CME",
        local_symbol="ESU6",
        trading_class="ES",
        expiry="20260918",
        multiplier=Decimal(50),
    ),
    "E-mini S&P 500",
    (PriceBand(Decimal(0), Decimal("0.25")),),
    _ALL_TYPES,
)
EURUSD = ContractDetails(
    Contract(12087792, "EUR", SecType.CASH, "IDEALPRO", local_symbol="EUR.USD"),
    "European Monetary Union Euro",
    (PriceBand(Decimal(0), Decimal("0.00005")),),
    _ALL_TYPES,
)
SPX = ContractDetails(
    Contract(416904, "SPX", SecType.IND, "CBOE"), "S&P 500 Stock Index", order_types=frozenset()
)
EVERYTHING = (AAPL, MSFT, NVDA, AMZN, TSLA, SPY, QQQ, ES, EURUSD, SPX)

LIMITS = RiskLimits(
    quantity={SecType.STK: Threshold(Decimal(1000), Decimal(10000))},
    collar={SecType.STK: Threshold(Decimal("0.02"), Decimal("0.10"))},
)


@dataclass
class StandIn:
    """What the connector is to the bridge: a clock that stands still until told, and no wire."""

    desk: Desk
    now: float = NOW_S
    requests: list[Request] = field(default_factory=list)
    submitted: list[OrderSpec] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    found: list[ContractQuery] = field(default_factory=list)
    flights: dict[str, tuple[FlightRow, ...]] = field(default_factory=dict)
    callback: Callable[[], None] = lambda: None

    def now_s(self) -> float:
        return self.now

    def listen(self, callback: Callable[[], None]) -> None:
        self.callback = callback

    def take_changes(self) -> Changes:
        return self.desk.drain()

    def step(self, event: Event) -> None:
        self._do(self.desk.step(event, self.now))

    def _do(self, requests: list[Request]) -> None:
        self.requests += requests
        for request in requests:
            if isinstance(request, CommitIntent):
                self._settle(request.place)

    def submit(self, spec: OrderSpec, acknowledged: frozenset[str]) -> Denied | Ask | PlaceOrder:
        return self._settle(self.desk.submit(spec, self.now, acknowledged))

    def modify(self, ref: str, spec: OrderSpec, acknowledged: frozenset[str]) -> Denied | Ask | PlaceOrder:
        return self._settle(self.desk.modify(ref, spec, self.now, acknowledged))

    def submit_group(
        self, group: GroupSpec, acknowledged: frozenset[str]
    ) -> Denied | Ask | tuple[PlaceOrder, ...]:
        answer = self.desk.submit_group(group, self.now, acknowledged)
        for place in answer if isinstance(answer, tuple) else ():
            self._settle(place)
        return answer

    def ask_preview(self, spec: OrderSpec) -> str:
        answer = self.desk.ask_preview(spec, self.now)
        if isinstance(answer, str):
            return answer
        self.requests += answer
        return ""

    def cancel_and_replace(
        self, ref: str, spec: OrderSpec, acknowledged: frozenset[str]
    ) -> Denied | Ask | None:
        answer = self.desk.cancel_and_replace(ref, spec, self.now, acknowledged)
        if isinstance(answer, list):
            self._do(answer)
            return None
        return answer

    def cancel(self, ref: str) -> Denied | None:
        answer = self.desk.cancel(ref, self.now)
        if isinstance(answer, Denied):
            return answer
        self.requests += answer
        return None

    def settle(self, ref: str, settlement: Settlement) -> Denied | None:
        answer = self.desk.settle(ref, settlement, self.now)
        if isinstance(answer, Denied):
            return answer
        self.requests += answer
        return None

    def flight(self, ref: str) -> tuple[FlightRow, ...]:
        return tuple(self.flights.get(ref, ()))

    def halt(self, reason: str) -> None:
        self.requests += self.desk.halt(reason, self.now)

    def reduce_only(self, reason: str) -> None:
        self.requests += self.desk.reduce_only(reason, self.now)

    def resume_trading(self, typed: str) -> str:
        refusal = self.desk.resume_trading(typed, self.now)
        self.requests += self.desk.pending()
        return refusal

    def kill(self) -> None:
        self.requests += self.desk.kill(self.now)

    def cancel_everywhere(self) -> str:
        answer = self.desk.cancel_everywhere(self.now)
        if isinstance(answer, str):
            return answer
        self.requests += answer
        return ""

    def take_limits(self, limits: RiskLimits, permissions: Permissions) -> tuple[str, ...]:
        return self.desk.take_limits(limits, permissions, self.now)

    def arm(self, typed: str) -> str:
        return self.desk.arm(typed, self.now)

    def disarm(self) -> None:
        self.desk.disarm(self.now)

    def watch(self, contract: Contract, owner: str) -> None:
        self.requests += self.desk.watch(contract, owner, self.now)

    def unwatch(self, con_id: int, owner: str) -> None:
        self.requests += self.desk.unwatch(con_id, owner, self.now)

    def watch_depth(self, contract: Contract, owner: str) -> None:
        self.requests += self.desk.watch_depth(contract, owner, self.now)

    def unwatch_depth(self, con_id: int, owner: str) -> None:
        self.requests += self.desk.unwatch_depth(con_id, owner, self.now)

    def watch_tape(self, contract: Contract, owner: str) -> None:
        self.requests += self.desk.watch_tape(contract, owner, self.now)

    def unwatch_tape(self, con_id: int, owner: str) -> None:
        self.requests += self.desk.unwatch_tape(con_id, owner, self.now)

    def find(self, query: ContractQuery) -> None:
        self.found.append(query)

    def search(self, text: str) -> None:
        self.searched.append(text)

    def load_bars(self, key: BarKey, contract: Contract, duration: str, live: bool) -> None: ...
    def drop_bars(self, key: BarKey) -> None: ...
    def acknowledge(self, alert_id: str) -> None: ...
    def connect(self, host: str, port: int, client_id: int, profile: str) -> None: ...
    def disconnect(self) -> None: ...

    def _settle(self, answer: Denied | Ask | PlaceOrder) -> Denied | Ask | PlaceOrder:
        if isinstance(answer, PlaceOrder):
            self.submitted.append(answer.approved.spec)
            self.step(IntentCommitted(answer.order_ref))
            self.step(OrderSent(answer.order_ref))
        return answer


@dataclass
class Floor:
    """A desk with a bridge over it, and the market's and the broker's lines to say."""

    stand_in: StandIn
    bridge: Bridge

    @property
    def desk(self) -> Desk:
        return self.stand_in.desk

    def say(self, *events: Event) -> None:
        """These happened, now."""
        for event in events:
            self.stand_in.step(event)

    def show(self, *panels: Panel) -> None:
        """The window's frame: hand each panel what changed."""
        changes = self.desk.drain()
        for panel in panels:
            if panel.TOPICS & changes.keys():
                panel.refresh(changes)

    def pass_time(self, seconds: float, *panels: Panel) -> None:
        self.stand_in.now += seconds
        for panel in panels:
            panel.age(self.stand_in.now)

    def know(self, *details: ContractDetails) -> None:
        self.say(*(ContractsReported(ContractQuery(con_id=one.contract.con_id), (one,)) for one in details))

    def quote(
        self,
        details: ContractDetails,
        bid: float,
        ask: float,
        last: float | None = None,
        *,
        close: float | None = None,
        kind: QuoteKind = QuoteKind.LIVE,
        halted: bool = False,
    ) -> None:
        report = QuoteReport(
            details.contract.con_id, kind, bid, 300.0, ask, 500.0, last, 100.0, 12_345_678.0, None, None, None,
            close, halted, 3.0,
        )  # fmt: skip
        self.say(QuotesReported((report,)))

    def hold(self, details: ContractDetails, quantity: int, avg_price: float, price: float) -> None:
        contract = details.contract
        size = Decimal(quantity) * contract.multiplier
        value, cost = size * Decimal(str(price)), Decimal(str(avg_price)) * contract.multiplier
        self.say(
            PortfolioReported(
                ACCOUNT, contract, Decimal(quantity), Decimal(str(price)), value, cost,
                value - cost * quantity, Decimal(0),
            )
        )  # fmt: skip

    def status(self, order: Order, status: str, filled: int = 0, price: str | None = None) -> None:
        assert order.order_id is not None
        self.say(
            OrderStatusReported(
                order.order_id, 900_000 + order.order_id, CLIENT_ID, status, Decimal(filled),
                order.spec.quantity - filled, None if price is None else Decimal(price),
            )
        )  # fmt: skip

    def fill(self, order: Order, quantity: int, price: str) -> None:
        assert order.order_id is not None
        self.say(
            ExecutionReported(
                Execution(
                    f"0000e0d5.{order.order_id:08x}.{next(_fills):02d}.01", ACCOUNT, order.spec.contract,
                    order.spec.side, Decimal(quantity), Decimal(price),
                    datetime.fromtimestamp(self.stand_in.now, UTC), order.order_id, 900_000 + order.order_id,
                    CLIENT_ID, order.order_ref, "ISLAND",
                )
            )
        )  # fmt: skip

    def lose_link(self) -> None:
        self.say(LinkLost(LinkFault.CLOSED))


_fills = count(1)


def floor(*, connected: bool = True) -> Floor:
    """A desk on the simulator, ready unless told otherwise, with an account of a million dollars."""
    refs = (f"t-{number:04d}" for number in count(1))
    settings = LinkSettings(port=4700, client_id=CLIENT_ID)
    desk = Desk(settings, LIMITS, Permissions(), now_s=NOW_S, new_ref=lambda: next(refs), jitter=lambda: 0.5)
    stand_in = StandIn(desk)
    made = Floor(stand_in, Bridge(stand_in))  # type: ignore[arg-type]
    if connected:
        connect(made)
    return made


def connect(made: Floor, client_id: int = CLIENT_ID) -> None:
    """The gateway answers, says who it is, and everything is read back."""
    made.say(
        ConnectAsked("127.0.0.1", 4700, client_id, "simulator"),
        SocketOpened(178, (ACCOUNT,), 1, simulator=True),
    )
    made.say(
        SnapshotCompleted(1, (), (), (), ()),
        AccountReported(
            ACCOUNT,
            (
                ("NetLiquidation", "1000000", "USD"),
                ("BuyingPower", "2000000", "USD"),
                ("AvailableFunds", "800000", "USD"),
                ("ExcessLiquidity", "820000", "USD"),
                ("MaintMarginReq", "180000", "USD"),
                ("InitMarginReq", "200000", "USD"),
                ("TotalCashValue", "300000", "USD"),
            ),
        ),
    )


def order_spec(details: ContractDetails, side: Side, quantity: int, price: str | None = None) -> OrderSpec:
    from core.domain.order import OrderType

    kind = OrderType.MKT if price is None else OrderType.LMT
    limit = None if price is None else Decimal(price)
    return OrderSpec(details.contract, side, Decimal(quantity), kind, limit, account=ACCOUNT)


def of_another_client(order: Order) -> Order:
    return replace(order, own=False, client_id=0)
