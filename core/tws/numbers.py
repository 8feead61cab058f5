"""Where IB's ways of saying "absent" end: nothing past this module sees 1.8e308, -1, NaN or a raw control character."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

_UNSET_INTEGERS = (2**31 - 1, 2**63 - 1)
_LARGEST = 1e300
_DIGITS_OF_WHOLE = 18
_LONGEST_TEXT = 2000
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def number(value: float | str | None) -> float | None:
    """The number IB meant, or `None`: unset, infinite and NaN are absent."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) and abs(found) < _LARGEST else None


def exact(value: float | str | Decimal | None) -> Decimal | None:
    """`number` as a `Decimal` with the digits that IB wrote."""
    if number(value) is None:  # type: ignore[arg-type]
        return None
    try:
        found = Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        return None
    is_whole = found == found.to_integral_value() and found.adjusted() < _DIGITS_OF_WHOLE
    return found.quantize(Decimal(1)) if is_whole else found


def quantity(value: float | str | Decimal | None) -> Decimal:
    """A quantity that must be there: absent is none of it."""
    return exact(value) or Decimal(0)


def given(value: float | str | Decimal | None) -> Decimal | None:
    """A price or size where IB writes 0 for "not given"."""
    return exact(value) or None


def price(value: float, size: float) -> float | None:
    """A tick's price: IB says "there is none" with -1 or 0 and no size."""
    if size == 0 and value in (-1.0, 0.0):
        return None
    return number(value)


def size(value: float) -> float | None:
    """A tick's size or volume: negative is absent."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def whole(value: int | None) -> int | None:
    """An identifier: 0 and the unset integers are absent."""
    return value if value and value not in _UNSET_INTEGERS else None


def words(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Server text made fit for a screen and a log: one line, no control or direction characters, not endless."""
    # Megabytes of text are cut before they are looked at: an escaped character is six.
    readable = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text[: 6 * longest])
    plain = " ".join(_CONTROL.sub(" ", readable).split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def label(text: str, longest: int = 80) -> str:
    """A name or reference, kept to the letter but for control characters: "AAPL  261218C00150500"."""
    return _CONTROL.sub("", text[: 2 * longest])[:longest]


def plain(value: Decimal) -> str:
    """A decimal as the wire wants it: never with an exponent."""
    return f"{value:f}"
