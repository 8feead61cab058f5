"""Orders: what the trader means (`OrderSpec`) and what has become of it (`Order`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from core.domain.conditions import Condition, TriggerMethod, conditions_in_words, moment_words
from core.domain.contract import Contract


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """IB's codes; `order_types.ORDER_TYPES` has a row for each."""

    MKT = "MKT"
    LMT = "LMT"
    STP = "STP"
    STP_LMT = "STP LMT"
    TRAIL = "TRAIL"
    TRAIL_LIMIT = "TRAIL LIMIT"
    MIT = "MIT"
    LIT = "LIT"
    MTL = "MTL"
    MOC = "MOC"
    LOC = "LOC"
    MIDPRICE = "MIDPRICE"
    REL = "REL"
    PEG_MID = "PEG MID"
    SNAP_MID = "SNAP MID"
    SNAP_MKT = "SNAP MKT"
    SNAP_PRIM = "SNAP PRIM"


TRAILS = frozenset({OrderType.TRAIL, OrderType.TRAIL_LIMIT})
"""IB moves their stop price, and the limit that hangs on it, as the market goes."""

STOPS = TRAILS | {OrderType.STP, OrderType.STP_LMT}
"""What ends a losing position: a stop price that is set, or one that follows the market."""


class Tif(StrEnum):
    """Time in force; `order_types.TIFS` has a row for each."""

    DAY = "DAY"
    GTC = "GTC"
    GTD = "GTD"
    IOC = "IOC"
    FOK = "FOK"
    OPG = "OPG"


class OcaKind(IntEnum):
    """What a fill of one order does to the others of its group, by IB's numbers."""

    CANCEL_WITH_BLOCK = 1
    REDUCE_WITH_BLOCK = 2
    REDUCE_WITHOUT_BLOCK = 3


@dataclass(frozen=True, slots=True)
class Oca:
    """One cancels all: the group's name, unique for ever, and what a fill does. IB lets neither be revised."""

    group: str
    kind: OcaKind = OcaKind.CANCEL_WITH_BLOCK


@dataclass(frozen=True, slots=True)
class Algo:
    """An IB algorithm by its own name, with its parameters as IB writes them; `algos.ALGOS` has a row for each."""

    strategy: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderSpec:
    """An order specification: everything the trader decided and nothing the desk or IB adds.

    `order_types` says which of the fields after the time in force a type takes; absent ones are `None`.
    """

    contract: Contract
    side: Side
    quantity: Decimal
    """0: IB has not told it, as of an order for a sum of money, or of one that others placed and that is over."""
    order_type: OrderType
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    tif: Tif = Tif.DAY
    outside_rth: bool = False
    account: str = ""
    trail_amount: Decimal | None = None
    """How far a trailing stop follows, in price."""
    trail_percent: Decimal | None = None
    """The same in per cent of the price: 1.5 is 1.5 %."""
    limit_offset: Decimal | None = None
    """TRAIL LIMIT: how far beyond the stop its limit stands, instead of a limit price."""
    offset: Decimal | None = None
    """REL, PEG MID and SNAP: how far from the price they peg to."""
    good_after: datetime | None = None
    good_till: datetime | None = None
    """With `Tif.GTD`."""
    oca: Oca | None = None
    display_size: Decimal | None = None
    """Iceberg: how much of the quantity the market sees."""
    hidden: bool = False
    all_or_none: bool = False
    discretionary: Decimal | None = None
    """How far beyond the limit the order may secretly go, in price."""
    minimum_quantity: Decimal | None = None
    trigger_method: TriggerMethod = TriggerMethod.DEFAULT
    conditions: tuple[Condition, ...] = ()
    conditions_cancel: bool = False
    """The conditions end the order, rather than start it."""
    conditions_outside_rth: bool = False
    """They are watched outside regular hours too."""
    algo: Algo | None = None
    parent_id: int = 0
    """The parent's order id at IB: a child waits until its parent fills. 0: no parent."""
    transmit: bool = True
    """False: IB holds the order until the last of its bracket is there."""

    def sentence(self) -> str:
        """The order in the words a trader would say: BUY 100 AAPL LMT 150.25 DAY."""
        kind = self.algo.strategy.upper() + " " if self.algo else ""
        size = [f"{self.quantity.normalize():f}"] if self.quantity else []
        words = [self.side, *size, self.contract.label, f"{kind}{self.order_type}"]
        return " ".join([*words, *self._price_words(), self.tif, *self._attribute_words()])

    def _price_words(self) -> list[str]:
        told = [str(price) for price in (self.stop_price, self.limit_price) if price is not None]
        for before, value, after in (
            ("trailing ", self.trail_amount, ""),
            ("trailing ", self.trail_percent, " %"),
            ("limit offset ", self.limit_offset, ""),
            ("offset ", self.offset, ""),
        ):
            if value is not None:
                told.append(f"{before}{value}{after}")
        return told

    def _attribute_words(self) -> list[str]:
        """Whatever is out of the ordinary, each as one phrase."""
        phrases = (
            (self.good_till, f"till {_when(self.good_till)}"),
            (self.good_after, f"not before {_when(self.good_after)}"),
            (self.outside_rth, "outside RTH"),
            (self.display_size, f"showing {self.display_size}"),
            (self.hidden, "hidden"),
            (self.all_or_none, "all or none"),
            (self.discretionary, f"discretionary {self.discretionary}"),
            (self.minimum_quantity, f"at least {self.minimum_quantity} at once"),
            (self.trigger_method, f"triggered by {self.trigger_method.words}"),
            (self.oca, f"in OCA group {self.oca.group if self.oca else ''}"),
            (self.conditions, self._condition_words()),
        )
        return [words for is_set, words in phrases if is_set]

    def _condition_words(self) -> str:
        verb = "cancelled if" if self.conditions_cancel else "if"
        return f"{verb} {conditions_in_words(self.conditions)}"


