"""The blotter: every order the desk knows, its own and others', and the only writer of their state."""

from __future__ import annotations

from dataclasses import replace

from core.domain.codes import CodeClass, code_class, in_words
from core.domain.events import (
    CommissionReported,
    ExecutionReported,
    MessageReported,
    OrderReported,
    OrderStatusReported,
    SnapshotCompleted,
)
from core.domain.execution import Execution
from core.domain.order import Order, OrderSpec, OrderState, Overlay
from core.orders.ledger import Ledger, filled
from core.orders.lifecycle import CANCEL_PENDING, STATUS_FACTS, TRANSITIONS, Fact

ACK_DEADLINE_S = 5.0
OVERLAY_DEADLINE_S = 10.0


class Blotter:
    """Orders by our own reference, found again by permanent id or by client and order id.

    `changed` and `executed` collect the keys touched since they were last cleared; `alarms` what the
    trader must be told; `pull` says that the picture is doubted and IB must be asked again.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.client_id: int | None = None
        self.changed: set[str] = set()
        self.executed: set[str] = set()
        self.alarms: list[str] = []
        self.pull = False
        self._orders: dict[str, Order] = {}
        self._by_perm: dict[int, str] = {}
        self._by_id: dict[tuple[int | None, int], str] = {}
        self._due_at_s: float | None = None
        self._due_is_old = False

    # --- reading -----------------------------------------------------------------------------------

    def orders(self) -> tuple[Order, ...]:
        """Newest first."""
        return tuple(reversed(self._orders.values()))

    def order(self, order_ref: str) -> Order | None:
        return self._orders.get(order_ref)

    def live(self, con_id: int | None = None) -> tuple[Order, ...]:
        """Those that could still execute, foreign ones too."""
        return tuple(
            one
            for one in self._orders.values()
            if one.is_live and (con_id is None or one.spec.contract.con_id == con_id)
        )

    @property
    def due_at_s(self) -> float | None:
        """When an unanswered order, cancel or modification becomes a doubt."""
        if self._due_is_old:
            deadlines = (_deadline(one) for one in self._orders.values())
            self._due_at_s = min((at for at in deadlines if at is not None), default=None)
            self._due_is_old = False
        return self._due_at_s

    # --- the trader --------------------------------------------------------------------------------

    def intend(self, order_ref: str, order_id: int, spec: OrderSpec, now_s: float) -> Order:
        """A new order that passed the gate; not a byte is sent yet."""
        order = Order(
            order_ref,
            spec,
            OrderState.INTENT,
            now_s,
            now_s,
            order_id=order_id,
            client_id=self.client_id,
        )
        return self._keep(order)

    def deny(self, order_ref: str, spec: OrderSpec, reason: str, now_s: float) -> Order:
        """An order that the gate refused, kept so that the trader can see why."""
        return self._keep(Order(order_ref, spec, OrderState.DENIED, now_s, now_s, reason=reason))

    def written(self, order_ref: str, now_s: float) -> None:
        order = self._orders[order_ref]
        if order.state is OrderState.INTENT:
            self._apply(order, Fact.WRITTEN, now_s)

    def withdrawn(self, order_ref: str, reason: str, now_s: float, fact: Fact = Fact.WITHDRAWN) -> None:
        """Not sent after all: a new order ends, a modification leaves the order as it was."""
        order = self._orders[order_ref]
        if order.modify is Overlay.REQUESTED and order.state is not OrderState.INTENT:
            self._keep(replace(order, modify=Overlay.NONE, pending=None, reason=reason, changed_at_s=now_s))
            return
        self._apply(replace(order, reason=reason), fact, now_s)

    def request_modify(self, order_ref: str, spec: OrderSpec, now_s: float) -> None:
        order = self._orders[order_ref]
        self._keep(replace(order, modify=Overlay.REQUESTED, pending=spec, reason="", changed_at_s=now_s))

    def request_cancel(self, order_ref: str, now_s: float) -> None:
        self._keep(replace(self._orders[order_ref], cancel=Overlay.REQUESTED, changed_at_s=now_s))

    # --- the clock and the link --------------------------------------------------------------------

    def woke(self, now_s: float) -> None:
        """What went unanswered too long is in doubt."""
        for order in tuple(self._orders.values()):
            deadline = _deadline(order)
            if deadline is None or now_s < deadline:
                continue
            self.pull = True
            if order.state is OrderState.SENT:
                waited = replace(order, reason="IB has not answered: whether it is placed is not known.")
                self._apply(waited, Fact.UNANSWERED, now_s)
            else:
                self._keep(_doubt_overlays(order, now_s))

    def link_lost(self, now_s: float) -> None:
        """Live orders keep working at IB, unseen; what was under way is in doubt."""
        for order in self.live():
            if order.state is OrderState.INTENT:
                reason = "The link was lost before it was sent."
                self._apply(replace(order, reason=reason), Fact.WITHDRAWN, now_s)
                continue
            doubtful = replace(_doubt_overlays(order, now_s), stale=True)
            if order.state is OrderState.SENT:
                reason = "The link was lost before IB answered: whether it is placed is not known."
                doubtful = replace(doubtful, reason=reason)
            self._apply(doubtful, Fact.UNANSWERED, now_s)

    # --- the gateway -------------------------------------------------------------------------------

    def reported(self, event: OrderReported, now_s: float) -> None:
        """openOrder or completedOrder: IB's terms are adopted; unknown orders are foreign ones."""
        order = self._find(event.order_ref, event.perm_id, event.client_id, event.order_id)
        if order is None:
            order = self._adopt(event, now_s)
        order = replace(
            order,
            spec=_merged(order.spec, event.spec),
            perm_id=event.perm_id or order.perm_id,
            order_id=event.order_id or order.order_id,
            terms=event.terms,
            stale=False,
        )
        if order.pending is not None and _same_terms(order.pending, event.spec):
            order = replace(order, pending=None, modify=Overlay.NONE)
        if event.completed and event.completed_words and not order.reason:
            order = replace(order, reason=event.completed_words)
        self._status(order, event.status, now_s)

    def status_reported(self, event: OrderStatusReported, now_s: float) -> None:
        """orderStatus: late, doubled or stale ones change nothing they should not."""
        order = self._find("", event.perm_id, event.client_id, event.order_id)
        if order is None:
            self.pull = True
            return
        order = replace(order, perm_id=event.perm_id or order.perm_id, stale=False)
        if event.why_held:
            order = replace(order, reason=f"Held: {event.why_held}.")
        self._status(order, event.status, now_s)

    def executed_event(self, event: ExecutionReported, now_s: float) -> bool:
        """True when the ledger learned something."""
        execution = event.execution
        if not self.ledger.add(execution):
            return False
        self.executed.add(execution.key)
        order = self._find(execution.order_ref, execution.perm_id, execution.client_id, execution.order_id)
        if order is not None:
            self._fill(order, execution, now_s)
        elif not event.replayed:
            self.pull = True
        return True

    def commission_reported(self, event: CommissionReported) -> None:
        execution = self.ledger.add_commission(event)
        if execution is not None:
            self.executed.add(execution.key)

    def message_reported(self, event: MessageReported, now_s: float) -> None:
        """An error or warning about an order: its class decides, unknown codes decide nothing."""
        order = self._find("", None, self.client_id, event.order_id or 0)
        if order is None:
            return
        words = in_words(event.code, event.text)
        order = replace(order, reason=words, code=event.code)
        kind = code_class(event.code)
        modifying = order.modify is not Overlay.NONE and order.state is not OrderState.INTENT
        if kind is CodeClass.CANCELLED:
            self._apply(order, Fact.CANCELLED, now_s)
        elif kind is CodeClass.CANCEL_FAILED:
            self.pull = True
            self._keep(replace(order, cancel=Overlay.NONE, changed_at_s=now_s))
        elif kind is CodeClass.MODIFY_FAILED or (modifying and kind in _REFUSALS):
            self.pull = True
            self._keep(replace(order, modify=Overlay.NONE, pending=None, changed_at_s=now_s))
        elif kind in _REFUSALS and not order.filled:
            self._apply(order, Fact.REFUSED, now_s)
        elif kind is CodeClass.IN_DOUBT:
            self._apply(order, Fact.UNCERTAIN, now_s)
        else:
            self.pull = self.pull or kind not in (CodeClass.WARNING, CodeClass.NOTICE)
            self._keep(order)

    def reconcile(self, snapshot: SnapshotCompleted, now_s: float) -> None:
        """A complete snapshot: executions first, then open, then completed; then who is absent."""
        for execution in snapshot.executions:
            self.executed_event(ExecutionReported(execution, replayed=True), now_s)
        seen: set[str] = set()
        for report in (*snapshot.orders, *snapshot.completed):
            self.reported(report, now_s)
            found = self._find(report.order_ref, report.perm_id, report.client_id, report.order_id)
            seen.update([found.order_ref] if found else [])
        self.pull = False
        for order in self.live():
            if order.order_ref in seen or order.state is OrderState.INTENT:
                continue
            if not order.stale and now_s - order.changed_at_s < ACK_DEADLINE_S:
                self.pull = True  # it may have been placed while the snapshot was being taken
            else:
                self._absent(order, snapshot.next_order_id, now_s)

    # --- inside ------------------------------------------------------------------------------------

    def _absent(self, order: Order, next_order_id: int | None, now_s: float) -> None:
        unseen = (
            order.perm_id is None
            and order.order_id is not None
            and next_order_id is not None
            and next_order_id <= order.order_id
        )
        if unseen:
            reason = "It never reached IB: nothing was placed."
            self._apply(replace(order, reason=reason, stale=False), Fact.NEVER_SEEN, now_s)
            return
        quantity, _ = filled(self._executions(order))
        if quantity >= order.spec.quantity:
            self._apply(order, Fact.FILLED_UP, now_s)
            return
        if order.state is OrderState.IN_DOUBT:
            return
        reason = "IB lists it neither as open nor as done. Look in TWS before placing it again."
        self._apply(replace(order, reason=reason), Fact.UNCERTAIN, now_s)

    def _status(self, order: Order, status: str, now_s: float) -> None:
        if status in CANCEL_PENDING:
            cancelling = order if order.state.is_final else replace(order, cancel=Overlay.REQUESTED)
            self._keep(replace(cancelling, changed_at_s=now_s))
            return
        fact = STATUS_FACTS.get(status)
        if fact is None:
            self._keep(order)
        elif fact is Fact.FILLED_STATUS and filled(self._executions(order))[0] >= order.spec.quantity:
            self._apply(order, Fact.FILLED_UP, now_s)
        else:
            self._apply(order, fact, now_s)

    def _fill(self, order: Order, execution: Execution, now_s: float) -> None:
        order = replace(order, perm_id=execution.perm_id or order.perm_id)
        quantity, price = filled(self._executions(order))
        full = quantity >= order.spec.quantity
        if quantity > order.spec.quantity:
            self.alarms.append(
                f"{order.spec.sentence()}: {quantity:f} filled, more than was ordered. Check TWS now."
            )
        order = replace(order, filled=quantity, avg_fill_price=price)
        self._apply(order, Fact.FILLED_UP if full else Fact.EXECUTED, now_s)

    def _apply(self, order: Order, fact: Fact, now_s: float) -> None:
        move = TRANSITIONS[order.state][fact]
        self.pull = self.pull or move.pull
        if move.alarm:
            self.alarms.append(f"{order.spec.sentence()}: {move.alarm}")
        if move.to is None or move.to is order.state:
            self._keep(order)
            return
        order = replace(order, state=move.to, changed_at_s=now_s)
        if move.to.is_final:
            order = replace(order, cancel=Overlay.NONE, modify=Overlay.NONE, pending=None, stale=False)
        if move.to in (OrderState.WORKING, OrderState.HELD, OrderState.FILLED) and order.code is None:
            order = replace(order, reason="")
        self._keep(order)

    def _executions(self, order: Order) -> list[Execution]:
        return self.ledger.of_order(order.perm_id, order.client_id, order.order_id)

    def _adopt(self, event: OrderReported, now_s: float) -> Order:
        reference = event.order_ref or f"ib-{event.perm_id or (event.client_id, event.order_id)}"
        if reference in self._orders:
            reference = f"{reference}-{event.perm_id}"
        order = Order(
            reference,
            event.spec,
            OrderState.SENT,
            now_s,
            now_s,
            order_id=event.order_id,
            perm_id=event.perm_id,
            client_id=event.client_id,
            own=event.client_id == self.client_id,
        )
        quantity, price = filled(self._executions(order))
        return replace(order, filled=quantity, avg_fill_price=price)

    def _find(
        self, order_ref: str, perm_id: int | None, client_id: int | None, order_id: int
    ) -> Order | None:
        reference: str | None = order_ref if order_ref in self._orders else None
        if reference is None and perm_id:
            reference = self._by_perm.get(perm_id)
        if reference is None and order_id:
            reference = self._by_id.get((client_id, order_id))
        found = self._orders.get(reference) if reference is not None else None
        if found is not None and perm_id and found.perm_id and found.perm_id != perm_id:
            return None
        return found

    def _keep(self, order: Order) -> Order:
        if self._orders.get(order.order_ref) == order:
            return order
        self._orders[order.order_ref] = order
        self._due_is_old = True
        self.changed.add(order.order_ref)
        if order.perm_id:
            self._by_perm[order.perm_id] = order.order_ref
        if order.order_id:
            self._by_id[(order.client_id, order.order_id)] = order.order_ref
        return order


