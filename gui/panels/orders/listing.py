"""Which orders are listed, by state, by side and by words; and the list kept up as orders come and change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.domain.order import Order
from core.orders.families import Listing, arranged
from gui.widgets.order_words import owner_words, reason_words, state_words

STATES = (("all", "All"), ("working", "Working"), ("done", "Done"))
SIDES = (("", "Both"), ("BUY", "Buy"), ("SELL", "Sell"))


@dataclass
class Filter:
    """`words` must all be in what an order says of itself: contract, side, type, state, owner, ids, reason."""

    state: str = "all"
    side: str = ""
    words: str = ""
    _read: dict[str, tuple[Order, str]] = field(default_factory=dict)

    @property
    def narrows(self) -> bool:
        """Something beyond the state is asked for."""
        return bool(self.side or self.words.strip())

    def of(self, orders: Iterable[Order]) -> list[Order]:
        if self.state == "all" and not self.narrows:
            return list(orders)
        asked = self.words.casefold().split()
        return [one for one in orders if self._takes(one, asked)]

    def takes(self, order: Order) -> bool:
        return self._takes(order, self.words.casefold().split())

    def _takes(self, order: Order, asked: list[str]) -> bool:
        if self.state != "all" and order.is_live is not (self.state == "working"):
            return False
        if self.side and order.spec.side != self.side:
            return False
        if not asked:
            return True
        said = self._said(order)
        return all(word in said for word in asked)

    def _said(self, order: Order) -> str:
        """Orders are frozen: what one says is read once, until there is a newer one."""
        known = self._read.get(order.order_ref)
        if known is not None and known[0] is order:
            return known[1]
        spec = order.spec
        parts = (
            spec.sentence(),
            spec.contract.symbol,
            state_words(order),
            owner_words(order),
            reason_words(order),
        )
        ids = (order.order_ref, order.order_id, order.perm_id, spec.account)
        said = " ".join(str(part) for part in (*parts, *ids) if part).casefold()
        self._read[order.order_ref] = (order, said)
        return said


class Listed:
    """The list as `arranged(filter.of(orders))` would make it, at the cost of what changed.

    Only what is rare begins anew: a family that loses a member, a parent that is told of after its children.
    """

    def __init__(self) -> None:
        self.listing = Listing()
        self._places: dict[str, tuple[object, ...]] = {}
        """Of every order known, what decides where it stands."""
        self._rows: set[str] = set()
        self._parent_ids: set[int] = set()
        self._simple = True
        """No order is in two families at once."""
        self._leaders: dict[tuple[object, ...] | None, str] = {}
        """Each family's first row."""

    def begin(self, orders: Sequence[Order], wanted: Filter, before: Listing | None = None) -> list[str]:
        """Make it from all `orders` (newest first); the members whose place in their family is not as `before`."""
        before, listed = before or self.listing, wanted.of(orders)
        self.listing = arranged(listed)
        self._places = {one.order_ref: _place(one) for one in orders}
        self._rows = set(self.listing.order_refs)
        self._parent_ids = {one.spec.parent_id for one in listed if one.spec.parent_id}
        members = sum(len(family) for family in self.listing.families.values())
        twice = any(
            one.spec.oca is not None and not one.spec.parent_id and one.order_id in self._parent_ids
            for one in listed
        )
        self._simple = members == len(self.listing.heads) and not twice
        known = {one.order_ref: one for one in listed} if members else {}
        self._leaders = {_family(known[family[-1]]): head for head, family in self.listing.families.items()}
        return self.listing.moved(before)

    def follow(self, orders: Sequence[Order], changed: Iterable[Order], wanted: Filter) -> list[str] | None:
        """Take in that these of `orders` are new or changed; `None` when no row came, went or moved."""
        before = self.listing
        new: list[Order] = []
        for one in orders:
            if one.order_ref in self._places:
                break
            new.append(one)
        arrived = {one.order_ref for one in new}
        gone = []
        for one in changed:
            if one.order_ref in arrived:
                continue
            was_listed, place = one.order_ref in self._rows, _place(one)
            if wanted.takes(one) is not was_listed:
                if not was_listed or one.order_ref in self.listing.heads:
                    return self.begin(orders, wanted, before)
                gone.append(one.order_ref)
            elif was_listed and self._places.get(one.order_ref) != place:
                return self.begin(orders, wanted, before)
            self._places[one.order_ref] = place
        if gone:
            self._drop(gone)
        moved: list[str] = []
        for one in reversed(new):
            self._places[one.order_ref] = _place(one)
            if not wanted.takes(one):
                continue
            if (touched := self._add(one, orders)) is None:
                return self.begin(orders, wanted, before)
            moved += touched
        return moved if gone or not arrived.isdisjoint(self._rows) else None

    def _drop(self, order_refs: list[str]) -> None:
        self._rows.difference_update(order_refs)
        refs = tuple(one for one in self.listing.order_refs if one in self._rows)
        self.listing = self.listing._replace(order_refs=refs)

    def _add(self, one: Order, orders: Sequence[Order]) -> list[str] | None:
        """The newest order; which members' places changed by it, or `None` where this is not so simple."""
        is_child = bool(one.spec.parent_id)
        if not self._simple or (not is_child and one.order_id in self._parent_ids):
            return None
        key, ref = _family(one), one.order_ref
        refs, families, heads = self.listing
        self._rows.add(ref)
        if key is None:
            self.listing = Listing((ref, *refs), families, heads)
            return []
        leader = self._leaders.get(key)
        members = families[leader] if leader is not None else ()
        if leader is None and is_child:
            parents = [other for other in orders if other.order_id == one.spec.parent_id]
            parents = [other for other in parents if _leads(other, one) and other.order_ref in self._rows]
            if len(parents) > 1 or any(other.spec.oca is not None for other in parents):
                return None
            members = tuple(other.order_ref for other in parents)
        leader = self._leaders[key] = members[0] if members else ref
        at = refs.index(members[-1]) + 1 if members else 0
        family = (*members, ref)
        self.listing = Listing(
            (*refs[:at], ref, *refs[at:]),
            {**families, leader: family},
            {**heads, **dict.fromkeys(family, leader)},
        )
        if is_child:
            self._parent_ids.add(one.spec.parent_id)
        return list(family)


def _place(order: Order) -> tuple[object, ...]:
    """What decides where an order is listed, beside the filter."""
    spec = order.spec
    return (
        spec.account,
        spec.contract.con_id,
        order.order_id,
        order.client_id,
        order.gateway,
        spec.parent_id,
        spec.oca,
    )


def _family(order: Order) -> tuple[object, ...] | None:
    """The bracket an order is a child of, else the group it is in."""
    spec = order.spec
    if spec.parent_id:
        return order.client_id, spec.parent_id, spec.contract.con_id, order.gateway
    return None if spec.oca is None else ("oca", spec.account, spec.oca.group)


def _leads(order: Order, child: Order) -> bool:
    spec = order.spec
    return not spec.parent_id and (order.client_id, order.order_id, spec.contract.con_id, order.gateway) == (
        child.client_id,
        child.spec.parent_id,
        child.spec.contract.con_id,
        child.gateway,
    )
