"""Order types and times in force: one row each, and the rules read only the row.

`verdict` is the one place where (type, time in force, kind of contract) is allowed or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.simulator.matching.pegs import Peg, mid, near, opposite, same_side
from core.simulator.model import Order
from core.simulator.wire.times import parse_stamp

STK, OPT, FUT, FOP, CASH, CFD, CRYPTO, WAR, BAG = SEC_TYPES = (
    "STK", "OPT", "FUT", "FOP", "CASH", "CFD", "CRYPTO", "WAR", "BAG",
)  # fmt: skip
LISTED: Final = (STK, OPT, FUT, FOP, CASH, CFD, WAR)

NEVER, MAY, MUST = 0, 1, 2
"""Whether a type takes a price: not at all, at will (a cap or an offset), or always."""

STOP, TOUCH = "stop", "touch"
OPEN, CLOSE = "open", "close"


@dataclass(frozen=True, slots=True)
class Kind:
    """An order type: the token of contractDetails, the prices it takes, and how it works."""

    token: str
    sec_types: tuple[str, ...] = LISTED
    limit: int = NEVER
    aux: int = NEVER
    trigger: str = ""  # STOP or TOUCH: waits for the market to come to its price
    trails: bool = False
    peg: Peg | None = None  # where it works, by the quote; its limit is a cap
    snaps: bool = False  # the peg is taken once, on arrival
    auction: str = ""  # OPEN or CLOSE
    tifs: tuple[str, ...] = ("DAY", "GTC", "GTD")
    rth_only: bool = False
    waits_for: bool = False  # may wait for conditions
    ends_by: bool = False  # may be cancelled by conditions

    @property
    def priced(self) -> bool:
        """Whether its limit is the price at which it works."""
        return self.limit == MUST


KINDS: Final[dict[str, Kind]] = {
    "MKT": Kind("MKT", SEC_TYPES, tifs=("DAY", "GTC", "GTD", "IOC", "OPG"), waits_for=True),
    "LMT": Kind(
        "LMT", SEC_TYPES, MUST, tifs=("DAY", "GTC", "GTD", "IOC", "FOK", "OPG"), waits_for=True, ends_by=True
    ),
    "STP": Kind("STP", aux=MUST, trigger=STOP),
    "STP LMT": Kind("STPLMT", limit=MUST, aux=MUST, trigger=STOP),
    "TRAIL": Kind("TRAIL", aux=MAY, trigger=STOP, trails=True),
    "TRAIL LIMIT": Kind("TRAILLMT", limit=MAY, aux=MAY, trigger=STOP, trails=True),
    "TRAIL MIT": Kind("TRAILMIT", aux=MAY, trigger=TOUCH, trails=True, rth_only=True),
    "TRAIL LIT": Kind("TRAILLIT", limit=MAY, aux=MAY, trigger=TOUCH, trails=True),
    "MIT": Kind("MIT", aux=MUST, trigger=TOUCH, rth_only=True),
    "LIT": Kind("LIT", limit=MUST, aux=MUST, trigger=TOUCH),
    "MTL": Kind("MTL", (STK, OPT, FUT, FOP, CFD, WAR), rth_only=True),
    "MOC": Kind("MOC", (STK, CFD, WAR), auction=CLOSE, tifs=("DAY",), rth_only=True),
    "LOC": Kind("LOC", (STK, CFD, WAR), MUST, auction=CLOSE, tifs=("DAY",), rth_only=True),
    "MIDPRICE": Kind(
        "MIDPX", (STK,), MAY, peg=mid, tifs=("DAY", "GTC", "GTD"), rth_only=True, waits_for=True, ends_by=True
    ),
    "REL": Kind("REL", (STK, CASH, CFD), MAY, MAY, peg=near, waits_for=True),
    "PEG MID": Kind("PEGMID", (STK,), MAY, MAY, peg=mid, rth_only=True),
    "PEG BENCH": Kind("PEGBENCH", (STK, FUT), MAY, rth_only=True),
    "SNAP MKT": Kind("SNAPMKT", (STK, OPT, FUT, FOP), aux=MAY, peg=opposite, snaps=True, waits_for=True),
    "SNAP MID": Kind("SNAPMID", (STK, OPT, FUT, FOP), aux=MAY, peg=mid, snaps=True, waits_for=True),
    "SNAP PRIM": Kind("SNAPREL", (STK, OPT, FUT, FOP), aux=MAY, peg=same_side, snaps=True, waits_for=True),
}

ALIASES: Final = {
    "LIMIT": "LMT",
    "MARKET": "MKT",
    "MIDPX": "MIDPRICE",
    "PEGMID": "PEG MID",
    "PEGBENCH": "PEG BENCH",
    "SNAPMID": "SNAP MID",
    "SNAPMKT": "SNAP MKT",
    "SNAPPRIM": "SNAP PRIM",
    "SNAPREL": "SNAP PRIM",
    "STOP": "STP",
    "STPLMT": "STP LMT",
    "STOP LIMIT": "STP LMT",
    "TRAILLMT": "TRAIL LIMIT",
    "TRAILMIT": "TRAIL MIT",
    "TRAILLIT": "TRAIL LIT",
    "TRAIL LMT": "TRAIL LIMIT",
}

TIFS: Final[dict[str, tuple[str, ...]]] = {
    "DAY": SEC_TYPES,
    "GTC": SEC_TYPES,
    "GTD": tuple(one for one in SEC_TYPES if one != CRYPTO),
    "IOC": SEC_TYPES,
    "FOK": (OPT,),
    "OPG": (STK, CFD, WAR),
}
"""Which kinds of contract take which time in force; DTC, AUC, GTT and the rest are taken by none."""

ONLY: Final[dict[tuple[str, str], tuple[str, ...]]] = {("MKT", CRYPTO): ("IOC",)}
"""Types with fewer times in force in one kind of contract."""

REJECTED: Final = "Order rejected - reason:"
UNSUPPORTED: Final = 387, "Unsupported order type for this exchange and security type."
WRONG_TIF: Final = 201, f"{REJECTED}The time-in-force is invalid for this order."


def verdict(order_type: str, tif: str, sec_type: str) -> tuple[int, str] | None:
    """IB's code and text when this type, time in force and kind of contract do not go together."""
    kind = KINDS.get(order_type)
    if kind is None or sec_type not in kind.sec_types:
        return UNSUPPORTED
    tifs = ONLY.get((order_type, sec_type), kind.tifs)
    if sec_type not in TIFS.get(tif, ()) or tif not in tifs:
        return WRONG_TIF
    return None


EXPIRING: Final = ("DAY", "GTD")

AT_ONCE: Final = ("IOC", "FOK")
"""What does not fill when it arrives is cancelled."""


def auction_of(order: Order) -> str:
    """`OPEN` or `CLOSE` when the order trades in an auction and nowhere else, or ""."""
    return OPEN if order.tif == "OPG" else KINDS[order.order_type].auction


def good_till_s(order: Order) -> float | None:
    """When a GTD order ends; `None` when its date says nothing."""
    return stamp_s(order, "goodTillDate")


def good_after_s(order: Order) -> float | None:
    """When an order may first be sent on; `None` when it says nothing of it."""
    return stamp_s(order, "goodAfterTime")


def stamp_s(order: Order, name: str) -> float | None:
    try:
        at = parse_stamp(str(order.attributes.get(name, "")), "US/Eastern")
    except ValueError:
        return None
    return at.timestamp() if at else None
