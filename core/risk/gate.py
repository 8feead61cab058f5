"""The gate: every order and every modification passes here, or nothing is sent.

`Approved` is made in this file and nowhere else.
"""

from __future__ import annotations

from core.domain.order import Order, OrderSpec
from core.domain.verdict import Approved, Ask, Denied, Objection
from core.domain.view import DeskView
from core.risk.rules import ROSTER, malformed_order


def assess(spec: OrderSpec, view: DeskView, modifies: Order | None = None) -> tuple[Objection, ...]:
    """Every rule's objection, hard ones first, each kind in the order of the roster."""
    malformed = malformed_order.object(spec, view, modifies)
    if malformed is not None:
        # What is not a number cannot be measured by the others.
        return (malformed,)
    raised = (rule.object(spec, view, modifies) for rule in ROSTER)
    return tuple(sorted((one for one in raised if one), key=lambda one: not one.hard))


def judge(
    spec: OrderSpec, view: DeskView, acknowledged: frozenset[str], modifies: Order | None = None
) -> Denied | Ask | Approved:
    """One hard objection denies; soft ones ask until each is acknowledged by its rule's name."""
    objections = assess(spec, view, modifies)
    if any(one.hard for one in objections):
        return Denied(objections)
    open_questions = tuple(one for one in objections if one.rule not in acknowledged)
    if open_questions:
        return Ask(open_questions)
    return Approved(spec, tuple(one.rule for one in objections))
