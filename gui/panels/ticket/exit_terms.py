"""Exits as they are typed, by price, offset, per cent or R, and the prices they come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NamedTuple

from core.domain.bracket import Exit
from core.domain.contract import ContractDetails
from core.domain.order import Side
from gui.widgets.number_text import Reading, read_number, read_price
from gui.widgets.unit_field import Unit


class By(StrEnum):
    """What an exit's number means."""

    PRICE = "price"
    OFFSET = "offset"
    PER_CENT = "per cent"
    R = "R"
    TRAIL = "trail"
    TRAIL_PER_CENT = "trail per cent"

    @property
    def trails(self) -> bool:
        return self in (By.TRAIL, By.TRAIL_PER_CENT)


TARGET_UNITS = (
    Unit(By.PRICE, "price", "At this price", "p"),
    Unit(By.OFFSET, "offset", "So far from the entry", "o"),
    Unit(By.PER_CENT, "%", "Per cent from the entry", "%"),
    Unit(By.R, "R", "Times the distance from entry to stop", "r"),
)
STOP_UNITS = (
    Unit(By.PRICE, "price", "At this price", "p"),
    Unit(By.OFFSET, "offset", "So far from the entry", "o"),
    Unit(By.PER_CENT, "%", "Per cent from the entry", "%"),
    Unit(By.TRAIL, "trail", "Trails the market by this much", "t"),
    Unit(By.TRAIL_PER_CENT, "trail %", "Trails the market by per cent", "k"),
)


class Typed(NamedTuple):
    """One number as it stands in its field."""

    text: str = ""
    by: By = By.PRICE
    part: str = ""
    """How much of the quantity a target is for; "" where there is one."""


class Frame(NamedTuple):
    """What the numbers are measured from."""

    side: Side
    entry: Decimal | None
    details: ContractDetails | None


class Exits(NamedTuple):
    """What was typed comes to this."""

    stop: Reading
    """The stop's price, or how far it trails."""
    stop_by: By
    stop_limit: Reading
    targets: tuple[Reading, ...]
    parts: tuple[Reading, ...]

    @property
    def stop_price(self) -> Decimal | None:
        return None if self.stop_by.trails else self.stop.value

    @property
    def fault(self) -> str:
        """The first thing wrong; "" when every field is either good or empty."""
        parts = self.parts if len(self.targets) > 1 else ()
        readings = (self.stop, self.stop_limit, *self.targets, *parts)
        return next((one.fault for one in readings if one.fault and not one.missing), "")

    @property
    def is_empty(self) -> bool:
        return self.stop.missing and all(one.missing for one in self.targets)

    def exits(self) -> tuple[Exit, ...]:
        """As orders: one for each target, each with the stop; or the stop alone."""
        wanted = [at for at, target in enumerate(self.targets) if target.value is not None]
        several = len(wanted) > 1
        made = [
            self._exit(self.targets[at].value, self.parts[at].value if several else None) for at in wanted
        ]
        return tuple(made) or (() if self.stop.value is None else (self._exit(None, None),))

    def _exit(self, target: Decimal | None, part: Decimal | None) -> Exit:
        return Exit(
            target=target,
            stop=self.stop_price,
            stop_limit=self.stop_limit.value if self.stop_price is not None else None,
            trail_amount=self.stop.value if self.stop_by is By.TRAIL else None,
            trail_percent=self.stop.value if self.stop_by is By.TRAIL_PER_CENT else None,
            quantity=part,
        )


def read_exits(
    stop: Typed, stop_limit: str, targets: Sequence[Typed], frame: Frame, quantity: Decimal | None = None
) -> Exits:
    """The prices that the typed numbers come to, each with its fault in words."""
    at_stop = _read(stop, "stop", frame, away=-1)
    price = None if stop.by.trails else at_stop.value
    read = tuple(_read(one, "target", frame, away=1, stop=price) for one in targets)
    return Exits(
        at_stop,
        stop.by,
        read_price(stop_limit, frame.details, "stop limit"),
        read,
        read_parts(targets, quantity, frame.details),
    )


def read_parts(
    targets: Sequence[Typed], quantity: Decimal | None, details: ContractDetails | None
) -> tuple[Reading, ...]:
    """How much each target is for: as typed, and what is left over shared among those that say nothing."""
    wanted = [one for one in targets if one.text.strip()]
    silent = [one for one in wanted if not one.part.strip()]
    typed = [read_number(one.part, "part") for one in wanted if one.part.strip()]
    taken = sum((one.value for one in typed if one.value is not None), Decimal(0))
    left = (quantity or Decimal(0)) - taken
    step = details.size_increment if details else Decimal(1)
    shares = iter(_shared(left, len(silent), max(step, Decimal(1)) if step >= 1 else step))
    return tuple(
        Reading(None, "", missing=True)
        if not one.text.strip()
        else read_number(one.part, "part")
        if one.part.strip()
        else _share(next(shares))
        for one in targets
    )


def _share(share: Decimal) -> Reading:
    return Reading(share) if share > 0 else Reading(None, "Nothing is left for this target.")


def _shared(whole: Decimal, among: int, step: Decimal) -> list[Decimal]:
    """`whole` in `among` parts on the step; the last takes what does not divide."""
    if among == 0:
        return []
    each = (whole / among / step).to_integral_value(rounding=ROUND_FLOOR) * step
    return [*[each] * (among - 1), whole - each * (among - 1)]


def _read(typed: Typed, what: str, frame: Frame, away: int, stop: Decimal | None = None) -> Reading:
    """`away` is 1 for the gaining side, -1 for the losing one."""
    if typed.by is By.PRICE:
        return read_price(typed.text, frame.details, f"{what} price")
    reading = read_number(typed.text, what)
    if reading.value is None:
        return reading
    if typed.by is By.TRAIL:
        return read_price(typed.text, frame.details, "trailing amount")
    if typed.by is By.TRAIL_PER_CENT:
        return reading if reading.value < 100 else Reading(None, "A stop trails by less than 100 %.")
    if frame.entry is None or frame.details is None:
        return Reading(None, "There is no entry price to measure from yet.")
    distance = _distance(reading.value, typed.by, frame.entry, stop)
    if distance is None:
        return Reading(None, "R is the distance to the stop: type the stop first.")
    price = frame.details.round_to_tick(
        frame.entry + distance * away * frame.side.sign, rounding=ROUND_HALF_EVEN
    )
    return Reading(price) if price > 0 else Reading(None, f"That would put the {what} below zero.")


def _distance(value: Decimal, by: By, entry: Decimal, stop: Decimal | None) -> Decimal | None:
    match by:
        case By.OFFSET:
            return value
        case By.PER_CENT:
            return abs(entry) * value / 100
        case _:
            return None if stop is None else value * abs(entry - stop)