def _when(at: datetime | None) -> str:
    return "" if at is None else moment_words(at)


class OrderState(StrEnum):
    """The lifecycle of order-life.md. A partial fill is a quantity, not a state."""

    DENIED = "denied"
    INTENT = "intent"
    SENT = "sent"
    ACCEPTED = "accepted"
    HELD = "held"
    WORKING = "working"
    INACTIVE = "inactive"
    IN_DOUBT = "in doubt"
    CONFLICT = "conflict"
    """IB works it under two permanent ids: each is a leg of its own until all are over."""
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NOT_PLACED = "not placed"

    @property
    def is_final(self) -> bool:
        """Nothing more is expected; final states are soft, a late fill still counts."""
        return self in _FINAL

    @property
    def may_execute(self) -> bool:
        """IB could still fill it, for all the desk knows."""
        return self not in _FINAL and self is not OrderState.INTENT


_FINAL = frozenset(
    {
        OrderState.DENIED,
        OrderState.FILLED,
        OrderState.CANCELLED,
        OrderState.REJECTED,
        OrderState.NOT_PLACED,
    }
)


class Settlement(StrEnum):
    """What the trader may say of an order in doubt, after a look into TWS."""

    NOT_PLACED = "not placed"
    CANCELLED = "cancelled"


class Overlay(StrEnum):
    """Where a modification or a cancel stands, apart from the lifecycle."""

    NONE = ""
    REQUESTED = "requested"
    IN_DOUBT = "in doubt"


@dataclass(frozen=True, slots=True)
class Leg:
    """One of the two or more orders that IB made of one: a permanent id and what has become of it."""

    perm_id: int
    state: OrderState
    order_id: int | None = None
    spec: OrderSpec | None = None
    """Its own terms, once IB has told them."""
    untold: bool = False
    """IB's complete list calls it filled; its executions are of an earlier day and are not told any more."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the desk knows it; every change makes a new one."""

    order_ref: str
    """Ours, unique for ever; foreign orders get one made from their permanent id."""
    spec: OrderSpec
    state: OrderState
    created_at_s: float
    changed_at_s: float
    order_id: int | None = None
    perm_id: int | None = None
    client_id: int | None = None
    filled: Decimal = Decimal(0)
    avg_fill_price: Decimal | None = None
    said_filled: Decimal = Decimal(0)
    """What IB says is filled; more than `filled` where executions are still to come, or are of an earlier day."""
    cancel: Overlay = Overlay.NONE
    modify: Overlay = Overlay.NONE
    pending: OrderSpec | None = None
    """What a requested modification asks for, until IB confirms it."""
    reason: str = ""
    """Why it was denied, rejected, cancelled or is held: in words, plain text."""
    code: int | None = None
    own: bool = True
    """Placed by this desk's client id; only own orders can be modified or cancelled one by one."""
    terms: str = ""
    """IB's own words for type and time in force where `spec` can only come near, as for a foreign TRAIL."""
    stale: bool = False
    """The link was lost since this was last confirmed."""
    alarm: str = ""
    """What is odd about it, until it is sealed: filled after it was over, filled too much, alive after all."""
    external: str = ""
    """What others changed of its terms, in words: TWS, its presets, or IB."""
    legs: tuple[Leg, ...] = ()
    """In a conflict, every permanent id that IB works it under."""
    gateway: str = ""
    """Where it was placed: "IB", or one simulator by its address; other gateways say nothing about it."""
    sealed: bool = False
    """Over since another trading day, and read back since: nothing is expected of it any more."""
    arrival_mid: Decimal | None = None
    """The mid of the live quote when it was submitted: what its fills are measured against. `None`: there was none."""

    @property
    def owner(self) -> str:
        """Who placed it, in words."""
        if self.own:
            return "this desk"
        if self.client_id is None:
            return "not told"
        return f"client {self.client_id}" if self.client_id else "TWS"

    @property
    def remaining(self) -> Decimal:
        """What is left to fill, by executions or by IB's own figure: whichever knows of more fills."""
        return max(Decimal(0), self.spec.quantity - max(self.filled, self.said_filled))

    @property
    def is_full(self) -> bool:
        """Its executions add up to all that was ordered; never so while the quantity is not known."""
        return 0 < self.spec.quantity <= self.filled

    @property
    def is_live(self) -> bool:
        return not self.state.is_final
