"""Where the ticket stands: the sentence, what the gate says of it, the cushion, and whether there is a way on."""

from __future__ import annotations

from core.domain.bracket import BracketSpec
from core.domain.order import OrderSpec
from core.domain.verdict import Objection
from core.risk.rules import link_not_ready, read_only, trading_halted
from gui.panels.ticket.hints import say_hints
from gui.panels.ticket.parts import Stage, TicketParts
from gui.panels.ticket.reviewed import reviewed, send_kind, send_words
from gui.panels.ticket.terms import Terms, Wish, parent_of
from gui.panels.ticket.words import missing_words, sentence
from gui.widgets.text import say

_SHUT = frozenset({trading_halted.NAME, link_not_ready.NAME, read_only.NAME})
"""What shuts the desk, whatever the order is."""


class Checking(TicketParts):
    """Says, at every keystroke and every fact, what the order that is typed comes to."""

    def _wish(self, terms: Terms) -> OrderSpec | BracketSpec | None:
        if self._on.contract is None or self._on.details is None:
            return None
        return terms.wish(self._on.contract, self._on.account)

    def _objections(self, wish: Wish) -> tuple[Objection, ...]:
        """The gate's word on `wish` now; what only its answer told stays with it."""
        desk, now_s = self.bridge.desk, self.bridge.now_s()
        if isinstance(wish, OrderSpec) and self._on.replaces:
            told = desk.assess_replacement(self._on.modifies, wish, now_s)
        elif isinstance(wish, OrderSpec):
            told = desk.assess(wish, now_s, self._on.modifies)
        else:
            told = desk.assess_group(wish, now_s)
        rules = {objection.rule for objection in told}
        return told + tuple(each for each in self._answered if each.rule not in rules)

    def _check(self) -> None:
        """Say where the ticket stands: sentence, checks, cushion, and whether it can be reviewed."""
        if self._stage is Stage.REVIEW and self._reviewed is not None:
            self._show_review(self._reviewed)
            return
        self.form.show_state()
        terms = self.form.terms()
        wish = self._wish(terms)
        self._show_head()
        say_hints(self.form, terms, wish, self._on.around())
        self._say_sentence(terms, wish)
        objections = self._objections(wish) if wish is not None else ()
        if not self._touched:
            # Nothing was asked of these terms yet; that nothing goes out at all is said all the same.
            objections = tuple(one for one in objections if one.hard and one.rule in _SHUT)
        self.checks.show_objections(objections)
        self.checks_area.fit()
        self.cushion.show_cushion(
            None
            if wish is None
            else self._what_if.shown(parent_of(wish), self._on.changed_order, reviewed=False)
        )
        hard = any(objection.hard for objection in objections)
        self.review_button.setEnabled(wish is not None and not hard)
        self.review_button.say(*self._way_on(wish, objections))
        self.clear_button.say("Leave" if self._on.modifies else "Clear")
        self.one_click.button.setVisible(not self._on.modifies)

    def _way_on(self, wish: Wish | None, objections: tuple[Objection, ...]) -> tuple[str, str]:
        """What the button says, and its look: with one-click on it sends what raises no question."""
        if self._on.modifies:
            return f"Review {'replacement' if self._on.replaces else 'change'}", "primary"
        if wish is None:
            return "Review", "primary"
        spec = parent_of(wish)
        if self.one_click.armed and not objections:
            return send_words("Send", spec, self.bridge.mode), send_kind(spec, self.bridge.mode)
        return f"Review {spec.side}", "primary"

    def _say_sentence(self, terms: Terms, wish: Wish | None) -> None:
        if self._on.contract is None:
            words, tone = "Choose a contract to begin.", "dim"
        elif self._on.details is None:
            words, tone = self._asking_words(), "dim"
        elif wish is None:
            words, tone = missing_words(terms.fault(self._on.contract), terms, self._on.label), "dim"
        else:
            words, tone = sentence(wish, self._on.around()), ""
        say(self.sentence, words, tone)

    def _show_review(self, wish: Wish) -> None:
        around = self._on.around()._replace(preview=self.bridge.desk.preview_of(parent_of(wish)))
        self.review.show_review(
            reviewed(wish, around, self.bridge.mode, self._on.account), self._objections(wish)
        )
        self.review.cushion.show_cushion(
            self._what_if.shown(parent_of(wish), self._on.changed_order, reviewed=True)
        )

    def _asking_words(self) -> str:
        if self.bridge.desk.link.synchronised:
            return f"Asking for the details of {self._on.label}…"
        return f"Not connected: IBKR is asked for the details of {self._on.label} when it is back."
