"""While IB's position is not what our executions give, that contract may be closed, not opened."""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import only_reduces, plain
from core.risk.value import only_closes

NAME = "PositionUnexplained"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    contract = spec.contract
    con_ids = [leg.con_id for leg in contract.legs] or [contract.con_id]
    found = next((one for con_id in con_ids if (one := view.mismatch(spec.account, con_id))), None)
    if found is None or only_closes(spec, view, modifies) or only_reduces(spec, modifies):
        return None
    words = (
        f"{found.contract.label} is reduce-only: {found.words}. Only orders that close it pass"
        " until both agree, or until you acknowledge the alert and so take IB's figure."
    )
    return Objection(NAME, plain(found.reported), plain(found.expected), words)
