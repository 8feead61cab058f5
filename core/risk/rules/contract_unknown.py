"""A contract whose details are not known cannot be judged."""

from __future__ import annotations

from core.domain.combo import combo_id
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "ContractUnknown"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    contract = spec.contract
    # A combo bears a number of our own, made of its legs.
    is_named = contract.con_id > 0 or (bool(contract.legs) and contract.con_id == combo_id(contract.legs))
    details = view.details(contract.con_id) if is_named else None
    if details is None:
        words = (
            f"IB has not told the details of {contract.label or 'this contract'} yet, so the order cannot be checked."
            " Search for it, pick it, and send again."
        )
        return Objection(NAME, "no contract details", "contract details", words)
    known = details.contract
    if (known.symbol, known.sec_type, known.currency, known.multiplier) != (
        contract.symbol,
        contract.sec_type,
        contract.currency,
        contract.multiplier,
    ):
        words = f"The order's contract does not agree with IB's details of {known.label}. Pick it again."
        return Objection(NAME, contract.label, known.label, words)
    return None
