"""Order types and times in force: one row each, and the rules read only the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.simulator.model import Order, Quote
from core.simulator.wire.times import parse_stamp

Trigger = Callable[[Order, Quote, bool], bool]
"""Whether a market that shows this quote (`printed`: with a trade in it) sets the order off."""


def _stop(order: Order, quote: Quote, printed: bool) -> bool:
    """IB's default method: the last trade; where nothing trades, the side that would be hit."""
    assert order.aux_price is not None
    buying = order.action == "BUY"
    price = (
        (quote.last if printed else None) if quote.last is not None else quote.ask if buying else quote.bid
    )
    if price is None:
        return False
    return price >= order.aux_price if buying else price <= order.aux_price


@dataclass(frozen=True, slots=True)
class Kind:
    """An order type: the token of contractDetails, the prices it needs, and what sets it off."""

    token: str
    limit: bool = False
    aux: bool = False
    trigger: Trigger | None = None


KINDS: Final[dict[str, Kind]] = {
    "MKT": Kind("MKT"),
    "LMT": Kind("LMT", limit=True),
    "STP": Kind("STP", aux=True, trigger=_stop),
    "STP LMT": Kind("STPLMT", limit=True, aux=True, trigger=_stop),
}

ALIASES: Final = {"STPLMT": "STP LMT", "STOP": "STP", "LIMIT": "LMT", "MARKET": "MKT"}

TIFS: Final[dict[str, tuple[str, ...]]] = {
    "DAY": ("STK", "OPT", "FUT", "CASH"),
    "GTC": ("STK", "OPT", "FUT", "CASH"),
    "IOC": ("STK", "OPT", "FUT", "CASH"),
    "GTD": ("STK", "OPT", "FUT", "CASH"),
    "FOK": ("OPT",),
}
"""Which kinds of contract take which time in force."""

EXPIRING: Final = ("DAY", "GTD")

AT_ONCE: Final = ("IOC", "FOK")
"""What does not fill when it arrives is cancelled."""


def good_till_s(order: Order) -> float | None:
    """When a GTD order ends; `None` when its date says nothing."""
    try:
        found = parse_stamp(str(order.attributes.get("goodTillDate", "")), "US/Eastern")
    except ValueError:
        return None
    return found.timestamp() if found else None
