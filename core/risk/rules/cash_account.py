"""A cash account, as trading_permissions.yaml declares it, neither borrows nor sells short."""

from __future__ import annotations

from decimal import Decimal

from core.domain.account import AccountSummary
from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec, Side
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import left_to_fill, money, plain
from core.risk.value import base_currency, free_to_close, value_of

NAME = "CashAccount"
PAID_IN_FULL = frozenset({SecType.STK, SecType.OPT, SecType.BOND, SecType.FUND, SecType.WAR, SecType.CRYPTO})


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if view.permissions.account_type != "cash" or spec.contract.sec_type not in PAID_IN_FULL:
        return None
    opening = left_to_fill(spec, modifies) - free_to_close(spec, view, modifies)
    if opening <= 0:
        return None
    if spec.side is Side.SELL:
        words = f"A cash account cannot sell {plain(opening)} {spec.contract.label} that it does not hold."
        return Objection(NAME, plain(opening), "what is held", words)
    account, worth = view.account(spec.account), value_of(spec, opening, view)
    cash = None if account is None else _settled(account)
    currency = base_currency(spec.account, view)
    if worth is None or cash is None:
        words = "A cash account pays in full, and its cash or the order's value is not known. Wait for both."
        return Objection(NAME, "not known", "settled cash", words)
    if worth.amount <= cash:
        return None
    words = f"The order costs {money(worth.amount, currency)}; the cash account has {money(cash, currency)} settled."
    return Objection(NAME, money(worth.amount, currency), money(cash, currency), words)


def _settled(account: AccountSummary) -> Decimal | None:
    return account.cash if account.settled_cash is None else account.settled_cash
