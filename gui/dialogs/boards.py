"""What the monitor's boards hold: their columns, and a row of cells for each thing listed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from core.domain.alert import Alert
from core.domain.execution import Execution
from core.domain.order import Order, OrderState, Side
from core.domain.position import Position
from gui import format as fmt
from gui.widgets import order_words
from gui.widgets.board import BoardCell, BoardColumn
from gui.widgets.levels import LEVEL_SHAPES, LEVEL_TONES, state_words

if TYPE_CHECKING:
    from core.desk import Desk

POSITIONS = (
    BoardColumn("Position", 2.4, right=False),
    BoardColumn("Quantity", 1.4),
    BoardColumn("Last", 1.5),
    BoardColumn("Value", 2.0),
    BoardColumn("Unrealised P&L", 2.2),
    BoardColumn("Weight", 1.2),
)
ORDERS = (
    BoardColumn("Order", 4.4, right=False),
    BoardColumn("Filled", 1.3),
    BoardColumn("State", 1.5),
    BoardColumn("Age", 1.5),
)
FILLS = (
    BoardColumn("Fill", 3.2, right=False),
    BoardColumn("Price", 1.4),
    BoardColumn("Time", 1.4),
)
ALERTS = (
    BoardColumn("Alert", 3.6, right=False),
    BoardColumn("Since", 1.2),
    BoardColumn("State", 2.2),
)


def position_row(desk: Desk, held: Position, whole: Decimal) -> tuple[BoardCell, ...]:
    details = desk.details(held.contract.con_id)
    quote = desk.quote(held.contract.con_id)
    last = quote.last if quote is not None and quote.last is not None else held.market_price
    weight = abs(held.market_value) / whole if held.market_value is not None and whole else None
    pnl = held.unrealised_pnl
    tone = "text" if not pnl else "up" if pnl > 0 else "down"
    return (
        BoardCell(held.contract.label),
        BoardCell(fmt.quantity(held.quantity)),
        BoardCell(fmt.price(last, details)),
        BoardCell(fmt.money(held.market_value, decimals=0)),
        BoardCell(fmt.signed_money(pnl, decimals=0), tone),
        BoardCell(fmt.percent(weight, 0), tone, None if weight is None else float(weight)),
    )


def order_row(order: Order, now_s: float) -> tuple[BoardCell, ...]:
    side = "buy" if order.spec.side is Side.BUY else "sell"
    age_s = now_s - order.created_at_s
    return (
        BoardCell(order.spec.sentence(), side),
        BoardCell(f"{fmt.quantity(order.filled)}/{fmt.quantity(order.spec.quantity or None)}"),
        BoardCell(
            order_words.state_words(order),
            "warning" if order.stale or order.state is OrderState.IN_DOUBT else "text",
        ),
        BoardCell(fmt.age(age_s), "text_dim"),
    )


def fill_row(desk: Desk, fill: Execution) -> tuple[BoardCell, ...]:
    details = desk.details(fill.contract.con_id)
    side = "buy" if fill.side is Side.BUY else "sell"
    return (
        BoardCell(f"{fill.side} {fmt.quantity(fill.quantity)} {fill.contract.label}", side),
        BoardCell(fmt.price(fill.price, details)),
        BoardCell(fmt.clock(fill.at.timestamp()), "text_dim"),
    )


def alert_row(alert: Alert) -> tuple[BoardCell, ...]:
    tone = LEVEL_TONES[alert.level] if alert.is_active else "text_dim"
    return (
        BoardCell(f"{LEVEL_SHAPES[alert.level]} {alert.title}", tone),
        BoardCell(fmt.clock(alert.raised_at_s), "text_dim"),
        BoardCell(state_words(alert), tone),
    )
