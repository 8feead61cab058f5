"""The one table of order attributes: which order they stand on, what they exclude, with the words for why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.domain.algos import CARRIERS, why_not_algo
from core.domain.conditions import TriggerMethod
from core.domain.contract import SecType
from core.domain.order import OcaKind, OrderSpec, OrderType, Tif
from core.domain.order_types import NEVER_TRADED, ORDER_TYPES


class Attribute(StrEnum):
    OUTSIDE_RTH = "outside RTH"
    GOOD_AFTER = "good after"
    OCA = "OCA"
    ICEBERG = "iceberg"
    HIDDEN = "hidden"
    ALL_OR_NONE = "all or none"
    DISCRETIONARY = "discretionary"
    MIN_QUANTITY = "minimum quantity"
    TRIGGER_METHOD = "trigger method"
    CONDITIONS = "conditions"
    CONDITIONS_CANCEL = "conditions that cancel"
    ALGO = "algorithm"
    BRACKET = "bracket"


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """Where an attribute may stand. `closed` looks at what the other columns cannot say."""

    attribute: Attribute
    title: str
    meaning: str
    is_set: Callable[[OrderSpec], bool]
    order_types: frozenset[OrderType]
    why_not_type: str
    sec_types: frozenset[SecType] = frozenset(SecType) - frozenset(NEVER_TRADED)
    why_not_sec_type: str = ""
    token: str = ""
    """How a contract's own list names it; "" where the list says nothing reliable."""
    unlisted: frozenset[SecType] = frozenset()
    """Kinds of contract that take it without listing it."""
    excludes: Mapping[Attribute, str] = field(default_factory=dict)
    not_with: frozenset[Tif] = frozenset()
    closed: Callable[[OrderSpec], str] = lambda _: ""


_ALL = frozenset(OrderType)
_STK, _OPT, _FUT, _CASH, _BAG = SecType.STK, SecType.OPT, SecType.FUT, SecType.CASH, SecType.BAG
_STARTED = frozenset(kind for kind, row in ORDER_TYPES.items() if row.conditions_start)
_ENDED = frozenset(kind for kind, row in ORDER_TYPES.items() if row.conditions_end)
_TRIGGERED = frozenset(kind for kind, row in ORDER_TYPES.items() if row.triggered)
_PARENTS = frozenset(kind for kind, row in ORDER_TYPES.items() if row.children)
_EXTENDED = frozenset(kind for kind, row in ORDER_TYPES.items() if row.outside_rth)
_AT_ONCE = frozenset({Tif.IOC, Tif.FOK})
_NO_ALGO = "An algorithm does not take it (442)."
CURRENCY_METHODS = frozenset({TriggerMethod.DEFAULT, TriggerMethod.BID_ASK, TriggerMethod.MIDPOINT})


def _oca_closed(spec: OrderSpec) -> str:
    if spec.parent_id:
        return "Orders of a bracket are tied by IB already: they take no OCA group."
    if spec.contract.sec_type is _BAG and spec.oca and spec.oca.kind is not OcaKind.REDUCE_WITHOUT_BLOCK:
        return "A combo in an OCA group needs the kind that reduces without block (359)."
    return ""


def _trigger_closed(spec: OrderSpec) -> str:
    odd = spec.contract.sec_type in (_CASH, SecType.CFD) and spec.trigger_method not in CURRENCY_METHODS
    return "Currencies and CFDs trigger by bid or ask, or by the middle, only (146)." if odd else ""


def _hidden_closed(spec: OrderSpec) -> str:
    return "The opening auction takes no hidden orders (10255)." if spec.tif is Tif.OPG else ""


def _algo_closed(spec: OrderSpec) -> str:
    if spec.algo is None:
        return ""
    contract = spec.contract
    return why_not_algo(spec.algo, contract.sec_type, spec.order_type, spec.tif, contract.exchange)


def _all_or_none_closed(spec: OrderSpec) -> str:
    return "A child of a bracket cannot be all or none (201)." if spec.parent_id else ""


