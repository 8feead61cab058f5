"""What the pit stands on: the exchange around it, one working order, and how orders are related."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.simulator.matching.fills import Fill
from core.simulator.matching.kinds import Kind
from core.simulator.model import Execution, Listing, MarginPreview, Notice, Order, Quote, Refused
from core.simulator.tape.ticks import TickRule

Key = tuple[int, int]
"""(client id, order id)"""


@dataclass(slots=True)
class Working:
    """An order and what the pit knows of it beyond its status."""

    order: Order
    kind: Kind
    transmitted: bool = False
    live: bool = False  # at the market: may match
    armed: bool = False  # waiting for its trigger
    resting: bool = False  # has met the market once
    charged: float = 0.0
    expires_s: float = float("inf")
    amendment: Order | None = None


class Floor(Protocol):
    """What the pit asks of the exchange around it."""

    now_s: float
    accounts: tuple[str, ...]

    def listing(self, con_id: int) -> Listing | None: ...
    def ticks(self, con_id: int) -> TickRule: ...
    def quote(self, con_id: int) -> Quote: ...
    def is_open(self, con_id: int, regular_only: bool) -> bool: ...
    def next_open(self, con_id: int, regular_only: bool) -> tuple[float, str]:
        """When the market begins again: epoch seconds, and IB's words for it."""
        ...

    def closes_s(self, con_id: int, regular_only: bool, at_s: float) -> float:
        """When the session that is open at `at_s` ends."""
        ...

    def schedule(self, due_s: float, what: str, key: Key) -> None: ...
    def watch(self, con_id: int) -> None: ...
    def unwatch(self, con_id: int) -> None: ...
    def preview(self, order: Order) -> MarginPreview: ...
    def book(self, order: Order, fill: Fill, charged: float) -> tuple[Execution, list[Notice]]: ...


def related(one: Order, other: Order) -> bool:
    """Parent and child, children of one parent, or members of one OCA group."""
    group = one.attributes.get("ocaGroup")
    if group and group == other.attributes.get("ocaGroup") and one.account == other.account:
        return True
    if one.client_id != other.client_id:
        return False
    return other.parent_id in (one.order_id, one.parent_id or -1)


def cancels(order: Order) -> bool:
    """OCA type 1: any fill cancels the rest of the group."""
    return bool(order.attributes.get("ocaGroup")) and str(order.attributes.get("ocaType", 1)) in ("0", "1")


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
