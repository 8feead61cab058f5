"""How much trades, by the day and by the minute: busy days and quiet ones, busy ends and quiet noons."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.simulator.hours import TEMPLATES, Calendar
from core.simulator.tape.path import BEATS, MINUTES, Floats, chance, noise

LEAST: Final = 4
"""A minute has at least a trade where it opens, peaks, troughs and closes."""

WEEKDAYS: Final = (0.92, 1.0, 1.02, 1.03, 1.05, 0.7, 0.7)
QUIET, CLOSED = 0.04, 0.001
"""Outside regular hours, and outside all hours, against regular hours."""
NIGHT: Final = 0.35
"""The same for the market that never closes: it must be alive whenever it is looked at."""

NEWS_ABOVE: Final = 1.75
"""Where the day's draw (about normal) is beyond this, something has happened to the company."""


def day_factor(seed: int, con_id: int, day: int, moved: float) -> float:
    """How busy a day is, 1 on average: with the market, in spells of a week, by news and with the move.

    `moved` is the day's return in typical days' returns.
    """
    own, market = noise(seed, con_id, day, 77), noise(seed, day, 78)
    spell = noise(seed, con_id, day // 7, 79)
    news = 0.6 if own > NEWS_ABOVE else 0.0
    wave = 0.20 * own + 0.16 * market + 0.15 * spell + news + 0.16 * (min(moved, 4.0) - 0.8)
    return WEEKDAYS[(day + 3) % 7] * math.exp(wave - 0.06)


def volumes(seed: int, con_id: int, day: int, busy: Floats, moved: float) -> NDArray[np.int64]:
    """The volume of each minute of a day whose minutes are `busy` on average."""
    draw = chance(seed, con_id, day, 5)
    spells = np.repeat(draw.standard_normal(MINUTES // 12), 12)
    each = draw.standard_normal(MINUTES)
    least = LEAST + draw.poisson(2.0, MINUTES)
    scale = day_factor(seed, con_id, day, moved) * np.exp(0.35 * spells + 0.5 * each - 0.186)
    return np.maximum(np.rint(busy * scale), least).astype(np.int64)


@lru_cache(maxsize=64)
def activity(calendar: Calendar, day: int) -> Floats:
    """How busy each minute of the UTC day is, 1 on average: busiest at the open and at the close."""
    first_s = day * 86_400
    busy = np.full(MINUTES, NIGHT if calendar.always_open else CLOSED)
    if not calendar.always_open:
        for session in calendar.sessions(first_s, first_s + 86_400):
            begin, end = _inside(session.span(False), first_s)
            busy[begin:end] = QUIET
    for begin_s, end_s in _regular(calendar, first_s):
        begin, end = _inside((begin_s, end_s), first_s)
        busy[begin:end] = _smile(
            (first_s + 60 * np.arange(begin, end) - begin_s) / 60, (end_s - begin_s) / 60
        )
    return busy * (MINUTES / float(busy.sum()))


def _regular(calendar: Calendar, first_s: int) -> list[tuple[int, int]]:
    """The regular hours that meet the UTC day; of a market that never closes, those that it would have."""
    if not calendar.always_open:
        return [one.span(True) for one in calendar.sessions(first_s, first_s + 86_400)]
    template, today = TEMPLATES[calendar.template], datetime.fromtimestamp(first_s, UTC).date()
    if template.liquid_opens > template.liquid_closes:
        return [(first_s + 7 * 3600, first_s + 17 * 3600)]
    return [(calendar.at(today, template.liquid_opens), calendar.at(today, template.liquid_closes))]


def _inside(span: tuple[int, int], first_s: int) -> tuple[int, int]:
    begin, end = ((edge - first_s) // 60 for edge in span)
    return min(max(begin, 0), MINUTES), min(max(end, 0), MINUTES)


def _smile(minutes: Floats, length: float) -> Floats:
    """Busy at both ends: `minutes` since the open of regular hours that are `length` minutes long."""
    left = length - minutes
    found: Floats = 0.75 + 2.4 * np.exp(-minutes / 18) + 1.1 * np.exp(-left / 25) + 2.5 * (left <= 1)
    return found


def spread_out(
    prices: Floats, totals: NDArray[np.int64], weights: Floats, free: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """`totals` by `weights`; only where the minute is `free` of a halt."""
    rows = np.arange(len(totals))
    high, low = prices, prices
    first, last = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), BEATS - 1)
    if free is not None:
        weights = weights * free
        high, low = np.where(free, prices, -np.inf), np.where(free, prices, np.inf)
        first, last = free.argmax(axis=1), BEATS - 1 - free[:, ::-1].argmax(axis=1)
    share = (totals - LEAST)[:, None] * weights / np.maximum(weights.sum(axis=1), 1e-9)[:, None]
    sizes: NDArray[np.int64] = np.floor(share).astype(np.int64)
    for columns in (first, high.argmax(axis=1), low.argmin(axis=1), last):
        sizes[rows, columns] += 1
    # Where all is halted but a beat or two, what is left goes to the first of them.
    fullest = np.where(weights.any(axis=1), weights.argmax(axis=1), first)
    sizes[rows, fullest] += totals - sizes.sum(axis=1)
    sizes[totals == 0] = 0
    return sizes
