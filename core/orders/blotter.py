"""The blotter: every order the desk knows, its own and others', and the only writer of their state."""

from __future__ import annotations

from decimal import Decimal

from core.domain.days import calendar_day
from core.domain.doubt import Doubt
from core.domain.due import earliest
from core.domain.events import OrderReported, SnapshotCompleted
from core.domain.order import Order, OrderSpec, OrderState, Overlay, Settlement
from core.domain.replacing import replace
from core.orders import proof
from core.orders.lifecycle import STATUS_FACTS, TRANSITIONS, Fact, Wish, why_blocked
from core.orders.reach import why_not_changed, why_not_listed
from core.orders.tracker import FILLED_UNTOLD, Tracker, doubt_overlays

ACK_DEADLINE_S = 5.0
OVERLAY_DEADLINE_S = 10.0
LOOK_AGAIN_S = 30.0
"""Open orders are read back this often."""
LOOK_IDLE_S = 60.0
"""And this often while none of our own works: what others place is not always told."""
DOUBT_AGAIN_S = proof.APART_S
"""As long as a doubt could still be settled by proof, this often."""


class Blotter(Tracker):
    """What the trader wishes, what silence means, and what a complete snapshot proves."""

    def __init__(self) -> None:
        super().__init__()
        self._due_at_s: float | None = None
        self._looked_at_s = 0.0
        self._read_at_s: float | None = None
        self._granted: set[str] = set()
        self._changed: set[str] = set()
        """Orders of which an earlier change has been sent, whatever becomes of the one that is asked for now."""
        self.newly_sealed: list[str] = []
        self._proofs = proof.Proofs()
        self._short: dict[str, tuple[Decimal, Decimal]] = {}
        """What the last snapshot's executions told, and what IB said is filled, where that was more."""

    # --- the trader --------------------------------------------------------------------------------

    def intend(
        self,
        order_ref: str,
        order_id: int,
        spec: OrderSpec,
        now_s: float,
        client_id: int | None = None,
        gateway: str = "",
        arrival_mid: Decimal | None = None,
    ) -> Order:
        """A new order that passed the gate; not a byte is sent yet. Before that it may be replaced by another."""
        self._intended.add(order_ref)
        client = self.client_id if client_id is None else client_id
        known = self._orders.get(order_ref)
        if known is not None:
            return self._keep(replace(known, spec=spec, changed_at_s=now_s))
        return self._keep(
            Order(
                order_ref,
                spec,
                OrderState.INTENT,
                now_s,
                now_s,
                order_id=order_id,
                client_id=client,
                gateway=gateway or self.gateway,
                arrival_mid=arrival_mid,
            )
        )

    def deny(self, order_ref: str, spec: OrderSpec, reason: str, now_s: float) -> Order:
        """An order that the gate refused, kept so that the trader can see why."""
        return self._keep(Order(order_ref, spec, OrderState.DENIED, now_s, now_s, reason=reason))

    def granted(self, order_ref: str) -> None:
        """It left the lanes: from now on only the socket knows whether bytes went out."""
        self._granted.add(order_ref)

    def written(self, order_ref: str, now_s: float) -> None:
        order = self._orders[order_ref]
        if order.state is OrderState.INTENT:
            self._apply(order, Fact.WRITTEN, now_s)

    def withdrawn(self, order_ref: str, reason: str, now_s: float, fact: Fact = Fact.WITHDRAWN) -> None:
        """Not sent after all: a new order ends, a modification leaves the order as it was."""
        order = self._orders[order_ref]
        self._granted.discard(order_ref)
        if order_ref not in self._changed:
            self._amended.discard(order_ref)
        if order.modify is not Overlay.NONE and order.state is not OrderState.INTENT:
            # Why the order itself is in doubt matters more than why its change was not sent.
            said = order.reason if order.state is OrderState.IN_DOUBT else reason
            self._keep(replace(order, modify=Overlay.NONE, pending=None, reason=said, changed_at_s=now_s))
            return
        self._apply(replace(order, reason=reason), fact, now_s)

    def request_modify(self, order_ref: str, spec: OrderSpec, now_s: float) -> None:
        order = self._orders[order_ref]
        if order_ref in self._amended:
            self._changed.add(order_ref)
        self._keep(replace(order, modify=Overlay.REQUESTED, pending=spec, reason="", changed_at_s=now_s))

    def request_cancel(self, order_ref: str, now_s: float) -> None:
        if self._orders[order_ref].is_live:
            self._keep(replace(self._orders[order_ref], cancel=Overlay.REQUESTED, changed_at_s=now_s))

    def wish(self, order_ref: str, fact: Fact) -> tuple[Wish, str]:
        """What becomes of a cancel (CANCEL_ASKED) or a modification (MODIFY_ASKED), and why when it is blocked."""
        order = self._orders.get(order_ref)
        doing = "cancelled" if fact is Fact.CANCEL_ASKED else "modified"
        if order is None:
            return Wish.BLOCK, "There is no such order."
        move = TRANSITIONS[order.state][fact]
        blocked = move.wish is Wish.BLOCK or (move.wish is Wish.IF_ALARMED and not order.alarm)
        if blocked:
            return Wish.BLOCK, why_blocked(order.state, doing)
        if words := why_not_changed(order, self.here, doing):
            return Wish.BLOCK, words
        if fact is Fact.MODIFY_ASKED and order.modify is not Overlay.NONE:
            return Wish.BLOCK, "An earlier modification has not been confirmed yet."
        if fact is Fact.MODIFY_ASKED and order.cancel is not Overlay.NONE:
            return Wish.BLOCK, "A cancel has been requested for this order."
        return (Wish.SEND if move.wish is Wish.IF_ALARMED else move.wish), ""

    def settle(self, order_ref: str, settlement: Settlement, now_s: float) -> None:
        """The trader looked in TWS and says how it ended."""
        order = self._orders[order_ref]
        state = _SETTLED[settlement]
        legs = tuple(leg if leg.state.is_final else replace(leg, state=state) for leg in order.legs)
        reason = f"Settled by the trader: {settlement}. {order.reason}".strip()
        settled = replace(order, state=state, legs=legs, reason=reason, stale=False, changed_at_s=now_s)
        self._keep(replace(settled, cancel=Overlay.NONE, modify=Overlay.NONE, pending=None))
        self._proofs.forget(order_ref)

    def doubt(self, order_ref: str, now_s: float) -> Doubt | None:
        """What is known of an order in doubt, or of one in conflict that is listed no more; else `None`."""
        order = self._orders.get(order_ref)
        unlisted = self._proofs.is_absent(order_ref)
        vanished = order is not None and order.state is OrderState.CONFLICT and unlisted
        if order is None or not (order.state is OrderState.IN_DOUBT or vanished):
            return None
        read = self._read_at_s is not None and self._read_at_s >= order.changed_at_s
        elsewhere = why_not_listed(order, self.here)
        known = [order.reason] if order.reason else []
        known.append(
            f"IB gave it the permanent id {order.perm_id}."
            if order.perm_id
            else "IB gave it no permanent id."
        )
        size = f" of {order.spec.quantity.normalize():f}" if order.spec.quantity else ""
        known.append(f"{order.filled.normalize():f}{size} is filled.")
        if read and unlisted:
            known.append(proof.UNLISTED)
        if lacks := self._proofs.lacks(order_ref):
            known.append(f"To prove that it was never placed, this lacks: {lacks}.")
        may_say = read and unlisted and not elsewhere
        choices = tuple(one for one in Settlement if not (vanished and one is Settlement.NOT_PLACED))
        return Doubt(
            order_ref,
            order.changed_at_s,
            tuple(known),
            "IBDesk reads IB's lists again and again; it never sends the order again by itself.",
            choices if may_say else (),
            "" if may_say else elsewhere or _UNREAD,
        )

    # --- the clock and the link --------------------------------------------------------------------

    @property
    def due_at_s(self) -> float | None:
        """When silence next means something, or IB's lists should be read again."""
        if self._due_is_old:
            self._due_at_s = earliest(*(_deadline(one) for one in self.live()))
            self._due_is_old = False
        return earliest(self._due_at_s, self._look_at_s())

    def woke(self, now_s: float) -> None:
        """What went unanswered too long is in doubt."""
        if self.due_at_s is None or now_s < self.due_at_s:
            return
        look_s = self._look_at_s()
        if look_s is not None and now_s >= look_s:
            self._looked_at_s = now_s
            self.pull = True
        for order in self.live():
            deadline = _deadline(order)
            if deadline is None or now_s < deadline:
                continue
            self.pull = True
            if order.state is OrderState.SENT:
                waited = replace(order, reason="IB has not answered: whether it is placed is not known.")
                self._apply(waited, Fact.UNANSWERED, now_s)
            else:
                self._doubt_request(order, now_s)

    def link_up(self, now_s: float) -> None:
        """Both links are there: what is asked now can be answered."""
        self._refused.clear()
        self._up_since_s = self._looked_at_s = now_s
        self._proofs.clear()

    def link_lost(self, now_s: float) -> None:
        """Live orders keep working at IB, unseen; what was under way is in doubt."""
        self._up_since_s = None
        for order in self.live():
            if order.state is OrderState.INTENT and order.order_ref not in self._granted:
                reason = "The link was lost before it was sent."
                self._apply(replace(order, reason=reason), Fact.WITHDRAWN, now_s)
            else:
                self._lose_sight_of(order, "The link was lost before IB answered", now_s)

    def restarted(self, now_s: float) -> None:
        """This program ended and began again: nothing is confirmed until the gateway has been read."""
        self._refused.clear()
        self._up_since_s = None
        for order in self.live():
            self._lose_sight_of(order, "IBDesk ended before IB answered", now_s)
        self.alarms.clear()
        self.news.clear()
        self.pull = False

    # --- a complete snapshot -----------------------------------------------------------------------

    def reconcile(self, snapshot: SnapshotCompleted, now_s: float) -> bool:
        """Executions first, then open orders, then completed ones; then who is absent. False: it proves nothing."""
        began_s = now_s - snapshot.took_s
        self.read_executions(snapshot, now_s)
        self.pull = False
        if self._up_since_s is None or began_s < self._up_since_s:
            self.pull = self._up_since_s is not None
            return False  # it was told from memory, in part at least: IBKR was out of reach
        seen: set[str] = set()
        for report in snapshot.orders:
            seen.add(self._listed(report, Fact.LISTED_OPEN, began_s, now_s))
        for report in snapshot.completed:
            seen.add(self._listed(report, Fact.LISTED_DONE, began_s, now_s))
        for order in self.live():
            if order.order_ref not in seen and order.state is not OrderState.INTENT:
                self._missed(order, snapshot, began_s, now_s)
        self._looked_at_s = self._read_at_s = now_s
        self._tell_missing(seen)
        self._seal(now_s)
        return True

    def read_executions(self, snapshot: SnapshotCompleted, now_s: float) -> None:
        """A fill is a fact, whatever else the snapshot lacks."""
        for execution in snapshot.executions:
            self.executed_event(proof.replayed(execution), now_s)

    def _listed(self, report: OrderReported, fact: Fact, began_s: float, now_s: float) -> str:
        """One row of IB's lists. The reference of the order it is about."""
        order = self._matching(report)
        if order is None or order.legs or self._is_second(order, report.perm_id):
            return self._leg_listed(order, report, fact, began_s, now_s)
        self._proofs.forget(order.order_ref)
        if fact is Fact.LISTED_DONE:
            return self._listed_done(order, report, now_s)
        if report.status in _OVER:  # it was open when the list was begun
            return self.reported(report, now_s, listed=True).order_ref
        if order.state.is_final and order.changed_at_s >= began_s:
            self.pull = True  # it ended while the snapshot was being taken: the next one will know
            return order.order_ref
        if order.state.is_final:
            order = self._apply(order, Fact.LISTED_OPEN, now_s)
        order = self.reported(report, now_s, listed=True)
        if order.is_live and order.changed_at_s < began_s:
            self._settle_requests(order, report, now_s)
        return order.order_ref

    def _leg_listed(
        self, known: Order | None, report: OrderReported, fact: Fact, began_s: float, now_s: float
    ) -> str:
        """An order not heard of before, or a leg of one in conflict: a leg that is over says nothing of the others."""
        before_s = known.changed_at_s if known is not None and known.legs else now_s
        order = self.reported(report, now_s, listed=True)
        if order.legs and fact is Fact.LISTED_DONE:
            return ""
        self._proofs.forget(order.order_ref)
        if order.is_live and before_s < began_s:
            self._settle_requests(order, report, now_s)
        return order.order_ref

    def _listed_done(self, order: Order, report: OrderReported, now_s: float) -> str:
        if report.status == "Inactive":
            report = replace(report, status="Cancelled")  # in this list it is over
        said_filled = report.status == "Filled"
        short = not order.is_full
        if order.state is OrderState.FILLED and short and not said_filled:
            # A fill was taken back, and what was left has not been filled since.
            self._keep(replace(order, state=OrderState.CANCELLED, changed_at_s=now_s))
        elif not order.state.is_final or order.state is OrderState.NOT_PLACED:
            order = self.reported(report, now_s, listed=True)
        if said_filled and order.state is not OrderState.FILLED:
            self.alarms.append(f"{order.spec.sentence()}: {FILLED_UNTOLD}")
            self._apply(replace(order, reason=FILLED_UNTOLD), Fact.FILLED_UP, now_s)
            self.pull = False
        return order.order_ref

    def _tell_missing(self, seen: set[str]) -> None:
        """Fills that IB counts and does not list; said once a second snapshot knows no more."""
        short = {
            one.order_ref: (one.filled, one.said_filled)
            for one in map(self._orders.__getitem__, seen - {""})
            if one.said_filled > one.filled and one.state is not OrderState.FILLED and not one.legs
        }
        for order_ref, told in short.items():
            known, said = (f"{figure.normalize():f}" for figure in told)
            words = (
                f"IB says that {said} are filled, and lists executions of {known}: the others may be older."
            )
            order = self._orders[order_ref]
            if self._short.get(order_ref) == told and order.alarm != words:
                self._alarm(order, words)
        self._short = short

    def _settle_requests(self, order: Order, report: OrderReported, now_s: float) -> None:
        """IB lists it as open, and says nothing of a cancel or change that it has had the time to answer."""
        if order.modify is Overlay.IN_DOUBT:
            order = replace(order, modify=Overlay.NONE, pending=None, changed_at_s=now_s)
            self.alarms.append(f"{order.spec.sentence()}: the modification did not take; these terms hold.")
        if order.cancel is Overlay.IN_DOUBT and report.status not in ("PendingCancel", "PreCancelled"):
            order = replace(order, cancel=Overlay.NONE, changed_at_s=now_s)
            self.alarms.append(f"{order.spec.sentence()}: the cancel did not take; the order still works.")
        self._keep(order)

    def _missed(self, order: Order, snapshot: SnapshotCompleted, began_s: float, now_s: float) -> None:
        """Not in a complete snapshot. What that proves depends on what else is known."""
        young = not order.stale and now_s - order.changed_at_s < ACK_DEADLINE_S
        if why_not_listed(order, self.here):
            return
        if order.changed_at_s >= began_s or (young and order.state is not OrderState.IN_DOUBT):
            self.pull = True  # it may have been placed, or changed, while the snapshot was being taken
            return
        next_id = snapshot.next_order_id if order.client_id == self.client_id else None
        found = self._proofs.absent(order, next_id, self.ledger.unclaimed(), self._up_since_s, now_s)
        if found.fact is Fact.NEVER_SEEN:
            self._proofs.forget(order.order_ref)
            order = replace(order, reason="It never reached IB: nothing was placed.", stale=False)
        elif order.is_full and not order.legs:
            self._apply(order, Fact.FILLED_UP, now_s)
            return
        elif found.fact is Fact.ABSENT_TWICE and order.order_ref in self._refused and not _traded(order):
            self._apply(order, Fact.REFUSED, now_s)
            return
        elif not order.own:
            if found.fact is Fact.ABSENT_TWICE:
                order = replace(order, reason="IB does not list it any more; how it ended was not told.")
                self._apply(order, Fact.CANCELLED, now_s)
            self.pull = self.pull or found.fact is Fact.ABSENT
            return
        elif order.state is not OrderState.IN_DOUBT:
            order = replace(order, reason=f"{proof.UNLISTED} Look in TWS before placing it again.")
        self._apply(order, found.fact, now_s)

    # --- inside ------------------------------------------------------------------------------------

    def _seal(self, now_s: float) -> None:
        """Over on an earlier trading day and read back on this one: final for good."""
        today = calendar_day(now_s)
        for order in tuple(self._orders.values()):
            if order.sealed or calendar_day(order.changed_at_s) >= today:
                continue
            if order.state is OrderState.INACTIVE and self._proofs.is_absent(order.order_ref):
                words = "It was inactive, and IB does not list it any more."
                order = self._apply(replace(order, reason=words), Fact.CANCELLED, now_s)
            if order.state.is_final:
                self._keep(replace(order, sealed=True))
                self.newly_sealed.append(order.order_ref)

    def _lose_sight_of(self, order: Order, why: str, now_s: float) -> None:
        changed_at_s = order.changed_at_s
        doubtful = replace(doubt_overlays(order, changed_at_s), stale=True)
        if order.state in (OrderState.INTENT, OrderState.SENT):
            doubtful = replace(doubtful, reason=f"{why}: whether it is placed is not known.")
        self._apply(doubtful, Fact.UNANSWERED, now_s)

    def _doubt_request(self, order: Order, now_s: float) -> None:
        what = "cancel" if order.cancel is Overlay.REQUESTED else "modification"
        self.alarms.append(
            f"{order.spec.sentence()}: IB has not answered the {what}. The order may still trade."
        )
        self._keep(doubt_overlays(order, now_s))

    def _look_at_s(self) -> float | None:
        """When IB's lists are to be read again although nothing asks for it."""
        if self._up_since_s is None:
            return None
        if not any(self._orders[order_ref].own for order_ref in self._live):
            return self._looked_at_s + LOOK_IDLE_S
        doubtful = any(
            order_ref in self._live and self._orders[order_ref].own for order_ref in self._proofs.to_come()
        )
        return self._looked_at_s + (DOUBT_AGAIN_S if doubtful else LOOK_AGAIN_S)


_OVER = frozenset(word for word, fact in STATUS_FACTS.items() if fact in (Fact.CANCELLED, Fact.FILLED_STATUS))
_SETTLED = {
    Settlement.NOT_PLACED: OrderState.NOT_PLACED,
    Settlement.CANCELLED: OrderState.CANCELLED,
}
_UNREAD = "IB's lists have not been read completely since: wait until they have been."


def _traded(order: Order) -> bool:
    return bool(order.filled or order.said_filled)


def _deadline(order: Order) -> float | None:
    if order.state is OrderState.SENT and order.own:
        return order.changed_at_s + ACK_DEADLINE_S
    if Overlay.REQUESTED in (order.cancel, order.modify) and order.is_live:
        return order.changed_at_s + OVERLAY_DEADLINE_S
    return None
