"""Combos: one order for several contracts, option spreads and futures calendars."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from zlib import crc32

from core.domain.contract import ComboLeg, Contract, ContractDetails, PriceBand, SecType

LEG_TYPES = frozenset({SecType.OPT, SecType.FUT, SecType.FOP, SecType.STK})
MOST_LEGS = 6


def combo_id(legs: Sequence[ComboLeg]) -> int:
    """Our own number for a combination: negative, the same wherever its legs are the same.

    IB gives a BAG no number that stays: prices, positions and orders of one are found again by this.
    """
    told = ";".join(sorted(f"{leg.con_id} {leg.ratio} {leg.side} {leg.exchange}" for leg in legs))
    return -1 - crc32(told.encode())


def why_not_combo(legs: Sequence[tuple[ContractDetails, int, str]]) -> str:
    """Why these (contract, ratio, side) make no combo, in words; "" when they do."""
    if not 2 <= len(legs) <= MOST_LEGS:
        return f"A combo has two to {MOST_LEGS} legs."
    contracts = [details.contract for details, _, _ in legs]
    if odd := next((one for one in contracts if one.sec_type not in LEG_TYPES), None):
        return f"{odd.label} cannot be a leg: combos are of options, futures and stocks."
    if len({one.con_id for one in contracts}) < len(legs):
        return "A contract stands in two legs."
    if len({one.currency for one in contracts}) > 1:
        return "The legs trade in different currencies."
    if len({one.symbol for one in contracts}) > 1:
        return "The legs have different underlyings; IBDesk offers combos of one underlying."
    ratios = [ratio for _, ratio, _ in legs]
    if min(ratios) < 1:
        return "A leg's ratio is a whole number from 1."
    if gcd(*ratios) > 1:
        return f"The ratios have the common factor {gcd(*ratios)}: put it into the quantity."
    return ""


def combo(legs: Sequence[tuple[ContractDetails, int, str]]) -> ContractDetails:
    """The combo with rules of its own, made of its legs' (contract, ratio, side).

    It moves by the smallest tick of its legs. Raises ValueError where `why_not_combo` has words.
    """
    if words := why_not_combo(legs):
        raise ValueError(words)
    first = legs[0][0].contract
    exchange = "SMART" if first.sec_type in (SecType.OPT, SecType.STK) else first.exchange
    own = tuple(ComboLeg(details.contract.con_id, ratio, side, exchange) for details, ratio, side in legs)
    multipliers = {details.contract.multiplier for details, _, _ in legs}
    contract = Contract(
        con_id=combo_id(own),
        symbol=first.symbol,
        sec_type=SecType.BAG,
        exchange=exchange,
        currency=first.currency,
        local_symbol=_name(legs),
        multiplier=min(multipliers),
        legs=own,
    )
    step = min(band.increment for details, _, _ in legs for band in details.price_bands)
    return ContractDetails(
        contract,
        long_name=contract.local_symbol,
        price_bands=(PriceBand(legs[0][0].price_bands[0].low_edge, step),),
        valid_exchanges=(exchange,),
        time_zone=legs[0][0].time_zone,
        trading=legs[0][0].trading,
        liquid=legs[0][0].liquid,
    )


def _name(legs: Sequence[tuple[ContractDetails, int, str]]) -> str:
    """AAPL +1 18DEC26 150 C -1 18DEC26 155 C."""
    first = legs[0][0].contract
    parts = [
        f"{'+' if side == 'BUY' else '-'}{ratio} {details.contract.label.removeprefix(first.symbol).strip()}"
        for details, ratio, side in legs
    ]
    return " ".join([first.symbol, *parts])
