"""A market order into a wide spread pays it."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.order_types import ORDER_TYPES
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import breach, exact, percent

NAME = "SpreadTooWide"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    quote = view.quote(spec.contract.con_id)
    limit = view.limits.spread.get(spec.contract.sec_type)
    row = ORDER_TYPES[spec.order_type]
    pays_now = row.at_any_price and not row.triggered and not spec.parent_id
    if not pays_now or modifies is not None or limit is None or quote is None:
        return None
    if quote.bid is None or quote.ask is None or not quote.mid:
        return None
    fraction = exact(quote.ask - quote.bid) / abs(exact(quote.mid))
    over = breach(fraction, limit)
    if over is None:
        return None
    hard, most = over
    told = (
        f"Bid and ask of {spec.contract.label} stand {percent(fraction)} apart, and a market order pays that"
    )
    words = (
        f"{told}: over the limit of {percent(most)}. Use a limit order." if hard else f"{told}. Is it meant?"
    )
    return Objection(NAME, percent(fraction), percent(most), words, hard)
