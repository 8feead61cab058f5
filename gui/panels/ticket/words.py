"""The ticket's sentences: pure text of an order, what it is worth, what it risks, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from core.domain.account import AccountSummary
from core.domain.bracket import BracketSpec, Exit, ExitsSpec
from core.domain.contract import ContractDetails
from core.domain.order import Order, OrderSpec, Side
from core.domain.order_types import FIELDS, ORDER_TYPES, PriceField
from core.domain.preview import Preview
from core.domain.quote import Quote
from core.domain.replacement import Replacement
from gui import format as fmt
from gui.panels.ticket.terms import Terms, Wish, parent_of
from gui.widgets import cost
from gui.widgets.order_words import state_words
from gui.widgets.replacement_words import why_words

_PRICED = (
    PriceField.STOP,
    PriceField.LIMIT,
    PriceField.TRAIL_AMOUNT,
    PriceField.LIMIT_OFFSET,
    PriceField.OFFSET,
)

_LEAST_TOLD = Decimal("0.0001")


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
    rate: Decimal | None = Decimal(1)
    """What one unit of the contract's currency is worth in the account's."""
    replaces: Order | None = None
    """The working order that is cancelled first."""
    gap: str = ""
    """How long no order stands then, in words."""
    preview: Preview | None = None
    """IB's what-if of the order, of a group's first, where it has answered."""


def order_words(spec: OrderSpec, details: ContractDetails | None) -> str:
    """BUY 1,000 AAPL LMT 150.20 DAY hidden: all of the order, in the digits its contract trades in."""
    digits: dict[str, Any] = {
        name.value: Decimal(f"{price:.{details.decimals}f}")
        for name in _PRICED
        if details is not None and (price := getattr(spec, name.value)) is not None
    }
    told = replace(spec, **digits).sentence().split(" ", 2)
    return " ".join([told[0], fmt.quantity(spec.quantity), told[2], *via_words(spec, details)])


def via_words(spec: OrderSpec, details: ContractDetails | None) -> list[str]:
    """Where the order goes, when that is not the contract's own way."""
    exchange = spec.contract.exchange
    usual = details is None or exchange in ("", details.contract.exchange)
    return [] if usual else [f"via {exchange}"]


def value_words(spec: OrderSpec, price: Decimal | None) -> str:
    """$15,025.00; of a price under zero, which side is paid: a credit of $240.00."""
    value, currency = cost.notional(spec, price), spec.contract.currency
    if value is None or value >= 0:
        return fmt.money(value, currency)
    return f"a {'credit' if spec.side is Side.BUY else 'debit'} of {fmt.money(-value, currency)}"


def sentence(wish: Wish, around: Surroundings) -> str:
    """BUY 100 AAPL LMT 150.25 DAY in SIM DU1234567, $15,025.00; target 155.00, stop 148.00; risk $225 (0.02 %)"""
    spec = parent_of(wish)
    price, own = cost.price_guess(spec, around.quote)
    value = value_words(spec, price)
    about = "" if own or price is None else "about "
    verb = "" if around.changes is None else "Change to "
    if around.replaces is not None:
        verb = "Cancel, then "
    if isinstance(wish, ExitsSpec):
        parts = [
            f"{spec.side} {fmt.quantity(spec.quantity)} {spec.contract.label} {spec.tif} in {around.place}"
        ]
    else:
        parts = [f"{verb}{order_words(spec, around.details)} in {around.place}, {about}{value}"]
    parts += [exit_words(one, around.details) for one in exits_of(wish)]
    if risk := risk_words(wish, around):
        parts.append(f"risk {risk}")
    return "; ".join(parts)


def exits_of(wish: Wish) -> tuple[Exit, ...]:
    return () if isinstance(wish, OrderSpec) else wish.exits


def exit_words(exit_: Exit, details: ContractDetails | None) -> str:
    """50 at target 155.00, stop 148.00"""
    told = []
    if exit_.target is not None:
        told.append(f"target {fmt.price(exit_.target, details)}")
    if exit_.trail_amount is not None:
        told.append(f"stop trailing by {fmt.price(exit_.trail_amount, details)}")
    elif exit_.trail_percent is not None:
        told.append(f"stop trailing by {exit_.trail_percent.normalize():f} %")
    elif exit_.stop is not None:
        limit = "" if exit_.stop_limit is None else f" limit {fmt.price(exit_.stop_limit, details)}"
        told.append(f"stop {fmt.price(exit_.stop, details)}{limit}")
    part = "" if exit_.quantity is None else f"{fmt.quantity(exit_.quantity)} with "
    return part + ", ".join(told)


def risk_words(wish: Wish, around: Surroundings) -> str:
    """$225 (0.02 %): what is lost if every stop is hit at its price; "" where there is no stop."""
    risk = risk_of(wish, around)
    if risk is None:
        return ""
    spec, account = parent_of(wish), around.account
    told = fmt.money(risk, spec.contract.currency, 0)
    equity = account.net_liquidation if account else None
    if equity and around.rate is not None:
        part = risk * around.rate / equity
        told += f" ({fmt.percent(part) if part >= _LEAST_TOLD else 'under 0.01 %'})"
    return told


