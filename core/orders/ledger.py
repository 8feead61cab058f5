"""The ledger of executions: one revision counts per fill, whatever order and however often they come."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.events import CommissionReported
from core.domain.execution import Execution


class Ledger:
    """Every execution of the session by its key, newest revision only."""

    def __init__(self) -> None:
        self._by_key: dict[str, Execution] = {}
        self._commissions: dict[str, CommissionReported] = {}

    def add(self, execution: Execution) -> bool:
        """True when this told something new: a new fill or a later revision of one."""
        known = self._by_key.get(execution.key)
        if known is not None and known.revision >= execution.revision:
            return False
        commission = self._commissions.get(execution.exec_id)
        self._by_key[execution.key] = _with_commission(execution, commission) if commission else execution
        return True

    def add_commission(self, report: CommissionReported) -> Execution | None:
        """The execution it belongs to, now with its cost; kept for later when that is not there yet."""
        self._commissions[report.exec_id] = report
        known = self._by_key.get(report.exec_id.rsplit(".", 1)[0])
        if known is None or known.exec_id != report.exec_id:
            return None
        self._by_key[known.key] = _with_commission(known, report)
        return self._by_key[known.key]

    def executions(self) -> tuple[Execution, ...]:
        """Newest first."""
        return tuple(sorted(self._by_key.values(), key=lambda one: (one.at, one.key), reverse=True))

    def of_order(self, perm_id: int | None, client_id: int | None, order_id: int | None) -> list[Execution]:
        """One order's executions: by permanent id where both sides have it, else by client and order id."""
        return [
            one
            for one in self._by_key.values()
            if (perm_id and one.perm_id == perm_id)
            or (not (perm_id and one.perm_id) and (one.client_id, one.order_id) == (client_id, order_id))
        ]


def filled(executions: list[Execution]) -> tuple[Decimal, Decimal | None]:
    """(quantity, average price) of some executions; the price is `None` when nothing was filled."""
    quantity = sum((one.quantity for one in executions), Decimal(0))
    if not quantity:
        return Decimal(0), None
    money = sum((one.quantity * one.price for one in executions), Decimal(0))
    return quantity, money / quantity


def _with_commission(execution: Execution, report: CommissionReported) -> Execution:
    return replace(
        execution,
        commission=report.commission,
        commission_currency=report.currency,
        realised_pnl=report.realised_pnl,
    )
