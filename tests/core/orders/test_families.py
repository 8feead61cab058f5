"""Families: brackets and groups stand together, whatever comes between them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.contract import Contract
from core.domain.order import Oca, Order, OrderSpec, OrderState, OrderType, Side
from core.orders.families import arranged, children_of

AAPL = Contract(265598, "AAPL")
SPEC = OrderSpec(AAPL, Side.BUY, Decimal(100), OrderType.LMT, Decimal(150))


def order(number: int, spec: OrderSpec = SPEC, client_id: int = 1) -> Order:
    return Order(f"r{number}", spec, OrderState.WORKING, 0.0, 0.0, order_id=number, client_id=client_id)


ENTRY = order(1)
TARGET = order(2, replace(SPEC, side=Side.SELL, parent_id=1))
STOP = order(3, replace(SPEC, side=Side.SELL, order_type=OrderType.STP, stop_price=Decimal(140), parent_id=1))


def words(*newest_first: Order) -> list[tuple[str, str]]:
    listing = arranged(newest_first)
    by_ref = {one.order_ref: one for one in newest_first}
    kin = [listing.kin(by_ref[ref]) for ref in listing.order_refs]
    return [(ref, one.words if one else "") for ref, one in zip(listing.order_refs, kin, strict=True)]


def test_children_stand_under_their_parent_wherever_they_came_from() -> None:
    assert words(order(9), STOP, order(8), TARGET, ENTRY) == [
        ("r9", ""),
        ("r8", ""),
        ("r1", "▾ entry"),
        ("r2", "├ target"),
        ("r3", "└ stop"),
    ]


def test_children_without_their_parent_stand_together() -> None:
    assert words(STOP, order(8), TARGET) == [("r8", ""), ("r2", "┌ target"), ("r3", "└ stop")]


def test_a_group_stands_together_and_is_told_from_another() -> None:
    one, two = (order(number, replace(SPEC, oca=Oca("g"))) for number in (4, 5))
    other = order(6, replace(SPEC, oca=Oca("h")))
    assert words(two, other, one) == [("r6", "OCA"), ("r4", "┌ OCA"), ("r5", "└ OCA")]


def test_another_clients_order_of_the_same_number_is_no_parent() -> None:
    assert words(TARGET, order(1, client_id=2)) == [("r2", "target"), ("r1", "")]
    assert children_of(order(1, client_id=2), [TARGET, STOP]) == ()
    assert children_of(ENTRY, [STOP, TARGET, order(9)]) == (STOP, TARGET)


def test_only_those_whose_place_changed_are_told_of() -> None:
    before = arranged([TARGET, ENTRY])
    assert set(arranged([STOP, TARGET, ENTRY]).moved(before)) == {"r1", "r2", "r3"}
    assert arranged([order(9), TARGET, ENTRY]).moved(before) == []
