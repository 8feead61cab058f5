"""What is worth knowing beside fields that have no fault: the market, the position, what to type."""

from __future__ import annotations

from core.domain.order import OrderType, Side
from core.domain.order_types import ORDER_TYPES
from gui.panels.ticket.form import TicketForm
from gui.panels.ticket.terms import Terms, Wish, parent_of
from gui.panels.ticket.words import Surroundings, position_words
from gui.widgets import cost

_TOUCHED = (OrderType.MIT, OrderType.LIT)


def say_hints(form: TicketForm, terms: Terms, wish: Wish | None, around: Surroundings) -> None:
    """Said after the form has marked its faults: these stand only where there is none."""
    if terms.quantity.value is not None:
        form.say_beside("quantity", position_words(terms, around))
    if around.details is None:
        return
    row = ORDER_TYPES[terms.order_type]
    if row.needs_limit and form.limit.text and wish is not None:
        market = cost.against_market(parent_of(wish), around.quote)
        form.say_beside("limit", f"{market[:1].upper()}{market[1:]}.")
    elif row.needs_limit and not form.limit.text.strip():
        form.say_beside("limit", "Type it, or B bid, M mid, A ask, L last.")
    if row.needs_stop and not form.stop.text.strip():
        touched = terms.order_type in _TOUCHED
        above = (terms.side is Side.BUY) is not touched
        what = "touch price" if touched else "stop price"
        form.say_beside("stop", f"Enter a {what}, {'above' if above else 'below'} the market.")
