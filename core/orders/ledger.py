"""The ledger of executions: one revision counts per fill, whatever order and however often they come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from core.domain.contract import Contract, SecType
from core.domain.events import CommissionReported
from core.domain.execution import Execution, execution_key


class Ledger:
    """Every execution of the session by its key, newest revision only; each belongs to one order or to none yet."""

    def __init__(self) -> None:
        self._by_key: dict[str, Execution] = {}
        self._commissions: dict[str, CommissionReported] = {}
        self._owner: dict[str, str] = {}
        self._keys: dict[str, dict[str, None]] = {}
        self._unclaimed: dict[str, None] = {}

    def add(self, execution: Execution) -> bool:
        """True when this told something new: a new fill or a later revision of one."""
        known = self._by_key.get(execution.key)
        if known is not None and known.revision >= execution.revision:
            return False
        commission = self._commissions.get(execution.exec_id)
        self._by_key[execution.key] = _with_commission(execution, commission) if commission else execution
        if execution.key not in self._owner:
            self._unclaimed[execution.key] = None
        return True

    def knows(self, key: str) -> bool:
        return key in self._by_key

    def add_commission(self, report: CommissionReported) -> Execution | None:
        """The execution it belongs to, now with its cost; kept for later when that is not there yet."""
        self._commissions[report.exec_id] = report
        known = self._by_key.get(execution_key(report.exec_id))
        if known is None or known.exec_id != report.exec_id:
            return None
        self._by_key[known.key] = _with_commission(known, report)
        return self._by_key[known.key]

    def executions(self) -> tuple[Execution, ...]:
        """Newest first."""
        return tuple(sorted(self._by_key.values(), key=lambda one: (one.at, one.key), reverse=True))

    # --- whose they are ----------------------------------------------------------------------------

    def claim(self, key: str, order_ref: str) -> None:
        """This execution is that order's."""
        self._unclaimed.pop(key, None)
        self._owner[key] = order_ref
        self._keys.setdefault(order_ref, {})[key] = None

    def owner(self, key: str) -> str:
        """The order it belongs to; "" while none is known."""
        return self._owner.get(key, "")

    def unclaimed(self) -> tuple[Execution, ...]:
        """Executions that fit no order known so far."""
        return tuple(self._by_key[key] for key in self._unclaimed)

    def of_order(self, order_ref: str) -> list[Execution]:
        return [self._by_key[key] for key in self._keys.get(order_ref, ())]


def filled(executions: Iterable[Execution], contract: Contract) -> tuple[Decimal, Decimal | None]:
    """(quantity, average price) of an order's executions; the price is `None` when nothing was filled.

    A combination's legs are told beside the combination itself: only the latter fills the order.
    """
    counted = [one for one in executions if contract.sec_type is not SecType.BAG or _is_whole(one)]
    quantity = sum((one.quantity for one in counted), Decimal(0))
    if not quantity:
        return Decimal(0), None
    money = sum((one.quantity * one.price for one in counted), Decimal(0))
    return quantity, money / quantity


def _is_whole(execution: Execution) -> bool:
    return execution.contract.sec_type is SecType.BAG


def _with_commission(execution: Execution, report: CommissionReported) -> Execution:
    return replace(
        execution,
        commission=report.commission,
        commission_currency=report.currency,
        realised_pnl=report.realised_pnl,
    )
