"""Orders: what the trader means (`OrderSpec`) and what has become of it (`Order`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

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


class Tif(StrEnum):
    """Time in force."""

    DAY = "DAY"
    GTC = "GTC"


@dataclass(frozen=True, slots=True)
class OrderSpec:
    """An order specification: everything the trader decided and nothing the desk or IB adds."""

    contract: Contract
    side: Side
    quantity: Decimal
    order_type: OrderType
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    tif: Tif = Tif.DAY
    outside_rth: bool = False
    account: str = ""

    def sentence(self) -> str:
        """The order in the words a trader would say: BUY 100 AAPL LMT 150.25 DAY."""
        prices = [str(price) for price in (self.stop_price, self.limit_price) if price is not None]
        words = [self.side, f"{self.quantity.normalize():f}", self.contract.label, self.order_type]
        outside = ["outside RTH"] if self.outside_rth else []
        return " ".join([*words, *prices, self.tif, *outside])


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


class Overlay(StrEnum):
    """Where a modification or a cancel stands, apart from the lifecycle."""

    NONE = ""
    REQUESTED = "requested"
    IN_DOUBT = "in doubt"


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

    @property
    def remaining(self) -> Decimal:
        return max(Decimal(0), self.spec.quantity - self.filled)

    @property
    def is_live(self) -> bool:
        return not self.state.is_final
