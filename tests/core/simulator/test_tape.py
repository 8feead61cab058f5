"""The tape: prices as a function of time and the seed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.simulator.catalogue import Catalogue, increments
from core.simulator.scenario import scenario
from core.simulator.tape.feed import Feed, marked
from core.simulator.tape.path import BEATS, Path
from core.simulator.tape.pricing import model, value
from core.simulator.tape.ticks import TickRule

NOW_S = datetime(2026, 11, 23, 15, 0, tzinfo=UTC).timestamp()
MINUTE = int(NOW_S // 60)


def feed(seed: int = 1, always_open: bool = True, name: str | None = None) -> Feed:
    catalogue = Catalogue(date(2026, 11, 23), always_open)
    made = Feed(catalogue, seed, NOW_S, scenario(name))
    catalogue.list_options(lambda con_id: made.price(con_id, NOW_S))
    return made


@pytest.fixture(scope="module")
def calm() -> Feed:
    return feed()


@given(minute=st.integers(29_000_000, 30_500_000))
@settings(max_examples=30, deadline=None)
def test_a_minute_s_beats_touch_its_high_and_low_and_meet_its_ends(minute: int) -> None:
    path = Path(5, "XYZ", 0.3, 0.0, None)
    day, index = divmod(minute, 1440)
    opened, high, low, closed = path.minutes(day)[:, index]
    beats = path.beats(minute)
    assert (beats[0], beats[-1]) == (opened, closed)
    assert (beats.max(), beats.min()) == (high, low)
    assert len(beats) == BEATS


def test_one_minute_begins_where_the_one_before_ended() -> None:
    path = Path(5, "XYZ", 0.3, 0.0, None)
    day = path.minutes(20_780)
    assert np.array_equal(day[0][1:], day[3][:-1])
    assert path.minutes(20_781)[0][0] == pytest.approx(day[3][-1], abs=1e-12)


def test_the_same_seed_gives_the_same_tape_and_another_another() -> None:
    one, same, other = (
        feed(3).quote(265598, NOW_S),
        feed(3).quote(265598, NOW_S),
        feed(4).quote(265598, NOW_S),
    )
    assert one == same
    assert one != other


def test_what_was_asked_before_does_not_change_the_tape() -> None:
    straight, roundabout = feed(3), feed(3)
    for minutes in (5000, 3, 90, 1440):
        roundabout.quote(265598, NOW_S - 60 * minutes)
        roundabout.instrument(265598).minutes(20_000)
    assert roundabout.quote(265598, NOW_S) == straight.quote(265598, NOW_S)


def test_the_market_is_two_sided_around_the_last_trade(calm: Feed) -> None:
    for con_id in (265598, 756733, 76792991, 1_800_002_612):
        for second in range(120):
            quote = calm.quote(con_id, NOW_S + second)
            assert quote.bid is not None
            assert quote.ask is not None
            assert quote.last is not None
            assert quote.bid < quote.ask
            assert quote.bid_size > 0
            assert quote.ask_size > 0
            assert quote.low is not None
            assert quote.high is not None
            assert quote.low <= quote.last <= quote.high


def test_an_index_has_no_market_and_fx_no_trades(calm: Feed) -> None:
    index, euro = calm.quote(416904, NOW_S), calm.quote(12087792, NOW_S)
    assert (index.bid, index.ask, index.volume) == (None, None, 0)
    assert index.last
    assert euro.last is None
    assert euro.bid
    assert euro.ask
    assert 0.00005 <= euro.ask - euro.bid <= 0.00016


def test_volume_only_grows_within_a_session(calm: Feed) -> None:
    volumes = [calm.quote(265598, NOW_S + beat / 4).volume for beat in range(600)]
    assert volumes == sorted(volumes)
    assert volumes[-1] > volumes[0]


def test_what_follows_one_path_moves_together(calm: Feed) -> None:
    etf, index = calm.price(756733, NOW_S), calm.price(416904, NOW_S)
    assert etf / 672 == pytest.approx(index / 6720, rel=1e-4)


def test_stocks_go_with_the_market() -> None:
    made = feed(11)
    days = range(20_500, 20_780)
    closes = {
        con_id: np.log([made.instrument(con_id).prices_by_minute(day)[3][-1] for day in days])
        for con_id in (756733, 4815747, 12087792)
    }
    returns = {con_id: np.diff(series) for con_id, series in closes.items()}
    assert np.corrcoef(returns[756733], returns[4815747])[0, 1] > 0.4
    assert abs(np.corrcoef(returns[756733], returns[12087792])[0, 1]) < 0.25
    assert 0.08 < returns[756733].std() * 16 < 0.32


def test_a_closed_market_stands_still() -> None:
    made = feed(always_open=False)
    sunday_s = datetime(2026, 11, 22, 15, 0, tzinfo=UTC).timestamp()
    one, later = made.quote(265598, sunday_s), made.quote(265598, sunday_s + 3600)
    assert one == later
    assert one.at_s < datetime(2026, 11, 21, 1, 0, tzinfo=UTC).timestamp()


def test_an_option_is_worth_what_black_scholes_says_of_its_underlying(calm: Feed) -> None:
    calls = [e for e in calm._catalogue if e.chain and e.listing.contract.symbol == "AAPL"]
    for entry in calls[::25]:
        contract = entry.listing.contract
        greeks = calm.option_model(contract.con_id, NOW_S)
        assert greeks is not None
        quote = calm.quote(contract.con_id, NOW_S)
        assert marked(quote) == pytest.approx(greeks.price, abs=max(0.06, 0.02 * greeks.price))
        assert (greeks.delta >= 0) == (contract.right == "C")


def test_a_stock_has_no_option_model(calm: Feed) -> None:
    assert calm.option_model(265598, NOW_S) is None


@given(
    spot=st.floats(50, 500),
    strike=st.floats(50, 500),
    years=st.floats(0.01, 2),
    volatility=st.floats(0.1, 0.9),
)
def test_calls_and_puts_keep_parity(spot: float, strike: float, years: float, volatility: float) -> None:
    call, put = (model(spot, strike, years, volatility, right) for right in "CP")
    assert call.price - put.price == pytest.approx(spot - strike * np.exp(-0.04 * years), abs=1e-6)
    assert call.gamma == put.gamma > -1e-12
    for right, one in (("C", call), ("P", put)):
        many = value(np.array([spot]), strike, np.array([years]), volatility, right)
        assert many[0] == pytest.approx(one.price, abs=1e-3)


def test_ticks_change_with_the_price() -> None:
    ticks = TickRule(increments(109))
    assert (ticks.step(2.99), ticks.step(3.0)) == (0.01, 0.05)
    assert ticks.conforms(2.97)
    assert not ticks.conforms(3.02)
    assert ticks.nearest(3.021) == 3.0


@given(
    prices=st.lists(st.floats(0.01, 900), min_size=2, max_size=40), rule=st.sampled_from((26, 67, 109, 239))
)
def test_rounding_keeps_the_order_of_prices(prices: list[float], rule: int) -> None:
    ticks = TickRule(increments(rule))
    ordered = np.sort(np.array(prices))
    for rounded in (ticks.trades(ordered), ticks.bids(ordered, 3.0), ticks.asks(ordered, 3.0)):
        assert np.all(np.diff(rounded) >= 0)
