"""Each order type takes its own prices: none may be missing, none too many."""

from __future__ import annotations

from core.domain.choices import price_faults
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "PricesDoNotFitType"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    fault = next(iter(price_faults(spec)), None)
    return Objection(NAME, fault.measured, fault.limit, fault.words) if fault else None
