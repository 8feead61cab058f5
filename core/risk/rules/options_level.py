"""Option orders beyond the level that trading_permissions.yaml grants."""

from __future__ import annotations

from decimal import Decimal

from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec, Side
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import left_to_fill
from core.risk.value import only_closes

NAME = "OptionsLevel"
COVERED, BOUGHT, SPREAD, UNCOVERED = 1, 2, 3, 4
WORDS = {
    COVERED: "a covered call",
    BOUGHT: "buying options",
    SPREAD: "a combo of options",
    UNCOVERED: "selling options uncovered",
}
OPTIONS = frozenset({SecType.OPT, SecType.FOP})


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    level = view.permissions.options_level
    needed = _needed(spec, view, modifies)
    if needed <= level:
        return None
    words = (
        f"This is {WORDS[needed]}, which needs options level {needed};"
        f" trading_permissions.yaml grants {level}. Positions can still be closed."
    )
    return Objection(NAME, f"level {needed}", f"level {level}", words)


def _needed(spec: OrderSpec, view: DeskView, modifies: Order | None) -> int:
    contract = spec.contract
    if contract.sec_type is SecType.BAG:
        details = [view.details(leg.con_id) for leg in contract.legs]
        # A leg that is not known may be an option.
        return SPREAD if any(one is None or one.contract.sec_type in OPTIONS for one in details) else 0
    if contract.sec_type not in OPTIONS or only_closes(spec, view, modifies):
        return 0
    if spec.side is Side.BUY:
        return BOUGHT
    return COVERED if _covered(spec, view, modifies) else UNCOVERED


def _covered(spec: OrderSpec, view: DeskView, modifies: Order | None) -> bool:
    """Whether the account holds the stock that a sold call might have to deliver, less what covers others."""
    contract = spec.contract
    if contract.right != "C" or contract.sec_type is not SecType.OPT:
        return False
    shares = sum(
        (
            one.quantity
            for one in view.positions()
            if one.account == spec.account
            and (one.contract.symbol, one.contract.sec_type, one.contract.currency)
            == (contract.symbol, SecType.STK, contract.currency)
        ),
        Decimal(0),
    )
    sold = sum(
        (
            -one.quantity * one.contract.multiplier
            for one in view.positions()
            if one.account == spec.account
            and one.quantity < 0
            and (one.contract.symbol, one.contract.right) == (contract.symbol, "C")
        ),
        Decimal(0),
    )
    working = sum(
        (
            one.remaining * one.spec.contract.multiplier
            for one in view.live_orders()
            if one.spec.account == spec.account
            and one.spec.side is Side.SELL
            and (one.spec.contract.symbol, one.spec.contract.right) == (contract.symbol, "C")
            and (modifies is None or one.order_ref != modifies.order_ref)
        ),
        Decimal(0),
    )
    return shares - sold - working >= left_to_fill(spec, modifies) * contract.multiplier
