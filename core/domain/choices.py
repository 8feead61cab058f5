"""What is open for an order so far, what is closed, and why: the tables joined with the contract's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.domain.algos import ALGOS, fault_of_params, why_not_algo
from core.domain.attributes import ATTRIBUTES, CURRENCY_METHODS, Attribute, why_not_attribute
from core.domain.conditions import TriggerMethod, VolumeCondition
from core.domain.contract import ContractDetails, SecType
from core.domain.order import Algo, OcaKind, OrderSpec, OrderType, Tif
from core.domain.order_types import (
    FIELDS,
    ORDER_TYPES,
    PAIRS,
    Child,
    Need,
    PriceField,
    why_not,
    why_not_tif,
)

OPTION_DISCRETION = Decimal("0.10")
"""The most that an option order's discretion may be of its limit."""
MOST_VOLUME = 2**31 - 1
WHOLE_ONLY = frozenset(SecType) - {SecType.CASH, SecType.CRYPTO, SecType.FUND}
"""10243: IB's API takes no fractions of a share, though contracts list fractional increments."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Every choice with the reason why it is closed; "" is open."""

    order_types: Mapping[OrderType, str]
    tifs: Mapping[Tif, str]
    attributes: Mapping[Attribute, str]
    algos: Mapping[str, str]
    children: Mapping[Child, str]
    oca_kinds: Mapping[OcaKind, str]
    trigger_methods: Mapping[TriggerMethod, str]
    fields: Mapping[PriceField, Need]
    exchanges: tuple[str, ...]
    smallest: Decimal
    """The least quantity that can be traded."""
    faults: tuple[str, ...]
    """What is wrong or missing in the order so far, first things first; none: IB should take it."""


def choices(details: ContractDetails | None, spec: OrderSpec) -> Choices:
    """The choices for `spec`, which may lack its prices and its quantity (0).

    `details` are the contract's own rules; `None` until they are known: the tables alone then decide.
    """
    tokens = details.order_types if details else frozenset()
    sec_type = spec.contract.sec_type
    return Choices(
        order_types={
            kind: why_not(kind, sec_type, spec.tif, outside_rth=False, tokens=tokens) for kind in OrderType
        },
        tifs={tif: why_not_tif(ORDER_TYPES[spec.order_type], sec_type, tif, tokens) for tif in Tif},
        attributes={one: why_not_attribute(one, spec, tokens) for one in Attribute},
        algos={
            name: why_not_algo(Algo(name), sec_type, spec.order_type, spec.tif, spec.contract.exchange)
            for name in ALGOS
        },
        children=_children(spec, tokens),
        oca_kinds=_oca_kinds(sec_type),
        trigger_methods=_trigger_methods(sec_type),
        fields={name: ORDER_TYPES[spec.order_type].need(name) for name in PriceField},
        exchanges=details.valid_exchanges if details else (),
        smallest=least_quantity(sec_type, details),
        faults=faults(spec, details),
    )


def quantity_step(sec_type: SecType, details: ContractDetails | None) -> Decimal:
    """What quantities go up by, as IB's API takes them."""
    listed = details.size_increment if details else Decimal(1)
    return max(listed, Decimal(1)) if sec_type in WHOLE_ONLY else listed


def least_quantity(sec_type: SecType, details: ContractDetails | None) -> Decimal:
    step = quantity_step(sec_type, details)
    return max(details.min_size, step) if details else step


def _children(spec: OrderSpec, tokens: frozenset[str]) -> dict[Child, str]:
    closed = why_not_attribute(Attribute.BRACKET, spec, tokens)
    row = ORDER_TYPES[spec.order_type]
    trailing = "A trailing stop hangs on limit and stop-limit orders only (328)."
    return {child: closed or ("" if child in row.children else trailing) for child in Child}


def _oca_kinds(sec_type: SecType) -> dict[OcaKind, str]:
    words = "A combo in an OCA group needs the kind that reduces without block (359)."
    bag = sec_type is SecType.BAG
    return {kind: words if bag and kind is not OcaKind.REDUCE_WITHOUT_BLOCK else "" for kind in OcaKind}


def _trigger_methods(sec_type: SecType) -> dict[TriggerMethod, str]:
    words = "Currencies and CFDs trigger by bid or ask, or by the middle, only (146)."
    few = sec_type in (SecType.CASH, SecType.CFD)
    return {method: words if few and method not in CURRENCY_METHODS else "" for method in TriggerMethod}


# --- what is wrong with an order --------------------------------------------------------------------


def faults(spec: OrderSpec, details: ContractDetails | None) -> tuple[str, ...]:
    """Everything IB would refuse in the form of `spec`, in words; the market and the account are not asked."""
    tokens = details.order_types if details else frozenset()
    return tuple(
        fault
        for fault in (
            why_closed(spec, tokens),
            *(one.words for one in price_faults(spec)),
            *value_faults(spec),
        )
        if fault
    )


def why_closed(spec: OrderSpec, tokens: frozenset[str]) -> str:
    """Why type, time in force, session and attributes do not go together; "" when they do."""
    sec_type = spec.contract.sec_type
    if reason := why_not(spec.order_type, sec_type, spec.tif, spec.outside_rth, tokens):
        return reason
    for attribute, row in ATTRIBUTES.items():
        if row.is_set(spec) and (reason := why_not_attribute(attribute, spec, tokens)):
            return reason
    if sec_type is SecType.CRYPTO and spec.order_type is OrderType.MKT and spec.side.sign > 0:
        return "IB buys crypto at the market by an amount of money only. Use a limit order."
    return ""


