"""How near the margin is, in a colour and in words: the same ladder as the alerts."""

from __future__ import annotations

from core.domain.account import AccountSummary
from core.domain.limits import MARGIN_LADDER
from gui import format as fmt

_TONES = {0: "ok", 1: "warning", 2: "warning", 3: "danger", 4: "danger"}


def margin_level(summary: AccountSummary) -> int:
    """0 when all is well or nothing is known, else the rung of the ladder the account stands on."""
    ratio = summary.margin_ratio
    if ratio is None:
        return 0
    return max((step.level for step in MARGIN_LADDER if ratio <= step.raise_at), default=0)


def margin_tone(summary: AccountSummary) -> str:
    """The theme's token for it."""
    return _TONES[margin_level(summary)]


def margin_words(summary: AccountSummary) -> str:
    """The cushion as a sentence."""
    if summary.cushion is None:
        return "Cushion not known yet"
    words = f"Cushion {fmt.percent(summary.cushion, 1)}"
    if summary.margin_ratio is not None:
        words += f" · {fmt.percent(summary.margin_ratio, 0)} of maintenance"
    return words
