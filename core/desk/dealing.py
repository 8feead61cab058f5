"""The trading side of the desk: the trader's wishes through the gate, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from core.desk.feed import Feed
from core.domain.doubt import Doubt
from core.domain.events import (
    CancelRequested,
    Event,
    ExecutionReported,
    IntentCommitted,
    IntentDenied,
    IntentRefused,
    IntentRestored,
    JournalReported,
    OrderNotSent,
    OrderSettled,
    OrderStatusReported,
)
from core.domain.health import JournalHealth
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.order import Order, OrderSpec, OrderState, Settlement
from core.domain.quote import QuoteKind
from core.domain.requests import CancelOrder, PlaceOrder, Record, Request
from core.domain.topics import Topic
from core.domain.verdict import Ask, Denied, Objection
from core.orders.lifecycle import Fact, Wish
from core.risk import gate

SUBMISSIONS_KEPT_S = 120.0
ARRIVAL_WITHIN_S = 5.0
_LINK_LOST = "The link was lost before it was sent."
_ACKNOWLEDGED = frozenset({OrderState.ACCEPTED, OrderState.HELD, OrderState.WORKING})


class Dealing(Feed):
    """Orders: judged, staged until the journal holds them, sent through the lanes, cancelled, settled."""

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        new_ref: Callable[[], str],
        jitter: Callable[[], float],
        next_order_id: int,
    ) -> None:
        super().__init__(link, limits, permissions, now_s=now_s, jitter=jitter, next_order_id=next_order_id)
        self._new_ref = new_ref
        self._staged: dict[str, PlaceOrder] = {}
        self._queued: dict[str, PlaceOrder] = {}
        self._cancelling: dict[str, int] = {}
        self._journal = JournalHealth()

    # --- reading -----------------------------------------------------------------------------------

    @property
    def journal(self) -> JournalHealth:
        """How the journal is; while it is ill, no new order goes."""
        return self._journal

    @property
    def gateway(self) -> str:
        """Which gateway new orders would go to: "IB", or a simulator by its address; "" before there was one."""
        return self._blotter.gateway

    def orders_are_due(self, now_s: float) -> bool:
        """Whether waking now changes what is believed of an order."""
        due_s = self._blotter.due_at_s
        return due_s is not None and due_s <= now_s

    def order_ref_of(self, event: Event) -> str:
        """The order that a fact is about, as far as the desk knows it now; "" when it is about none."""
        return self._blotter.reference_of(event)

    def assess(self, spec: OrderSpec, now_s: float, modifies: str = "") -> tuple[Objection, ...]:
        """Every rule's objection, worst first, for checks while typing; `modifies` is the order to be changed."""
        self.now_s = max(self.now_s, now_s)
        return gate.assess(self._completed(spec), self, self._blotter.order(modifies))

    def why_not_cancel(self, order_ref: str) -> str:
        """Why an order cannot be cancelled from here; "" when it can."""
        return self._blotter.wish(order_ref, Fact.CANCEL_ASKED)[1]

    def why_not_modify(self, order_ref: str) -> str:
        """Why an order cannot be modified from here; "" when it can."""
        return self._blotter.wish(order_ref, Fact.MODIFY_ASKED)[1]

    def doubt(self, order_ref: str) -> Doubt | None:
        """What is known of an order in doubt, and what the trader may say; `None` when it is not in doubt."""
        return self._blotter.doubt(order_ref, self.now_s)

    # --- the trader's wishes -----------------------------------------------------------------------

    def submit(
        self, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge a new order. A PlaceOrder is an intent: commit it, then step IntentCommitted."""
        self.now_s = max(self.now_s, now_s)
        self._probe_if_silent()
        spec = self._completed(spec)
        verdict = gate.judge(spec, self, acknowledged)
        if isinstance(verdict, Denied):
            order = self._blotter.deny(self._new_ref(), spec, verdict.words, self.now_s)
            self._note("warning", f"Denied: {order.spec.sentence()}. {verdict.words}")
            denied = IntentDenied(order.order_ref, spec, verdict.words)
            self._to_do.append(Record("denied", order.order_ref, fact=denied))
            return verdict
        if isinstance(verdict, Ask):
            return verdict
        self._remember_submission(spec)
        place = PlaceOrder(self._new_ref(), self._ids.take(), verdict)
        mid = self._arrival_mid(spec)
        self._blotter.intend(place.order_ref, place.order_id, spec, self.now_s, arrival_mid=mid)
        self._staged[place.order_ref] = place
        return place

    def modify(
        self, order_ref: str, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge new terms for an order; the answer is dealt with as `submit`'s is.

        One that IB has not acknowledged yet waits for that; one that has not been sent is replaced.
        """
        self.now_s = max(self.now_s, now_s)
        self._probe_if_silent()
        wish, refusal = self._blotter.wish(order_ref, Fact.MODIFY_ASKED)
        order = self._blotter.order(order_ref)
        if wish is Wish.BLOCK or order is None or order.order_id is None:
            return Denied((Objection("Modification", "", "", refusal),))
        spec = replace(spec, account=order.spec.account)
        verdict = gate.judge(spec, self, acknowledged, modifies=order)
        if isinstance(verdict, Denied | Ask):
            return verdict
        if wish is Wish.REPLACE:
            if not self._lanes.withdraw(order_ref):
                words = "The order is just being sent: modify it once IB has it."
                return Denied((Objection("Modification", "", "", words),))
            place = PlaceOrder(order_ref, order.order_id, verdict)
            self._blotter.intend(order_ref, order.order_id, spec, self.now_s)
        else:
            place = PlaceOrder(order_ref, order.order_id, verdict, modifies=True, perm_id=order.perm_id)
            self._blotter.request_modify(order_ref, spec, self.now_s)
        self._staged[order_ref] = place
        return place

    def cancel(self, order_ref: str, now_s: float) -> Denied | list[Request]:
        """Cancels always pass, unless there is nothing to cancel."""
        self.now_s = max(self.now_s, now_s)
        wish, refusal = self._blotter.wish(order_ref, Fact.CANCEL_ASKED)
        order = self._blotter.order(order_ref)
        if wish is Wish.BLOCK or order is None:
            return Denied((Objection("Cancel", "", "", refusal),))
        if self._take_back(order_ref):
            self._withdraw(order_ref, "Withdrawn before it was sent.")
            if order.state is OrderState.INTENT:
                return self._finish([])
        if not self._link.is_open:
            words = "The gateway cannot be reached: the order keeps working at IB. Cancel it in TWS."
            return Denied((Objection("Link", self.link.state, "connected", words),))
        self._blotter.request_cancel(order_ref, self.now_s)
        asked = Record("cancel requested", order_ref, fact=CancelRequested(order_ref))
        return self._finish([asked, *self._cancels(order)])

    def settle(self, order_ref: str, settlement: Settlement, now_s: float) -> Denied | list[Request]:
        """The trader has looked in TWS and says how an order in doubt ended."""
        self.now_s = max(self.now_s, now_s)
        laid_out = self.doubt(order_ref)
        if laid_out is None or settlement not in laid_out.choices:
            words = laid_out.why_not if laid_out else "The order is not in doubt: there is nothing to settle."
            return Denied((Objection("Settlement", "", "", words),))
        self._blotter.settle(order_ref, settlement, self.now_s)
        self._note("warning", f"Settled by you: {self._sentence(order_ref)}: {settlement}.")
        told = OrderSettled(order_ref, settlement, " ".join(laid_out.known))
        return self._finish([Record("settled", order_ref, fact=told)])

    def pending(self) -> list[Request]:
        """What a wish left to be done, such as the record of a refusal."""
        return self._finish([])

    # --- facts -------------------------------------------------------------------------------------

    def _intent_committed(self, event: IntentCommitted) -> None:
        place = self._staged.pop(event.order_ref)
        order = self._blotter.order(event.order_ref)
        if not self._link.is_open:
            self._withdraw(event.order_ref, _LINK_LOST)
        elif place.modifies and order is not None and order.state is OrderState.SENT:
            self._queued[event.order_ref] = place
        else:
            self._lanes.offer(place)

    def _intent_refused(self, event: IntentRefused) -> None:
        if self._staged.pop(event.order_ref, None) is not None:
            self._note("error", event.reason)
        if self._blotter.order(event.order_ref) is not None:  # a journal that was ill holds the refusal alone
            self._blotter.withdrawn(event.order_ref, event.reason, self.now_s, Fact.DENIED)

    def _intent_restored(self, event: IntentRestored) -> None:
        self._ids.raise_floor(event.order_id + 1)
        if not event.modifies:
            self._blotter.intend(
                event.order_ref,
                event.order_id,
                event.spec,
                self.now_s,
                event.client_id,
                event.gateway,
                event.arrival_mid,
            )
            self._blotter.granted(event.order_ref)
            self._remember_submission(event.spec)
        elif self._blotter.order(event.order_ref) is not None:
            self._blotter.request_modify(event.order_ref, event.spec, self.now_s)

    def _intent_denied(self, event: IntentDenied) -> None:
        self._blotter.deny(event.order_ref, event.spec, event.reason, self.now_s)

    def _cancel_restored(self, event: CancelRequested) -> None:
        if self._blotter.order(event.order_ref) is not None:
            self._blotter.request_cancel(event.order_ref, self.now_s)

    def _order_settled(self, event: OrderSettled) -> None:
        if self._blotter.order(event.order_ref) is not None:
            self._blotter.settle(event.order_ref, event.settlement, self.now_s)

    def _order_not_sent(self, event: OrderNotSent) -> None:
        if self._blotter.order(event.order_ref) is not None:
            self._blotter.withdrawn(event.order_ref, event.reason, self.now_s)

    def _order_status_reported(self, event: OrderStatusReported) -> None:
        self._blotter.status_reported(event, self.now_s)

    def _execution_reported(self, event: ExecutionReported) -> None:
        new = self._blotter.executed_event(event, self.now_s)
        if new and not event.replayed:
            one = event.execution
            verb = "Bought" if one.side.sign > 0 else "Sold"
            self._note("info", f"{verb} {one.quantity.normalize():f} {one.contract.label} at {one.price}.")

    def _journal_reported(self, event: JournalReported) -> None:
        if event.trouble == self._journal.trouble:
            return
        self._journal = JournalHealth(event.trouble, self.now_s)
        self._touch(Topic.JOURNAL, "")
        if event.trouble:
            self._note("error", f"No new orders: {event.trouble}")
        else:
            self._note("info", "The journal can be written again.")

    def _orders_unproven(self) -> None:
        """A link was lost: nothing that waits may be sent later, what was under way is in doubt."""
        for order in self._blotter.live():
            if self._take_back(order.order_ref):
                self._withdraw(order.order_ref, _LINK_LOST)
        self._blotter.link_lost(self.now_s)

    # --- a start after an end ----------------------------------------------------------------------

    def resume(self, before: Dealing) -> None:
        """Take over what a desk knows that replayed the journal; unconfirmed until the gateway has been read."""
        self._blotter, self._positions = before._blotter, before._positions
        self._submitted, self._ids = before._submitted, before._ids.at_least(self._ids)
        self._blotter.restarted(self.now_s)
        if live := self._blotter.live():
            doubtful = sum(order.state is OrderState.IN_DOUBT for order in live)
            self._note(
                "warning",
                f"From before this start: {len(live)} orders that may still work, {doubtful} of them in doubt. "
                "None is confirmed until the gateway has been read.",
            )
        for order in self._blotter.orders():
            self._touch(Topic.ORDER, order.order_ref)
        for one in self._blotter.ledger.executions():
            self._touch(Topic.EXECUTION, one.key)
        for held in self._positions.positions():
            self._touch(Topic.POSITION, (held.account, held.contract.con_id))

    # --- inside ------------------------------------------------------------------------------------

    def _finish(self, out: list[Request]) -> list[Request]:
        if self._queued:
            self._release_changes()
        if self._cancelling:
            self._cancel_again()
        for words in self._blotter.news:
            self._note("info", words)
        self._blotter.news.clear()
        self._to_do += [Record("sealed", order_ref) for order_ref in self._blotter.newly_sealed]
        self._blotter.newly_sealed.clear()
        requests = super()._finish(out)
        for request in requests:
            if isinstance(request, PlaceOrder):
                self._blotter.granted(request.order_ref)
        return requests

    def _release_changes(self) -> None:
        """Modifications that wait for IB's acknowledgement of the order itself."""
        for order_ref, place in tuple(self._queued.items()):
            order = self._blotter.order(order_ref)
            if order is None or order.state is OrderState.SENT:
                continue
            del self._queued[order_ref]
            if order.state in _ACKNOWLEDGED and not order.stale:
                self._lanes.offer(replace(place, perm_id=order.perm_id))
            else:
                self._withdraw(order_ref, f"The order is {order.state}: the modification was not sent.")

    def _cancels(self, order: Order) -> list[Request]:
        """One cancel for each order id that the order's legs bear."""
        living = [leg for leg in order.legs if not leg.state.is_final]
        self._cancelling[order.order_ref] = max(1, len(living))
        ids = dict.fromkeys(leg.order_id or order.order_id for leg in living) or {order.order_id: None}
        return [CancelOrder(order.order_ref, order_id) for order_id in ids if order_id is not None]

    def _cancel_again(self) -> None:
        """Two legs may share one order id: a cancel ends one of them, so the other needs one of its own."""
        for order_ref, legs in tuple(self._cancelling.items()):
            order = self._blotter.order(order_ref)
            if order is None or order.state.is_final:
                del self._cancelling[order_ref]
                continue
            living = sum(not leg.state.is_final for leg in order.legs)
            can_go = self._link.is_open and not self.why_not_cancel(order_ref)
            if order.state is OrderState.CONFLICT and 0 < living < legs and can_go:
                self._to_do += self._cancels(order)

    def _take_back(self, order_ref: str) -> bool:
        """Whether something of this order was still here, waiting to be sent."""
        queued = self._queued.pop(order_ref, None)
        return self._lanes.withdraw(order_ref) or queued is not None

    def _withdraw(self, order_ref: str, reason: str) -> None:
        self._blotter.withdrawn(order_ref, reason, self.now_s)
        self._to_do.append(Record("not sent", order_ref, fact=OrderNotSent(order_ref, reason)))

    def _sentence(self, order_ref: str) -> str:
        order = self._blotter.order(order_ref)
        return order.spec.sentence() if order else order_ref

    def _completed(self, spec: OrderSpec) -> OrderSpec:
        """With the account and the exchange that the trader need not say."""
        account = spec.account or self._link.view.account
        return replace(spec, account=account, contract=self._routable(spec.contract))

    def _arrival_mid(self, spec: OrderSpec) -> Decimal | None:
        """What the market says as the order arrives; a delayed, halted or old quote says nothing of that."""
        quote = self.quote(spec.contract.con_id)
        if quote is None or quote.kind is not QuoteKind.LIVE or quote.halted or quote.lost_at_s is not None:
            return None
        age_s = quote.age_s(self.now_s)
        if quote.mid is None or age_s is None or age_s > ARRIVAL_WITHIN_S:
            return None
        return Decimal(repr(quote.mid))

    def _remember_submission(self, spec: OrderSpec) -> None:
        self._submitted.append((self.now_s, spec))
        while self._submitted and self.now_s - self._submitted[0][0] > SUBMISSIONS_KEPT_S:
            self._submitted.popleft()
