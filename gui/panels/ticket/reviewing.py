"""From the form into the review and back; nothing is sent here."""

from __future__ import annotations

from gui.panels.ticket.checking import Checking
from gui.panels.ticket.parts import Stage
from gui.panels.ticket.terms import Wish, parent_of


class Reviewing(Checking):
    """Which of the two is shown, and what the review begins with."""

    def _review(self, wish: Wish) -> None:
        self._reviewed, self._answered = wish, ()
        self.review.checks.forget()
        self._show_stage(Stage.REVIEW)
        if self._on.changed_order is None and not self.one_click.armed:
            self._what_if.ask(parent_of(wish))
        self._check()
        self.review.focus_first()

    def leave_review(self) -> None:
        if self._stage is Stage.REVIEW:
            self._show_stage(Stage.EDIT)
            self._check()
            self._focus_form()

    def _leave(self) -> None:
        """Out of the review and of a modification, with nothing sent."""
        self._on.modifies, self._on.replaces = "", False
        self._touched = False
        self._what_if.forget()
        self.offer.hide()
        self._show_stage(Stage.EDIT)

    def _show_stage(self, stage: Stage) -> None:
        self._stage = stage
        if stage is Stage.EDIT:
            self._reviewed, self._answered = None, ()
        for stack in (self.pages, self.feet):
            stack.setCurrentIndex(0 if stage is Stage.EDIT else 1)
