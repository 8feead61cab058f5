"""What the rules must suppose when they look at a child of a bracket, or at an order that takes another's place."""

from __future__ import annotations

from collections.abc import Iterator

from core.domain.account import AccountSummary
from core.domain.bracket import GroupSpec, Placement
from core.domain.contract import ContractDetails
from core.domain.limits import Permissions, RiskLimits
from core.domain.link import LinkView
from core.domain.mismatch import Mismatch
from core.domain.order import Order, OrderSpec, OrderState
from core.domain.position import Position
from core.domain.preview import Preview
from core.domain.quote import Quote
from core.domain.trading import TradingView
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import exact
from core.risk.value import held

SHAPE = "BracketShape"


class Supposed:
    """The desk as it would be with `parent` filled at its own price, `also` working, and `without` gone."""

    def __init__(
        self,
        view: DeskView,
        parent: OrderSpec | None = None,
        also: tuple[Order, ...] = (),
        *,
        without: str = "",
    ) -> None:
        self._view = view
        self._parent = parent
        self._also = also
        self._without = without
        self._held = None if parent is None else _after(parent, view)
        self._quote = None if parent is None else _at_entry(parent, view)

    @property
    def now_s(self) -> float:
        return self._view.now_s

    @property
    def limits(self) -> RiskLimits:
        return self._view.limits

    @property
    def permissions(self) -> Permissions:
        return self._view.permissions

    @property
    def link(self) -> LinkView:
        return self._view.link

    @property
    def trading(self) -> TradingView:
        return self._view.trading

    def details(self, con_id: int) -> ContractDetails | None:
        return self._view.details(con_id)

    def quote(self, con_id: int) -> Quote | None:
        ours = self._parent is not None and con_id == self._parent.contract.con_id
        return self._quote if ours else self._view.quote(con_id)

    def account(self, account: str) -> AccountSummary | None:
        return self._view.account(account)

    def positions(self) -> tuple[Position, ...]:
        others = tuple(one for one in self._view.positions() if not self._replaces(one))
        return others if self._held is None else (*others, self._held)

    def position(self, account: str, con_id: int) -> Position | None:
        found = self._held
        ours = found is not None and (account, con_id) == (found.account, found.contract.con_id)
        return found if ours else self._view.position(account, con_id)

    def mismatch(self, account: str, con_id: int) -> Mismatch | None:
        return self._view.mismatch(account, con_id)

    def preview(self, spec: OrderSpec) -> Preview | None:
        return self._view.preview(spec) if self._parent is None else None

    def live_orders(self, con_id: int | None = None) -> tuple[Order, ...]:
        also = (one for one in self._also if con_id in (None, one.spec.contract.con_id))
        there = (one for one in self._view.live_orders(con_id) if one.order_ref != self._without)
        return (*there, *also)

    def sent_within(self, seconds: float) -> tuple[tuple[float, OrderSpec], ...]:
        """A bracket counts once, by its parent: for a child nothing was sent."""
        return () if self._parent is not None else self._view.sent_within(seconds)

    def _replaces(self, one: Position) -> bool:
        found = self._held
        return found is not None and (one.account, one.contract.con_id) == (
            found.account,
            found.contract.con_id,
        )


def _after(parent: OrderSpec, view: DeskView) -> Position:
    quantity = held(parent.account, parent.contract, view) + parent.side.sign * parent.quantity
    return Position(parent.account, parent.contract, quantity)


def _at_entry(parent: OrderSpec, view: DeskView) -> Quote | None:
    """The market where the parent fills: at its stop or limit price where that is away from the market."""
    quote = view.quote(parent.contract.con_id)
    entry = parent.stop_price if parent.stop_price is not None else parent.limit_price
    if entry is None:
        return quote
    market = None if quote is None or quote.reference is None else exact(quote.reference)
    fills_now = parent.stop_price is None and market is not None and (entry - market) * parent.side.sign > 0
    if fills_now:
        return quote
    price = float(entry)
    return Quote(parent.contract.con_id, bid=price, ask=price, last=price, changed_at_s=view.now_s)


def placements(group: GroupSpec) -> tuple[Placement, ...]:
    """The orders of a group with ids that only tie them together."""
    numbers = iter(range(1, 1_000_000))
    return group.expand(lambda: next(numbers))


def shape(group: GroupSpec) -> Iterator[Objection]:
    """What is wrong with the group itself."""
    for fault in group.faults():
        yield Objection(SHAPE, "a group that cannot be", "a group that IB takes", fault)


def as_working(placed: Placement, now_s: float) -> Order:
    return Order(f"group-{placed.order_id}", placed.spec, OrderState.INTENT, now_s, now_s)
