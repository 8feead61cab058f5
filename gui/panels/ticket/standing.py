"""Where the ticket stands: its contract and account, and what the desk says of them now."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from core.domain.contract import Contract, ContractDetails
from core.domain.order import Order, Side
from core.domain.quote import Quote
from core.risk.value import base_currency, rate_to_base
from gui.bridge import Bridge
from gui.panels.ticket.sizing import Means
from gui.panels.ticket.words import Surroundings
from gui.widgets.replacement_words import expected_gap


class Standing:
    """Read anew at every question: nothing here goes stale."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.contract: Contract | None = None
        self.staged_account = ""
        self.modifies = ""
        """The order that is changed or replaced, by reference."""
        self.replaces = False
        """It is cancelled, and what the ticket holds is placed anew."""

    @property
    def account(self) -> str:
        """A position's or an order's own account, else the desk's."""
        return self.staged_account or self._bridge.account

    @property
    def label(self) -> str:
        return "" if self.contract is None else self.contract.label

    @property
    def details(self) -> ContractDetails | None:
        return None if self.contract is None else self._bridge.desk.details(self.contract.con_id)

    @property
    def quote(self) -> Quote | None:
        return None if self.contract is None else self._bridge.desk.quote(self.contract.con_id)

    @property
    def changed_order(self) -> Order | None:
        return self._bridge.desk.order(self.modifies) if self.modifies and not self.replaces else None

    @property
    def replaced_order(self) -> Order | None:
        return self._bridge.desk.order(self.modifies) if self.replaces else None

    @property
    def verb(self) -> str:
        """What is done to an order that IB has already; "" for a new one."""
        if not self.modifies:
            return ""
        return "Replace" if self.replaces else "Modify"

    @property
    def held(self) -> Decimal:
        if self.contract is None:
            return Decimal(0)
        position = self._bridge.desk.position(self.account, self.contract.con_id)
        return Decimal(0) if position is None else position.quantity

    def around(self) -> Surroundings:
        desk = self._bridge.desk
        summary = desk.account(self.account)
        place = f"{self._bridge.mode} {self.account}".strip()
        gap = expected_gap(desk) if self.replaces else ""
        return Surroundings(
            self.details,
            self.quote,
            self.held,
            summary,
            place,
            self.changed_order,
            self._rate(),
            self.replaced_order,
            gap,
        )

    def means(self, side: Side) -> Means:
        """What sizing goes by: the account, and the price this side would get now."""
        desk = self._bridge.desk
        summary = desk.account(self.account)
        near = self.quoted("ask" if side is Side.BUY else "bid") or self.quoted("last")
        return Means(
            summary.net_liquidation if summary else None,
            self._rate(),
            base_currency(self.account, desk),
            near or self.quoted("close"),
        )

    def quoted(self, source: str) -> Decimal | None:
        """The quote's bid, mid, ask, last or close, on the contract's tick."""
        quote, details = self.quote, self.details
        price = None if quote is None else getattr(quote, source)
        if price is None or details is None:
            return None
        return details.round_to_tick(price, rounding=ROUND_HALF_EVEN)

    def closed_route(self, exchange: str) -> str:
        """Why the permissions close an exchange; "" where they do not."""
        permitted = self._bridge.desk.permissions.exchanges
        if not permitted or exchange in permitted:
            return ""
        return f"Not permitted here: orders may go to {', '.join(sorted(permitted))}."

    def seed(self, side: Side) -> Decimal | None:
        """The price a step from an empty field begins at."""
        near = "bid" if side is Side.BUY else "ask"
        return self.quoted(near) or self.quoted("last") or self.quoted("close")

    def _rate(self) -> Decimal | None:
        currency = self.contract.currency if self.contract else ""
        return rate_to_base(currency, self.account, self._bridge.desk)
