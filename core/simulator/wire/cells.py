"""Text in arrays: every row the same number of characters, of which a filler stands for none.

Numbers are looked up four digits at a time, so that a thousand of them cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Chars = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]

FILLER: Final = 0xFE
"""Part of nothing that TWS sends."""

_DIGITS: Final = 4
_GROUP: Final = 10**_DIGITS
_ZERO, _POINT, _END = ord("0"), ord("."), 0


class Texts(NamedTuple):
    """Texts as cells of one width, and how many characters each has."""

    cells: NDArray[Any]
    widths: Chars

    def take(self, which: NDArray[Any]) -> Texts:
        return Texts(self.cells.take(which), self.widths.take(which))


def table(texts: Sequence[str], least: int = 1) -> Texts:
    """Texts as cells of one width, which is that of the longest and at least so many characters."""
    widest = max(least, *map(len, texts))
    chars = np.frombuffer("".join(text.ljust(widest) for text in texts).encode("latin-1"), np.uint8)
    return _kept(chars.reshape(-1, widest), np.arange(widest) < np.array([[len(text)] for text in texts]))


def _kept(chars: Chars, keep: Mask) -> Texts:
    cells = np.where(keep, chars, np.uint8(FILLER))
    return Texts(cells.view(f"V{chars.shape[1]}").ravel(), keep.sum(axis=1).astype(np.uint8))


def _digits(values: Whole, places: int) -> Chars:
    digits: Chars = (values[:, None] // 10 ** np.arange(places)[::-1] % 10 + _ZERO).astype(np.uint8)
    return digits


def _groups(least: int) -> Texts:
    """Four digits without zeros in front but at least so many digits; then with all; then what is no number."""
    values = np.arange(_GROUP)
    digits, places = _digits(values, _DIGITS), np.arange(_DIGITS)[::-1]
    needed = (values[:, None] >= 10**places) | (places < least)
    parts = _kept(digits, needed), _kept(digits, np.ones_like(needed)), table(["", "-1"], _DIGITS)
    return Texts(np.concatenate([one.cells for one in parts]), np.concatenate([one.widths for one in parts]))


NOTHING, MINUS_ONE = 2 * _GROUP, 2 * _GROUP + 1
"""Where these two stand behind the digits."""
_FIRST, _LAST = _groups(0), _groups(1)


def whole(values: Whole, wanting: Mask, instead: int) -> list[Texts]:
    """Numbers from 0 on; where they are `wanting` they are 0, and what is said is `instead`."""
    parts: list[Texts] = []
    highest = int(values.max())
    while highest or not parts:
        above = values // _GROUP
        which = values - above * _GROUP + np.minimum(above, 1) * _GROUP
        if not parts:
            which = np.where(wanting, instead, which)
        parts.append((_FIRST if parts else _LAST).take(which))
        values, highest = above, highest // _GROUP
    return parts[::-1]


@lru_cache(maxsize=16)
def fractions(decimals: int) -> Texts:
    """The point and what follows it, without zeros at the end, and the end of the field: for each such number."""
    values = np.arange(10**decimals)
    point, end = (np.full((len(values), 1), one, np.uint8) for one in (_POINT, _END))
    needed = values[:, None] % 10 ** np.arange(decimals, 0, -1) != 0
    needed = np.hstack((values[:, None] != 0, needed, np.ones_like(end, np.bool_)))
    return _kept(np.hstack((point, _digits(values, decimals), end)), needed)


def laid(parts: Sequence[Texts]) -> Chars:
    """The texts beside each other, row by row: shape (rows, characters)."""
    rows = np.empty(len(parts[0].cells), _row(tuple(one.cells.itemsize for one in parts)))
    for name, part in zip(rows.dtype.names or (), parts, strict=True):
        rows[name] = part.cells
    return rows.view(np.uint8).reshape(len(rows), -1)


@lru_cache(maxsize=256)
def _row(sizes: tuple[int, ...]) -> np.dtype[np.void]:
    return np.dtype([(f"{at}", f"V{size}") for at, size in enumerate(sizes)])


def said(chars: Chars) -> bytes:
    """What is left without the filler."""
    kept: Chars = chars[chars != FILLER]
    return kept.tobytes()
