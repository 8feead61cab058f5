"""The desk: the single writer of trading state.

Facts go in (`step`), requests come out; the trader's own wishes go in by name (`submit`, `watch` ...)
and answer at once. The desk only routes: each book owns its logic, the gate its rules. No clock, no
socket and no randomness live here, so any session can be replayed exactly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import takewhile

from core.alerts.rules import ROSTER as ALERT_RULES
from core.alerts.watch import AlertWatch
from core.domain.account import AccountSummary
from core.domain.alert import Alert
from core.domain.codes import CodeClass, code_class, in_words
from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.events import (
    AccountReported,
    BarReported,
    BarsRefused,
    BarsReported,
    CommissionReported,
    ConnectAsked,
    ConnectFailed,
    ContractsFound,
    ContractsReported,
    DisconnectAsked,
    Event,
    ExecutionReported,
    IntentCommitted,
    IntentRefused,
    LinkLost,
    MessageReported,
    Note,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderStatusReported,
    PnlReported,
    PortfolioReported,
    PositionReported,
    ProbeAnswered,
    ProbeUnanswered,
    QuoteRefused,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
    Woke,
)
from core.domain.execution import Execution
from core.domain.limits import LinkSettings, Permissions, RiskLimits
from core.domain.link import LinkView
from core.domain.order import Order, OrderSpec, OrderState, Overlay
from core.domain.position import Position
from core.domain.quote import BarKey, Quote
from core.domain.requests import (
    CancelBars,
    CancelOrder,
    CancelQuotes,
    PlaceOrder,
    Record,
    Request,
    RequestBars,
    RequestContracts,
    SearchContracts,
    SubscribeQuotes,
    Wake,
)
from core.domain.topics import Changes, Topic
from core.domain.verdict import Ask, Denied, Objection
from core.link.machine import LinkMachine
from core.market.bars import BarBook, BarSeries
from core.market.quotes import QuoteBoard
from core.orders.blotter import Blotter
from core.orders.ids import OrderIds
from core.pacing.lanes import Lanes
from core.pacing.lines import Lines
from core.pacing.view import PacingView
from core.portfolio.account import AccountBook
from core.portfolio.positions import PositionBook
from core.risk import gate

NOTES_KEPT = 2_000
SUBMISSIONS_KEPT_S = 120.0
SEARCHES_KEPT = 32


@dataclass(frozen=True, slots=True)
class _BarsWish:
    """A series somebody shows: asked for again after every reconnect."""

    contract: Contract
    duration: str
    live: bool


class Desk:
    """One desk, one connection. `new_ref` and `jitter` are the only chance in it, and come from outside."""

    def __init__(
        self,
        link: LinkSettings,
        limits: RiskLimits,
        permissions: Permissions,
        *,
        now_s: float,
        new_ref: Callable[[], str],
        jitter: Callable[[], float],
        next_order_id: int = 1,
    ) -> None:
        self.now_s = now_s
        self.limits = limits
        self.permissions = permissions
        self._new_ref = new_ref
        self._link = LinkMachine(link, jitter)
        self._lanes = Lanes(link.messages_per_s, link.burst)
        self._lines = Lines(link.lines)
        self._quotes = QuoteBoard()
        self._bars = BarBook()
        self._wishes: dict[BarKey, _BarsWish] = {}
        self._blotter = Blotter()
        self._ids = OrderIds(next_order_id)
        self._positions = PositionBook()
        self._accounts = AccountBook()
        self._watch = AlertWatch(ALERT_RULES)
        self._details: dict[int, ContractDetails] = {}
        self._searches: dict[str, ContractsFound] = {}
        self._staged: dict[str, PlaceOrder] = {}
        self._submitted: deque[tuple[float, OrderSpec]] = deque()
        self._notes: deque[Note] = deque(maxlen=NOTES_KEPT)
        self._changed: set[tuple[Topic, Hashable]] = set()
        self._shown_link = self._link.view
        self._wake_at_s: float | None = None
        self._routes = self._routing_table()

    # --- reading -----------------------------------------------------------------------------------

    @property
    def link(self) -> LinkView:
        return self._link.view

    @property
    def last_heard_s(self) -> float | None:
        """When the gateway last said anything."""
        return self._link.last_heard_s

    @property
    def pacing(self) -> PacingView:
        return PacingView(
            message_rate=self._lanes.message_rate(self.now_s),
            message_limit=int(self._link.settings.messages_per_s),
            lines_used=len(self._lines),
            lines_limit=self._lines.limit,
            queued=self._lanes.queued,
        )

    def quote(self, con_id: int) -> Quote | None:
        return self._quotes.quote(con_id)

    def details(self, con_id: int) -> ContractDetails | None:
        return self._details.get(con_id)

    def contract(self, con_id: int) -> Contract | None:
        known = self._details.get(con_id)
        return known.contract if known else None

    def search_result(self, text: str) -> ContractsFound | None:
        return self._searches.get(text)

    def bars(self, key: BarKey) -> BarSeries | None:
        return self._bars.series(key)

    def bars_refusal(self, key: BarKey) -> str:
        """Why the last request for this series came to nothing; "" when it did not."""
        return self._bars.refusal(key)

    def orders(self) -> tuple[Order, ...]:
        return self._blotter.orders()

    def order(self, order_ref: str) -> Order | None:
        return self._blotter.order(order_ref)

    def live_orders(self, con_id: int | None = None) -> tuple[Order, ...]:
        return self._blotter.live(con_id)

    def executions(self) -> tuple[Execution, ...]:
        return self._blotter.ledger.executions()

    def positions(self) -> tuple[Position, ...]:
        return self._positions.positions()

    def position(self, account: str, con_id: int) -> Position | None:
        return self._positions.position(account, con_id)

    def account(self, account: str) -> AccountSummary | None:
        return self._accounts.account(account)

    def alerts(self) -> tuple[Alert, ...]:
        return self._watch.alerts()

    def notes(self) -> tuple[Note, ...]:
        return tuple(self._notes)

    def sent_within(self, seconds: float) -> tuple[tuple[float, OrderSpec], ...]:
        """(when, what) of every new order submitted in the last `seconds`, newest last."""
        recent = takewhile(lambda one: self.now_s - one[0] <= seconds, reversed(self._submitted))
        return tuple(reversed(tuple(recent)))

    def assess(self, spec: OrderSpec, now_s: float) -> tuple[Objection, ...]:
        """Every rule's objection to a specification, worst first; for checks while typing."""
        self.now_s = max(self.now_s, now_s)
        return gate.assess(self._with_account(spec), self)

    def drain(self) -> Changes:
        """What changed since the last drain, as keys by topic."""
        self._collect()
        drained: dict[Topic, set[Hashable]] = {}
        for topic, key in self._changed:
            drained.setdefault(topic, set()).add(key)
        self._changed.clear()
        return {topic: frozenset(keys) for topic, keys in drained.items()}

    @property
    def has_changes(self) -> bool:
        """Whether a drain would find anything."""
        self._collect()
        return bool(self._changed)

    # --- the trader's wishes -----------------------------------------------------------------------

    def submit(
        self, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge a new order. A PlaceOrder is an intent: commit it, then step IntentCommitted."""
        self.now_s = max(self.now_s, now_s)
        spec = self._with_account(spec)
        verdict = gate.judge(spec, self, acknowledged)
        if isinstance(verdict, Denied):
            order = self._blotter.deny(self._new_ref(), spec, verdict.words, self.now_s)
            self._note("warning", f"Denied: {order.spec.sentence()}. {verdict.words}")
            return verdict
        if isinstance(verdict, Ask):
            return verdict
        self._remember_submission(spec)
        place = PlaceOrder(self._new_ref(), self._ids.take(), verdict)
        self._blotter.intend(place.order_ref, place.order_id, spec, self.now_s)
        self._staged[place.order_ref] = place
        return place

    def modify(
        self, order_ref: str, spec: OrderSpec, now_s: float, acknowledged: frozenset[str] = frozenset()
    ) -> Denied | Ask | PlaceOrder:
        """Judge new terms for a working order; the answer is dealt with as `submit`'s is."""
        self.now_s = max(self.now_s, now_s)
        order = self._blotter.order(order_ref)
        if refusal := _why_not_modify(order):
            return Denied((Objection("Modification", "", "", refusal),))
        assert order is not None
        assert order.order_id is not None
        spec = replace(spec, account=order.spec.account)
        verdict = gate.judge(spec, self, acknowledged, modifies=order)
        if isinstance(verdict, Denied | Ask):
            return verdict
        place = PlaceOrder(order_ref, order.order_id, verdict, modifies=True, perm_id=order.perm_id)
        self._blotter.request_modify(order_ref, spec, self.now_s)
        self._staged[order_ref] = place
        return place

    def cancel(self, order_ref: str, now_s: float) -> Denied | list[Request]:
        """Cancels always pass, unless there is nothing to cancel."""
        self.now_s = max(self.now_s, now_s)
        order = self._blotter.order(order_ref)
        if refusal := why_not_cancel(order):
            return Denied((Objection("Cancel", "", "", refusal),))
        assert order is not None
        assert order.order_id is not None
        if self._lanes.withdraw(order_ref):
            self._blotter.withdrawn(order_ref, "Withdrawn before it was sent.", self.now_s)
            return self._finish([])
        if not self._link.is_open:
            words = "The gateway cannot be reached: the order keeps working at IB. Cancel it in TWS."
            return Denied((Objection("Link", self.link.state, "connected", words),))
        self._blotter.request_cancel(order_ref, self.now_s)
        self._lanes.offer(CancelOrder(order_ref, order.order_id))
        fields = (("order_id", str(order.order_id)),)
        return self._finish([Record("cancel requested", order_ref, fields)])

    def watch(self, contract: Contract, owner: str, now_s: float) -> list[Request]:
        """Quotes for a contract, shared by all who watch it."""
        self.now_s = max(self.now_s, now_s)
        if contract.con_id not in self._lines and self._lines.full:
            self._note("warning", f"{contract.label}: all {self._lines.limit} market-data lines are in use.")
            return self._finish([])
        if self._lines.watch(contract, owner) and self._link.is_open:
            self._lanes.offer(SubscribeQuotes(contract))
        if contract.con_id not in self._details and self._link.is_open:
            self._lanes.offer(RequestContracts(_query_of(contract)))
        return self._finish([])

    def unwatch(self, con_id: int, owner: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        if self._lines.unwatch(con_id, owner):
            self._quotes.drop(con_id)
            if self._link.is_open:
                self._lanes.offer(CancelQuotes(con_id))
        return self._finish([])

    def find(self, query: ContractQuery, now_s: float) -> list[Request]:
        """Ask for a contract's details; answered by ContractsReported."""
        self.now_s = max(self.now_s, now_s)
        if self._link.is_open:
            self._lanes.offer(RequestContracts(query))
        return self._finish([])

    def search(self, text: str, now_s: float) -> list[Request]:
        """Look for contracts by symbol or name; answered by ContractsFound."""
        self.now_s = max(self.now_s, now_s)
        if self._link.is_open:
            self._lanes.offer(SearchContracts(text))
        return self._finish([])

    def load_bars(
        self, key: BarKey, contract: Contract, duration: str, live: bool, now_s: float
    ) -> list[Request]:
        """Ask for a series; with `live` it keeps growing and is asked for again after a reconnect."""
        self.now_s = max(self.now_s, now_s)
        wish = _BarsWish(contract, duration, live)
        if live:
            self._wishes[key] = wish
        if self._link.is_open:
            self._offer_bars(key, wish)
        return self._finish([])

    def drop_bars(self, key: BarKey, now_s: float) -> list[Request]:
        """Nobody shows the series any more."""
        self.now_s = max(self.now_s, now_s)
        if self._wishes.pop(key, None) is not None and self._link.is_open:
            self._lanes.offer(CancelBars(key))
        self._bars.drop(key)
        return self._finish([])

    def acknowledge(self, alert_id: str, now_s: float) -> list[Request]:
        self.now_s = max(self.now_s, now_s)
        self._watch.acknowledge(alert_id, self.now_s)
        return self._finish([])

    # --- facts -------------------------------------------------------------------------------------

    def step(self, event: Event, now_s: float) -> list[Request]:
        """Take in one fact; what comes out is to be done in order."""
        self.now_s = max(self.now_s, now_s)
        return self._finish(self._routes[type(event)](event) or [])

    def _routing_table(self) -> dict[type[Event], Callable[..., list[Request] | None]]:
        """Who takes which fact; a fact without a row is our own fault and raises KeyError."""
        return {
            ConnectAsked: self._connect_asked,
            DisconnectAsked: self._disconnect_asked,
            Woke: self._woke,
            SocketOpened: self._socket_opened,
            ConnectFailed: self._connect_failed,
            LinkLost: self._link_lost,
            ProbeAnswered: self._heard(lambda e: self._link.probe_answered(e, self.now_s)),
            ProbeUnanswered: self._probe_unanswered,
            MessageReported: self._heard(self._message_reported),
            ContractsReported: self._heard(self._contracts_reported),
            ContractsFound: self._heard(self._contracts_found),
            QuotesReported: self._heard(lambda e: self._quotes.reported(e.quotes, self.now_s)),
            QuoteRefused: self._heard(self._quote_refused),
            BarsReported: self._heard(self._bars_reported),
            BarReported: self._heard(self._bar_reported),
            BarsRefused: self._heard(self._bars_refused),
            IntentCommitted: self._intent_committed,
            IntentRefused: self._intent_refused,
            OrderSent: lambda e: self._blotter.written(e.order_ref, self.now_s),
            OrderNotSent: lambda e: self._blotter.withdrawn(e.order_ref, e.reason, self.now_s),
            OrderReported: self._heard(lambda e: self._blotter.reported(e, self.now_s)),
            OrderStatusReported: self._heard(lambda e: self._blotter.status_reported(e, self.now_s)),
            ExecutionReported: self._heard(self._execution_reported),
            CommissionReported: self._heard(self._blotter.commission_reported),
            SnapshotCompleted: self._heard(self._snapshot_completed),
            PositionReported: self._heard(lambda e: self._positions.reported(e, self.now_s)),
            PortfolioReported: self._heard(lambda e: self._positions.marked(e, self.now_s)),
            AccountReported: self._heard(self._account_reported),
            PnlReported: self._heard(lambda e: self._accounts.pnl_reported(e, self.now_s)),
        }

    def _heard(self, handle: Callable[..., list[Request] | None]) -> Callable[..., list[Request] | None]:
        """Whatever comes from the gateway also proves that it is alive."""

        def handler(event: Event) -> list[Request] | None:
            self._link.heard(self.now_s)
            return handle(event)

        return handler

    # --- facts: the link ---------------------------------------------------------------------------

    def _connect_asked(self, event: ConnectAsked) -> list[Request]:
        before = self._link.view.socket
        out = self._link.connect_asked(event, self.now_s)
        if out and before is not self._link.view.socket:
            self._lose_sight()
        return out

    def _disconnect_asked(self, event: DisconnectAsked) -> list[Request]:
        self._lose_sight()
        return self._link.disconnect_asked(self.now_s)

    def _woke(self, event: Woke) -> list[Request]:
        self._wake_at_s = None
        out = self._link.woke(self.now_s)
        self._blotter.woke(self.now_s)
        self._watch.judge(self._accounts.accounts(), self.now_s)
        return out

    def _socket_opened(self, event: SocketOpened) -> list[Request]:
        self._link.heard(self.now_s)
        self._ids.raise_floor(event.next_order_id)
        self._blotter.client_id = self._link.view.client_id
        out = self._link.opened(event, self.now_s)
        for contract in self._lines.contracts():
            if contract.con_id not in self._details:
                self._lanes.offer(RequestContracts(_query_of(contract)))
            self._lanes.offer(SubscribeQuotes(contract))
        for key, wish in self._wishes.items():
            self._offer_bars(key, wish)
        return out

    def _connect_failed(self, event: ConnectFailed) -> list[Request]:
        return self._link.connect_failed(event, self.now_s)

    def _link_lost(self, event: LinkLost) -> list[Request]:
        out = self._link.lost(event, self.now_s)
        if not self._link.is_open:
            self._lose_sight()
        return out

    def _probe_unanswered(self, event: ProbeUnanswered) -> list[Request]:
        out = self._link.probe_unanswered(event, self.now_s)
        if out:
            self._lose_sight()
        return out

    def _lose_sight(self) -> None:
        """Nothing shown is fresh any more, nothing queued may be sent later."""
        for request in self._lanes.clear():
            if isinstance(request, PlaceOrder):
                self._blotter.withdrawn(
                    request.order_ref, "The link was lost before it was sent.", self.now_s
                )
        self._quotes.lost(self.now_s)
        self._blotter.link_lost(self.now_s)

    def _message_reported(self, event: MessageReported) -> list[Request]:
        out = self._link.message_reported(event, self.now_s)
        if event.order_id is not None:
            self._blotter.message_reported(event, self.now_s)
        if event.code == 1101:
            for contract in self._lines.contracts():
                self._lanes.offer(SubscribeQuotes(contract))
            for key, wish in self._wishes.items():
                self._offer_bars(key, wish)
        kind = code_class(event.code)
        if kind is not CodeClass.NOTICE and event.code not in (2104, 2106, 2107, 2108, 2119, 2158):
            level = "info" if kind is CodeClass.CANCELLED else "warning"
            self._note(level, in_words(event.code, event.text))
        return out

    def _snapshot_completed(self, event: SnapshotCompleted) -> list[Request]:
        if not event.missing:
            self._ids.raise_floor(event.next_order_id or 0)
            self._blotter.reconcile(event, self.now_s)
            self._positions.replace_all(event.positions, self.now_s)
        return self._link.snapshot_completed(event.missing, self.now_s)

    # --- facts: market -----------------------------------------------------------------------------

    def _contracts_reported(self, event: ContractsReported) -> None:
        for details in event.details:
            self._details[details.contract.con_id] = details
            self._touch(Topic.CONTRACT, details.contract.con_id)
        if not event.details:
            asked = event.query.symbol or f"conId {event.query.con_id}"
            self._note("warning", f"{asked}: {in_words(event.code or 200, event.text)}")

    def _contracts_found(self, event: ContractsFound) -> None:
        self._searches.pop(event.text, None)
        self._searches[event.text] = event
        while len(self._searches) > SEARCHES_KEPT:
            del self._searches[next(iter(self._searches))]
        self._touch(Topic.SEARCH, event.text)

    def _quote_refused(self, event: QuoteRefused) -> None:
        contract = self.contract(event.con_id)
        label = contract.label if contract else str(event.con_id)
        self._note("warning", f"{label}: {in_words(event.code, event.text)}")

    def _bars_reported(self, event: BarsReported) -> None:
        self._bars.report(event)
        self._touch(Topic.BARS, event.key)

    def _bar_reported(self, event: BarReported) -> None:
        self._bars.update(event)
        self._touch(Topic.BARS, event.key)

    def _bars_refused(self, event: BarsRefused) -> None:
        self._bars.refuse(event)
        self._touch(Topic.BARS, event.key)

    def _offer_bars(self, key: BarKey, wish: _BarsWish) -> None:
        deadline_s = 3 * self._link.settings.request_deadline_s
        self._lanes.offer(RequestBars(key, wish.contract, wish.duration, wish.live, deadline_s))

    # --- facts: orders and account -----------------------------------------------------------------

    def _intent_committed(self, event: IntentCommitted) -> None:
        place = self._staged.pop(event.order_ref)
        if self._link.is_open:
            self._lanes.offer(place)
        else:
            self._blotter.withdrawn(event.order_ref, "The link was lost before it was sent.", self.now_s)

    def _intent_refused(self, event: IntentRefused) -> None:
        del self._staged[event.order_ref]
        self._blotter.withdrawn(event.order_ref, event.reason, self.now_s)
        self._note("error", event.reason)

    def _execution_reported(self, event: ExecutionReported) -> None:
        new = self._blotter.executed_event(event, self.now_s)
        if new and not event.replayed:
            one = event.execution
            verb = "Bought" if one.side.sign > 0 else "Sold"
            self._note("info", f"{verb} {one.quantity.normalize():f} {one.contract.label} at {one.price}.")

    def _account_reported(self, event: AccountReported) -> None:
        self._accounts.reported(event, self.now_s)
        self._watch.judge(self._accounts.accounts(), self.now_s)
        self._link.account_reported(event.account, self.now_s)

    # --- after every step --------------------------------------------------------------------------

    def _finish(self, out: list[Request]) -> list[Request]:
        """Let the books speak, grant what the lanes allow, and say when to wake."""
        requests = [request for request in out if not self._line_up(request)]
        if self._blotter.pull:
            self._blotter.pull = False
            self._link.resnapshot(self.now_s)
        for words in self._blotter.alarms:
            self._note("error", words)
        self._blotter.alarms.clear()
        for what, alert in self._watch.records:
            requests.append(_alert_record(what, alert))
            self._note("warning", f"{alert.level.word}: {alert.title}. {alert.measured}.")
        self._watch.records.clear()
        requests += self._lanes.take(self.now_s)
        wake = self._next_wake()
        return [*requests, wake] if wake else requests

    def _line_up(self, request: Request) -> bool:
        """True when the request costs messages and now waits in its lane."""
        if isinstance(request, Record | Wake) or type(request).__name__ in ("Connect", "Disconnect"):
            return False
        self._lanes.offer(request)  # type: ignore[arg-type]
        return True

    def _next_wake(self) -> Wake | None:
        queue_s = self._lanes.due_in_s(self.now_s)
        due = [
            self._link.due_at_s,
            self._blotter.due_at_s,
            self._watch.due_at_s,
            None if queue_s is None else self.now_s + queue_s,
        ]
        next_s = min((at for at in due if at is not None), default=None)
        if next_s is None or (self._wake_at_s is not None and self._wake_at_s <= next_s):
            return None
        self._wake_at_s = next_s
        return Wake(max(0.001, next_s - self.now_s))

    def _collect(self) -> None:
        """Fold what the books touched into the desk's own list of changes."""
        for topic, book in (
            (Topic.QUOTE, self._quotes.changed),
            (Topic.ORDER, self._blotter.changed),
            (Topic.EXECUTION, self._blotter.executed),
            (Topic.POSITION, self._positions.changed),
            (Topic.ACCOUNT, self._accounts.changed),
            (Topic.ALERT, self._watch.changed),
        ):
            if book:
                self._changed.update((topic, key) for key in book)
                book.clear()
        if self._link.view is not self._shown_link:
            self._shown_link = self._link.view
            self._touch(Topic.LINK, "")

    def _touch(self, topic: Topic, key: Hashable) -> None:
        self._changed.add((topic, key))

    def _note(self, level: str, words: str) -> None:
        self._notes.append(Note(self.now_s, level, words))
        self._touch(Topic.NOTE, "")

    def _with_account(self, spec: OrderSpec) -> OrderSpec:
        return spec if spec.account else replace(spec, account=self._link.view.account)

    def _remember_submission(self, spec: OrderSpec) -> None:
        self._submitted.append((self.now_s, spec))
        while self._submitted and self.now_s - self._submitted[0][0] > SUBMISSIONS_KEPT_S:
            self._submitted.popleft()


def why_not_cancel(order: Order | None) -> str:
    """Why an order cannot be cancelled from here; "" when it can."""
    if order is None or order.order_id is None:
        return "There is no such order."
    if order.state.is_final:
        return f"The order is {order.state}: there is nothing to cancel."
    if not order.own:
        return "Another client placed this order; only that client or TWS can cancel it."
    return ""


def _why_not_modify(order: Order | None) -> str:
    if refusal := why_not_cancel(order):
        return refusal.replace("cancelled", "modified").replace("nothing to cancel", "nothing to modify")
    assert order is not None
    if order.state in (OrderState.INTENT, OrderState.SENT, OrderState.IN_DOUBT):
        return "IB has not confirmed the order yet: it cannot be modified before."
    if order.modify is not Overlay.NONE:
        return "An earlier modification has not been confirmed yet."
    if order.cancel is not Overlay.NONE:
        return "A cancel has been requested for this order."
    return ""


def _query_of(contract: Contract) -> ContractQuery:
    return ContractQuery(
        symbol=contract.symbol,
        sec_type=contract.sec_type,
        exchange=contract.exchange,
        currency=contract.currency,
        con_id=contract.con_id,
    )


def _alert_record(what: str, alert: Alert) -> Record:
    fields = (
        ("level", alert.level.word),
        ("title", alert.title),
        ("measured", alert.measured),
        ("limit", alert.limit),
        ("raised_at_s", str(Decimal(str(alert.raised_at_s)))),
    )
    return Record(what, alert.alert_id, fields)
