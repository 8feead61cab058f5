"""While trading is halted nothing goes out; while it is reduce-only, nothing that adds to a position."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.trading import TradingState
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import only_reduces
from core.risk.value import only_closes

NAME = "TradingHalted"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    trading = view.trading
    if trading.state is TradingState.ACTIVE:
        return None
    if trading.state is TradingState.HALTED:
        words = f"Trading is halted: {trading.reason} Cancels still pass. Resume trading first."
        return Objection(NAME, "halted", "active", words)
    if only_closes(spec, view, modifies) or only_reduces(spec, modifies):
        return None
    words = f"Trading is reduce-only: {trading.reason} Only orders that close a position pass."
    return Objection(NAME, "adds to a position", "reduce-only", words)
