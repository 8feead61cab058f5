"""Families of orders: a parent with its children, or a group of which one cancels all; and how each row hangs in it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from core.domain.order import STOPS, Order

ENTRY = "entry"


class Kin(NamedTuple):
    """Where an order stands in its family."""

    role: str
    """entry, target, stop or OCA."""
    place: int
    size: int

    @property
    def words(self) -> str:
        """├ target: the branch of the tree, and what it is."""
        if self.role == ENTRY:
            return f"▾ {self.role}"
        if self.size == 1:
            return self.role
        branch = "└" if self.place == self.size - 1 else "├" if self.place else "┌"
        return f"{branch} {self.role}"


class Listing(NamedTuple):
    """References of orders with families together: each family's members by its first, and each member's first."""

    order_refs: tuple[str, ...] = ()
    families: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - never changed, only replaced
    heads: dict[str, str] = {}  # noqa: RUF012

    def kin(self, order: Order) -> Kin | None:
        """`None` for an order by itself."""
        head = self.heads.get(order.order_ref)
        if head is None:
            return None
        members = self.families[head]
        return Kin(_role(order), members.index(order.order_ref), len(members))

    def moved(self, before: Listing) -> list[str]:
        """Members whose place in their family is not what it was."""
        moved: list[str] = []
        for head in {*before.families, *self.families}:
            was, now = before.families.get(head, ()), self.families.get(head, ())
            if was != now:
                moved += {*was, *now}
        return moved


def arranged(orders: Iterable[Order]) -> Listing:
    """`orders` (newest first) with each family where its first order stands, eldest first."""
    listed = tuple(orders)
    families: dict[str, tuple[str, ...]] = {}
    heads: dict[str, str] = {}
    for members in _groups(listed):
        head = members[0]
        families[head] = tuple(members)
        for order_ref in members:
            heads[order_ref] = head
    refs: list[str] = []
    for one in listed:
        head_of_it = heads.get(one.order_ref)
        if head_of_it is None:
            refs.append(one.order_ref)
        elif head_of_it == one.order_ref:
            refs += families[head_of_it]
    return Listing(tuple(refs), families, heads)


def children_of(parent: Order, orders: Iterable[Order]) -> tuple[Order, ...]:
    """The live orders that hang on `parent`."""
    if parent.order_id is None:
        return ()
    key = _bracket(parent, parent.order_id)
    return tuple(
        one
        for one in orders
        if one.is_live and one.spec.parent_id and _bracket(one, one.spec.parent_id) == key
    )


def tied_to(order: Order, orders: Iterable[Order]) -> tuple[Order, ...]:
    """The other live orders of its bracket or group: what fills of one changes them."""
    key = _family(order)
    return tuple(
        one
        for one in orders
        if one.is_live and one.order_ref != order.order_ref and key and _family(one) == key
    )


def _family(order: Order) -> Hashable:
    """What the members of a bracket's exits, or of a group, have in common; `None` of an order by itself."""
    spec = order.spec
    if spec.parent_id:
        return _bracket(order, spec.parent_id)
    return None if spec.oca is None else ("oca", spec.account, spec.oca.group)


def _groups(listed: tuple[Order, ...]) -> Iterable[list[str]]:
    """Members eldest first, the parent before its children."""
    groups: dict[Hashable, list[str]] = {}
    parent_ids: set[int] = set()
    for one in reversed(listed):
        if one.spec.parent_id:
            parent_ids.add(one.spec.parent_id)
        if (family := _family(one)) is not None:
            groups.setdefault(family, []).append(one.order_ref)
    for one in listed if parent_ids else ():
        if one.order_id in parent_ids and not one.spec.parent_id:
            members = groups.get(_bracket(one, one.order_id or 0))
            if members is not None:
                members.insert(0, one.order_ref)
    return groups.values()


def _bracket(order: Order, parent_id: int) -> Hashable:
    return order.client_id, parent_id, order.spec.contract.con_id, order.gateway


def _role(order: Order) -> str:
    if order.spec.parent_id:
        return "stop" if order.spec.order_type in STOPS else "target"
    return ENTRY if order.spec.oca is None else "OCA"
