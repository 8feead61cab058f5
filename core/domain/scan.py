"""The market scanner: which contracts of an instrument and place lead a ranking now."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.contract import Contract

SCAN_ROWS_MOST = 50
"""IB never gives more."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What to rank, in IB's own words."""

    code: str
    """TOP_PERC_GAIN, MOST_ACTIVE, HOT_BY_VOLUME ..."""
    instrument: str = "STK"
    location: str = "STK.US.MAJOR"
    rows: int = SCAN_ROWS_MOST
    price_above: float | None = None
    price_below: float | None = None
    volume_above: int | None = None


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One place of the ranking."""

    rank: int
    """From 0."""
    contract: Contract
