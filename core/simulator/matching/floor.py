"""What the pit stands on: the exchange around it, one working order, and how orders are related."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from core.simulator.matching.fills import Fill
from core.simulator.matching.kinds import Kind
from core.simulator.model import Book, Execution, Listing, MarginPreview, Notice, Order, Quote, Refused
from core.simulator.tape.ticks import TickRule

Key = tuple[int, int]
"""(client id, order id)"""


FOREVER: Final = float("inf")


@dataclass(slots=True)
class Working:
    """An order and what the pit knows of it beyond its status."""

    order: Order
    kind: Kind
    transmitted: bool = False
    freed: bool = False  # its parent (if any) has begun to fill
    live: bool = False  # at the market: may match
    armed: bool = False  # waiting for its trigger
    resting: bool = False  # has met the market once
    met: bool = False  # its conditions have held
    adjusted: bool = False
    stop: float | None = None  # where its trigger stands
    offset: float | None = None  # of a trailing stop limit: from its stop to its limit
    limit: float | None = None  # found on the way: by a snap, a first fill, a trailing stop set off
    hits: int = 0  # how often in a row the market was at its trigger
    ahead: float = 0.0  # what stands before it at its price
    stands_at: float | None = None
    share: float = 1.0  # how much of its quantity may trade: a child of a parent partly filled
    charged: float = 0.0
    began_s: float = 0.0
    volume_before: int = 0
    expires_s: float = FOREVER
    amendment: Order | None = None

    @property
    def key(self) -> Key:
        return self.order.client_id, self.order.order_id

    @property
    def action(self) -> str:
        """BUY or SELL: a short sale is a sale."""
        return "BUY" if self.order.action == "BUY" else "SELL"


class Floor(Protocol):
    """What the pit asks of the exchange around it."""

    now_s: float
    accounts: tuple[str, ...]

    def listing(self, con_id: int) -> Listing | None: ...
    def lists(self, con_id: int) -> bool: ...
    def ticks(self, con_id: int) -> TickRule: ...
    def quote(self, con_id: int) -> Quote: ...
    def others(self, con_id: int, rows: int) -> Book:
        """The book without our own clients' orders."""
        ...

    def is_open(self, con_id: int, regular_only: bool) -> bool: ...
    def next_open(self, con_id: int, regular_only: bool) -> tuple[float, str]:
        """When the market begins again: epoch seconds, and IB's words for it."""
        ...

    def closes_s(self, con_id: int, regular_only: bool, at_s: float) -> float:
        """When the session that is open at `at_s` ends."""
        ...

    def cushion_percent(self, account: str) -> float: ...
    def executed(self, account: str, since_s: float, symbol: str, sec_type: str, exchange: str) -> bool: ...
    def schedule(self, due_s: float, what: str, key: Key) -> None: ...
    def watch(self, con_id: int) -> None: ...
    def unwatch(self, con_id: int) -> None: ...
    def held(self, account: str, con_id: int) -> float:
        """The account's position; below 0 when it is short."""
        ...

    def trade(self, con_id: int) -> None:
        """Have the pit meet every beat of a contract that is watched."""
        ...

    def preview(self, order: Order) -> MarginPreview: ...
    def record(self, order: Order, fill: Fill, charged: float) -> tuple[Execution, list[Notice]]:
        """Make a fill an execution and move the money; the notices begin with the execution."""
        ...


def is_child(one: Order, parent: Order) -> bool:
    return bool(one.parent_id) and (one.client_id, one.parent_id) == (parent.client_id, parent.order_id)


def are_siblings(one: Order, other: Order) -> bool:
    """Children of one parent."""
    return bool(one.parent_id) and (one.client_id, one.parent_id) == (other.client_id, other.parent_id)


def group_of(order: Order) -> str:
    return str(order.attributes.get("ocaGroup") or "")


def in_one_group(one: Order, other: Order) -> bool:
    return bool(group_of(one)) and (group_of(one), one.account) == (group_of(other), other.account)


CANCEL_REST, REDUCE_BLOCKED, REDUCE = 1, 2, 3
"""IB's ocaType: what a fill does to the others of the group."""


def oca_type(order: Order) -> int:
    said = order.attributes.get("ocaType") or CANCEL_REST
    return int(str(said))


def amended(old: Order, new: Order) -> Order:
    """The terms of `new` on what `old` has become."""
    return new.with_(
        perm_id=old.perm_id,
        status=old.status,
        filled=old.filled,
        avg_fill_price=old.avg_fill_price,
        last_fill_price=old.last_fill_price,
        why_held=old.why_held,
        parent_id=old.parent_id,
    )


def refused(order: Order, code: int, text: str) -> Refused:
    return Refused(order.client_id, order.order_id, code, text)


def will_wait(order: Order, words: str) -> str:
    contract = order.contract
    market = f"{contract.primary_exchange or contract.exchange}.{contract.trading_class}"
    return (
        f"Order Message:\n{order.action} {order.quantity:g} {contract.symbol} {market}\n"
        f"Warning: your order will not be placed at the exchange until {words}"
    )
