"""Replay equals live: whatever befell a desk, its journal makes the same orders, executions and positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core.desk import Desk
from core.domain.events import (
    ConnectAsked,
    Event,
    IntentCommitted,
    MessageReported,
    QuotesReported,
    SocketOpened,
    Woke,
)
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import Socket
from core.domain.order import OrderState, Settlement
from core.domain.requests import PlaceOrder, Record, Request
from core.domain.verdict import Denied
from core.journal.recording import INTENT, Recorder, intent_fields
from core.journal.replay import replay
from core.journal.schema import Entry
from tests.incidents.talk import ACCOUNT, BUY, QUOTE, Talk


class Journalled(Talk):
    """A talk whose facts are written down as the connector writes them down."""

    def __init__(self) -> None:
        self.rows: list[Entry] = []
        self._recorder = Recorder()
        super().__init__()

    def tell(self, *events: Event) -> None:
        for event in events:
            if isinstance(event, IntentCommitted):
                self._keep_intent(event)
            elif not isinstance(event, Woke) or self.desk.orders_are_due(self.now_s):
                self._keep(event, self.now_s)
            super().tell(event)

    def _do(self, request: Request) -> None:
        if isinstance(request, Record):
            if request.fact is not None:
                self._keep(request.fact, self.desk.now_s)
            return
        super()._do(request)

    def _keep(self, event: Event, now_s: float) -> None:
        row = self._recorder.row(event, now_s, self.desk.order_ref_of)
        if row is not None:
            self.rows.append(Entry(len(self.rows) + 1, 0, *row, ""))

    def _keep_intent(self, event: IntentCommitted) -> None:
        place = self.desk._staged[event.order_ref]
        order = self.desk.order(event.order_ref)
        mid = None if order is None else order.arrival_mid
        fields = intent_fields(place, 1, self.desk.gateway, self.desk.now_s, mid)
        self.rows.append(Entry(len(self.rows) + 1, 0, INTENT, event.order_ref, fields, ""))

    def write(self, event: Event) -> None:
        """A row of a process that is not this one."""
        self._keep(event, self.now_s)

    def start_again(self) -> None:
        """The rows of the next process up to its open socket, where the one before left no word of its end."""
        self._recorder = Recorder()
        self.now_s += 5.0
        self.write(ConnectAsked("127.0.0.1", 5000, 1, "simulator", kind="simulator"))
        self.now_s += 0.01
        self.write(SocketOpened(178, (ACCOUNT,), self.gateway.next_order_id, simulator=True))

    def replayed(self) -> Desk:
        desk = Desk(
            LinkSettings(kind="simulator", port=5000, client_id=1),
            RiskLimits(),
            Permissions(),
            now_s=0.0,
            new_ref=lambda: "never",
            jitter=lambda: 0.5,
        )
        for now_s, event in replay(self.rows):
            desk.step(event, now_s)
        return desk


def books(desk: Desk) -> tuple[object, ...]:
    orders = {order.order_ref: order for order in desk.orders()}
    positions = {
        (held.account, held.contract.con_id): (held.quantity, held.avg_cost) for held in desk.positions()
    }
    return orders, desk.executions(), positions


# --- what may happen, in any order ------------------------------------------------------------------


def placed(talk: Journalled) -> list[PlaceOrder]:
    return [one for one in talk.placed() if talk.desk.order(one.order_ref)]


def new_order(talk: Journalled) -> None:
    talk.tell(QuotesReported((QUOTE,)))
    talk.try_to_place(replace(BUY, quantity=Decimal(10 + len(talk.rows) % 90)))
    for request in talk.desk.pending():
        talk._do(request)


def denied_order(talk: Journalled) -> None:
    talk.try_to_place(replace(BUY, quantity=Decimal(-1)))
    for request in talk.desk.pending():
        talk._do(request)


def last(act: Callable[[Journalled, PlaceOrder], None]) -> Callable[[Journalled], None]:
    """An act on the newest order that went out, when there is one."""

    def deed(talk: Journalled) -> None:
        if orders := placed(talk):
            act(talk, orders[-1])

    return deed


def heard(act: Callable[[Journalled, PlaceOrder], None]) -> Callable[[Journalled], None]:
    """What IB says of the newest order: a socket that has ended says nothing."""
    return last(lambda talk, order: act(talk, order) if is_open(talk) else None)


def is_open(talk: Journalled) -> bool:
    return talk.desk.link.socket in (Socket.SYNCING, Socket.UP)


def broker(code: int) -> Callable[[Journalled], None]:
    return lambda talk: talk.tell(MessageReported(code, "words")) if is_open(talk) else None


def perm(order: PlaceOrder) -> int:
    return 900 + order.order_id


def cancel(talk: Journalled, order: PlaceOrder) -> None:
    answer = talk.desk.cancel(order.order_ref, talk.now_s)
    for request in answer if isinstance(answer, list) else ():
        talk._do(request)


def settle(talk: Journalled, order: PlaceOrder) -> None:
    answer = talk.desk.settle(order.order_ref, Settlement.NOT_PLACED, talk.now_s)
    for request in answer if isinstance(answer, list) else ():
        talk._do(request)


def modify(talk: Journalled, order: PlaceOrder) -> None:
    spec = replace(talk.order(order.order_ref).spec, limit_price=Decimal("149.90"))
    verdict = talk.modify(order.order_ref, spec)
    assert isinstance(verdict, PlaceOrder | Denied)


def fill(talk: Journalled, order: PlaceOrder) -> None:
    talk.hear(talk.fills(order, 5, number=len(talk.rows), perm_id=perm(order)))


def unheard_fill(talk: Journalled, order: PlaceOrder) -> None:
    talk.fills(order, 5, number=len(talk.rows), perm_id=perm(order))


def switch(talk: Journalled) -> None:
    talk.gateway.answers = talk.gateway.reachable = not talk.gateway.reachable


DEEDS: dict[str, Callable[[Journalled], None]] = {
    "an order": new_order,
    "a denied order": denied_order,
    "works": heard(lambda talk, order: talk.works(order, perm(order)) and None),
    "held": heard(lambda talk, order: talk.tell(talk.status(order, "PreSubmitted", perm(order)))),
    "inactive": heard(lambda talk, order: talk.tell(talk.status(order, "Inactive", perm(order)))),
    "pending cancel": heard(lambda talk, order: talk.tell(talk.status(order, "PendingCancel", perm(order)))),
    "cancelled": heard(lambda talk, order: talk.tell(talk.status(order, "Cancelled", perm(order)))),
    "filled by status": heard(lambda talk, order: talk.tell(talk.status(order, "Filled", perm(order)))),
    "done": last(lambda talk, order: talk.done(order, "Cancelled", perm(order))),
    "a fill": heard(fill),
    "an unheard fill": last(unheard_fill),
    "two permanent ids": heard(lambda talk, order: talk.works(order, 5000 + order.order_id) and None),
    "the trader cancels": last(cancel),
    "the trader modifies": last(modify),
    "the trader settles": last(settle),
    "rejected": heard(lambda talk, order: talk.tell(MessageReported(201, "no", order.order_id))),
    "cancel refused": heard(lambda talk, order: talk.tell(MessageReported(10147, "no", order.order_id))),
    "uncertain": heard(lambda talk, order: talk.tell(MessageReported(512, "hm", order.order_id))),
    "broker lost": broker(1100),
    "broker back": broker(1102),
    "link lost": Talk.lose_the_link,
    "gateway off or on": switch,
    "a moment": lambda talk: talk.wait(0.3),
    "some seconds": lambda talk: talk.wait(7.0),
    "a minute": lambda talk: talk.wait(60.0),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(DEEDS)), max_size=40))
def test_a_replayed_journal_gives_the_same_books(deeds: list[str]) -> None:
    talk = Journalled()
    for deed in deeds:
        DEEDS[deed](talk)
    assert books(talk.replayed()) == books(talk.desk)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(DEEDS)), max_size=40))
def test_whatever_happens_no_order_is_sent_twice_and_none_is_overfilled_in_silence(deeds: list[str]) -> None:
    talk = Journalled()
    for deed in deeds:
        DEEDS[deed](talk)
    sent = [one.order_ref for one in talk.placed()]
    ids = [one.order_id for one in talk.placed()]
    assert len(set(sent)) == len(sent)
    assert ids == sorted(set(ids))
    for order in talk.desk.orders():
        if order.filled > max(order.spec.quantity, 0):
            assert order.alarm
        if order.state is OrderState.IN_DOUBT:
            assert order.reason or order.code or order.alarm


def test_a_crash_leaves_no_word_of_the_links_end_and_what_was_under_way_is_in_doubt() -> None:
    talk = Journalled()
    new_order(talk)
    (place,) = placed(talk)
    before = talk.replayed().order(place.order_ref)
    assert before is not None
    assert before.state in (OrderState.INTENT, OrderState.SENT)
    talk.start_again()
    after = talk.replayed().order(place.order_ref)
    assert after is not None
    assert after.state is OrderState.IN_DOUBT


def test_a_snapshot_begun_in_the_moment_of_the_return_counts_for_what_was_under_way_at_the_crash() -> None:
    talk = Journalled()
    new_order(talk)
    (place,) = placed(talk)
    talk.start_again()
    for took_s in (5.0, 0.05):
        talk.now_s += 5.0 if took_s == 5.0 else 36.0
        talk.write(replace(talk.gateway.snapshot(), took_s=took_s))
    after = talk.replayed().order(place.order_ref)
    assert after is not None
    assert after.state is OrderState.NOT_PLACED
