"""What is refused on arrival, with IB's code and words; one function for each reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.simulator.matching.kinds import (
    BAG,
    CASH,
    CRYPTO,
    KINDS,
    MAY,
    MUST,
    REJECTED,
    STK,
    UNSUPPORTED,
    auction_of,
    good_after_s,
    good_till_s,
    verdict,
)
from core.simulator.model import Listing, MarginPreview, Order
from core.simulator.tape.ticks import TickRule

MOST_ORDERS_A_SIDE: Final = 15
INVALID: Final = "Error validating request.-'cA' : cause - "


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
    parent_type: str = ""
    halted: bool = False
    reference_known: bool = False  # what a benchmark order is pegged to is listed
    closes_in_s: float = math.inf  # until regular hours end, while they last
    held: float = 0.0  # by the account, below 0 when it is short


Check = Callable[[Order, Context], Refusal | None]


def _account(order: Order, context: Context) -> Refusal | None:
    if order.account and order.account not in context.accounts:
        return Refusal(321, f"{INVALID}Invalid account code")
    if not order.account and len(context.accounts) > 1:
        return Refusal(435, "You must specify an account.")
    return None


def _action(order: Order, context: Context) -> Refusal | None:
    if order.action not in ("BUY", "SELL", "SSHORT"):
        return Refusal(321, f"{INVALID}The action is missing or invalid")
    return None


def _what_if(order: Order, context: Context) -> Refusal | None:
    if order.what_if and not order.transmit:
        return Refusal(413, "What-if order should have the transmit flag set to TRUE.")
    return None


def _tradable(order: Order, context: Context) -> Refusal | None:
    if context.listing.contract.sec_type == "IND":
        return Refusal(201, f"{REJECTED}No trading permissions.", books=True)
    if context.halted:
        return Refusal(154, "Orders cannot be transmitted for a halted security.")
    return None


def _kind(order: Order, context: Context) -> Refusal | None:
    """The contract's own list is asked first: what it does not name is not supported."""
    kind, listing = KINDS.get(order.order_type), context.listing
    sec_type = listing.contract.sec_type
    if kind is None or (sec_type != BAG and kind.token not in listing.order_types.split(",")):
        return Refusal(*UNSUPPORTED)
    found = verdict(order.order_type, order.tif, sec_type)
    return None if found is None else Refusal(*found, books=found[0] == 201)


def _dates(order: Order, context: Context) -> Refusal | None:
    if order.tif == "GTD" and good_till_s(order) is None:
        return Refusal(10315, "Invalid good till date.")
    if order.attributes.get("goodAfterTime") and good_after_s(order) is None:
        return Refusal(10314, f"{INVALID}Invalid good after time.")
    return None


def _quantity(order: Order, context: Context) -> Refusal | None:
    sec_type = context.listing.contract.sec_type
    if order.attributes.get("cashQty") and sec_type not in (CASH, CRYPTO):
        return Refusal(10244, "Cash quantity order cannot be placed via API for this security type.")
    if not math.isfinite(order.quantity) or order.quantity < 0:
        return Refusal(321, f"{INVALID}The order quantity is not valid")
    if order.quantity == 0:
        return Refusal(434, "The order size cannot be zero.")
    if sec_type == CRYPTO:
        return _part(order, context)
    if order.quantity == int(order.quantity):
        return None
    if sec_type == STK:
        return Refusal(10243, "Fractional-sized order cannot be placed via API. Please use desktop version.")
    return Refusal(355, "Order size does not conform to market rule.")


def _part(order: Order, context: Context) -> Refusal | None:
    """Crypto is traded in parts, bought at the market for a sum, and never sold short."""
    step = context.listing.size_increment
    off = abs(order.quantity - round(order.quantity / step) * step)
    if order.quantity < context.listing.min_size or off > step / 100:
        return Refusal(355, "Order size does not conform to market rule.")
    if order.action == "BUY":
        paid = order.order_type != "MKT" or order.attributes.get("cashQty")
        return None if paid else Refusal(10289, "You must set Cash Quantity for this order.")
    short = order.quantity - order.filled > context.held + 1e-9
    return Refusal(201, f"{REJECTED}Cryptocurrency cannot be sold short.", books=True) if short else None


def _prices(order: Order, context: Context) -> Refusal | None:
    kind = KINDS[order.order_type]
    combo = context.listing.contract.sec_type == BAG
    for need, price, name in (
        (kind.limit, order.limit_price, "limit"),
        (kind.aux, order.aux_price, "stop"),
    ):
        if need == MUST and (price is None or not math.isfinite(price) or (price <= 0 and not combo)):
            return Refusal(321, f"{INVALID}Please enter a valid {name} price")
        if need == MAY and price is not None and (not math.isfinite(price) or price < 0):
            return Refusal(321, f"{INVALID}Please enter a valid {name} price")
        if need and price and not context.ticks.conforms(price):
            return OFF_TICK
    return None


OFF_TICK: Final = Refusal(110, "The price does not conform to the minimum price variation for this contract.")


def _parent(order: Order, context: Context) -> Refusal | None:
    if not order.parent_id:
        return None
    if not context.parent_known:
        return Refusal(10006, "Missing parent order.")
    if KINDS[order.order_type].trails and context.parent_type not in ("LMT", "STP LMT"):
        return Refusal(328, "Trailing stop orders can be attached to limit or stop-limit orders only.")
    if order.attributes.get("allOrNone"):
        return Refusal(201, f"{REJECTED}All or none is not allowed on an attached order.", books=True)
    if order.tif in ("IOC", "FOK") or auction_of(order):
        return Refusal(201, f"{REJECTED}The time-in-force is invalid for an attached order.", books=True)
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


FIRST: Final[tuple[Check, ...]] = (_account, _action, _what_if, _tradable, _kind, _quantity, _prices)
LAST: Final[tuple[Check, ...]] = (_dates, _parent, _crowd)
"""Before and after what depends on the order's attributes."""


def first_of(checks: tuple[Check, ...], order: Order, context: Context) -> Refusal | None:
    """The first reason to refuse `order`, `None` when there is none."""
    return next((found for check in checks if (found := check(order, context))), None)


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
