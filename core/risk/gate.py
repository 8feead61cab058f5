"""The gate: every order and every modification passes here, or nothing is sent.

`Approved` is made in this file and nowhere else.
"""

from __future__ import annotations

from dataclasses import replace

from core.domain.bracket import GroupSpec, Placement
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Approved, Ask, Denied, Objection
from core.domain.view import DeskView
from core.risk.group import Supposed, as_working, placements, shape
from core.risk.rules import ROSTER, malformed_order, too_many_working


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


def assess_group(group: GroupSpec, view: DeskView) -> tuple[Objection, ...]:
    """Every rule's worst objection to any order of the group; children as if their parent had filled."""
    found: dict[str, Objection] = {}
    for objection in _of_group(group, view):
        known = found.get(objection.rule)
        if known is None or (objection.hard and not known.hard):
            found[objection.rule] = objection
    return tuple(sorted(found.values(), key=lambda one: not one.hard))


def judge_group(
    group: GroupSpec, view: DeskView, acknowledged: frozenset[str]
) -> Denied | Ask | tuple[str, ...]:
    """As `judge`, for all orders together: none goes unless every one may. The names of what was acknowledged."""
    objections = assess_group(group, view)
    if any(one.hard for one in objections):
        return Denied(objections)
    open_questions = tuple(one for one in objections if one.rule not in acknowledged)
    if open_questions:
        return Ask(open_questions)
    return tuple(one.rule for one in objections)


def approve_group(
    group: GroupSpec, view: DeskView, acknowledged: frozenset[str], placed: tuple[Placement, ...]
) -> Denied | Ask | tuple[Approved, ...]:
    """The orders of a judged group as they will be sent: `placed` is its expansion with real ids."""
    verdict = judge_group(group, view, acknowledged)
    if isinstance(verdict, Denied | Ask):
        return verdict
    if [_terms(one.spec) for one in placed] != [_terms(one.spec) for one in placements(group)]:
        raise ValueError("the orders are not those of the group")
    return tuple(Approved(one.spec, verdict) for one in placed)


def _of_group(group: GroupSpec, view: DeskView) -> list[Objection]:
    found = list(shape(group))
    if found:
        return found
    earlier: list[Order] = []
    for placed in placements(group):
        what = "" if placed.parent is None else f"{placed.spec.order_type} child: "
        raised = assess(placed.spec, Supposed(view, placed.parent))
        found += [replace(one, words=f"{what}{one.words}") for one in raised]
        crowd = too_many_working.object(placed.spec, Supposed(view, placed.parent, tuple(earlier)), None)
        found += [crowd] if crowd else []
        earlier.append(as_working(placed, view.now_s))
    return found


def _terms(spec: OrderSpec) -> OrderSpec:
    return replace(spec, parent_id=bool(spec.parent_id))
