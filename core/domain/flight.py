"""An order's life, row by row, as it stands in the journal."""

from __future__ import annotations

from typing import NamedTuple


class FlightRow(NamedTuple):
    """One thing that happened: when (epoch seconds), what, and the raw fields as they were written."""

    at_s: float
    what: str
    fields: tuple[tuple[str, str], ...]
