"""The order ticket: terms and checks while typing, then a review, then Send. Nothing in it moves by itself."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum, auto
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.order import Order, OrderSpec, Side
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
from gui.widgets.caption import Caption
from gui.widgets.checks import CheckLines
from gui.widgets.contract_search import Catalogue, ContractSearch
from gui.widgets.contract_state import contract_from, contract_state
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.notice import Notice
from gui.widgets.number_field import NumberField
from gui.widgets.order_words import reason_words, state_tone, state_words, why_not_modify
from gui.widgets.quote_chips import QuoteChips
from gui.widgets.quote_words import Freshness, age_words, freshness
from gui.widgets.text import label, say
from gui.widgets.ticket_form import TicketForm
from gui.widgets.ticket_review import Reviewed, TicketReview


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
            self.search.on_contracts(contracts)
            if con_id in contracts:
                self.form.set_details(self._details())
                self._check()
        if searches := changes.get(Topic.SEARCH):
            self.search.on_found(searches)
        if con_id in changes.get(Topic.QUOTE, ()):
            self._show_quote()
        if orders := changes.get(Topic.ORDER):
            self._show_orders(orders)
        if changes.keys() & {Topic.LINK, Topic.POSITION, Topic.ACCOUNT}:
            self._check()

    def age(self, now_s: float) -> None:
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
            self._offer(f"Staged: {spec.sentence()}.", "Replace ticket", lambda: self._load(spec))
        else:
            self._load(spec)

    def stage_modification(self, order_ref: str) -> None:
        """Load a working order to change its price or quantity."""
        if self._is_held() and order_ref != self._modifies:
            order = self.bridge.desk.order(order_ref)
            words = f"Modify {order.spec.sentence()}?" if order else "Modify that order?"
            self._offer(words, "Replace ticket", lambda: self._load_order(order_ref))
        else:
            self._load_order(order_ref)

    def _switch(self, contract: Contract) -> None:
        self._leave()
        self.show_contract(contract)

    def _load(self, spec: OrderSpec) -> None:
        self._leave()
        self._take_up(spec.contract)
        self.form.begin(spec.contract, self._details())
        self.form.load(spec, self._details())
        self._touched = True
        self._check()
        self._focus_form()

    def _load_order(self, order_ref: str) -> None:
        order = self.bridge.desk.order(order_ref)
        if order is None:
            return
        if closed := why_not_modify(order, self.bridge.desk.link):
            self.followed.show_notice(f"{order.spec.sentence()} cannot be modified: {closed}.", "warning")
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
        self.bridge.watch(contract, self.NAME)
        if self._details() is None:
            self.bridge.find(
                ContractQuery(con_id=contract.con_id, symbol=contract.symbol, sec_type=contract.sec_type)
            )
        self._show_quote()

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
        return None if self._contract is None else self.form.terms().spec(self._contract, self.bridge.account)

    def _objections(self, spec: OrderSpec) -> tuple[Objection, ...]:
        """The gate's word on `spec` now; what only its answer told stays with it."""
        # A change is judged against the order it changes, which only the gate's own answer does.
        told = () if self._modifies else self.bridge.desk.assess(spec, self.bridge.now_s())
        rules = {objection.rule for objection in told}
        return told + tuple(each for each in self._answered if each.rule not in rules)

    def _check(self) -> None:
        """Say where the ticket stands: sentence, checks, and whether it can be reviewed."""
        if self._stage is Stage.REVIEW and self._reviewed is not None:
            self.review.show_review(self._review_of(self._reviewed), self._objections(self._reviewed))
            return
        spec = self._spec() if self._details() is not None else None
        self.form.show_state()
        self._show_title()
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
            self.form.say_beside("quantity", self._position_words(terms.side, terms.quantity.value))
        row = ORDER_TYPES[terms.order_type]
        if row.needs_limit and terms.limit.value is not None and spec is not None:
            self.form.say_beside("limit", f"{cost.against_market(spec, self._quote()).capitalize()}.")
        elif row.needs_limit and terms.limit.missing and details is not None:
            self.form.say_beside("limit", "Type it, or B bid, M mid, A ask, L last.")
        if row.needs_stop and terms.stop.missing:
            way = "above" if terms.side is Side.BUY else "below"
            self.form.say_beside("stop", f"Enter a stop price, {way} the market.")

    def _position_words(self, side: Side, quantity: Decimal) -> str:
        held = self._held()
        after = held + quantity * side.sign
        if self._modifies:
            order = self.bridge.desk.order(self._modifies)
            return "" if order is None else f"In all; {fmt.quantity(order.filled)} filled."
        return f"Position {fmt.quantity(held)}, then {fmt.quantity(after)}."

    def _say_sentence(self, spec: OrderSpec | None) -> None:
        if self._contract is None:
            words, tone = "Choose a contract to begin.", "dim"
        elif self._details() is None:
            words, tone = f"Asking for the details of {self._label()}…", "dim"
        elif spec is None:
            words, tone = self._missing_words(), "dim"
        else:
            words, tone = self._sentence(spec), ""
        say(self.sentence, words, tone)

    def _missing_words(self) -> str:
        terms = self.form.terms()
        row = ORDER_TYPES[terms.order_type]
        readings = [
            terms.quantity,
            *([terms.limit] if row.needs_limit else []),
            *([terms.stop] if row.needs_stop else []),
        ]
        fault = terms.closed or next((reading.fault for reading in readings if reading.fault), "")
        return f"{terms.side} {self._label()}: {fault[:1].lower()}{fault[1:]}" if fault else ""

    def _sentence(self, spec: OrderSpec) -> str:
        """BUY 100 AAPL LMT 150.25 DAY in SIM DU1234567, $15,025.00"""
        price, own = cost.price_guess(spec, self._quote())
        value = fmt.money(cost.notional(spec, price), spec.contract.currency)
        about = "" if own or price is None else "about "
        verb = "Change to " if self._modifies else ""
        return f"{verb}{spec.sentence()} in {self._place()}, {about}{value}"

    # --- review and send -------------------------------------------------------------------------

    def open_review(self) -> None:
        """From the form to the review, when nothing is missing, wrong or denied."""
        self._touched = True
        self._check()
        spec = self._spec()
        if self._stage is not Stage.EDIT or spec is None or not self.review_button.isEnabled():
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
        self._leave()
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
            _terms_words(spec, self._details()),
            self._sentence(spec),
            self._facts(spec),
            self.bridge.mode,
            self.bridge.account,
            f"{verb} {headline}",
        )

    def _facts(self, spec: OrderSpec) -> list[tuple[str, str]]:
        quote, details, currency = self._quote(), self._details(), spec.contract.currency
        price, own = cost.price_guess(spec, quote)
        value = cost.notional(spec, price)
        fee = cost.commission(spec, value)
        held = self._held()
        after = held + (spec.quantity - self._filled()) * spec.side.sign
        account = self.bridge.desk.account(self.bridge.account)
        available = None if account is None else account.available_funds
        market = (
            "–" if quote is None else f"{fmt.price(quote.bid, details)} / {fmt.price(quote.ask, details)}"
        )
        return [
            *self._change_facts(spec),
            ("Value", f"{'' if own else '≈ '}{fmt.money(value, currency)}"),
            ("Commission", f"≈ {fmt.money(fee, 'USD')}" if fee is not None else "not estimated"),
            ("Position", f"{fmt.quantity(held)} → {fmt.quantity(after)}"),
            ("Bid / ask", market),
            ("Price", cost.against_market(spec, quote)),
            ("Available funds", fmt.money(available, account.currency if account else "")),
        ]

    def _change_facts(self, spec: OrderSpec) -> list[tuple[str, str]]:
        order = self.bridge.desk.order(self._modifies) if self._modifies else None
        if order is None:
            return []
        return [("Now", _terms_words(order.spec, self._details(), with_quantity=True))]

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
            _outcome(order, self.bridge.desk.details(order.spec.contract.con_id)), state_tone(order)
        )

    # --- what the desk says ----------------------------------------------------------------------

    def _details(self) -> ContractDetails | None:
        return None if self._contract is None else self.bridge.desk.details(self._contract.con_id)

    def _quote(self) -> Quote | None:
        return None if self._contract is None else self.bridge.desk.quote(self._contract.con_id)

    def _held(self) -> Decimal:
        if self._contract is None:
            return Decimal(0)
        position = self.bridge.desk.position(self.bridge.account, self._contract.con_id)
        return Decimal(0) if position is None else position.quantity

    def _filled(self) -> Decimal:
        order = self.bridge.desk.order(self._modifies) if self._modifies else None
        return Decimal(0) if order is None else order.filled

    def _label(self) -> str:
        return "" if self._contract is None else self._contract.label

    def _place(self) -> str:
        return f"{self.bridge.mode} {self.bridge.account}".strip()

    def _show_title(self) -> None:
        contract, details = self._contract, self._details()
        if contract is None:
            say(self.title, "No contract")
            self.subtitle.say("Search above, or select one in the watchlist.")
            return
        place = contract.primary_exchange or contract.exchange
        facts = [details.long_name if details else "", contract.sec_type, place, contract.currency]
        say(self.title, f"Modify {contract.label}" if self._modifies else contract.label)
        self.subtitle.say(" · ".join(part for part in facts if part))

    def _show_quote(self) -> None:
        quote, details, now_s = self._quote(), self._details(), self.bridge.now_s()
        state = freshness(quote, details, now_s)
        prices = (
            {}
            if quote is None
            else {"bid": quote.bid, "mid": quote.mid, "ask": quote.ask, "last": quote.last}
        )
        texts = {key: fmt.price(price, details) for key, price in prices.items()}
        self.chips.show_prices(texts, age_words(quote, state, now_s), fresh=state is Freshness.FRESH)

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
        catalogue = Catalogue(bridge.search, bridge.find, desk.search_result, desk.contract)
        self.search = ContractSearch(catalogue, "Contract", "ticket-search")
        self.search.setPlaceholderText("Contract: symbol, name or conId")
        self.title = label(role="title", name="ticket-contract")
        self.subtitle = Caption("ticket-facts")
        self.chips = QuoteChips()
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
        self.search.picked.connect(self._on_picked)
        self.chips.asked.connect(self._fill_from_chip)
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
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.title)
        head.addWidget(self.subtitle)
        for part in (self.search, head, self.chips, self.form, self.sentence, self.checks):
            if isinstance(part, QWidget):
                inside.addWidget(part)
            else:
                inside.addLayout(part)
        inside.addStretch(1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.pages.addWidget(area)
        self.pages.addWidget(self.review)
        self.feet.addWidget(_foot(self.clear_button, self.review_button))
        self.feet.addWidget(_foot(self.review.back, self.review.send))
        self.feet.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # Notices come between: neither the fields nor the buttons move when they do.
        for layer in (self.pages, self.offer, self.followed, self.feet):
            column.addWidget(layer)
        column.setStretch(0, 1)


def _foot(left: DeliberateButton, right: DeliberateButton) -> QWidget:
    """A quiet way out on the left, the way on over the rest."""
    foot = QWidget()
    row = QHBoxLayout(foot)
    gap = theme.px(8)
    row.setContentsMargins(gap, theme.px(6), gap, gap)
    row.setSpacing(gap)
    left.setFixedWidth(theme.px(92))
    for button in (left, right):
        button.setMinimumHeight(theme.px(34))
    row.addWidget(left)
    row.addWidget(right, 1)
    return foot


def _terms_words(spec: OrderSpec, details: ContractDetails | None, *, with_quantity: bool = False) -> str:
    """Limit 150.25, day; with the quantity in front where it is compared."""
    title = ORDER_TYPES[spec.order_type].title
    prices = []
    if spec.stop_price is not None:
        prices.append(f"stop {fmt.price(spec.stop_price, details)}")
    if spec.limit_price is not None:
        prices.append(f"limit {fmt.price(spec.limit_price, details)}")
    parts = [title, *prices] if len(prices) != 1 else [f"{title} {prices[0].split()[1]}"]
    parts.append(spec.tif)
    if spec.outside_rth:
        parts.append("also outside regular hours")
    return ", ".join([fmt.quantity(spec.quantity), *parts] if with_quantity else parts)


def _outcome(order: Order, details: ContractDetails | None) -> str:
    """What became of an order, in a line or two."""
    average = ""
    if order.filled > 0 and order.avg_fill_price is not None:
        average = f" at {fmt.price(order.avg_fill_price, details)}"
    why = reason_words(order)
    return f"{order.spec.sentence()}\n{state_words(order)}{average}{f': {why}' if why else '.'}"
