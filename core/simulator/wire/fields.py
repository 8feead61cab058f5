"""Single fields: how a value is written, and a reader that takes them one by one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

UNSET_DOUBLE = "1.7976931348623157E308"
UNSET_INT = "2147483647"
UNSET_LONG = "9223372036854775807"
INFINITY = "Infinity"

MAX_COUNT = 10_000
"""More legs, conditions or tags than this is garbage, not an order."""

_HUGE = 1e300
_WHOLE = re.compile(r"^[+-]?\d{1,19}$")
_WHOLE_LIMIT = 2**63
_INFINITE = {"infinite": math.inf, "infinity": math.inf, "inf": math.inf}
_FLAGS = {"": False, "0": False, "1": True, "false": False, "true": True}


class Malformed(ValueError):
    """A field that cannot be what the layout says; `field` names it."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        self.text = text[:60]
        super().__init__(f"{field}: {self.text!r}")


def number(value: float | None) -> str:
    """A quantity: whole ones without ".0" and never an exponent; None is the empty field."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(int(value))
    text = float.__repr__(value)
    if text[-2:] == ".0":
        return "0" if text == "-0.0" else text[:-2]
    return format(Decimal(text), "f") if "e" in text else text


def price(value: float | None) -> str:
    """A price as Java writes a double: always with a point; None is the empty field."""
    if value is None:
        return ""
    text = repr(float(value))
    return format(Decimal(text), "f") if "e" in text else text


def flag(value: object) -> str:
    return "1" if value else "0"


class Reader:
    """Takes the fields of one message in order; a field that does not fit raises `Malformed`."""

    def __init__(self, fields: list[str], version: int) -> None:
        self._fields = fields
        self._at = 0
        self.version = version

    @property
    def left(self) -> int:
        return len(self._fields) - self._at

    @property
    def says_more(self) -> bool:
        """Whether anything but empty fields is left: some clients end a message with those."""
        return any(self._fields[self._at :])

    def text(self, name: str) -> str:
        if self._at >= len(self._fields):
            raise Malformed(name, "")
        self._at += 1
        return self._fields[self._at - 1]

    def whole(self, name: str) -> int | None:
        """A whole number; None when empty or unset."""
        text = self.text(name).strip()
        if text in ("", UNSET_INT, UNSET_LONG):
            return None
        if not _WHOLE.match(text):
            # Some clients write counts as doubles; 1.7976931348623157e308 is their "unset".
            value = _decimal(name, text)
            if value is None:
                return None
            if value != int(value):
                raise Malformed(name, text)
            return int(value)
        value_ = int(text)
        if abs(value_) >= _WHOLE_LIMIT:
            raise Malformed(name, text)
        return value_

    def number(self, name: str) -> float | None:
        """A number or infinity; None when empty or unset."""
        text = self.text(name).strip()
        if not text:
            return None
        infinite = _INFINITE.get(text.lower())
        return infinite if infinite is not None else _decimal(name, text)

    def flag(self, name: str) -> bool:
        text = self.text(name).strip()
        try:
            return _FLAGS[text.lower()]
        except KeyError:
            raise Malformed(name, text) from None

    def count(self, name: str) -> int:
        """How many entries follow."""
        value = self.whole(name) or 0
        if not 0 <= value <= MAX_COUNT:
            raise Malformed(name, str(value))
        return value

    def tags(self, name: str) -> tuple[tuple[str, str], ...]:
        """A count, then pairs of tag and value."""
        return tuple((self.text(name), self.text(name)) for _ in range(self.count(name)))


def _decimal(name: str, text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        raise Malformed(name, text) from None
    if not math.isfinite(value) or "_" in text:
        raise Malformed(name, text)
    return None if abs(value) > _HUGE else value


# --- Layouts: what follows what, from which version on -------------------------------------------

Values = Mapping[str, Any]


def text(reader: Reader, name: str) -> str:
    return reader.text(name)


def whole(reader: Reader, name: str) -> int | None:
    return reader.whole(name)


def whole_or_zero(reader: Reader, name: str) -> int:
    return reader.whole(name) or 0


def real(reader: Reader, name: str) -> float | None:
    return reader.number(name)


def truth(reader: Reader, name: str) -> bool:
    return reader.flag(name)


def pairs(reader: Reader, name: str) -> tuple[tuple[str, str], ...]:
    return reader.tags(name)


def always(_values: Values) -> bool:
    return True


REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Slot:
    """One field, or a group read together, of a layout.

    It is there from version `since` up to but without `until`, and `when` holds of what was read
    before it. A `default` makes it one that a client may leave off at the end.
    """

    name: str
    read: Callable[[Reader, str], Any] = text
    since: int = 0
    until: int = 1_000
    when: Callable[[Values], bool] = always
    default: Any = REQUIRED


def read_layout(layout: tuple[Slot, ...], reader: Reader, into: dict[str, Any]) -> None:
    """Read `layout` into `into`, which keeps what was read even when a later field is malformed."""
    for slot in layout:
        if not slot.since <= reader.version < slot.until or not slot.when(into):
            continue
        if slot.default is not REQUIRED and not reader.left:
            into[slot.name] = slot.default
        else:
            into[slot.name] = slot.read(reader, slot.name)
