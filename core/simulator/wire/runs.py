"""The ticks of many changes at once: a run's whole text, made column by column in arrays of characters.

A contract shows some hundred changes a minute and each is three messages, so that to format them one by one
is most of what a busy gateway does. Every message of the run is a row as wide as the widest; which of its
characters are said is a mask, and the text is what the mask leaves.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.simulator.model import Run
from core.simulator.wire.ticks import AUTO_EXECUTE, PRICE, SIZE, STRING, TickIds

Chars = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]

BID, BID_SIZE, ASK, ASK_SIZE, TIME, LAST, LAST_SIZE, VOLUME, HIGH, LOW = range(10)
"""The columns in TWS's order: the time of a trade before its price, the day's prices at the end."""

_PRICES: Final = np.array((BID, ASK, LAST, HIGH, LOW))
"""Where the rows of `Run.prices` stand."""
_IS_PRICE: Final = np.isin(np.arange(LOW + 1), _PRICES)
_SIZES: Final = np.array((BID_SIZE, ASK_SIZE, LAST_SIZE, VOLUME))
"""Where the rows of `Run.counts` stand."""
_SIZE_BESIDE: Final = {BID: BID_SIZE, ASK: ASK_SIZE, LAST: LAST_SIZE}
"""The size that a price message carries; the day's prices carry none."""
_LENGTH: Final = 4
"""Bytes of a message's length; that of a tick is in the last of them."""
_ZERO: Final = ord("0")
_MARK: Final = b"\xff"
"""Stands for each character of the request id: it is part of nothing that TWS sends."""


def _table(texts: list[str]) -> tuple[Chars, Mask]:
    """Texts as rows of characters, each as wide as the longest, and which of them are its own."""
    widest = max(map(len, texts))
    chars = np.frombuffer("".join(text.ljust(widest) for text in texts).encode("latin-1"), np.uint8)
    keep = np.arange(widest) < np.array([[len(text)] for text in texts])
    return chars.reshape(len(texts), widest), keep


_ENDS: Final = _table(
    [
        "" if not one else f"\x00{AUTO_EXECUTE}\x00" if at in (BID, ASK) else "\x000\x00"
        for at, one in enumerate(_IS_PRICE)
    ]
)
"""How a message of each column ends: whether its price may be executed at, where there is one."""


class Written(NamedTuple):
    """The text of a run; what its change `at` brings is from `cuts[at]` to before `cuts[at + 1]`."""

    text: bytes
    cuts: list[int]


def write_run(run: Run, ids: TickIds, req_id: bytes) -> Written:
    """What each change of the run brings a client beyond the one before it, the first nothing."""
    width = len(req_id)
    key = (ids.bid, width)
    if key not in run.written:
        run.written[key] = _write(run, ids, width)
    text, cuts = run.written[key]
    return Written(text.replace(_MARK * width, req_id), cuts)


def _write(run: Run, ids: TickIds, width: int) -> Written:
    said = _said(run)
    at, column = np.nonzero(said.T)
    if not at.size:
        return Written(b"", [0] * (said.shape[1] + 1))
    unit = 10**run.decimals
    values, sizes = _values(run, unit)
    numbers, beside = values[column, at], sizes[column, at]
    priced = _IS_PRICE[column]
    absent = priced & (numbers == 0)
    begins = _begins(ids, width)
    parts = [
        (begins[0][column], begins[1][column]),
        (np.full((len(at), 1), ord("-"), np.uint8), absent[:, None]),
        _digits(np.where(absent, unit, numbers), run.decimals),
        (np.zeros((len(at), 1), np.uint8), np.ones((len(at), 1), np.bool_)),
        _digits(np.where(absent, 0, beside), 0, said=priced),
        (_ENDS[0][column], _ENDS[1][column]),
    ]
    chars = np.concatenate([part for part, _ in parts], axis=1)
    keep = np.concatenate([mask for _, mask in parts], axis=1)
    lengths = keep.sum(axis=1)
    chars[:, _LENGTH - 1] = lengths - _LENGTH
    before = np.concatenate(([0], np.cumsum(lengths)))
    cuts = before[np.searchsorted(at, np.arange(said.shape[1] + 1))]
    return Written(chars[keep].tobytes(), cuts.tolist())


def _said(run: Run) -> Mask:
    """Which column each change brings: shape (10, changes)."""
    said = np.zeros((LOW + 1, len(run.at_s)), np.bool_)
    said[_PRICES, 1:] = run.prices[:, 1:] != run.prices[:, :-1]
    said[_SIZES, 1:] = run.counts[:, 1:] != run.counts[:, :-1]
    # The size of a trade is told even if it is the one before's.
    traded = np.array(run.printed) & (run.prices[2] != 0)
    traded[:1] = False
    said[TIME] = said[LAST_SIZE] = traded
    said[LAST] &= traded
    said[VOLUME] &= traded
    return said


def _values(run: Run, unit: int) -> tuple[Whole, Whole]:
    """The number of every column in units of its last decimal, and the size that goes with it."""
    values = np.zeros((LOW + 1, len(run.at_s)), np.int64)
    sizes = np.zeros_like(values)
    values[_PRICES] = np.rint(run.prices * unit)
    values[_SIZES] = run.counts * unit
    values[TIME] = run.at_s.astype(np.int64) * unit
    for price, size in _SIZE_BESIDE.items():
        sizes[price] = values[size] // unit
    return values, sizes


@lru_cache
def _begins(ids: TickIds, width: int) -> tuple[Chars, Mask]:
    """How a message of each column begins: its length, its id, the request's and the tick type."""
    kinds = dict.fromkeys(_PRICES.tolist(), PRICE) | dict.fromkeys(_SIZES.tolist(), SIZE) | {TIME: STRING}
    types = (
        ids.bid, ids.bid_size, ids.ask, ids.ask_size, ids.last_time,
        ids.last, ids.last_size, ids.volume, ids.high, ids.low,
    )  # fmt: skip
    mark, length = (_MARK * width).decode("latin-1"), "\x00" * _LENGTH
    return _table([f"{length}{kinds[one]}\x006\x00{mark}\x00{types[one]}\x00" for one in range(LOW + 1)])


def _digits(values: Whole, decimals: int, said: Mask | None = None) -> tuple[Chars, Mask]:
    """Numbers in units of their last decimal as text, without zeros that say nothing; only where `said`."""
    wide = max(len(str(int(values.max()))), decimals + 1)
    point = wide - decimals
    chars = np.full((len(values), wide + 1), ord("."), np.uint8)
    keep = np.zeros(chars.shape, np.bool_)
    left, more = values, np.zeros(len(values), np.bool_)
    for place in range(wide, point, -1):
        tens = left // 10
        digit = left - tens * 10
        more |= digit != 0
        chars[:, place], keep[:, place] = digit + _ZERO, more
        left = tens
    keep[:, point] = more
    for place in range(point - 1, -1, -1):
        tens = left // 10
        chars[:, place], keep[:, place] = left - tens * 10 + _ZERO, left > 0
        left = tens
    keep[:, point - 1] = True
    if said is not None:
        keep &= said[:, None]
    return chars, keep
