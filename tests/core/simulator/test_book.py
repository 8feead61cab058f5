"""The visible book: other participants around the quote, and our own clients among them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.simulator.exchange import Exchange
from tests.core.simulator.trader import AAPL, EURUSD, IBM, NOW_S, SPX, Desk

ES = 1_800_002_612


@pytest.fixture(scope="module")
def market() -> Exchange:
    return Exchange(5, NOW_S)


@given(con_id=st.sampled_from((AAPL, IBM, EURUSD, ES)), rows=st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_a_book_begins_at_the_quote_and_goes_away_from_it_on_the_grid(
    market: Exchange, con_id: int, rows: int
) -> None:
    book, quote, ticks = market.book(con_id, rows), market.quote(con_id), market.ticks(con_id)
    assert (book.bids[0].price, book.bids[0].size) == (quote.bid, quote.bid_size)
    assert (book.asks[0].price, book.asks[0].size) == (quote.ask, quote.ask_size)
    assert len(book.bids) == len(book.asks) == min(rows, 10 if con_id == EURUSD else 20)
    assert all(one.price > next_.price for one, next_ in pairwise(book.bids))
    assert all(one.price < next_.price for one, next_ in pairwise(book.asks))
    for level in (*book.bids, *book.asks):
        assert level.size > 0
        assert level.maker
        assert ticks.conforms(level.price)


def test_asked_twice_it_is_the_same_book(market: Exchange) -> None:
    assert market.book(IBM, 10) == market.book(IBM, 10)


def test_an_index_has_no_book(market: Exchange) -> None:
    book = market.book(SPX, 10)
    assert book.bids == book.asks == ()


def test_levels_behind_the_best_stay_for_a_while() -> None:
    desk = Desk()
    desk.wait(0.5)
    before = {level.price: level.size for level in desk.market.book(AAPL, 10).asks[3:]}
    desk.wait(0.25)
    after = {level.price: level.size for level in desk.market.book(AAPL, 10).asks[3:]}
    same = [price for price in before if after.get(price) == before[price]]
    assert len(same) >= 3


def test_our_own_orders_stand_in_it_at_their_price() -> None:
    desk = Desk()
    price = desk.market.book(IBM, 5).bids[3].price
    others = desk.market.others(IBM, 20)
    desk.limit(price, IBM, quantity=700)
    desk.wait(0.2)
    shown = {level.price: level.size for level in desk.market.book(IBM, 20).bids}
    without = {level.price: level.size for level in desk.market.others(IBM, 20).bids}
    assert shown[price] == without.get(price, 0) + 700
    assert others.bids


def test_an_order_inside_the_market_is_the_best_of_its_side() -> None:
    desk = Desk()
    chain = (e.listing.contract.con_id for e in desk.market.catalogue if e.chain)
    wide = next(c for c in chain if (q := desk.market.quote(c)).bid and q.ask and q.ask - q.bid > 0.2)
    inside = desk.market.ticks(wide).nearest(desk.bid(wide) + 0.10)
    desk.limit(inside, wide, quantity=3)
    desk.wait(0.2)
    best = desk.market.book(wide, 5).bids[0]
    assert (best.price, best.size, best.maker) == (inside, 3, "SMART")
