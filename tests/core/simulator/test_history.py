"""Bars: asked twice the same, small ones making up large ones, and ending at the live price."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from core.simulator.exchange import Exchange
from core.simulator.history import BAR_SIZES, SHOWN
from core.simulator.model import Bar, HistoryRefused

NOW_S = datetime(2026, 11, 23, 15, 0, 20, tzinfo=UTC).timestamp()
AAPL, EURUSD, SPX, SPY = 265598, 12087792, 416904, 756733
BTC, AAPL_CFD = 479624278, 1_700_000_001

LONGEST = {"secs": "1800 S", "min": "1 D", "mins": "2 D", "hour": "1 W", "hours": "1 M", "day": "6 M"}


@pytest.fixture(scope="module")
def market() -> Exchange:
    return Exchange(7, NOW_S)


@pytest.fixture(scope="module")
def real_hours() -> Exchange:
    return Exchange(7, NOW_S, always_open=False)


def merged(bars: list[Bar]) -> tuple[float, float, float, float, float]:
    return (
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        sum(bar.volume for bar in bars),
    )


def summed(bar: Bar) -> tuple[float, float, float, float, float]:
    return (bar.open, bar.high, bar.low, bar.close, bar.volume)


def within(bars: list[Bar], start: datetime, span: timedelta) -> list[Bar]:
    return [bar for bar in bars if start <= bar.start < start + span]


@pytest.mark.parametrize("size", sorted(BAR_SIZES))
def test_every_size_ends_at_the_live_price_and_is_in_order(market: Exchange, size: str) -> None:
    duration = LONGEST.get(size.split()[1], "1 Y")
    bars = market.history(AAPL, None, duration, size, "TRADES", True)
    assert bars[-1].close == market.quote(AAPL).last
    assert all(one.start < later.start for one, later in pairwise(bars))
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert all(bar.low <= bar.wap <= bar.high for bar in bars)
    assert bars == market.history(AAPL, None, duration, size, "TRADES", True)


def test_crypto_has_its_trades_by_another_name_and_a_cfd_none(market: Exchange) -> None:
    bars = market.history(BTC, None, "1 D", "5 mins", "AGGTRADES", False)
    assert bars[-1].volume >= 0
    with pytest.raises(HistoryRefused, match="AGGTRADES") as refused:
        market.history(BTC, None, "1 D", "5 mins", "TRADES", False)
    assert refused.value.code == 10299
    assert market.history(AAPL_CFD, None, "1 D", "5 mins", "MIDPOINT", False)[-1].volume == -1
    with pytest.raises(HistoryRefused) as refused:
        market.history(AAPL_CFD, None, "1 D", "5 mins", "TRADES", False)
    assert refused.value.code == 162


@pytest.mark.parametrize("what", SHOWN["STK"])
@pytest.mark.parametrize(
    ("small", "large", "span"),
    [
        ("1 secs", "5 secs", timedelta(seconds=5)),
        ("5 secs", "1 min", timedelta(minutes=1)),
        ("1 min", "5 mins", timedelta(minutes=5)),
        ("5 mins", "1 hour", timedelta(hours=1)),
    ],
)
def test_small_bars_make_up_the_large_ones(
    market: Exchange, small: str, large: str, span: timedelta, what: str
) -> None:
    duration = {"1 secs": "300 S", "5 secs": "1800 S"}.get(small, "1 D")
    small_bars = market.history(AAPL, None, duration, small, what, False)
    for bar in market.history(AAPL, None, duration, large, what, False)[1:]:
        parts = within(small_bars, bar.start, span)
        whole = summed(bar)[:4] if what == "BID_ASK" else summed(bar)
        if what == "BID_ASK":  # open and close are averages: only high and low add up
            assert merged(parts)[1:3] == whole[1:3]
        elif what in ("TRADES", "ADJUSTED_LAST"):
            assert merged(parts) == whole
        else:
            assert merged(parts)[:4] == whole[:4]


def test_a_day_is_made_of_its_minutes(market: Exchange) -> None:
    minutes = market.history(AAPL, None, "3 D", "1 min", "TRADES", False)
    for bar in market.history(AAPL, None, "2 D", "1 day", "TRADES", False):
        parts = within(minutes, bar.start, timedelta(days=1))
        assert merged(parts) == summed(bar)


def test_a_week_and_a_month_are_made_of_their_days(market: Exchange) -> None:
    days = market.history(AAPL, None, "6 M", "1 day", "TRADES", False)
    for size, span in (("1 week", timedelta(days=7)), ("1 month", timedelta(days=28))):
        for bar in market.history(AAPL, None, "6 M", size, "TRADES", False)[1:]:
            parts = within(days, bar.start, span)
            assert parts[0].open == bar.open
            assert all(bar.low <= day.low <= day.high <= bar.high for day in parts)


def test_the_day_so_far_is_what_the_quote_says(market: Exchange) -> None:
    quote = market.quote(AAPL)
    (today,) = market.history(AAPL, None, "1 D", "1 day", "TRADES", False)[-1:]
    assert (today.open, today.high, today.low, today.volume) == (
        quote.open,
        quote.high,
        quote.low,
        quote.volume,
    )
    yesterday = market.history(AAPL, None, "2 D", "1 day", "TRADES", False)[-2]
    assert yesterday.close == quote.close


def test_a_bar_that_grew_live_is_the_bar_asked_for_later() -> None:
    market = Exchange(9, NOW_S)
    market.watch(AAPL)
    seen: list[float] = []
    for beat in range(1, 4 * 60 * 3):
        market.advance(NOW_S + beat / 4)
        quote = market.quote(AAPL)
        if 60 <= quote.at_s - (NOW_S // 60 * 60) < 120:
            assert quote.last is not None
            seen.append(quote.last)
    end = datetime.fromtimestamp(NOW_S // 60 * 60 + 120, UTC)
    (bar,) = market.history(AAPL, end, "60 S", "1 min", "TRADES", False)
    assert (bar.open, bar.high, bar.low, bar.close) == (seen[0], max(seen), min(seen), seen[-1])


def test_growing_bars_change_only_at_the_end(market: Exchange) -> None:
    early = Exchange(7, NOW_S - 600)
    before = early.history(AAPL, None, "3600 S", "1 min", "TRADES", False)
    after = market.history(AAPL, None, "1 D", "1 min", "TRADES", False)
    known = {bar.start: bar for bar in after}
    assert all(known[bar.start] == bar for bar in before[:-1])


def test_an_end_in_the_past_is_the_end(market: Exchange) -> None:
    end = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    bars = market.history(AAPL, end, "1800 S", "1 min", "TRADES", False)
    assert len(bars) == 30
    assert bars[-1].start == end - timedelta(minutes=1)


def test_prices_only_have_no_volume(market: Exchange) -> None:
    bars = market.history(EURUSD, None, "3600 S", "1 min", "MIDPOINT", False)
    assert {(bar.volume, bar.wap, bar.count) for bar in bars} == {(-1, -1, -1)}
    quote = market.quote(EURUSD)
    assert quote.bid is not None
    assert quote.ask is not None
    assert bars[-1].close == pytest.approx((quote.bid + quote.ask) / 2)


def test_regular_hours_hold_thirteen_half_hours(real_hours: Exchange) -> None:
    end = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
    bars = real_hours.history(AAPL, end, "1 D", "30 mins", "TRADES", True)
    assert [f"{bar.start:%H:%M}" for bar in bars][:2] == ["09:30", "10:00"]
    assert len(bars) == 13
    assert len(real_hours.history(AAPL, end, "1 D", "30 mins", "TRADES", False)) == 32
    hours = real_hours.history(AAPL, end, "1 D", "1 hour", "TRADES", True)
    assert [f"{bar.start:%H:%M}" for bar in hours][:2] == ["09:30", "10:00"]


def test_real_days_leave_weekends_out(real_hours: Exchange) -> None:
    end = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    days = real_hours.history(SPY, end, "10 D", "1 day", "TRADES", True)
    assert len(days) == 10
    assert all(bar.start.weekday() < 5 for bar in days)
    assert f"{days[-1].start:%Y%m%d}" == "20261120"


def test_an_option_has_bars_too(market: Exchange) -> None:
    (option,) = (p.contract for p in market.positions("DU1234567") if p.contract.sec_type == "OPT")
    bars = market.history(option.con_id, None, "1 D", "5 mins", "TRADES", False)
    assert bars[-1].close == market.quote(option.con_id).last
    assert merged(bars)[1] > merged(bars)[2]


@pytest.mark.parametrize(
    ("duration", "size", "what", "code", "words"),
    [
        ("1 D", "7 mins", "TRADES", 321, "bar size setting is invalid"),
        ("1 X", "1 min", "TRADES", 321, "duration"),
        ("0 D", "1 min", "TRADES", 321, "duration"),
        ("400 D", "1 day", "TRADES", 321, "must be made in years"),
        ("1 D", "1 min", "LAST", 321, "What to show"),
        ("1 Y", "1 secs", "TRADES", 162, "Time length exceed max."),
        ("1 D", "1 day", "YIELD_BID", 162, "no data"),
    ],
)
def test_a_wrong_request_is_refused_in_ib_s_words(
    market: Exchange, duration: str, size: str, what: str, code: int, words: str
) -> None:
    with pytest.raises(HistoryRefused) as refused:
        market.history(AAPL, None, duration, size, what, False)
    assert refused.value.code == code
    assert words in str(refused.value)


def test_fx_has_no_trades_and_an_index_no_bids(market: Exchange) -> None:
    for con_id, what in ((EURUSD, "TRADES"), (SPX, "BID")):
        with pytest.raises(HistoryRefused, match="no data"):
            market.history(con_id, None, "1 D", "1 hour", what, False)
    assert market.history(SPX, None, "1 D", "1 hour", "TRADES", False)


def test_there_is_no_history_before_its_head(market: Exchange) -> None:
    head = market.head_timestamp(AAPL, "TRADES")
    assert head.year == 2021
    with pytest.raises(HistoryRefused, match="no data"):
        market.history(AAPL, head - timedelta(days=3), "1 D", "1 hour", "TRADES", False)


def test_days_and_hours_differ_in_volume_as_real_ones_do() -> None:
    market = Exchange(5, NOW_S, always_open=False)
    days = [bar.volume for bar in market.history(265598, None, "1 Y", "1 day", "TRADES", True)][:-1]
    mean = sum(days) / len(days)
    spread = (sum((one - mean) ** 2 for one in days) / len(days)) ** 0.5
    assert 0.2 < spread / mean < 0.9
    assert mean == pytest.approx(48_000_000, rel=0.25)
    hours = market.history(265598, None, "5 D", "1 hour", "TRADES", True)
    by_hour: dict[int, float] = {}
    for bar in hours[:-2]:
        by_hour[bar.start.hour] = by_hour.get(bar.start.hour, 0.0) + bar.volume
    assert by_hour[10] > 1.2 * by_hour[12]
    assert by_hour[15] > 1.2 * by_hour[13]
    minutes = [bar.volume for bar in market.history(265598, None, "2 D", "1 min", "TRADES", True)]
    assert len(set(minutes[:300])) > 250
