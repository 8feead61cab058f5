"""What the decoder calls: one method for each message, named as IB names it, each handing on to its book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ib_async.contract import Contract as IbContract
from ib_async.contract import ContractDescription
from ib_async.contract import ContractDetails as IbDetails
from ib_async.objects import BarData, CommissionReport, PriceIncrement, TickAttribLast
from ib_async.objects import Execution as IbExecution
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState

from core.domain.events import MessageReported, PortfolioReported, PositionReported
from core.tws import inbound
from core.tws.account import AccountFeed
from core.tws.client import Callbacks
from core.tws.contracts import contract_from
from core.tws.directory import Directory
from core.tws.history import BarRequests
from core.tws.numbers import exact, label, quantity, words
from core.tws.previews import Previews
from core.tws.probe import Probes
from core.tws.quotes import QuoteLines
from core.tws.scans import Scans
from core.tws.snapshot import Snapshot
from core.tws.streams import Streams
from core.tws.wire import Wire

_ACCOUNTS_MOST = 1000


@dataclass(frozen=True, slots=True)
class Books:
    """The parts of one connection that keep requests and answers together."""

    quotes: QuoteLines
    bars: BarRequests
    directory: Directory
    snapshot: Snapshot
    account: AccountFeed
    probes: Probes
    previews: Previews
    streams: Streams
    scans: Scans


class Greeting(Protocol):
    """Who shakes hands: hears what a gateway says before it is ready."""

    is_ready: bool

    def next_order_id_heard(self, order_id: int) -> None: ...
    def accounts_heard(self, accounts: tuple[str, ...]) -> None: ...
    def refusal_heard(self, code: int, text: str) -> bool:
        """Whether this code ended the handshake."""
        ...


class Inbox(Callbacks):
    """Raw callbacks in; the books make events of them."""

    _wire: Wire
    _books: Books

    def __init__(self, greeting: Greeting) -> None:
        self._greeting = greeting

    def attach(self, wire: Wire, books: Books) -> None:
        """The books need the client, and the client needs this: they meet here."""
        self._wire = wire
        self._books = books

    def tcpDataProcessed(self) -> None:
        """End of a packet: tell what was gathered in it."""
        self._books.quotes.flush()
        self._books.streams.flush()
        self._books.account.flush()

    def unreadable(self, message: int) -> None:
        if self._greeting.is_ready:
            self._books.snapshot.unreadable(message)
            self._books.account.unreadable(message)
            self._books.quotes.unreadable(message)
            self._books.streams.unreadable(message)

    # --- the link -----------------------------------------------------------------------------------

    def nextValidId(self, order_id: int) -> None:
        if self._greeting.is_ready:
            self._books.snapshot.next_order_id(order_id)
        else:
            self._greeting.next_order_id_heard(order_id)

    def managedAccounts(self, accounts: str) -> None:
        named = tuple(name for part in accounts.split(",", _ACCOUNTS_MOST) if (name := words(part, 40)))
        self._greeting.accounts_heard(named)

    def currentTime(self, epoch_s: int) -> None:
        self._books.probes.answered(epoch_s)

    def error(self, number: int, code: int, text: str, advanced: str = "") -> None:
        """`number` is a request's, an order's, or -1: an order's only when no request of ours has it."""
        plain = words(text)
        if not self._greeting.is_ready and self._greeting.refusal_heard(code, plain):
            return
        if self._wire.is_request(number):
            self._wire.refuse(number, code, plain)
            return
        if self._books.previews.is_ours(number):
            self._books.previews.refused(number, code, plain)
            return
        order_id = number if number > 0 else None
        self._wire.tell(MessageReported(code, plain, order_id, words(advanced, 4000)))

    # --- market data --------------------------------------------------------------------------------

    def priceSizeTick(self, req_id: int, tick: int, price: float, size: float) -> None:
        self._books.quotes.price_tick(req_id, tick, price, size)

    def tickSize(self, req_id: int, tick: int, size: float) -> None:
        self._books.quotes.size_tick(req_id, tick, size)

    def tickGeneric(self, req_id: int, tick: int, value: float) -> None:
        self._books.quotes.generic_tick(req_id, tick, value)

    def marketDataType(self, req_id: int, kind: int) -> None:
        self._books.quotes.kind_told(req_id, kind)

    def updateMktDepth(
        self, req_id: int, position: int, operation: int, side: int, price: float, size: float
    ) -> None:
        self._books.streams.row(req_id, position, "", operation, side, price, size)

    def updateMktDepthL2(
        self,
        req_id: int,
        position: int,
        maker: str,
        operation: int,
        side: int,
        price: float,
        size: float,
        is_smart: bool = False,
    ) -> None:
        self._books.streams.row(req_id, position, maker, operation, side, price, size)

    def tickByTickAllLast(
        self,
        req_id: int,
        kind: int,
        time_s: int,
        price: float,
        size: float,
        attributes: TickAttribLast,
        exchange: str,
        conditions: str,
    ) -> None:
        self._books.streams.print(
            req_id, time_s, price, size, bool(attributes.unreported), exchange, conditions
        )

    def scannerData(self, req_id: int, rank: int, details: IbDetails, *_: str) -> None:
        self._books.scans.row(req_id, rank, details)

    def scannerDataEnd(self, req_id: int) -> None:
        self._books.scans.end(req_id)

    def historicalData(self, req_id: int, bar: BarData) -> None:
        self._books.bars.bar(req_id, bar)

    def historicalDataEnd(self, req_id: int, *_: str) -> None:
        self._books.bars.end(req_id)

    def historicalDataUpdate(self, req_id: int, bar: BarData) -> None:
        self._books.bars.update(req_id, bar)

    def contractDetails(self, req_id: int, details: IbDetails) -> None:
        self._books.directory.details(req_id, details)

    bondContractDetails = contractDetails

    def contractDetailsEnd(self, req_id: int) -> None:
        self._books.directory.details_end(req_id)

    def marketRule(self, rule: int, increments: list[PriceIncrement]) -> None:
        self._books.directory.market_rule(rule, increments)

    def symbolSamples(self, req_id: int, found: list[ContractDescription]) -> None:
        self._books.directory.symbols(req_id, found)

    # --- orders -------------------------------------------------------------------------------------

    def openOrder(self, order_id: int, contract: IbContract, order: IbOrder, state: IbOrderState) -> None:
        if order.whatIf or self._is_preview(order_id, order.clientId):
            self._books.previews.open_order(order_id, state)
        else:
            self._books.snapshot.open_order(inbound.order_reported(contract, order, state))

    def openOrderEnd(self) -> None:
        self._books.snapshot.open_orders_end()

    def orderStatus(
        self,
        order_id: int,
        status: str,
        filled: float,
        remaining: float,
        avg_fill_price: float,
        perm_id: int,
        parent_id: int,
        last_fill_price: float,
        client_id: int,
        why_held: str,
        mkt_cap_price: float = 0.0,
    ) -> None:
        if self._is_preview(order_id, client_id):
            return
        told = inbound.status_reported(
            order_id, status, filled, remaining, avg_fill_price, perm_id, client_id, why_held
        )
        self._books.snapshot.order_status(told)

    def _is_preview(self, order_id: int, client_id: int) -> bool:
        """Order ids are each client's own: another's order may bear the number of a what-if of ours."""
        return client_id == self._wire.client.clientId and self._books.previews.is_ours(order_id)

    def completedOrder(self, contract: IbContract, order: IbOrder, state: IbOrderState) -> None:
        self._books.snapshot.completed_order(inbound.completed_reported(contract, order, state))

    def completedOrdersEnd(self) -> None:
        self._books.snapshot.completed_orders_end()

    def execDetails(self, req_id: int, contract: IbContract, execution: IbExecution) -> None:
        self._books.snapshot.execution(req_id, inbound.execution_from(contract, execution))

    def execDetailsEnd(self, req_id: int) -> None:
        self._books.snapshot.executions_end(req_id)

    def commissionReport(self, report: CommissionReport) -> None:
        self._books.snapshot.commission(inbound.commission_reported(report))

    # --- account ------------------------------------------------------------------------------------

    def position(self, account: str, contract: IbContract, held: float, avg_cost: float) -> None:
        told = PositionReported(label(account, 40), contract_from(contract), quantity(held), exact(avg_cost))
        self._books.snapshot.position(told)

    def positionEnd(self) -> None:
        self._books.snapshot.positions_end()

    def updateAccountValue(self, tag: str, value: str, currency: str, account: str) -> None:
        self._books.account.value(tag, value, currency, account)

    def updatePortfolio(
        self,
        contract: IbContract,
        held: float,
        market_price: float,
        market_value: float,
        avg_cost: float,
        unrealised: float,
        realised: float,
        account: str,
    ) -> None:
        figures = map(exact, (market_price, market_value, avg_cost, unrealised, realised))
        ours = contract_from(contract)
        self._wire.tell(PortfolioReported(label(account, 40), ours, quantity(held), *figures))

    def pnl(self, req_id: int, daily: float, unrealised: float, realised: float) -> None:
        self._books.account.pnl(req_id, daily, unrealised, realised)
