"""The last step: into the review or past it, to the desk, and what became of the order."""

from __future__ import annotations

from core.domain.order import OrderSpec
from core.domain.requests import PlaceOrder
from core.domain.verdict import Ask, Denied
from gui.panels.ticket.parts import Stage
from gui.panels.ticket.staging import Staging
from gui.panels.ticket.terms import Wish
from gui.panels.ticket.words import outcome
from gui.widgets.order_words import state_tone
from gui.widgets.replacement_words import has_failed


class Sending(Staging):
    """Hands an order over once, and follows it."""

    def open_review(self) -> None:
        """From the form to the review, when nothing is missing, wrong or denied; past it when armed to."""
        wish = self._wish(self.form.terms())
        if self._stage is not Stage.EDIT or wish is None:
            return
        self._touched = True
        self._check()
        if not self.review_button.isEnabled():
            return
        at_once = self.one_click.armed and not self._on.modifies and not self._objections(wish)
        if at_once and self._look_at_one_click():
            return
        self._review(wish)
        if at_once:
            self._send()

    def review_staged(self, wish: Wish) -> None:
        """The same, and straight into the review where nothing is in the way."""

        def load_and_review() -> None:
            self._load(wish)
            self.open_review()

        self._stage_or_ask(wish, load_and_review)

    def _send(self) -> None:
        wish = self._reviewed
        if self._stage is not Stage.REVIEW or wish is None:
            return
        # Out of the review before anything is handed over: no second press can find this order.
        self._reviewed = None
        taken = self.review.checks.acknowledged
        answer: Denied | Ask | PlaceOrder | tuple[PlaceOrder, ...] | None
        if not isinstance(wish, OrderSpec):
            answer = self.bridge.submit_group(wish, taken)
        elif self._on.replaces:
            answer = self.bridge.cancel_and_replace(self._on.modifies, wish, taken)
        elif self._on.modifies:
            answer = self.bridge.modify(self._on.modifies, wish, taken)
        else:
            answer = self.bridge.submit(wish, taken)
        self.one_click.used()
        match answer:
            case PlaceOrder():
                self._sent(answer.order_ref)
            case Denied(objections) | Ask(objections):
                self._reviewed, self._answered = wish, objections
                self._show_review(wish)
                self.review.focus_first()
            case None:
                self._sent(self._on.modifies)
            case _:
                self._sent(answer[0].order_ref)

    def _sent(self, order_ref: str) -> None:
        changed = bool(self._on.modifies)
        self._leave()
        if changed and self._on.contract is not None:
            # A change's terms must not lie ready as a second order.
            self.show_contract(self._on.contract)
        self._followed = order_ref
        self._show_followed()
        self.form.set_fixed(None)
        self._check()
        self._focus_form()

    def _show_orders(self, refs: frozenset[object]) -> None:
        if self._followed in refs:
            self._follow_replacement()
            self._show_followed()
        if self._on.modifies in refs:
            order = self.bridge.desk.order(self._on.modifies)
            if order is None or not order.is_live:
                self._leave()
                self.form.set_fixed(None)
                self._followed = order.order_ref if order else ""
                self._show_followed()
            self._check()

    def _follow_replacement(self) -> None:
        """From an order that was cancelled for it to the one in its place."""
        parts = self.bridge.desk.replacements(self._followed)
        self._followed = next(
            (one.new_ref for one in parts if one.new_ref and one.order_ref == self._followed), self._followed
        )

    def _show_followed(self) -> None:
        desk, order = self.bridge.desk, self.bridge.desk.order(self._followed)
        if order is None:
            self.followed.hide()
            return
        parts = desk.replacements(order.order_ref)
        words = outcome(order, desk.details(order.spec.contract.con_id), parts)
        self.followed.show_notice(words, "danger" if has_failed(parts, order) else state_tone(order))

    def _toggle_one_click(self) -> None:
        if self.one_click.armed:
            self.one_click.disarm()
        elif self.bridge.desk.link.is_ready:
            self.one_click.arm(self.bridge.desk.link)
        else:
            self.one_click.disarm()
            self.bridge.said.emit("warning", "One-click needs a link that is ready.")
        self._check()

    def _look_at_one_click(self) -> bool:
        """Whether it has just gone off by itself."""
        if words := self.one_click.look(self.bridge.desk.link):
            self.bridge.said.emit("warning", words)
        return bool(words)
