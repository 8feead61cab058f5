"""Following one order's life: each fact through the table, each fill through the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from core.domain.codes import CodeClass, code_class, in_words
from core.domain.events import (
    CommissionReported,
    ExecutionReported,
    MessageReported,
    OrderReported,
    OrderStatusReported,
)
from core.domain.order import Leg, Order, OrderSpec, OrderState, Overlay
from core.domain.replacing import replace
from core.orders.ledger import filled
from core.orders.lifecycle import STATUS_FACTS, TRANSITIONS, Fact
from core.orders.register import UNANSWERED, Register
from core.orders.terms import confirms, differences, is_the_same_trade, merged

_REFUSALS = frozenset({CodeClass.ORDER_FATAL, CodeClass.DATA_ENDS})
"""200 and 321 end a request; on an order id that was just placed they end the order."""
_UNCERTAIN = frozenset({CodeClass.IN_DOUBT, CodeClass.THROTTLED})
FILLED_UNTOLD = "IB lists it as filled; its executions are not in today's list."
_ALIVE = frozenset({Fact.PENDING, Fact.HELD, Fact.WORKING})
_ALIVE_AGAIN = frozenset({OrderState.WORKING, OrderState.HELD, OrderState.FILLED})


class Tracker(Register):
    """What the gateway says of orders; the blotter adds what silence and the trader say."""

    def __init__(self) -> None:
        super().__init__()
        self._up_since_s: float | None = None
        self._refused: set[str] = set()
        """Refused, or a change of them was; those that IB has not been heard to work since."""

    @property
    def is_cut_off(self) -> bool:
        """IBKR is out of reach: what the gateway says it says from memory."""
        return self._up_since_s is None

    def reported(self, event: OrderReported, now_s: float, *, listed: bool = False) -> Order:
        """openOrder or completedOrder: IB's terms are adopted; unknown orders are foreign ones.

        `listed`: by a complete snapshot, so that no execution is on its way that it does not hold.
        """
        order = self._matching(event)
        if order is None:
            order = self._adopt(event, now_s)
        elif self._is_second(order, event.perm_id):
            return self._leg_reported(order, event, now_s, listed=listed)
        order = self._with_terms(order, event)
        if event.completed and event.completed_words and not order.reason:
            order = replace(order, reason=event.completed_words)
        status = _acknowledgement(order, event)
        order = _told_filled(order, event.filled, for_good=listed)
        return self._status(self._claiming(order), status, now_s)

    def status_reported(self, event: OrderStatusReported, now_s: float) -> None:
        """orderStatus: late, doubled or stale ones change nothing they should not."""
        order = self._find("", event.perm_id, event.client_id, event.order_id)
        if order is None:
            self.pull = True
            return
        if order.legs:
            self._leg_status(order, event, now_s)
            return
        stale = order.stale and self.is_cut_off
        order = replace(order, perm_id=order.perm_id or event.perm_id, stale=stale)
        order = _told_filled(order, event.filled)
        order = self._status(self._claiming(order), event.status, now_s)
        if event.why_held:
            self._keep(replace(order, reason=f"Held: {event.why_held}."))

    def executed_event(self, event: ExecutionReported, now_s: float) -> bool:
        """True when the ledger learned something."""
        one = event.execution
        is_revision = self.ledger.knows(one.key)
        if not self.ledger.add(one):
            return False
        self.executed.add(one.key)
        order = self._orders.get(self.ledger.owner(one.key)) or self._find_executed(one)
        if order is None:
            self.pull = self.pull or not event.replayed
            return True
        self.ledger.claim(one.key, order.order_ref)
        if self._is_second(order, one.perm_id):
            order = self._in_conflict(order, one.perm_id or 0, one.order_id, "", now_s)
        elif not order.perm_id and one.perm_id:
            order = self._claiming(replace(order, perm_id=one.perm_id))
        self._fill(order, Fact.REVISED if is_revision else Fact.EXECUTED, now_s)
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
        if not order.state.is_final or order.code is None:
            order = replace(order, reason=in_words(event.code, event.text), code=event.code)
        kind = code_class(event.code)
        if order.legs:
            self._message_to_legs(order, kind, now_s)
        elif kind is CodeClass.CANCELLED:
            self._apply(order, Fact.CANCELLED, now_s)
        elif kind is CodeClass.CANCEL_FAILED:
            self._apply(order, Fact.CANCEL_REFUSED, now_s)
        elif self._concerns_modification(order, kind):
            self.pull = True
            if kind is CodeClass.ORDER_FATAL:
                self._refused.add(order.order_ref)
            self._keep(replace(order, modify=Overlay.NONE, pending=None, changed_at_s=now_s))
        elif kind in _UNCERTAIN:
            self._uncertain(order, now_s)
        elif self._refuses(order, kind):
            self._apply(order, Fact.REFUSED_IN_PART if order.filled else Fact.REFUSED, now_s)
        else:
            self.pull = self.pull or kind not in (CodeClass.WARNING, CodeClass.NOTICE)
            self._apply(order, Fact.NOTED, now_s)

    # --- messages ----------------------------------------------------------------------------------

    def _concerns_modification(self, order: Order, kind: CodeClass) -> bool:
        """A refusal may come late or twice: what was changed since IB had it, only IB's lists can end."""
        if order.order_ref in self._amended and kind in _REFUSALS:
            return order.is_live
        return kind is CodeClass.MODIFY_FAILED and order.state not in UNANSWERED

    def _refuses(self, order: Order, kind: CodeClass) -> bool:
        # 320 to 323 and 200 end requests; an order that IB already has is not one.
        return kind is CodeClass.ORDER_FATAL or (kind is CodeClass.DATA_ENDS and order.state in UNANSWERED)

    def _uncertain(self, order: Order, now_s: float) -> None:
        """512, 515, 10328: what was asked last may not have arrived; the order itself, if it was the asked."""
        if order.is_live and Overlay.REQUESTED in (order.cancel, order.modify):
            self.pull = True
            self._keep(doubt_overlays(order, now_s))
        else:
            self._apply(order, Fact.UNCERTAIN, now_s)

    def _message_to_legs(self, order: Order, kind: CodeClass, now_s: float) -> None:
        """It names the order id that all legs share: only where one leg lives is it clear which is meant."""
        self.pull = True
        living = [leg for leg in order.legs if not leg.state.is_final]
        if kind is CodeClass.CANCELLED and len(living) == 1:
            self._in_conflict(order, living[0].perm_id, 0, "Cancelled", now_s)
        elif kind is CodeClass.CANCEL_FAILED:
            self._keep(replace(order, cancel=Overlay.NONE))
        else:
            self._keep(order)

    # --- identity ----------------------------------------------------------------------------------

    def _matching(self, event: OrderReported) -> Order | None:
        """Where an id was given out twice it is another order, whatever number it bears."""

        def fits(order: Order) -> bool:
            return is_the_same_trade(order.spec, event.spec)

        order = self._find(event.order_ref, event.perm_id, event.client_id, event.order_id, fits)
        return order if order is not None and fits(order) else None

    def _is_second(self, order: Order, perm_id: int | None) -> bool:
        """IB works one intent of ours under another permanent id than the one it is known by."""
        if order.legs:
            return True
        return bool(
            perm_id and order.perm_id and perm_id != order.perm_id and order.order_ref in self._intended
        )

    def _is_own(self, event: OrderReported) -> bool:
        """An order of TWS that is not bound to a client bears no id, and no client can change it."""
        return event.client_id == self.client_id and bool(event.order_id) and not event.completed

    def _adopt(self, event: OrderReported, now_s: float) -> Order:
        own = self._is_own(event)
        identity = event.perm_id or f"{event.client_id}-{event.order_id}"
        # The list of completed orders names no client: there the reference alone says whose it is.
        known = event.order_ref and (own or event.completed)
        reference = event.order_ref if known else f"ib-{identity}"
        if reference in self._orders:
            reference = f"{reference}-{identity}"
        filled_in = event.filled if event.status == "Filled" and event.filled else event.spec.quantity
        return Order(
            reference,
            replace(event.spec, quantity=event.spec.quantity or filled_in),
            OrderState.SENT,
            now_s,
            now_s,
            order_id=event.order_id,
            perm_id=event.perm_id,
            client_id=event.client_id,
            own=own,
            gateway=self.gateway,
        )

    def _claiming(self, order: Order) -> Order:
        """With the executions that came before it could be told whose they are."""
        self._keep(order)
        claimed = False
        for one in self.ledger.unclaimed():
            if self._find_executed(one) == order:
                self.ledger.claim(one.key, order.order_ref)
                claimed = True
        if not claimed:
            return order
        quantity, price = filled(self.ledger.of_order(order.order_ref), order.spec.contract)
        return self._keep(replace(order, filled=quantity, avg_fill_price=price))

    def _with_terms(self, order: Order, event: OrderReported) -> Order:
        """IB's terms count; what neither we asked for nor IB had before, somebody else changed."""
        ours = order.order_ref in self._intended
        # Words of IB's own mean that `spec` is only the nearest: of ours we know better.
        spec = order.spec if ours and event.terms else merged(order.spec, event.spec, fully=not ours)
        changed = differences(order.spec, spec)
        held = spec if ours and event.terms else event.spec
        confirmed = order.pending is not None and confirms(held, order.pending, order.spec)
        if changed and not confirmed and ours and not order.state.is_final:
            order = replace(order, external=changed)
            self.news.append(f"{order.spec.sentence()}: changed at IB: {changed}.")
        if confirmed and order.pending is not None:
            spec = merged(order.pending, held, fully=False)
        order = replace(
            order,
            spec=spec,
            perm_id=order.perm_id or event.perm_id,
            order_id=event.order_id or order.order_id,
            own=order.own or self._is_own(event),
            client_id=order.client_id if event.client_id is None or ours else event.client_id,
            terms="" if ours else event.terms,
            stale=order.stale and self.is_cut_off,
        )
        return replace(order, pending=None, modify=Overlay.NONE) if confirmed else order

    # --- two orders of one intent ------------------------------------------------------------------

    def _leg_reported(self, order: Order, event: OrderReported, now_s: float, *, listed: bool) -> Order:
        """Each leg has terms of its own; those of the id that the order is known by are the order's."""
        if event.perm_id == order.perm_id:
            order = self._with_terms(order, event)
        perm_id = event.perm_id or 0
        return self._in_conflict(order, perm_id, event.order_id, event.status, now_s, event.spec, listed)

    def _leg_status(self, order: Order, event: OrderStatusReported, now_s: float) -> None:
        """Fills that IB counted when the leg ended, and whose executions have not come."""
        over = {leg.perm_id for leg in order.legs if leg.state.is_final}
        order = self._in_conflict(order, event.perm_id or 0, event.order_id, event.status, now_s)
        for leg in order.legs:
            if leg.perm_id == event.perm_id and leg.state.is_final and leg.perm_id not in over:
                self.pull = self.pull or self._filled_of(order, leg) < event.filled

    def _in_conflict(
        self,
        order: Order,
        perm_id: int,
        order_id: int,
        status: str,
        now_s: float,
        spec: OrderSpec | None = None,
        listed: bool = False,
    ) -> Order:
        """A fact about one leg of an order that IB works under several permanent ids."""
        legs = {leg.perm_id: leg for leg in order.legs}
        if not legs and order.perm_id:
            legs[order.perm_id] = Leg(order.perm_id, order.state, order.order_id)
            self._alarm(
                order, "IB works it twice, under two permanent ids. Both may fill; a cancel goes to both."
            )
        if perm_id:
            leg = legs.get(perm_id) or Leg(perm_id, OrderState.SENT, order_id or order.order_id)
            legs[perm_id] = replace(leg, state=_leg_state(leg.state, status), spec=_leg_spec(leg, spec))
        if listed:
            legs = {key: replace(leg, untold=self._is_short(order, leg)) for key, leg in legs.items()}
        state = self._state_of_conflict(order, legs.values())
        alarm = order.alarm or self._orders[order.order_ref].alarm
        is_news = (_leg_states(legs.values()), state) != (_leg_states(order.legs), order.state)
        return self._keep(
            replace(
                order,
                legs=tuple(legs.values()),
                state=state,
                alarm=alarm,
                stale=order.stale and self.is_cut_off,
                changed_at_s=now_s if is_news else order.changed_at_s,
                cancel=Overlay.NONE if state.is_final else order.cancel,
                modify=Overlay.NONE if state.is_final else order.modify,
                pending=None if state.is_final else order.pending,
            )
        )

    def _state_of_conflict(self, order: Order, legs: Collection[Leg]) -> OrderState:
        """In conflict until every leg is over; and only executions fill one, or a list that says so for good."""
        is_over = all(leg.state.is_final for leg in legs)
        if is_over and order.state.is_final:
            return OrderState.FILLED if order.is_full else order.state
        short = [leg for leg in legs if self._is_short(order, leg)]
        if any(not leg.untold for leg in short):
            self.pull = True
            return OrderState.CONFLICT
        if not is_over:
            return OrderState.CONFLICT
        if short:
            self.alarms.append(f"{order.spec.sentence()}: {FILLED_UNTOLD}")
        return OrderState.FILLED if order.is_full or short else OrderState.CANCELLED

    def _is_short(self, order: Order, leg: Leg) -> bool:
        """IB says that this leg is filled, and its executions do not."""
        if leg.state is not OrderState.FILLED or order.is_full:
            return False
        return self._filled_of(order, leg) < (leg.spec or order.spec).quantity

    def _filled_of(self, order: Order, leg: Leg) -> Decimal:
        told = [one for one in self.ledger.of_order(order.order_ref) if one.perm_id == leg.perm_id]
        return filled(told, order.spec.contract)[0]

    # --- the table ---------------------------------------------------------------------------------

    def _status(self, order: Order, status: str, now_s: float) -> Order:
        fact = STATUS_FACTS.get(status)
        if fact is None:
            return self._keep(order)
        if order.legs:
            return self._in_conflict(order, order.perm_id or 0, 0, status, now_s)
        if fact is Fact.FILLED_STATUS and (order.is_full or _is_full_as_told(order)):
            fact = Fact.FILLED_UP
        if fact in _ALIVE:
            self._refused.discard(order.order_ref)
        if fact in _ALIVE and order.state is OrderState.FILLED and not _fills_up(order):
            self.pull = True  # it was made larger while it filled
        if fact is Fact.HELD and order.filled:
            fact = Fact.WORKING  # what has traded is not waiting to be elected
        return self._apply(order, fact, now_s)

    def _fill(self, order: Order, fact: Fact, now_s: float) -> None:
        before = order.filled
        quantity, price = filled(self.ledger.of_order(order.order_ref), order.spec.contract)
        order = replace(order, filled=quantity, avg_fill_price=price)
        size = order.spec.quantity
        if quantity < before:  # what IB said before, it has taken back
            order = replace(order, said_filled=max(quantity, order.said_filled - (before - quantity)))
        elif fact is Fact.REVISED and not size:
            fact = Fact.NOTED
        if order.legs:
            self._in_conflict(order, 0, 0, "", now_s)
            if before <= size < quantity and size:
                self._alarm(self._orders[order.order_ref], "More was filled than was ordered. Check TWS now.")
            return
        if quantity > size > 0:
            fact = Fact.OVERFILLED if quantity > before else Fact.NOTED
        elif order.is_full:
            fact = Fact.FILLED_UP
            self.pull = self.pull or (order.pending is not None and order.pending.quantity > quantity)
        elif quantity == before:
            fact = Fact.NOTED  # a combination's leg, or a correction of the price alone
        self._apply(order, fact, now_s)

    def _apply(self, order: Order, fact: Fact, now_s: float) -> Order:
        if fact in STATUS_FACTS.values() and order.sealed:
            return self._keep(order)
        move = TRANSITIONS[order.state][fact]
        self.pull = self.pull or move.pull
        before = order.state
        if move.cancel is not None:
            order = replace(order, cancel=move.cancel, changed_at_s=now_s)
        if move.to is not None and move.to is not before:
            order = replace(order, state=move.to, changed_at_s=now_s)
            if move.to.is_final:
                order = replace(order, cancel=Overlay.NONE, modify=Overlay.NONE, pending=None, stale=False)
            elif before.is_final or before is OrderState.IN_DOUBT:
                order = replace(order, sealed=False)
            if move.to in _ALIVE_AGAIN and order.code is None:
                order = replace(order, reason="")
        if move.alarm:
            order = self._alarm(order, move.alarm)
        self._tell(order, before)
        return self._keep(order)

    def _tell(self, order: Order, before: OrderState) -> None:
        """Into a doubt, and out of it: the trader hears both."""
        if order.state is before:
            return
        if order.state is OrderState.IN_DOUBT:
            self.alarms.append(f"{order.spec.sentence()}: in doubt. {order.reason}".strip())
        elif before is OrderState.IN_DOUBT:
            self._say(order, f"no longer in doubt: {order.state}.")

    def _alarm(self, order: Order, words: str) -> Order:
        self.alarms.append(f"{order.spec.sentence()}: {words}")
        return self._keep(replace(order, alarm=words))


