"""What the order leaves of the account's margin: by IB's own what-if, else by an estimate that says it is one."""

from __future__ import annotations

from decimal import Decimal

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.margin import Cushion, cushion
from core.risk.rule import money, only_reduces, percent
from core.risk.value import base_currency, only_closes

NAME = "MarginTooLow"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if (
        only_reduces(spec, modifies)
        or only_closes(spec, view, modifies)
        or view.account(spec.account) is None
    ):
        return None  # without any account values MaxOrderFraction denies
    found = cushion(spec, view, modifies)
    currency = base_currency(spec.account, view)
    if found.doubt:
        words = f"{found.doubt} Preview the order to have IB's own figures. Is it meant?"
        return Objection(NAME, "not known", "known margin", words, hard=False)
    assert found.available_after is not None
    source = "By IB's preview" if found.previewed else "By an estimate"
    if found.available_after < 0:
        short = money(-found.available_after, currency)
        words = f"{source} the account would lack {short} of available funds. Send less, or close something first."
        return Objection(NAME, money(found.available_after, currency), money(Decimal(0), currency), words)
    return _thin(found, view.limits.margin_excess_fraction, source)


def _thin(found: Cushion, least: Decimal, source: str) -> Objection | None:
    if found.excess_after is None or not found.maintenance_after:
        return None
    ratio = found.excess_after / found.maintenance_after
    if ratio >= least:
        return None
    words = (
        f"{source} only {percent(ratio)} of the maintenance margin would be left as excess liquidity;"
        f" IB liquidates at zero. Is it meant?"
    )
    return Objection(NAME, percent(ratio), percent(least), words, hard=False)
