"""No price to judge by: market and stop orders are denied, limit orders asked about."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.order_types import ORDER_TYPES
from core.domain.quote import Quote
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import only_reduces

NAME = "QuoteMissing"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    missing = _what_is_missing(view.quote(spec.contract.con_id))
    if not missing or only_reduces(spec, modifies):
        return None
    label = spec.contract.label
    if ORDER_TYPES[spec.order_type].at_any_price or spec.limit_price is None:
        words = (
            f"{missing} for {label}, and this order would trade at any price."
            " Wait for a quote, or use a limit order."
        )
        return Objection(NAME, missing.lower(), "a current price", words)
    words = f"{missing} for {label}: the price cannot be checked against the market. Is it meant?"
    return Objection(NAME, missing.lower(), "a current price", words, hard=False)


def _what_is_missing(quote: Quote | None) -> str:
    if quote is None or quote.reference is None:
        return "There is no price"
    if quote.lost_at_s is not None:
        return "The quotes have stopped"
    if quote.mid is None and quote.last is None:
        return "There is only yesterday's close"
    return ""