def doubt_overlays(order: Order, now_s: float) -> Order:
    """A cancel or modification that nobody has answered."""

    def doubt(overlay: Overlay) -> Overlay:
        return Overlay.IN_DOUBT if overlay is Overlay.REQUESTED else overlay

    return replace(order, cancel=doubt(order.cancel), modify=doubt(order.modify), changed_at_s=now_s)


def _acknowledgement(order: Order, event: OrderReported) -> str:
    """The status; a word that is not known says at least that IB has an order that it had not answered."""
    unknown = event.status not in STATUS_FACTS and not event.completed
    return "PendingSubmit" if unknown and order.state in UNANSWERED else event.status


def _told_filled(order: Order, told: Decimal | None, *, for_good: bool = False) -> Order:
    """IB's own figure; a late status cannot lower it, a complete list can."""
    if told is None or told == order.said_filled or (told < order.said_filled and not for_good):
        return order
    return replace(order, said_filled=told)


def _is_full_as_told(order: Order) -> bool:
    """Where IB does not tell the quantity, its own figure of what is filled takes its place."""
    return not order.spec.quantity and 0 < order.said_filled <= order.filled


def _fills_up(order: Order) -> bool:
    return order.is_full or not order.spec.quantity


def _leg_spec(leg: Leg, spec: OrderSpec | None) -> OrderSpec | None:
    if spec is None or spec.quantity or leg.spec is None:
        return spec or leg.spec
    return replace(spec, quantity=leg.spec.quantity)


def _leg_states(legs: Iterable[Leg]) -> list[tuple[int, OrderState]]:
    return [(leg.perm_id, leg.state) for leg in legs]


def _leg_state(state: OrderState, status: str) -> OrderState:
    if status == "Filled":
        return OrderState.FILLED
    fact = STATUS_FACTS.get(status)
    return state if fact is None else TRANSITIONS[state][fact].to or state
