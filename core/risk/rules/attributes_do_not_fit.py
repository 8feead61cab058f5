"""Attributes whose values contradict the order they stand on: an end date without GTD, a part larger than the whole."""

from __future__ import annotations

from core.domain.choices import value_faults
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Objection
from core.domain.view import DeskView

NAME = "AttributesDoNotFit"


def object(spec: OrderSpec, view: DeskView, modifies: Order | None) -> Objection | None:
    faults = value_faults(spec)
    return Objection(NAME, "contradiction", "values that go together", " ".join(faults)) if faults else None
