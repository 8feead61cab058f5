"""A market of three contracts whose prices stand still: what the protocol's own tests trade on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.simulator.model import (
    Bar,
    Book,
    BookLevel,
    Contract,
    Executed,
    Execution,
    HistoryRefused,
    Leg,
    Listing,
    MarginPreview,
    Notice,
    OptionModel,
    Order,
    OrderChanged,
    Position,
    PositionChanged,
    Quote,
    QuoteChanged,
    Refused,
    WhatIfAnswered,
)

NOW_S = 1_795_359_600.0  # 2026-11-22 15:00 UTC
NOW = datetime.fromtimestamp(NOW_S, UTC)


def _listing(contract: Contract, price: float, **more: object) -> Listing:
    plain = Listing(
        contract=contract,
        long_name="APPLE INC",
        market_name=contract.trading_class,
        min_tick=0.01,
        order_types="LMT,MKT,STP,STPLMT",
        valid_exchanges="SMART,NASDAQ",
        market_rule_ids="26,26",
        time_zone="US/Eastern",
        trading_hours="20261122:0400-20261122:2000",
        liquid_hours="20261122:0930-20261122:1600",
        reference_price=price,
        annual_volatility=0.3,
        spread_ticks=2,
        daily_volume=1_000_000,
        lot_size=100,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


AAPL = _listing(
    Contract(265598, "AAPL", "STK", primary_exchange="NASDAQ", local_symbol="AAPL", trading_class="NMS"),
    150.0,
    stock_type="COMMON",
    sec_ids=(("ISIN", "US0378331005"),),
)
CALL = _listing(
    Contract(
        700001,
        "AAPL",
        "OPT",
        expiry="20270115",
        strike=150.0,
        right="C",
        multiplier="100",
        local_symbol="AAPL  270115C00150000",
        trading_class="AAPL",
    ),
    8.0,
    under_con_id=265598,
    under_symbol="AAPL",
    under_sec_type="STK",
)
HIDDEN = _listing(Contract(999, "HIDE", "STK", local_symbol="HIDE", trading_class="HIDE"), 20.0)


class FakeMarket:
    """Implements `Market`; a limit order rests, anything else fills at once at the ask or bid."""

    def __init__(self) -> None:
        self.accounts: tuple[str, ...] = ("DU1234567",)
        self.now_s = NOW_S
        self.watched: Counter[int] = Counter()
        self.known = {listing.contract.con_id: listing for listing in (AAPL, CALL, HIDDEN)}
        self.orders: dict[tuple[int, int], Order] = {}
        self.done: list[Order] = []
        self.fills: list[Execution] = []
        self.held: dict[int, float] = {}
        self.pending: list[Notice] = []
        self.moved: dict[int, Quote] = {}
        self.history_calls: list[tuple[object, ...]] = []

    # reference
    def listings(self, wanted: Contract) -> list[Listing]:
        if wanted.con_id:
            found = self.known.get(wanted.con_id)
            return [found] if found else []
        return [
            listing
            for listing in self.known.values()
            if wanted.symbol == listing.contract.symbol and wanted.sec_type == listing.contract.sec_type
        ]

    def listing(self, con_id: int) -> Listing | None:
        return self.known.get(con_id)

    def combination(self, wanted: Contract, legs: Sequence[Leg]) -> Listing | None:
        return None

    def matching(self, text: str) -> list[Listing]:
        return [AAPL] if text.upper() in "AAPL" else []

    def option_chains(
        self, under_con_id: int, fut_fop_exchange: str
    ) -> list[tuple[str, str, str, tuple[str, ...], tuple[float, ...]]]:
        if under_con_id != AAPL.contract.con_id:
            return []
        return [("SMART", "AAPL", "100", ("20270115",), (145.0, 147.5, 150.0))]

    def market_rule(self, rule_id: int) -> tuple[tuple[float, float], ...]:
        return ((0.0, 0.0001), (1.0, 0.01)) if rule_id == 26 else ()

    # market data
    def quote(self, con_id: int) -> Quote:
        p = self.known[con_id].reference_price
        return Quote(con_id, NOW_S, p - 0.01, 300, p + 0.01, 400, p, 100, 12_345, p, p + 1, p - 1, p - 0.5)

    def watch(self, con_id: int) -> None:
        self.watched[con_id] += 1

    def unwatch(self, con_id: int) -> None:
        self.watched[con_id] -= 1

    def book(self, con_id: int, rows: int) -> Book:
        now = self.moved.get(con_id) or self.quote(con_id)
        assert now.bid is not None
        assert now.ask is not None
        steps = [round(0.01 * row, 2) for row in range(rows)]
        return Book(
            tuple(BookLevel(round(now.bid - step, 2), now.bid_size, "NASDAQ") for step in steps),
            tuple(BookLevel(round(now.ask + step, 2), now.ask_size, "NASDAQ") for step in steps),
        )

    def option_model(self, con_id: int) -> OptionModel | None:
        return OptionModel(0.3, 0.55, 0.02, 0.22, -0.05, 8.0, 150.0) if con_id == 700001 else None

    def history(
        self, con_id: int, end: datetime | None, duration: str, bar_size: str, what: str, rth_only: bool
    ) -> list[Bar]:
        self.history_calls.append((con_id, end, duration, bar_size, what, rth_only))
        if bar_size == "7 mins":
            raise HistoryRefused(162, "invalid step: 7 mins")
        if what == "NOTHING":
            return []
        step = timedelta(days=1) if bar_size == "1 day" else timedelta(minutes=1)
        if bar_size.endswith("secs"):
            step = timedelta(seconds=int(bar_size.split()[0]))
        first = (end or NOW) - 3 * step
        return [Bar(first + i * step, 150.0, 151.0, 149.0, 150.5, 1000, 150.25, 10) for i in range(3)]

    def head_timestamp(self, con_id: int, what: str) -> datetime:
        return datetime(1980, 12, 12, 14, 30, tzinfo=UTC)

    # time
    def advance(self, now_s: float) -> list[Notice]:
        self.now_s = now_s
        notices, self.pending = self.pending, []
        return notices

    def move(self, con_id: int, by: float) -> None:
        """Let the quote of `con_id` move at the next pulse, with a print."""
        now = self.quote(con_id)
        moved = now._replace(bid=now.bid + by, ask=now.ask + by, last=now.last + by, volume=now.volume + 100)  # type: ignore[operator]
        self.moved[con_id] = moved
        self.pending.append(QuoteChanged(moved, True))

    # orders
    def next_valid_id(self, client_id: int) -> int:
        return 1 + max((o for c, o in self.orders if c == client_id), default=0)

    def place(self, order: Order) -> list[Notice]:
        order = order.with_(perm_id=600_000_000 + order.order_id)
        if order.what_if:
            preview = MarginPreview(0, 0, 1e5, 3750.5, 3000.25, 1e5, 1.0, "USD")
            return [WhatIfAnswered(order.with_(status="PreSubmitted"), preview)]
        if order.quantity > 1_000_000:
            return [Refused(order.client_id, order.order_id, 201, "Order rejected - reason:Too big", "{}")]
        key = (order.client_id, order.order_id)
        if order.order_type == "LMT" or not order.transmit:
            self.orders[key] = order.with_(status="Submitted")
            return [OrderChanged(order.with_(status="PreSubmitted")), OrderChanged(self.orders[key])]
        return self._fill(order, key)

    def _fill(self, order: Order, key: tuple[int, int]) -> list[Notice]:
        price = 150.01
        filled = order.with_(
            status="Filled",
            filled=order.quantity,
            avg_fill_price=price,
            last_fill_price=price,
            completed_at=NOW,
            completed_status=f"Filled Size: {order.quantity:g}",
        )
        self.orders[key] = filled
        self.done.append(filled)
        side = 1 if order.action == "BUY" else -1
        con_id = order.contract.con_id
        self.held[con_id] = self.held.get(con_id, 0) + side * order.quantity
        exec_id = f"0000e0d5.6{len(self.fills):07d}.01.01"
        fill = Execution(
            exec_id, filled, NOW, "NASDAQ", "BOT" if side > 0 else "SLD", order.quantity, price,
            order.quantity, price, False, 2, 1.0, "USD", None,
        )  # fmt: skip
        self.fills.append(fill)
        return [
            OrderChanged(order.with_(status="PreSubmitted")),
            Executed(fill),
            OrderChanged(filled, duplicates=1),
            PositionChanged(self.positions(order.account)[0]),
        ]

    def cancel(self, client_id: int, order_id: int) -> list[Notice]:
        order = self.orders.get((client_id, order_id))
        if order is None:
            text = f"OrderId {order_id} that needs to be cancelled is not found."
            return [Refused(client_id, order_id, 10147, text)]
        gone = order.with_(status="Cancelled", completed_at=NOW, completed_status="Cancelled by Trader")
        self.orders[client_id, order_id] = gone
        self.done.append(gone)
        return [
            OrderChanged(order.with_(status="PendingCancel"), open_order=False),
            OrderChanged(gone, open_order=False),
            Refused(client_id, order_id, 202, "Order Canceled - reason:"),
        ]

    def cancel_all(self) -> list[Notice]:
        return [n for order in self.open_orders() for n in self.cancel(order.client_id, order.order_id)]

    def open_orders(self) -> list[Order]:
        return [order for order in self.orders.values() if not order.done]

    def completed_orders(self) -> list[Order]:
        return self.done

    def executions(self) -> list[Execution]:
        return self.fills

    # account
    def positions(self, account: str) -> list[Position]:
        return [
            Position(self.accounts[0], self.known[c].contract, q, 150.01, 150.0, 150.0 * q, -0.01 * q, 0, 1.5)
            for c, q in self.held.items()
        ]

    def account_values(self, account: str) -> list[tuple[str, str, str]]:
        return [("NetLiquidation", "100000.00", "USD"), ("AccountReady", "true", "")]

    def account_summary(self, account: str, tags: Sequence[str]) -> list[tuple[str, str, str]]:
        return [(tag, "100000.00", "USD") for tag in tags]

    def pnl(self, account: str) -> tuple[float, float, float]:
        return (12.5, -3.25, 0.0)
