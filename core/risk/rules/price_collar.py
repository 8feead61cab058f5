"""A price far through the market is a typing error; one far behind it is perhaps one."""

from __future__ import annotations

from decimal import Decimal

from core.domain.contract import SecType
from core.domain.limits import Threshold
from core.domain.order import Order, OrderSpec
from core.domain.order_types import ORDER_TYPES
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import breach, exact, only_reduces, percent, price_text

NAME = "PriceCollar"
OPTION_TICKS = 3
"""Cheap options move by large fractions: three price steps never ask."""
FAR_BEHIND = 2
"""A price that only rests is asked about beyond so many times the hard limit."""


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    collar = view.limits.collar.get(spec.contract.sec_type)
    reference = _market(spec, view)
    if collar is None or not reference or only_reduces(spec, modifies):
        return None
    found = None
    if spec.limit_price is not None:
        # What waits for a price is priced against where the market will be when it wakes.
        against = spec.stop_price if ORDER_TYPES[spec.order_type].triggered else reference
        found = _limit_price(spec, spec.limit_price, against or reference, collar, view)
    if found is None and spec.stop_price is not None:
        found = _stop_price(spec.stop_price, reference, collar)
    return found


def _market(spec: OrderSpec, view: DeskView) -> Decimal | None:
    quote = view.quote(spec.contract.con_id)
    return None if quote is None or quote.reference is None else exact(quote.reference)


def _limit_price(
    spec: OrderSpec, price: Decimal, against: Decimal, collar: Threshold, view: DeskView
) -> Objection | None:
    through = (price - against) * spec.side.sign
    fraction = through / abs(against)
    over = breach(fraction, collar)
    if over is None:
        return _resting(price, against, -fraction, collar, "Limit price")
    hard, limit = over
    if not hard and through <= _allowance(spec, view):
        return None
    side = "above" if spec.side.sign > 0 else "below"
    told = (
        f"Limit price {price_text(price)} is {percent(fraction)} {side} the market at {price_text(against)}"
    )
    words = (
        f"{told}: over the limit of {percent(limit)}. Bring it nearer." if hard else f"{told}. Is it meant?"
    )
    return Objection(NAME, percent(fraction), percent(limit), words, hard)


def _allowance(spec: OrderSpec, view: DeskView) -> Decimal:
    details = view.details(spec.contract.con_id)
    if (
        spec.contract.sec_type not in (SecType.OPT, SecType.FOP)
        or details is None
        or spec.limit_price is None
    ):
        return Decimal(0)
    return OPTION_TICKS * details.tick_at(spec.limit_price)


def _stop_price(price: Decimal, reference: Decimal, collar: Threshold) -> Objection | None:
    return _resting(price, reference, abs(price - reference) / abs(reference), collar, "Stop price")


def _resting(
    price: Decimal, against: Decimal, distance: Decimal, collar: Threshold, what: str
) -> Objection | None:
    """Nothing can trade at such a price now: ask, never deny."""
    if collar.hard is None or distance <= collar.hard * FAR_BEHIND:
        return None
    limit = percent(collar.hard * FAR_BEHIND)
    words = (
        f"{what} {price_text(price)} is {percent(distance)} away from the market at {price_text(against)}."
        " Is it meant?"
    )
    return Objection(NAME, percent(distance), limit, words, hard=False)
