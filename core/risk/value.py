"""What an order is worth, reckoned on the dear side."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.contract import Contract, SecType
from core.domain.order import Order, OrderSpec, Side
from core.domain.order_types import ORDER_TYPES
from core.domain.view import DeskView
from core.risk.rule import exact, left_to_fill


@dataclass(frozen=True, slots=True)
class OrderValue:
    """`amount` in the account's base currency; `doubt` says what is only assumed, "" when nothing is."""

    amount: Decimal
    currency: str
    doubt: str = ""


def dear_price(spec: OrderSpec, view: DeskView) -> Decimal | None:
    """The dearest price this order could well trade at; `None` when there is nothing to go by."""
    quote = view.quote(spec.contract.con_id)
    reference = quote.reference if quote else None
    market = None if reference is None else exact(reference)
    row = ORDER_TYPES[spec.order_type]
    if spec.side is Side.BUY and spec.limit_price is not None:
        return spec.limit_price
    known = [price for price in (spec.limit_price, spec.stop_price, market) if price is not None]
    if row.at_any_price and not row.triggered:
        known = [market] if market is not None else []
    return max(known, key=abs, default=None)


def value_of(spec: OrderSpec, quantity: Decimal, view: DeskView) -> OrderValue | None:
    """Quantity times price times multiplier; `None` when no price is known."""
    price = dear_price(spec, view)
    if price is None:
        return None
    base = base_currency(spec.account, view)
    contract = spec.contract
    if contract.sec_type is SecType.CASH and contract.symbol == base:
        return OrderValue(quantity, base)
    amount = quantity * abs(price) * contract.multiplier
    rate = rate_to_base(contract.currency, spec.account, view)
    if rate is not None:
        return OrderValue(amount * rate, base)
    doubt = (
        f"no exchange rate from {contract.currency} to {base} is known,"
        f" so one {contract.currency} is counted as one {base}"
    )
    return OrderValue(amount, base, doubt)


def base_currency(account: str, view: DeskView) -> str:
    """The account's own currency; the dollar until IB has said."""
    summary = view.account(account)
    return summary.currency if summary and summary.currency not in ("", "BASE") else "USD"


def rate_to_base(currency: str, account: str, view: DeskView) -> Decimal | None:
    """What one unit of `currency` is worth in the account's; `None` when IB has not said."""
    if currency == base_currency(account, view):
        return Decimal(1)
    summary = view.account(account)
    rate = dict(summary.exchange_rates).get(currency) if summary else None
    return rate if rate is not None and rate > 0 else None


def held(account: str, contract: Contract, view: DeskView) -> Decimal:
    """The position as it stands: positive long, negative short."""
    position = view.position(account, contract.con_id)
    return position.quantity if position else Decimal(0)


def free_to_close(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Decimal:
    """How much this order's side could still take off the position, less what working orders take already."""
    open_against = -held(spec.account, spec.contract, view) * spec.side.sign
    taken = (
        order.remaining
        for order in view.live_orders(spec.contract.con_id)
        if order.spec.side is spec.side
        and order.spec.account == spec.account
        and (modifies is None or order.order_ref != modifies.order_ref)
    )
    return max(Decimal(0), open_against - sum(taken, Decimal(0)))


def only_closes(spec: OrderSpec, view: DeskView, modifies: Order | None) -> bool:
    """Getting out stakes nothing: such an order is asked about, never held up."""
    return left_to_fill(spec, modifies) <= free_to_close(spec, view, modifies)
