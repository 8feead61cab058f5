"""Every order type at the exchange, from arrival to fill."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.simulator.model import OrderChanged, Refused
from tests.core.simulator.trader import AAPL, ACCOUNT, EURUSD, IBM, MSFT, NOW_S, TSLA, Desk

ES, COIN = 1_800_002_612, 481691285
BTC, AAPL_CFD = 479624278, 1_700_000_001
NEAR_CLOSE_S = datetime(2026, 11, 23, 20, 59, 50, tzinfo=UTC).timestamp()
BEFORE_OPEN_S = datetime(2026, 11, 23, 14, 29, 50, tzinfo=UTC).timestamp()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def filled(desk: Desk, order_id: int) -> bool:
    return any(o.order_id == order_id and o.status == "Filled" for o in desk.market.completed_orders())


def test_a_trailing_stop_follows_the_market_up_and_then_sells(desk: Desk) -> None:
    order = desk.order(TSLA, "SELL", 50, order_type="TRAIL", aux_price=0.90)
    desk.place(order)
    stops = []
    while not filled(desk, order.order_id):
        desk.wait(1)
        stops.append(desk.known(order).attributes.get("trailStopPrice"))
        assert len(stops) < 3600
    told = [float(str(stop)) for stop in stops if stop]
    assert told == sorted(told)
    assert len(set(told)) > 1
    assert desk.known(order).avg_fill_price == pytest.approx(told[-1], abs=0.25)


def test_a_trailing_stop_by_percent_stands_that_far_from_the_last_price(desk: Desk) -> None:
    order = desk.order(AAPL, "SELL", 50, order_type="TRAIL", attributes={"trailingPercent": 2.0})
    desk.place(order)
    desk.wait(3)
    last = desk.market.quote(AAPL).last
    assert last is not None
    stop = float(str(desk.known(order).attributes["trailStopPrice"]))
    assert stop == pytest.approx(last * 0.98, rel=0.002)
    assert desk.known(order).status == "PreSubmitted"


def test_a_trailing_stop_limit_rests_its_offset_from_where_it_was_set_off(desk: Desk) -> None:
    stop = round(desk.bid() - 0.05, 2)
    terms = {"trailStopPrice": stop, "lmtPriceOffset": -3.0}
    order = desk.order(AAPL, "SELL", 50, order_type="TRAIL LIMIT", aux_price=0.05, attributes=terms)
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Submitted", seconds=7200)
    at = float(str(desk.known(order).attributes["trailStopPrice"]))
    desk.wait(2)
    # A negative offset puts the limit of a sale above its stop: it cannot fill yet.
    assert desk.known(order).filled == 0
    assert [level.size for level in desk.market.book(AAPL, 40).asks if level.price == round(at + 3, 2)] == [
        50
    ]


def test_if_touched_waits_for_a_better_price(desk: Desk) -> None:
    touch = round(desk.bid() - 0.10, 2)
    order = desk.order(AAPL, "BUY", 50, order_type="MIT", aux_price=touch)
    desk.place(order)
    desk.wait(0.5)
    assert desk.known(order).status == "PreSubmitted"
    desk.until(lambda: filled(desk, order.order_id), seconds=7200)
    assert desk.known(order).avg_fill_price <= touch + 0.05


def test_a_limit_if_touched_keeps_its_limit(desk: Desk) -> None:
    touch = round(desk.bid() - 0.05, 2)
    order = desk.order(AAPL, "BUY", 50, order_type="LIT", aux_price=touch, limit_price=round(touch - 3, 2))
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Submitted", seconds=7200)
    desk.wait(2)
    assert desk.known(order).filled == 0


def test_market_to_limit_leaves_its_rest_at_its_first_price(desk: Desk) -> None:
    order = desk.order(IBM, "BUY", 5000, order_type="MTL")
    desk.place(order)
    desk.wait(0.5)
    (first, *_) = desk.executions(order)
    rest = desk.known(order)
    assert 0 < rest.filled < 5000
    assert rest.limit_price == first.price
    assert all(one.price == first.price for one in desk.executions(order))


def test_orders_for_the_close_trade_at_the_closing_price_or_not_at_all() -> None:
    desk = Desk(start_s=NEAR_CLOSE_S - 700, always_open=False)
    market = desk.order(IBM, "BUY", 300, order_type="MOC")
    good = desk.order(IBM, "BUY", 100, order_type="LOC", limit_price=round(desk.ask(IBM) + 1, 2), order_id=2)
    poor = desk.order(IBM, "BUY", 100, order_type="LOC", limit_price=round(desk.bid(IBM) - 5, 2), order_id=3)
    for order in (market, good, poor):
        desk.place(order)
    desk.wait(5)
    assert {desk.known(one).status for one in (market, good, poor)} == {"PreSubmitted"}
    desk.market.advance(NEAR_CLOSE_S)
    desk.now_s = NEAR_CLOSE_S
    desk.wait(15)
    assert [desk.known(one).status for one in (market, good, poor)] == ["Filled", "Filled", "Cancelled"]
    (one,), (other,) = desk.executions(market), desk.executions(good)
    assert one.price == other.price
    assert one.last_liquidity == 4


def test_orders_for_the_open_trade_at_the_opening_price() -> None:
    desk = Desk(start_s=BEFORE_OPEN_S, always_open=False)
    order = desk.order(IBM, "BUY", 300, tif="OPG")
    limit = desk.order(IBM, "BUY", 300, order_type="LMT", limit_price=1.0, tif="OPG", order_id=2)
    desk.place(order)
    desk.place(limit)
    desk.wait(5)
    assert desk.codes() == [399, 399]
    desk.wait(10)
    assert [desk.known(one).status for one in (order, limit)] == ["Filled", "Cancelled"]
    assert len(desk.executions(order)) == 1


def test_a_midprice_order_buys_below_the_ask(desk: Desk) -> None:
    order = desk.order(IBM, "BUY", 100, order_type="MIDPRICE")
    desk.place(order)
    desk.until(lambda: filled(desk, order.order_id))
    assert all(one.price < desk.ask(IBM) + 1 for one in desk.executions(order))
    assert desk.executions(order)[0].last_liquidity == 1


@pytest.mark.parametrize("kind", ["REL", "PEG MID"])
def test_a_pegged_order_goes_with_the_market_and_stops_at_its_cap(desk: Desk, kind: str) -> None:
    cap = round(desk.bid(MSFT) - 0.02, 2)
    order = desk.order(MSFT, "BUY", 100, order_type=kind, limit_price=cap)
    desk.place(order)
    desk.until(lambda: filled(desk, order.order_id), seconds=7_200)
    assert all(one.price <= cap for one in desk.executions(order))


def test_snapped_orders_take_their_price_once(desk: Desk) -> None:
    bid, ask = desk.bid(IBM), desk.ask(IBM)
    primary = desk.order(IBM, "BUY", 100, order_type="SNAP PRIM", aux_price=2.0)
    desk.place(primary)
    at_market = desk.order(IBM, "BUY", 100, order_type="SNAP MKT")
    desk.place(at_market)
    desk.wait(1)
    assert desk.known(at_market).status == "Filled"
    assert desk.known(at_market).avg_fill_price == pytest.approx(ask, abs=0.15)
    own = [level.price for level in desk.market.book(IBM, 40).bids if level.maker == "SMART"]
    assert own == [pytest.approx(bid - 2.0, abs=0.15)]
    desk.wait(30)
    assert [level.price for level in desk.market.book(IBM, 40).bids if level.maker == "SMART"] == own


def test_all_or_none_takes_no_part(desk: Desk) -> None:
    price = round(desk.ask(IBM) + 0.02, 2)
    order = desk.limit(price, IBM, quantity=9_000, attributes={"allOrNone": True}, order_id=1)
    desk.wait(20)
    assert desk.known(order).filled in (0, 9_000)
    assert len(desk.executions(order)) <= 1 or desk.known(order).status == "Filled"
    small = desk.limit(price + 1, IBM, quantity=100, attributes={"allOrNone": True})
    desk.wait(3)
    assert [one.shares for one in desk.executions(small)] == [100]


def test_fill_or_kill_fills_whole_or_is_killed(desk: Desk) -> None:
    _, _, _, expiries, _strikes = desk.market.option_chains(TSLA, "")[0]
    chain = [
        entry.listing.contract
        for entry in desk.market.catalogue
        if entry.listing.contract.symbol == "TSLA" and entry.listing.contract.expiry == expiries[3]
    ]
    con_id = min(chain, key=lambda c: (abs(c.strike - desk.bid(TSLA)), c.right)).con_id
    ask = desk.ask(con_id)
    whole = desk.limit(ask, con_id, quantity=1, tif="FOK")
    desk.wait(1)
    assert desk.known(whole).status in ("Filled", "Cancelled")
    killed = desk.limit(round(desk.bid(con_id) - 1, 1), con_id, quantity=1, tif="FOK")
    desk.wait(1)
    assert desk.known(killed).status == "Cancelled"


def test_an_iceberg_shows_its_tip_and_a_hidden_order_nothing(desk: Desk) -> None:
    price = round(desk.bid(IBM) - 1.0, 2)

    def shown(at: float) -> float:
        before = desk.market.others(IBM, 200).bids
        others = sum(level.size for level in before if level.price == at)
        return sum(level.size for level in desk.market.book(IBM, 40).bids if level.price == at) - others

    desk.limit(price, IBM, quantity=900, attributes={"displaySize": 100})
    desk.limit(round(price - 0.5, 2), IBM, quantity=900, attributes={"hidden": True})
    desk.wait(0.5)
    assert shown(price) == 100
    assert shown(round(price - 0.5, 2)) == 0


def test_discretion_takes_what_comes_near_enough(desk: Desk) -> None:
    limit = round(desk.ask(IBM) - 0.50, 2)
    order = desk.limit(limit, IBM, attributes={"discretionaryAmt": 0.60})
    plain = desk.limit(limit, IBM)
    desk.wait(2)
    assert desk.known(order).status == "Filled"
    assert desk.known(order).avg_fill_price > limit
    assert desk.known(plain).filled == 0


def test_two_of_our_own_orders_meet_inside_the_market(desk: Desk) -> None:
    chain = [e.listing.contract for e in desk.market.catalogue if e.listing.contract.sec_type == "OPT"]
    wide = next(
        c.con_id
        for c in chain
        if (q := desk.market.quote(c.con_id)).bid and q.ask and q.ask - q.bid > 0.25 and q.bid > 5
    )
    middle = desk.market.ticks(wide).nearest((desk.bid(wide) + desk.ask(wide)) / 2)
    resting = desk.limit(middle, wide, "BUY", quantity=2)
    desk.wait(0.2)
    desk.limit(middle, wide, "SELL", quantity=2, order_id=2)
    desk.wait(0.2)
    assert desk.known(resting).status == "Filled"
    assert [e.price for e in desk.market.executions()] == [middle, middle]
    assert [e.last_liquidity for e in desk.market.executions()] == [1, 2]
    assert desk.held(wide) == 0


def test_a_large_order_pays_more_and_more(desk: Desk) -> None:
    order = desk.order(IBM, quantity=4000)
    desk.place(order)
    desk.wait(0.1)
    prices = [one.price for one in desk.executions(order)]
    assert prices == sorted(prices)
    assert len(set(prices)) > 2


# --- times ----------------------------------------------------------------------------------------


def test_an_order_good_after_a_time_waits_for_it(desk: Desk) -> None:
    at = datetime.fromtimestamp(NOW_S + 30, UTC)
    order = desk.order(IBM, attributes={"goodAfterTime": f"{at:%Y%m%d-%H:%M:%S}"})
    desk.place(order)
    desk.wait(25)
    assert desk.known(order).status == "PreSubmitted"
    desk.wait(8)
    assert desk.known(order).status == "Filled"


def test_what_may_not_trade_outside_regular_hours_says_so(desk: Desk) -> None:
    desk.place(desk.order(IBM, order_type="MIT", aux_price=1.0, outside_rth=True))
    desk.wait(0.2)
    assert desk.codes() == [2109]
    desk.place(desk.order(IBM, order_type="MIDPRICE", outside_rth=True))
    assert desk.codes() == [2109, 321]


def test_outside_regular_hours_only_what_may_trades() -> None:
    evening_s = datetime(2026, 11, 23, 22, 0, tzinfo=UTC).timestamp()
    desk = Desk(start_s=evening_s, always_open=False)
    inside = desk.limit(round(desk.ask(IBM) + 1, 2), con_id=IBM)
    outside = desk.limit(round(desk.ask(IBM) + 1, 2), con_id=IBM, outside_rth=True)
    desk.wait(20)
    assert [desk.known(one).status for one in (inside, outside)] == ["PreSubmitted", "Filled"]


# --- algorithms -------------------------------------------------------------------------------------


def algo(desk: Desk, name: str, quantity: float = 2000, con_id: int = IBM, **params: str):  # type: ignore[no-untyped-def]
    terms = {"algoStrategy": name, "algoParams": tuple(params.items())}
    return desk.order(con_id, "BUY", quantity, attributes=terms)


def test_twap_trades_in_even_slices_until_its_end(desk: Desk) -> None:
    end = datetime.fromtimestamp(NOW_S + 60, UTC)
    order = algo(desk, "Twap", startTime="", endTime=f"{end:%Y%m%d-%H:%M:%S}")
    desk.place(order)
    desk.wait(30)
    assert desk.known(order).filled == pytest.approx(1000, abs=150)
    desk.wait(40)
    assert desk.known(order).status == "Filled"
    assert max(one.shares for one in desk.executions(order)) <= 200


def test_adaptive_waits_on_its_own_side_before_it_crosses(desk: Desk) -> None:
    order = algo(desk, "Adaptive", 100, adaptivePriority="Urgent")
    desk.place(order)
    desk.until(lambda: desk.known(order).status == "Filled", 60)
    assert desk.executions(order)[0].at.timestamp() > NOW_S + 0.5


def test_a_part_of_the_volume_never_runs_ahead_of_it(desk: Desk) -> None:
    order = algo(desk, "PctVol", 5000, pctVol="0.1")
    desk.place(order)
    begun = desk.market.quote(IBM).volume
    desk.wait(60)
    assert 0 < desk.known(order).filled <= 0.1 * (desk.market.quote(IBM).volume - begun) + 100


@pytest.mark.parametrize(
    ("name", "con_id", "params", "code"),
    [
        ("Magic", IBM, {}, 439),
        ("Twap", EURUSD, {}, 442),
        ("Vwap", ES, {}, 442),
        ("Adaptive", IBM, {"adaptivePriority": "Whenever"}, 441),
        ("Twap", IBM, {"endTime": "teatime"}, 441),
    ],
)
def test_algorithms_are_refused_with_their_codes(
    desk: Desk, name: str, con_id: int, params: dict[str, str], code: int
) -> None:
    desk.place(algo(desk, name, 20, con_id, **params))
    assert desk.codes() == [code]


# --- what fewer clients use -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PctVolPx", "PctVolSz", "PctVolTm", "DarkIce", "AD", "ClosePx"])
def test_every_algorithm_of_ib_for_stocks_works(desk: Desk, name: str) -> None:
    order = algo(desk, name, 500, MSFT)
    desk.place(order)
    desk.wait(1)
    assert desk.codes() == []
    desk.until(lambda: desk.known(order).filled > 0, 1800)


def test_algorithms_check_their_shares_of_the_volume(desk: Desk) -> None:
    desk.place(algo(desk, "PctVolSz", startPctVol="1.5"))
    desk.place(algo(desk, "DarkIce", maxPctVol="much"))
    assert desk.codes() == [441, 441]


def test_a_trailing_touch_follows_the_market_down_before_it_sells(desk: Desk) -> None:
    order = desk.order(TSLA, "SELL", 50, order_type="TRAIL MIT", aux_price=0.90)
    desk.place(order)
    stops = []
    while not filled(desk, order.order_id):
        desk.wait(1)
        stops.append(desk.known(order).attributes.get("trailStopPrice"))
        assert len(stops) < 3600
    told = [float(str(stop)) for stop in stops if stop]
    assert told == sorted(told, reverse=True)
    assert told[0] > desk.bid(TSLA) - 5
    assert len(set(told)) > 1


def test_a_trailing_limit_if_touched_needs_its_stop_and_one_limit(desk: Desk) -> None:
    stop = round(desk.bid() + 1, 2)
    desk.place(desk.order(order_type="TRAIL LIT", aux_price=1.0))
    terms = {"trailStopPrice": stop, "lmtPriceOffset": 0.5}
    order = desk.order(AAPL, "SELL", order_type="TRAIL LIT", aux_price=1.0, attributes=terms)
    desk.place(order)
    desk.wait(1)
    assert desk.codes() == [321]
    assert desk.known(order).status == "PreSubmitted"


def test_overnight_takes_plain_limit_orders_of_the_day_only(desk: Desk) -> None:
    price = round(desk.bid() - 1, 2)

    def order(**terms: object) -> list[int]:
        desk.heard.clear()
        wanted = desk.order(**{"order_type": "LMT", "limit_price": price, **terms})  # type: ignore[arg-type]
        desk.place(wanted.with_(contract=replace(wanted.contract, exchange="OVERNIGHT")))
        return desk.codes()

    assert order() == []
    assert order(order_type="MKT", limit_price=None) == [387]
    assert order(tif="GTC") == [201]
    assert order(attributes={"allOrNone": True}) == [201]


def test_the_close_takes_no_orders_in_its_last_ten_minutes() -> None:
    for order_type, limit in (("MOC", None), ("LOC", 300.0)):
        desk = Desk(start_s=NEAR_CLOSE_S, always_open=False)
        desk.place(desk.order(order_type=order_type, limit_price=limit))
        assert desk.codes() == [201]
        early = Desk(start_s=NEAR_CLOSE_S - 700, always_open=False)
        early.place(early.order(order_type=order_type, limit_price=limit))
        assert early.codes() == []


def test_shares_that_are_hard_to_borrow_are_located_first(desk: Desk) -> None:
    order = desk.order(COIN, "SELL", 100)
    desk.place(order)
    desk.wait(1)
    assert desk.codes() == [404]
    held = desk.known(order)
    assert (held.status, held.why_held) == ("PreSubmitted", "locate")
    desk.wait(25)
    assert desk.known(order).status == "Filled"
    assert desk.held(COIN) == -100
    cover = desk.order(COIN, "BUY", 100)
    desk.place(cover)
    desk.wait(3)
    assert desk.known(cover).status == "Filled"
    assert desk.codes() == [404]


def test_a_held_short_sale_can_be_cancelled(desk: Desk) -> None:
    order = desk.order(COIN, "SELL", 100)
    desk.place(order)
    desk.wait(1)
    desk.cancel(order)
    desk.wait(30)
    assert desk.known(order).status == "Cancelled"
    assert desk.held(COIN) == 0


def test_an_order_pegged_to_a_benchmark_moves_with_it(desk: Desk) -> None:
    reference = desk.market.quote(MSFT).last
    assert reference is not None
    start = round(desk.bid() - 2, 2)
    terms = {
        "referenceContractId": MSFT,
        "startingPrice": start,
        "stockRefPrice": reference - 1,
        "referenceChangeAmount": 1.0,
        "peggedChangeAmount": 0.5,
    }
    order = desk.order(AAPL, order_type="PEG BENCH", attributes=terms)
    desk.place(order)
    desk.wait(20)
    now = desk.market.quote(MSFT).last
    assert now is not None
    wanted = round(start + (now - reference + 1) / 2, 2)
    shown = {level.price for level in desk.market.book(AAPL, 400).bids if level.size >= 100}
    assert any(price == pytest.approx(wanted, abs=0.011) for price in shown)
    desk.place(desk.order(AAPL, order_type="PEG BENCH", attributes={**terms, "referenceContractId": 4711}))
    assert desk.codes() == [321]


def test_crypto_is_bought_and_sold_in_parts(desk: Desk) -> None:
    order = desk.order(BTC, "BUY", 0.3, order_type="LMT", limit_price=desk.ask(BTC))
    desk.place(order)
    desk.until(lambda: filled(desk, order.order_id))
    sale = desk.order(BTC, "SELL", 0.1, order_type="MKT", tif="IOC")
    desk.place(sale)
    desk.until(lambda: filled(desk, sale.order_id))
    held = {one.contract.con_id: one.quantity for one in desk.market.positions(ACCOUNT)}
    assert held[BTC] == 0.2


def test_a_large_order_of_crypto_shows_no_dust(desk: Desk) -> None:
    order = desk.order(BTC, "BUY", 9.3, order_type="LMT", limit_price=round(desk.ask(BTC) * 1.01, 2))
    desk.place(order)
    desk.until(lambda: filled(desk, order.order_id))
    told = [one.order for one in desk.heard if isinstance(one, OrderChanged)]
    assert all(len(f"{one.filled!r}{one.remaining!r}") < 10 for one in told), told


@pytest.mark.parametrize(
    ("action", "quantity", "terms", "code"),
    [
        ("BUY", 1, {"order_type": "MKT", "tif": "IOC"}, 10289),
        ("BUY", 1, {"order_type": "MKT", "tif": "DAY"}, 201),
        ("BUY", 1, {"order_type": "LMT", "limit_price": 80_000.0, "tif": "GTD"}, 201),
        ("BUY", 1, {"order_type": "STP", "aux_price": 90_000.0}, 387),
        ("BUY", 0.00005, {"order_type": "LMT", "limit_price": 80_000.0}, 355),
        ("BUY", 0.123456789, {"order_type": "LMT", "limit_price": 80_000.0}, 355),
        ("SELL", 0.1, {"order_type": "LMT", "limit_price": 90_000.0}, 201),
    ],
)
def test_what_ib_does_not_do_in_crypto_is_refused(
    desk: Desk, action: str, quantity: float, terms: dict[str, object], code: int
) -> None:
    heard = desk.place(desk.order(BTC, action, quantity, **terms))
    assert [one.code for one in heard if isinstance(one, Refused)] == [code]


def test_crypto_is_bought_at_the_market_for_a_sum(desk: Desk) -> None:
    order = desk.order(BTC, "BUY", 0, order_type="MKT", tif="IOC", attributes={"cashQty": 10_000.0})
    desk.place(order)
    desk.until(lambda: filled(desk, order.order_id))
    done = desk.known(order)
    assert done.filled == done.quantity
    assert done.filled * done.avg_fill_price == pytest.approx(10_000, rel=0.001)


def test_a_cfd_closes_where_it_is_marked() -> None:
    desk = Desk(start_s=NEAR_CLOSE_S - 1800, always_open=False)
    order = desk.order(AAPL_CFD, "BUY", 10, order_type="MOC")
    desk.place(order)
    desk.until(lambda: filled(desk, order.order_id), seconds=1900)
    assert desk.known(order).avg_fill_price == pytest.approx(desk.bid(AAPL_CFD), abs=0.5)
