"""How many depth books, tapes and scans IB gives at once, and how soon a tape may be asked for again."""

from __future__ import annotations

from core.domain.stream import StreamKind
from core.pacing.lines import Lines

SCANS_MOST = 10
ASK_APART_S: dict[StreamKind, float] = {StreamKind.DEPTH: 0.0, StreamKind.TAPE: 15.0}
"""Between two requests for one contract."""


def depth_most(lines: int) -> int:
    """Three up to 399 market-data lines, then one for every hundred lines, never more than 60."""
    return min(60, max(3, lines // 100))


def tapes_most(lines: int) -> int:
    """Tick-by-tick: one for every twenty market-data lines."""
    return max(1, lines // 20)


def registries(lines: int) -> dict[StreamKind, Lines]:
    """A registry each, with owners and least-recently-wanted eviction as market-data lines have."""
    return {StreamKind.DEPTH: Lines(depth_most(lines)), StreamKind.TAPE: Lines(tapes_most(lines))}
