"""The market survives its own death: what was, is again, and goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator.exchange import Exchange
from core.simulator.model import Contract, Leg
from core.simulator.saved import decode, encode
from core.simulator.wire.place_order import Condition
from tests.core.simulator.trader import AAPL, ACCOUNT, EURUSD, IBM, MSFT, NOW_S, TSLA, Desk

PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8),
    st.builds(Leg, st.integers(), st.integers(1, 9), st.sampled_from(("BUY", "SELL")), st.text(max_size=5)),
    st.builds(lambda above, price: Condition(1, "a", (above, price, 1, "SMART", 0)), st.booleans(), st.floats(1, 9)),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip


@given(
    st.dictionaries(
        st.text(max_size=6).filter(lambda name: name != "~"), st.one_of(PLAIN, st.tuples(PLAIN, PLAIN))
    )
)
def test_what_is_written_is_read_back(value: dict[str, object]) -> None:
    assert decode(json.loads(json.dumps(encode(value)))) == value


def busy() -> Desk:
    """A desk with something of every kind under way."""
    desk = Desk()
    desk.place(desk.order(IBM, quantity=700))
    desk.place(desk.order(EURUSD, quantity=25_000))
    desk.wait(3)
    desk.limit(round(desk.bid() - 5, 2), attributes={"ocaGroup": "g", "ocaType": 2}, tif="GTC")
    desk.place(desk.order(AAPL, "SELL", 50, order_type="TRAIL", aux_price=2.0))
    later = Condition(3, "a", (True, "20261123-15:01:30"))
    desk.place(desk.order(MSFT, quantity=10, attributes={"conditions": (later,)}))
    desk.limit(round(desk.bid(TSLA) - 9, 2), con_id=TSLA, tif="DAY", transmit=False)
    gone = desk.limit(1.0)
    desk.wait(1)
    desk.cancel(gone)
    desk.wait(1)
    return desk


def reborn(state: dict[str, object], at_s: float) -> Exchange:
    market = Exchange(5, at_s)
    market.restore(json.loads(json.dumps(state)))
    return market


def test_everything_is_there_again() -> None:
    desk = busy()
    old = desk.market
    new = reborn(old.state(), desk.now_s)
    assert new.open_orders() == old.open_orders()
    assert new.completed_orders() == old.completed_orders()
    assert new.executions() == old.executions()
    assert new.positions(ACCOUNT) == old.positions(ACCOUNT)
    assert new.account_values(ACCOUNT) == old.account_values(ACCOUNT)
    assert new.next_valid_id(1) == old.next_valid_id(1)
    for name in ("executions", "accounts", "combinations", "serial"):
        assert new.state()[name] == old.state()[name]


def test_what_worked_goes_on_working() -> None:
    desk = busy()
    desk.market = reborn(desk.market.state(), desk.now_s + 20)
    desk.now_s += 20
    desk.wait(90)
    status = {order.contract.symbol: order.status for order in desk.market.completed_orders()}
    assert status["MSFT"] == "Filled", "its condition came after the restart"
    trailing = next(o for o in desk.market.open_orders() if o.order_type == "TRAIL")
    assert trailing.attributes["trailStopPrice"]
    limit = next(o for o in desk.market.open_orders() if o.order_type == "LMT" and o.transmit)
    desk.place(limit.with_(limit_price=round(desk.ask() + 1, 2)))
    desk.wait(5)
    assert desk.known(limit).status == "Filled"
    numbers = [one.exec_id for one in desk.market.executions()]
    assert len(set(numbers)) == len(numbers)
    assert len({o.perm_id for o in desk.market.completed_orders() + desk.market.open_orders()}) == 7


def test_a_new_day_forgets_what_is_finished_and_ends_what_was_for_the_day() -> None:
    desk = busy()
    tomorrow_s = desk.now_s + 86_400
    market = reborn(desk.market.state(), tomorrow_s)
    assert market.executions() == market.completed_orders() == []
    market.advance(tomorrow_s + 1)
    assert {o.tif for o in market.open_orders() if o.transmit} == {"GTC"}
    held = {p.contract.symbol: p.quantity for p in market.positions(ACCOUNT)}
    assert held["IBM"] == 700


def test_combinations_keep_their_contracts() -> None:
    desk = Desk()
    legs = (Leg(IBM, 1, "BUY", "SMART"), Leg(MSFT, 1, "SELL", "SMART"))
    bag = Contract(0, "IBM", "BAG")
    order = desk.order(IBM, order_type="LMT", limit_price=-900.0, quantity=10, attributes={"comboLegs": legs})
    desk.place(order.with_(contract=bag))
    desk.wait(1)
    (before,) = desk.market.open_orders()
    new = reborn(desk.market.state(), desk.now_s)
    assert new.open_orders() == [before]
    assert new.quote(before.contract.con_id) == desk.market.quote(before.contract.con_id)


def test_what_is_no_state_is_refused() -> None:
    for wrong in ({}, {"version": 99}, {"version": 1, "now_s": NOW_S}):
        with pytest.raises((KeyError, ValueError)):
            Exchange(5, NOW_S).restore(wrong)


def test_writing_it_costs_little_however_long_the_day() -> None:
    desk = Desk()
    for _ in range(6):
        desk.place(desk.order(IBM, quantity=1500))
        desk.wait(8)
    first = desk.market.state()
    again = desk.market.state()
    assert first == again
    assert datetime.fromtimestamp(float(str(first["now_s"])), UTC).year == 2026
