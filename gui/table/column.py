"""What a column is: how a row's value is worded, toned, sorted and copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

R = TypeVar("R")
"""The panel's own row value: whatever its columns read."""

SortKey = int | float | Decimal | str


class Align(Enum):
    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column of a table. Tones name colours of the theme: "up", "down", "text_dim"; "" is plain text."""

    key: str
    """Stable: layouts are saved under it."""
    title: str
    text: Callable[[R], str]
    sort: Callable[[R], SortKey | None] | None = None
    """What it sorts by; absent (`None`) comes last in either direction. Without it, by the text."""
    align: Align = Align.RIGHT
    tone: Callable[[R], str] | None = None
    tooltip: Callable[[R], str] | None = None
    csv: Callable[[R], str] | None = None
    """What a copy holds where the shown text is not it: "1.23M" is 1234567."""
    chars: int = 8
    """Width to begin with, in digits."""
    grows: int = 0
    """Up to how many digits it widens by itself where a row needs it: names differ in length."""
    name: str = ""
    """The title in full, for the column menu and screen readers."""
    shown: bool = True
    yields: int = 0
    """How early it gives way where there is no room for all; 0 never does."""
    strong: bool = False
    """Drawn bold: the column the eye finds the row by."""
    edits: bool = False
    """A double click on its cell is meant for the value, not for the row."""

    @property
    def full_name(self) -> str:
        return self.name or self.title


class Cell(NamedTuple):
    """What is painted: ready text and tones; comparing two of them says whether to repaint."""

    text: str
    tone: str = ""
    fill: str = ""
    """The tone the whole row is tinted with, for rows that must be loud."""


BLANK = Cell("")