@dataclass(frozen=True, slots=True)
class PriceFault:
    """A price that is missing or too many: what is there, what should be, and both in a sentence."""

    measured: str
    limit: str
    words: str


def price_faults(spec: OrderSpec) -> tuple[PriceFault, ...]:
    """Prices that are missing, or that the type does not take."""
    row = ORDER_TYPES[spec.order_type]
    title = row.title.lower()
    found = []
    for name in PriceField:
        need, given = row.need(name), getattr(spec, name) is not None
        what = FIELDS[name].title
        if need is Need.MUST and not given:
            found.append(PriceFault(f"no {what}", f"a {what}", f"A {title} order needs a {what}."))
        elif need is Need.NEVER and given:
            words = f"A {title} order takes no {what}. Leave it out, or choose another type."
            found.append(PriceFault(f"a {what}", f"no {what}", words))
    for one, other in PAIRS:
        if row.need(one) is Need.ALTERNATIVE and row.need(other) is Need.ALTERNATIVE:
            count = (getattr(spec, one) is not None) + (getattr(spec, other) is not None)
            if count != 1:
                either = f"a {FIELDS[one].title} or a {FIELDS[other].title}"
                words = f"A {title} order needs {either}{', not both' if count else ''}."
                found.append(PriceFault("both" if count else "neither", "one of the two", words))
    return tuple(found)


def value_faults(spec: OrderSpec) -> tuple[str, ...]:
    """Attributes whose values cannot be, as far as the order itself tells."""
    checks = (_till_fault, _display_fault, _least_fault, _discretion_fault, _volume_fault, _legs_fault)
    found = [fault for check in checks if (fault := check(spec))]
    if spec.algo is not None and spec.algo.strategy in ALGOS and (fault := fault_of_params(spec.algo)):
        found.append(fault)
    return tuple(found)


def _till_fault(spec: OrderSpec) -> str:
    if spec.tif is Tif.GTD and spec.good_till is None:
        return f"{Tif.GTD} needs the date and time that the order is good till."
    if spec.tif is not Tif.GTD and spec.good_till is not None:
        return f"Only {Tif.GTD} orders have an end date: the time in force is {spec.tif}."
    if spec.good_after and spec.good_till and spec.good_after >= spec.good_till:
        return "The order would end before it begins."
    return ""


def _display_fault(spec: OrderSpec) -> str:
    shown = spec.display_size
    if shown is None or (0 < shown < spec.quantity and shown == shown.to_integral_value()):
        return ""
    return f"The part shown must be a whole number under the quantity of {spec.quantity:f}."


def _least_fault(spec: OrderSpec) -> str:
    least = spec.minimum_quantity
    if least is None or (0 < least <= spec.quantity and least == least.to_integral_value()):
        return ""
    return f"The minimum quantity must be a whole number up to the quantity of {spec.quantity:f}."


def _discretion_fault(spec: OrderSpec) -> str:
    amount = spec.discretionary
    if amount is None:
        return ""
    if amount <= 0:
        return "The discretionary amount must be above zero."
    most = OPTION_DISCRETION * (spec.limit_price or Decimal(0))
    if spec.contract.sec_type is SecType.OPT and amount > most:
        return f"An option's discretionary amount is at most a tenth of its limit: {most.normalize():f}."
    return ""


def _volume_fault(spec: OrderSpec) -> str:
    for one in spec.conditions:
        if isinstance(one, VolumeCondition) and not 0 < one.volume <= MOST_VOLUME:
            return f"A volume condition takes a whole number up to {MOST_VOLUME:,}."
    return ""


def _legs_fault(spec: OrderSpec) -> str:
    is_combo = spec.contract.sec_type is SecType.BAG
    if is_combo and len(spec.contract.legs) < 2:
        return "A combo needs at least two legs."
    return "Only a combo has legs." if spec.contract.legs and not is_combo else ""


def without(spec: OrderSpec, attribute: Attribute) -> OrderSpec:
    """`spec` with one attribute taken off again."""
    return replace(spec, **_OFF[attribute])


_OFF: dict[Attribute, dict[str, Any]] = {
    Attribute.OUTSIDE_RTH: {"outside_rth": False},
    Attribute.GOOD_AFTER: {"good_after": None},
    Attribute.OCA: {"oca": None},
    Attribute.ICEBERG: {"display_size": None},
    Attribute.HIDDEN: {"hidden": False},
    Attribute.ALL_OR_NONE: {"all_or_none": False},
    Attribute.DISCRETIONARY: {"discretionary": None},
    Attribute.MIN_QUANTITY: {"minimum_quantity": None},
    Attribute.TRIGGER_METHOD: {"trigger_method": TriggerMethod.DEFAULT},
    Attribute.CONDITIONS: {"conditions": ()},
    Attribute.CONDITIONS_CANCEL: {"conditions": (), "conditions_cancel": False},
    Attribute.ALGO: {"algo": None},
    Attribute.BRACKET: {},
}
