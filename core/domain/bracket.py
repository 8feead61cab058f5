"""Brackets: an entry with its exits, expanded into linked orders; and exits put round a position that is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from core.domain.order import Oca, OcaKind, OrderSpec, OrderType, Tif
from core.domain.order_types import ORDER_TYPES, Child


@dataclass(frozen=True, slots=True)
class Exit:
    """How a part of the position is left: at a target, at a stop (plain, stop limit or trailing), or both.

    `quantity` is the part it is for; `None` is all of it, and only one exit may say so.
    """

    target: Decimal | None = None
    stop: Decimal | None = None
    stop_limit: Decimal | None = None
    """With `stop`: a stop limit order instead of a stop order."""
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    quantity: Decimal | None = None

    @property
    def trails(self) -> bool:
        return self.trail_amount is not None or self.trail_percent is not None

    @property
    def children(self) -> tuple[Child, ...]:
        kinds = (
            (Child.TARGET, self.target is not None),
            (Child.TRAILING_STOP, self.trails),
            (Child.STOP, self.stop is not None and not self.trails),
        )
        return tuple(kind for kind, wanted in kinds if wanted)


@dataclass(frozen=True, slots=True)
class Placement:
    """One order of a group: its id at IB, and the terms that tie it to the others."""

    order_id: int
    spec: OrderSpec
    parent: OrderSpec | None = None


@dataclass(frozen=True, slots=True)
class BracketSpec:
    """An entry and its exits.

    With several exits each gets an entry of its own part: IB reduces all children of one parent together, so
    that the fill of one target would cancel what protects the rest.
    """

    parent: OrderSpec
    exits: tuple[Exit, ...]

    def sentence(self) -> str:
        """BUY 100 AAPL LMT 150.25 DAY; target 155, stop 148."""
        return "; ".join([self.parent.sentence(), *map(_exit_words, self.exits)])

    @property
    def count(self) -> int:
        """How many orders it makes."""
        return sum(1 + len(exit_.children) for exit_ in self.exits)

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the shape of it, in words."""
        return tuple(_bracket_faults(self))

    def expand(self, take_id: Callable[[], int]) -> tuple[Placement, ...]:
        """The orders in the order they must be sent: each parent before its children.

        All but the last child of a parent carry `transmit=False`: IB holds them until the last is there.
        """
        return tuple(placed for exit_ in self.exits for placed in self._part(exit_, take_id))

    def _part(self, exit_: Exit, take_id: Callable[[], int]) -> Iterator[Placement]:
        quantity = self.parent.quantity if exit_.quantity is None else exit_.quantity
        parent = replace(self.parent, quantity=quantity, transmit=not exit_.children)
        parent_id = take_id()
        yield Placement(parent_id, parent)
        children = [_child(parent, exit_, kind) for kind in exit_.children]
        for number, child in enumerate(children, 1):
            last = number == len(children)
            yield Placement(take_id(), replace(child, parent_id=parent_id, transmit=last), parent)


@dataclass(frozen=True, slots=True)
class ExitsSpec:
    """Exits round a position that is held already: closing orders in OCA groups, the stop sent first.

    `closing` is the order that would close it (side, quantity, contract, account, tif); `group` is a name that
    was never used before.
    """

    closing: OrderSpec
    exits: tuple[Exit, ...]
    group: str

    @property
    def count(self) -> int:
        return sum(len(exit_.children) for exit_ in self.exits)

    def sentence(self) -> str:
        what = f"{self.closing.side} {self.closing.quantity.normalize():f} {self.closing.contract.label}"
        return "; ".join([f"{what} {self.closing.tif}", *map(_exit_words, self.exits)])

    def faults(self) -> tuple[str, ...]:
        return tuple(_exit_faults(self.exits, self.closing.quantity))

    def expand(self, take_id: Callable[[], int]) -> tuple[Placement, ...]:
        placed = []
        opposite = replace(self.closing, side=self.closing.side.opposite)
        for number, exit_ in enumerate(self.exits, 1):
            part = replace(opposite, quantity=exit_.quantity or self.closing.quantity)
            group = self.group if len(self.exits) == 1 else f"{self.group}-{number}"
            oca = Oca(group, OcaKind.REDUCE_WITH_BLOCK) if len(exit_.children) > 1 else None
            for kind in sorted(exit_.children, key=lambda one: one is Child.TARGET):
                placed.append(Placement(take_id(), replace(_child(part, exit_, kind), oca=oca)))
        return tuple(placed)


