"""Cancel and replace: nothing new is sent before the old order is gone for certain, and the gap is measured."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.events import (
    IntentCommitted,
    IntentRefused,
    MessageReported,
    OrderSent,
    ReplacementChanged,
)
from core.domain.order import Oca, OcaKind, OrderSpec, OrderState, OrderType, Side
from core.domain.replacement import Replacement
from core.domain.requests import CommitIntent, PlaceOrder, Record
from core.domain.verdict import Ask, Denied
from core.journal.codec import fact_of, fields_of
from tests.incidents.talk import ACCOUNT, BUY, Talk

S = OrderState
STOP = OrderSpec(
    BUY.contract, Side.BUY, Decimal(100), OrderType.STP, stop_price=Decimal("151.00"), account=ACCOUNT
)
"""Another type: what IB does not change on a working order."""


class Replaced(Talk):
    """A working order for 100, asked to be replaced by a stop order."""

    def __init__(self, wanted: OrderSpec = STOP, spec: OrderSpec = BUY) -> None:
        super().__init__()
        self.old = self.place(spec)
        self.works(self.old)
        self.wait(2.0)
        self.asked.clear()
        self.ask(wanted)

    def ask(self, wanted: OrderSpec) -> None:
        answer = self.desk.cancel_and_replace(self.old.order_ref, wanted, self.now_s)
        if isinstance(answer, Ask):
            taken = frozenset(one.rule for one in answer.objections)
            answer = self.desk.cancel_and_replace(self.old.order_ref, wanted, self.now_s, taken)
        assert isinstance(answer, list), answer
        for request in answer:
            self._do(request)

    def is_cancelled(self, filled: int = 0) -> None:
        """IB's word that the old order is gone."""
        self.done(self.old, "Cancelled")
        self.tell(replace(self.status(self.old, "Cancelled"), filled=Decimal(filled)))

    def commit(self) -> PlaceOrder:
        """The journal holds the new intent, and the bytes go."""
        [asked] = [one for one in self.asked if isinstance(one, CommitIntent)]
        self.tell(IntentCommitted(asked.place.order_ref))
        self.tell(OrderSent(asked.place.order_ref))
        return asked.place

    @property
    def book(self) -> Replacement:
        return self.desk.replacements(self.old.order_ref)[-1]

    @property
    def intents(self) -> list[CommitIntent]:
        return [one for one in self.asked if isinstance(one, CommitIntent)]


def test_the_old_order_is_cancelled_and_nothing_new_goes_before_ib_says_so() -> None:
    talk = Replaced()
    assert talk.cancels() == [talk.old.order_id]
    talk.tell(talk.status(talk.old, "PendingCancel"))
    talk.wait(3.0)
    assert talk.intents == []
    talk.is_cancelled()
    [intent] = talk.intents
    assert intent.place.approved.spec == replace(STOP, contract=intent.place.approved.spec.contract)
    assert talk.placed() == []  # not a byte before the journal holds it
    new = talk.commit()
    assert talk.placed() == [new]
    assert new.order_id != talk.old.order_id


def test_the_time_without_an_order_is_measured_from_the_one_word_of_ib_to_the_other() -> None:
    talk = Replaced()
    talk.wait(0.5)
    talk.is_cancelled()
    new = talk.commit()
    talk.wait(0.25)
    assert (talk.book.is_over, talk.book.gap_s) == (False, None)
    talk.works(new, 901, "PreSubmitted")
    assert talk.book.gap_s == pytest.approx(0.25)
    assert talk.book.gap_at_most_s == pytest.approx(0.75)
    assert talk.desk.last_gap_s == pytest.approx(0.25)
    assert talk.desk.replacements(new.order_ref) == (talk.book,)
    talk.ends(talk.old, S.CANCELLED, 0)


def test_what_fills_until_the_old_order_is_gone_is_taken_off_the_new_one() -> None:
    talk = Replaced()
    talk.hear(talk.fills(talk.old, 40))
    talk.is_cancelled(filled=40)
    assert talk.commit().approved.spec.quantity == 60


def test_the_new_order_waits_for_the_executions_that_ib_speaks_of() -> None:
    talk = Replaced()
    talk.is_cancelled(filled=40)
    assert talk.intents == []
    talk.hear(talk.fills(talk.old, 40))
    assert talk.commit().approved.spec.quantity == 60


