"""Which contract and which order the ticket holds; what comes from elsewhere asks before it takes the place of either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.domain.bracket import ExitsSpec
from core.domain.contract import Contract, ContractQuery
from gui.panels.ticket import presets
from gui.panels.ticket.legs import Leg
from gui.panels.ticket.reviewing import Reviewing
from gui.panels.ticket.terms import Wish, parent_of
from gui.panels.ticket.words import group_sentence
from gui.widgets.order_words import order_sentence, why_not_modify
from gui.widgets.replacement_words import why_not_replace

ASK_AGAIN_S = 5.0


class Staging(Reviewing):
    """Takes up contracts, terms from elsewhere, and working orders that are to be changed."""

    def show_contract(self, contract: Contract) -> None:
        """An empty ticket for `contract`."""
        self._take_up(contract)
        self.form.begin(contract, self._on.details)
        if (preset := self.menu.presets.of(contract)) is not None:
            presets.put(self.form, preset)
        self._on.staged_account = ""
        self._touched = False
        self._check()

    def select(self, contract: Contract) -> None:
        """Elsewhere a contract was selected: follow, unless that would take something from the trader's hand."""
        if self._on.contract is not None and contract.con_id == self._on.contract.con_id:
            self.offer.hide()
        elif self._is_held():
            self._offer(
                f"Ticket kept for {self._on.label}.",
                f"Switch to {contract.label}",
                lambda: self._switch(contract),
            )
        else:
            self.show_contract(contract)

    def stage_spec(self, wish: Wish) -> None:
        """Terms from elsewhere (close, half, reverse, the chart, the command line)."""
        self._stage_or_ask(wish, lambda: self._load(wish))

    def _stage_or_ask(self, wish: Wish, act: Callable[[], None]) -> None:
        if self._is_held():
            details = self.bridge.desk.details(parent_of(wish).contract.con_id)
            self._offer(f"Staged: {group_sentence(wish, details)}.", "Replace ticket", act)
        else:
            act()

    def stage_modification(self, order_ref: str) -> None:
        """Load a working order to change its price or quantity."""
        self._load_or_ask(order_ref, "Modify", replaces=False)

    def stage_replacement(self, order_ref: str) -> None:
        """Load a working order to be cancelled, with what is left of it as the terms of the new one."""
        self._load_or_ask(order_ref, "Replace", replaces=True)

    def _load_or_ask(self, order_ref: str, verb: str, *, replaces: bool) -> None:
        if self._is_held() and (order_ref, replaces) != (self._on.modifies, self._on.replaces):
            order = self.bridge.desk.order(order_ref)
            words = f"{verb} {order_sentence(order.spec, None)}?" if order else f"{verb} that order?"
            self._offer(words, "Replace ticket", lambda: self._load_order(order_ref, replaces=replaces))
        else:
            self._load_order(order_ref, replaces=replaces)

    def _switch(self, contract: Contract) -> None:
        self._leave()
        self.show_contract(contract)

    def _load(self, wish: Wish) -> None:
        self._leave()
        # What became of an earlier order is not about these terms.
        self._followed = ""
        self.followed.hide()
        spec = parent_of(wish)
        self._take_up(self._unrouted(spec.contract))
        self.form.begin(self._on.contract, self._on.details)
        self._on.staged_account = spec.account
        if isinstance(wish, ExitsSpec):
            # Exits round what is held have no entry, so no fields: they are reviewed as they came.
            self._review(wish)
            return
        self.form.load(wish, self._on.details)
        self._touched = True
        self._check()
        self._focus_form()

    def _unrouted(self, contract: Contract) -> Contract:
        """The contract by its own way: an exchange that one order goes to is that order's, not the ticket's."""
        details = self.bridge.desk.details(contract.con_id)
        if details is None or not contract.exchange:
            return contract
        return replace(contract, exchange=details.contract.exchange)

    def _load_order(self, order_ref: str, *, replaces: bool) -> None:
        order, desk = self.bridge.desk.order(order_ref), self.bridge.desk
        if order is None:
            return
        closed = why_not_replace(order, desk) if replaces else why_not_modify(order, desk.link)
        if closed:
            done = "replaced" if replaces else "modified"
            words = f"{order_sentence(order.spec, None)} cannot be {done}: {closed}."
            self.followed.show_notice(words, "warning")
            return
        self._load(replace(order.spec, quantity=order.remaining, parent_id=0) if replaces else order.spec)
        self._on.modifies, self._on.replaces = order_ref, replaces
        self.form.set_fixed(order.spec, replaces=replaces)
        self._check()

    def _take_up(self, contract: Contract) -> None:
        if self._on.contract is not None and self._on.contract.con_id != contract.con_id:
            self.bridge.unwatch(self._on.contract.con_id, self.NAME)
        self.offer.hide()
        self._on.contract = contract
        # Watching asks for the contract's details too.
        self._asked_at_s = self.bridge.now_s()
        self.bridge.watch(contract, self.NAME)
        self._show_quote()

    def _ask_for_details(self, now_s: float) -> None:
        """Once more, where the first question was lost or no market-data line was free."""
        contract = self._on.contract
        if contract is None or self._on.details is not None or not self.bridge.desk.link.synchronised:
            return
        if now_s - self._asked_at_s >= ASK_AGAIN_S:
            self._asked_at_s = now_s
            self.bridge.find(
                ContractQuery(
                    contract.symbol, contract.sec_type, contract.exchange, contract.currency, contract.con_id
                )
            )

    def clear(self) -> None:
        """Back to an empty ticket for the same contract; leaves a modification too."""
        self._leave()
        if self._on.contract is not None:
            self.show_contract(self._on.contract)
        self._focus_form()

    def _on_picked(self, contract: Contract) -> None:
        """Found in the ticket's own search: the trader asked for it here, so it is shown here."""
        self._switch(contract)
        self.bridge.select(contract)
        self._focus_form()

    def _trade_combo(self, legs: list[Leg]) -> str:
        """The legs as one contract into the ticket; "" when done, else why not."""
        made = self.bridge.combine(tuple((leg.contract.con_id, leg.ratio, str(leg.side)) for leg in legs))
        if isinstance(made, str):
            return made
        self._switch(made)
        return ""
