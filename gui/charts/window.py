"""Which bars are in view: a zoom and a right edge, in bars, so that a live chart stays where it was put."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_BAR_PX = 9.0
MOST_BAR_PX = 80.0
LATEST_MARGIN_PX = 108.0
"""Room to the right of the newest bar: the labels of working orders stand there, not on the candles."""
_LEAST_IN_VIEW = 3
"""Bars that cannot be panned out of sight."""


@dataclass(slots=True)
class TimeWindow:
    """Bar `i` takes the span [i, i + 1); nights and weekends take none."""

    width: float = 600.0
    bar_px: float = DEFAULT_BAR_PX
    right: float = 0.0
    count: int = 0

    @property
    def left(self) -> float:
        return self.right - self.width / self.bar_px

    @property
    def follows(self) -> bool:
        """The newest bar is wholly in view, and so will be the next."""
        return self.right >= self.count

    def x(self, place: float) -> float:
        """Pixels from the plot's left edge to `place` (in bars)."""
        return self.width - (self.right - place) * self.bar_px

    def place(self, x: float) -> float:
        return self.right - (self.width - x) / self.bar_px

    def visible(self) -> tuple[int, int]:
        """The first bar in view and the one after the last."""
        first = min(self.count, max(0, int(self.left)))
        return first, max(first, min(self.count, int(self.right) + 1))

    def resize(self, width: float) -> None:
        self.width = max(1.0, width)
        self._clamp()

    def grow(self, count: int, shift: int = 0) -> None:
        """The series has `count` bars now, and what was bar 0 is bar `shift`: the picture stays put."""
        follows, added = self.follows, count - self.count - shift
        self.right += shift + (added if follows and self.count else 0)
        first_bars = not self.count
        self.count = count
        if first_bars:
            self.to_latest()
        self._clamp()

    def to_latest(self) -> None:
        self.right = self.count + LATEST_MARGIN_PX / self.bar_px

    def reset(self) -> None:
        self.bar_px = DEFAULT_BAR_PX
        self.to_latest()
        self._clamp()

    def show_all(self) -> None:
        self.bar_px = self.width / max(1.0, self.count * 1.02)
        self.right = self.count * 1.01
        self._clamp()

    def pan(self, by_px: float) -> None:
        """Drag the bars `by_px` to the right."""
        self.right -= by_px / self.bar_px
        self._clamp()

    def zoom(self, factor: float, at_x: float) -> None:
        """Widen every bar by `factor`; the place under `at_x` stays under it."""
        held = self.place(at_x)
        self.bar_px = min(MOST_BAR_PX, max(self._least_bar_px(), self.bar_px * factor))
        self.right = held + (self.width - at_x) / self.bar_px
        self._clamp()

    def _least_bar_px(self) -> float:
        """All bars in view, with a little room; never more than a short series needs."""
        return min(3.0, self.width / max(1.0, self.count * 1.1))

    def _clamp(self) -> None:
        self.bar_px = min(MOST_BAR_PX, max(self._least_bar_px(), self.bar_px))
        furthest = self.count + max(0.0, self.width / self.bar_px - _LEAST_IN_VIEW)
        self.right = min(furthest, max(float(min(_LEAST_IN_VIEW, self.count)), self.right))
