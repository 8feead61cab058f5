"""Expiry: what is settled, exercised and delisted, and what is listed in its place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.simulator.exchange import Exchange
from core.simulator.model import Contract, OrderChanged, PositionChanged
from tests.core.simulator.trader import AAPL, ACCOUNT, Desk

FRIDAY_S = datetime(2026, 11, 27, 20, 55, 0, tzinfo=UTC).timestamp()
AFTER_S = FRIDAY_S + 15 * 60
ES_DEC = 1_800_002_612
ES_MARCH = 1_800_002_703


def options(market: Exchange, right: str) -> list[Contract]:
    """AAPL options that expire on the Friday, from the lowest strike."""
    wanted = Contract(0, "AAPL", "OPT", "20261127", right=right)
    return sorted((one.contract for one in market.listings(wanted)), key=lambda one: one.strike)


@pytest.fixture
def desk() -> Desk:
    return Desk(start_s=FRIDAY_S)


def held(desk: Desk) -> dict[int, float]:
    return {p.contract.con_id: p.quantity for p in desk.market.positions(ACCOUNT)}


def test_a_call_in_the_money_becomes_stock_and_one_out_of_it_nothing(desk: Desk) -> None:
    calls = options(desk.market, "C")
    deep, far = calls[2], calls[-2]
    before = held(desk)[AAPL]
    for contract in (deep, far):
        order = desk.order(
            contract.con_id, quantity=2, order_type="LMT", limit_price=desk.ask(contract.con_id)
        )
        desk.place(order)
        desk.until(lambda order=order: desk.known(order).status == "Filled", 120)  # type: ignore[misc]
    worth = desk.value("NetLiquidation")
    desk.heard += desk.market.advance(AFTER_S)
    assert held(desk)[AAPL] == before + 200
    assert not {deep.con_id, far.con_id} & set(held(desk))
    told = [n.position for n in desk.heard if isinstance(n, PositionChanged)]
    assert {(p.contract.con_id, p.quantity) for p in told} >= {(deep.con_id, 0), (AAPL, before + 200)}
    assert desk.value("NetLiquidation") == pytest.approx(worth, abs=6000)


def test_a_short_put_in_the_money_takes_the_stock_at_its_strike(desk: Desk) -> None:
    put = options(desk.market, "P")[-3]
    before = held(desk)[AAPL]
    order = desk.order(put.con_id, "SELL", 1, order_type="LMT", limit_price=desk.bid(put.con_id))
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled", 120)
    desk.heard += desk.market.advance(AFTER_S)
    assert held(desk)[AAPL] == before + 100
    assert put.con_id not in held(desk)


def test_what_has_expired_is_no_longer_listed_nor_worked_in(desk: Desk) -> None:
    call = options(desk.market, "C")[0]
    order = desk.limit(0.05, call.con_id, quantity=1, tif="GTC")
    desk.wait(1)
    desk.heard += desk.market.advance(AFTER_S)
    ended = [n.order for n in desk.heard if isinstance(n, OrderChanged)][-1]
    assert (ended.order_id, ended.status) == (order.order_id, "Cancelled")
    assert desk.market.listing(call.con_id) is None
    assert options(desk.market, "C") == []
    _, _, _, expiries, _ = desk.market.option_chains(AAPL, "")[0]
    assert "20261127" not in expiries
    desk.place(desk.order(AAPL, order_id=9).with_(contract=call))
    assert desk.codes()[-1] == 200


def test_the_next_expiry_is_listed_as_the_old_one_goes(desk: Desk) -> None:
    _, _, _, before, _ = desk.market.option_chains(AAPL, "")[0]
    for hours in range(1, 36):
        desk.market.advance(FRIDAY_S + hours * 3600)
    _, _, _, after, strikes = desk.market.option_chains(AAPL, "")[0]
    assert set(after) - set(before)
    assert strikes
    known = [entry.listing.contract.con_id for entry in desk.market.catalogue]
    assert len(known) == len(set(known))


def test_an_option_on_a_future_becomes_a_future_that_settles_with_it() -> None:
    start_s = datetime(2026, 12, 18, 20, 55, tzinfo=UTC).timestamp()
    desk = Desk(start_s=start_s)
    wanted = Contract(0, "ES", "FOP", "20261218", right="C", exchange="CME")
    listed = sorted((one.contract for one in desk.market.listings(wanted)), key=lambda one: one.strike)
    deep, far = listed[3], listed[-1]
    assert {one.under_con_id for one in desk.market.listings(wanted)} == {ES_DEC}
    for contract in (deep, far):
        order = desk.order(
            contract.con_id, quantity=1, order_type="LMT", limit_price=desk.ask(contract.con_id)
        )
        desk.place(order)
        desk.until(lambda order=order: desk.known(order).status == "Filled", 120)  # type: ignore[misc]
    worth = desk.value("NetLiquidation")
    desk.heard += desk.market.advance(start_s + 11 * 60)
    assert not {deep.con_id, far.con_id, ES_DEC} & set(held(desk))
    told = [n.position for n in desk.heard if isinstance(n, PositionChanged)]
    assert {(p.contract.con_id, p.quantity) for p in told} >= {(deep.con_id, 0), (ES_DEC, 0)}
    assert desk.value("NetLiquidation") == pytest.approx(worth, abs=6000)


def test_an_option_between_two_futures_becomes_the_later_one() -> None:
    start_s = datetime(2027, 1, 15, 20, 55, tzinfo=UTC).timestamp()
    desk = Desk(start_s=start_s)
    wanted = Contract(0, "ES", "FOP", "20270115", right="P", exchange="CME")
    put = sorted((one.contract for one in desk.market.listings(wanted)), key=lambda one: one.strike)[-3]
    assert put.local_symbol == f"EW3F7 P{put.strike:g}"
    order = desk.order(put.con_id, quantity=2, order_type="LMT", limit_price=desk.ask(put.con_id))
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled", 120)
    before = held(desk).get(ES_MARCH, 0)
    desk.heard += desk.market.advance(start_s + 11 * 60)
    assert held(desk).get(ES_MARCH, 0) == before - 2


def test_a_warrant_is_paid_out() -> None:
    start_s = datetime(2026, 12, 18, 20, 55, tzinfo=UTC).timestamp()
    desk = Desk(start_s=start_s)
    wanted = Contract(0, "AAPL", "WAR", "20261218", right="C")
    deep = min((one.contract for one in desk.market.listings(wanted)), key=lambda one: one.strike)
    order = desk.order(deep.con_id, quantity=100, order_type="LMT", limit_price=desk.ask(deep.con_id))
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled", 120)
    shares, worth = held(desk)[AAPL], desk.value("NetLiquidation")
    desk.heard += desk.market.advance(start_s + 11 * 60)
    assert deep.con_id not in held(desk)
    assert held(desk)[AAPL] == shares
    assert desk.value("NetLiquidation") == pytest.approx(worth, abs=6000)


def test_a_future_settles_at_its_last_price_and_the_next_month_is_listed() -> None:
    start_s = datetime(2026, 12, 18, 20, 55, tzinfo=UTC).timestamp()
    desk = Desk(start_s=start_s)
    assert held(desk)[ES_DEC] == 1
    months = {one.contract.expiry for one in desk.market.listings(Contract(0, "ES", "FUT", exchange="CME"))}
    worth = desk.value("NetLiquidation")
    desk.heard += desk.market.advance(start_s + 11 * 60)
    assert ES_DEC not in held(desk)
    assert desk.market.listing(ES_DEC) is None
    assert desk.value("NetLiquidation") == pytest.approx(worth, abs=6000)
    for hours in range(1, 12):
        desk.market.advance(start_s + hours * 3600)
    later = {one.contract.expiry for one in desk.market.listings(Contract(0, "ES", "FUT", exchange="CME"))}
    assert len(later) == 3
    assert min(later) > min(months)
    assert date.fromisoformat(max(later)) > date(2027, 6, 1)
