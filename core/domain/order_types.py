"""The one table of order types: fields, times in force, kinds of contract, sessions and children, with the words for why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from core.domain.contract import SecType
from core.domain.order import OrderType, Tif


class PriceField(StrEnum):
    """The prices an order may carry; each value is the field's name in `OrderSpec`."""

    LIMIT = "limit_price"
    STOP = "stop_price"
    TRAIL_AMOUNT = "trail_amount"
    TRAIL_PERCENT = "trail_percent"
    LIMIT_OFFSET = "limit_offset"
    OFFSET = "offset"


MAY_BE_NEGATIVE = frozenset({SecType.FUT, SecType.BAG})
"""Crude oil traded under zero in April 2020, and a spread may cost less than nothing."""


def may_be_negative(unit: str, sec_type: SecType) -> bool:
    """Whether a price of this unit may be zero or less."""
    return unit == "price" and sec_type in MAY_BE_NEGATIVE


class Need(Enum):
    """Whether a type takes a field. Of the two ALTERNATIVE fields of a pair exactly one must be given."""

    NEVER = auto()
    MAY = auto()
    ALTERNATIVE = auto()
    MUST = auto()


class Child(StrEnum):
    """What may hang on a parent."""

    TARGET = "target"
    STOP = "stop"
    TRAILING_STOP = "trailing stop"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """How a price field is called and read; `unit` is "price", "per cent" or "distance"."""

    title: str
    unit: str
    meaning: str


FIELDS: dict[PriceField, FieldRow] = {
    PriceField.LIMIT: FieldRow("limit price", "price", "The worst price the order may trade at."),
    PriceField.STOP: FieldRow("stop price", "price", "The price that sets the order off."),
    PriceField.TRAIL_AMOUNT: FieldRow(
        "trailing amount", "distance", "How far the stop follows the market, in price."
    ),
    PriceField.TRAIL_PERCENT: FieldRow(
        "trailing per cent", "per cent", "How far the stop follows the market, in per cent."
    ),
    PriceField.LIMIT_OFFSET: FieldRow(
        "limit offset", "distance", "How far beyond the stop the limit stands; it moves with the stop."
    ),
    PriceField.OFFSET: FieldRow("offset", "distance", "How far from the price it pegs to."),
}

PAIRS: tuple[tuple[PriceField, PriceField], ...] = (
    (PriceField.TRAIL_AMOUNT, PriceField.TRAIL_PERCENT),
    (PriceField.LIMIT, PriceField.LIMIT_OFFSET),
)
"""Where a type takes both as ALTERNATIVE, exactly one of the two is to be given (321)."""


@dataclass(frozen=True, slots=True)
class TifRow:
    """A time in force: which contracts take it, and its token in a contract's own list."""

    tif: Tif
    meaning: str
    sec_types: frozenset[SecType]
    why_not: str
    """Why the others do not."""
    token: str = ""
    """"" where contracts do not list it reliably."""
    outside_rth: bool = True


@dataclass(frozen=True, slots=True)
class OrderTypeRow:
    """What one order type needs and where it may be used."""

    order_type: OrderType
    title: str
    meaning: str
    token: str
    """How a contract's own `orderTypes` names it."""
    sec_types: frozenset[SecType]
    tifs: frozenset[Tif]
    fields: Mapping[PriceField, Need] = field(default_factory=dict)
    outside_rth: bool = True
    """Whether it can work outside regular hours."""
    children: frozenset[Child] = frozenset()
    conditions_start: bool = False
    """Whether conditions may submit it (148 otherwise)."""
    conditions_end: bool = False
    at_any_price: bool = False
    """Whether it may trade at whatever the market gives."""
    triggered: bool = False
    """Whether it waits for a price, so that a trigger method means something."""
    tifs_only: Mapping[SecType, frozenset[Tif]] = field(default_factory=dict)
    """Kinds of contract with fewer times in force."""

    def need(self, name: PriceField) -> Need:
        return self.fields.get(name, Need.NEVER)

    @property
    def needs_limit(self) -> bool:
        return self.need(PriceField.LIMIT) is Need.MUST

    @property
    def needs_stop(self) -> bool:
        return self.need(PriceField.STOP) is Need.MUST


_STK, _OPT, _FUT, _FOP = SecType.STK, SecType.OPT, SecType.FUT, SecType.FOP
_CASH, _CFD, _CRYPTO, _WAR, _BAG = SecType.CASH, SecType.CFD, SecType.CRYPTO, SecType.WAR, SecType.BAG
_LISTED = frozenset({_STK, _OPT, _FUT, _FOP, _CFD, _WAR})
_COMMON = _LISTED | {_CASH}
_RESTING = frozenset({Tif.DAY, Tif.GTC, Tif.GTD})
_DAY = frozenset({Tif.DAY})
_ALL_CHILDREN = frozenset(Child)
# 328: a trailing stop hangs on limit and stop-limit parents only.
_FIXED_CHILDREN = frozenset({Child.TARGET, Child.STOP})
_LIMIT, _STOP = PriceField.LIMIT, PriceField.STOP
_TRAILING = {PriceField.TRAIL_AMOUNT: Need.ALTERNATIVE, PriceField.TRAIL_PERCENT: Need.ALTERNATIVE}

