"""Whether a line flows, and what is done and said when it does not or is refused."""

from __future__ import annotations

import pytest

from core.domain.events import (
    MessageReported,
    QuoteRefused,
    QuotesReported,
)
from core.domain.line import LineState
from core.domain.quote import QuoteKind
from core.domain.requests import (
    Request,
    SubscribeQuotes,
)
from core.domain.topics import Topic
from tests.core.desk.talk import MSFT, Talk, cancelled, quote_of, subscribed
from tests.core.desk.test_desk import AAPL

# --- does it flow? --------------------------------------------------------------------------------


def test_a_line_that_should_flow_is_asked_for_again_once_then_called_dead_with_words() -> None:
    talk = Talk()
    talk.lose()
    talk.back()
    talk.desk.drain()
    asked = talk.wait(15.0, MSFT)
    assert subscribed(asked) == cancelled(asked) == [AAPL.con_id]
    asked = talk.wait(15.0, MSFT)
    assert subscribed(asked) == []
    line = talk.desk.line(AAPL.con_id)
    assert line is not None
    assert line.state is LineState.DEAD
    assert "Asked for again once in vain" in line.words
    assert AAPL.con_id in talk.desk.drain()[Topic.LINE]
    quote = talk.desk.quote(AAPL.con_id)
    assert quote is not None
    assert quote.lost_at_s is not None
    assert talk.state_of(MSFT) is LineState.FLOWING


def test_a_dead_line_is_asked_for_ever_more_seldom_and_lives_again_with_its_first_tick() -> None:
    talk = Talk()
    talk.lose()
    talk.back()
    asked = talk.wait(3600.0, MSFT)
    assert talk.state_of(AAPL) is LineState.DEAD
    assert 4 <= len(subscribed(asked)) <= 10
    talk.tell(quote_of(AAPL))
    assert talk.state_of(AAPL) is LineState.FLOWING
    talk.wait(1.0)
    quote = talk.desk.quote(AAPL.con_id)
    assert quote is not None
    assert quote.lost_at_s is None


def test_a_line_that_fell_silent_while_others_flow_has_to_prove_itself() -> None:
    talk = Talk()
    talk.wait(5.0, AAPL, MSFT)
    asked = talk.wait(70.0, MSFT)
    assert subscribed(asked) == [AAPL.con_id]


def test_a_contract_that_seldom_ticks_is_asked_about_ever_more_seldom_and_never_dead() -> None:
    talk = Talk()
    asks = 0
    for _ in range(3600):
        out = talk.wait(1.0, MSFT)
        if AAPL.con_id in subscribed(out):
            asks += 1
            talk.tell(quote_of(AAPL))  # IB answers each asking with the present quote
        assert talk.state_of(AAPL) is not LineState.DEAD
    assert 3 <= asks <= 8


@pytest.mark.parametrize("why", ["night", "halted", "farm", "cut off"])
def test_a_line_that_has_a_reason_to_be_silent_is_left_alone(why: str) -> None:
    talk = Talk()
    if why == "night":
        talk.now_s += 6 * 3600
    if why == "halted":
        halted = quote_of(AAPL).quotes[0]._replace(halted=True)
        talk.tell(QuotesReported((halted,)))
    if why == "farm":
        talk.tell(MessageReported(2103, "broken:usfarm"))
    for _ in range(5):
        if why == "cut off":
            talk.tell(MessageReported(1100, ""))  # TWS says it again every minute or so (IBC #143)
        asked = talk.wait(60.0, MSFT)
        assert AAPL.con_id not in subscribed(asked)
    assert talk.state_of(AAPL) is LineState.QUIET


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [354, 10168, 10186])
def test_without_a_subscription_delayed_prices_are_asked_for_and_called_delayed(code: int) -> None:
    talk = Talk()
    talk.tell(QuoteRefused(AAPL.con_id, code, "not subscribed"))
    assert "not subscribed" in talk.desk.notes()[-1].words
    asked = talk.wait(1.0)
    assert SubscribeQuotes(AAPL, delayed=True) in asked or SubscribeQuotes(AAPL, delayed=True) in talk.asked
    assert cancelled(talk.asked) == []
    talk.tell(quote_of(AAPL, QuoteKind.DELAYED))
    line = talk.desk.line(AAPL.con_id)
    assert line is not None
    assert (line.state, line.words.startswith("Delayed")) == (LineState.FLOWING, True)
    talk.tell(QuoteRefused(AAPL.con_id, code, "not even delayed"))
    assert talk.state_of(AAPL) is LineState.REFUSED
    assert subscribed(talk.wait(120.0, MSFT)) == []


