"""An order larger than the position it closes turns it round; IB warns of the same (2137)."""

from __future__ import annotations

from core.domain.contract import SecType
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView
from core.risk.rule import left_to_fill, only_reduces, plain
from core.risk.value import held

NAME = "PositionFlip"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    if spec.contract.sec_type is SecType.CASH or only_reduces(spec, modifies):
        return None
    position = held(spec.account, spec.contract, view)
    after = position + spec.side.sign * left_to_fill(spec, modifies)
    if position * after >= 0:
        return None
    words = (
        f"This turns the position round, from {plain(position)} to {plain(after)} {spec.contract.label}."
        f" To close it, {spec.side.lower()} {plain(abs(position))}. Is it meant?"
    )
    return Objection(NAME, plain(after), "0", words, hard=False)