TIFS: dict[Tif, TifRow] = {
    row.tif: row
    for row in (
        TifRow(Tif.DAY, "Until the end of the day's session.", frozenset(SecType), ""),
        TifRow(
            Tif.GTC,
            "Good till cancelled; IB ends it after 90 days without a login and on corporate actions.",
            frozenset(SecType),
            "",
        ),
        TifRow(
            Tif.GTD,
            "Good till a date and time.",
            frozenset(SecType) - {_CRYPTO},
            "Crypto takes DAY, GTC and IOC only.",
        ),
        TifRow(
            Tif.IOC,
            "Fills at once what it can; the rest is cancelled.",
            frozenset(SecType),
            "",
            token="IOC",
            outside_rth=False,  # 2109: IB ignores outside RTH here.
        ),
        TifRow(
            Tif.FOK,
            "Fills at once and whole, or not at all.",
            frozenset({_OPT}),
            "IB takes FOK for options only (201). Use IOC.",
            outside_rth=False,
        ),
        TifRow(
            Tif.OPG,
            "For the opening auction only.",
            frozenset({_STK, _CFD, _WAR}),
            "Only stocks, CFDs and warrants have an opening order here (201).",
            token="OPG",
            outside_rth=False,
        ),
    )
}

ORDER_TYPES: dict[OrderType, OrderTypeRow] = {
    row.order_type: row
    for row in (
        OrderTypeRow(
            OrderType.MKT,
            "Market",
            "Trades now at whatever the market gives.",
            "MKT",
            _COMMON | {_CRYPTO, _BAG},
            _RESTING | {Tif.IOC, Tif.OPG},
            outside_rth=False,
            children=_FIXED_CHILDREN,
            conditions_start=True,
            at_any_price=True,
            tifs_only={_CRYPTO: frozenset({Tif.IOC})},
        ),
        OrderTypeRow(
            OrderType.LMT,
            "Limit",
            "Trades at the limit price or better.",
            "LMT",
            _COMMON | {_CRYPTO, _BAG, SecType.BOND},
            _RESTING | {Tif.IOC, Tif.FOK, Tif.OPG},
            {_LIMIT: Need.MUST},
            children=_ALL_CHILDREN,
            conditions_start=True,
            conditions_end=True,
            tifs_only={_CRYPTO: frozenset({Tif.DAY, Tif.GTC, Tif.IOC})},
        ),
        OrderTypeRow(
            OrderType.STP,
            "Stop",
            "Becomes a market order once the stop price trades.",
            "STP",
            _COMMON,
            _RESTING,
            {_STOP: Need.MUST},
            children=_FIXED_CHILDREN,
            at_any_price=True,
            triggered=True,
        ),
        OrderTypeRow(
            OrderType.STP_LMT,
            "Stop limit",
            "Becomes a limit order once the stop price trades.",
            "STPLMT",
            _COMMON,
            _RESTING,
            {_LIMIT: Need.MUST, _STOP: Need.MUST},
            children=_ALL_CHILDREN,
            triggered=True,
        ),
        OrderTypeRow(
            OrderType.TRAIL,
            "Trailing stop",
            "A stop that follows the market at a distance and never goes back.",
            "TRAIL",
            _COMMON,
            _RESTING,
            {**_TRAILING, _STOP: Need.MAY},
            at_any_price=True,
            triggered=True,
        ),
        OrderTypeRow(
            OrderType.TRAIL_LIMIT,
            "Trailing stop limit",
            "A trailing stop that becomes a limit order once it triggers.",
            "TRAILLMT",
            _COMMON,
            _RESTING,
            {
                **_TRAILING,
                _STOP: Need.MUST,
                _LIMIT: Need.ALTERNATIVE,
                PriceField.LIMIT_OFFSET: Need.ALTERNATIVE,
            },
            triggered=True,
        ),
        OrderTypeRow(
            OrderType.MIT,
            "Market if touched",
            "Becomes a market order once the price comes to it from the good side.",
            "MIT",
            _COMMON,
            _RESTING,
            {_STOP: Need.MUST},
            outside_rth=False,
            children=_FIXED_CHILDREN,
            at_any_price=True,
            triggered=True,
        ),
        OrderTypeRow(
            OrderType.LIT,
            "Limit if touched",
            "Becomes a limit order once the price comes to it from the good side.",
            "LIT",
            _COMMON,
            _RESTING,
            {_LIMIT: Need.MUST, _STOP: Need.MUST},
            children=_FIXED_CHILDREN,
            triggered=True,
        ),
        OrderTypeRow(
            OrderType.MTL,
            "Market to limit",
            "Trades at the market; what is left becomes a limit order at that price.",
            "MTL",
            _LISTED,
            _RESTING,
            outside_rth=False,
            children=_FIXED_CHILDREN,
            at_any_price=True,
        ),
        OrderTypeRow(
            OrderType.MOC,
            "Market on close",
            "Trades in the closing auction at its price.",
            "MOC",
            frozenset({_STK, _CFD, _WAR}),
            _DAY,
            outside_rth=False,
            at_any_price=True,
        ),
        OrderTypeRow(
            OrderType.LOC,
            "Limit on close",
            "Trades in the closing auction at the limit or better.",
            "LOC",
            frozenset({_STK, _CFD, _WAR}),
            _DAY,
            {_LIMIT: Need.MUST},
            outside_rth=False,
        ),
        OrderTypeRow(
            OrderType.MIDPRICE,
            "Midprice",
            "Works at the middle of bid and ask or better; the limit caps it.",
            "MIDPX",
            frozenset({_STK}),
            _RESTING,
            {_LIMIT: Need.MAY},
            outside_rth=False,
            children=_FIXED_CHILDREN,
            conditions_start=True,
            conditions_end=True,
        ),
        OrderTypeRow(
            OrderType.REL,
            "Relative",
            "Follows the best price of its own side by the offset; the limit caps it.",
            "REL",
            frozenset({_STK, _CASH, _CFD}),
            _RESTING,
            {_LIMIT: Need.MAY, PriceField.OFFSET: Need.MAY},
            children=_FIXED_CHILDREN,
            conditions_start=True,
        ),
        OrderTypeRow(
            OrderType.PEG_MID,
            "Pegged to midpoint",
            "Follows the middle of bid and ask; the limit caps it.",
            "PEGMID",
            frozenset({_STK}),
            _RESTING,
            {_LIMIT: Need.MAY, PriceField.OFFSET: Need.MAY},
            outside_rth=False,
            children=_FIXED_CHILDREN,
        ),
        *(
            OrderTypeRow(
                order_type,
                f"Snap to {where}",
                f"A limit order at {price} at the moment it arrives, and it stays there.",
                token,
                frozenset({_STK, _OPT, _FUT, _FOP}),
                _RESTING,
                {PriceField.OFFSET: Need.MAY},
                children=_FIXED_CHILDREN,
                conditions_start=True,
            )
            for order_type, where, price, token in (
                (OrderType.SNAP_MID, "midpoint", "the middle of bid and ask", "SNAPMID"),
                (OrderType.SNAP_MKT, "market", "the best price of the other side", "SNAPMKT"),
                (OrderType.SNAP_PRIM, "primary", "the best price of its own side", "SNAPREL"),
            )
        ),
    )
}

