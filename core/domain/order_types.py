"""The one table of order types: fields, times in force and asset classes, with the words for why not."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.contract import SecType
from core.domain.order import OrderType, Tif

_TRADABLE = frozenset(
    {SecType.STK, SecType.OPT, SecType.FUT, SecType.FOP, SecType.CASH, SecType.CFD, SecType.WAR}
)
_DAY_AND_GTC = frozenset({Tif.DAY, Tif.GTC})


@dataclass(frozen=True, slots=True)
class OrderTypeRow:
    """What one order type needs and where it may be used."""

    order_type: OrderType
    title: str
    needs_limit: bool
    needs_stop: bool
    tifs: frozenset[Tif]
    sec_types: frozenset[SecType]
    token: str
    """How a contract's own `orderTypes` names it."""
    meaning: str
    outside_rth: bool
    """Whether it can work outside regular hours."""


ORDER_TYPES: dict[OrderType, OrderTypeRow] = {
    row.order_type: row
    for row in (
        OrderTypeRow(
            OrderType.MKT,
            "Market",
            False,
            False,
            _DAY_AND_GTC,
            _TRADABLE,
            "MKT",
            "Trades now at whatever the market gives.",
            False,
        ),
        OrderTypeRow(
            OrderType.LMT,
            "Limit",
            True,
            False,
            _DAY_AND_GTC,
            _TRADABLE | {SecType.CRYPTO, SecType.BOND},
            "LMT",
            "Trades at the limit price or better.",
            True,
        ),
        OrderTypeRow(
            OrderType.STP,
            "Stop",
            False,
            True,
            _DAY_AND_GTC,
            _TRADABLE,
            "STP",
            "Becomes a market order once the stop price trades.",
            False,
        ),
        OrderTypeRow(
            OrderType.STP_LMT,
            "Stop limit",
            True,
            True,
            _DAY_AND_GTC,
            _TRADABLE,
            "STPLMT",
            "Becomes a limit order once the stop price trades.",
            True,
        ),
    )
}


def why_not(
    order_type: OrderType, sec_type: SecType, tif: Tif, outside_rth: bool, tokens: frozenset[str]
) -> str:
    """Why this combination is closed, in words for the trader; "" when it is open.

    `tokens` are the contract's own `orderTypes`; empty when they are not known yet.
    """
    row = ORDER_TYPES[order_type]
    if sec_type is SecType.IND:
        return "An index cannot be traded. Trade its future, option or ETF."
    if sec_type not in row.sec_types:
        return f"{row.title} orders are not offered for {sec_type}."
    if tokens and row.token not in tokens:
        return f"This contract does not list {row.title.lower()} orders ({row.token})."
    if tif not in row.tifs:
        return f"{row.title} orders do not take {tif}."
    if outside_rth and not row.outside_rth:
        return f"{row.title} orders work in regular hours only: IB ignores outside RTH for them."
    return ""
