"""A stop that the market has passed already triggers at once."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec, Side
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import exact, only_reduces, price_text

NAME = "StopOnWrongSide"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    quote = view.quote(spec.contract.con_id)
    reference = quote.reference if quote else None
    if spec.stop_price is None or reference is None or only_reduces(spec, modifies):
        return None
    market = exact(reference)
    if (spec.stop_price - market) * spec.side.sign > 0:
        return None
    side = "above" if spec.side is Side.BUY else "below"
    words = (
        f"Stop price {price_text(spec.stop_price)} has been passed by the market at {price_text(market)}:"
        f" it would trigger at once. A {spec.side} stop belongs {side} the market. Is it meant?"
    )
    return Objection(NAME, price_text(spec.stop_price), f"{side} {price_text(market)}", words, hard=False)