GroupSpec = BracketSpec | ExitsSpec


def _child(parent: OrderSpec, exit_: Exit, kind: Child) -> OrderSpec:
    """A closing order on the other side. Children inherit the time in force and the session."""
    child = OrderSpec(
        parent.contract,
        parent.side.opposite,
        parent.quantity,
        OrderType.LMT,
        tif=parent.tif,
        good_till=parent.good_till,
        outside_rth=parent.outside_rth,
        account=parent.account,
    )
    if kind is Child.TARGET:
        return replace(child, limit_price=exit_.target)
    if kind is Child.TRAILING_STOP:
        return replace(
            child,
            order_type=OrderType.TRAIL,
            stop_price=exit_.stop,
            trail_amount=exit_.trail_amount,
            trail_percent=exit_.trail_percent,
        )
    order_type = OrderType.STP if exit_.stop_limit is None else OrderType.STP_LMT
    return replace(child, order_type=order_type, stop_price=exit_.stop, limit_price=exit_.stop_limit)


def _exit_words(exit_: Exit) -> str:
    parts = [
        *([] if exit_.quantity is None else [f"{exit_.quantity.normalize():f} of it"]),
        *([] if exit_.target is None else [f"target {exit_.target:f}"]),
        *([] if exit_.stop is None or exit_.trails else [f"stop {exit_.stop:f}"]),
        *([] if exit_.stop_limit is None else [f"limit {exit_.stop_limit:f}"]),
        *([] if exit_.trail_amount is None else [f"trailing stop {exit_.trail_amount:f}"]),
        *([] if exit_.trail_percent is None else [f"trailing stop {exit_.trail_percent:f} %"]),
    ]
    return ", ".join(parts)


def _bracket_faults(bracket: BracketSpec) -> Iterator[str]:
    parent = bracket.parent
    yield from _exit_faults(bracket.exits, parent.quantity)
    row = ORDER_TYPES[parent.order_type]
    for kind in dict.fromkeys(kind for exit_ in bracket.exits for kind in exit_.children):
        if kind not in row.children:
            only = " It hangs on limit and stop-limit orders only (328)." if row.children else ""
            yield f"{row.title} orders take no {kind}.{only}"
    if parent.tif in (Tif.IOC, Tif.FOK, Tif.OPG):
        yield f"A bracket does not go with {parent.tif} (201)."
    if parent.oca is not None:
        yield "Orders of a bracket are tied by IB already: they take no OCA group."
    if parent.algo is not None:
        yield "An algorithm takes no target or stop of its own."
    entry = parent.limit_price if parent.limit_price is not None else parent.stop_price
    for exit_ in bracket.exits:
        yield from _wrong_sides(exit_, entry, parent.side.sign)


def _exit_faults(exits: tuple[Exit, ...], quantity: Decimal) -> Iterator[str]:
    if not exits:
        yield "There is neither a target nor a stop."
    for exit_ in exits:
        if not exit_.children:
            yield "An exit has neither a target nor a stop."
        if exit_.trail_amount is not None and exit_.trail_percent is not None:
            yield "A trailing stop follows by an amount or by per cent, not both."
        if exit_.stop_limit is not None and (exit_.stop is None or exit_.trails):
            yield "A stop's limit needs the stop price."
        if exit_.quantity is not None and exit_.quantity <= 0:
            yield "An exit's part must be above zero."
    parts = [quantity if exit_.quantity is None else exit_.quantity for exit_ in exits]
    if exits and sum(parts) != quantity:
        yield f"The exits are for {sum(parts):f} of {quantity:f}: they must cover it exactly."


def _wrong_sides(exit_: Exit, entry: Decimal | None, sign: int) -> Iterator[str]:
    """A target that is no gain, a stop that is no loss, measured from the entry's own price."""
    if exit_.target is not None and entry is not None and (exit_.target - entry) * sign <= 0:
        yield f"Target {exit_.target:f} is no better than the entry at {entry:f}."
    if exit_.stop is not None and entry is not None and (entry - exit_.stop) * sign <= 0:
        yield f"Stop {exit_.stop:f} is not on the losing side of the entry at {entry:f}."
    if exit_.target is not None and exit_.stop is not None and (exit_.target - exit_.stop) * sign <= 0:
        yield f"Target {exit_.target:f} and stop {exit_.stop:f} are the wrong way round."
