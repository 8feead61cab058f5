"""A price that is old, delayed, frozen or of a halted contract is not the market's: ask."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.quote import Quote, QuoteKind
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import at, only_reduces, plain

NAME = "QuoteStale"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    quote = view.quote(spec.contract.con_id)
    if quote is None or quote.reference is None or only_reduces(spec, modifies):
        return None
    label = spec.contract.label
    if quote.halted:
        return _ask("halted", "trading", f"Trading in {label} is halted: the order would wait. Is it meant?")
    if quote.kind is not QuoteKind.LIVE:
        words = f"Prices of {label} are {quote.kind}, not live: the market may be elsewhere. Is it meant?"
        return _ask(quote.kind, QuoteKind.LIVE, words)
    return _too_old(spec, quote, view)


def _too_old(spec: OrderSpec, quote: Quote, view: DeskView) -> Objection | None:
    age_s = quote.age_s(view.now_s)
    details = view.details(spec.contract.con_id)
    limit_s = view.limits.quote_age_s
    # Outside regular hours a quiet quote is nothing unusual.
    if age_s is None or age_s <= limit_s or details is None or not details.is_liquid_at(at(view)):
        return None
    old = f"{plain(Decimal(int(age_s)))} s"
    words = f"The last quote of {spec.contract.label} is {old} old: the market may be elsewhere. Is it meant?"
    return _ask(old, f"{plain(limit_s)} s", words)


def _ask(measured: str, limit: str, words: str) -> Objection:
    return Objection(NAME, measured, limit, words, hard=False)