_REFUSALS = frozenset({CodeClass.ORDER_FATAL, CodeClass.DATA_ENDS})
"""200 and 321 end a request; on an order id that was just placed they end the order."""


def _deadline(order: Order) -> float | None:
    if order.state is OrderState.SENT and order.own:
        return order.changed_at_s + ACK_DEADLINE_S
    if Overlay.REQUESTED in (order.cancel, order.modify) and order.is_live:
        return order.changed_at_s + OVERLAY_DEADLINE_S
    return None


def _doubt_overlays(order: Order, now_s: float) -> Order:
    def doubt(overlay: Overlay) -> Overlay:
        return Overlay.IN_DOUBT if overlay is Overlay.REQUESTED else overlay

    return replace(order, cancel=doubt(order.cancel), modify=doubt(order.modify), changed_at_s=now_s)


def _merged(ours: OrderSpec, theirs: OrderSpec) -> OrderSpec:
    """IB's terms, with our fuller contract where it is the same one."""
    contract = ours.contract if ours.contract.con_id == theirs.contract.con_id else theirs.contract
    return replace(theirs, contract=contract)


def _same_terms(wanted: OrderSpec, held: OrderSpec) -> bool:
    return (wanted.quantity, wanted.limit_price, wanted.stop_price) == (
        held.quantity,
        held.limit_price,
        held.stop_price,
    )
