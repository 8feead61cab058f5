"""Executions: the only evidence of a fill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.domain.contract import Contract
from core.domain.order import Side


def execution_key(exec_id: str) -> str:
    """The same for every revision of one fill."""
    return exec_id.rsplit(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill, or a later revision of it: revisions differ only after the last dot of `exec_id`."""

    exec_id: str
    account: str
    contract: Contract
    side: Side
    quantity: Decimal
    price: Decimal
    at: datetime
    order_id: int
    perm_id: int | None
    client_id: int
    order_ref: str = ""
    exchange: str = ""
    liquidation: bool = False
    commission: Decimal | None = None
    commission_currency: str = ""
    realised_pnl: Decimal | None = None

    @property
    def key(self) -> str:
        return execution_key(self.exec_id)

    @property
    def revision(self) -> int:
        tail = self.exec_id.rsplit(".", 1)[-1]
        return int(tail) if tail.isdigit() else 0
