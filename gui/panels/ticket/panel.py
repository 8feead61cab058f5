"""The order ticket: terms and checks while typing, then a review, then Send. Nothing in it moves by itself."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget

from core.domain.bracket import BracketSpec, ExitsSpec
from core.domain.contract import Contract, ContractQuery
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.requests import PlaceOrder
from core.domain.topics import Changes, Topic
from core.domain.verdict import Ask, Denied, Objection
from gui.bridge import Bridge
from gui.panel import Panel
from gui.panels.ticket import layout, presets
from gui.panels.ticket.cushion_bar import CushionBar
from gui.panels.ticket.form import TicketForm
from gui.panels.ticket.head import TicketHead
from gui.panels.ticket.hints import say_hints
from gui.panels.ticket.hotkeys import Hotkey, Hotkeys
from gui.panels.ticket.legs import Leg, Legs
from gui.panels.ticket.menu import TicketMenu
from gui.panels.ticket.one_click import OneClick
from gui.panels.ticket.review import TicketReview
from gui.panels.ticket.reviewed import headline, reviewed
from gui.panels.ticket.standing import Standing
from gui.panels.ticket.terms import Terms, Wish, parent_of
from gui.panels.ticket.what_if import WhatIf
from gui.panels.ticket.words import (
    group_sentence,
    missing_words,
    outcome,
    sentence,
)
from gui.widgets.checks import CheckLines
from gui.widgets.contract_search import Catalogue
from gui.widgets.contract_state import contract_from, contract_state
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.notice import Notice
from gui.widgets.number_field import NumberField
from gui.widgets.order_words import order_sentence, state_tone, why_not_modify
from gui.widgets.text import label, say

ASK_AGAIN_S = 5.0


class Stage(Enum):
    EDIT = auto()
    REVIEW = auto()


class TicketPanel(Panel):
    """Builds an order or a bracket, shows what the gate says of it, and hands it over after a review."""

    NAME: ClassVar[str] = "ticket"
    TITLE: ClassVar[str] = "Order ticket"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset(
        {
            Topic.QUOTE,
            Topic.CONTRACT,
            Topic.SEARCH,
            Topic.LINK,
            Topic.ORDER,
            Topic.POSITION,
            Topic.ACCOUNT,
            Topic.TRADING,
            Topic.PREVIEW,
        }
    )

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._stage = Stage.EDIT
        self._on = Standing(bridge)
        self._asked_at_s = 0.0
        self._touched = False
        self._reviewed: Wish | None = None
        self._answered: tuple[Objection, ...] = ()
        self._followed = ""
        self._what_if = WhatIf(bridge)
        self._make_widgets()
        self.checks_area = layout.lay_out(self, self)
        self._connect()
        self._check()

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        con_id = self._on.contract.con_id if self._on.contract else 0
        if contracts := changes.get(Topic.CONTRACT):
            self.head.search.on_contracts(contracts)
            if con_id in contracts:
                self.form.set_details(self._on.details)
                self._check()
        if searches := changes.get(Topic.SEARCH):
            self.head.search.on_found(searches)
        if Topic.LINK in changes:
            self.head.search.on_link()
        if con_id in changes.get(Topic.QUOTE, ()):
            self._show_quote()
        if orders := changes.get(Topic.ORDER):
            self._show_orders(orders)
        if changes.keys() & {Topic.LINK, Topic.POSITION, Topic.ACCOUNT, Topic.TRADING, Topic.PREVIEW}:
            self._look_at_one_click()
            self._check()

    def age(self, now_s: float) -> None:
        self._ask_for_details(now_s)
        self._show_quote()
        self._look_at_one_click()
        self._check()

    def save_state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"presets": self.menu.presets.state()}
        if self._on.contract is not None and not self._on.contract.legs:
            state["contract"] = contract_state(self._on.contract)
        return state

    def restore_state(self, state: dict[str, Any]) -> None:
        self.menu.presets.restore(state.get("presets"))
        if self._on.contract is None and (contract := contract_from(state.get("contract"))) is not None:
            self.show_contract(contract)

    # --- which contract, which order -------------------------------------------------------------

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

    def review_staged(self, wish: Wish) -> None:
        """The same, and straight into the review where nothing is in the way."""

        def load_and_review() -> None:
            self._load(wish)
            self.open_review()

        self._stage_or_ask(wish, load_and_review)

    def _stage_or_ask(self, wish: Wish, act: Callable[[], None]) -> None:
        if self._is_held():
            details = self.bridge.desk.details(parent_of(wish).contract.con_id)
            self._offer(f"Staged: {group_sentence(wish, details)}.", "Replace ticket", act)
        else:
            act()

    def stage_modification(self, order_ref: str) -> None:
        """Load a working order to change its price or quantity."""
        if self._is_held() and order_ref != self._on.modifies:
            order = self.bridge.desk.order(order_ref)
            words = f"Modify {order_sentence(order.spec, None)}?" if order else "Modify that order?"
            self._offer(words, "Replace ticket", lambda: self._load_order(order_ref))
        else:
            self._load_order(order_ref)

    def _switch(self, contract: Contract) -> None:
        self._leave()
        self.show_contract(contract)

    def _load(self, wish: Wish) -> None:
        self._leave()
        # What became of an earlier order is not about these terms.
        self._followed = ""
        self.followed.hide()
        spec = parent_of(wish)
        self._take_up(spec.contract)
        self.form.begin(spec.contract, self._on.details)
        self._on.staged_account = spec.account
        if isinstance(wish, ExitsSpec):
            # Exits round what is held have no entry, so no fields: they are reviewed as they came.
            self._review(wish)
            return
        self.form.load(wish, self._on.details)
        self._touched = True
        self._check()
        self._focus_form()

    def _load_order(self, order_ref: str) -> None:
        order = self.bridge.desk.order(order_ref)
        if order is None:
            return
        if closed := why_not_modify(order, self.bridge.desk.link):
            self.followed.show_notice(
                f"{order_sentence(order.spec, None)} cannot be modified: {closed}.", "warning"
            )
            return
        self._load(order.spec)
        self._on.modifies = order_ref
        self.form.set_fixed(order.spec)
        self._check()

    def _leave(self) -> None:
        """Out of the review and of a modification, with nothing sent."""
        self._on.modifies = ""
        self._touched = False
        self._what_if.forget()
        self.offer.hide()
        self._show_stage(Stage.EDIT)

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

    def _is_held(self) -> bool:
        return self._touched or self._stage is Stage.REVIEW or bool(self._on.modifies)

    def _offer(self, words: str, text: str, act: Callable[[], None]) -> None:
        self.offer.show_notice(words, "accent", ((text, "primary", act), ("Keep", "quiet", self.offer.hide)))

    # --- terms and checks ------------------------------------------------------------------------

    def _on_edited(self) -> None:
        self._touched = True
        self.one_click.used()
        self._check()

    def clear(self) -> None:
        """Back to an empty ticket for the same contract; leaves a modification too."""
        self._leave()
        if self._on.contract is not None:
            self.show_contract(self._on.contract)
        self._focus_form()

    def _wish(self, terms: Terms) -> OrderSpec | BracketSpec | None:
        if self._on.contract is None or self._on.details is None:
            return None
        return terms.wish(self._on.contract, self._on.account)

    def _objections(self, wish: Wish) -> tuple[Objection, ...]:
        """The gate's word on `wish` now; what only its answer told stays with it."""
        desk, now_s = self.bridge.desk, self.bridge.now_s()
        if isinstance(wish, OrderSpec):
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
        objections = self._objections(wish) if wish is not None and self._touched else ()
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
            return "Review change", "primary"
        if wish is None:
            return "Review", "primary"
        spec = parent_of(wish)
        if self.one_click.armed and not objections:
            return f"Send {headline(spec)}", spec.side.lower()
        return f"Review {spec.side}", "primary"

    def _say_sentence(self, terms: Terms, wish: Wish | None) -> None:
        if self._on.contract is None:
            words, tone = "Choose a contract to begin.", "dim"
        elif self._on.details is None:
            words, tone = f"Asking for the details of {self._on.label}…", "dim"
        elif wish is None:
            words, tone = missing_words(terms.fault(self._on.contract), terms, self._on.label), "dim"
        else:
            words, tone = sentence(wish, self._on.around()), ""
        say(self.sentence, words, tone)

    # --- review and send -------------------------------------------------------------------------

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

    def _review(self, wish: Wish) -> None:
        self._reviewed, self._answered = wish, ()
        self.review.checks.forget()
        self._show_stage(Stage.REVIEW)
        if not self._on.modifies and not self.one_click.armed:
            self._what_if.ask(parent_of(wish))
        self._check()
        self.review.focus_first()

    def leave_review(self) -> None:
        if self._stage is Stage.REVIEW:
            self._show_stage(Stage.EDIT)
            self._check()
            self._focus_form()

    def _send(self) -> None:
        wish = self._reviewed
        if self._stage is not Stage.REVIEW or wish is None:
            return
        # Out of the review before anything is handed over: no second press can find this order.
        self._reviewed = None
        taken = self.review.checks.acknowledged
        answer: Denied | Ask | PlaceOrder | tuple[PlaceOrder, ...]
        if not isinstance(wish, OrderSpec):
            answer = self.bridge.submit_group(wish, taken)
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
            case _:
                self._sent(answer[0].order_ref)

    def _show_review(self, wish: Wish) -> None:
        self.review.show_review(
            reviewed(wish, self._on.around(), self.bridge.mode, self._on.account), self._objections(wish)
        )
        self.review.cushion.show_cushion(
            self._what_if.shown(parent_of(wish), self._on.changed_order, reviewed=True)
        )

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

    def _show_stage(self, stage: Stage) -> None:
        self._stage = stage
        if stage is Stage.EDIT:
            self._reviewed, self._answered = None, ()
        for stack in (self.pages, self.feet):
            stack.setCurrentIndex(0 if stage is Stage.EDIT else 1)

    # --- what became of it -----------------------------------------------------------------------

    def _show_orders(self, refs: frozenset[object]) -> None:
        if self._followed in refs:
            self._show_followed()
        if self._on.modifies in refs:
            order = self.bridge.desk.order(self._on.modifies)
            if order is None or not order.is_live:
                self._leave()
                self.form.set_fixed(None)
                self._followed = order.order_ref if order else ""
                self._show_followed()
            self._check()

    def _show_followed(self) -> None:
        order = self.bridge.desk.order(self._followed)
        if order is None:
            self.followed.hide()
            return
        self.followed.show_notice(
            outcome(order, self.bridge.desk.details(order.spec.contract.con_id)), state_tone(order)
        )

    # --- what the desk says ----------------------------------------------------------------------

    def _show_head(self) -> None:
        self.head.show_contract(self._on.contract, self._on.details, "Modify" if self._on.modifies else "")

    def _show_quote(self) -> None:
        self.head.show_quote(self._on.quote, self._on.details, self.bridge.now_s())

    def _fill(self, field: NumberField, source: str) -> None:
        """One key or one press: the market's price, on the contract's tick, as if typed."""
        field.fill(self._on.quoted(source))

    def _fill_from_chip(self, source: str) -> None:
        field = self.form.prices.current()
        if field is not None:
            self._fill(field, source)
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _trade_combo(self, legs: list[Leg]) -> str:
        """The legs as one contract into the ticket; "" when done, else why not."""
        made = self.bridge.combine(tuple((leg.contract.con_id, leg.ratio, str(leg.side)) for leg in legs))
        if isinstance(made, str):
            return made
        self._switch(made)
        return ""

    # --- one-click, hotkeys, presets -------------------------------------------------------------

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

    def _on_hotkey(self, hotkey: Hotkey) -> None:
        """The quantity that stands in the ticket, at the market's price of this moment, to the review."""
        if self._stage is not Stage.EDIT or self._on.modifies or self._on.contract is None:
            return
        self.form.pick_side(hotkey.side)
        self.form.order_type.setCurrentIndex(self.form.order_type.findData(OrderType.LMT))
        self._fill(self.form.limit, hotkey.source)
        self.bridge.show_panel.emit(self.NAME)
        self.open_review()

    # --- keys ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._stage is Stage.REVIEW:
            self.leave_review()
        elif event.key() == Qt.Key.Key_Escape and self.offer.isVisible():
            self.offer.hide()
        elif event.key() == Qt.Key.Key_Escape and self._on.modifies:
            self.clear()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._stage is Stage.EDIT:
            if not event.isAutoRepeat():
                self.open_review()
        else:
            super().keyPressEvent(event)

    def _focus_form(self) -> None:
        if self.isVisible() and self.isAncestorOf(self.window().focusWidget() or self.window()):
            self.form.quantity.setFocus(Qt.FocusReason.OtherFocusReason)
            self.form.quantity.edit.selectAll()

    def _on_picked(self, contract: Contract) -> None:
        """Found in the ticket's own search: the trader asked for it here, so it is shown here."""
        self._switch(contract)
        self.bridge.select(contract)
        self._focus_form()

    # --- set-up ----------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        bridge, desk = self.bridge, self.bridge.desk
        catalogue = Catalogue(
            bridge.search, bridge.find, desk.search_result, desk.contract, lambda: desk.link.synchronised
        )
        self.head = TicketHead(catalogue)
        self.form = TicketForm(self._fill, self._on.seed, self._on.means, bridge.now_s)
        self.legs = Legs(self._trade_combo)
        self.sentence = label(name="ticket-sentence", wrap=True)
        self.checks = CheckLines("ticket-checks", boxes=False)
        self.cushion = CushionBar("ticket-cushion")
        self.offer = Notice("ticket-offer")
        self.followed = Notice("ticket-followed")
        self.review_button = DeliberateButton("Review", "review", "primary")
        self.clear_button = DeliberateButton("Clear", "clear", "quiet")
        self.one_click = OneClick(bridge.now_s)
        keys = Hotkeys(self, self._on_hotkey)
        self.menu = TicketMenu(bridge, self._on, self.head, self.form, keys, self.legs)
        self.review = TicketReview()
        self.pages, self.feet = QStackedWidget(), QStackedWidget()

    def _connect(self) -> None:
        self.bridge.contract_selected.connect(self.select)
        self.bridge.staged.connect(self.stage_spec)
        self.bridge.review_staged.connect(self.review_staged)
        self.bridge.modification_staged.connect(self.stage_modification)
        self.head.picked.connect(self._on_picked)
        self.head.asked.connect(self._fill_from_chip)
        self.form.edited.connect(self._on_edited)
        self.form.entered.connect(self.open_review)
        self.review_button.clicked.connect(self.open_review)
        self.clear_button.clicked.connect(self.clear)
        self.one_click.button.clicked.connect(self._toggle_one_click)
        self.review.sent.connect(self._send)
        self.review.backed.connect(self.leave_review)
        for side in Side:
            shortcut = QShortcut(QKeySequence(f"Alt+{side[0]}"), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda side=side: self._pick_side(side))

    def _pick_side(self, side: Side) -> None:
        if self._stage is Stage.EDIT:
            self.form.pick_side(side)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.checks_area.fit()
