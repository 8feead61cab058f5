"""What rules may see of the desk: read-only and narrow."""

from __future__ import annotations

from typing import Protocol

from core.domain.account import AccountSummary
from core.domain.contract import ContractDetails
from core.domain.limits import Permissions, RiskLimits
from core.domain.link import LinkView
from core.domain.mismatch import Mismatch
from core.domain.order import Order, OrderSpec
from core.domain.position import Position
from core.domain.preview import Preview
from core.domain.quote import Quote
from core.domain.trading import TradingView


class DeskView(Protocol):
    """A moment of the desk, as risk rules read it."""

    @property
    def now_s(self) -> float: ...
    @property
    def limits(self) -> RiskLimits: ...
    @property
    def permissions(self) -> Permissions: ...
    @property
    def link(self) -> LinkView: ...
    @property
    def trading(self) -> TradingView: ...
    def details(self, con_id: int) -> ContractDetails | None: ...
    def quote(self, con_id: int) -> Quote | None: ...
    def account(self, account: str) -> AccountSummary | None: ...
    def positions(self) -> tuple[Position, ...]: ...
    def position(self, account: str, con_id: int) -> Position | None: ...
    def mismatch(self, account: str, con_id: int) -> Mismatch | None:
        """Why IB's figure of a position is not explained by our executions; `None` when it is."""
        ...

    def live_orders(self, con_id: int | None = None) -> tuple[Order, ...]:
        """Orders that could still execute, foreign ones too."""
        ...

    def preview(self, spec: OrderSpec) -> Preview | None:
        """IB's own what-if of this very order, while it is fresh enough to judge by."""
        ...

    def sent_within(self, seconds: float) -> tuple[tuple[float, OrderSpec], ...]:
        """(when, what) of every new order submitted by this desk in the last `seconds`, newest last."""
        ...
