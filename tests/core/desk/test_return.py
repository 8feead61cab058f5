"""What comes back by itself after every kind of return, as dialogues: no loop and no sleep."""

from __future__ import annotations

from decimal import Decimal

from core.domain.contract import Contract
from core.domain.events import (
    BarReported,
    BarsRefused,
    BarsReported,
    ConnectFailed,
    DisconnectAsked,
    MessageReported,
    OrderReported,
    PositionReported,
    ProbeAnswered,
    ProbeUnanswered,
    QuoteRefused,
    QuotesGarbled,
    QuotesReported,
    SnapshotCompleted,
    Woke,
)
from core.domain.link import LinkFault, Socket
from core.domain.quote import BarKey
from core.domain.requests import (
    CancelBars,
    Connect,
    Disconnect,
    PlaceOrder,
    Probe,
    RequestBars,
    SubscribeAccount,
    SubscribeQuotes,
    TakeSnapshot,
    Wake,
)
from core.domain.verdict import Denied
from tests.core.desk.talk import KEY, MSFT, Talk, bars, cancelled, history, quote_of, subscribed
from tests.core.desk.test_desk import AAPL, QUOTE, SPEC, kinds

# --- the socket -----------------------------------------------------------------------------------


def test_after_a_reconnect_the_charts_contract_comes_before_the_watchlist_and_all_before_history() -> None:
    talk = Talk()
    talk.chart()
    talk.lose()
    asked = talk.back()
    assert subscribed(asked) == [AAPL.con_id, MSFT.con_id]
    order = [type(one) for one in asked if isinstance(one, SubscribeQuotes | RequestBars)]
    assert order == [SubscribeQuotes, SubscribeQuotes, RequestBars]
    assert kinds(asked).count(SubscribeAccount) == 1
    assert kinds(asked).count(TakeSnapshot) == 1
    assert cancelled(asked) == []


def test_what_is_held_comes_before_the_rest_of_the_watchlist() -> None:
    talk = Talk()
    held = Contract(9, "HELD")
    talk.desk.watch(held, "watchlist", talk.now_s)
    talk.tell(PositionReported("DU1", held, Decimal(5), Decimal(1)))
    talk.lose()
    assert subscribed(talk.back()) == [AAPL.con_id, held.con_id, MSFT.con_id]


def test_a_gateway_that_restarts_ten_times_is_asked_for_each_line_once_each_time() -> None:
    talk = Talk()
    for _ in range(10):
        talk.lose()
        assert sorted(subscribed(talk.back())) == sorted((AAPL.con_id, MSFT.con_id))


def test_the_hole_an_outage_leaves_is_closed_from_the_last_bar_on() -> None:
    talk = Talk()
    talk.chart()
    talk.lose()
    asked = talk.back(after_s=600.0)
    assert history(asked) == ["1800 S"]
    talk.tell(BarsReported(KEY, bars(*range(-5, 11))))
    series = talk.desk.bars(KEY)
    assert series is not None
    assert [round(one - series.start[0]) for one in series.start] == [60 * at for at in range(len(series))]
    assert len(series) == 16


def test_an_answer_that_does_not_reach_back_is_not_shown_as_if_there_were_no_hole() -> None:
    talk = Talk()
    talk.chart()
    talk.lose()
    talk.back(after_s=600.0)
    talk.asked.clear()
    talk.tell(BarsReported(KEY, bars(8, 9, 10)))
    series = talk.desk.bars(KEY)
    assert series is not None
    assert len(series) == 4
    talk.wait(1.0)
    assert history(talk.asked) == ["1 D"]
    talk.tell(BarsReported(KEY, bars(*range(-300, 11))))
    assert len(series) == 311


def test_a_series_asked_for_once_is_not_asked_for_again() -> None:
    talk = Talk()
    talk.desk.load_bars(KEY, AAPL, "1 D", False, talk.now_s)
    talk.lose()
    assert history(talk.back()) == []


def test_a_socket_that_opens_after_the_trader_gave_up_is_dropped_and_nothing_is_asked() -> None:
    talk = Talk()
    talk.lose()
    talk.tell(Woke(), after_s=5.0)
    talk.tell(DisconnectAsked())
    talk.asked.clear()
    talk.open()
    assert [kind for kind in kinds(talk.asked) if kind is not Wake] == [Disconnect]


