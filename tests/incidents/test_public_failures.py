"""Sixteen failures that others met with real money, replayed: where the position ends, the verdict, and who was told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.events import MessageReported, QuotesReported
from core.domain.link import LinkFault
from core.domain.order import OrderState, Overlay, Tif
from core.domain.requests import PlaceOrder
from core.domain.verdict import Denied
from tests.incidents.talk import BUY, QUOTE, Talk

S = OrderState


def test_lean_242_orders_written_into_a_restart_and_ids_that_rolled_back() -> None:
    talk = Talk(next_order_id=38_099)
    lost = [talk.place(replace(BUY, quantity=Decimal(10 + number))) for number in range(4)]
    at_s = talk.now_s
    talk.lose_the_link()
    assert talk.was_told(at_s, "in doubt")
    talk.wait(60.0)  # the gateway is back, and has forgotten four ids
    for order in lost:
        talk.ends(order, S.NOT_PLACED, 0)
    talk.tell(QuotesReported((QUOTE,)))
    assert talk.place().order_id == 38_103


def test_lean_249_fills_around_a_1100_are_found_again() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    at_s = talk.now_s
    talk.tell(MessageReported(1100, "Connectivity between IB and TWS has been lost."))
    assert talk.was_told(at_s, "IBKR")
    assert talk.order(order.order_ref).stale
    talk.fills(order)
    talk.done(order)
    at_s = talk.now_s
    talk.tell(MessageReported(1102, "Connectivity restored - data maintained."))
    talk.wait(1.0)
    talk.ends(order, S.FILLED, 100)


def test_lean_246_a_missed_weekly_login_is_never_taken_for_health() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.gateway.reachable = False
    at_s = talk.now_s
    talk.lose_the_link()
    assert talk.was_told(at_s, "closed")
    for _ in range(24):
        talk.wait(3600.0)
        assert not talk.desk.link.is_ready
        assert talk.desk.link.lost_at_s == at_s
        assert isinstance(talk.desk.submit(BUY, talk.now_s), Denied)
    talk.fills(order)
    talk.done(order)
    talk.gateway.reachable = True
    talk.wait(60.0)
    assert talk.desk.link.is_ready
    talk.ends(order, S.FILLED, 100)


def test_lean_93_and_248_a_cancel_that_is_answered_not_found_hangs_nothing() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.fills(order)
    talk.done(order)
    talk.cancel(order.order_ref)
    at_s = talk.now_s
    talk.tell(MessageReported(10147, "OrderId 1 that needs to be cancelled is not found.", order.order_id))
    assert talk.was_told(at_s, "10147")
    assert talk.order(order.order_ref).cancel is Overlay.NONE
    talk.wait(2.0)
    talk.ends(order, S.FILLED, 100)


def test_nautilus_4564_a_modification_while_cut_off_and_two_permanent_ids() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.tell(MessageReported(1100, "Connectivity between IB and TWS has been lost."))
    lower = replace(talk.order(order.order_ref).spec, limit_price=Decimal("149.90"))
    assert isinstance(talk.modify(order.order_ref, lower), Denied)
    # What others did then happens here by other hands: IB works the order twice.
    talk.tell(MessageReported(1102, "Connectivity restored."))
    at_s = talk.now_s
    talk.works(order, perm_id=901)
    assert talk.was_told(at_s, "works it twice")
    talk.cancel(order.order_ref)
    talk.tell(talk.status(order, "Cancelled", 900))
    talk.done(order, "Cancelled", 900)
    assert talk.order(order.order_ref).state is S.CONFLICT
    assert talk.cancels() == [order.order_id, order.order_id]  # the second leg needs one of its own
    at_s = talk.now_s
    talk.hear(talk.fills(order, 100, perm_id=901))
    assert talk.was_told(at_s, "Bought 100")
    talk.done(order, "Filled", 901)
    talk.tell(talk.status(order, "Filled", 901))
    talk.ends(order, S.FILLED, 100)


def test_nautilus_4970_an_execution_that_lost_its_client_is_still_ours() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    at_s = talk.now_s
    talk.hear(replace(talk.fills(order), client_id=0, order_id=0))
    talk.done(order)
    assert talk.was_told(at_s, "Bought 100")
    assert len(talk.desk.orders()) == 1
    talk.ends(order, S.FILLED, 100)


def test_ib_async_191_and_217_a_preset_that_changes_the_time_in_force_cancels_nothing() -> None:
    talk = Talk()
    order = talk.place(replace(BUY, tif=Tif.GTC))
    at_s = talk.now_s
    talk.tell(MessageReported(10349, "Order TIF was set to DAY based on order preset.", order.order_id))
    told = talk.held(order)
    talk.tell(replace(told, spec=replace(told.spec, tif=Tif.DAY)))
    assert talk.was_told(at_s, "10349", "time in force GTC to DAY")
    assert talk.order(order.order_ref).spec.tif is Tif.DAY
    assert talk.order(order.order_ref).external
    talk.ends(order, S.WORKING, 0)


def test_ib_insync_502_a_modification_that_fails_leaves_the_order_working() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    lower = replace(talk.order(order.order_ref).spec, limit_price=Decimal("149.90"))
    assert isinstance(talk.modify(order.order_ref, lower), PlaceOrder)
    at_s = talk.now_s
    talk.tell(MessageReported(201, "Order rejected - reason: price too far.", order.order_id))
    assert talk.was_told(at_s, "rejected")
    talk.wait(2.0)
    kept = talk.order(order.order_ref)
    assert (kept.modify, kept.spec.limit_price) == (Overlay.NONE, Decimal("150.00"))
    talk.ends(order, S.WORKING, 0)


def test_ib_insync_363_an_inactive_order_comes_alive_and_fills() -> None:
    talk = Talk()
    order = talk.place()
    at_s = talk.now_s
    talk.tell(MessageReported(404, "Order held while securities are located.", order.order_id))
    talk.works(order, status="Inactive")
    assert talk.was_told(at_s, "located")
    assert talk.order(order.order_ref).state is S.INACTIVE
    assert talk.order(order.order_ref).is_live
    talk.wait(3600.0)
    talk.hear(talk.fills(order))
    talk.done(order)
    talk.ends(order, S.FILLED, 100)


def test_pysystemtrade_1580_a_fill_after_the_cancel_counts_and_is_loud() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.cancel(order.order_ref)
    talk.tell(talk.status(order, "Cancelled"))
    assert talk.order(order.order_ref).state is S.CANCELLED
    talk.wait(30.0)
    at_s = talk.now_s
    talk.hear(talk.fills(order))
    talk.done(order)
    assert talk.was_told(at_s, "Filled after it was believed to be over")
    talk.ends(order, S.FILLED, 100)


def test_openalice_294_a_half_open_socket_takes_no_orders() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.gateway.answers = talk.gateway.reachable = False
    talk.wait(5.0)  # the heartbeat's two seconds and its deadline's three
    assert not talk.desk.link.is_ready
    [lost_at_s] = {talk.desk.link.lost_at_s}
    assert lost_at_s is not None
    assert talk.was_told(lost_at_s, "")
    assert isinstance(talk.desk.submit(BUY, talk.now_s), Denied)
    talk.fills(order)
    talk.done(order)
    talk.gateway.answers = talk.gateway.reachable = True
    talk.wait(60.0)
    talk.ends(order, S.FILLED, 100)


def test_ibx_116_an_order_that_was_silently_dropped_is_in_doubt_and_then_disproved() -> None:
    talk = Talk()
    order = talk.place()
    talk.wait(5.0)
    at_s = talk.order(order.order_ref).changed_at_s
    assert talk.order(order.order_ref).state is S.IN_DOUBT
    assert talk.was_told(at_s, "in doubt")
    talk.wait(60.0)
    talk.ends(order, S.NOT_PLACED, 0)
    assert len(talk.placed()) == 1


def test_ib_insync_376_a_client_id_that_is_still_in_use_is_waited_for_and_kept() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order)
    talk.gateway.reachable, talk.gateway.fault = False, LinkFault.CLIENT_ID_IN_USE
    at_s = talk.now_s
    talk.lose_the_link()
    assert talk.was_told(at_s, "closed")
    talk.wait(10.0)
    assert "client id" in talk.desk.link.words.lower()
    talk.gateway.reachable = True
    talk.wait(120.0)
    assert talk.desk.link.is_ready
    assert talk.desk.link.client_id == 1
    assert talk.order(order.order_ref).own
    talk.cancel(order.order_ref)
    talk.tell(talk.status(order, "Cancelled"))
    talk.ends(order, S.CANCELLED, 0)


def test_backtrader2_40_code_399_is_a_message_and_no_rejection() -> None:
    talk = Talk()
    order = talk.place()
    talk.works(order, status="PreSubmitted")
    at_s = talk.now_s
    words = "Warning: your order will not be placed at the exchange until 2026-11-24 09:30:00."
    talk.tell(MessageReported(399, words, order.order_id))
    assert talk.was_told(at_s, "will not be placed at the exchange")
    talk.ends(order, S.HELD, 0)


def test_a_storm_of_orders_on_one_side_is_stopped_before_ib_has_to() -> None:
    talk = Talk()
    sent: list[PlaceOrder] = []
    refusal: Denied | None = None
    while refusal is None and len(sent) < 30:
        answer = talk.try_to_place(replace(BUY, quantity=Decimal(len(sent) + 1)))
        if isinstance(answer, Denied):
            refusal = answer
            break
        sent.append(answer)
        talk.works(answer, perm_id=900 + len(sent))
        talk.wait(10.0)
        talk.tell(QuotesReported((QUOTE,)))
    assert refusal is not None
    assert len(sent) <= 15
    # One more by another hand, and IB refuses that one: the others work on.
    at_s = talk.now_s
    talk.tell(MessageReported(201, "Order rejected - reason: 15 orders working", sent[-1].order_id))
    assert talk.was_told(at_s, "rejected")
    assert talk.order(sent[-1].order_ref).state is S.REJECTED
    assert all(talk.order(one.order_ref).state is S.WORKING for one in sent[:-1])
    assert talk.position == 0