ATTRIBUTES: dict[Attribute, AttributeRow] = {
    row.attribute: row
    for row in (
        AttributeRow(
            Attribute.OUTSIDE_RTH,
            "Outside RTH",
            "Also works before the open and after the close.",
            lambda spec: spec.outside_rth,
            _EXTENDED,
            "{title} orders work in regular hours only: IB ignores outside RTH for them.",
            not_with=_AT_ONCE | {Tif.OPG},
            excludes={Attribute.ALGO: "An algorithm works in regular hours only."},
        ),
        AttributeRow(
            Attribute.GOOD_AFTER,
            "Not before",
            "IB holds the order until this time.",
            lambda spec: spec.good_after is not None,
            _ALL,
            "",
            token="GAT",
            not_with=_AT_ONCE | {Tif.OPG},
            excludes={Attribute.ALGO: _NO_ALGO},
        ),
        AttributeRow(
            Attribute.OCA,
            "One cancels all",
            "A fill of one order cancels or reduces the others of its group. IB lets neither be changed later.",
            lambda spec: spec.oca is not None,
            _ALL,
            "",
            token="OCA",
            not_with=_AT_ONCE,
            closed=_oca_closed,
        ),
        AttributeRow(
            Attribute.ICEBERG,
            "Show only",
            "The market sees this much at a time.",
            lambda spec: spec.display_size is not None,
            frozenset({OrderType.LMT}),
            "Only limit orders can show a part.",
            frozenset({_STK, _FUT}),
            "Only stocks and futures can show a part.",
            token="ICE",
            not_with=_AT_ONCE | {Tif.OPG},
            excludes={
                Attribute.HIDDEN: "An order is hidden whole or in part, not both (10255).",
                Attribute.ALL_OR_NONE: "All or none cannot be shown in part.",
                Attribute.ALGO: _NO_ALGO,
            },
        ),
        AttributeRow(
            Attribute.HIDDEN,
            "Hidden",
            "The market does not see the order; it stands behind all that are shown.",
            lambda spec: spec.hidden,
            frozenset({OrderType.LMT}),
            "Only limit orders can be hidden.",
            frozenset({_STK}),
            "Only stocks can be hidden (10255).",
            token="HID",
            excludes={
                Attribute.ICEBERG: "An order is hidden whole or in part, not both (10255).",
                Attribute.ALGO: _NO_ALGO,
            },
            closed=_hidden_closed,
        ),
        AttributeRow(
            Attribute.ALL_OR_NONE,
            "All or none",
            "Fills whole or not at all, and waits for it.",
            lambda spec: spec.all_or_none,
            frozenset({OrderType.LMT, OrderType.MKT, OrderType.STP, OrderType.STP_LMT}),
            "{title} orders cannot be all or none.",
            frozenset({_STK, _OPT}),
            "Only stocks and options can be all or none.",
            token="AON",
            unlisted=frozenset({_OPT}),
            not_with=_AT_ONCE | {Tif.OPG},
            excludes={
                Attribute.ICEBERG: "All or none cannot be shown in part.",
                Attribute.ALGO: "An algorithm fills in parts: it cannot be all or none.",
            },
            closed=_all_or_none_closed,
        ),
        AttributeRow(
            Attribute.DISCRETIONARY,
            "Discretionary",
            "How far beyond its limit the order may secretly go.",
            lambda spec: spec.discretionary is not None,
            frozenset({OrderType.LMT}),
            "Only limit orders take a discretionary amount.",
            frozenset({_STK, _OPT}),
            "Only stocks and options take a discretionary amount.",
            token="DIS",
            unlisted=frozenset({_OPT}),
            excludes={Attribute.ALGO: _NO_ALGO},
        ),
        AttributeRow(
            Attribute.MIN_QUANTITY,
            "At least",
            "The smallest part that may fill at once.",
            lambda spec: spec.minimum_quantity is not None,
            frozenset({OrderType.LMT, OrderType.MKT}),
            "{title} orders take no minimum quantity.",
            frozenset({_OPT}),
            "Only options take a minimum quantity (10256).",
            excludes={Attribute.ALGO: _NO_ALGO},
        ),
        AttributeRow(
            Attribute.TRIGGER_METHOD,
            "Trigger",
            "Which prices set a stop or touch off.",
            lambda spec: spec.trigger_method is not TriggerMethod.DEFAULT,
            _TRIGGERED,
            "Only orders that wait for a price have a trigger.",
            closed=_trigger_closed,
        ),
        AttributeRow(
            Attribute.CONDITIONS,
            "Conditions",
            "IB holds the order until the conditions are met.",
            lambda spec: bool(spec.conditions) and not spec.conditions_cancel,
            _STARTED,
            "{title} orders cannot wait for conditions (148).",
            token="COND",
            not_with=_AT_ONCE | {Tif.OPG},
        ),
        AttributeRow(
            Attribute.CONDITIONS_CANCEL,
            "Cancel if",
            "IB cancels the order once the conditions are met.",
            lambda spec: bool(spec.conditions) and spec.conditions_cancel,
            _ENDED,
            "{title} orders cannot be cancelled by conditions (148).",
            token="COND",
            not_with=_AT_ONCE | {Tif.OPG},
        ),
        AttributeRow(
            Attribute.ALGO,
            "Algorithm",
            "IB works the order by its own rules.",
            lambda spec: spec.algo is not None,
            CARRIERS,
            "An algorithm works with limit and market orders only.",
            frozenset({_STK, _OPT, _FUT}),
            "IB's algorithms take stocks, and Adaptive options and futures.",
            token="ALGO",
            unlisted=frozenset({_OPT}),
            closed=_algo_closed,
        ),
        AttributeRow(
            Attribute.BRACKET,
            "Bracket",
            "A target and a stop that work once the order fills.",
            lambda spec: False,
            _PARENTS,
            "{title} orders take no target or stop of their own.",
            not_with=_AT_ONCE | {Tif.OPG},
            excludes={
                Attribute.ALGO: "An algorithm takes no target or stop of its own.",
                Attribute.OCA: "Orders of a bracket are tied by IB already: they take no OCA group.",
            },
        ),
    )
}


def why_not_attribute(attribute: Attribute, spec: OrderSpec, tokens: frozenset[str]) -> str:
    """Why an order such as `spec` cannot have the attribute, in words; "" when it can.

    `tokens` are the contract's own `orderTypes`; empty when they are not known yet.
    """
    row, sec_type = ATTRIBUTES[attribute], spec.contract.sec_type
    if sec_type in NEVER_TRADED:
        return NEVER_TRADED[sec_type]
    if sec_type not in row.sec_types:
        return row.why_not_sec_type
    if spec.order_type not in row.order_types:
        return row.why_not_type.format(title=ORDER_TYPES[spec.order_type].title)
    if tokens and row.token and row.token not in tokens and sec_type not in row.unlisted:
        return f"This contract does not list {attribute} orders ({row.token})."
    if spec.tif in row.not_with:
        return f"{attribute.value[0].upper()}{attribute.value[1:]} does not go with {spec.tif}."
    for other, words in row.excludes.items():
        if ATTRIBUTES[other].is_set(spec):
            return words
    return row.closed(spec)
