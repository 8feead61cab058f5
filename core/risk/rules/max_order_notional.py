"""More money in one order than this desk moves at once; the multiplier counts."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import WHAT_TO_DO_ABOUT_A_LIMIT, breach, left_to_fill, money, told_apart
from core.risk.value import OrderValue, only_closes, value_of

NAME = "MaxOrderNotional"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    limit = view.limits.notional_by_type.get(spec.contract.sec_type, view.limits.notional)
    worth = value_of(spec, left_to_fill(spec, modifies), view)
    if worth is None:
        return None
    if modifies is not None:
        before = value_of(modifies.spec, modifies.remaining, view)
        if before is not None and worth.amount <= before.amount:
            return None
    over = breach(worth.amount, limit)
    if over is None:
        return _in_doubt(worth) if worth.doubt else None
    hard, most = over
    hard = hard and not only_closes(spec, view, modifies)
    measured, allowed = told_apart(
        lambda amount, extra: money(amount, worth.currency, extra), worth.amount, most
    )
    doubt = f" ({worth.doubt})" if worth.doubt else ""
    if hard:
        words = f"The order is worth {measured}{doubt}, over the limit of {allowed}. Send less, {WHAT_TO_DO_ABOUT_A_LIMIT}."
    else:
        words = f"The order is worth {measured}{doubt}, over {allowed}. Is it meant?"
    return Objection(NAME, measured, allowed, words, hard)


def _in_doubt(worth: OrderValue) -> Objection:
    measured = money(worth.amount, worth.currency)
    words = f"The order's value is only a guess, {measured}: {worth.doubt}. Is it meant?"
    return Objection(NAME, f"about {measured}", "a known value", words, hard=False)
