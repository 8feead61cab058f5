"""The exchange as the protocol side sees it: orders from arrival to end, quotes, the account."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from time import process_time

import pytest

from core.simulator.exchange import Exchange
from core.simulator.model import (
    AccountChanged,
    Contract,
    Executed,
    Notice,
    Order,
    OrderChanged,
    PositionChanged,
    Refused,
    Shown,
    WhatIfAnswered,
)
from tests.core.simulator.trader import (
    AAPL,
    ACCOUNT,
    EURUSD,
    IBM,
    MSFT,
    NOW_S,
    SPX,
    SUNDAY_S,
    TSLA,
    Desk,
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- a market order -----------------------------------------------------------------------------


def test_a_market_order_goes_through_every_status_and_fills(desk: Desk) -> None:
    order = desk.order(IBM)
    (first,) = desk.place(order)
    assert isinstance(first, OrderChanged)
    assert first.order.status == "PendingSubmit"
    assert first.order.perm_id > 0
    assert first.order.account == ACCOUNT
    desk.wait(3)
    found = desk.statuses(order)
    assert found[:3] == ["PendingSubmit", "PreSubmitted", "Submitted"]
    assert found[-1] == "Filled"
    assert desk.held(IBM) == 100


def test_a_fill_is_told_in_ib_s_order_with_its_duplicate(desk: Desk) -> None:
    desk.place(desk.order(IBM))
    desk.wait(3)
    kinds = [type(n) for n in desk.heard]
    first = kinds.index(Executed)
    assert kinds[first : first + 4] == [Executed, OrderChanged, PositionChanged, AccountChanged]
    filled = desk.heard[first + 1]
    assert isinstance(filled, OrderChanged)
    assert filled.duplicates == 1
    (execution,) = [n.execution for n in desk.heard if isinstance(n, Executed)][-1:]
    assert execution.exec_id.count(".") == 3
    assert execution.exec_id.endswith(".01.01")
    assert execution.commission == 1.0
    assert execution.realised_pnl is None


def test_a_large_order_fills_in_parts_of_what_is_shown(desk: Desk) -> None:
    order = desk.order(IBM, quantity=3000)
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled")
    executions = desk.market.executions()
    assert len(executions) > 2
    assert sum(one.shares for one in executions) == 3000
    assert [one.cumulative for one in executions] == sorted(one.cumulative for one in executions)
    assert sum(one.commission for one in executions) == pytest.approx(15.0)
    assert len({one.exec_id for one in executions}) == len(executions)
    average = sum(one.shares * one.price for one in executions) / 3000
    assert desk.known(order).avg_fill_price == pytest.approx(average)
    assert "Submitted" in desk.statuses(order)


def test_selling_what_is_held_realises_a_profit(desk: Desk) -> None:
    desk.place(desk.order(AAPL, "SELL", 200))
    desk.wait(5)
    realised = [one.realised_pnl for one in desk.market.executions()]
    assert all(pnl is not None and pnl > 0 for pnl in realised)
    assert desk.held(AAPL) == 0
    last = [n.position for n in desk.heard if isinstance(n, PositionChanged)][-1]
    assert last.quantity == 0
    _, _, total = desk.market.pnl(ACCOUNT)
    assert total == pytest.approx(sum(pnl or 0 for pnl in realised))


@pytest.mark.parametrize("con_id", [EURUSD, 1_800_002_612])
def test_fx_and_futures_trade_too(desk: Desk, con_id: int) -> None:
    quantity = 25_000 if con_id == EURUSD else 2
    before = desk.value("NetLiquidation")
    held = desk.held(con_id)
    desk.place(desk.order(con_id, quantity=quantity, outside_rth=True))
    desk.wait(2)
    assert desk.held(con_id) == held + quantity
    assert desk.value("NetLiquidation") == pytest.approx(before, abs=2000)


def test_an_option_trades_at_its_own_market(desk: Desk) -> None:
    _, _, _, expiries, strikes = desk.market.option_chains(TSLA, "")[0]
    price = desk.bid(TSLA)
    strike = min(strikes, key=lambda one: abs(one - price))
    wanted = Contract(0, "TSLA", "OPT", expiries[3], strike, "C", exchange="SMART")
    (listing,) = desk.market.listings(wanted)
    order = desk.order(
        listing.contract.con_id, quantity=1, order_type="LMT", limit_price=desk.ask(listing.contract.con_id)
    )
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled")
    assert desk.held(listing.contract.con_id) == 1
    assert desk.market.executions()[0].commission == 1.0


# --- limits and stops ---------------------------------------------------------------------------


def test_a_limit_through_the_market_is_improved(desk: Desk) -> None:
    order = desk.limit(round(desk.ask() + 1.0, 2))
    desk.wait(3)
    assert desk.known(order).status == "Filled"
    assert desk.known(order).avg_fill_price < order.limit_price - 0.5  # type: ignore[operator]


def test_a_limit_rests_until_the_market_comes_to_it(desk: Desk) -> None:
    order = desk.limit(round(desk.bid() - 0.05, 2))
    desk.wait(0.3)
    assert desk.known(order).status == "Submitted"
    desk.until(lambda: desk.known(order).status == "Filled", seconds=7200)
    assert desk.known(order).avg_fill_price == order.limit_price
    assert desk.market.executions()[0].last_liquidity == 1


def test_a_stop_waits_until_the_market_reaches_it(desk: Desk) -> None:
    stop = round(desk.bid() - 0.15, 2)
    order = desk.order(AAPL, "SELL", 100, order_type="STP", aux_price=stop)
    desk.place(order)
    desk.wait(0.5)
    assert desk.known(order).status == "PreSubmitted"
    assert desk.known(order).why_held == "trigger"
    desk.until(lambda: desk.known(order).status == "Filled", seconds=7200)
    assert desk.statuses(order)[:3] == ["PendingSubmit", "PreSubmitted", "Submitted"]
    assert desk.known(order).avg_fill_price <= stop + 0.02


def test_a_stop_limit_rests_at_its_limit_once_set_off(desk: Desk) -> None:
    stop = round(desk.bid() - 0.10, 2)
    order = desk.order(
        AAPL, "SELL", 100, order_type="STP LMT", aux_price=stop, limit_price=round(stop + 3, 2)
    )
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Submitted", seconds=7200)
    assert desk.known(order).filled == 0


def test_what_does_not_fill_at_once_is_cancelled_at_once(desk: Desk) -> None:
    order = desk.limit(round(desk.bid() - 5, 2), tif="IOC")
    desk.wait(0.3)
    assert desk.known(order).status == "Cancelled"
    assert desk.codes() == [202]


def test_two_orders_do_not_take_the_same_shares(desk: Desk) -> None:
    for _ in range(2):
        desk.place(desk.order(IBM, quantity=2000))
    desk.wait(4)
    at_one_price: dict[tuple[float, float], float] = {}
    for execution in desk.market.executions():
        key = execution.at.timestamp() // 0.25, execution.price
        at_one_price[key] = at_one_price.get(key, 0.0) + execution.shares
    # A quarter of a second straddles two beats at most, and no level shows more than this.
    assert max(at_one_price.values()) <= 2 * 3700
    assert len(at_one_price) > 1


# --- change and cancel ---------------------------------------------------------------------------


def test_cancelling_a_resting_order_takes_its_time_and_ends_in_202(desk: Desk) -> None:
    order = desk.limit(round(desk.bid() - 5, 2))
    desk.wait()
    (pending,) = desk.cancel(order)
    assert isinstance(pending, OrderChanged)
    assert (pending.order.status, pending.open_order) == ("PendingCancel", False)
    desk.wait()
    assert desk.statuses(order)[-2:] == ["PendingCancel", "Cancelled"]
    assert desk.codes() == [202]
    assert [o.order_id for o in desk.market.completed_orders()] == [order.order_id]
    assert desk.known(order).completed_status == "Cancelled by Trader"


def test_a_changed_order_keeps_its_perm_id_and_takes_its_new_terms(desk: Desk) -> None:
    order = desk.limit(round(desk.bid() - 5, 2))
    desk.wait()
    perm_id = desk.known(order).perm_id
    assert desk.place(order.with_(limit_price=round(desk.bid() - 4, 2), quantity=50)) == []
    desk.wait()
    changed = desk.known(order)
    assert (changed.perm_id, changed.quantity, changed.status) == (perm_id, 50, "Submitted")
    desk.place(order.with_(limit_price=round(desk.ask() + 1, 2), quantity=50))
    desk.wait(3)
    assert desk.known(order).status == "Filled"


def test_what_cannot_be_changed_is_refused_and_the_order_lives_on(desk: Desk) -> None:
    order = desk.limit(round(desk.bid() - 5, 2))
    desk.wait()
    desk.place(order.with_(action="SELL"))
    desk.place(order.with_(order_type="MKT", limit_price=None))
    desk.place(order.with_(limit_price=100.001))
    assert desk.codes() == [105, 329, 110]
    assert desk.known(order).status == "Submitted"
    assert desk.known(order).limit_price == order.limit_price


def test_a_filled_order_can_be_neither_changed_nor_cancelled(desk: Desk) -> None:
    order = desk.order(IBM)
    desk.place(order)
    desk.wait(3)
    desk.place(order)
    (refused,) = desk.cancel(order)
    assert desk.codes() == [104, 10148]
    assert isinstance(refused, Refused)
    assert refused.text.endswith("can not be cancelled, state: Filled.")


def test_ids_go_up_and_an_unknown_one_cannot_be_cancelled(desk: Desk) -> None:
    assert desk.market.next_valid_id(1) == 1
    desk.limit(1.0, order_id=7)
    assert desk.market.next_valid_id(1) == 8
    desk.place(desk.order(order_id=6))
    (refused,) = desk.market.cancel(1, 99)
    assert desk.codes() == [103]
    assert isinstance(refused, Refused)
    assert (refused.code, refused.text) == (10147, "OrderId 99 that needs to be cancelled is not found.")
    assert desk.market.next_valid_id(2) == 1


def test_everything_is_cancelled_together(desk: Desk) -> None:
    for offset in (5, 6, 7):
        desk.limit(round(desk.bid() - offset, 2))
    desk.wait()
    desk.heard += desk.market.cancel_all()
    desk.wait()
    assert desk.market.open_orders() == []
    assert desk.codes() == [202, 202, 202]


# --- brackets and groups ---------------------------------------------------------------------------


def bracket(desk: Desk, entry: float, **last: object) -> tuple[Order, Order, Order]:
    parent = desk.limit(entry, transmit=False)
    price = desk.bid()
    target = desk.limit(round(price + 40, 2), action="SELL", parent_id=parent.order_id, transmit=False)
    stop = desk.order(
        AAPL, "SELL", order_type="STP", aux_price=round(price - 40, 2), parent_id=parent.order_id, **last
    )
    desk.place(stop)
    return parent, target, stop


def test_a_bracket_is_held_until_its_last_order_is_sent(desk: Desk) -> None:
    parent = desk.limit(round(desk.ask() + 1, 2), transmit=False)
    desk.wait(1)
    assert desk.known(parent).status == "PendingSubmit"
    assert desk.known(parent).filled == 0


def test_children_wait_for_their_parent_and_one_ends_the_other(desk: Desk) -> None:
    parent, target, stop = bracket(desk, round(desk.ask() + 1, 2))
    desk.until(lambda: desk.known(parent).status == "Filled")
    desk.wait()
    assert desk.known(target).status == "Submitted"
    assert desk.known(stop).status == "PreSubmitted"
    desk.place(target.with_(limit_price=round(desk.bid() - 1, 2), transmit=True))
    desk.until(lambda: desk.known(target).status == "Filled")
    assert desk.known(stop).status == "Cancelled"
    assert desk.held(AAPL) == 200


def test_a_parent_that_is_cancelled_takes_its_children_along(desk: Desk) -> None:
    parent, target, stop = bracket(desk, round(desk.bid() - 5, 2))
    desk.wait()
    assert desk.known(target).why_held == "child"
    assert desk.known(stop).why_held == "child,trigger"
    desk.cancel(parent)
    desk.wait()
    assert {desk.known(one).status for one in (parent, target, stop)} == {"Cancelled"}


def test_one_fill_cancels_the_rest_of_its_group(desk: Desk) -> None:
    group = {"ocaGroup": "either", "ocaType": 1}
    resting = desk.limit(round(desk.bid() - 5, 2), attributes=group)
    other = desk.limit(round(desk.bid(IBM) - 5, 2), con_id=IBM, attributes=group)
    desk.wait()
    desk.place(desk.order(MSFT, quantity=10, attributes=group))
    desk.wait(3)
    assert {desk.known(one).status for one in (resting, other)} == {"Cancelled"}


# --- refusals -----------------------------------------------------------------------------------


def test_an_order_beyond_the_margin_is_rejected_in_ib_s_words(desk: Desk) -> None:
    order = desk.order(AAPL, quantity=50_000)
    refused, changed = desk.place(order)
    assert isinstance(refused, Refused)
    assert refused.code == 201
    assert refused.text.startswith("Order rejected - reason:YOUR ORDER IS NOT ACCEPTED.")
    assert isinstance(changed, OrderChanged)
    assert changed.order.status == "Inactive"
    assert desk.market.open_orders() == []


def test_an_unknown_contract_and_an_index_are_refused(desk: Desk) -> None:
    order = desk.order(AAPL)
    desk.place(order.with_(contract=Contract(4711, "NOPE", "STK")))
    desk.place(desk.order(SPX))
    assert desk.codes() == [200, 201]


def test_a_price_off_the_tick_never_becomes_an_order(desk: Desk) -> None:
    order = desk.order(order_type="LMT", limit_price=100.005)
    assert [type(notice) for notice in desk.place(order)] == [Refused]
    assert desk.codes() == [110]
    assert desk.market.open_orders() == desk.market.completed_orders() == []


def test_a_what_if_answers_and_changes_nothing(desk: Desk) -> None:
    before = desk.market.account_values(ACCOUNT)
    (answer,) = desk.place(desk.order(IBM, quantity=100, what_if=True))
    assert isinstance(answer, WhatIfAnswered)
    preview = answer.preview
    price = desk.ask(IBM)
    assert preview.init_after - preview.init_before == pytest.approx(50 * price, rel=0.01)
    assert preview.maint_after - preview.maint_before == pytest.approx(25 * price, rel=0.01)
    assert preview.commission == 1.0
    assert preview.warning == ""
    assert desk.market.account_values(ACCOUNT) == before
    assert desk.market.open_orders() == []
    (poor,) = desk.place(desk.order(IBM, quantity=90_000, what_if=True))
    assert isinstance(poor, WhatIfAnswered)
    assert "EQUITY WITH LOAN VALUE" in poor.preview.warning


# --- real hours -----------------------------------------------------------------------------------


def test_an_order_on_a_sunday_waits_for_monday_s_open() -> None:
    desk = Desk(start_s=SUNDAY_S, always_open=False)
    order = desk.order(IBM)
    desk.place(order)
    desk.wait(1)
    assert desk.known(order).status == "PreSubmitted"
    assert desk.codes() == [399]
    text = next(n.text for n in desk.heard if isinstance(n, Refused))
    assert "until 2026-11-23 09:30:00 US/Eastern" in text
    opens_s = datetime(2026, 11, 23, 14, 30, tzinfo=UTC).timestamp()
    desk.heard += desk.market.advance(opens_s - 1)
    assert desk.known(order).status == "PreSubmitted"
    desk.now_s = opens_s
    desk.wait(5)
    assert desk.known(order).status == "Filled"


def test_a_day_order_ends_with_the_day_and_a_gtc_does_not() -> None:
    near_close_s = datetime(2026, 11, 23, 20, 59, 50, tzinfo=UTC).timestamp()
    desk = Desk(start_s=near_close_s, always_open=False)
    day = desk.limit(round(desk.bid(IBM) - 9, 2), con_id=IBM)
    kept = desk.limit(round(desk.bid(IBM) - 9, 2), con_id=IBM, tif="GTC")
    until = {"goodTillDate": "20261123 15:59:55 US/Eastern"}
    dated = desk.limit(round(desk.bid(IBM) - 9, 2), con_id=IBM, tif="GTD", attributes=until)
    desk.wait(7)
    assert [desk.known(one).status for one in (day, kept, dated)] == ["Submitted", "Submitted", "Cancelled"]
    desk.wait(5)
    assert [desk.known(one).status for one in (day, kept)] == ["Cancelled", "Submitted"]


def test_a_closed_market_shows_no_new_quotes() -> None:
    market = Exchange(5, SUNDAY_S, always_open=False)
    market.watch(AAPL)
    notices = market.advance(SUNDAY_S + 60)
    assert not [n for n in notices if isinstance(n, Shown) and n.quote.con_id == AAPL]


# --- quotes -------------------------------------------------------------------------------------


def test_only_what_is_watched_held_or_worked_is_told_of(desk: Desk) -> None:
    def told() -> set[int]:
        desk.now_s += 2
        return {n.quote.con_id for n in desk.market.advance(desk.now_s) if isinstance(n, Shown)}

    held = {position.contract.con_id for position in desk.market.positions(ACCOUNT)}
    assert told() <= held
    desk.market.watch(IBM)
    desk.market.watch(IBM)
    desk.market.unwatch(IBM)
    assert IBM in told()
    desk.market.unwatch(IBM)
    told()
    assert IBM not in told()
    desk.limit(round(desk.bid(IBM) - 5, 2), con_id=IBM)
    assert IBM in told()


def test_quotes_come_a_few_a_second_and_only_when_they_change(desk: Desk) -> None:
    desk.market.watch(TSLA)
    quotes = []
    for _ in range(400):
        desk.now_s += 0.05
        quotes += [
            n.quote
            for n in desk.market.advance(desk.now_s)
            if isinstance(n, Shown) and n.quote.con_id == TSLA
        ]
    assert 40 <= len(quotes) <= 80
    assert all(one.at_s < later.at_s for one, later in pairwise(quotes))
    assert quotes[-1] == desk.market.quote(TSLA) or quotes[-1].last == desk.market.quote(TSLA).last


def test_the_same_seed_and_the_same_orders_give_the_same_day() -> None:
    def day() -> list[Notice]:
        desk = Desk()
        desk.place(desk.order(IBM, quantity=900))
        desk.limit(round(desk.bid() - 0.05, 2))
        desk.wait(20)
        return desk.heard

    assert day() == day()


def test_speed_makes_the_market_s_time_run_faster() -> None:
    market = Exchange(5, NOW_S, speed=10)
    market.advance(NOW_S + 6)
    assert market.now_s == pytest.approx(NOW_S + 60)


def test_an_advance_over_sixty_contracts_costs_little(desk: Desk) -> None:
    listed = [entry.listing.contract for entry in desk.market.catalogue]
    for contract in listed[:60]:
        desk.market.watch(contract.con_id)
    desk.market.advance(desk.now_s + 1)
    begun = process_time()
    for step in range(600):
        desk.market.advance(desk.now_s + 1 + step / 10)
    assert (process_time() - begun) / 600 < 0.002


# --- the account --------------------------------------------------------------------------------


def test_an_execution_moves_the_account_as_it_says(desk: Desk) -> None:
    desk.place(desk.order(IBM, quantity=200))
    desk.wait(3)
    spent = sum(e.shares * e.price + e.commission for e in desk.market.executions())
    fresh = Desk()
    assert fresh.value("CashBalance") - desk.value("CashBalance") == pytest.approx(spent, abs=0.02)
    position = next(p for p in desk.market.positions(ACCOUNT) if p.contract.con_id == IBM)
    assert position.avg_cost * 200 == pytest.approx(spent)


def test_a_new_day_begins_at_midnight() -> None:
    late_s = datetime(2026, 11, 24, 4, 59, 0, tzinfo=UTC).timestamp()
    desk = Desk(start_s=late_s)
    desk.place(desk.order(AAPL, "SELL", 50))
    desk.wait(3)
    assert desk.market.pnl(ACCOUNT)[2] != 0
    desk.heard += desk.market.advance(late_s + 120)
    daily, _, realised = desk.market.pnl(ACCOUNT)
    assert realised == 0
    assert abs(daily) < 1000
    assert desk.market.executions() == []
    assert desk.market.completed_orders() == []


def test_two_accounts_keep_their_own_books() -> None:
    desk = Desk(accounts=("DU1", "DU2"))
    desk.place(desk.order(IBM, account="DU2"))
    desk.wait(3)
    bought = [p for p in desk.market.positions("DU2") if p.contract.con_id == IBM]
    assert bought
    assert not [p for p in desk.market.positions("DU1") if p.contract.con_id == IBM]
