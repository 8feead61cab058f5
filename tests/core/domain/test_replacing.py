"""A copy with other values is what `dataclasses.replace` makes of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from core.domain.replacing import replace


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    seen: list[int] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.seen.append(self.x)


@dataclasses.dataclass(frozen=True, slots=True)
class Reckoned:
    x: int
    y: int
    total: int = dataclasses.field(init=False, default=0)


@pytest.mark.parametrize("changes", [{}, {"x": 7}, {"y": 5}, {"y": 5, "x": 7}, {"seen": []}])
def test_it_makes_what_dataclasses_makes(changes: dict[str, Any]) -> None:
    def copied(by: Any) -> Point:
        own = {name: one.copy() if name == "seen" else one for name, one in changes.items()}
        made: Point = by(Point(1, 3), **own)
        return made

    assert copied(replace) == copied(dataclasses.replace)


def test_the_copied_one_stays_as_it_is() -> None:
    before = Point(1)
    assert replace(before, x=9) is not before
    assert before.x == 1


def test_a_field_that_it_has_not_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="Point has no field 'z'"):
        replace(Point(1), z=1)  # type: ignore[call-arg]


def test_a_class_that_reckons_a_field_itself_is_refused() -> None:
    with pytest.raises(TypeError, match="Reckoned is not made of its fields"):
        replace(Reckoned(1, 2), x=3)