def test_executions_that_never_come_end_it() -> None:
    talk = Replaced()
    talk.gateway.answers = False
    talk.is_cancelled(filled=40)
    talk.wait(4.0)
    assert not talk.book.is_over
    talk.wait(7.0)
    assert "its executions do not" in talk.book.fault or "not confirmed" in talk.book.fault
    assert talk.intents == []


def test_a_fill_of_another_order_of_its_group_ends_it() -> None:
    """A target that fills while its stop is being replaced leaves nothing to guard: a new stop would open a position."""
    talk = Talk()
    oca = Oca("exits", OcaKind.REDUCE_WITH_BLOCK)
    old, other = (
        talk.place(replace(BUY, oca=oca)),
        talk.place(replace(BUY, oca=oca, limit_price=Decimal("149.00"))),
    )
    talk.works(old)
    talk.works(other, 901)
    talk.wait(2.0)
    taken = frozenset(one.rule for one in talk.desk.assess_replacement(old.order_ref, STOP, talk.now_s))
    answer = talk.desk.cancel_and_replace(old.order_ref, STOP, talk.now_s, taken)
    assert isinstance(answer, list)
    talk.hear(talk.fills(other, 100, perm_id=901))
    talk.done(old, "Cancelled")
    talk.tell(talk.status(old, "Cancelled"))
    [book] = talk.desk.replacements(old.order_ref)
    assert "149.00" in book.fault
    assert "what was left to do has changed" in book.fault
    talk.wait(30.0)
    assert not any(isinstance(one, CommitIntent) for one in talk.asked)


def test_what_ib_reduces_of_the_old_order_is_taken_off_too() -> None:
    talk = Replaced()
    smaller = replace(talk.held(talk.old), spec=replace(talk.old.approved.spec, quantity=Decimal(70)))
    talk.tell(smaller)
    talk.is_cancelled()
    assert talk.commit().approved.spec.quantity == 70


def test_an_old_order_that_fills_meanwhile_has_no_successor() -> None:
    talk = Replaced()
    talk.done(talk.old)
    talk.hear(talk.fills(talk.old))
    assert talk.book.fault == "The old order is filled."
    talk.wait(30.0)
    assert talk.intents == []
    talk.ends(talk.old, S.FILLED, 100)


def test_a_cancel_that_ib_refuses_leaves_the_old_order_and_places_nothing() -> None:
    talk = Replaced()
    since_s = talk.now_s
    talk.tell(
        MessageReported(10148, "OrderId 1 that needs to be cancelled cannot be cancelled", talk.old.order_id)
    )
    assert talk.book.fault
    assert talk.was_told(since_s, "was not replaced by BUY 100 AAPL STP 151.00 DAY")
    talk.wait(30.0)
    assert talk.intents == []
    assert talk.order(talk.old.order_ref).is_live


@pytest.mark.parametrize("how", ["link lost", "no answer", "broker cut off"])
def test_a_cancel_that_nobody_confirmed_ends_it_and_a_late_word_places_nothing(how: str) -> None:
    talk = Replaced()
    if how == "link lost":
        talk.lose_the_link()
    elif how == "broker cut off":
        talk.tell(MessageReported(1100, "Connectivity between IB and TWS has been lost."))
    else:
        talk.gateway.answers = False
        talk.wait(12.0)
    assert "may still work" in talk.book.fault
    talk.gateway.answers = True
    talk.is_cancelled()
    talk.wait(60.0)
    assert talk.intents == []


def test_the_gate_is_asked_again_when_the_old_order_is_gone() -> None:
    talk = Replaced()
    talk.desk.halt("Enough.", talk.now_s)
    since_s = talk.now_s
    talk.is_cancelled()
    assert talk.intents == []
    assert talk.book.fault
    assert talk.was_told(since_s, "was not replaced")


def test_an_intent_that_the_journal_could_not_hold_is_said_to_be_no_successor() -> None:
    talk = Replaced()
    talk.is_cancelled()
    [asked] = talk.intents
    talk.tell(IntentRefused(asked.place.order_ref, "Nothing was sent. The disk is full."))
    assert talk.placed() == []
    assert "The disk is full" in talk.book.fault


def test_a_new_order_that_ib_rejects_is_said_to_leave_none() -> None:
    talk = Replaced()
    talk.is_cancelled()
    new = talk.commit()
    talk.tell(MessageReported(201, "Order rejected - reason: no margin", new.order_id))
    assert talk.book.fault.startswith("The new order is rejected.")


