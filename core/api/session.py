"""What a script may ask, carried out on the connector's own loop."""

from __future__ import annotations

import asyncio
import subprocess
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.api import results
from core.api.assemble import assemble, open_journal
from core.api.data_only import assemble_data_only
from core.api.embedded import start_simulator, stop_simulator
from core.api.market import load_bars, qualify, recall_bars, scan_market, scan_of
from core.api.pool import POOL, Target
from core.api.request import Refused, read_order, refused_by
from core.connector import Connector
from core.domain.contract import ContractDetails, ContractQuery
from core.domain.link import Breaker, LinkFault, LinkView
from core.domain.order import Order, OrderState
from core.domain.position import Position
from core.domain.verdict import Ask, Denied
from core.errors import (
    AccountError,
    CircuitOpenError,
    IBKRConnectionError,
    MarketDataError,
    NotSynchronisedError,
    OrderError,
    OrderInDoubt,
    OrderRejected,
)
from core.journal import Journal
from core.settings import Settings

OWNER = "api"
LINES_KEPT = 20
CONTRACTS_KEPT = 500
DETAILS_HOLD_S = 900.0
"""IB states hours day by day: details are asked for again after this."""
QUOTE_PATIENCE_S = 2.0
SEND_PATIENCE_S = 3.0
ANSWER_PATIENCE_S = 8.0
"""For IB's first word about an order; the desk itself puts a silent one in doubt before."""
UP = frozenset({"ready", "read-only", "restart window"})
SETTLED = UP | {"waiting", "stale", "broker down"}

STATUS: dict[OrderState, str] = {
    OrderState.DENIED: "rejected",
    OrderState.INTENT: "submitted",
    OrderState.SENT: "submitted",
    OrderState.ACCEPTED: "submitted",
    OrderState.HELD: "submitted",
    OrderState.WORKING: "submitted",
    OrderState.INACTIVE: "submitted",
    OrderState.IN_DOUBT: "submitted",
    OrderState.CONFLICT: "submitted",
    OrderState.FILLED: "filled",
    OrderState.CANCELLED: "cancelled",
    OrderState.REJECTED: "rejected",
    OrderState.NOT_PLACED: "rejected",
}
"""The guide has four words; `detail` says what they leave out."""

IN_DOUBT = "In doubt: it may or may not be at IB. Do not send it again; IBDesk asks IB and will settle it."


