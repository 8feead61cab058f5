"""What stands over single orders: brackets, what-ifs, halts and the kill switch, limits that change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.domain.bracket import BracketSpec, Exit, ExitsSpec
from core.domain.contract import Contract, ContractDetails, ContractQuery, SecType
from core.domain.events import (
    AccountReported,
    ConnectAsked,
    ContractsReported,
    ExecutionReported,
    IntentCommitted,
    IntentRefused,
    LinkLost,
    OrderReported,
    OrderSent,
    PnlReported,
    PreviewReported,
    SnapshotCompleted,
    SocketOpened,
    TradingChanged,
    Woke,
)
from core.domain.execution import Execution
from core.domain.limits import Permissions, RiskLimits, Threshold
from core.domain.link import LinkFault
from core.domain.order import OrderState, OrderType, Overlay, Side
from core.domain.preview import Preview
from core.domain.requests import CancelOrder, GlobalCancel, PlaceOrder, PreviewOrder, Probe, Record, Request
from core.domain.topics import Topic
from core.domain.trading import RESUME_PHRASE, TradingState
from core.domain.verdict import Ask, Denied
from core.journal.codec import fact_of, fields_of
from core.risk.rule import objected
from tests.core.desk.test_desk import AAPL, SPEC, VALUES, Dialogue

BRACKET = BracketSpec(SPEC, (Exit(target=Decimal(155), stop=Decimal(148)),))


@pytest.fixture
def talk() -> Dialogue:
    dialogue = Dialogue()
    dialogue.trade_ready()
    return dialogue


def working(talk: Dialogue, count: int = 1) -> list[PlaceOrder]:
    """Orders that IB has, each of another quantity."""
    places = []
    for number in range(count):
        place = talk.place(replace(SPEC, quantity=Decimal(10 + number)))
        talk.tell(
            OrderReported(place.order_id, 900 + number, 1, place.order_ref, place.approved.spec, "Submitted")
        )
        places.append(place)
    return places


def records(out: list[Request], kind: str) -> list[Record]:
    return [one for one in out if isinstance(one, Record) and one.kind == kind]


def preview_of(talk: Dialogue) -> PreviewOrder:
    """Asked, and granted by the lanes, which the connecting has just used up."""
    out = talk.desk.ask_preview(SPEC, talk.now_s)
    assert isinstance(out, list), out
    granted = [*out, *talk.tell(Woke(), after_s=2.0)]
    return next(one for one in granted if isinstance(one, PreviewOrder))


# --- groups -------------------------------------------------------------------------------------------


def test_a_bracket_is_three_intents_and_not_a_byte_until_they_are_committed(talk: Dialogue) -> None:
    places = talk.desk.submit_group(BRACKET, talk.now_s)
    assert isinstance(places, tuple)
    assert [talk.desk.order(one.order_ref).state for one in places] == [OrderState.INTENT] * 3  # type: ignore[union-attr]
    assert [one.order_id for one in places] == [1, 2, 3]
    sent = [one for place in places for one in talk.tell(IntentCommitted(place.order_ref))]
    assert [one for one in sent if isinstance(one, PlaceOrder)] == list(places)
    assert [one.approved.spec.transmit for one in places] == [False, False, True]


def test_a_link_lost_between_the_orders_sends_none_of_the_rest(talk: Dialogue) -> None:
    places = talk.desk.submit_group(BRACKET, talk.now_s)
    assert isinstance(places, tuple)
    talk.tell(IntentCommitted(places[0].order_ref), OrderSent(places[0].order_ref))
    talk.tell(LinkLost(LinkFault.CLOSED))
    for place in places[1:]:
        assert not [one for one in talk.tell(IntentCommitted(place.order_ref)) if isinstance(one, PlaceOrder)]
    assert [talk.desk.order(one.order_ref).state for one in places] == [  # type: ignore[union-attr]
        OrderState.IN_DOUBT,
        OrderState.NOT_PLACED,
        OrderState.NOT_PLACED,
    ]


def test_what_the_journal_cannot_hold_ends_the_whole_bracket(talk: Dialogue) -> None:
    places = talk.desk.submit_group(BRACKET, talk.now_s)
    assert isinstance(places, tuple)
    talk.tell(*(IntentRefused(one.order_ref, "The disk is full.") for one in places))
    assert {talk.desk.order(one.order_ref).state for one in places} == {OrderState.DENIED}  # type: ignore[union-attr]


def test_a_denied_bracket_leaves_its_reason_in_the_journal(talk: Dialogue) -> None:
    wrong = BracketSpec(SPEC, (Exit(stop=Decimal(151)),))
    assert isinstance(talk.desk.submit_group(wrong, talk.now_s), Denied)
    [record] = records(talk.desk.pending(), "denied group")
    assert "losing side" in dict(record.fields)["BracketShape"]


def test_the_same_bracket_twice_in_a_moment_is_denied(talk: Dialogue) -> None:
    assert isinstance(talk.desk.submit_group(BRACKET, talk.now_s), tuple)
    again = talk.desk.submit_group(BRACKET, talk.now_s + 0.3)
    assert isinstance(again, Denied)
    assert again.objections[0].rule == "DuplicateOrder"


def test_exits_round_a_position_are_sent_stop_first(talk: Dialogue) -> None:
    closing = replace(SPEC, side=Side.SELL)
    group = ExitsSpec(closing, (Exit(target=Decimal(155), stop=Decimal(148)),), "g-1")
    places = talk.desk.submit_group(group, talk.now_s)
    assert isinstance(places, tuple)
    assert [one.approved.spec.order_type for one in places] == [OrderType.STP, OrderType.LMT]


def test_a_child_whose_parent_has_filled_is_changed_without_naming_it(talk: Dialogue) -> None:
    places = talk.desk.submit_group(BRACKET, talk.now_s)
    assert isinstance(places, tuple)
    for number, place in enumerate(places):
        talk.tell(IntentCommitted(place.order_ref), OrderSent(place.order_ref))
        status = "Filled" if number == 0 else "Submitted"
        spec = replace(place.approved.spec, transmit=True)
        report = OrderReported(place.order_id, 900 + number, 1, place.order_ref, spec, status)
        talk.tell(report)
    parent, stop = places[0], places[2]
    changed = replace(stop.approved.spec, stop_price=Decimal(149))
    modified = talk.desk.modify(stop.order_ref, changed, talk.now_s)
    assert isinstance(modified, PlaceOrder)
    assert modified.approved.spec.transmit
    living = talk.desk.order(parent.order_ref).is_live  # type: ignore[union-attr]
    assert modified.approved.spec.parent_id == (parent.order_id if living else 0)


def test_a_combo_is_made_of_known_legs_and_known_like_any_contract(talk: Dialogue) -> None:
    legs = [
        ContractDetails(
            Contract(
                number,
                "AAPL",
                SecType.OPT,
                expiry="20261218",
                strike=Decimal(strike),
                right="C",
                multiplier=Decimal(100),
            )
        )
        for number, strike in ((1, 150), (2, 155))
    ]
    wanted = ((1, 1, "BUY"), (2, 1, "SELL"))
    assert isinstance(talk.desk.combine(wanted), str)
    talk.tell(*(ContractsReported(ContractQuery(con_id=one.contract.con_id), (one,)) for one in legs))
    spread = talk.desk.combine(wanted)
    assert isinstance(spread, Contract)
    assert talk.desk.details(spread.con_id) is not None


# --- what-ifs -----------------------------------------------------------------------------------------


def test_a_preview_is_asked_answered_and_no_order(talk: Dialogue) -> None:
    asked = preview_of(talk)
    assert talk.desk.preview_of(SPEC) is None
    answer = Preview(0.0, initial_after=Decimal(10), maintenance_after=Decimal(7), equity_after=Decimal(100))
    talk.tell(PreviewReported(asked.order_id, answer))
    found = talk.desk.preview_of(SPEC)
    assert found is not None
    assert (found.excess_after, found.at_s) == (93, talk.now_s)
    assert Topic.PREVIEW in talk.desk.drain()
    assert talk.desk.orders() == ()
    assert talk.desk.trading.orders_today == 0


def test_a_preview_is_believed_for_a_minute(talk: Dialogue) -> None:
    asked = preview_of(talk)
    talk.tell(PreviewReported(asked.order_id, Preview(0.0, initial_after=Decimal(10))))
    talk.now_s += 61
    talk.desk.now_s = talk.now_s
    assert talk.desk.preview_of(SPEC) is None


def test_previews_are_asked_one_at_a_time(talk: Dialogue) -> None:
    talk.desk.ask_preview(SPEC, talk.now_s)
    assert "still answering" in str(talk.desk.ask_preview(replace(SPEC, quantity=Decimal(5)), talk.now_s))


def test_a_lost_link_ends_the_wait_with_words(talk: Dialogue) -> None:
    talk.desk.ask_preview(SPEC, talk.now_s)
    talk.tell(LinkLost(LinkFault.CLOSED))
    found = talk.desk.preview_of(SPEC)
    assert found is not None
    assert (found.is_known, found.refusal) == (False, "No preview: the link was lost.")


def test_an_order_that_may_not_go_is_not_previewed_either(talk: Dialogue) -> None:
    malformed = replace(SPEC, limit_price=Decimal("NaN"))
    assert "Limit price" in str(talk.desk.ask_preview(malformed, talk.now_s))


# --- the trading state --------------------------------------------------------------------------------


def test_everybodys_orders_are_cancelled_with_one_request_that_is_kept_and_said(talk: Dialogue) -> None:
    out = talk.desk.cancel_everywhere(talk.now_s)
    assert not isinstance(out, str)
    assert sum(isinstance(one, GlobalCancel) for one in out) == 1
    assert "global cancel" in [one.kind for one in out if isinstance(one, Record)]
    assert "every order of this login" in talk.desk.notes()[-1].words
    assert talk.desk.trading.state is TradingState.ACTIVE


def test_without_a_link_nobodys_orders_are_cancelled_and_the_words_say_so(talk: Dialogue) -> None:
    talk.tell(LinkLost(LinkFault.CLOSED))
    assert "keeps working" in str(talk.desk.cancel_everywhere(talk.now_s))


def test_the_kill_switch_halts_first_and_cancels_every_own_order(talk: Dialogue) -> None:
    places = working(talk, 3)
    foreign = replace(SPEC, quantity=Decimal(99))
    talk.tell(OrderReported(5, 950, 7, "theirs", foreign, "Submitted"))
    out = talk.desk.kill(talk.now_s)
    kinds = [one.kind if isinstance(one, Record) else type(one).__name__ for one in out]
    assert kinds.index("trading state") < kinds.index("CancelOrder")
    assert {one.order_ref for one in out if isinstance(one, CancelOrder)} == {one.order_ref for one in places}
    assert set(talk.desk.trading.kill) == {one.order_ref for one in places}
    assert {talk.desk.order(one.order_ref).cancel for one in places} == {Overlay.REQUESTED}  # type: ignore[union-attr]
    assert isinstance(talk.desk.submit(SPEC, talk.now_s), Denied)


def still_listed(place: PlaceOrder, number: int) -> OrderReported:
    return OrderReported(place.order_id, 900 + number, 1, place.order_ref, place.approved.spec, "Submitted")


def read_again(talk: Dialogue, *listed: OrderReported) -> list[Request]:
    """The link is back, and the gateway lists these as open."""
    talk.tell(Woke(), after_s=5.0)
    talk.tell(SocketOpened(178, ("DU1",), 50, simulator=True), AccountReported("DU1", VALUES))
    return talk.tell(*listed, SnapshotCompleted(50, listed, (), (), ()))


def cancelled_in(out: list[Request]) -> list[str]:
    return [one.order_ref for one in out if isinstance(one, CancelOrder)]


def test_a_kill_while_the_link_is_down_cancels_once_the_gateway_has_been_read(talk: Dialogue) -> None:
    first, second = working(talk, 2)
    talk.tell(LinkLost(LinkFault.CLOSED))
    assert cancelled_in(talk.desk.kill(talk.now_s)) == []
    assert "once the gateway has been read" in talk.desk.notes()[-1].words
    out = read_again(talk, still_listed(first, 0), still_listed(second, 1))
    assert cancelled_in(out) == [first.order_ref, second.order_ref]
    asked = [one.subject for one in records(out, "cancel requested")]
    assert asked == [first.order_ref, second.order_ref]
    assert "The kill switch cancels it now" in talk.desk.notes()[-1].words
    again = talk.tell(SnapshotCompleted(50, (), (), (), ()), after_s=0.1)
    assert cancelled_in(again) == []
    assert talk.desk.trading.state is TradingState.HALTED


def test_an_incomplete_reading_cancels_nothing_by_itself_yet(talk: Dialogue) -> None:
    [place] = working(talk)
    talk.tell(LinkLost(LinkFault.CLOSED))
    talk.desk.kill(talk.now_s)
    talk.tell(Woke(), after_s=5.0)
    talk.tell(SocketOpened(178, ("DU1",), 50, simulator=True), AccountReported("DU1", VALUES))
    half = SnapshotCompleted(50, (), (), (), (), missing=("positions", "open orders"))
    assert cancelled_in(talk.tell(half)) == []
    assert cancelled_in(
        talk.tell(still_listed(place, 0), SnapshotCompleted(50, (still_listed(place, 0),), (), (), ()))
    ) == [place.order_ref]


def test_who_resumed_before_the_link_came_back_wants_no_more_cancels(talk: Dialogue) -> None:
    [place] = working(talk)
    talk.tell(LinkLost(LinkFault.CLOSED))
    talk.desk.kill(talk.now_s)
    assert talk.desk.resume_trading(RESUME_PHRASE, talk.now_s) == ""
    assert cancelled_in(read_again(talk, still_listed(place, 0))) == []


def test_a_kill_while_the_link_was_down_outlives_a_restart(talk: Dialogue) -> None:
    [place] = working(talk)
    talk.tell(LinkLost(LinkFault.CLOSED))
    [record] = records(talk.desk.kill(talk.now_s), "trading state")
    assert isinstance(record.fact, TradingChanged)
    stored = fact_of(TradingChanged, fields_of(record.fact))
    after = Dialogue()
    after.now_s = talk.now_s
    after.desk.resume(talk.desk)
    after.tell(stored, ConnectAsked("127.0.0.1", 5000, 1, "simulator", kind="simulator"))
    assert after.desk.trading.kill == (place.order_ref,)
    assert cancelled_in(read_again(after, still_listed(place, 0))) == [place.order_ref]


def test_cancels_pass_while_halted_and_changes_do_not(talk: Dialogue) -> None:
    [place] = working(talk)
    talk.desk.halt("Enough.", talk.now_s)
    changed = talk.desk.modify(
        place.order_ref, replace(place.approved.spec, limit_price=Decimal(149)), talk.now_s
    )
    assert isinstance(changed, Denied)
    assert changed.objections[0].rule == "TradingHalted"
    assert isinstance(talk.desk.cancel(place.order_ref, talk.now_s), list)


def test_a_halt_is_journalled_and_put_back(talk: Dialogue) -> None:
    out = talk.desk.halt("Enough.", talk.now_s)
    [record] = records(out, "trading state")
    assert isinstance(record.fact, TradingChanged)
    after = Dialogue()
    after.trade_ready()
    after.tell(record.fact)
    assert after.desk.trading.state is TradingState.HALTED
    assert isinstance(after.desk.submit(SPEC, after.now_s), Denied)
    assert after.desk.resume_trading(RESUME_PHRASE, after.now_s) == ""
    assert Topic.TRADING in after.desk.drain()
    assert isinstance(after.desk.submit(SPEC, after.now_s), PlaceOrder)


def test_the_eleventh_order_in_ten_seconds_halts_until_someone_resumes(talk: Dialogue) -> None:
    every = frozenset({"OrderRate", "DuplicateOrder"})
    answers = [
        talk.desk.submit(replace(SPEC, quantity=Decimal(number)), talk.now_s, every)
        for number in range(1, 12)
    ]
    assert [isinstance(one, Denied) for one in answers] == [False] * 10 + [True]
    assert talk.desk.trading.state is TradingState.HALTED
    talk.now_s += 60
    assert isinstance(talk.desk.submit(SPEC, talk.now_s, every), Denied)


def test_the_day_s_loss_leaves_only_closing_orders() -> None:
    talk = Dialogue()
    talk.desk.limits = RiskLimits(daily_loss=Decimal(500))
    talk.trade_ready()
    talk.tell(PnlReported("DU1", Decimal(-600), None, None))
    talk.tell(AccountReported("DU1", ()))
    assert talk.desk.trading.state is TradingState.REDUCE_ONLY
    denied = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(denied, Denied)
    assert denied.objections[0].rule == "TradingHalted"


def test_a_denial_is_journalled_with_measure_and_limit_of_every_rule(talk: Dialogue) -> None:
    huge = replace(SPEC, quantity=Decimal(5_000))
    assert isinstance(talk.desk.submit(huge, talk.now_s), Denied)
    [record] = records(talk.desk.pending(), "objections")
    assert record.subject == talk.desk.orders()[0].order_ref
    assert "750,000 USD; limit 100,000 USD" in dict(record.fields)["MaxOrderNotional"]
    [place] = working(talk)
    assert isinstance(talk.desk.modify(place.order_ref, huge, talk.now_s), Denied)
    [record] = records(talk.desk.pending(), "objections")
    assert record.subject == place.order_ref


def test_what_the_trader_took_on_is_journalled_with_measure_and_limit(talk: Dialogue) -> None:
    large = replace(SPEC, quantity=Decimal(200))
    assert isinstance(talk.desk.submit(large, talk.now_s, frozenset({"MaxOrderNotional"})), PlaceOrder)
    [record] = records(talk.desk.pending(), "acknowledged")
    assert "limit 25,000" in dict(record.fields)["MaxOrderNotional"]


def test_what_was_taken_on_is_journalled_as_it_was_measured_when_it_was_asked(talk: Dialogue) -> None:
    """The order that was just taken in must not count as the one it repeats."""
    talk.place()
    talk.now_s += 4.0
    asked = talk.desk.submit(SPEC, talk.now_s)
    assert isinstance(asked, Ask), asked
    names = frozenset(one.rule for one in asked.objections)
    assert "DuplicateOrder" in names
    place = talk.desk.submit(SPEC, talk.now_s, names)
    assert isinstance(place, PlaceOrder)
    [record] = records(talk.desk.pending(), "acknowledged")
    assert (record.subject, record.fields) == (place.order_ref, objected(asked.objections))


def test_what_the_trader_took_on_with_a_bracket_is_journalled_under_its_parent(talk: Dialogue) -> None:
    large = replace(BRACKET, parent=replace(SPEC, quantity=Decimal(200)))
    asked = talk.desk.submit_group(large, talk.now_s)
    assert isinstance(asked, Ask)
    places = talk.desk.submit_group(large, talk.now_s, frozenset(one.rule for one in asked.objections))
    assert isinstance(places, tuple)
    [record] = records(talk.desk.pending(), "acknowledged")
    assert (record.subject, record.fields) == (places[0].order_ref, objected(asked.objections))


def test_a_bracket_towards_a_silent_gateway_has_it_asked_at_once(talk: Dialogue) -> None:
    talk.now_s += 6.0
    assert isinstance(talk.desk.submit_group(BRACKET, talk.now_s), Denied)
    assert [one for one in talk.desk.pending() if isinstance(one, Probe)]


def test_messages_and_fills_of_the_day_are_counted(talk: Dialogue, an_execution: ExecutionReported) -> None:
    [place] = working(talk)
    talk.desk.modify(place.order_ref, replace(place.approved.spec, limit_price=Decimal(149)), talk.now_s)
    talk.tell(an_execution, an_execution, an_execution)
    view = talk.desk.trading
    assert (view.orders_today, view.messages_today, view.executions_today) == (1, 2, 1)


@pytest.fixture
def an_execution() -> ExecutionReported:
    at = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    return ExecutionReported(
        Execution("x.01", "DU1", AAPL, Side.BUY, Decimal(1), Decimal(150), at, 1, 900, 1, "ref-1")
    )


# --- limits -------------------------------------------------------------------------------------------


def test_tighter_limits_hold_at_once_and_looser_ones_wait(talk: Dialogue) -> None:
    tight = RiskLimits(notional=Threshold(None, Decimal(1_000)))
    assert talk.desk.take_limits(tight, Permissions(), talk.now_s) == ("notional",)
    assert isinstance(talk.desk.submit(SPEC, talk.now_s), Denied)
    said = len(talk.desk.notes())
    assert talk.desk.take_limits(tight, Permissions(), talk.now_s) == ("notional",), "told once"
    assert len(talk.desk.notes()) == said
    left = talk.desk.take_limits(RiskLimits(), Permissions(), talk.now_s)
    assert left == ("notional",)
    assert talk.desk.limits.notional.hard == 1_000
    assert len(records(talk.desk.pending(), "limits")) == 2