def test_a_moved_gateway_is_followed_and_everything_is_asked_for_there() -> None:
    talk = Talk()
    out = talk.tell(MessageReported(1300, "Please reconnect on the new port - 4555"))
    assert Disconnect() in out
    [connect] = [one for one in out if isinstance(one, Connect)]
    assert connect.port == 4555
    quote = talk.desk.quote(AAPL.con_id)
    assert quote is not None
    assert quote.lost_at_s == talk.now_s
    talk.asked.clear()
    talk.open()
    talk.wait(1.0)
    assert subscribed(talk.asked) == [AAPL.con_id, MSFT.con_id]


def test_a_silent_gateway_is_aborted_and_sought_again_at_once() -> None:
    talk = Talk()
    out = talk.tell(ProbeUnanswered(3.0))
    assert Disconnect() in out
    assert talk.desk.link.socket is Socket.STALE
    assert Connect in kinds(talk.tell(Woke(), after_s=0.6))


def test_an_order_to_a_gateway_that_fell_silent_is_refused_and_the_gateway_probed_at_once() -> None:
    talk = Talk()
    talk.now_s += 5.1
    verdict = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(verdict, Denied)
    assert "asking it now" in verdict.words
    assert Probe(3.0) in talk.desk.pending()
    talk.tell(ProbeAnswered(0.001), QuotesReported((QUOTE,)))
    assert isinstance(talk.desk.submit(SPEC, talk.now_s), PlaceOrder)


def test_a_gateway_that_never_says_that_ibkr_is_back_is_left_with_all_in_doubt_and_sought_again() -> None:
    talk = Talk()
    talk.tell(MessageReported(1100, ""))
    out = talk.tell(Woke(), after_s=121.0)
    assert Disconnect() in out
    quote = talk.desk.quote(AAPL.con_id)
    assert quote is not None
    assert quote.lost_at_s == talk.now_s
    assert Connect in kinds(talk.tell(Woke(), after_s=0.6))
    talk.asked.clear()
    talk.open()
    talk.wait(1.0)
    assert subscribed(talk.asked) == [AAPL.con_id, MSFT.con_id]


# --- the broker and its farms ---------------------------------------------------------------------


def test_after_1101_every_line_and_series_is_asked_for_anew() -> None:
    talk = Talk()
    talk.chart()
    talk.tell(MessageReported(1100, ""), MessageReported(1101, ""))
    talk.wait(1.0)
    assert subscribed(talk.asked) == [AAPL.con_id, MSFT.con_id]
    assert cancelled(talk.asked) == [AAPL.con_id, MSFT.con_id]
    assert kinds(talk.asked).count(CancelBars) == 1
    assert len(history(talk.asked)) == 1
    assert kinds(talk.asked).count(TakeSnapshot) == kinds(talk.asked).count(SubscribeAccount) == 1
    assert not talk.desk.link.is_ready
    talk.tell(SnapshotCompleted(1, (), (), (), ()))
    assert talk.desk.link.is_ready


def test_after_a_quote_that_could_not_be_read_every_open_line_is_asked_for_anew() -> None:
    talk = Talk()
    talk.chart()
    talk.tell(QuoteRefused(MSFT.con_id, 200, "No security definition"))
    talk.tell(QuotesGarbled())
    talk.wait(1.0)
    assert subscribed(talk.asked) == cancelled(talk.asked) == [AAPL.con_id]
    assert history(talk.asked) == []
    assert talk.desk.link.is_ready


def test_after_1102_a_line_that_flows_is_left_alone_and_one_that_does_not_is_asked_for_again() -> None:
    talk = Talk()
    talk.chart()
    talk.tell(MessageReported(1100, ""), MessageReported(1102, ""))
    talk.wait(5.0, AAPL)
    assert subscribed(talk.asked) == cancelled(talk.asked) == [MSFT.con_id]
    assert len(history(talk.asked)) == 1
    assert kinds(talk.asked).count(TakeSnapshot) == 1


def test_a_market_data_farm_that_came_back_must_be_seen_to_flow() -> None:
    talk = Talk()
    talk.tell(MessageReported(2103, "Market data farm connection is broken:usfarm"))
    assert subscribed(talk.wait(30.0)) == []
    talk.tell(MessageReported(2104, "Market data farm connection is OK:usfarm"))
    asked = talk.wait(5.0, MSFT)
    assert subscribed(asked) == cancelled(asked) == [AAPL.con_id]
    assert kinds(asked).count(TakeSnapshot) == 1
    assert talk.desk.link.is_ready


def test_a_farm_that_was_well_all_along_changes_nothing() -> None:
    talk = Talk()
    talk.chart()
    talk.tell(MessageReported(2104, "is OK:usfarm"), MessageReported(2106, "is OK:ushmds"))
    asked = talk.wait(5.0)
    assert subscribed(asked) == history(asked) == []


