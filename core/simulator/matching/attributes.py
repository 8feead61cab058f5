"""What an order's attributes forbid, on arrival and on change, with IB's code and words."""

from __future__ import annotations

from typing import Any, Final

from core.simulator.matching import checks
from core.simulator.matching.checks import INVALID, Context, Refusal
from core.simulator.matching.conditions import cancels_by_condition, conditions
from core.simulator.matching.floor import REDUCE, group_of, oca_type
from core.simulator.matching.kinds import BAG, CASH, CFD, CLOSE, KINDS, REJECTED, UNSUPPORTED, WRONG_TIF
from core.simulator.matching.triggers import FX_METHODS, METHODS, limit_offset
from core.simulator.model import Order

ADJUSTS_TO: Final = ("STP", "STP LMT", "TRAIL", "TRAIL LIMIT")
OPTION_DISCRETION: Final = 0.10
"""Most that an option order's discretion may be of its limit."""


def _has(order: Order, name: str) -> Any:
    return order.attributes.get(name)


def _session(order: Order, context: Context) -> Refusal | None:
    if order.outside_rth and order.order_type == "MIDPRICE":
        return Refusal(321, f"{INVALID}Midprice orders can only be placed in regular trading hours.")
    return None


def _overnight(order: Order, context: Context) -> Refusal | None:
    """The overnight exchange takes plain limit orders for its own day, and nothing else."""
    if order.contract.exchange != "OVERNIGHT":
        return None
    if order.order_type != "LMT":
        return Refusal(*UNSUPPORTED)
    if order.tif != "DAY":
        return Refusal(*WRONG_TIF, books=True)
    if order.parent_id or any(_has(order, name) for name in NOT_OVERNIGHT):
        return Refusal(201, f"{REJECTED}This order is not supported by exchange OVERNIGHT.", books=True)
    return None


NOT_OVERNIGHT: Final = (
    "displaySize",
    "conditions",
    "goodAfterTime",
    "allOrNone",
    "sweepToFill",
    "hidden",
    "algoStrategy",
)


def _cut_off(order: Order, context: Context) -> Refusal | None:
    if KINDS[order.order_type].auction != CLOSE or context.closes_in_s > CUT_OFF_S:
        return None
    return Refusal(201, f"{REJECTED}Orders for the close are not accepted any more today.", books=True)


CUT_OFF_S: Final = 600.0
"""NYSE takes none in the last ten minutes."""


def _trailing(order: Order, context: Context) -> Refusal | None:
    if not KINDS[order.order_type].trails:
        return None
    percent = _has(order, "trailingPercent")
    if bool(percent) == bool(order.aux_price) or (percent and not 0 < percent < 100):
        return Refusal(321, f"{INVALID}Please enter either a trailing amount or a trailing percent")
    stop = _has(order, "trailStopPrice")
    if stop and not context.ticks.conforms(stop):
        return checks.OFF_TICK
    if order.order_type in ("TRAIL", "TRAIL MIT"):
        return None
    one_of_two = bool(order.limit_price) != (_has(order, "lmtPriceOffset") is not None)
    if not stop or not one_of_two or limit_offset(order) is None:
        return Refusal(
            321,
            f"{INVALID}A trailing stop limit needs its stop price and either a limit price or a limit offset",
        )
    return None


def _benchmark(order: Order, context: Context) -> Refusal | None:
    if order.order_type != "PEG BENCH":
        return None
    needed = ("startingPrice", "stockRefPrice", "referenceChangeAmount", "peggedChangeAmount")
    if not context.reference_known or any(not _has(order, name) for name in needed):
        return Refusal(321, f"{INVALID}Please enter a valid reference contract, prices and change amounts")
    return None


def _trigger(order: Order, context: Context) -> Refusal | None:
    method, sec_type = _has(order, "triggerMethod") or 0, context.listing.contract.sec_type
    if method not in METHODS or (sec_type in (CASH, CFD) and method not in FX_METHODS):
        return Refusal(146, "Invalid trigger method.")
    return None


