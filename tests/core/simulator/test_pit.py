"""Whatever clients do, orders keep their promises and the books agree with the executions."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from core.simulator.exchange import Exchange
from core.simulator.matching.kinds import KINDS, NEVER
from core.simulator.model import Executed, Notice, Order, OrderChanged
from core.simulator.wire.place_order import Condition

NOW_S = datetime(2026, 11, 23, 15, 0, 20, tzinfo=UTC).timestamp()
CONTRACTS = (265598, 8314, 12087792, 1_800_002_612)
ACCOUNT = "DU1234567"

TERMS = st.fixed_dictionaries(
    {
        "con_id": st.sampled_from(CONTRACTS),
        "action": st.sampled_from(("BUY", "SELL")),
        "quantity": st.sampled_from((1.0, 7.0, 300.0, 2500.0)),
        "kind": st.sampled_from(tuple(KINDS)),
        "tif": st.sampled_from(("DAY", "GTC", "IOC", "OPG")),
        "extra": st.sampled_from(
            (
                {},
                {},
                {"allOrNone": True},
                {"displaySize": 1},
                {"hidden": True},
                {"discretionaryAmt": 0.05},
                {"algoStrategy": "Twap"},
                {"algoStrategy": "Adaptive"},
                {"trailStopPrice": 100.0, "lmtPriceOffset": 0.5},
                {"conditions": (Condition(6, "a", (True, 1, 8314, "SMART")),)},
            )
        ),
        "away": st.integers(-30, 30),
        "parent_id": st.sampled_from((0, 0, 0, 1, 2, 3)),
        "transmit": st.booleans(),
        "group": st.sampled_from(("", "", "a")),
        "oca_type": st.sampled_from((1, 2, 3)),
    }
)
DEEDS = st.one_of(
    st.tuples(st.just("place"), TERMS),
    st.tuples(
        st.just("change"), st.tuples(st.integers(1, 6), st.integers(-20, 20), st.sampled_from((5.0, 400.0)))
    ),
    st.tuples(st.just("cancel"), st.integers(1, 7)),
    st.tuples(st.just("wait"), st.sampled_from((0.03, 0.3, 4.0))),
    st.tuples(st.just("die"), st.sampled_from((0.0, 2.0))),
)


class Client:
    """Does as it is told, and remembers everything it heard."""

    def __init__(self) -> None:
        self.market, self.now_s = Exchange(5, NOW_S), NOW_S
        self.heard: list[Notice] = []
        self.sent: dict[int, Order] = {}

    def place(self, terms: dict[str, object]) -> None:
        con_id = int(terms["con_id"])  # type: ignore[call-overload]
        listing = self.market.listing(con_id)
        assert listing is not None
        bid = self.market.quote(con_id).bid
        assert bid is not None
        price = self.market.ticks(con_id).nearest(bid + int(terms["away"]) * listing.min_tick)  # type: ignore[call-overload]
        kind = str(terms["kind"])
        group = {"ocaGroup": terms["group"], "ocaType": terms["oca_type"]} if terms["group"] else {}
        order = Order(
            client_id=1,
            order_id=len(self.sent) + 1,
            contract=listing.contract,
            action=str(terms["action"]),
            quantity=float(terms["quantity"]),  # type: ignore[arg-type]
            order_type=kind,
            limit_price=price if KINDS[kind].priced or int(terms["parent_id"]) else None,  # type: ignore[call-overload]
            aux_price=self._aux(kind, price),
            tif=str(terms["tif"]),
            parent_id=int(terms["parent_id"]),  # type: ignore[call-overload]
            transmit=bool(terms["transmit"]),
            attributes={**terms["extra"], **group},  # type: ignore[dict-item]
        )
        self.sent[order.order_id] = order
        self.heard += self.market.place(order)

    @staticmethod
    def _aux(kind: str, price: float) -> float | None:
        row = KINDS[kind]
        if row.aux == NEVER:
            return None
        return price if row.trigger and not row.trails else 0.25

    def change(self, terms: tuple[int, int, float]) -> None:
        order_id, away, quantity = terms
        if (order := self.sent.get(order_id)) is not None:
            moved = (order.limit_price or 1.0) + away * 0.25
            changed = order.with_(quantity=quantity, limit_price=moved if order.limit_price else None)
            self.heard += self.market.place(changed)

    def cancel(self, order_id: int) -> None:
        self.heard += self.market.cancel(1, order_id)

    def die(self, seconds: float) -> None:
        """The gateway is killed, and started again on what it had written."""
        state = json.loads(json.dumps(self.market.state()))
        self.now_s += seconds
        self.market = Exchange(5, self.now_s)
        self.market.restore(state)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.heard += self.market.advance(self.now_s)


def within_limit(order: Order, price: float) -> bool:
    limit = order.limit_price
    if limit is None or KINDS[order.order_type].trails:
        return True
    limit_reach = float(str(order.attributes.get("discretionaryAmt", 0.0))) + 1e-9
    return price <= limit + limit_reach if order.action == "BUY" else price >= limit - limit_reach


@given(st.lists(DEEDS, max_size=25))
@settings(max_examples=60, deadline=None)
def test_orders_keep_their_promises(deeds: list[tuple[str, object]]) -> None:
    client = Client()
    holdings: dict[int, float] = defaultdict(float)
    for position in client.market.positions(ACCOUNT):
        holdings[position.contract.con_id] = position.quantity
    for name, terms in deeds:
        getattr(client, name)(terms)
    client.wait(2)
    filled: dict[int, float] = defaultdict(float)
    ended: dict[int, str] = {}
    for notice in client.heard:
        if isinstance(notice, Executed):
            execution = notice.execution
            order = execution.order
            filled[order.order_id] += execution.shares
            holdings[order.contract.con_id] += execution.shares * (1 if order.action == "BUY" else -1)
            assert execution.cumulative == filled[order.order_id] <= order.quantity
            assert within_limit(order, execution.price)
            assert order.order_id not in ended
        elif isinstance(notice, OrderChanged):
            order = notice.order
            assert ended.get(order.order_id, order.status) == order.status
            assert order.filled == filled[order.order_id]
            assert (order.status == "Filled") <= (order.remaining == 0)
            if order.done:
                ended[order.order_id] = order.status
    now_held = {p.contract.con_id: p.quantity for p in client.market.positions(ACCOUNT)}
    assert now_held == {con_id: quantity for con_id, quantity in holdings.items() if quantity}
    assert {order.order_id for order in client.market.open_orders()}.isdisjoint(ended)
