"""A client at the exchange, for tests: places orders, lets the market live, remembers what it heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from core.simulator.exchange import Exchange
from core.simulator.model import (
    Contract,
    Execution,
    Market,
    Notice,
    Order,
    OrderChanged,
    Refused,
    Shown,
)

NOW_S = datetime(2026, 11, 23, 15, 0, 20, tzinfo=UTC).timestamp()
SUNDAY_S = datetime(2026, 11, 22, 15, 0, 0, tzinfo=UTC).timestamp()
AAPL, MSFT, IBM, EURUSD, SPX, TSLA = 265598, 272093, 8314, 12087792, 416904, 76792991
ACCOUNT = "DU1234567"


class Desk:
    """A client at the exchange: places orders and lets the market live."""

    def __init__(self, **terms: object) -> None:
        start_s = terms.pop("start_s", NOW_S)
        self.now_s = float(start_s)  # type: ignore[arg-type]
        self.market = Exchange(5, self.now_s, **terms)  # type: ignore[arg-type]
        self.typed: Market = self.market
        self.heard: list[Notice] = []

    def contract(self, con_id: int) -> Contract:
        listing = self.market.listing(con_id)
        assert listing is not None
        return listing.contract

    def order(self, con_id: int = AAPL, action: str = "BUY", quantity: float = 100, **terms: object) -> Order:
        wanted = {
            "order_id": self.market.next_valid_id(1),
            "order_type": "MKT",
            "limit_price": None,
            "aux_price": None,
            **terms,
        }
        return Order(client_id=1, contract=self.contract(con_id), action=action, quantity=quantity, **wanted)  # type: ignore[arg-type]

    def place(self, order: Order) -> list[Notice]:
        return self._kept(self.market.place(order))

    def limit(self, price: float, con_id: int = AAPL, action: str = "BUY", **terms: object) -> Order:
        order = self.order(con_id, action, order_type="LMT", limit_price=price, **terms)
        self.place(order)
        return order

    def cancel(self, order: Order) -> list[Notice]:
        return self._kept(self.market.cancel(1, order.order_id))

    def wait(self, seconds: float = 0.3) -> list[Notice]:
        notices: list[Notice] = []
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + 0.05, until_s)
            notices += self.market.advance(self.now_s)
        return self._kept(notices)

    def until(self, done: Callable[[], bool], seconds: float = 600) -> None:
        begun_s = self.now_s
        while not done():
            assert self.now_s < begun_s + seconds, "it never came"
            self.wait(0.25)

    def _kept(self, notices: list[Notice]) -> list[Notice]:
        kept = [notice for notice in notices if not isinstance(notice, Shown)]
        self.heard += kept
        return kept

    def statuses(self, order: Order) -> list[str]:
        changed = [n.order for n in self.heard if isinstance(n, OrderChanged)]
        return [one.status for one in changed if one.order_id == order.order_id]

    def known(self, order: Order) -> Order:
        everything = self.market.open_orders() + self.market.completed_orders()
        return next(one for one in everything if one.order_id == order.order_id)

    def codes(self) -> list[int]:
        return [notice.code for notice in self.heard if isinstance(notice, Refused)]

    def bid(self, con_id: int = AAPL) -> float:
        bid = self.market.quote(con_id).bid
        assert bid is not None
        return bid

    def ask(self, con_id: int = AAPL) -> float:
        ask = self.market.quote(con_id).ask
        assert ask is not None
        return ask

    def held(self, con_id: int) -> float:
        return next((p.quantity for p in self.market.positions(ACCOUNT) if p.contract.con_id == con_id), 0.0)

    def value(self, key: str, currency: str = "USD") -> float:
        rows = self.market.account_values(ACCOUNT)
        return next(float(value) for name, value, unit in rows if (name, unit) == (key, currency))

    def executions(self, order: Order) -> list[Execution]:
        return [one for one in self.market.executions() if one.order.order_id == order.order_id]

    def text(self, code: int) -> str:
        return next(n.text for n in self.heard if isinstance(n, Refused) and n.code == code)
