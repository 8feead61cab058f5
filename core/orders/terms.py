"""Comparing terms: what was asked, what IB holds, and what somebody else changed."""

from __future__ import annotations

from core.domain.execution import Execution
from core.domain.order import OrderSpec
from core.domain.replacing import replace

_SHOWN = (
    ("quantity", "quantity"),
    ("order_type", "type"),
    ("limit_price", "limit"),
    ("stop_price", "stop"),
    ("tif", "time in force"),
    ("outside_rth", "outside RTH"),
)
"""Terms that IB, its presets or TWS are known to change, and their words."""


def merged(ours: OrderSpec, theirs: OrderSpec, *, fully: bool) -> OrderSpec:
    """What IB holds. Of our own order only the terms that IB tells reliably are taken over (`fully` false):
    a price it leaves out, or an attribute it has no word for, is still the one that was asked for."""
    if fully:
        contract = ours.contract if ours.contract.con_id == theirs.contract.con_id else theirs.contract
        return replace(theirs, contract=contract)
    told = {name: value for name, _ in _SHOWN if (value := getattr(theirs, name)) is not None}
    if theirs.order_type is not ours.order_type:
        told |= {"limit_price": theirs.limit_price, "stop_price": theirs.stop_price}
    return replace(ours, **told)


def same_terms(wanted: OrderSpec, held: OrderSpec) -> bool:
    """Whether IB holds what was wanted, as far as it tells."""
    return not differences(wanted, merged(wanted, held, fully=False))


def differences(before: OrderSpec, after: OrderSpec) -> str:
    """What changed, in words: "limit 150 to 151, time in force GTC to DAY"; "" when nothing did."""
    return ", ".join(
        f"{words} {_plain(old)} to {_plain(new)}"
        for name, words in _SHOWN
        if (old := getattr(before, name)) != (new := getattr(after, name))
    )


def is_the_same_trade(one: OrderSpec, other: OrderSpec) -> bool:
    """The same contract and side: what must hold before two reports are believed to be of one order."""
    if one.side is not other.side:
        return False
    ours, theirs = one.contract, other.contract
    if ours.con_id and theirs.con_id:
        return ours.con_id == theirs.con_id
    return ours.symbol == theirs.symbol


def _plain(value: object) -> str:
    return "none" if value is None else str(value)


def is_the_same_trade_as(spec: OrderSpec, execution: Execution) -> bool:
    """Whether an execution could be one of such an order."""
    same_contract = spec.contract.con_id == execution.contract.con_id
    return same_contract and spec.side is execution.side and spec.account in ("", execution.account)
