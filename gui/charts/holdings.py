"""What the trader has in a market, as the chart draws it: orders, position, executions and the quote."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain.execution import Execution
from core.domain.order import Order, OrderState
from core.domain.position import Position
from core.domain.quote import Quote, QuoteKind
from gui import format as texts
from gui.charts.marks import FillMark, LineKind, LiveQuote, PriceLine


def price_lines(orders: Iterable[Order], position: Position | None) -> tuple[PriceLine, ...]:
    """The working orders' prices and what the position cost."""
    lines = [line for order in orders for line in order_lines(order)]
    if position is not None and position.quantity and position.avg_price is not None:
        words = f"{texts.signed_quantity(position.quantity)} avg"
        lines.append(PriceLine(float(position.avg_price), words, LineKind.POSITION))
    return tuple(lines)


def fill_marks(executions: Iterable[Execution], con_id: int) -> tuple[FillMark, ...]:
    """This contract's executions, oldest first."""
    marks = (
        FillMark(execution.at.timestamp(), float(execution.price), execution.side)
        for execution in executions
        if execution.contract.con_id == con_id
    )
    return tuple(sorted(marks, key=lambda mark: mark.at_s))


def order_lines(order: Order) -> tuple[PriceLine, ...]:
    """A working order's prices: the stop that wakes it and the limit it holds to."""
    spec = order.spec
    kind = LineKind.BUY if spec.side.sign > 0 else LineKind.SELL
    doubt = "?" if order.state is OrderState.IN_DOUBT else ""
    size = f"{spec.side} {texts.quantity(order.remaining)}"
    prices = (("STP", spec.stop_price), ("LMT", spec.limit_price))
    return tuple(
        PriceLine(float(price), f"{size} {word}{doubt}", kind) for word, price in prices if price is not None
    )


def live_quote(quote: Quote | None, what: str) -> LiveQuote:
    """What a fresh quote says to bars of `what`; delayed and frozen quotes are of another time."""
    if quote is None or quote.kind is not QuoteKind.LIVE or quote.changed_at_s is None:
        return LiveQuote()
    last = quote.mid if what == "MIDPOINT" else quote.last
    return LiveQuote(last, quote.bid, quote.ask, quote.changed_at_s)
