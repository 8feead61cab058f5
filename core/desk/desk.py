"""Routing: each fact to the book it concerns, each wish through the gate, requests out through the lanes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.desk.feed import Feed
from core.domain.codes import CodeClass, code_class, in_words
from core.domain.events import (
    AccountReported,
    BarReported,
    BarsRefused,
    BarsReported,
    CommissionReported,
    ConnectAsked,
    ConnectFailed,
    ContractsFound,
    ContractsReported,
    DisconnectAsked,
    Event,
    ExecutionReported,
    IntentCommitted,
    IntentRefused,
    LinkLost,
    MessageReported,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderStatusReported,
    PnlReported,
    PortfolioReported,
    PositionReported,
    ProbeAnswered,
    ProbeUnanswered,
    QuoteRefused,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.order import Order, OrderSpec, OrderState, Overlay
from core.domain.requests import (
    CancelOrder,
    PlaceOrder,
    Record,
    Request,
)
from core.domain.verdict import Ask, Denied, Objection
from core.orders.lifecycle import Fact
from core.risk import gate

SUBMISSIONS_KEPT_S = 120.0
_QUIET: frozenset[type[Event]] = frozenset({QuotesReported, BarReported})


class Desk(Feed):
    """One desk, one connection. `new_ref` and `jitter` are the only chance in it, and come from outside."""

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        new_ref: Callable[[], str],
        jitter: Callable[[], float],
        next_order_id: int = 1,
    ) -> None:
        super().__init__(link, limits, permissions, now_s=now_s, jitter=jitter, next_order_id=next_order_id)
        self._new_ref = new_ref
        self._staged: dict[str, PlaceOrder] = {}
        self._routes = self._routing_table()

    def assess(self, spec: OrderSpec, now_s: float, modifies: str = "") -> tuple[Objection, ...]:
        """Every rule's objection, worst first, for checks while typing; `modifies` is the order to be changed."""
        self.now_s = max(self.now_s, now_s)
        return gate.assess(self._completed(spec), self, self._blotter.order(modifies))

    # --- the trader's wishes -----------------------------------------------------------------------

    def submit(
        self, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge a new order. A PlaceOrder is an intent: commit it, then step IntentCommitted."""
        self.now_s = max(self.now_s, now_s)
        spec = self._completed(spec)
        verdict = gate.judge(spec, self, acknowledged)
        if isinstance(verdict, Denied):
            order = self._blotter.deny(self._new_ref(), spec, verdict.words, self.now_s)
            self._note("warning", f"Denied: {order.spec.sentence()}. {verdict.words}")
            return verdict
        if isinstance(verdict, Ask):
            return verdict
        self._remember_submission(spec)
        place = PlaceOrder(self._new_ref(), self._ids.take(), verdict)
        self._blotter.intend(place.order_ref, place.order_id, spec, self.now_s)
        self._staged[place.order_ref] = place
        return place

    def modify(
        self, order_ref: str, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge new terms for a working order; the answer is dealt with as `submit`'s is."""
        self.now_s = max(self.now_s, now_s)
        order = self._blotter.order(order_ref)
        if refusal := _why_not_modify(order):
            return Denied((Objection("Modification", "", "", refusal),))
        assert order is not None
        assert order.order_id is not None
        spec = replace(spec, account=order.spec.account)
        verdict = gate.judge(spec, self, acknowledged, modifies=order)
        if isinstance(verdict, Denied | Ask):
            return verdict
        place = PlaceOrder(order_ref, order.order_id, verdict, modifies=True, perm_id=order.perm_id)
        self._blotter.request_modify(order_ref, spec, self.now_s)
        self._staged[order_ref] = place
        return place

    def cancel(self, order_ref: str, now_s: float) -> Denied | list[Request]:
        """Cancels always pass, unless there is nothing to cancel."""
        self.now_s = max(self.now_s, now_s)
        order = self._blotter.order(order_ref)
        if refusal := why_not_cancel(order):
            return Denied((Objection("Cancel", "", "", refusal),))
        assert order is not None
        assert order.order_id is not None
        if self._lanes.withdraw(order_ref):
            self._blotter.withdrawn(order_ref, "Withdrawn before it was sent.", self.now_s)
            if order.state is OrderState.INTENT:
                return self._finish([])
        if not self._link.is_open:
            words = "The gateway cannot be reached: the order keeps working at IB. Cancel it in TWS."
            return Denied((Objection("Link", self.link.state, "connected", words),))
        self._blotter.request_cancel(order_ref, self.now_s)
        self._lanes.offer(CancelOrder(order_ref, order.order_id))
        fields = (("order_id", str(order.order_id)),)
        return self._finish([Record("cancel requested", order_ref, fields)])

    def acknowledge(self, alert_id: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        self._watch.acknowledge(alert_id, self.now_s)
        return self._finish([])

    # --- facts -------------------------------------------------------------------------------------

    def step(self, event: Event, now_s: float) -> list[Request]:
        """Take in one fact; what comes out is to be done in order."""
        self.now_s = max(self.now_s, now_s)
        out = self._routes[type(event)](event)
        # Quotes and growing bars come by the thousand and never ask for anything.
        return [] if type(event) in _QUIET else self._finish(out or [])

    def _routing_table(self) -> dict[type[Event], Callable[..., list[Request] | None]]:
        """Who takes which fact; a fact without a row is our own fault and raises KeyError."""
        return {
            ConnectAsked: self._connect_asked,
            DisconnectAsked: self._disconnect_asked,
            Woke: self._woke,
            SocketOpened: self._socket_opened,
            ConnectFailed: self._connect_failed,
            LinkLost: self._link_lost,
            ProbeAnswered: self._heard(lambda e: self._link.probe_answered(e, self.now_s)),
            ProbeUnanswered: self._probe_unanswered,
            MessageReported: self._heard(self._message_reported),
            ContractsReported: self._heard(self._contracts_reported),
            ContractsFound: self._heard(self._contracts_found),
            QuotesReported: self._heard(lambda e: self._quotes.reported(e.quotes, self.now_s)),
            QuoteRefused: self._heard(self._quote_refused),
            BarsReported: self._heard(self._bars_reported),
            BarReported: self._heard(self._bar_reported),
            BarsRefused: self._heard(self._bars_refused),
            IntentCommitted: self._intent_committed,
            IntentRefused: self._intent_refused,
            OrderSent: lambda e: self._blotter.written(e.order_ref, self.now_s),
            OrderNotSent: lambda e: self._blotter.withdrawn(e.order_ref, e.reason, self.now_s),
            OrderReported: self._heard(lambda e: self._blotter.reported(e, self.now_s)),
            OrderStatusReported: self._heard(lambda e: self._blotter.status_reported(e, self.now_s)),
            ExecutionReported: self._heard(self._execution_reported),
            CommissionReported: self._heard(self._blotter.commission_reported),
            SnapshotCompleted: self._heard(self._snapshot_completed),
            PositionReported: self._heard(lambda e: self._positions.reported(e, self.now_s)),
            PortfolioReported: self._heard(lambda e: self._positions.marked(e, self.now_s)),
            AccountReported: self._heard(self._account_reported),
            PnlReported: self._heard(lambda e: self._accounts.pnl_reported(e, self.now_s)),
        }

    def _heard(self, handle: Callable[..., list[Request] | None]) -> Callable[..., list[Request] | None]:
        """Whatever comes from the gateway also proves that it is alive."""

        def handler(event: Event) -> list[Request] | None:
            if self._link.is_open:  # a refusal made up for a closed socket proves nothing
                self._link.heard(self.now_s)
            return handle(event)

        return handler

    # --- facts: the link ---------------------------------------------------------------------------

    def _connect_asked(self, event: ConnectAsked) -> list[Request]:
        before = self._link.view.socket
        out = self._link.connect_asked(event, self.now_s)
        if out and before is not self._link.view.socket:
            self._lose_sight()
        return out

    def _disconnect_asked(self, event: DisconnectAsked) -> list[Request]:
        self._lose_sight()
        return self._link.disconnect_asked(self.now_s)

    def _woke(self, event: Woke) -> list[Request]:
        self._wake_at_s = None
        out = self._link.woke(self.now_s)
        self._blotter.woke(self.now_s)
        self._watch.judge(self._accounts.accounts(), self.now_s)
        return out

    def _socket_opened(self, event: SocketOpened) -> list[Request]:
        self._link.heard(self.now_s)
        self._ids.raise_floor(event.next_order_id)
        self._blotter.client_id = self._link.view.client_id
        out = self._link.opened(event, self.now_s)
        self._subscribe_again()
        return out

    def _connect_failed(self, event: ConnectFailed) -> list[Request]:
        return self._link.connect_failed(event, self.now_s)

    def _link_lost(self, event: LinkLost) -> list[Request]:
        out = self._link.lost(event, self.now_s)
        if not self._link.is_open:
            self._lose_sight()
        return out

    def _probe_unanswered(self, event: ProbeUnanswered) -> list[Request]:
        out = self._link.probe_unanswered(event, self.now_s)
        if out:
            self._lose_sight()
        return out

    def _lose_sight(self) -> None:
        """Nothing shown is fresh any more, nothing queued may be sent later."""
        for request in self._lanes.clear():
            if isinstance(request, PlaceOrder):
                self._blotter.withdrawn(
                    request.order_ref, "The link was lost before it was sent.", self.now_s
                )
        self._quotes.lost(self.now_s)
        self._blotter.link_lost(self.now_s)

    def _message_reported(self, event: MessageReported) -> list[Request]:
        out = self._link.message_reported(event, self.now_s)
        if event.order_id is not None:
            self._blotter.message_reported(event, self.now_s)
        if event.code == 1101:
            self._subscribe_again()
        kind = code_class(event.code)
        if kind is not CodeClass.NOTICE and event.code not in (2104, 2106, 2107, 2108, 2119, 2158):
            level = "info" if kind is CodeClass.CANCELLED else "warning"
            self._note(level, in_words(event.code, event.text))
        return out

    def _snapshot_completed(self, event: SnapshotCompleted) -> list[Request]:
        if not event.lacks:
            self._ids.raise_floor(event.next_order_id or 0)
            self._blotter.reconcile(event, self.now_s)
            self._positions.replace_all(event.positions, self.now_s)
        return self._link.snapshot_completed(event.lacks, self.now_s)

    # --- facts: orders and account -----------------------------------------------------------------

    def _intent_committed(self, event: IntentCommitted) -> None:
        place = self._staged.pop(event.order_ref)
        if self._link.is_open:
            self._lanes.offer(place)
        else:
            self._blotter.withdrawn(event.order_ref, "The link was lost before it was sent.", self.now_s)

    def _intent_refused(self, event: IntentRefused) -> None:
        del self._staged[event.order_ref]
        self._blotter.withdrawn(event.order_ref, event.reason, self.now_s, Fact.DENIED)
        self._note("error", event.reason)

    def _execution_reported(self, event: ExecutionReported) -> None:
        new = self._blotter.executed_event(event, self.now_s)
        if new and not event.replayed:
            one = event.execution
            verb = "Bought" if one.side.sign > 0 else "Sold"
            self._note("info", f"{verb} {one.quantity.normalize():f} {one.contract.label} at {one.price}.")

    def _account_reported(self, event: AccountReported) -> None:
        self._accounts.reported(event, self.now_s)
        self._watch.judge(self._accounts.accounts(), self.now_s)
        self._link.account_reported(event.account, self.now_s)

    def _completed(self, spec: OrderSpec) -> OrderSpec:
        """With the account and the exchange that the trader need not say."""
        account = spec.account or self._link.view.account
        return replace(spec, account=account, contract=self._routable(spec.contract))

    def _remember_submission(self, spec: OrderSpec) -> None:
        self._submitted.append((self.now_s, spec))
        while self._submitted and self.now_s - self._submitted[0][0] > SUBMISSIONS_KEPT_S:
            self._submitted.popleft()


def why_not_cancel(order: Order | None) -> str:
    """Why an order cannot be cancelled from here; "" when it can."""
    if order is None or order.order_id is None:
        return "There is no such order."
    if order.state.is_final:
        return f"The order is {order.state}: there is nothing to cancel."
    if not order.own:
        return "Another client placed this order; only that client or TWS can cancel it."
    return ""


def _why_not_modify(order: Order | None) -> str:
    if refusal := why_not_cancel(order):
        return refusal.replace("cancelled", "modified").replace("nothing to cancel", "nothing to modify")
    assert order is not None
    if order.state in (OrderState.INTENT, OrderState.SENT, OrderState.IN_DOUBT):
        return "IB has not confirmed the order yet: it cannot be modified before."
    if order.modify is not Overlay.NONE:
        return "An earlier modification has not been confirmed yet."
    if order.cancel is not Overlay.NONE:
        return "A cancel has been requested for this order."
    return ""