def risk_of(wish: Wish, around: Surroundings) -> Decimal | None:
    """In the contract's currency; `None` where not every part has a stop at a price, or there is no entry."""
    spec = parent_of(wish)
    entry, _ = cost.price_guess(spec, around.quote)
    exits = exits_of(wish)
    if entry is None or not exits or isinstance(wish, ExitsSpec):
        return None
    total = Decimal(0)
    for one in exits:
        if one.stop is None or one.trails:
            return None
        part = spec.quantity if one.quantity is None else one.quantity
        total += abs(entry - one.stop) * part * spec.contract.multiplier
    return total


def missing_words(fault: str, terms: Terms, label: str) -> str:
    """What the ticket still needs, or what is wrong with it."""
    return f"{terms.side} {label}: {fault[:1].lower()}{fault[1:]}" if fault else ""


def position_words(terms: Terms, around: Surroundings) -> str:
    """What the order makes of the position; of a change, how much of it is done."""
    if around.changes is not None:
        return f"In all; {fmt.quantity(around.changes.filled)} filled."
    after = around.held + (terms.quantity.value or 0) * terms.side.sign
    if terms.told:
        return f"{terms.told}; position then {fmt.quantity(after)}."
    return f"Position {fmt.quantity(around.held)}, then {fmt.quantity(after)}."


def facts(wish: Wish, around: Surroundings) -> list[tuple[str, str]]:
    """What the review lists: exits, risk, value, commission, position, market, funds."""
    spec = parent_of(wish)
    quote, details, account = around.quote, around.details, around.account
    price, own = cost.price_guess(spec, quote)
    value = cost.notional(spec, price)
    done = Decimal(0) if around.changes is None else around.changes.filled
    after = around.held + (spec.quantity - done) * spec.side.sign
    market = (
        fmt.DASH if quote is None else f"{fmt.price(quote.bid, details)} / {fmt.price(quote.ask, details)}"
    )
    before = around.changes or around.replaces
    now = [] if before is None else [("Now", terms_words(before.spec, details, counted=True))]
    gap = [("Without an order", around.gap)] if around.gap else []
    held = fmt.quantity(around.held)
    return [
        *now,
        *gap,
        *(("Exit", exit_words(one, details)) for one in exits_of(wish)),
        *([("Risk to the stop", words)] if (words := risk_words(wish, around)) else []),
        ("Value", f"{'' if own else '≈ '}{value_words(spec, price)}"),
        *(("Route", words) for words in via_words(spec, details)),
        ("Commission", commission_words(spec, value, around.preview if spec is wish else None)),
        ("Position", held if isinstance(wish, ExitsSpec) else f"{held} → {fmt.quantity(after)}"),
        ("Bid / ask", market),
        ("Price", cost.against_market(spec, quote)),
        (
            "Available funds",
            fmt.DASH if account is None else fmt.money(account.available_funds, account.currency),
        ),
    ]


def commission_words(spec: OrderSpec, value: Decimal | None, preview: Preview | None) -> str:
    """$1.00 by IB's what-if, or from $0.35 to $1.20; before it has answered, our own estimate."""
    if preview is not None and preview.is_known:
        currency, least, most = preview.commission_currency, preview.commission_least, preview.commission_most
        if preview.commission is not None:
            return f"{fmt.money(preview.commission, currency)} (IB)"
        if least is not None and most is not None:
            return f"{fmt.money(least, currency)} to {fmt.money(most, currency)} (IB)"
    fee = cost.commission(spec, value)
    return "not estimated" if fee is None else f"≈ {fmt.money(fee, 'USD')}"


def terms_words(spec: OrderSpec, details: ContractDetails | None, *, counted: bool = False) -> str:
    """Limit 150.25, DAY; with the quantity in front where it is compared."""
    title = ORDER_TYPES[spec.order_type].title
    if spec.algo is not None:
        title = f"{spec.algo.strategy} {title.lower()}"
    given = [(name, getattr(spec, name.value)) for name in PriceField]
    told = [
        (
            FIELDS[name].title,
            f"{value.normalize():f} %" if "percent" in name.value else fmt.price(value, details),
        )
        for name, value in given
        if value is not None
    ]
    prices = sorted(told, key=lambda one: one[0] != FIELDS[PriceField.STOP].title)
    words = [f"{name.removesuffix(' price')} {price}" for name, price in prices]
    parts = [f"{title} {prices[0][1]}"] if len(prices) == 1 else [title, *words]
    parts.append(spec.tif)
    if spec.outside_rth:
        parts.append("also outside regular hours")
    # What the sentence says after the time in force: everything out of the ordinary.
    rest = replace(spec, outside_rth=False).sentence().rsplit(f" {spec.tif} ", 1)
    bare = rest[1] if len(rest) == 2 else ""
    if bare:
        parts.append(bare)
    return ", ".join([fmt.quantity(spec.quantity), *parts] if counted else parts)


def outcome(order: Order, details: ContractDetails | None, parts: Iterable[Replacement] = ()) -> str:
    """What became of an order, in a line or two; `parts` are the replacements that it is a part of."""
    average = ""
    if order.filled > 0 and order.avg_fill_price is not None:
        average = f" at {fmt.price(order.avg_fill_price, details)}"
    why = why_words(order, parts)
    return f"{order_words(order.spec, details)}\n{state_words(order)}{average}{f': {why}' if why else '.'}"


def group_sentence(wish: Wish, details: ContractDetails | None) -> str:
    """An order or a bracket in one phrase, for an offer."""
    if isinstance(wish, BracketSpec):
        return "; ".join(
            [order_words(wish.parent, details), *(exit_words(one, details) for one in wish.exits)]
        )
    return wish.sentence() if isinstance(wish, ExitsSpec) else order_words(wish, details)
