"""Comparing terms: what was asked, what IB holds, and what somebody else changed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.conditions import TriggerMethod, moment_words
from core.domain.contract import Contract, SecType
from core.domain.execution import Execution
from core.domain.order import OrderSpec, OrderType, Tif
from core.domain.replacing import replace

_SHOWN = (
    ("quantity", "quantity"),
    ("order_type", "type"),
    ("limit_price", "limit"),
    ("stop_price", "stop"),
    ("trail_amount", "trailing amount"),
    ("trail_percent", "trailing per cent"),
    ("limit_offset", "limit offset"),
    ("offset", "offset"),
    ("tif", "time in force"),
    ("good_till", "good till"),
    ("good_after", "not before"),
    ("outside_rth", "outside RTH"),
    ("display_size", "part shown"),
    ("hidden", "hidden"),
    ("all_or_none", "all or none"),
    ("minimum_quantity", "minimum quantity"),
    ("discretionary", "discretionary"),
    ("trigger_method", "trigger method"),
)
"""Terms that IB, its presets or a hand in TWS can change, and their words."""
_ATTRIBUTES = (
    "good_after",
    "display_size",
    "hidden",
    "all_or_none",
    "minimum_quantity",
    "discretionary",
    "trigger_method",
)
_PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent", "limit_offset", "offset")
_MOVING = {OrderType.TRAIL: {"stop_price"}, OrderType.TRAIL_LIMIT: {"stop_price", "limit_price"}}
"""What IB itself moves with the market: a change of it is nobody's."""


def merged(ours: OrderSpec, theirs: OrderSpec, *, fully: bool) -> OrderSpec:
    """What IB holds. Of our own order only what IB tells is taken over (`fully` false): a price that it leaves
    out, or an attribute that it does not name, is still the one that was asked for."""
    if not fully:
        return replace(ours, **_told(ours, theirs))
    contract = ours.contract if ours.contract.con_id == theirs.contract.con_id else theirs.contract
    return replace(theirs, contract=contract, quantity=theirs.quantity or ours.quantity)


def confirms(held: OrderSpec, wanted: OrderSpec, before: OrderSpec) -> bool:
    """Whether IB holds what was wanted, as far as it tells; of an attribute that was added it must."""
    added = (name for name in _ATTRIBUTES if getattr(wanted, name) != getattr(before, name))
    if any(_is_silence(getattr(held, name)) and not _is_silence(getattr(wanted, name)) for name in added):
        return False
    return not differences(wanted, merged(wanted, held, fully=False))


def differences(before: OrderSpec, after: OrderSpec) -> str:
    """What changed, in words: "limit 150 to 151, time in force GTC to DAY"; "" when nothing did."""
    moving = _MOVING.get(after.order_type, set()) if before.order_type is after.order_type else set()
    return ", ".join(
        f"{words} {_plain(old)} to {_plain(new)}"
        for name, words in _SHOWN
        if name not in moving and (old := getattr(before, name)) != (new := getattr(after, name))
    )


def is_the_same_trade(one: OrderSpec, other: OrderSpec) -> bool:
    """The same contract and side: what must hold before two reports are believed to be of one order."""
    return one.side is other.side and _is_the_same_contract(one.contract, other.contract)


def could_fill(spec: OrderSpec, execution: Execution) -> bool:
    """Whether an execution is of the contract and side of such an order; a combination has legs of either side."""
    if spec.contract.sec_type is SecType.BAG:
        return True
    return spec.side is execution.side and _is_the_same_contract(spec.contract, execution.contract)


def may_explain(spec: OrderSpec, execution: Execution) -> bool:
    """Whether an execution that belongs to no known order could be one of such an order."""
    same_contract = spec.contract.con_id == execution.contract.con_id
    return same_contract and spec.side is execution.side and spec.account in ("", execution.account)


def _told(ours: OrderSpec, theirs: OrderSpec) -> dict[str, Any]:
    """The terms that IB names, by field."""
    told = {name: value for name, _ in _SHOWN if not _is_silence(value := getattr(theirs, name))}
    told["outside_rth"] = theirs.outside_rth
    if not theirs.quantity:
        del told["quantity"]
    if theirs.tif is not Tif.GTD:
        told["good_till"] = None
    if theirs.order_type is not ours.order_type:
        return told | {name: getattr(theirs, name) for name in _PRICES}
    if ours.limit_offset is None:
        told.pop("limit_offset", None)  # IB works it out of the limit
    amount, percent = "trail_amount" in told, "trail_percent" in told
    if amount and (ours.trail_amount is not None or not percent):
        told["trail_percent"] = None  # one or the other: IB may work out the second of the one that was given
    elif percent:
        told["trail_amount"] = None
    return told


def _is_silence(value: object) -> bool:
    """An attribute that is not set looks like one that a gateway does not tell."""
    return value is None or value is False or value is TriggerMethod.DEFAULT


def _is_the_same_contract(one: Contract, other: Contract) -> bool:
    return one.con_id == other.con_id if one.con_id and other.con_id else one.symbol == other.symbol


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, TriggerMethod):
        return value.words
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "none" if value is None else str(value)
