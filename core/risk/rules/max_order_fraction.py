"""More of the account in one order than this desk stakes at once."""

from __future__ import annotations

from decimal import Decimal

from core.domain.limits import Threshold
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import WHAT_TO_DO_ABOUT_A_LIMIT, breach, left_to_fill, money, percent, told_apart
from core.risk.value import only_closes, value_of

NAME = "MaxOrderFraction"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    limit = view.limits.notional_fraction_by_type.get(spec.contract.sec_type, view.limits.notional_fraction)
    quantity = left_to_fill(spec, modifies)
    if limit == Threshold(None, None) or only_closes(spec, view, modifies):
        return None
    worth = value_of(spec, quantity, view)
    if worth is None:
        return None
    if modifies is not None:
        before = value_of(modifies.spec, modifies.remaining, view)
        if before is not None and worth.amount <= before.amount:
            return None
    account = view.account(spec.account)
    equity = account.net_liquidation if account else None
    if equity is None or equity <= 0:
        words = "The account's net liquidation is not known or not above zero, so the order cannot be measured against it. Wait for IB's account values."
        return Objection(NAME, "no net liquidation", percent(limit.hard or limit.soft or Decimal(0)), words)
    over = breach(worth.amount / equity, limit)
    if over is None:
        return None
    hard, most = over
    share, allowed = told_apart(percent, worth.amount / equity, most)
    told = f"The order is worth {money(worth.amount, worth.currency)}, {share} of net liquidation"
    if hard:
        words = f"{told}, over the limit of {allowed}. Send less, {WHAT_TO_DO_ABOUT_A_LIMIT}."
    else:
        words = f"{told}, over {allowed}. Is it meant?"
    return Objection(NAME, share, allowed, words, hard)
