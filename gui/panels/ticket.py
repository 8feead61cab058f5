"""The order ticket: terms and checks while typing, then a review, then Send. Nothing in it moves by itself."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum, auto
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.order import OrderSpec, Side
from core.domain.order_types import ORDER_TYPES
from core.domain.quote import Quote
from core.domain.requests import PlaceOrder
from core.domain.topics import Changes, Topic
from core.domain.verdict import Ask, Denied, Objection
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.widgets import cost
from gui.widgets.checks import CheckLines
from gui.widgets.contract_search import Catalogue
from gui.widgets.contract_state import contract_from, contract_state
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.layouts import foot, scrolled
from gui.widgets.notice import Notice
from gui.widgets.number_field import NumberField
from gui.widgets.order_words import order_sentence, state_tone, why_not_modify
from gui.widgets.text import label, say
from gui.widgets.ticket_form import TicketForm
from gui.widgets.ticket_head import TicketHead
from gui.widgets.ticket_review import Reviewed, TicketReview
from gui.widgets.ticket_words import (
    Surroundings,
    facts,
    missing_words,
    outcome,
    position_words,
    sentence,
    terms_words,
)

ASK_AGAIN_S = 5.0


class Stage(Enum):
    EDIT = auto()
    REVIEW = auto()


class TicketPanel(Panel):
    """Builds an `OrderSpec`, shows what the gate says of it, and hands it over after a review."""

    NAME: ClassVar[str] = "ticket"
    TITLE: ClassVar[str] = "Order ticket"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset(
        {Topic.QUOTE, Topic.CONTRACT, Topic.SEARCH, Topic.LINK, Topic.ORDER, Topic.POSITION, Topic.ACCOUNT}
    )

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._stage = Stage.EDIT
        self._contract: Contract | None = None
        self._staged_account = ""
        self._asked_at_s = 0.0
        self._touched = False
        self._modifies = ""
        self._reviewed: OrderSpec | None = None
        self._answered: tuple[Objection, ...] = ()
        self._followed = ""
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._check()

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        con_id = self._contract.con_id if self._contract else 0
        if contracts := changes.get(Topic.CONTRACT):
            self.head.search.on_contracts(contracts)
            if con_id in contracts:
                self.form.set_details(self._details())
                self._check()
        if searches := changes.get(Topic.SEARCH):
            self.head.search.on_found(searches)
        if Topic.LINK in changes:
            self.head.search.on_link()
        if con_id in changes.get(Topic.QUOTE, ()):
            self._show_quote()
        if orders := changes.get(Topic.ORDER):
            self._show_orders(orders)
        if changes.keys() & {Topic.LINK, Topic.POSITION, Topic.ACCOUNT}:
            self._check()

    def age(self, now_s: float) -> None:
        self._ask_for_details(now_s)
        self._show_quote()
        self._check()

    def save_state(self) -> dict[str, Any]:
        return {} if self._contract is None else {"contract": contract_state(self._contract)}

    def restore_state(self, state: dict[str, Any]) -> None:
        if self._contract is None and (contract := contract_from(state.get("contract"))) is not None:
            self.show_contract(contract)

    # --- which contract, which order -------------------------------------------------------------

    def show_contract(self, contract: Contract) -> None:
        """An empty ticket for `contract`."""
        self._take_up(contract)
        self.form.begin(contract, self._details())
        self._staged_account = ""
        self._touched = False
        self._check()

    def select(self, contract: Contract) -> None:
        """Elsewhere a contract was selected: follow, unless that would take something from the trader's hand."""
        if self._contract is not None and contract.con_id == self._contract.con_id:
            self.offer.hide()
        elif self._is_held():
            self._offer(
                f"Ticket kept for {self._label()}.",
                f"Switch to {contract.label}",
                lambda: self._switch(contract),
            )
        else:
            self.show_contract(contract)

    def stage_spec(self, spec: OrderSpec) -> None:
        """Terms from elsewhere (close, half, reverse, a click on the chart)."""
        if self._is_held():
            self._offer(f"Staged: {order_sentence(spec, None)}.", "Replace ticket", lambda: self._load(spec))
        else:
            self._load(spec)

    def stage_modification(self, order_ref: str) -> None:
        """Load a working order to change its price or quantity."""
        if self._is_held() and order_ref != self._modifies:
            order = self.bridge.desk.order(order_ref)
            words = f"Modify {order_sentence(order.spec, None)}?" if order else "Modify that order?"
            self._offer(words, "Replace ticket", lambda: self._load_order(order_ref))
        else:
            self._load_order(order_ref)

    def _switch(self, contract: Contract) -> None:
        self._leave()
        self.show_contract(contract)

    def _load(self, spec: OrderSpec) -> None:
        self._leave()
        # What became of an earlier order is not about these terms.
        self._followed = ""
        self.followed.hide()
        self._take_up(spec.contract)
        self.form.begin(spec.contract, self._details())
        self.form.load(spec, self._details())
        self._staged_account = spec.account
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
        self._modifies = order_ref
        self.form.set_fixed(True)
        self._check()

    def _leave(self) -> None:
        """Out of the review and of a modification, with nothing sent."""
        self._modifies = ""
        self._touched = False
        self.offer.hide()
        self._show_stage(Stage.EDIT)

    def _take_up(self, contract: Contract) -> None:
        if self._contract is not None and self._contract.con_id != contract.con_id:
            self.bridge.unwatch(self._contract.con_id, self.NAME)
        self.offer.hide()
        self._contract = contract
        # Watching asks for the contract's details too.
        self._asked_at_s = self.bridge.now_s()
        self.bridge.watch(contract, self.NAME)
        self._show_quote()

    def _ask_for_details(self, now_s: float) -> None:
        """Once more, where the first question was lost or no market-data line was free."""
        contract = self._contract
        if contract is None or self._details() is not None or not self.bridge.desk.link.synchronised:
            return
        if now_s - self._asked_at_s >= ASK_AGAIN_S:
            self._asked_at_s = now_s
            self.bridge.find(
                ContractQuery(
                    contract.symbol, contract.sec_type, contract.exchange, contract.currency, contract.con_id
                )
            )

    def _is_held(self) -> bool:
        return self._touched or self._stage is Stage.REVIEW or bool(self._modifies)

    def _offer(self, words: str, text: str, act: Callable[[], None]) -> None:
        self.offer.show_notice(words, "accent", ((text, "primary", act), ("Keep", "quiet", self.offer.hide)))

    # --- terms and checks ------------------------------------------------------------------------

    def _on_edited(self) -> None:
        self._touched = True
        self._check()

    def clear(self) -> None:
        """Back to an empty ticket for the same contract; leaves a modification too."""
        self._leave()
        if self._contract is not None:
            self.show_contract(self._contract)
        self._focus_form()

    def _spec(self) -> OrderSpec | None:
        return None if self._contract is None else self.form.terms().spec(self._contract, self._account)

    def _objections(self, spec: OrderSpec) -> tuple[Objection, ...]:
        """The gate's word on `spec` now; what only its answer told stays with it."""
        told = self.bridge.desk.assess(spec, self.bridge.now_s(), self._modifies)
        rules = {objection.rule for objection in told}
        return told + tuple(each for each in self._answered if each.rule not in rules)

    def _check(self) -> None:
        """Say where the ticket stands: sentence, checks, and whether it can be reviewed."""
        if self._stage is Stage.REVIEW and self._reviewed is not None:
            self.review.show_review(self._review_of(self._reviewed), self._objections(self._reviewed))
            return
        spec = self._spec() if self._details() is not None else None
        self.form.show_state()
        self._show_head()
        self._say_hints(spec)
        self._say_sentence(spec)
        objections = self._objections(spec) if spec is not None and self._touched else ()
        self.checks.show_objections(objections)
        hard = any(objection.hard for objection in objections)
        self.review_button.setEnabled(spec is not None and not hard)
        self.review_button.say(self._review_text(spec), "primary")
        self.clear_button.say("Leave" if self._modifies else "Clear")

    def _review_text(self, spec: OrderSpec | None) -> str:
        return "Review change" if self._modifies else "Review" if spec is None else f"Review {spec.side}"

    def _say_hints(self, spec: OrderSpec | None) -> None:
        """What is worth knowing beside fields that have no fault."""
        terms, details = self.form.terms(), self._details()
        if terms.quantity.value is not None:
            self.form.say_beside("quantity", position_words(terms, self._around()))
        row = ORDER_TYPES[terms.order_type]
        if row.needs_limit and terms.limit.value is not None and spec is not None:
            self.form.say_beside("limit", f"{cost.against_market(spec, self._quote()).capitalize()}.")
        elif row.needs_limit and terms.limit.missing and details is not None:
            self.form.say_beside("limit", "Type it, or B bid, M mid, A ask, L last.")
        if row.needs_stop and terms.stop.missing:
            way = "above" if terms.side is Side.BUY else "below"
            self.form.say_beside("stop", f"Enter a stop price, {way} the market.")

    def _say_sentence(self, spec: OrderSpec | None) -> None:
        if self._contract is None:
            words, tone = "Choose a contract to begin.", "dim"
        elif self._details() is None:
            words, tone = f"Asking for the details of {self._label()}…", "dim"
        elif spec is None:
            words, tone = missing_words(self.form.terms(), self._label()), "dim"
        else:
            words, tone = sentence(spec, self._around()), ""
        say(self.sentence, words, tone)

    # --- review and send -------------------------------------------------------------------------

    def open_review(self) -> None:
        """From the form to the review, when nothing is missing, wrong or denied."""
        spec = self._spec()
        if self._stage is not Stage.EDIT or spec is None:
            return
        self._touched = True
        self._check()
        if not self.review_button.isEnabled():
            return
        self._reviewed, self._answered = spec, ()
        self.review.checks.forget()
        self._show_stage(Stage.REVIEW)
        self._check()
        self.review.focus_first()

    def leave_review(self) -> None:
        if self._stage is Stage.REVIEW:
            self._show_stage(Stage.EDIT)
            self._check()
            self._focus_form()

    def _send(self) -> None:
        spec = self._reviewed
        if self._stage is not Stage.REVIEW or spec is None:
            return
        # Out of the review before anything is handed over: no second press can find this order.
        self._reviewed = None
        taken = self.review.checks.acknowledged
        if self._modifies:
            answer = self.bridge.modify(self._modifies, spec, taken)
        else:
            answer = self.bridge.submit(spec, taken)
        match answer:
            case PlaceOrder():
                self._sent(answer.order_ref)
            case Denied(objections) | Ask(objections):
                self._reviewed, self._answered = spec, objections
                self.review.show_review(self._review_of(spec), self._objections(spec))
                self.review.focus_first()

    def _sent(self, order_ref: str) -> None:
        changed = bool(self._modifies)
        self._leave()
        if changed and self._contract is not None:
            # A change's terms must not lie ready as a second order.
            self.show_contract(self._contract)
        self._followed = order_ref
        self._show_followed()
        self.form.set_fixed(False)
        self._check()
        self._focus_form()

    def _show_stage(self, stage: Stage) -> None:
        self._stage = stage
        if stage is Stage.EDIT:
            self._reviewed, self._answered = None, ()
        for stack in (self.pages, self.feet):
            stack.setCurrentIndex(0 if stage is Stage.EDIT else 1)

    def _review_of(self, spec: OrderSpec) -> Reviewed:
        headline = f"{spec.side} {fmt.quantity(spec.quantity)} {spec.contract.label}"
        verb = "Modify" if self._modifies else "Send"
        return Reviewed(
            spec.side,
            headline,
            terms_words(spec, self._details()),
            sentence(spec, self._around()),
            facts(spec, self._around()),
            self.bridge.mode,
            self._account,
            f"{verb} {headline}",
        )

    # --- what became of it -----------------------------------------------------------------------

    def _show_orders(self, refs: frozenset[object]) -> None:
        if self._followed in refs:
            self._show_followed()
        if self._modifies in refs:
            order = self.bridge.desk.order(self._modifies)
            if order is None or not order.is_live:
                self._leave()
                self.form.set_fixed(False)
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

    def _details(self) -> ContractDetails | None:
        return None if self._contract is None else self.bridge.desk.details(self._contract.con_id)

    def _quote(self) -> Quote | None:
        return None if self._contract is None else self.bridge.desk.quote(self._contract.con_id)

    def _held(self) -> Decimal:
        if self._contract is None:
            return Decimal(0)
        position = self.bridge.desk.position(self._account, self._contract.con_id)
        return Decimal(0) if position is None else position.quantity

    @property
    def _account(self) -> str:
        """A position's or an order's own account, else the desk's."""
        return self._staged_account or self.bridge.account

    def _around(self) -> Surroundings:
        desk = self.bridge.desk
        changes = desk.order(self._modifies) if self._modifies else None
        place = f"{self.bridge.mode} {self._account}".strip()
        account = desk.account(self._account)
        return Surroundings(self._details(), self._quote(), self._held(), account, place, changes)

    def _show_head(self) -> None:
        self.head.show_contract(self._contract, self._details(), "Modify" if self._modifies else "")

    def _show_quote(self) -> None:
        self.head.show_quote(self._quote(), self._details(), self.bridge.now_s())

    def _label(self) -> str:
        return "" if self._contract is None else self._contract.label

    def _quoted(self, source: str) -> Decimal | None:
        quote, details = self._quote(), self._details()
        price = None if quote is None else getattr(quote, source)
        return (
            None
            if price is None or details is None
            else details.round_to_tick(price, rounding=ROUND_HALF_EVEN)
        )

    def _fill(self, field: NumberField, source: str) -> None:
        """One key or one press: the market's price, on the contract's tick, as if typed."""
        field.fill(self._quoted(source))

    def _fill_from_chip(self, source: str) -> None:
        field = self.form.price_field()
        if field is not None:
            self._fill(field, source)
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _seed(self, side: Side) -> Decimal | None:
        near = "bid" if side is Side.BUY else "ask"
        return self._quoted(near) or self._quoted("last") or self._quoted("close")

    # --- keys ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._stage is Stage.REVIEW:
            self.leave_review()
        elif event.key() == Qt.Key.Key_Escape and self.offer.isVisible():
            self.offer.hide()
        elif event.key() == Qt.Key.Key_Escape and self._modifies:
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
        self.form = TicketForm(self._fill, self._seed)
        self.sentence = label(name="ticket-sentence", wrap=True)
        self.checks = CheckLines("ticket-checks", boxes=False)
        self.offer = Notice("ticket-offer")
        self.followed = Notice("ticket-followed")
        self.review_button = DeliberateButton("Review", "review", "primary")
        self.clear_button = DeliberateButton("Clear", "clear", "quiet")
        self.review = TicketReview()
        self.pages, self.feet = QStackedWidget(), QStackedWidget()

    def _connect(self) -> None:
        self.bridge.contract_selected.connect(self.select)
        self.bridge.staged.connect(self.stage_spec)
        self.bridge.modification_staged.connect(self.stage_modification)
        self.head.picked.connect(self._on_picked)
        self.head.asked.connect(self._fill_from_chip)
        self.form.edited.connect(self._on_edited)
        self.form.entered.connect(self.open_review)
        self.review_button.clicked.connect(self.open_review)
        self.clear_button.clicked.connect(self.clear)
        self.review.sent.connect(self._send)
        self.review.backed.connect(self.leave_review)
        for side in Side:
            shortcut = QShortcut(QKeySequence(f"Alt+{side[0]}"), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda side=side: self._pick_side(side))

    def _pick_side(self, side: Side) -> None:
        if self._stage is Stage.EDIT:
            self.form.pick_side(side)

    def _lay_out(self) -> None:
        gap = theme.px(8)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(gap, theme.px(6), gap, gap)
        inside.setSpacing(theme.px(6))
        for part in (self.head, self.form, self.sentence, self.checks):
            inside.addWidget(part)
        inside.addStretch(1)
        self.pages.addWidget(scrolled(body))
        self.pages.addWidget(self.review)
        self.feet.addWidget(foot(self.clear_button, self.review_button))
        self.feet.addWidget(foot(self.review.back, self.review.send))
        self.feet.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # Notices come between: neither the fields nor the buttons move when they do.
        for layer in (self.pages, self.offer, self.followed, self.feet):
            column.addWidget(layer)
        column.setStretch(0, 1)
