"""The day's result of one position: the market's move on what was held overnight, and on today's fills since each."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core.domain.execution import Execution
from core.domain.position import Position


def day_result(
    position: Position, mark: Decimal | None, close: Decimal | None, today: Iterable[Execution]
) -> Decimal | None:
    """In the contract's currency, before commissions; `None` without what it is measured from.

    `close` is the previous session's; `today` are today's executions of this account and contract.
    """
    fills = tuple(today)
    traded = sum((one.quantity * one.side.sign for one in fills), Decimal(0))
    overnight = position.quantity - traded
    if mark is None or (overnight and close is None):
        return None
    paid = sum((one.quantity * one.side.sign * one.price for one in fills), Decimal(0))
    before = overnight * close if close is not None else Decimal(0)
    return (position.quantity * mark - before - paid) * position.contract.multiplier
