"""What the market must not forget, as plain values: `encode` writes them, `decode` reads them back.

JSON has no tuples, times, infinities or classes: a class is an object with its name under "~", the rest follows
from that. Lists are read back as tuples, because that is what orders hold.
"""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, Final

from core.simulator.account import Account, Holding
from core.simulator.model import Contract, Execution, Leg, Order
from core.simulator.wire.place_order import Condition

VERSION: Final = 1

CLASSES: Final[dict[str, type]] = {
    one.__name__: one for one in (Contract, Order, Execution, Holding, Leg, Condition)
}

NAME: Final = "~"


def encode(value: Any) -> Any:
    """`value` in what JSON can say."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {NAME: "float", "is": str(value)}
    if isinstance(value, datetime):
        return {NAME: "datetime", "is": value.isoformat()}
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    if isinstance(value, dict):
        return {str(key): encode(one) for key, one in value.items()}
    if is_dataclass(value):
        plain = {one.name: encode(getattr(value, one.name)) for one in fields(value)}
        return {NAME: type(value).__name__, **plain}
    raise TypeError(f"{value!r} cannot be kept")


def decode(value: Any) -> Any:
    """What `encode` was given; raises `ValueError`, `KeyError` or `TypeError` for what it never wrote."""
    if isinstance(value, list):
        return tuple(decode(one) for one in value)
    if not isinstance(value, dict):
        return value
    name = value.get(NAME)
    if name is None:
        return {key: decode(one) for key, one in value.items()}
    if name == "float":
        return float(value["is"])
    if name == "datetime":
        return datetime.fromisoformat(value["is"])
    return CLASSES[name](**{key: decode(one) for key, one in value.items() if key != NAME})


def of_account(account: Account) -> dict[str, Any]:
    return {
        "cash": dict(account.cash),
        "holdings": [encode(held) for held in account.holdings.values()],
        "sma_before": account.sma_before,
        "sma_used": account.sma_used,
    }


def into_account(account: Account, saved: dict[str, Any]) -> None:
    holdings = [decode(one) for one in saved["holdings"]]
    account.cash = {str(currency): float(amount) for currency, amount in saved["cash"].items()}
    account.holdings = {held.contract.con_id: held for held in holdings}
    account.sma_before, account.sma_used = saved["sma_before"], float(saved["sma_used"])


class Executions:
    """The day's executions as they were written: each is written once, however often all are asked for."""

    def __init__(self) -> None:
        self._written: list[Any] = []
        self._last: Execution | None = None

    def of(self, executions: list[Execution]) -> list[Any]:
        known = len(self._written)
        if known > len(executions) or (known and executions[known - 1] is not self._last):
            self._written, known = [], 0
        self._written += [encode(one) for one in executions[known:]]
        self._last = executions[-1] if executions else None
        return list(self._written)
