"""Orders are routed only to the exchanges the permissions name; an empty list allows all."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "ExchangeNotPermitted"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    exchange, permitted = spec.contract.exchange, view.permissions.exchanges
    if not permitted or exchange in permitted:
        return None
    listed = ", ".join(sorted(permitted))
    words = f"Exchange {exchange or '(none)'} is not permitted here. Route to {listed}, or add it to trading_permissions.yaml."
    return Objection(NAME, exchange or "none", listed, words)
