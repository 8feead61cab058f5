"""One frame's worth of chart: where things are, and the bars that are seen, before anything is painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.domain.contract import ContractDetails
from core.domain.quote import BAR_SECONDS
from core.market.bars import BarSeries, BarSlice
from gui import format as texts
from gui.charts.inks import Inks
from gui.charts.marks import LiveQuote, Overlay
from gui.charts.prices import PriceScale, fitted
from gui.charts.times import DAY_S, Zone, zone_named
from gui.charts.window import TimeWindow

VOLUME_SHARE = 0.19
_LEGEND_PAD = 18.0
_PADS = (20.0, 20.0)
_TICK_UNKNOWN = 0.01
_REACH = 0.3
"""A working order this share of the range beyond the bars is brought into view; one further off is not."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the chart shows: a series, what it is called, and how its prices and times are written."""

    series: BarSeries
    caption: str
    zone: Zone
    details: ContractDetails | None = None
    has_volume: bool = True
    """Midpoints and indices have none."""

    @property
    def bar_s(self) -> int:
        return BAR_SECONDS[self.series.key.bar_size]

    @property
    def clock(self) -> Zone:
        """Daily bars are dates, told as midnight UTC: another zone would show the day before."""
        return zone_named("UTC") if self.bar_s >= DAY_S else self.zone

    def price(self, value: float) -> str:
        return texts.price(value, self.details)

    def tick(self, price: float) -> float:
        if self.details is None:
            return _TICK_UNKNOWN
        step = min(band.increment for band in self.details.price_bands)
        return float(step) or _TICK_UNKNOWN


@dataclass(frozen=True, slots=True)
class Frame:
    """The widget cut up: plot left, prices right, times below; volume under the bars."""

    width: float
    height: float
    plot_width: float
    prices_bottom: float
    volume_top: float
    plot_bottom: float


def frame_of(width: float, height: float, axis_width: float, axis_height: float, volume: bool) -> Frame:
    bottom = max(1.0, height - axis_height)
    room = round(bottom * VOLUME_SHARE) if volume else 0
    return Frame(width, height, max(1.0, width - axis_width), max(1.0, bottom - room), bottom - room, bottom)


@dataclass(frozen=True, slots=True)
class LastBar:
    """The newest bar as it stands this moment."""

    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def rises(self) -> bool:
        return self.close >= self.open


@dataclass(frozen=True, slots=True)
class Scene:
    """All that painting one frame needs."""

    frame: Frame
    window: TimeWindow
    subject: Subject
    overlay: Overlay
    inks: Inks
    bars: BarSlice
    last: LastBar | None
    prices: PriceScale
    volumes: PriceScale
    most_volume: float
    ratio: float
    """Device pixels a pixel."""

    @property
    def hair(self) -> float:
        """The thinnest line that is equally thick everywhere: whole device pixels, told in pixels."""
        return max(1, round(self.ratio)) / self.ratio

    def snap(self, at: float) -> float:
        """The device pixel a hair at `at` covers: without it, lines of one width come out of two."""
        return round((at - self.hair / 2) * self.ratio) / self.ratio


def last_bar(subject: Subject, quote: LiveQuote) -> LastBar | None:
    """The newest bar, moved by a live price that belongs to its own time and to nothing later.

    Bars come every few seconds, quotes at once: a price within the bar's span is part of that bar, and
    the next bar update says the same or corrects it. Its volume waits for the bar itself.
    """
    series = subject.series
    if not len(series):
        return None
    start, opened, high, low, close, volume = (
        float(column[-1])
        for column in (series.start, series.open, series.high, series.low, series.close, series.volume)
    )
    within = start <= quote.changed_at_s < start + subject.bar_s
    if quote.last is not None and within:
        high, low, close = max(high, quote.last), min(low, quote.last), quote.last
    return LastBar(opened, high, low, close, volume)


def seen(subject: Subject, window: TimeWindow, last: LastBar | None, ratio: float) -> BarSlice:
    """The bars in view, at most about one for every two device pixels, the newest as it stands now."""
    first, end = window.visible()
    bars = subject.series.view(first, end, max(1, int(window.width * ratio / 2)))
    if last is None or not bars.close.size or end < len(subject.series):
        return bars
    high, low, close = bars.high.copy(), bars.low.copy(), bars.close.copy()
    high[-1], low[-1], close[-1] = max(high[-1], last.high), min(low[-1], last.low), last.close
    return bars._replace(high=high, low=low, close=close)


def price_scale(bars: BarSlice, subject: Subject, overlay: Overlay, frame: Frame, inks: Inks) -> PriceScale:
    """Fitted to what is in view and to the lines near it, with room for the legend above."""
    if not bars.close.size:
        return PriceScale(0.0, 1.0, 0.0, frame.prices_bottom)
    low, high = float(bars.low.min()), float(bars.high.max())
    reach = (high - low) * _REACH
    near = [line.price for line in overlay.lines if low - reach <= line.price <= high + reach]
    low, high = min(low, *near, low), max(high, *near, high)
    pads = (_PADS[0] + inks.text_height + _LEGEND_PAD, _PADS[1])
    return fitted(low, high, subject.tick(high), 0.0, frame.prices_bottom, pads)


def volume_scale(bars: BarSlice, frame: Frame, inks: Inks) -> tuple[PriceScale, float]:
    """From nought to the largest volume in view, and that volume."""
    traded = bars.volume[np.isfinite(bars.volume)]
    most = float(traded.max()) if traded.size else 0.0
    top = min(frame.plot_bottom - 1, frame.volume_top + inks.text_height / 2 + 3)
    return PriceScale(0.0, most or 1.0, top, frame.plot_bottom), most