NEVER_TRADED: dict[SecType, str] = {
    SecType.IND: "An index cannot be traded. Trade its future, option or ETF.",
    SecType.CONTFUT: "A continuous future cannot be traded. Choose a month.",
}


def why_not(
    order_type: OrderType, sec_type: SecType, tif: Tif, outside_rth: bool, tokens: frozenset[str]
) -> str:
    """Why this combination is closed, in words for the trader; "" when it is open.

    `tokens` are the contract's own `orderTypes`; empty when they are not known yet.
    """
    row = ORDER_TYPES[order_type]
    title = row.title.lower()
    if sec_type in NEVER_TRADED:
        return NEVER_TRADED[sec_type]
    if sec_type not in row.sec_types:
        return f"{row.title} orders are not offered for {sec_type}."
    if tokens and row.token not in tokens:
        return f"This contract does not list {title} orders ({row.token})."
    if reason := why_not_tif(row, sec_type, tif, tokens):
        return reason
    if outside_rth and not row.outside_rth:
        return f"{row.title} orders work in regular hours only: IB ignores outside RTH for them."
    if outside_rth and not TIFS[tif].outside_rth:
        return f"{tif} orders work in regular hours only: IB ignores outside RTH for them (2109)."
    return ""


def why_not_tif(row: OrderTypeRow, sec_type: SecType, tif: Tif, tokens: frozenset[str]) -> str:
    """Why this type does not take this time in force here; "" when it does."""
    term = TIFS[tif]
    if sec_type not in term.sec_types:
        return term.why_not
    if tif not in row.tifs:
        return f"{row.title} orders do not take {tif}."
    if tif not in row.tifs_only.get(sec_type, row.tifs):
        return f"{row.title} orders in {sec_type} do not take {tif}."
    if tokens and term.token and term.token not in tokens:
        return f"This contract does not list {tif} orders."
    return ""
