"""Rows as CSV that no spreadsheet will run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?( %)?", re.ASCII)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_ABSENT = "–"
_MINUS = "−"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """`header` and `rows` as CSV text; numbers lose their grouping, formulas their teeth."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_safe(title) for title in header])
    writer.writerows([_safe(text) for text in row] for row in rows)
    return out.getvalue()


def _safe(shown: str) -> str:
    text = "" if shown == _ABSENT else shown.replace(_MINUS, "-")
    if text and _NUMBER.fullmatch(text):
        return text.replace(",", "").removeprefix("+")
    # A name or a reason out of the network may begin like a formula: the apostrophe keeps it text.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
