"""Combinations: several legs at one net price."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.simulator.hub import Hub
from core.simulator.model import Contract, Executed, Leg, Order, PositionChanged, WhatIfAnswered
from tests.core.simulator.trader import AAPL, ACCOUNT, IBM, MSFT, SPX, Desk
from tests.core.simulator.wire_client import WireClient, errors


@pytest.fixture
def desk() -> Desk:
    return Desk()


def vertical(desk: Desk) -> tuple[Leg, Leg]:
    """Long a call at the money, short one further out."""
    wanted = Contract(0, "AAPL", "OPT", "20261218", right="C")
    spot = desk.bid()
    calls = sorted((one.contract for one in desk.market.listings(wanted)), key=lambda c: abs(c.strike - spot))
    near, far = sorted(calls[:5], key=lambda c: c.strike)[::4]
    return Leg(near.con_id, 1, "BUY", "SMART"), Leg(far.con_id, 1, "SELL", "SMART")


def bag(desk: Desk, legs: tuple[Leg, ...], **terms: object) -> Order:
    order = desk.order(AAPL, quantity=terms.pop("quantity", 2), attributes={"comboLegs": legs}, **terms)  # type: ignore[arg-type]
    return order.with_(contract=Contract(0, "AAPL", "BAG", exchange="SMART"))


def net(desk: Desk, legs: tuple[Leg, ...]) -> tuple[float, float]:
    """Bid and ask of the combination by its legs' markets."""
    bid = sum(desk.bid(x.con_id) if x.action == "BUY" else -desk.ask(x.con_id) for x in legs)
    ask = sum(desk.ask(x.con_id) if x.action == "BUY" else -desk.bid(x.con_id) for x in legs)
    return bid, ask


def test_a_limit_at_the_net_ask_fills_every_leg_in_its_ratio(desk: Desk) -> None:
    legs = vertical(desk)
    _, ask = net(desk, legs)
    order = bag(desk, legs, order_type="LMT", limit_price=round(ask + 0.1, 2))
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled", 60)
    assert [desk.held(leg.con_id) for leg in legs] == [2, -2]
    whole = [e for e in desk.executions(order) if e.order.contract.sec_type == "BAG"]
    parts = [e for e in desk.executions(order) if e.order.contract.sec_type == "OPT"]
    assert sum(e.shares for e in whole) == 2
    assert {e.side for e in whole} == {"BOT"}
    assert {(e.order.contract.con_id, e.side) for e in parts} == {
        (legs[0].con_id, "BOT"),
        (legs[1].con_id, "SLD"),
    }
    assert desk.known(order).avg_fill_price <= round(ask + 0.1, 2)


def test_the_legs_prices_come_to_the_net_price(desk: Desk) -> None:
    legs = vertical(desk)
    order = bag(desk, legs, order_type="MKT")
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled", 60)
    paid = 0.0
    for one in desk.executions(order):
        worth = one.price * one.shares
        if one.order.contract.sec_type == "BAG":
            paid -= worth
        else:
            paid += worth if one.side == "BOT" else -worth
    assert paid == pytest.approx(0, abs=1e-4)


def test_the_combination_s_execution_comes_first_and_its_legs_have_a_fifth_segment(desk: Desk) -> None:
    order = bag(desk, vertical(desk), order_type="MKT", quantity=1)
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled", 60)
    first, *legs = [n.execution for n in desk.heard if isinstance(n, Executed)][:3]
    assert first.order.contract.sec_type == "BAG"
    assert first.exec_id.count(".") == 3
    assert [leg.exec_id.count(".") for leg in legs] == [4, 4]
    assert len({one.exec_id.rpartition(".")[0] for one in (first, *legs)}) == 3
    assert first.commission == 0
    assert all(leg.commission > 0 for leg in legs)
    told = {n.position.contract.sec_type for n in desk.heard if isinstance(n, PositionChanged)}
    assert told == {"OPT"}


def test_a_pair_of_stocks_trades_at_a_negative_price_too(desk: Desk) -> None:
    legs = (Leg(IBM, 1, "BUY", "SMART"), Leg(MSFT, 1, "SELL", "SMART"))
    bid, ask = net(desk, legs)
    assert ask < 0
    order = bag(desk, legs, order_type="LMT", limit_price=round(bid - 5, 2), quantity=10)
    desk.place(order)
    desk.wait(1)
    assert desk.known(order).status == "Submitted"
    desk.place(desk.known(order).with_(limit_price=round(ask + 0.5, 2)))
    desk.until(lambda: desk.known(order).status == "Filled", 60)
    assert desk.held(IBM) == 10
    assert desk.known(order).avg_fill_price < 0