def _size(order: Order, context: Context) -> Refusal | None:
    sec_type, display = context.listing.contract.sec_type, _has(order, "displaySize")
    hidden, least = _has(order, "hidden"), _has(order, "minQty")
    if display and (order.order_type != "LMT" or sec_type not in ("STK", "FUT") or display > order.quantity):
        return Refusal(321, f"{INVALID}Display size is only for limit orders that are larger than it")
    if hidden and (display or order.tif == "OPG" or sec_type != "STK"):
        return Refusal(10255, "Hidden orders cannot be combined with a display size or an opening order.")
    if least and sec_type != "OPT":
        return Refusal(10256, "Minimum quantity is only allowed for options.")
    return None


def _all_or_none(order: Order, context: Context) -> Refusal | None:
    if not _has(order, "allOrNone"):
        return None
    fits = context.listing.contract.sec_type in ("STK", "OPT")
    if not fits or _has(order, "displaySize") or _has(order, "algoStrategy"):
        return Refusal(201, f"{REJECTED}All or none is not allowed for this order.", books=True)
    return None


def _discretion(order: Order, context: Context) -> Refusal | None:
    amount, sec_type = _has(order, "discretionaryAmt"), context.listing.contract.sec_type
    if not amount:
        return None
    fits = order.order_type == "LMT" and sec_type in ("STK", "OPT") and amount > 0
    if fits and sec_type == "OPT":
        fits = amount <= OPTION_DISCRETION * (order.limit_price or 0.0) + 1e-9
    if not fits:
        return Refusal(321, f"{INVALID}Invalid discretionary amount")
    return None


def _conditions(order: Order, context: Context) -> Refusal | None:
    if not conditions(order):
        return None
    kind = KINDS[order.order_type]
    if not (kind.ends_by if cancels_by_condition(order) else kind.waits_for):
        return Refusal(
            148, "A conditional order can only be submitted when the order type is set to limit or market."
        )
    return None


def _group(order: Order, context: Context) -> Refusal | None:
    if not group_of(order):
        return None
    if oca_type(order) not in (1, 2, REDUCE):
        return Refusal(321, f"{INVALID}Invalid OCA type")
    if context.listing.contract.sec_type == BAG and oca_type(order) != REDUCE:
        return Refusal(359, "Combination orders need OCA type 3.")
    return None


def _adjustment(order: Order, context: Context) -> Refusal | None:
    becomes = _has(order, "adjustedOrderType")
    if not becomes:
        return None
    fits = order.order_type in ("STP", "STP LMT") and becomes in ADJUSTS_TO
    needed = ["triggerPrice", "adjustedStopPrice"]
    needed += ["adjustedStopLimitPrice"] if becomes in ("STP LMT", "TRAIL LIMIT") else []
    needed += ["adjustedTrailingAmount"] if "TRAIL" in str(becomes) else []
    if not fits or any(_has(order, name) is None for name in needed):
        return Refusal(321, f"{INVALID}The adjusted order is incomplete or not allowed")
    return None


CHECKS: Final[tuple[checks.Check, ...]] = (
    _session, _overnight, _cut_off, _benchmark, _trailing, _trigger, _size, _all_or_none, _discretion, _conditions, _group, _adjustment,
)  # fmt: skip


def refusal(order: Order, context: Context) -> Refusal | None:
    """The first reason to refuse `order`, `None` when there is none."""
    return checks.first_of((*checks.FIRST, *CHECKS, *checks.LAST), order, context)


def amendment_refusal(old: Order, new: Order) -> Refusal | None:
    """Why a working order cannot become `new`."""
    if new.contract.con_id != old.contract.con_id or new.action != old.action:
        return Refusal(105, "Order being modified does not match original order.")
    if new.order_type != old.order_type:
        return Refusal(329, "Order modify failed. Cannot change to the new order type.")
    if new.quantity < old.filled:
        return Refusal(201, f"{REJECTED}The new quantity is less than what has been filled.")
    if group_of(new) != group_of(old):
        return Refusal(10326, "OCA group revision is not allowed.")
    if group_of(new) and oca_type(new) != oca_type(old):
        return Refusal(10327, "OCA type revision is not allowed.")
    if new.tif != old.tif and {"GTD", "OPG"} & {new.tif, old.tif}:
        return Refusal(462, f"Cannot change to the new Time in Force:{new.tif}.")
    if _has(new, "algoStrategy") != _has(old, "algoStrategy"):
        return Refusal(440, "Order modify failed. Algorithm cannot be modified.")
    return None
