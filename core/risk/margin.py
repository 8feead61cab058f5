"""The cushion before and after an order: from IB's what-if where there is one, else a local estimate."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.account import AccountSummary
from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec, Side
from core.domain.view import DeskView
from core.risk.rule import left_to_fill
from core.risk.value import free_to_close, rate_to_base, value_of

INITIAL: dict[SecType, Decimal] = {
    SecType.STK: Decimal("0.50"),
    SecType.CFD: Decimal("0.20"),
    SecType.FUT: Decimal("0.12"),
    SecType.CASH: Decimal("0.05"),
    SecType.CRYPTO: Decimal(1),
    SecType.BOND: Decimal("0.50"),
    SecType.FUND: Decimal(1),
    SecType.WAR: Decimal(1),
    SecType.CMDTY: Decimal("0.20"),
}
"""Estimated initial margin over an order's worth, on the dear side of what IB usually asks."""
MAINTENANCE_OF_INITIAL = Decimal("0.8")
_OPTIONS = frozenset({SecType.OPT, SecType.FOP})
UNCOVERED = Decimal("0.20")
"""Of the strike's worth, on top of the premium, for an option sold."""


@dataclass(frozen=True, slots=True)
class Cushion:
    """Excess liquidity now, after the order, and at the next change of margin; base currency.

    `previewed` tells IB's figures from an estimate; `doubt` says in words what is not known, "" when all is.
    """

    previewed: bool = False
    doubt: str = ""
    net_liquidation: Decimal | None = None
    excess_before: Decimal | None = None
    excess_after: Decimal | None = None
    look_ahead_after: Decimal | None = None
    maintenance_after: Decimal | None = None
    available_after: Decimal | None = None


def cushion(spec: OrderSpec, view: DeskView, modifies: Order | None = None) -> Cushion:
    """Where the account would stand if the rest of the order filled."""
    account = view.account(spec.account)
    if account is None or account.excess_liquidity is None or account.available_funds is None:
        return Cushion(doubt="IB has not said how much margin the account has left.")
    preview = view.preview(spec) if modifies is None else None
    if preview is not None and preview.is_known and preview.excess_after is not None:
        return Cushion(
            previewed=True,
            net_liquidation=account.net_liquidation,
            excess_before=account.excess_liquidity,
            excess_after=preview.excess_after,
            look_ahead_after=_moved(account, preview.excess_after),
            maintenance_after=preview.maintenance_after,
            available_after=preview.available_after,
        )
    initial = initial_estimate(spec, view, modifies)
    if initial is None:
        kind = "combo" if spec.contract.legs else spec.contract.sec_type
        words = f"The margin of {kind} orders such as this is not estimated here."
        return Cushion(doubt=words, excess_before=account.excess_liquidity)
    maintenance = initial * MAINTENANCE_OF_INITIAL
    excess = account.excess_liquidity - maintenance
    return Cushion(
        net_liquidation=account.net_liquidation,
        excess_before=account.excess_liquidity,
        excess_after=excess,
        look_ahead_after=_moved(account, excess),
        maintenance_after=(account.maintenance_margin or Decimal(0)) + maintenance,
        available_after=account.available_funds - initial,
    )


def initial_estimate(spec: OrderSpec, view: DeskView, modifies: Order | None = None) -> Decimal | None:
    """The initial margin that the opening part of the order would take; `None` when that is not known."""
    opening = left_to_fill(spec, modifies) - free_to_close(spec, view, modifies)
    if modifies is not None:
        opening -= modifies.remaining
    if opening <= 0:
        return Decimal(0)
    worth = value_of(spec, opening, view)
    if worth is None:
        return None
    if spec.contract.sec_type in _OPTIONS:
        return worth.amount if spec.side is Side.BUY else _sold_option(spec, opening, worth.amount, view)
    fraction = INITIAL.get(spec.contract.sec_type)
    return None if fraction is None else worth.amount * fraction


def _sold_option(spec: OrderSpec, quantity: Decimal, premium: Decimal, view: DeskView) -> Decimal | None:
    contract = spec.contract
    rate = rate_to_base(contract.currency, spec.account, view)
    if contract.strike is None or rate is None:
        return None
    return premium + UNCOVERED * contract.strike * contract.multiplier * quantity * rate


def _moved(account: AccountSummary, excess_after: Decimal) -> Decimal | None:
    """The look-ahead figure moved by as much as the order moves today's."""
    if account.look_ahead_excess_liquidity is None or account.excess_liquidity is None:
        return None
    return account.look_ahead_excess_liquidity + (excess_after - account.excess_liquidity)
