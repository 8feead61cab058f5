"""The order that the "try this" strip puts into the ticket."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from core.domain.contract import SecType
from core.domain.order import OrderSpec, OrderType, Side

if TYPE_CHECKING:
    from core.desk import Desk

_QUANTITY = Decimal(10)
_UNDER_BID = 0.998


def first_order(desk: Desk) -> OrderSpec | None:
    """BUY 10 of a stock that is held and quoted, limit 0.2 % under its bid: it rests, and can be cancelled."""
    for held in desk.positions():
        details, quote = desk.details(held.contract.con_id), desk.quote(held.contract.con_id)
        if held.contract.sec_type is SecType.STK and details is not None and quote is not None and quote.bid:
            limit = details.round_to_tick(quote.bid * _UNDER_BID)
            return OrderSpec(details.contract, Side.BUY, _QUANTITY, OrderType.LMT, limit)
    return None
