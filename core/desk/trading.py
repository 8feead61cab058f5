"""What stands over single orders: groups that go together, what-ifs, the trading state, the kill switch, the limits."""

from __future__ import annotations

from dataclasses import replace

from core.desk.dealing import Dealing
from core.domain.bracket import BracketSpec, GroupSpec
from core.domain.combo import combo, why_not_combo
from core.domain.contract import Contract
from core.domain.events import (
    CancelRequested,
    ExecutionReported,
    IntentRestored,
    PreviewReported,
    TradingChanged,
)
from core.domain.limits import Permissions, RiskLimits
from core.domain.order import OrderSpec, Overlay
from core.domain.preview import Preview
from core.domain.requests import GlobalCancel, PlaceOrder, PreviewOrder, Record, Request
from core.domain.topics import Topic
from core.domain.trading import TradingState
from core.domain.verdict import Ask, Denied, Objection
from core.risk import gate, previews
from core.risk.rule import objected
from core.risk.tighten import tighten, tighten_permissions

GroupVerdict = Denied | Ask | tuple[PlaceOrder, ...]
_OWN_MARGIN_RULE = "MarginTooLow"
"""The one objection that a what-if is there to settle."""


class Trading(Dealing):
    """Everything a wish does goes through `Dealing`; this counts it and says what may be wished at all."""

    # --- groups --------------------------------------------------------------------------------------

    def assess_group(self, group: GroupSpec, now_s: float) -> tuple[Objection, ...]:
        """Every rule's worst objection to any order of the group, for checks while typing."""
        self.now_s = max(self.now_s, now_s)
        return gate.assess_group(self._completed_group(group), self)

    def submit_group(
        self, group: GroupSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> GroupVerdict:
        """Judge orders that go together. PlaceOrders are intents: commit every one, then step them in order."""
        self.now_s = max(self.now_s, now_s)
        self._probe_if_silent()
        group = self._completed_group(group)
        verdict = gate.judge_group(group, self, acknowledged)
        if isinstance(verdict, Denied):
            self._deny_group(group, verdict)
            return verdict
        if isinstance(verdict, Ask):
            return verdict
        placed = group.expand(self._ids.take)
        approved = gate.approve_group(group, self, acknowledged, placed)
        assert isinstance(approved, tuple)  # judged a moment ago, and nothing has happened since
        raised = gate.assess_group(group, self)
        places = tuple(
            PlaceOrder(self._new_ref(), one.order_id, leave)
            for one, leave in zip(placed, approved, strict=True)
        )
        for place in places:
            spec = place.approved.spec
            mid = self._arrival_mid(spec)
            self._blotter.intend(place.order_ref, place.order_id, spec, self.now_s, arrival_mid=mid)
            self._staged[place.order_ref] = place
            self._trading.order_sent(self.now_s, self.limits)
        # A bracket is one wish: its parent counts for duplicates and for the rate.
        self._remember_submission(replace(placed[0].spec, transmit=True))
        self._tell_taken_on(places[0], raised)
        return places

    def combine(self, legs: tuple[tuple[int, int, str], ...]) -> Contract | str:
        """The combo of (con_id, ratio, side), ready to be watched and traded; words when there is none."""
        known = [(self.details(con_id), ratio, side) for con_id, ratio, side in legs]
        found = [(details, ratio, side) for details, ratio, side in known if details is not None]
        if len(found) < len(known):
            return "The rules of a leg are not known yet: look the contract up first."
        if words := why_not_combo(found):
            return words
        details = combo(found)
        self._details[details.contract.con_id] = details
        self._touch(Topic.CONTRACT, details.contract.con_id)
        return details.contract

    def _completed_group(self, group: GroupSpec) -> GroupSpec:
        if isinstance(group, BracketSpec):
            return replace(group, parent=self._completed(group.parent))
        return replace(group, closing=self._completed(group.closing))

    def _deny_group(self, group: GroupSpec, verdict: Denied) -> None:
        self._note("warning", f"Denied: {group.sentence()}. {verdict.words}")
        spec = group.parent if isinstance(group, BracketSpec) else group.closing
        told = (("order", group.sentence()), *objected(verdict.objections))
        self._to_do.append(Record("denied group", str(spec.contract.con_id), told))
        self._judged(verdict)

    # --- what-ifs ------------------------------------------------------------------------------------

    def ask_preview(self, spec: OrderSpec, now_s: float) -> str | list[Request]:
        """Ask IB what an order would do; words when it cannot be asked. Answered in `preview(spec)`."""
        self.now_s = max(self.now_s, now_s)
        spec = self._completed(spec)
        if not self._link.view.is_ready:
            return f"No preview: {self._link.view.words}"
        if self._previews.waiting is not None:
            return "No preview: IB is still answering the one before."
        for objection in gate.assess(spec, self):
            if objection.hard and objection.rule != _OWN_MARGIN_RULE:
                return f"No preview: {objection.words}"
        order_id = self._ids.take()
        self._previews.asked(order_id, spec)
        return self._finish([PreviewOrder(order_id, spec, previews.DEADLINE_S)])

    def preview_of(self, spec: OrderSpec) -> Preview | None:
        """`preview` for a specification as the ticket has it, before the desk completed it."""
        return self.preview(self._completed(spec))

    def _preview_reported(self, event: PreviewReported) -> None:
        if self._previews.answered(event.order_id, replace(event.preview, at_s=self.now_s)):
            for spec in self._previews.changed:
                self._touch(Topic.PREVIEW, spec)
            self._previews.changed.clear()

    # --- the trading state -----------------------------------------------------------------------------

    def halt(self, reason: str, now_s: float) -> list[Request]:
        """Nothing goes out but cancels, until someone resumes."""
        self.now_s = max(self.now_s, now_s)
        self._trading.halt(reason, self.now_s)
        return self._finish([])

    def reduce_only(self, reason: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        self._trading.reduce_only(reason, self.now_s)
        return self._finish([])

    def resume_trading(self, typed: str, now_s: float) -> str:
        """Trade again after typing `trading.phrase`; "" when it is so, else in words why not."""
        self.now_s = max(self.now_s, now_s)
        return self._trading.resume(typed, self.now_s)

    def kill(self, now_s: float) -> list[Request]:
        """Halt first, then cancel every own order that may still execute; each one's overlay tells how far it is."""
        self.now_s = max(self.now_s, now_s)
        own = tuple(order.order_ref for order in self._blotter.live() if order.own)
        self._trading.kill(own, self.now_s)
        out = self._finish([])
        for order_ref in own:
            answer = self.cancel(order_ref, now_s)
            if isinstance(answer, Denied):
                self._note("error", f"{self._sentence(order_ref)}: {answer.words}")
            else:
                out += answer
        if own and not self._link.is_open:
            self._note("warning", "The kill switch cancels what still works once the gateway has been read.")
        return out + self._finish([])

    def _kill_on(self) -> list[Request]:
        """The gateway has been read: cancel what the kill switch named and nobody has cancelled yet."""
        trading = self._trading.current
        if trading.state is not TradingState.HALTED or not self._link.is_open:
            return []
        out: list[Request] = []
        for order_ref in trading.kill:
            order = self._blotter.order(order_ref)
            if order is None or not order.is_live or order.cancel is not Overlay.NONE:
                continue
            if self.why_not_cancel(order_ref):
                continue
            self._blotter.request_cancel(order_ref, self.now_s)
            self._trading.message_sent(self.now_s)
            self._note("warning", f"The kill switch cancels it now: {order.spec.sentence()}.")
            asked = Record("cancel requested", order_ref, fact=CancelRequested(order_ref))
            out += [asked, *self._cancels(order)]
        return out

    def cancel_everywhere(self, now_s: float) -> str | list[Request]:
        """Cancel every order of the login at IB, whoever placed it; words when nobody can be asked."""
        self.now_s = max(self.now_s, now_s)
        if not self._link.is_open:
            return "Nothing was cancelled: the connection is down. What works at IBKR keeps working."
        self._note("warning", "IB is asked to cancel every order of this login, those placed in TWS too.")
        self._to_do.append(Record("global cancel", "", (("orders known", str(len(self._blotter.live()))),)))
        self._trading.message_sent(self.now_s)
        return self._finish([GlobalCancel()])

    def _judged(self, verdict: Denied) -> None:
        first = next((one for one in verdict.objections if one.rule == "OrderRate" and one.hard), None)
        if first is not None:
            self._trading.denied(first.rule, first.words, self.now_s)

    def _trading_restored(self, event: TradingChanged) -> None:
        self._trading.restore(event.state, event.reason, event.since_s, event.lock_day, event.kill)

    # --- limits ----------------------------------------------------------------------------------------

    def note(self, level: str, words: str, now_s: float) -> None:
        """A line for the log panel from outside the desk."""
        self.now_s = max(self.now_s, now_s)
        self._note(level, words)

    def take_limits(self, limits: RiskLimits, permissions: Permissions, now_s: float) -> tuple[str, ...]:
        """Take what is tighter at once; the names of what would be looser, which a restart of the session takes."""
        self.now_s = max(self.now_s, now_s)
        self.limits, loosened = tighten(self.limits, limits)
        self.permissions, more = tighten_permissions(self.permissions, permissions)
        left = (*loosened, *more)
        if (limits, permissions) == self._limits_wished:
            # Settings has said so itself before the file was seen to change: told once.
            return left
        self._limits_wished = (limits, permissions)
        words = f" Looser, and taken at the next start: {', '.join(left)}." if left else ""
        self._note("info", f"Limits read again.{words}")
        self._to_do.append(Record("limits", "", (("left for the next start", ", ".join(left)),)))
        return left

    # --- what Dealing does, counted ----------------------------------------------------------------------

    def submit(
        self, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        # Before the order itself counts among those that are measured against.
        raised = self.assess(spec, now_s) if acknowledged else ()
        verdict = super().submit(spec, now_s, acknowledged)
        if isinstance(verdict, PlaceOrder):
            self._trading.order_sent(self.now_s, self.limits)
            self._tell_taken_on(verdict, raised)
        elif isinstance(verdict, Denied):
            self._judged(verdict)
            self._tell_denial(self._blotter.orders()[0].order_ref, verdict)
        return verdict

    def modify(
        self, order_ref: str, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        spec = self._unparented(order_ref, spec)
        raised = self.assess(spec, now_s, order_ref) if acknowledged else ()
        verdict = super().modify(order_ref, spec, now_s, acknowledged)
        if isinstance(verdict, PlaceOrder):
            self._trading.message_sent(self.now_s)
            self._tell_taken_on(verdict, raised)
        elif isinstance(verdict, Denied):
            self._tell_denial(order_ref, verdict)
        return verdict

    def cancel(self, order_ref: str, now_s: float) -> Denied | list[Request]:
        answer = super().cancel(order_ref, now_s)
        if not isinstance(answer, Denied):
            self._trading.message_sent(self.now_s)
        return answer

    def _unparented(self, order_ref: str, spec: OrderSpec) -> OrderSpec:
        """A child whose parent has filled is an order by itself: IB takes no change that names the parent still."""
        order = self._blotter.order(order_ref)
        spec = replace(spec, transmit=True)
        if order is None or not spec.parent_id:
            return spec
        living = any(
            one.order_id == spec.parent_id and one.client_id == order.client_id
            for one in self._blotter.live()
        )
        return spec if living else replace(spec, parent_id=0)

    def _tell_denial(self, order_ref: str, verdict: Denied) -> None:
        """Each rule's no is kept with what was measured and the limit."""
        self._to_do.append(Record("objections", order_ref, objected(verdict.objections)))

    def _tell_taken_on(self, place: PlaceOrder, raised: tuple[Objection, ...]) -> None:
        """What the trader took on is kept with what was measured and the limit."""
        taken = tuple(one for one in raised if one.rule in place.approved.acknowledged)
        if taken:
            self._to_do.append(Record("acknowledged", place.order_ref, objected(taken)))

    def _intent_restored(self, event: IntentRestored) -> None:
        super()._intent_restored(event)
        if event.modifies:
            self._trading.message_sent(self.now_s)
        else:
            self._trading.order_sent(self.now_s, self.limits)

    def _execution_reported(self, event: ExecutionReported) -> None:
        known = self._blotter.ledger.knows(event.execution.key)
        super()._execution_reported(event)
        if not known and not event.replayed:
            self._trading.executed(self.now_s)

    def resume(self, before: Dealing) -> None:
        super().resume(before)
        self._trading = before._trading
        self._touch(Topic.TRADING, "")

    def _orders_unproven(self) -> None:
        super()._orders_unproven()
        self._previews.lost(self.now_s)

    def _finish(self, out: list[Request]) -> list[Request]:
        self._watch_the_day()
        if self._trading.changed:
            self._trading.changed = False
            self._touch(Topic.TRADING, "")
        for view in self._trading.changes:
            self._note("warning" if view.phrase else "info", f"Trading is {view.state}. {view.reason}")
            told = TradingChanged(
                view.state, view.reason, view.since_s or self.now_s, self._trading.lock_day, view.kill
            )
            self._to_do.append(Record("trading state", "", fact=told))
        self._trading.changes.clear()
        return super()._finish(out)

    def _watch_the_day(self) -> None:
        """The day's result against its limits, and the turn of the day itself."""
        account = self.account(self._link.view.account)
        self._trading.view(self.now_s)
        if account is not None and account.daily_pnl != self._trading.current.daily_pnl:
            self._trading.pnl_reported(
                account.daily_pnl, account.net_liquidation, account.currency, self.limits, self.now_s
            )
