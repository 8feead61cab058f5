"""What IB does not let be changed on a working order, and quantities that are filled already."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import plain

NAME = "ModificationNotPossible"
_ANEW = "Cancel it and place a new one."
_REPLACE = "Cancel and replace it: the order's menu in the blotter does both."
_INSTEAD = {"contract": _ANEW, "side": _ANEW, "account": _ANEW, "order type": _REPLACE}


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if modifies is None:
        return None
    old = modifies.spec
    for what, was, now in (
        ("contract", old.contract.con_id, spec.contract.con_id),
        ("side", old.side, spec.side),
        ("account", old.account, spec.account),
        ("order type", old.order_type, spec.order_type),
    ):
        if was != now:
            words = f"The {what} of a working order cannot be changed. {_INSTEAD[what]}"
            return Objection(NAME, str(now), str(was), words)
    if not modifies.is_live:
        words = f"The order is {modifies.state}: there is nothing to modify."
        return Objection(NAME, modifies.state, "a working order", words)
    if spec.quantity <= modifies.filled:
        filled = plain(modifies.filled)
        words = f"{filled} are filled already: the new quantity must be above that. To stop here, cancel the rest."
        return Objection(NAME, plain(spec.quantity), f"over {filled}", words)
    return None