def test_a_link_lost_after_the_new_order_went_leaves_the_verdict_to_the_snapshot() -> None:
    talk = Replaced()
    talk.is_cancelled()
    new = talk.commit()
    talk.lose_the_link()
    assert not talk.book.is_over
    talk.gateway.orders.append(talk.held(new, 901))
    talk.gateway.next_order_id = new.order_id + 1
    talk.wait(60.0)
    assert talk.book.gap_s is not None
    assert len(talk.intents) == 1


# --- what is not taken ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (replace(STOP, side=Side.SELL), "another side"),
        (replace(STOP, contract=replace(BUY.contract, con_id=1, symbol="X")), "another contract"),
        (replace(STOP, stop_price=Decimal("149.00")), "stop"),
    ],
)
def test_what_is_denied_cancels_nothing(wanted: OrderSpec, words: str) -> None:
    talk = Talk()
    old = talk.place()
    talk.works(old)
    answer = talk.desk.cancel_and_replace(old.order_ref, wanted, talk.now_s, frozenset({"DuplicateOrder"}))
    assert isinstance(answer, Denied | Ask)
    assert any(words in one.words for one in answer.objections)
    assert talk.cancels() == []
    assert talk.desk.replacements(old.order_ref) == ()


def test_the_old_order_does_not_count_against_the_new_one() -> None:
    talk = Talk()
    old = talk.place()
    talk.works(old)
    talk.wait(5.0)
    alone = {one.rule for one in talk.desk.assess(STOP, talk.now_s)}
    instead = {one.rule for one in talk.desk.assess_replacement(old.order_ref, STOP, talk.now_s)}
    assert instead <= alone


def test_more_than_is_left_is_asked_about() -> None:
    talk = Talk()
    old = talk.place()
    talk.works(old)
    talk.hear(talk.fills(old, 40))
    raised = talk.desk.assess_replacement(old.order_ref, STOP, talk.now_s)
    [found] = [one for one in raised if one.rule == "MoreThanLeft"]
    assert found.words == "The new order is for 100, and of the old one only 60 are left to fill."
    assert not found.hard


def test_a_member_of_a_group_asks_unless_the_new_order_names_the_group() -> None:
    talk = Talk()
    oca = Oca("exits", OcaKind.CANCEL_WITH_BLOCK)
    old = talk.place(replace(BUY, oca=oca))
    talk.works(old)
    other = talk.place(replace(BUY, oca=oca, limit_price=Decimal("149.00")))
    talk.works(other, 901)
    rules = {one.rule for one in talk.desk.assess_replacement(old.order_ref, STOP, talk.now_s)}
    assert "ExitsUntied" in rules
    tied = replace(STOP, oca=oca)
    rules = {one.rule for one in talk.desk.assess_replacement(old.order_ref, tied, talk.now_s)}
    assert "ExitsUntied" not in rules


def test_only_an_order_that_ib_has_confirmed_can_be_replaced() -> None:
    talk = Talk()
    old = talk.place()
    assert "not confirmed" in talk.desk.why_not_replace(old.order_ref)
    talk.works(old)
    assert talk.desk.why_not_replace(old.order_ref) == ""
    talk.cancel(old.order_ref)
    assert "on its way" in talk.desk.why_not_replace(old.order_ref)
    assert talk.desk.why_not_replace("nobody") == "There is no such order."


# --- the journal ------------------------------------------------------------------------------------


def test_the_journal_holds_each_step_and_a_replay_places_nothing() -> None:
    talk = Replaced()
    talk.is_cancelled()
    new = talk.commit()
    talk.works(new, 901)
    kept = [one.fact for one in talk.asked if isinstance(one, Record) and one.kind == "replacement"]
    assert [type(one) for one in kept] == [ReplacementChanged] * 4
    told = [fact_of(ReplacementChanged, fields_of(one)) for one in kept if one is not None]
    again = Talk()
    for fact in told:
        again.tell(fact)
    assert again.desk.replacements(talk.old.order_ref) == (talk.book,)
    assert not any(isinstance(one, CommitIntent | PlaceOrder) for one in again.asked)


def test_a_start_in_the_middle_of_it_says_so_and_places_nothing() -> None:
    talk = Replaced()
    again = Talk()
    again.desk.resume(talk.desk)
    [book] = again.desk.replacements(talk.old.order_ref)
    assert "places nothing by itself" in book.fault
    again.tell(talk.status(talk.old, "Cancelled"))
    again.wait(30.0)
    assert not any(isinstance(one, CommitIntent) for one in again.asked)
