"""One name larger than this desk holds, counted as if the order had filled."""

from __future__ import annotations

from decimal import Decimal

from core.domain.contract import SecType
from core.domain.limits import Threshold
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import WHAT_TO_DO_ABOUT_A_LIMIT, breach, left_to_fill, only_reduces, percent, told_apart
from core.risk.value import held, value_of

NAME = "PositionTooLarge"
UNMEASURED = frozenset({SecType.CASH, SecType.FUT, SecType.FOP})
"""Currencies and futures move far more money than they tie up: MaxOrderFraction has limits of their own."""


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    limit = view.limits.position_fraction
    if limit == Threshold(None, None) or spec.contract.sec_type in UNMEASURED or only_reduces(spec, modifies):
        return None
    position = held(spec.account, spec.contract, view)
    after = position + spec.side.sign * left_to_fill(spec, modifies)
    account = view.account(spec.account)
    equity = account.net_liquidation if account else None
    worth = value_of(spec, abs(after), view)
    if abs(after) <= abs(position) or worth is None or equity is None or equity <= 0:
        return None  # MaxOrderFraction tells what is not known
    over = breach(worth.amount / equity, limit)
    if over is None:
        return None
    hard, most = over
    share, allowed = told_apart(percent, worth.amount / equity, Decimal(most))
    told = f"After the fill {spec.contract.label} would be {share} of net liquidation"
    if hard:
        words = f"{told}, over the limit of {allowed}. Send less, {WHAT_TO_DO_ABOUT_A_LIMIT}."
    else:
        words = f"{told}, over {allowed}. Is it meant?"
    return Objection(NAME, share, allowed, words, hard)
