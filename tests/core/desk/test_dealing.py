"""The trader's wishes and what stands between them and the wire: acknowledgement, link, journal, doubt."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.events import (
    AccountReported,
    ConnectAsked,
    DisconnectAsked,
    IntentCommitted,
    IntentDenied,
    JournalReported,
    MessageReported,
    OrderSent,
    SocketOpened,
)
from core.domain.order import OrderState, Overlay, Settlement
from core.domain.requests import CancelOrder, PlaceOrder, Record, TakeSnapshot
from core.domain.topics import Topic
from core.domain.verdict import Denied
from tests.incidents.talk import ACCOUNT, BUY, CLIENT, VALUES, Talk

S = OrderState
LOWER = replace(BUY, limit_price=Decimal("149.90"), account="DU1")


def fill_the_lanes(talk: Talk) -> None:
    """As many messages as a second takes: what comes next has to wait."""
    for number in range(48):
        talk.desk._lanes.offer(CancelOrder("busy", number))
    for request in talk.desk.pending():
        talk._do(request)


# --- modifications before IB has the order ----------------------------------------------------------


def test_a_modification_of_what_ib_has_not_acknowledged_waits_for_the_acknowledgement() -> None:
    talk = Talk()
    order = talk.place()
    change = talk.modify(order.order_ref, LOWER)
    assert isinstance(change, PlaceOrder)
    assert change not in talk.asked
    assert talk.order(order.order_ref).modify is Overlay.REQUESTED
    talk.works(order)
    assert talk.asked.count(replace(change, perm_id=900)) == 1


@pytest.mark.parametrize("how", ["rejected", "lost", "cancelled by the trader"])
def test_a_waiting_modification_is_dropped_when_the_order_does_not_get_so_far(how: str) -> None:
    talk = Talk()
    order = talk.place()
    change = talk.modify(order.order_ref, LOWER)
    assert isinstance(change, PlaceOrder)
    if how == "rejected":
        talk.tell(MessageReported(201, "no margin", order.order_id))
    elif how == "lost":
        talk.lose_the_link()
    else:
        talk.cancel(order.order_ref)
    talk.works(order)
    talk.wait(2.0)
    assert not any(isinstance(one, PlaceOrder) and one.modifies for one in talk.asked)
    assert talk.order(order.order_ref).modify is Overlay.NONE


def test_an_order_that_has_not_been_sent_is_replaced_by_its_modification() -> None:
    talk = Talk()
    fill_the_lanes(talk)
    order = talk.place()
    assert order not in talk.asked
    change = talk.modify(order.order_ref, LOWER)
    assert isinstance(change, PlaceOrder)
    assert (change.order_id, change.modifies) == (order.order_id, False)
    talk.wait(2.0)
    assert [one.approved.spec.limit_price for one in talk.placed()] == [Decimal("149.90")]


# --- the link ---------------------------------------------------------------------------------------


def test_what_waits_when_the_broker_is_cut_off_is_never_sent() -> None:
    talk = Talk()
    fill_the_lanes(talk)
    order = talk.place()
    talk.tell(MessageReported(1100, "Connectivity between IB and TWS has been lost."))
    talk.wait(2.0)
    talk.tell(MessageReported(1102, "Connectivity restored."))
    talk.wait(5.0)
    assert talk.placed() == []
    talk.ends(order, S.NOT_PLACED, 0)


def test_a_cancel_passes_while_the_broker_is_cut_off_and_a_modification_does_not() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.tell(MessageReported(2110, "Connectivity between TWS and server is broken."))
    assert isinstance(talk.modify(order.order_ref, LOWER), Denied)
    assert isinstance(talk.try_to_place(BUY), Denied)
    talk.cancel(order.order_ref)
    assert talk.cancels() == [order.order_id]


def test_an_order_that_went_out_as_the_link_fell_is_in_doubt_even_before_the_socket_said_so() -> None:
    talk = Talk()
    verdict = talk.desk.submit(BUY, talk.now_s)
    assert isinstance(verdict, PlaceOrder)
    talk.tell(IntentCommitted(verdict.order_ref))
    talk.lose_the_link()
    assert talk.order(verdict.order_ref).state is S.IN_DOUBT
    talk.tell(OrderSent(verdict.order_ref))
    assert talk.order(verdict.order_ref).state is S.IN_DOUBT


def test_open_orders_are_read_back_every_half_minute_and_every_minute_while_none_works() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    before = sum(isinstance(one, TakeSnapshot) for one in talk.asked)
    talk.wait(125.0)
    assert sum(isinstance(one, TakeSnapshot) for one in talk.asked) - before == 4
    talk.done(order, "Cancelled")
    talk.tell(talk.status(order, "Cancelled"))
    before = sum(isinstance(one, TakeSnapshot) for one in talk.asked)
    talk.wait(185.0)
    assert sum(isinstance(one, TakeSnapshot) for one in talk.asked) - before == 3


def test_an_order_placed_in_tws_is_shown_within_a_minute_though_none_of_ours_works() -> None:
    talk = Talk()
    place = talk.place()
    talk.works(place)
    talk.cancel(place.order_ref)
    talk.done(place, "Cancelled")
    talk.tell(talk.status(place, "Cancelled"))
    foreign = replace(talk.held(place, 901), order_id=0, client_id=0, order_ref="")
    talk.gateway.orders.append(foreign)
    talk.wait(65.0)
    [shown] = talk.desk.live_orders()
    assert (shown.perm_id, shown.owner) == (901, "TWS")


# --- the trader settles -----------------------------------------------------------------------------


def test_the_trader_settles_a_doubt_once_the_lists_were_read_and_it_is_journalled() -> None:
    talk = Talk()
    order = talk.place()
    talk.gateway.next_order_id = order.order_id + 1  # IB may have seen it
    talk.lose_the_link()
    early = talk.desk.settle(order.order_ref, Settlement.NOT_PLACED, talk.now_s)
    assert isinstance(early, Denied)
    assert "wait" in early.words
    talk.wait(60.0)
    laid_out = talk.desk.doubt(order.order_ref)
    assert laid_out is not None
    assert "neither as open nor as done" in " ".join(laid_out.known)
    assert "never sends the order again" in laid_out.asking
    done = talk.desk.settle(order.order_ref, Settlement.NOT_PLACED, talk.now_s)
    assert isinstance(done, list)
    [kept] = [one for one in done if isinstance(one, Record) and one.kind == "settled"]
    assert kept.subject == order.order_ref
    talk.ends(order, S.NOT_PLACED, 0)
    assert "Settled by you" in talk.desk.notes()[-1].words
    assert talk.desk.doubt(order.order_ref) is None


def test_what_is_not_in_doubt_is_not_settled() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    refusal = talk.desk.settle(order.order_ref, Settlement.CANCELLED, talk.now_s)
    assert isinstance(refusal, Denied)
    assert talk.order(order.order_ref).state is S.WORKING


# --- the journal ------------------------------------------------------------------------------------


def test_an_ill_journal_is_said_once_and_its_recovery_too() -> None:
    talk = Talk()
    talk.desk.drain()
    for _ in range(2):
        talk.tell(JournalReported("The disk is full. Make room."))
    assert (talk.desk.journal.trouble, talk.desk.journal.is_well) == ("The disk is full. Make room.", False)
    assert Topic.JOURNAL in talk.desk.drain()
    assert sum("disk is full" in note.words for note in talk.desk.notes()) == 1
    talk.tell(JournalReported(""))
    assert talk.desk.journal.is_well
    assert "can be written again" in talk.desk.notes()[-1].words


def test_an_ill_journal_stops_no_cancel() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.tell(JournalReported("The disk is full."))
    talk.cancel(order.order_ref)
    assert talk.cancels() == [order.order_id]


def test_a_refusal_read_back_from_the_journal_is_shown_as_one() -> None:
    talk = Talk()
    order = talk.place()
    talk.tell(IntentDenied("ref-x", BUY, "Too large."))
    denied = talk.order("ref-x")
    assert (denied.state, denied.reason) == (S.DENIED, "Too large.")
    assert talk.order(order.order_ref).state is S.SENT


# --- why not ----------------------------------------------------------------------------------------


def test_what_may_be_done_with_an_order_is_said_with_the_reason() -> None:
    talk = Talk()
    order = talk.place()
    assert talk.desk.why_not_cancel(order.order_ref) == ""
    talk.works(order, status="Inactive")
    assert talk.desk.why_not_cancel(order.order_ref) == ""
    assert "cancel and replace it" in talk.desk.why_not_modify(order.order_ref)
    talk.tell(talk.status(order, "Cancelled"))
    assert "nothing to cancel" in talk.desk.why_not_cancel(order.order_ref)
    assert "no such order" in talk.desk.why_not_cancel("nonsense")


# --- another client id, another login -----------------------------------------------------------------


def connect_as(talk: Talk, client_id: int = CLIENT, account: str = ACCOUNT) -> None:
    talk.tell(DisconnectAsked(), ConnectAsked("127.0.0.1", 5000, client_id, "simulator", kind="simulator"))
    talk.tell(SocketOpened(178, (account,), 1, simulator=True), AccountReported(account, VALUES))
    talk.wait(1.0)


def test_an_order_of_another_client_id_goes_out_under_no_number_of_this_one() -> None:
    """`placeOrder` with client 1's number as client 2 would be a second live order."""
    talk = Talk()
    order = talk.place()
    talk.works(order)
    connect_as(talk, client_id=2)
    talk.asked.clear()
    refused = talk.modify(order.order_ref, LOWER)
    assert isinstance(refused, Denied)
    assert "connect as client 1" in refused.words
    assert isinstance(talk.desk.cancel(order.order_ref, talk.now_s), Denied)
    for request in talk.desk.kill(talk.now_s):
        talk._do(request)
    talk.tell(talk.gateway.snapshot())
    assert (talk.placed(), talk.cancels()) == ([], [])
    assert any("connect as client 1" in note.words for note in talk.desk.notes())
    connect_as(talk)
    assert talk.cancels() == [order.order_id]


