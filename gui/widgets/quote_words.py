"""How fresh a quote is, told in one glyph, one tone and one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

from core.domain.contract import ContractDetails
from core.domain.quote import Quote, QuoteKind
from gui import format as fmt

STALE_S = 5.0
"""In regular hours a quote older than this is no longer shown as fresh."""


class Freshness(Enum):
    NONE = "no quote yet"
    FRESH = "fresh"
    STALE = "stale"
    LOST = "link lost"


_GLYPHS = {Freshness.NONE: "○", Freshness.FRESH: "●", Freshness.STALE: "◐", Freshness.LOST: "✕"}
_TONES = {
    Freshness.NONE: "text_faint",
    Freshness.FRESH: "ok",
    Freshness.STALE: "warning",
    Freshness.LOST: "danger",
}
_LETTERS = {QuoteKind.DELAYED: "D", QuoteKind.FROZEN: "F", QuoteKind.DELAYED_FROZEN: "DF"}


def freshness(quote: Quote | None, details: ContractDetails | None, now_s: float) -> Freshness:
    """Whether the price may be shown as what the market says now."""
    if quote is None or (age_s := quote.age_s(now_s)) is None:
        return Freshness.NONE
    if quote.lost_at_s is not None:
        return Freshness.LOST
    if age_s > STALE_S and (details is None or details.is_liquid_at(datetime.fromtimestamp(now_s, UTC))):
        return Freshness.STALE
    return Freshness.FRESH


def badge(quote: Quote | None, state: Freshness) -> str:
    """● fresh, ◐ old, ✕ lost, ○ none yet; H halted, D delayed, F frozen."""
    if quote is None:
        return _GLYPHS[state]
    letter = "H" if quote.halted else _LETTERS.get(quote.kind, "")
    return f"{letter} {_GLYPHS[state]}".strip()


def badge_tone(quote: Quote | None, state: Freshness) -> str:
    if state is Freshness.FRESH and quote is not None and quote.halted:
        return "danger"
    if state is Freshness.FRESH and quote is not None and quote.kind is not QuoteKind.LIVE:
        return "warning"
    return _TONES[state]


def kind_words(quote: Quote | None) -> str:
    """live, delayed, frozen or halted; a dash before anything is known."""
    if quote is None or quote.changed_at_s is None:
        return fmt.DASH
    return "halted" if quote.halted else str(quote.kind)


def age_words(quote: Quote | None, state: Freshness, now_s: float) -> str:
    """The quote's kind and age in a sentence."""
    if quote is None or state is Freshness.NONE:
        return "No quote yet."
    age = fmt.age(quote.age_s(now_s))
    if state is Freshness.LOST:
        return f"No longer updated since {fmt.clock(quote.lost_at_s)}. The last quote is {age} old."
    kind = kind_words(quote).capitalize()
    old = ", older than it should be in regular hours" if state is Freshness.STALE else ""
    return f"{kind} quote, {age} old{old}."
