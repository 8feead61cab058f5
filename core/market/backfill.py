"""How much history closes the hole in a series: from its last bar on, and never more than was wished."""

from __future__ import annotations

import math

_UNIT_S = {"S": 1, "D": 86_400, "W": 604_800, "M": 2_592_000, "Y": 31_536_000}
_STEPS_S = (60, 120, 1_800, 3_600, 14_400, 28_800)
"""Durations in seconds that IB takes for every size of bar that fits into them."""
_LONGEST_IN_S = {1: 1_800, 5: 3_600, 10: 14_400, 15: 14_400, 30: 28_800}
"""What IB answers at most for bars so small, in seconds."""
_DAY_S = 86_400


def seconds_of(duration: str) -> float:
    """IB's "2 D" in seconds; a month and a year are nominal."""
    number, unit = duration.split()
    return float(number) * _UNIT_S[unit.upper()]


def duration_since(last_start_s: float, bar_s: int, wished: str, now_s: float) -> str:
    """The shortest of IB's durations that reaches back over the last bar held; `wished` when that is shorter."""
    gap_s = max(max(0.0, now_s - last_start_s) + bar_s, 2.0 * bar_s)
    most_s = _LONGEST_IN_S.get(bar_s, _STEPS_S[-1])
    step_s = next((step for step in _STEPS_S if gap_s <= step <= most_s), None)
    if step_s is not None:
        return f"{step_s} S" if step_s < seconds_of(wished) else wished
    if bar_s in _LONGEST_IN_S:
        return wished
    days = math.ceil(gap_s / _DAY_S) + 1
    return f"{days} D" if days * _DAY_S < seconds_of(wished) else wished
