"""Cancel and replace, where IB takes no change: the old order is gone for certain before the new one is sent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.desk.dealing import Dealing
from core.desk.trading import Trading
from core.domain.due import earliest
from core.domain.events import ReplacementChanged
from core.domain.order import Order, OrderSpec, OrderState, Overlay
from core.domain.replacement import Replacement
from core.domain.requests import CommitIntent, PlaceOrder, Record, Request
from core.domain.verdict import Ask, Denied, Objection
from core.orders.families import children_of, tied_to
from core.orders.replacements import UnderWay
from core.risk import gate
from core.risk.group import Supposed
from core.risk.rule import plain

UNTIED = "ExitsUntied"
MORE_THAN_LEFT = "MoreThanLeft"
EXECUTIONS_WITHIN_S = 10.0
"""IB said that more was filled than its executions have told: so long the new order waits for them."""
_NAME = "Replacement"
_CONFIRMED = frozenset({OrderState.ACCEPTED, OrderState.HELD, OrderState.WORKING, OrderState.INACTIVE})
_STANDS = frozenset({OrderState.HELD, OrderState.WORKING, OrderState.FILLED})


class Replacing(Trading):
    """The wish, and what becomes of it. Whatever is not certain ends it: no order is ever sent on a guess."""

    def why_not_replace(self, order_ref: str) -> str:
        """Why an order cannot be cancelled and replaced; "" when it can."""
        order = self._blotter.order(order_ref)
        if words := self.why_not_cancel(order_ref):
            return words
        if order is None or order.state not in _CONFIRMED:
            return "IB has not confirmed the order yet: it cannot be replaced before."
        if order.cancel is not Overlay.NONE or order.modify is not Overlay.NONE:
            return "A cancel or a change of it is on its way."
        live = self._blotter.live()
        if children_of(order, live):
            return "Its exits would be cancelled with it: cancel the bracket and place it anew."
        if any(order in children_of(one, live) for one in live):
            return "It waits for its entry: cancel the bracket and place it anew."
        return ""

    def assess_replacement(self, order_ref: str, spec: OrderSpec, now_s: float) -> tuple[Objection, ...]:
        """Every objection to `spec` in the place of an order, worst first, for checks while typing."""
        self.now_s = max(self.now_s, now_s)
        order = self._blotter.order(order_ref)
        return () if order is None else self._raised(order, self._in_place_of(order, spec))

    def cancel_and_replace(
        self, order_ref: str, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | list[Request]:
        """Cancel an order, and place `spec` once IB has said that it is gone, if the gate still lets it pass.

        `spec.quantity` is what the new order is for; what fills of the old one until it is gone is taken off.
        """
        self.now_s = max(self.now_s, now_s)
        self._probe_if_silent()
        order = self._blotter.order(order_ref)
        if (words := self.why_not_replace(order_ref)) or order is None:
            return Denied((Objection(_NAME, "", "", words),))
        spec = self._in_place_of(order, spec)
        raised = self._raised(order, spec)
        if any(one.hard for one in raised):
            denied = Denied(raised)
            self._judged(denied)
            self._tell_denial(order_ref, denied)
            return denied
        if left := tuple(one for one in raised if one.rule not in acknowledged):
            return Ask(left)
        # Told before the cancel goes: whatever happens next, the journal says what was meant.
        self._tell_replacement(Replacement(order_ref, spec, self.now_s, order.remaining))
        tied = tuple((one.order_ref, one.filled) for one in tied_to(order, self._blotter.live()))
        answer = self.cancel(order_ref, self.now_s)
        if isinstance(answer, Denied):
            self._end_replacement(order_ref, answer.words)
        else:
            self._replacements.under_way[order_ref] = UnderWay(acknowledged, tied)
        return answer

    # --- judging -----------------------------------------------------------------------------------

    def _in_place_of(self, order: Order, spec: OrderSpec) -> OrderSpec:
        return self._completed(replace(spec, account=order.spec.account, parent_id=0, transmit=True))

    def _raised(self, order: Order, spec: OrderSpec) -> tuple[Objection, ...]:
        looked = (_another(order, spec), _more_than_left(order, spec), self._untied(order, spec))
        own = tuple(found for found in looked if found)
        raised = (*own, *gate.assess(spec, Supposed(self, without=order.order_ref)))
        return tuple(sorted(raised, key=lambda one: not one.hard))

    def _untied(self, order: Order, spec: OrderSpec) -> Objection | None:
        """A new order is no part of the old one's bracket or group, unless it names the group."""
        others = tied_to(order, self._blotter.live())
        if not others or (spec.oca is not None and spec.oca == order.spec.oca):
            return None
        named = "; ".join(one.spec.sentence() for one in others[:2])
        words = f"The new order is not tied to {named}: a fill of one does not cancel the other."
        return Objection(UNTIED, f"{len(others)} tied to the old order", "none", words, hard=False)

    # --- what becomes of it ------------------------------------------------------------------------

    def _replacement_restored(self, event: ReplacementChanged) -> None:
        self._replacements.keep(event.replacement)

    def _follow_old(self, one: Replacement, order: Order) -> None:
        if order.state is OrderState.CANCELLED:
            if one.gone_at_s is None:
                one = self._tell_replacement(replace(one, gone_at_s=self.now_s))
            if order.filled >= order.said_filled:
                self._place_new(one, order)
            elif self.now_s >= self._executions_due_s(one):
                words = f"IB says that {plain(order.said_filled)} of the old order were filled, its executions do not."
                self._end_replacement(one.order_ref, words)
        elif order.state.is_final:
            self._end_replacement(one.order_ref, f"The old order is {order.state}.")
        elif order.stale or order.cancel is Overlay.IN_DOUBT or order.state not in _CONFIRMED:
            words = "IB has not confirmed the cancel: the old order may still work."
            self._end_replacement(one.order_ref, words)
        elif order.cancel is Overlay.NONE:
            self._end_replacement(one.order_ref, "IB did not take the cancel: the old order works on.")

    def _place_new(self, one: Replacement, old: Order) -> None:
        """Through the whole gate once more: the market and the account have moved since it was asked."""
        asked = self._replacements.under_way[one.order_ref]
        quantity = one.spec.quantity - max(Decimal(0), one.left - old.remaining)
        if moved := self._moved(asked.tied):
            self._end_replacement(
                one.order_ref, f"Meanwhile {moved} filled: what was left to do has changed."
            )
            return
        if quantity <= 0:
            self._end_replacement(one.order_ref, "The old order filled before it was gone: nothing is left.")
            return
        verdict = self.submit(replace(one.spec, quantity=quantity), self.now_s, asked.acknowledged)
        if isinstance(verdict, PlaceOrder):
            self._tell_replacement(replace(one, new_ref=verdict.order_ref))
            place = (("order", old.order_ref), ("terms", old.spec.sentence()))
            self._to_do += [CommitIntent(verdict), Record("replaces", verdict.order_ref, place)]
        else:
            words = " ".join(objection.words for objection in verdict.objections)
            self._end_replacement(one.order_ref, words)

    def _moved(self, tied: tuple[tuple[str, Decimal], ...]) -> str:
        """The sentence of the first order of the group that has filled since; "" when none has."""
        now = [(self._blotter.order(order_ref), filled) for order_ref, filled in tied]
        moved = (one for one, filled in now if one is not None and one.filled != filled)
        return next((one.spec.sentence() for one in moved), "")

    def _follow_new(self, one: Replacement, order: Order) -> None:
        if order.state in _STANDS and not order.stale:
            self._replacements.end(one.order_ref)
            one = self._tell_replacement(replace(one, stood_at_s=self.now_s))
            gap = (("seconds", f"{one.gap_s:.3f}"), ("at most", f"{one.gap_at_most_s:.3f}"))
            self._to_do.append(Record("stood", one.new_ref, gap))
        elif order.state.is_final:
            self._end_replacement(one.order_ref, f"The new order is {order.state}. {order.reason}".strip())

    def _end_replacement(self, order_ref: str, words: str) -> None:
        """No new order stands: said aloud, as the old one may be gone already."""
        self._replacements.end(order_ref)
        one = self._tell_replacement(replace(self._replacements[order_ref], fault=words))
        self._note("error", f"{self._sentence(order_ref)} was not replaced by {one.spec.sentence()}. {words}")

    def _tell_replacement(self, one: Replacement) -> Replacement:
        self._to_do.append(Record("replacement", one.order_ref, fact=ReplacementChanged(one)))
        return self._replacements.keep(one)

    def _executions_due_s(self, one: Replacement) -> float:
        return (self.now_s if one.gone_at_s is None else one.gone_at_s) + EXECUTIONS_WITHIN_S

    # --- every step --------------------------------------------------------------------------------

    def resume(self, before: Dealing) -> None:
        super().resume(before)
        self._replacements = before._replacements
        self._replacements.restarted()

    def _due_at_s(self) -> float | None:
        waiting = (self._replacements[order_ref] for order_ref in self._replacements.under_way)
        late = [
            self._executions_due_s(one) for one in waiting if one.gone_at_s is not None and not one.new_ref
        ]
        return earliest(super()._due_at_s(), *late)

    def _finish(self, out: list[Request]) -> list[Request]:
        for order_ref in tuple(self._replacements.under_way):
            one = self._replacements[order_ref]
            order = self._blotter.order(one.new_ref or order_ref)
            if order is not None:
                (self._follow_new if one.new_ref else self._follow_old)(one, order)
        return super()._finish(out)


def _another(order: Order, spec: OrderSpec) -> Objection | None:
    """What is no replacement, but another order altogether."""
    for what, was, now in (
        ("contract", order.spec.contract.con_id, spec.contract.con_id),
        ("side", order.spec.side, spec.side),
    ):
        if was != now:
            words = (
                f"An order with another {what} is no replacement: cancel the old one and place the new one."
            )
            return Objection(_NAME, str(now), str(was), words)
    return None


def _more_than_left(order: Order, spec: OrderSpec) -> Objection | None:
    if spec.quantity <= order.remaining:
        return None
    new, left = plain(spec.quantity), plain(order.remaining)
    words = f"The new order is for {new}, and of the old one only {left} are left to fill."
    return Objection(MORE_THAN_LEFT, new, left, words, hard=False)
