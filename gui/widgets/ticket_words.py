"""The ticket's sentences: pure text of an order, what it is worth, and what became of it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from core.domain.account import AccountSummary
from core.domain.contract import ContractDetails
from core.domain.order import Order, OrderSpec
from core.domain.order_types import ORDER_TYPES
from core.domain.quote import Quote
from gui import format as fmt
from gui.widgets import cost
from gui.widgets.order_words import order_sentence, reason_words, state_words
from gui.widgets.ticket_form import Terms


class Surroundings(NamedTuple):
    """What stands around an order when it is reviewed."""

    details: ContractDetails | None
    quote: Quote | None
    held: Decimal
    account: AccountSummary | None
    place: str
    """SIM DU1234567"""
    changes: Order | None = None
    """The working order this one changes."""


def sentence(spec: OrderSpec, around: Surroundings) -> str:
    """BUY 100 AAPL LMT 150.25 DAY in SIM DU1234567, $15,025.00"""
    price, own = cost.price_guess(spec, around.quote)
    value = fmt.money(cost.notional(spec, price), spec.contract.currency)
    about = "" if own or price is None else "about "
    verb = "" if around.changes is None else "Change to "
    return f"{verb}{order_sentence(spec, around.details)} in {around.place}, {about}{value}"


def missing_words(terms: Terms, label: str) -> str:
    """What the ticket still needs, or what is wrong with it."""
    row = ORDER_TYPES[terms.order_type]
    readings = [
        terms.quantity,
        *([terms.limit] if row.needs_limit else []),
        *([terms.stop] if row.needs_stop else []),
    ]
    fault = terms.closed or next((reading.fault for reading in readings if reading.fault), "")
    return f"{terms.side} {label}: {fault[:1].lower()}{fault[1:]}" if fault else ""


def position_words(terms: Terms, around: Surroundings) -> str:
    """What the order makes of the position; of a change, how much of it is done."""
    if around.changes is not None:
        return f"In all; {fmt.quantity(around.changes.filled)} filled."
    after = around.held + (terms.quantity.value or 0) * terms.side.sign
    return f"Position {fmt.quantity(around.held)}, then {fmt.quantity(after)}."


def facts(spec: OrderSpec, around: Surroundings) -> list[tuple[str, str]]:
    """What the review lists: value, commission, position, market, funds."""
    quote, details, account = around.quote, around.details, around.account
    price, own = cost.price_guess(spec, quote)
    value = cost.notional(spec, price)
    fee = cost.commission(spec, value)
    done = Decimal(0) if around.changes is None else around.changes.filled
    after = around.held + (spec.quantity - done) * spec.side.sign
    market = (
        fmt.DASH if quote is None else f"{fmt.price(quote.bid, details)} / {fmt.price(quote.ask, details)}"
    )
    now = [] if around.changes is None else [("Now", terms_words(around.changes.spec, details, counted=True))]
    return [
        *now,
        ("Value", f"{'' if own else '≈ '}{fmt.money(value, spec.contract.currency)}"),
        ("Commission", "not estimated" if fee is None else f"≈ {fmt.money(fee, 'USD')}"),
        ("Position", f"{fmt.quantity(around.held)} → {fmt.quantity(after)}"),
        ("Bid / ask", market),
        ("Price", cost.against_market(spec, quote)),
        (
            "Available funds",
            fmt.DASH if account is None else fmt.money(account.available_funds, account.currency),
        ),
    ]


def terms_words(spec: OrderSpec, details: ContractDetails | None, *, counted: bool = False) -> str:
    """Limit 150.25, DAY; with the quantity in front where it is compared."""
    title = ORDER_TYPES[spec.order_type].title
    stop = [] if spec.stop_price is None else [f"stop {fmt.price(spec.stop_price, details)}"]
    limit = [] if spec.limit_price is None else [f"limit {fmt.price(spec.limit_price, details)}"]
    prices = stop + limit
    parts = [f"{title} {prices[0].split()[1]}"] if len(prices) == 1 else [title, *prices]
    parts.append(spec.tif)
    if spec.outside_rth:
        parts.append("also outside regular hours")
    return ", ".join([fmt.quantity(spec.quantity), *parts] if counted else parts)


def outcome(order: Order, details: ContractDetails | None) -> str:
    """What became of an order, in a line or two."""
    average = ""
    if order.filled > 0 and order.avg_fill_price is not None:
        average = f" at {fmt.price(order.avg_fill_price, details)}"
    why = reason_words(order)
    return f"{order_sentence(order.spec, details)}\n{state_words(order)}{average}{f': {why}' if why else '.'}"
