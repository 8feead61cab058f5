"""Algorithms: how much of an order each lets out by now, and at what price it works."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.simulator.matching.pegs import capped, mid, near, opposite
from core.simulator.model import Order, Quote
from core.simulator.tape.ticks import TickRule
from core.simulator.wire.times import parse_stamp

Pace = Callable[[float], float]
"""The share of the order that is out when this share of its time is over; both from 0 to 1."""

SLICES: Final = 20
PATIENCE_S: Final = {"Urgent": 4.0, "Normal": 15.0, "Patient": 60.0}


def _all(share: float) -> float:
    return 1.0


def _even(share: float) -> float:
    """Equal slices, the first one at once."""
    return (math.floor(share * SLICES) + 1) / SLICES


def _like_volume(share: float) -> float:
    """More at both ends, as the market's volume is."""
    curved = share + 0.12 * math.sin(2 * math.pi * share)
    return (math.floor(curved * SLICES) + 1) / SLICES


def _towards_close(share: float) -> float:
    """Most of it near the end."""
    return (math.floor(share**3 * SLICES) + 1) / SLICES


@dataclass(frozen=True, slots=True)
class Strategy:
    """One algorithm: its pace, and whether it waits on its own side before it crosses the market."""

    name: str
    sec_types: tuple[str, ...]
    tifs: tuple[str, ...] = ("DAY",)
    pace: Pace = _all
    patient: bool = False
    part_of_volume: bool = False


STRATEGIES: Final[dict[str, Strategy]] = {
    row.name: row
    for row in (
        Strategy("Adaptive", ("STK", "OPT", "FUT"), ("DAY", "GTC"), patient=True),
        Strategy("Twap", ("STK",), pace=_even),
        Strategy("Vwap", ("STK",), pace=_like_volume),
        Strategy("ArrivalPx", ("STK",), patient=True),
        Strategy("PctVol", ("STK",), part_of_volume=True),
        Strategy("PctVolPx", ("STK",), part_of_volume=True),
        Strategy("PctVolSz", ("STK",), part_of_volume=True),
        Strategy("PctVolTm", ("STK",), part_of_volume=True),
        Strategy("DarkIce", ("STK",), pace=_even, patient=True),
        Strategy("AD", ("STK",), ("DAY", "GTC"), pace=_even),
        Strategy("ClosePx", ("STK",), pace=_towards_close),
        Strategy("MinImpact", ("OPT",), pace=_even, patient=True),
        Strategy("BalanceImpactRisk", ("OPT",), pace=_like_volume, patient=True),
    )
}

SHARES: Final = ("pctVol", "maxPctVol", "startPctVol", "endPctVol", "minPctVol4Px", "maxPctVol4Px")
"""Parameters that are a share of the market's volume."""

BAD_PARAMETERS: Final = 441, "Algo attributes validation failed."

UNFIT: Final = ("hidden", "sweepToFill", "discretionaryAmt", "displaySize", "minQty", "goodAfterTime")
"""Attributes that no algorithm takes."""


def strategy(order: Order) -> Strategy | None:
    return STRATEGIES.get(str(order.attributes.get("algoStrategy", "")))


def params(order: Order) -> Mapping[str, str]:
    pairs: tuple[tuple[str, str], ...] = order.attributes.get("algoParams") or ()  # type: ignore[assignment]
    return dict(pairs)


def released(order: Order, began_s: float, ends_s: float, now_s: float, volume: float) -> float:
    """How much may have been traded by now; `volume` is what the market has traded since it began."""
    plan = strategy(order)
    if plan is None:
        return order.quantity
    if plan.part_of_volume:
        return min(order.quantity, math.floor(volume * float(params(order).get("pctVol") or 0.1)))
    begin_s = clock_s(order, "startTime", now_s) or began_s
    end_s = clock_s(order, "endTime", now_s) or ends_s
    if now_s < begin_s:
        return 0.0
    share = min((now_s - begin_s) / max(end_s - begin_s, 1.0), 1.0)
    return min(order.quantity, math.ceil(order.quantity * min(plan.pace(share), 1.0)))


def price(order: Order, quote: Quote, ticks: TickRule, waited_s: float) -> float | None:
    """The limit of a patient algorithm: its own side, then the middle, then across; `None`: by its order."""
    plan = strategy(order)
    if plan is None or not plan.patient:
        return None
    patience_s = PATIENCE_S.get(params(order).get("adaptivePriority", "Normal"), PATIENCE_S["Normal"])
    bare = order.with_(aux_price=None)
    stage = waited_s / patience_s
    peg = near if stage < 0.5 else mid if stage < 1 else opposite
    found = peg(bare, quote, ticks)
    return None if found is None else capped(order, found)


def clock_s(order: Order, name: str, now_s: float) -> float | None:
    """A time among the parameters: a full stamp, or a time of today and a zone; `None` when not given."""
    text = params(order).get(name, "").strip()
    if not text:
        return None
    if ":" in text[:3]:
        clock, _, zone = text.partition(" ")
        today = datetime.fromtimestamp(now_s, ZoneInfo(zone or "US/Eastern"))
        text = f"{today:%Y%m%d} {clock} {zone or 'US/Eastern'}"
    at = parse_stamp(text, "US/Eastern")
    return at.timestamp() if at else None


def fault(order: Order, sec_type: str, now_s: float) -> tuple[int, str] | None:
    """IB's code and text for an algorithm that is unknown, does not fit the order or is told nonsense."""
    name = order.attributes.get("algoStrategy")
    if not name:
        return None
    plan = strategy(order)
    if plan is None:
        return 439, f"The order processing failed. Algorithm '{name}' definition not found."
    fits = order.order_type in ("LMT", "MKT") and order.tif in plan.tifs and sec_type in plan.sec_types
    if not fits or any(order.attributes.get(one) for one in UNFIT):
        return 442, "Specified algorithm is not allowed for this order."
    if order.contract.exchange not in ("SMART", "") and sec_type == "STK":
        return 442, "Specified algorithm is not allowed for this order."
    try:
        for one in ("startTime", "endTime"):
            clock_s(order, one, now_s)
        shares = [float(params(order).get(one) or 0.1) for one in SHARES]
    except (ValueError, KeyError, OSError):
        return BAD_PARAMETERS
    if (
        not all(0 < share <= 1 for share in shares)
        or params(order).get("adaptivePriority", "Normal") not in PATIENCE_S
    ):
        return BAD_PARAMETERS
    return None
