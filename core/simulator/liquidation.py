"""Liquidation: what the broker does to an account whose excess liquidity has been used up.

There is a short grace, so that a client's alerts come first; then the position that frees the most margin
is closed by market orders of the broker's own, a part at a time, until there is excess again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from core.simulator.account import Account
from core.simulator.margin import required
from core.simulator.model import Order

GRACE_S: Final = 10.0
PAUSE_S: Final = 4.0
"""Between one order of the broker's and the next."""

CUSHION: Final = 1.15
"""The broker sells this much more than what is missing."""

BROKER: Final = 0
"""The client id of the broker's own orders; their order ids are negative, as TWS shows orders not of the API."""

LOOKS: Final = ((0.10, 1.0), (0.30, 5.0), (1.0, 20.0), (math.inf, 60.0))
"""Up to which excess (a share of the maintenance margin) the broker looks again after how long."""


@dataclass(slots=True)
class Watch:
    """What the broker remembers of one account."""

    short_since_s: float | None = None
    orders: int = 0

    def look(self, account: Account, now_s: float, working: bool) -> tuple[Order | None, float]:
        """The order that the broker sends now, if any, and when it looks again."""
        whole = account.totals().whole
        needed = whole.margin.maintenance
        excess = whole.equity_with_loan - needed
        if excess >= 0 or not needed:
            self.short_since_s = None
            ratio = excess / needed if needed else math.inf
            return None, now_s + next(wait_s for most, wait_s in LOOKS if ratio <= most)
        if self.short_since_s is None:
            self.short_since_s = now_s
        if now_s < self.short_since_s + GRACE_S or working:
            return None, now_s + 1.0
        return self._order(account, -excess), now_s + PAUSE_S

    def _order(self, account: Account, missing: float) -> Order | None:
        """A market order in the position that needs the most margin, just large enough."""
        lines = [(required([line]).maintenance, line) for line in account.lines()]
        frees, line = max(lines, key=lambda one: one[0], default=(0.0, None))
        if line is None or frees <= 0:
            return None
        held = abs(line.quantity)
        quantity = min(held, math.ceil(held * missing * CUSHION / frees))
        self.orders += 1
        return Order(
            client_id=BROKER,
            order_id=-self.orders,
            contract=line.contract,
            action="SELL" if line.quantity > 0 else "BUY",
            quantity=float(quantity),
            order_type="MKT",
            limit_price=None,
            aux_price=None,
            account=account.name,
            outside_rth=True,
            attributes={"liquidation": True},
        )
