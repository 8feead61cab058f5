"""Bars for charts: a seeded walk through New York sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from core.domain.quote import BAR_SECONDS, Bar, BarKey
from core.market.bars import BarSeries

NEW_YORK = ZoneInfo("America/New_York")
FIRST_OPEN = datetime(2026, 3, 2, 9, 30, tzinfo=NEW_YORK)


def walk(count: int, size: str = "1 min", *, volume: bool = True, seed: int = 1) -> list[Bar]:
    """`count` bars inside regular hours, from Monday 2 March 2026 on."""
    random, price, bars, at = Random(seed), 200.0, [], FIRST_OPEN
    while len(bars) < count:
        opened = price
        price = round(price + random.gauss(0, 0.15), 2)
        high = round(max(opened, price) + abs(random.gauss(0, 0.05)), 2)
        low = round(min(opened, price) - abs(random.gauss(0, 0.05)), 2)
        traded = float(random.randint(100, 9_000)) if volume else None
        bars.append(Bar(at.astimezone(UTC), opened, high, low, price, traded))
        at += timedelta(seconds=BAR_SECONDS[size])
        if at.hour >= 16:
            at = (at + timedelta(days=3 if at.weekday() == 4 else 1)).replace(hour=9, minute=30)
    return bars


def series(count: int, size: str = "1 min", *, volume: bool = True) -> BarSeries:
    made = BarSeries(BarKey(265598, size))
    made.replace(walk(count, size, volume=volume))
    return made
