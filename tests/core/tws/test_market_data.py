"""Quotes and bars: one subscription each, honest about what is absent, delayed or refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.contract import Contract, SecType
from core.domain.events import (
    BarReported,
    BarsRefused,
    BarsReported,
    MessageReported,
    QuoteRefused,
    QuotesGarbled,
    QuotesReported,
)
from core.domain.quote import BarKey, QuoteKind
from core.domain.requests import CancelBars, CancelQuotes, RequestBars, SubscribeQuotes

APPLE = Contract(265598, "AAPL")
SPY = Contract(756733, "SPY")
MINUTES = BarKey(265598, "1 min")


async def subscribed(scripted, tws, contract: Contract = APPLE, times: int = 1) -> int:
    tws.perform(SubscribeQuotes(contract))
    return int((await scripted.hears(1, times))[2])


async def test_a_packet_of_ticks_is_one_event_with_every_changed_quote(
    connected, scripted, tws, told
) -> None:
    await connected()
    apple = await subscribed(scripted, tws)
    spy = await subscribed(scripted, tws, SPY, 2)
    scripted.say(
        (1, 6, apple, 1, 150.24, 300, 0),
        (1, 6, apple, 2, 150.26, 200, 0),
        (1, 6, spy, 4, 590.1, 10, 0),
        (2, 6, spy, 8, 5000),
        (2, 6, apple, 0, 400),
    )
    (event,) = [await told.first(QuotesReported)]
    quotes = {quote.con_id: quote for quote in event.quotes}
    assert (quotes[265598].bid, quotes[265598].bid_size, quotes[265598].ask) == (150.24, 400, 150.26)
    assert (quotes[756733].last, quotes[756733].volume, quotes[756733].bid) == (590.1, 5000, None)
    assert len(told.all(QuotesReported)) == 1


async def test_a_side_without_orders_is_absent(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    scripted.say((1, 6, line, 1, -1, 0, 0), (1, 6, line, 9, 0, 0, 0), (2, 6, line, 8, -1))
    (quote,) = (await told.first(QuotesReported)).quotes
    assert (quote.bid, quote.bid_size, quote.close, quote.volume) == (None, None, None, None)


@pytest.mark.parametrize(
    "lost", [(1, 6, "LINE", 1, "?!", 300, 0), (2, 6, "LINE", 8, "?!"), (45, 6, "LINE", 49)]
)
async def test_a_tick_that_cannot_be_read_is_told_once_for_all(connected, scripted, tws, told, lost) -> None:
    """IB says a price when it changes, and then not again: the line would show what was so before."""
    await connected()
    line = await subscribed(scripted, tws)
    garbled = tuple(line if field == "LINE" else field for field in lost)
    scripted.say(garbled, garbled)
    await told.first(QuotesGarbled)
    scripted.say(garbled, (4, 2, -1, 2104, "OK:usfarm", ""))
    await told.first(MessageReported)
    assert len(told.all(QuotesGarbled)) == 1
    assert tws.counts["undecodable"] == 3


async def test_where_no_line_is_open_no_tick_is_missed(connected, scripted, tws, told) -> None:
    await connected()
    scripted.say((1, 6, 7, 1, "?!", 300, 0), (4, 2, -1, 2104, "OK:usfarm", ""))
    await told.first(MessageReported)
    assert told.all(QuotesGarbled) == []


async def test_delayed_ticks_say_so_even_without_a_word_from_ib(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    scripted.say((1, 6, line, 66, 150.24, 300, 0))
    assert (await told.first(QuotesReported)).quotes[0].kind is QuoteKind.DELAYED


@pytest.mark.parametrize(
    ("told_kind", "kind"),
    [(1, QuoteKind.LIVE), (2, QuoteKind.FROZEN), (3, QuoteKind.DELAYED), (4, QuoteKind.DELAYED_FROZEN)],
)
async def test_the_kind_is_the_one_delivered(connected, scripted, tws, told, told_kind, kind) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    scripted.say((58, 1, line, told_kind), (1, 6, line, 4, 150.24, 300, 0))
    assert (await told.first(QuotesReported)).quotes[0].kind is kind


async def test_a_halt_is_told(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    scripted.say((45, 6, line, 49, 1))
    assert (await told.first(QuotesReported)).quotes[0].halted


async def test_a_new_subscription_knows_nothing_of_the_old_one(connected, scripted, tws, told) -> None:
    await connected()
    old = await subscribed(scripted, tws)
    scripted.say((1, 6, old, 1, 150.24, 300, 0))
    await told.first(QuotesReported)
    told.events.clear()
    new = await subscribed(scripted, tws, times=2)
    assert await scripted.hears(2) == ["2", "2", str(old)]
    scripted.say((1, 6, old, 1, 99.0, 300, 0), (1, 6, new, 2, 150.26, 200, 0))
    (quote,) = (await told.first(QuotesReported)).quotes
    assert (quote.bid, quote.ask) == (None, 150.26)
    assert tws.counts["late ticks"] == 1


async def test_a_cancel_ends_the_line_and_its_echo_is_only_counted(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    tws.perform(CancelQuotes(265598))
    await scripted.hears(2)
    scripted.say((4, 2, line, 300, "Can't find EId", ""), (4, 2, -1, 2104, "OK:usfarm", ""))
    await told.first(MessageReported)
    assert len(told.all(MessageReported)) == 1
    assert tws.counts["cancel echoes"] == 1


@pytest.mark.parametrize("code", [354, 10168, 10197, 200, 321])
async def test_a_refusal_names_the_contract_and_frees_the_line(
    connected, scripted, tws, told, code: int
) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    scripted.say((4, 2, line, code, "No.", ""))
    assert await told.first(QuoteRefused) == QuoteRefused(265598, code, "No.")
    tws.perform(CancelQuotes(265598))
    tws.perform(SubscribeQuotes(SPY))
    await scripted.hears(1, 2)
    assert [message for message in scripted.heard if message[0] == "2"] == []


async def test_an_advisory_leaves_the_line_alone(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    scripted.say((4, 2, line, 10167, "Displaying delayed market data.", ""), (1, 6, line, 66, 1.5, 1, 0))
    await told.first(QuotesReported)
    assert told.all(QuoteRefused) == []


async def test_request_ids_and_order_ids_are_far_apart(connected, scripted, tws) -> None:
    opened = await connected()
    assert await subscribed(scripted, tws) >= opened.next_order_id + 10_000_000


# --- bars ------------------------------------------------------------------------------------------


def bars_request(key: BarKey = MINUTES, *, live: bool = True, deadline_s: float = 5.0) -> RequestBars:
    return RequestBars(key, APPLE, "1 D", live, deadline_s)


async def asked_bars(scripted, tws, times: int = 1, **options: object) -> int:
    tws.perform(bars_request(**options))
    return int((await scripted.hears(20, times))[1])


async def test_bars_are_asked_for_up_to_now_in_epoch_time(connected, scripted, tws) -> None:
    await connected()
    await asked_bars(scripted, tws)
    asked = await scripted.hears(20)
    assert asked[14:] == ["0", "", "1 min", "1 D", "0", "TRADES", "2", "1", ""]


async def test_history_comes_whole_and_then_grows(connected, scripted, tws, told) -> None:
    await connected()
    series = await asked_bars(scripted, tws)
    scripted.say(
        (
            17,
            series,
            "",
            "",
            2,
            1795435200,
            1,
            2,
            0.5,
            1.5,
            100,
            1.2,
            7,
            1795435260,
            1.5,
            3,
            1,
            2,
            -1,
            -1,
            -1,
        ),
        (90, series, 9, 1795435260, 1.5, 2.5, 3, 1, 2.2, 120),
    )
    first, second = (await told.first(BarsReported)).bars
    assert first.start == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert (first.close, first.volume, first.wap, first.trades) == (1.5, 100, 1.2, 7)
    assert (second.volume, second.wap, second.trades) == (None, None, None)
    grown = (await told.first(BarReported)).bar
    assert (grown.start, grown.close, grown.high, grown.volume) == (second.start, 2.5, 3, 120)


async def test_daily_bars_begin_at_midnight_utc(connected, scripted, tws, told) -> None:
    await connected()
    series = await asked_bars(scripted, tws, key=BarKey(265598, "1 day"))
    scripted.say((17, series, "", "", 1, "20261120", 1, 2, 0.5, 1.5, 100, 1.2, 7))
    assert (await told.first(BarsReported)).bars[0].start == datetime(2026, 11, 20, tzinfo=UTC)


async def test_no_answer_is_refused_at_the_deadline_and_cancelled(connected, scripted, tws, told) -> None:
    await connected()
    series = await asked_bars(scripted, tws, deadline_s=0.1)
    refused = await told.first(BarsRefused)
    assert (refused.key, refused.code) == (MINUTES, None)
    assert await scripted.hears(25) == ["25", "1", str(series)]
    scripted.say(
        (17, series, "", "", 0), (4, 2, series, 162, "query cancelled", ""), (4, 2, -1, 2106, "OK", "")
    )
    await told.first(MessageReported)
    assert told.all(BarsReported) == []
    assert (tws.counts["late bars"], tws.counts["cancel echoes"]) == (1, 1)


@pytest.mark.parametrize("code", [162, 165, 321, 200])
async def test_an_error_refuses_the_bars(connected, scripted, tws, told, code: int) -> None:
    await connected()
    series = await asked_bars(scripted, tws)
    scripted.say((4, 2, series, code, "No.", ""))
    assert await told.first(BarsRefused) == BarsRefused(MINUTES, code, "No.")


async def test_live_updates_that_end_are_told(connected, scripted, tws, told) -> None:
    await connected()
    series = await asked_bars(scripted, tws)
    scripted.say((17, series, "", "", 0), (4, 2, series, 10182, "Failed to request live updates", ""))
    assert (await told.first(BarsRefused)).code == 10182


async def test_a_series_is_never_asked_for_twice(connected, scripted, tws) -> None:
    await connected()
    old = await asked_bars(scripted, tws)
    await asked_bars(scripted, tws, times=2)
    assert await scripted.hears(25) == ["25", "1", str(old)]
    tws.perform(CancelBars(MINUTES))
    await scripted.hears(25, 2)


async def test_without_a_connection_every_request_is_answered_no(tws, told) -> None:
    tws.perform(SubscribeQuotes(APPLE))
    tws.perform(bars_request())
    assert (await told.first(QuoteRefused)).code == 504
    assert (await told.first(BarsRefused)).code == 504


async def test_delayed_data_is_asked_for_before_its_line_and_live_data_after_it(
    connected, scripted, tws
) -> None:
    await connected()
    tws.perform(SubscribeQuotes(APPLE))
    tws.perform(SubscribeQuotes(SPY, delayed=True))
    tws.perform(SubscribeQuotes(APPLE))
    await scripted.hears(1, times=3)
    told = [(fields[0], fields[2]) for fields in scripted.heard if fields[0] in ("1", "59")]
    assert [kind for kind, _ in told] == ["1", "59", "1", "59", "1"]
    assert [value for kind, value in told if kind == "59"] == ["3", "1"]


async def test_a_stocks_line_tells_whether_it_can_be_borrowed(connected, scripted, tws, told) -> None:
    await connected()
    line = await subscribed(scripted, tws)
    asked = await scripted.hears(1)
    assert "236" in asked
    scripted.say((1, 6, line, 1, 150.24, 300, 0), (45, 6, line, 46, 2.0))
    assert (await told.first(QuotesReported)).quotes[0].shortable == 2.0


async def test_a_future_is_not_asked_what_only_stocks_have(connected, scripted, tws) -> None:
    await connected()
    tws.perform(SubscribeQuotes(Contract(495512563, "ES", SecType.FUT, "CME")))
    assert "236" not in await scripted.hears(1)
