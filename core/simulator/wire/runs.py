"""The ticks of many changes at once: a run's whole text, made column by column in arrays of characters.

A contract shows some hundred changes a minute and each is three messages, so that to format them one by one
is most of what a busy gateway does. Every message of the run is a row of characters, as wide as the widest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from core.simulator.model import Run
from core.simulator.wire.cells import (
    MINUS_ONE,
    NOTHING,
    Mask,
    Texts,
    Whole,
    fractions,
    laid,
    said,
    table,
    whole,
)
from core.simulator.wire.ticks import AUTO_EXECUTE, PRICE, SIZE, STRING, TickIds

BID, BID_SIZE, ASK, ASK_SIZE, TIME, LAST, LAST_SIZE, VOLUME, HIGH, LOW = range(10)
"""The columns in TWS's order: the time of a trade before its price, the day's prices at the end."""

_COLUMNS: Final = LOW + 1
_PRICES: Final = np.array((BID, ASK, LAST, HIGH, LOW))
"""Where the rows of `Run.prices` stand."""
_IS_PRICE: Final = np.isin(np.arange(_COLUMNS), _PRICES)
_SIZES: Final = np.array((BID_SIZE, ASK_SIZE, LAST_SIZE, VOLUME))
"""Where the rows of `Run.counts` stand."""
_WITH_SIZE: Final = np.array((BID, ASK, LAST))
"""Whose messages carry one of the first of `Run.counts`; the day's prices carry 0."""
_LENGTH: Final = 4
"""Bytes of a message's length; that of a tick is in the last of them."""
_MARK: Final = b"\xff"
"""Stands for each character of the request id: it is part of nothing that TWS sends."""
_SMALL: Final = 2**31

_ENDS: Final = table(
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
    changes = len(run.at_s)
    told = np.flatnonzero(_said(run))
    if not told.size:
        return Written(b"", [0] * (changes + 1))
    column, unit = told % _COLUMNS, 10**run.decimals
    values, sizes = _values(run, unit)
    numbers, beside, priced = _small(values.ravel()[told]), _small(sizes.ravel()[told]), _IS_PRICE[column]
    absent = priced & (numbers == 0)
    units = np.where(priced, numbers // unit, numbers)
    parts = [
        _begins(ids, width).take(column),
        *whole(units, absent, MINUS_ONE),
        fractions(run.decimals).take(np.where(priced, numbers - units * unit, 0)),
        *whole(np.where(absent, 0, beside), ~priced, NOTHING),
        _ENDS.take(column),
    ]
    lengths = sum(part.widths for part in parts)
    chars = laid(parts)
    chars[:, _LENGTH - 1] = lengths - _LENGTH
    before = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    cuts = before[np.searchsorted(told, np.arange(changes + 1) * _COLUMNS)]
    return Written(said(chars), cuts.tolist())


def _small(values: Whole) -> Whole:
    """The same numbers, where they fit in the size that is reckoned with fastest."""
    return values.astype(np.int32) if int(values.max()) < _SMALL else values


def _said(run: Run) -> Mask:
    """Which column each change brings: shape (changes, 10)."""
    said = np.zeros((_COLUMNS, len(run.at_s)), np.bool_)
    said[_PRICES, 1:] = run.prices[:, 1:] != run.prices[:, :-1]
    said[_SIZES, 1:] = run.counts[:, 1:] != run.counts[:, :-1]
    # The size of a trade is told even if it is the one before's.
    traded = np.frombuffer(bytes(run.printed), np.bool_) & (run.prices[2] != 0)
    traded[:1] = False
    said[TIME] = said[LAST_SIZE] = traded
    said[LAST] &= traded
    said[VOLUME] &= traded
    return said.T


def _values(run: Run, unit: int) -> tuple[Whole, Whole]:
    """The number of every column, prices in units of their last decimal, and the size that goes with it."""
    values = np.zeros((len(run.at_s), _COLUMNS), np.int64)
    sizes = np.zeros_like(values)
    values[:, _PRICES] = np.rint(run.prices * unit).T
    values[:, _SIZES] = run.counts.T
    values[:, TIME] = run.at_s
    sizes[:, _WITH_SIZE] = run.counts[: len(_WITH_SIZE)].T
    return values, sizes


@lru_cache
def _begins(ids: TickIds, width: int) -> Texts:
    """How a message of each column begins: its length, its id, the request's and the tick type."""
    kinds = dict.fromkeys(_PRICES.tolist(), PRICE) | dict.fromkeys(_SIZES.tolist(), SIZE) | {TIME: STRING}
    types = (
        ids.bid, ids.bid_size, ids.ask, ids.ask_size, ids.last_time,
        ids.last, ids.last_size, ids.volume, ids.high, ids.low,
    )  # fmt: skip
    mark, length = (_MARK * width).decode("latin-1"), "\x00" * _LENGTH
    return table([f"{length}{kinds[one]}\x006\x00{mark}\x00{types[one]}\x00" for one in range(_COLUMNS)])
