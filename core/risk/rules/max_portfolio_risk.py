"""What one order adds to the portfolio, against what the account is worth (MAX_PORTFOLIO_RISK)."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import left_to_fill, percent, told_apart
from core.risk.value import held, value_of

NAME = "MaxPortfolioRisk"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    limit = view.limits.portfolio_risk_fraction
    if limit is None:
        return None
    adding = _adds(spec, left_to_fill(spec, modifies), view)
    if adding <= 0 or (modifies is not None and adding <= _adds(modifies.spec, modifies.remaining, view)):
        return None
    account = view.account(spec.account)
    worth = value_of(spec, adding, view)
    equity = account.net_liquidation if account else None
    if worth is None or equity is None or equity <= 0:
        words = (
            "The portfolio's value is not known, so MAX_PORTFOLIO_RISK cannot be checked."
            " Wait for IB's account values and a price."
        )
        return Objection(NAME, "not known", percent(limit), words)
    if worth.amount / equity <= limit:
        return None
    share, allowed = told_apart(percent, worth.amount / equity, limit)
    words = (
        f"This order would add {share} of net liquidation to the portfolio,"
        f" over the limit of {allowed} (MAX_PORTFOLIO_RISK). Send less."
    )
    return Objection(NAME, share, allowed, words)


def _adds(spec: OrderSpec, quantity: Decimal, view: DeskView) -> Decimal:
    """By how much an order of `quantity` would make the position larger, whichever way it points."""
    position = held(spec.account, spec.contract, view)
    return abs(position + spec.side.sign * quantity) - abs(position)