def test_the_same_legs_are_the_same_contract_with_a_market(desk: Desk) -> None:
    legs = vertical(desk)
    low = {"order_type": "LMT", "limit_price": 0.01}
    for number in (1, 2):
        desk.place(bag(desk, legs, **low, order_id=number))
    desk.wait(0.3)
    one, other = desk.market.open_orders()
    assert one.contract == other.contract
    quote = desk.market.quote(one.contract.con_id)
    assert (quote.bid, quote.ask) == tuple(pytest.approx(side, abs=0.01) for side in net(desk, legs))
    assert {level.price for level in desk.market.book(one.contract.con_id, 10).bids} >= {0.01}


def test_a_what_if_of_a_spread_needs_less_than_its_short_leg_alone(desk: Desk) -> None:
    legs = vertical(desk)
    (answer,) = desk.place(bag(desk, legs, order_type="MKT", what_if=True))
    assert isinstance(answer, WhatIfAnswered)
    (alone,) = desk.place(desk.order(legs[1].con_id, "SELL", 2, what_if=True))
    assert isinstance(alone, WhatIfAnswered)

    def needs(p: WhatIfAnswered) -> float:
        return p.preview.init_after - p.preview.init_before

    assert 0 <= needs(answer) < needs(alone)
    assert answer.preview.commission > 0


@pytest.mark.parametrize(
    "legs",
    [
        (),
        (Leg(IBM, 1, "BUY", "SMART"),),
        (Leg(IBM, 1, "BUY", "SMART"), Leg(4711, 1, "SELL", "SMART")),
        (Leg(IBM, 1, "BUY", "SMART"), Leg(IBM, 1, "SELL", "SMART")),
        (Leg(IBM, 0, "BUY", "SMART"), Leg(MSFT, 1, "SELL", "SMART")),
        (Leg(IBM, 1, "BUY", "SMART"), Leg(SPX, 1, "SELL", "SMART")),
    ],
)
def test_legs_that_make_no_combination_are_refused(desk: Desk, legs: tuple[Leg, ...]) -> None:
    desk.place(bag(desk, legs, order_type="MKT"))
    assert desk.codes() == [200]
    assert desk.market.open_orders() == []


def test_a_combination_takes_market_and_limit_orders_only(desk: Desk) -> None:
    desk.place(bag(desk, vertical(desk), order_type="STP", aux_price=1.0))
    desk.place(bag(desk, vertical(desk), order_type="LMT", limit_price=1.0, tif="FOK"))
    assert desk.codes() == [387, 201]
    assert desk.market.positions(ACCOUNT)
    assert datetime.fromtimestamp(desk.now_s, UTC).year == 2026


# --- over the wire ----------------------------------------------------------------------------------

BAG_FIELDS = ("0", "AAPL", "BAG", "", "0", "", "", "SMART", "", "USD", "", "")


def line(legs: tuple[Leg, ...], req_id: str = "9") -> list[str]:
    """reqMktData of a combination."""
    named = [part for leg in legs for part in (str(leg.con_id), str(leg.ratio), leg.action, leg.exchange)]
    return ["1", "11", req_id, *BAG_FIELDS, str(len(legs)), *named, "0", "", "0", "0", ""]


def test_a_line_of_a_combination_shows_its_legs_netted(desk: Desk) -> None:
    client = WireClient(Hub(desk.market))
    legs = vertical(desk)
    heard = client.ask(*line(legs))
    ticks = {fields[3]: float(fields[4]) for fields in heard if fields[0] == "1"}
    assert (ticks["1"], ticks["2"]) == tuple(pytest.approx(side, abs=0.01) for side in net(desk, legs))
    later = client.after(30)
    assert {fields[2] for fields in later if fields[0] in ("1", "2")} == {"9"}
    assert client.ask("2", "2", "9") == []
    assert client.after(5) == []


def test_a_line_of_no_combination_is_refused(desk: Desk) -> None:
    client = WireClient(Hub(desk.market))
    heard = client.ask(*line((Leg(IBM, 1, "BUY", "SMART"), Leg(4711, 1, "SELL", "SMART"))))
    assert errors(heard) == [("9", "200")]


def test_a_combination_is_charged_by_its_legs_only(desk: Desk) -> None:
    client = WireClient(Hub(desk.market))
    client.hub.perform(desk.market.place(bag(desk, vertical(desk), order_type="MKT", quantity=1)))
    for _ in range(240):
        client.after(0.25)
    fills = {fields[14]: fields[5] for fields in client.heard if fields[0] == "11"}
    assert sorted(set(fills.values())) == ["BAG", "OPT"]
    charged = {fields[2] for fields in client.heard if fields[0] == "59"}
    assert charged == {exec_id for exec_id, sec_type in fills.items() if sec_type == "OPT"}
    again = client.ask("7", "3", "1", "0", "", "", "", "", "", "")
    assert {fields[2] for fields in again if fields[0] == "59"} == charged
