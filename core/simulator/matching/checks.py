"""What is refused on arrival, with IB's code and words; one function for each reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.simulator.matching.kinds import KINDS, TIFS, good_till_s
from core.simulator.model import Listing, MarginPreview, Order
from core.simulator.tape.ticks import TickRule

MOST_ORDERS_A_SIDE: Final = 15
REJECTED: Final = "Order rejected - reason:"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`books` says that the order is kept, Inactive: IB's own system refused it, not TWS."""

    code: int
    text: str
    books: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks know besides the order."""

    listing: Listing
    ticks: TickRule
    accounts: tuple[str, ...]
    working_on_side: int
    parent_known: bool


Check = Callable[[Order, Context], Refusal | None]


def _account(order: Order, context: Context) -> Refusal | None:
    if order.account and order.account not in context.accounts:
        return Refusal(321, "Error validating request.-'cA' : cause - Invalid account code")
    if not order.account and len(context.accounts) > 1:
        return Refusal(435, "You must specify an account.")
    return None


def _action(order: Order, context: Context) -> Refusal | None:
    if order.action not in ("BUY", "SELL", "SSHORT"):
        return Refusal(321, "Error validating request.-'cA' : cause - The action is missing or invalid")
    return None


def _tradable(order: Order, context: Context) -> Refusal | None:
    if context.listing.contract.sec_type == "IND":
        return Refusal(201, f"{REJECTED}No trading permissions.", books=True)
    return None


def _kind(order: Order, context: Context) -> Refusal | None:
    kind = KINDS.get(order.order_type)
    if kind is None or kind.token not in context.listing.order_types.split(","):
        return Refusal(387, "Unsupported order type for this exchange and security type.")
    return None


def _tif(order: Order, context: Context) -> Refusal | None:
    if context.listing.contract.sec_type in TIFS.get(order.tif, ()):
        return None
    return Refusal(201, f"{REJECTED}The time-in-force is invalid for this order.", books=True)


def _good_till(order: Order, context: Context) -> Refusal | None:
    if order.tif == "GTD" and good_till_s(order) is None:
        return Refusal(10315, "Invalid good till date.")
    return None


def _quantity(order: Order, context: Context) -> Refusal | None:
    if not math.isfinite(order.quantity) or order.quantity < 0:
        return Refusal(321, "Error validating request.-'cA' : cause - The order quantity is not valid")
    if order.quantity == 0:
        return Refusal(434, "The order size cannot be zero.")
    if order.quantity != int(order.quantity):
        if context.listing.contract.sec_type == "STK":
            return Refusal(
                10243, "Fractional-sized order cannot be placed via API. Please use desktop version."
            )
        return Refusal(355, "Order size does not conform to market rule.")
    return None


def _prices(order: Order, context: Context) -> Refusal | None:
    kind = KINDS[order.order_type]
    for needed, price, name in (
        (kind.limit, order.limit_price, "limit"),
        (kind.aux, order.aux_price, "stop"),
    ):
        if not needed:
            continue
        if price is None or not math.isfinite(price) or price <= 0:
            return Refusal(321, f"Error validating request.-'cA' : cause - Please enter a valid {name} price")
        if not context.ticks.conforms(price):
            return Refusal(
                110, "The price does not conform to the minimum price variation for this contract."
            )
    return None


def _parent(order: Order, context: Context) -> Refusal | None:
    if order.parent_id and not context.parent_known:
        return Refusal(10006, "Missing parent order.")
    return None


def _crowd(order: Order, context: Context) -> Refusal | None:
    if context.working_on_side < MOST_ORDERS_A_SIDE:
        return None
    return Refusal(
        201,
        f"{REJECTED}Please note that accounts are limited to {MOST_ORDERS_A_SIDE} orders working on either "
        "the buy or sell side of a contract.",
        books=True,
    )


CHECKS: Final[tuple[Check, ...]] = (
    _account, _action, _tradable, _kind, _quantity, _prices, _tif, _good_till, _parent, _crowd,
)  # fmt: skip


def refusal(order: Order, context: Context) -> Refusal | None:
    """The first reason to refuse `order`, `None` when there is none."""
    return next((found for check in CHECKS if (found := check(order, context))), None)


def margin_refusal(preview: MarginPreview) -> Refusal | None:
    """IB's refusal when the equity does not cover the initial margin, and the order makes that worse."""
    if not falls_short(preview):
        return None
    return Refusal(201, REJECTED + margin_words(preview), books=True)


def falls_short(preview: MarginPreview) -> bool:
    short = preview.init_after - preview.equity_after
    return short > max(preview.init_before - preview.equity_before, 0.0)


def margin_words(preview: MarginPreview) -> str:
    return (
        "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE "
        f"[{preview.equity_after:.2f} USD] MUST EXCEED THE INITIAL MARGIN [{preview.init_after:.2f} USD]"
    )


def amendment_refusal(old: Order, new: Order) -> Refusal | None:
    """Why a working order cannot become `new`."""
    if new.contract.con_id != old.contract.con_id or new.action != old.action:
        return Refusal(105, "Order being modified does not match original order.")
    if new.order_type != old.order_type:
        return Refusal(329, "Order modify failed. Cannot change to the new order type.")
    if new.quantity < old.filled:
        return Refusal(201, f"{REJECTED}The new quantity is less than what has been filled.")
    return None
