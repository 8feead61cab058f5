"""Changing orders over and over without a fill: IB watches the ratio, and so do we. Cancels always pass."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import breach, only_reduces, plain

NAME = "TooManyMessages"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if modifies is None or only_reduces(spec, modifies):
        return None
    trading = view.trading
    ratio = Decimal(trading.messages_today + 1) / max(1, trading.executions_today)
    over = breach(ratio, view.limits.message_ratio)
    if over is None:
        return None
    hard, most = over
    told = f"{trading.messages_today + 1} messages today for {trading.executions_today} fills"
    words = (
        f"{told}: over the limit of {plain(most)} for each fill. Cancel the order instead, or let it stand."
        if hard
        else f"{told}: IB may object to such a ratio. Is it meant?"
    )
    return Objection(NAME, plain(ratio, 1), plain(most), words, hard)