class Session:
    """One connector and what belongs to it, from start to close. Lives on one event loop."""

    def __init__(self, settings: Settings, journal_path: Path | None = None) -> None:
        self.settings = settings
        self._journal_path = journal_path
        self._journal: Journal | None = None
        self._simulator: subprocess.Popen[bytes] | None = None
        self._connecting = asyncio.Lock()
        self._waiting: set[asyncio.Future[None]] = set()
        self._watched: OrderedDict[int, None] = OrderedDict()
        self._con_ids: dict[ContractQuery, tuple[int, float]] = {}
        """What a query was answered with, and when."""
        self.connector: Connector
        self.data: Connector | None = None
        """The connection for data only, where the settings name a client id for it."""

    async def start(self) -> None:
        """Raises JournalError when the journal cannot be had."""
        self._journal = open_journal(self.settings, self._journal_path)
        self.connector = assemble(self.settings, journal=self._journal)
        self.connector.listen(lambda: self._changed(self.connector))
        await self.connector.start()
        number = self.settings.link.data_client_id
        if number is not None:
            data = assemble_data_only(self.settings, number, self.connector.now_s, self.connector.cache)
            data.listen(lambda: self._changed(data))
            await data.start()
            self.data = data

    async def close(self) -> None:
        """Down and away: link, simulator, journal."""
        for connector in (self.data, getattr(self, "connector", None)):
            if connector is not None:
                connector.disconnect()
                await connector.close()
        POOL.release(self)
        # No other thread may be asked: at the end of the interpreter there are none any more.
        if self._simulator is not None:
            stop_simulator(self._simulator)
            self._simulator = None
        if self._journal is not None:
            self._journal.close()

    # --- the link ----------------------------------------------------------------------------------

    async def connect(self) -> results.ConnectionStatus:
        """Returns once everything has been read back; a second caller waits for the first."""
        async with self._connecting:
            if self._link.state not in UP:
                await self._connect()
            return self.status()

    async def _connect(self) -> None:
        link, settings = self._link, self.settings.link
        if link.breaker is Breaker.OPEN and link.retry_at_s is not None:
            wait_s = max(0.0, link.retry_at_s - self.connector.now_s())
            raise CircuitOpenError(
                f"{settings.breaker_failures} attempts failed in a row, the last one so: {link.last_error}",
                advice=f"{link.advice} IBDesk tries again by itself in {wait_s:.0f} s.".strip(),
            )
        host, port = await self._where()
        POOL.release(self)  # a simulator of its own may have come back at another port
        self._dial(self.connector, host, port)
        if self.data is not None:
            self._dial(self.data, host, port)
        deadline_s = settings.connect_deadline_s + 2 * settings.request_deadline_s
        await self._until(lambda: self._link.state in SETTLED or self._account_is_missing, deadline_s)
        self._raise_unless_up()
        # The door is open without it; what it carries says so when it does not come.
        if (data := self.data) is not None:
            await self._until(lambda: data.desk.link.state in SETTLED, deadline_s)

    def _dial(self, connector: Connector, host: str, port: int) -> None:
        settings, client_id = self.settings.link, connector.desk.link.client_id
        POOL.claim(Target(host, port, client_id), self)
        connector.connect(host, port, client_id, settings.profile, settings.kind, settings.account)

    async def _where(self) -> tuple[str, int]:
        """The gateway's address; without a port it is a simulator of our own."""
        settings = self.settings.link
        if settings.port:
            return settings.host, settings.port
        if self._simulator is not None and self._simulator.poll() is None:
            return self._link.host, self._link.port
        if self._simulator is not None:
            stop_simulator(self._simulator)
        self._simulator, host, port, _ = await start_simulator()
        return host, port

    @property
    def _link(self) -> LinkView:
        return self.connector.desk.link

    @property
    def _account_is_missing(self) -> bool:
        return self._link.fault is LinkFault.ACCOUNT_MISSING

    def _raise_unless_up(self, other: LinkView | None = None) -> None:
        link = other or self._link
        if link.fault is LinkFault.ACCOUNT_MISSING:
            offered = ", ".join(link.accounts) or "none"
            raise AccountError(
                f"Account {link.account} is not managed by {link.host}:{link.port}, which offers {offered}.",
                advice="Correct IBKR_ACCOUNT_ID, or the account in ibkr_config.ini.",
            )
        if link.state in UP:
            return
        if link.state == "syncing":
            raise NotSynchronisedError(link.last_error or link.words, advice=link.advice)
        keeps_trying = (
            "IBDesk keeps trying; disconnect() stops it." if link.state in ("waiting", "stale") else ""
        )
        raise IBKRConnectionError(
            link.last_error or link.words, advice=f"{link.advice} {keeps_trying}".strip()
        )

    def status(self) -> results.ConnectionStatus:
        link, heard_s = self._link, self.connector.desk.last_heard_s
        return results.ConnectionStatus(
            state=link.state,
            socket=link.socket,
            broker=link.broker,
            synchronised=link.synchronised,
            account=link.account,
            host=link.host,
            port=link.port,
            client_id=link.client_id,
            server_version=link.server_version,
            latency_ms=link.latency_ms,
            last_heard_s=None if heard_s is None else max(0.0, self.connector.now_s() - heard_s),
            attempt=link.attempt,
            breaker=link.breaker,
            last_error=link.last_error,
            data_state="" if self.data is None else self.data.desk.link.state,
        )

    # --- market data, account, positions -----------------------------------------------------------

    async def market_data(
        self, asked: Mapping[str, Any], bar_size: str, duration: str, *, strict: bool = False, **rest: Any
    ) -> results.MarketData:
        """From the gateway; from the cache, marked, while nobody can be asked."""
        connector = self.data or self.connector
        try:
            self._raise_unless_up(connector.desk.link)
            return await load_bars(connector, asked, bar_size, duration, **rest)
        except (IBKRConnectionError, MarketDataError) as fault:
            if connector.desk.link.state in UP:
                raise
            return recall_bars(connector, asked, bar_size, duration, fault, strict=strict, **rest)

    async def scan(self, code: str, asked: Mapping[str, Any]) -> list[results.ScanRow]:
        scan = scan_of(code, asked)
        self._raise_unless_up()
        return await scan_market(self.data or self.connector, scan)

    def account(self) -> results.AccountSummary:
        self._raise_unless_up()
        summary = self.connector.desk.account(self._link.account)
        if summary is None or summary.net_liquidation is None:
            raise AccountError(
                "IB has not sent the account's values yet.", advice="Ask again in a few seconds."
            )
        return results.AccountSummary(
            cash=_float(summary.cash),
            total_value=_float(summary.net_liquidation),
            buying_power=_float(summary.buying_power),
            maintenance_margin=_float(summary.maintenance_margin),
        )

    def positions(self) -> results.Positions:
        """Those of the account that is traded."""
        self._raise_unless_up()
        account = self._link.account
        return results.Positions(
            self._position(one) for one in self.connector.desk.positions() if one.account == account
        )

    def _position(self, held: Position) -> results.Position:
        price, pnl = _float(held.market_price), _float(held.unrealised_pnl)
        quote = self.connector.desk.quote(held.contract.con_id)
        if price is None and quote is not None:
            price = quote.reference
        if pnl is None and price is not None and held.avg_cost is not None:
            pnl = (price * float(held.contract.multiplier) - float(held.avg_cost)) * float(held.quantity)
        return results.Position(
            symbol=held.contract.label,
            quantity=float(held.quantity),
            avg_cost=_float(held.avg_cost),
            current_price=price,
            unrealized_pnl=pnl,
            account=held.account,
            con_id=held.contract.con_id,
        )

    # --- orders ------------------------------------------------------------------------------------

    async def place(
        self, order: Mapping[str, Any], acknowledge: bool | Collection[str]
    ) -> results.PlacedOrder:
        """Judged, journalled and written when it returns; Refused when the gate says no."""
        asked = read_order(order)
        self._raise_unless_up()
        try:
            details = await self._qualified(asked.query)
        except MarketDataError as fault:
            raise Refused(fault.what, advice=fault.advice) from None
        await self._watch_for_a_price(details.contract.con_id)
        spec = asked.spec(details.contract, self._link.account)
        taken_on = frozenset() if isinstance(acknowledge, bool) else frozenset(acknowledge)
        verdict = self.connector.submit(spec, taken_on)
        passed = ""
        if isinstance(verdict, Ask) and acknowledge is True:
            passed = " ".join(one.words for one in verdict.objections)
            verdict = self.connector.submit(spec, frozenset(one.rule for one in verdict.objections))
        if isinstance(verdict, Denied | Ask):
            raise refused_by(verdict.objections)
        await self._until(
            lambda: self._order(verdict.order_ref).state is not OrderState.INTENT, SEND_PATIENCE_S
        )
        placed = self._order(verdict.order_ref)
        if placed.state is OrderState.NOT_PLACED:
            raise Refused(placed.reason or "The order was not sent.")
        await self._until(
            lambda: self._order(verdict.order_ref).state is not OrderState.SENT, ANSWER_PATIENCE_S
        )
        placed = self._order(verdict.order_ref)
        _raise_unless_taken(placed, verdict.order_id)
        return results.PlacedOrder(
            order_id=verdict.order_id,
            status=STATUS[placed.state],
            timestamp=_moment(placed.created_at_s),
            detail=f"{_detail(placed)} {passed}".strip(),
        )

    async def _qualified(self, query: ContractQuery) -> ContractDetails:
        """Asked of IB now and then only: an order must not wait behind history for what is known already."""
        con_id, told_at_s = self._con_ids.get(query, (0, 0.0))
        known = self.connector.desk.details(con_id)
        if known is None or self.connector.now_s() - told_at_s > DETAILS_HOLD_S:
            known = await qualify(self.connector, query)
            self._con_ids[query] = (known.contract.con_id, self.connector.now_s())
            while len(self._con_ids) > CONTRACTS_KEPT:
                del self._con_ids[next(iter(self._con_ids))]
        return known

    async def _watch_for_a_price(self, con_id: int) -> None:
        """The gate measures prices against the market: give the market a moment to speak."""
        contract = self.connector.desk.contract(con_id)
        assert contract is not None
        if con_id not in self._watched:
            self.connector.watch(contract, OWNER)
        self._watched[con_id] = None
        self._watched.move_to_end(con_id)
        while len(self._watched) > LINES_KEPT:
            self.connector.unwatch(self._watched.popitem(last=False)[0], OWNER)
        await self._until(lambda: self._has_price(con_id), QUOTE_PATIENCE_S)

    def _has_price(self, con_id: int) -> bool:
        quote = self.connector.desk.quote(con_id)
        return quote is not None and quote.lost_at_s is None and (quote.mid or quote.last) is not None

    def _order(self, order_ref: str) -> Order:
        order = self.connector.desk.order(order_ref)
        assert order is not None
        return order

    def order_status(self, order_id: int | str) -> results.OrderStatus:
        found = self._find_order(order_id)
        return results.OrderStatus(
            order_id=found.order_id or 0,
            status=STATUS[found.state],
            filled_quantity=float(found.filled),
            avg_fill_price=_float(found.avg_fill_price),
            timestamp=_moment(found.changed_at_s),
            detail=_detail(found),
        )

    def _find_order(self, order_id: int | str) -> Order:
        number = int(order_id) if str(order_id).isascii() and str(order_id).isdigit() else None
        orders = self.connector.desk.orders()
        ours = [one for one in orders if one.order_ref == order_id or (one.own and one.order_id == number)]
        if not ours or isinstance(order_id, bool):
            raise OrderError(
                f"There is no order {order_id!r:.60} of this client id.",
                advice="place_order answers with the order_id.",
                retry_is_safe=False,
            )
        return ours[0]

    # --- waiting -----------------------------------------------------------------------------------

    def _changed(self, connector: Connector) -> None:
        connector.take_changes()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def _until(self, holds: Callable[[], bool], deadline_s: float) -> bool:
        """Wait for the desk to say so; whether it did in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                while not holds():
                    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiting.add(turn)
                    try:
                        await turn
                    finally:
                        self._waiting.discard(turn)
        return holds()


def _raise_unless_taken(order: Order, order_id: int) -> None:
    if order.state is OrderState.REJECTED:
        raise OrderRejected(
            order.reason or "IB rejected the order.", code=order.code, order_id=order_id, retry_is_safe=False
        )
    if order.state is OrderState.IN_DOUBT:
        raise OrderInDoubt(
            f"Order {order_id} was sent, and IB has not said what became of it. {order.reason}".strip(),
            advice=f"{IN_DOUBT} get_order_status({order_id}) tells what is known.",
            order_id=order_id,
        )


def _detail(order: Order) -> str:
    if order.state is OrderState.IN_DOUBT:
        return f"{IN_DOUBT} {order.reason}".strip()
    return order.reason


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _moment(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
