"""The register of orders: every order by our reference, found again by permanent id or by client and order id."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.events import (
    CancelRequested,
    CommissionReported,
    ExecutionReported,
    IntentDenied,
    IntentRefused,
    IntentRestored,
    MessageReported,
    OrderNotSent,
    OrderReported,
    OrderSent,
    OrderSettled,
    OrderStatusReported,
    ReplacementChanged,
)
from core.domain.execution import Execution, execution_key
from core.domain.order import Order, OrderState, Overlay
from core.orders.ledger import Ledger
from core.orders.reach import Here, why_not_listed
from core.orders.terms import could_fill

UNANSWERED = frozenset({OrderState.INTENT, OrderState.SENT, OrderState.IN_DOUBT})
"""IB has said nothing of the order yet, or what it said is in doubt."""

_NAMED = (
    CancelRequested
    | IntentDenied
    | IntentRefused
    | IntentRestored
    | OrderNotSent
    | OrderSent
    | OrderSettled
    | ReplacementChanged
)


class Register:
    """`changed` and `executed` collect the keys touched since they were last cleared; `alarms` and `news` what the
    trader must and should be told; `pull` says that the picture is doubted and IB must be asked again.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.client_id: int | None = None
        self.gateway = ""
        self.accounts: tuple[str, ...] = ()
        self.changed: set[str] = set()
        self.executed: set[str] = set()
        self.alarms: list[str] = []
        self.news: list[str] = []
        self.pull = False
        self._orders: dict[str, Order] = {}
        self._live: dict[str, None] = {}
        self._by_perm: dict[int, str] = {}
        self._by_id: dict[tuple[int | None, int], str] = {}
        self._intended: set[str] = set()
        self._amended: set[str] = set()
        """Those whose change was asked for since IB had them: a refusal may be of that alone."""
        self._due_is_old = True

    @property
    def here(self) -> Here:
        """The connection there is, or the last one there was."""
        return Here(self.client_id, self.gateway, self.accounts)

    def orders(self) -> tuple[Order, ...]:
        """Newest first."""
        return tuple(reversed(self._orders.values()))

    def order(self, order_ref: str) -> Order | None:
        return self._orders.get(order_ref)

    def live(self, con_id: int | None = None) -> tuple[Order, ...]:
        """Those that could still execute, foreign ones too."""
        live = (self._orders[order_ref] for order_ref in self._live)
        return tuple(one for one in live if con_id is None or one.spec.contract.con_id == con_id)

    def reference_of(self, event: object) -> str:
        """The order that a fact is about, as far as it is known; "" when it is about none."""
        if isinstance(event, _NAMED):
            return event.order_ref
        if isinstance(event, CommissionReported):
            return self.ledger.owner(execution_key(event.exec_id))
        found: Order | None = None
        if isinstance(event, OrderReported):
            found = self._find(event.order_ref, event.perm_id, event.client_id, event.order_id)
        elif isinstance(event, OrderStatusReported):
            found = self._find("", event.perm_id, event.client_id, event.order_id)
        elif isinstance(event, ExecutionReported):
            found = self._find_executed(event.execution)
        elif isinstance(event, MessageReported) and event.order_id is not None:
            found = self._find("", None, self.client_id, event.order_id)
        return found.order_ref if found else ""

    # --- inside ------------------------------------------------------------------------------------

    def _find(
        self,
        order_ref: str,
        perm_id: int | None,
        client_id: int | None,
        order_id: int,
        fits: Callable[[Order], bool] = lambda order: True,
    ) -> Order | None:
        """By our reference, else by permanent id, else by client and order id where no permanent id contradicts.

        References and ids may have been given out twice: `fits` says whether what is told can be of an order.
        """
        if order_ref in self._intended and fits(found := self._orders[order_ref]):
            return found
        by_perm = self._known_here(self._by_perm.get(perm_id or 0, ""))
        if by_perm is not None:
            return by_perm
        for reference in (order_ref, self._by_id.get((client_id, order_id), "")):
            known = self._known_here(reference)
            contradicts = known and perm_id and known.perm_id and known.perm_id != perm_id
            if known is not None and not contradicts and fits(known):
                return known
        return None

    def _find_executed(self, one: Execution) -> Order | None:
        return self._find(
            one.order_ref, one.perm_id, one.client_id, one.order_id, lambda order: could_fill(order.spec, one)
        )

    def _known_here(self, order_ref: str) -> Order | None:
        """IB's numbers are each gateway's and login's own: an order of another is not the one that is meant."""
        known = self._orders.get(order_ref)
        return None if known is None or why_not_listed(known, self.here) else known

    def _keep(self, order: Order) -> Order:
        known = self._orders.get(order.order_ref)
        if known == order:
            return order
        self._orders[order.order_ref] = order
        self._due_is_old = True
        if order.is_live:
            self._live[order.order_ref] = None
        else:
            self._live.pop(order.order_ref, None)
        if order.modify is not Overlay.NONE and order.state not in UNANSWERED:
            self._amended.add(order.order_ref)
        self.changed.add(order.order_ref)
        if order.perm_id:
            self._by_perm[order.perm_id] = order.order_ref
        for leg in order.legs:
            self._by_perm[leg.perm_id] = order.order_ref
        if order.order_id:
            self._by_id[order.client_id, order.order_id] = order.order_ref
        return order

    def _say(self, order: Order, words: str) -> None:
        """Good or plain news of an order."""
        self.news.append(f"{order.spec.sentence()}: {words}")
