"""A stop that the market has passed, or a touch price that it has reached already, sets off at once."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec, OrderType
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import exact, only_reduces, price_text

NAME = "StopOnWrongSide"
TOUCHED = frozenset({OrderType.MIT, OrderType.LIT})
"""These wait on the other side: they buy lower and sell higher."""


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    quote = view.quote(spec.contract.con_id)
    reference = quote.reference if quote else None
    if spec.stop_price is None or reference is None or only_reduces(spec, modifies):
        return None
    market = exact(reference)
    touches = spec.order_type in TOUCHED
    upwards = (spec.side.sign > 0) is not touches
    if (spec.stop_price > market) if upwards else (spec.stop_price < market):
        return None
    side, what = "above" if upwards else "below", "touch price" if touches else "stop"
    words = (
        f"Stop price {price_text(spec.stop_price)} has been passed by the market at {price_text(market)}:"
        f" it would trigger at once. A {spec.side} {what} belongs {side} the market. Is it meant?"
    )
    return Objection(NAME, price_text(spec.stop_price), f"{side} {price_text(market)}", words, hard=False)