def test_an_order_of_paper_is_neither_judged_nor_cancelled_by_a_live_login() -> None:
    talk = Talk()
    working, silent = talk.place(), talk.place(replace(BUY, limit_price=Decimal("149.50")))
    talk.works(working)
    held, talk.gateway.orders = talk.gateway.orders, []
    connect_as(talk, account="U9")
    talk.wait(120.0)
    assert [talk.order(one.order_ref).state for one in (working, silent)] == [S.WORKING, S.IN_DOUBT]
    assert isinstance(talk.desk.cancel(working.order_ref, talk.now_s), Denied)
    talk.gateway.orders = held
    connect_as(talk)
    talk.wait(60.0)
    assert talk.order(working.order_ref).stale is False


def test_a_fill_in_a_snapshot_that_lacks_a_part_counts() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    fill = talk.fills(order, 40)
    talk.tell(replace(talk.gateway.snapshot(), orders=(), missing=("open orders",)))
    assert (talk.order(order.order_ref).filled, talk.order(order.order_ref).state) == (40, S.WORKING)
    talk.hear(fill)
    assert talk.order(order.order_ref).filled == 40


def test_the_second_cancel_of_a_conflict_goes_out_as_the_client_that_placed_it_or_not_at_all() -> None:
    talk = Talk()
    order = talk.place()
    first = talk.works(order)
    talk.gateway.orders.append(second := replace(first, perm_id=901))
    talk.tell(second)
    talk.cancel(order.order_ref)
    assert talk.cancels() == [order.order_id]
    talk.gateway.orders.remove(first)
    talk.gateway.completed.append(replace(first, status="Cancelled", completed=True, client_id=None))
    connect_as(talk, client_id=2)
    talk.tell(talk.gateway.snapshot())
    assert [leg.state.is_final for leg in talk.order(order.order_ref).legs] == [True, False]
    assert talk.cancels() == [order.order_id]
    connect_as(talk)
    talk.tell(talk.gateway.snapshot())
    assert talk.cancels() == [order.order_id] * 2


def test_lists_that_were_begun_while_ibkr_was_out_of_reach_open_no_trading() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    taken = talk.gateway.snapshot()
    talk.tell(MessageReported(1100, "lost"))
    talk.gateway.answers = False
    talk.wait(1.0)
    talk.tell(MessageReported(1102, "restored"))
    talk.tell(replace(taken, took_s=0.9))
    assert not talk.desk.link.is_ready
    assert talk.order(order.order_ref).stale
    talk.gateway.answers = True
    talk.wait(2.0)
    assert talk.desk.link.is_ready
    assert not talk.order(order.order_ref).stale
