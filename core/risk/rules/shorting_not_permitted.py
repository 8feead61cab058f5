"""Where shorting is off, no more is sold than is held, orders that already sell included."""

from __future__ import annotations

from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec, Side
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import left_to_fill, plain
from core.risk.value import free_to_close

NAME = "ShortingNotPermitted"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    # Selling one currency is buying the other: there is no short sale in it.
    if view.permissions.shorting or spec.side is Side.BUY or spec.contract.sec_type is SecType.CASH:
        return None
    free = free_to_close(spec, view, modifies)
    selling = left_to_fill(spec, modifies)
    if selling <= free:
        return None
    words = (
        f"This would sell {plain(selling)} {spec.contract.label} with {plain(free)} free to sell,"
        " and short selling is off in trading_permissions.yaml. Sell less."
    )
    return Objection(NAME, plain(selling), plain(free), words)