@pytest.mark.parametrize("code", [10089, 10091])
def test_a_line_over_which_delayed_prices_may_come_is_waited_for_and_then_asked_for_as_delayed(
    code: int,
) -> None:
    talk = Talk()
    talk.tell(QuoteRefused(AAPL.con_id, code, "delayed data is available"))
    asked = talk.wait(5.0)
    assert SubscribeQuotes(AAPL, delayed=True) in asked
    assert cancelled(asked) == [AAPL.con_id]


def test_a_refused_line_says_why_and_is_asked_for_again_with_the_next_connection() -> None:
    talk = Talk()
    talk.tell(QuoteRefused(AAPL.con_id, 200, "No security definition"))
    line = talk.desk.line(AAPL.con_id)
    assert line is not None
    assert line.state is LineState.REFUSED
    assert "No security definition" in line.words
    quote = talk.desk.quote(AAPL.con_id)
    assert quote is not None
    assert quote.lost_at_s is not None
    assert subscribed(talk.wait(60.0, MSFT)) == []
    talk.lose()
    assert AAPL.con_id in subscribed(talk.back())


def test_a_competing_session_is_shown_and_the_lines_return_when_it_ends() -> None:
    talk = Talk()
    for contract in (AAPL, MSFT):
        talk.tell(QuoteRefused(contract.con_id, 10197, "No market data during competing live session"))
    assert talk.desk.link.competing
    assert talk.state_of(AAPL) is talk.state_of(MSFT) is LineState.REFUSED
    assert subscribed(talk.wait(29.0)) == []
    assert subscribed(talk.wait(3.0)) == [AAPL.con_id]
    talk.tell(QuoteRefused(AAPL.con_id, 10197, "still"))
    assert subscribed(talk.wait(31.0)) == [AAPL.con_id]
    talk.tell(quote_of(AAPL))
    assert subscribed(talk.wait(3.0)) == [MSFT.con_id]
    assert not talk.desk.link.competing


def test_ib_giving_fewer_lines_than_were_promised_evicts_and_says_so() -> None:
    talk = Talk()
    talk.tell(QuoteRefused(MSFT.con_id, 101, "Max number of tickers has been reached"))
    assert talk.desk.pacing.lines_limit == 1
    assert talk.state_of(MSFT) is LineState.EVICTED
    out = talk.desk.unwatch(AAPL.con_id, "chart", talk.now_s)
    assert subscribed(out + talk.wait(1.0)) == [MSFT.con_id]


def test_code_100_halves_the_rate_and_shows_it() -> None:
    talk = Talk()
    talk.tell(MessageReported(100, "Max rate of messages per second has been exceeded"))
    assert talk.desk.pacing.message_limit == 20
    assert talk.desk.pacing.throttled_until_s == talk.now_s + 30.0
    assert Topic.PACING in talk.desk.drain()


def test_one_contract_that_another_session_took_does_not_disturb_those_that_flow() -> None:
    talk = Talk()
    talk.tell(QuoteRefused(AAPL.con_id, 10197, "competing"))
    asked: list[Request] = []
    for _ in range(120):
        out = talk.wait(1.0, MSFT)
        asked += out
        if AAPL.con_id in subscribed(out):
            talk.tell(QuoteRefused(AAPL.con_id, 10197, "competing"))
    assert subscribed(asked) == [AAPL.con_id] * 4
    assert talk.state_of(MSFT) is LineState.FLOWING
    assert talk.desk.link.competing
