"""Symbols on the restricted list are not opened; a position already held may be closed."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.value import only_closes

NAME = "SymbolRestricted"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    symbol = spec.contract.symbol
    if symbol.upper() not in view.permissions.restricted_symbols or only_closes(spec, view, modifies):
        return None
    words = f"{symbol} is on the restricted list in trading_permissions.yaml: a position can be closed, not opened."
    return Objection(NAME, symbol, "not on the restricted list", words)
