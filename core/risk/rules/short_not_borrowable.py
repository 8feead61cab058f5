"""A short sale of a stock that IB does not show as easily borrowed, or says nothing about: ask."""

from __future__ import annotations

from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec, Side
from core.domain.quote import EASY_TO_BORROW, TO_BE_LOCATED
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import left_to_fill, only_reduces
from core.risk.value import held

NAME = "ShortNotBorrowable"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    is_sale = spec.side is Side.SELL and spec.contract.sec_type is SecType.STK
    if not is_sale or not view.permissions.shorting:
        return None  # where shorting is off, another rule says so
    if spec.parent_id or only_reduces(spec, modifies):
        return None
    if left_to_fill(spec, modifies) <= held(spec.account, spec.contract, view):
        return None
    quote = view.quote(spec.contract.con_id)
    shortable = None if quote is None or quote.lost_at_s is not None else quote.shortable
    if shortable is not None and shortable > EASY_TO_BORROW:
        return None
    label = spec.contract.label
    measured, words = _words(shortable, label)
    return Objection(NAME, measured, "easy to borrow", f"{words} Is it meant?", hard=False)


def _words(shortable: float | None, label: str) -> tuple[str, str]:
    if shortable is None:
        return "not told", f"This sells {label} short, and IB has not said whether it can be borrowed."
    if shortable > TO_BE_LOCATED:
        return (
            "to be located",
            f"This sells {label} short; IB must find shares to borrow first, and the order may wait.",
        )
    return "not available", f"This sells {label} short, and IB shows no shares to borrow."
