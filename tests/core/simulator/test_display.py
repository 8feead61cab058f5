"""What contracts show: whatever the steps of time, what was told last is what the market shows."""

from __future__ import annotations

import pytest

from core.simulator.exchange import Exchange
from core.simulator.model import Quote, RunStep, Shown
from core.simulator.wire.runs import write_run
from core.simulator.wire.ticks import LIVE_IDS, TickWriter
from tests.core.simulator.fake_market import NOW_S
from tests.core.simulator.trader import ACCOUNT, Desk

AAPL, SPY, EURUSD, SPX, ES = 265598, 756733, 12087792, 416904, 1_800_002_612
FOLLOWED = (AAPL, SPY, EURUSD, SPX, ES)


def market() -> Exchange:
    exchange = Exchange(4, NOW_S)
    for con_id in FOLLOWED:
        exchange.watch(con_id)
    return exchange


def told(exchange: Exchange, now_s: float) -> list[Shown]:
    """What a step of time brings, after proof that it ends with what the market shows."""
    found = [notice for notice in exchange.advance(now_s) if isinstance(notice, Shown)]
    last = {notice.quote.con_id: notice.quote for notice in found}
    for con_id, quote in last.items():
        assert quote == exchange.quote(con_id)
    return found


@pytest.mark.parametrize("step_s", [0.25, 0.3, 0.37, 1.0, 2.5, 7.0])
def test_in_long_steps_as_in_short_ones_changes_follow_each_other(step_s: float) -> None:
    exchange, now_s, seen = market(), NOW_S, list[Shown]()
    while now_s < NOW_S + 900:
        now_s += step_s
        seen += told(exchange, now_s)
    followed = [one for one in seen if isinstance(one, RunStep) and one.since == one.at - 1]
    assert len(followed) > 0.9 * len(seen)


@pytest.mark.parametrize(
    "steps_s", [(1.0,) * 20 + (0.4,), (1.0, 1.0, 1.0, 1.0, 1.0, 3.3), (61.0, 0.05, 0.05)]
)
def test_a_clock_that_goes_otherwise_than_it_did_shows_nothing_else(steps_s: tuple[float, ...]) -> None:
    exchange, now_s = market(), NOW_S
    shown: dict[int, Quote] = {}
    for at in range(400):
        now_s += steps_s[at % len(steps_s)]
        shown |= {one.quote.con_id: one.quote for one in told(exchange, now_s)}
        for con_id, quote in shown.items():
            assert quote[2:] == exchange.quote(con_id)[2:]


@pytest.mark.parametrize("con_id", FOLLOWED)
def test_what_is_seen_in_long_steps_is_written_as_it_would_be_alone(con_id: int) -> None:
    exchange, now_s = market(), NOW_S
    before, writer, alone, runs = exchange.quote(con_id), TickWriter(), 0, list[RunStep]()
    for _ in range(280):
        now_s += 1.0
        runs += [
            one for one in told(exchange, now_s) if isinstance(one, RunStep) and one.run.con_id == con_id
        ]
    seen = runs[-1].run
    text, cuts = write_run(seen, LIVE_IDS, b"7")
    whole = exchange._feed.instrument(con_id).moments(int(now_s // 300)).run
    for at in range(1, len(seen.at_s)):
        places = [whole.at_s.tolist().index(one) for one in seen.at_s[at - 1 : at + 1]]
        before, after = (whole.quote(place) for place in places)
        printed = any(whole.printed[places[0] + 1 : places[1] + 1])
        assert text[cuts[at] : cuts[at + 1]] == writer.ticks(before, after, printed, LIVE_IDS, b"7")
        alone += 1
    assert alone > 50


def test_when_an_order_ends_nothing_is_shown_before_its_time() -> None:
    desk = Desk()
    desk.market.watch(AAPL)
    for _ in range(8):
        order = desk.limit(round(desk.bid() - 5, 2))
        for at in range(20):
            desk.now_s += 0.37
            told(desk.market, desk.now_s)
            if at == 10:
                desk.cancel(order)
    assert desk.market.positions(ACCOUNT)