def test_a_history_farm_that_came_back_revives_the_live_series() -> None:
    talk = Talk()
    talk.chart()
    talk.tell(MessageReported(2105, "broken:ushmds"), MessageReported(2106, "OK:ushmds"))
    assert history(talk.asked) == ["120 S"]
    assert subscribed(talk.asked) == []


def test_10182_ends_one_live_series_and_it_is_asked_for_again_by_itself() -> None:
    talk = Talk()
    talk.chart()
    talk.tell(BarsRefused(KEY, 10182, "Failed to request live updates (disconnected)."))
    asked = talk.wait(20.0)
    assert len(history(asked)) == 1
    assert CancelBars not in kinds(asked)
    talk.tell(BarsReported(KEY, bars(-1, 0)))
    assert talk.desk.bars_refusal(KEY) == ""


def test_a_series_that_stops_growing_while_its_quotes_come_is_asked_for_again() -> None:
    talk = Talk()
    talk.chart()
    for _ in range(30):
        talk.tell(BarReported(KEY, bars(0)[0]))
        assert history(talk.wait(2.0, AAPL)) == []
    assert len(history(talk.wait(65.0, AAPL))) == 1


def test_orders_are_read_back_after_1100_and_1102_whatever_came_meanwhile() -> None:
    talk = Talk()
    talk.tell(MessageReported(1100, ""))
    talk.tell(OrderReported(9, 77, 0, "", SPEC, "Submitted"))
    out = talk.tell(MessageReported(1102, ""))
    assert TakeSnapshot in kinds(out)


# --- history ----------------------------------------------------------------------------------------


def test_a_history_request_that_waits_for_the_ledger_is_counted_down() -> None:
    talk = Talk()
    key = BarKey(AAPL.con_id, "5 secs")
    for _ in range(2):
        talk.desk.load_bars(key, AAPL, "600 S", False, talk.now_s)
        talk.tell(BarsReported(key, ()))
    pacing = talk.desk.pacing
    assert (pacing.history_used, pacing.history_limit, pacing.queued) == (1, 60, 1)
    assert pacing.next_history_s is not None
    assert 14.0 <= pacing.next_history_s - talk.now_s <= 15.1
    assert history(talk.wait(16.0)) == ["600 S"]


def test_the_same_history_asked_for_twice_before_it_came_is_one_request() -> None:
    talk = Talk()
    asked = talk.desk.load_bars(KEY, AAPL, "1 D", True, talk.now_s)
    asked += talk.desk.load_bars(KEY, AAPL, "1 D", True, talk.now_s)
    assert len(history(asked + talk.wait(1.0))) == 1


def test_a_live_series_stays_alive_when_a_script_asks_for_its_past() -> None:
    talk = Talk()
    talk.chart()
    asked = talk.desk.load_bars(KEY, AAPL, "2 D", False, talk.now_s) + talk.wait(1.0)
    assert [one.live for one in asked if isinstance(one, RequestBars)] == [True]
    assert kinds(asked).count(CancelBars) == 1


def test_what_is_dropped_before_it_was_sent_never_goes_out() -> None:
    talk = Talk()
    other = Contract(7, "IBM")
    asked = []
    for number in range(200):
        asked += talk.desk.search(str(number), talk.now_s)
    asked += talk.desk.watch(other, "watchlist", talk.now_s)
    asked += talk.desk.unwatch(other.con_id, "watchlist", talk.now_s)
    asked += talk.desk.load_bars(KEY, AAPL, "1 D", True, talk.now_s)
    asked += talk.desk.drop_bars(KEY, talk.now_s)
    asked += talk.wait(20.0)
    assert subscribed(asked) == cancelled(asked) == history(asked) == []
    assert CancelBars not in kinds(asked)
    assert talk.desk.pacing.queued == 0


def test_an_hour_of_outages_leaves_nothing_behind() -> None:
    talk = Talk()
    talk.chart()
    for _ in range(200):
        talk.lose()
        talk.tell(ConnectFailed(LinkFault.REFUSED))
        talk.back(after_s=31.0)
        talk.tell(quote_of(AAPL), quote_of(MSFT), BarsReported(KEY, bars(-1, 0)))
    desk = talk.desk
    assert (
        len(desk._fresh._streams),
        len(desk._growing._streams),
        len(desk._series),
        desk._lanes.queued,
    ) == (2, 1, 1, 0)
    assert desk._refusals == {}
    assert len(desk._lanes.history._open) == 1
    assert len(desk.link.timeline) <= 50
