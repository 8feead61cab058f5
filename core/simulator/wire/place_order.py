"""placeOrder, the one request with branches in it: over a hundred fields to one `Order`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from core.simulator.model import Contract, Leg, Order
from core.simulator.wire.fields import (
    Malformed,
    Reader,
    Slot,
    Values,
    pairs,
    read_layout,
    real,
    truth,
    whole,
    whole_or_zero,
)
from core.simulator.wire.requests import (
    Asked,
    BadRequest,
    is_combo,
    read_contract,
    read_delta_neutral,
)

PRICE, TIME, MARGIN, EXECUTION, VOLUME, PERCENT_CHANGE = 1, 3, 4, 5, 6, 7

CONDITION_FIELDS: Final[dict[int, tuple[Slot, ...]]] = {
    PRICE: (
        Slot("isMore", truth),
        Slot("price", real),
        Slot("conId", whole),
        Slot("exchange"),
        Slot("triggerMethod", whole_or_zero),
    ),
    TIME: (Slot("isMore", truth), Slot("time")),
    MARGIN: (Slot("isMore", truth), Slot("percent", real)),
    EXECUTION: (Slot("secType"), Slot("exchange"), Slot("symbol")),
    VOLUME: (Slot("isMore", truth), Slot("volume", whole), Slot("conId", whole), Slot("exchange")),
    PERCENT_CHANGE: (
        Slot("isMore", truth),
        Slot("changePercent", real),
        Slot("conId", whole),
        Slot("exchange"),
    ),
}
"""What follows type and conjunction, by condition type."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: `kind` is the wire's number, `terms` follow `CONDITION_FIELDS`."""

    kind: int
    conjunction: str  # a: and, o: or
    terms: tuple[Any, ...]

    def term(self, name: str) -> Any:
        names = [slot.name for slot in CONDITION_FIELDS[self.kind]]
        return self.terms[names.index(name)]


# --- Groups -------------------------------------------------------------------------------------


def _order_legs(reader: Reader, name: str) -> tuple[Leg, ...]:
    return tuple(
        Leg(
            con_id=reader.whole("legConId") or 0,
            ratio=reader.whole("legRatio") or 0,
            action=reader.text("legAction"),
            exchange=reader.text("legExchange"),
            open_close=reader.whole("legOpenClose") or 0,
            short_sale_slot=reader.whole("legShortSaleSlot") or 0,
            designated_location=reader.text("legDesignatedLocation"),
            exempt_code=_or(reader.whole("legExemptCode"), -1),
        )
        for _ in range(reader.count(name))
    )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _leg_prices(reader: Reader, name: str) -> tuple[float | None, ...]:
    return tuple(reader.number(name) for _ in range(reader.count(name)))


def _conditions(reader: Reader, name: str) -> tuple[Condition, ...]:
    return tuple(_condition(reader) for _ in range(reader.count(name)))


def _condition(reader: Reader) -> Condition:
    kind = reader.whole("conditionType") or 0
    if kind not in CONDITION_FIELDS:
        raise Malformed("conditionType", str(kind))
    conjunction = reader.text("conjunction")
    if conjunction not in ("a", "o"):
        raise Malformed("conjunction", conjunction)
    terms: dict[str, Any] = {}
    read_layout(CONDITION_FIELDS[kind], reader, terms)
    return Condition(kind, conjunction, tuple(terms.values()))


# --- When a group is there ----------------------------------------------------------------------


def _set(name: str) -> Any:
    return lambda values: bool(values[name])


def _scales(values: Values) -> bool:
    increment = values["scalePriceIncrement"]
    return increment is not None and increment > 0


def _type_in(*kinds: str) -> Any:
    return lambda values: values["orderType"] in kinds


PEG_BENCH = ("PEG BENCH", "PEGBENCH")
PEG_BEST = ("PEG BEST", "PEGBEST")
PEG_MID = ("PEG MID", "PEGMID")


def _to_ats(values: Values) -> bool:
    contract: Contract = values["contract"]
    return contract.exchange == "IBKRATS"


def _sends_mid_offsets(values: Values) -> bool:
    if values["orderType"] in PEG_BEST:
        return bool(values["competeAgainstBestOffset"] == float("inf"))
    return values["orderType"] in PEG_MID


def _upper(reader: Reader, name: str) -> str:
    return reader.text(name).strip().upper()


_NEUTRAL = _set("deltaNeutralOrderType")
_PEGGED = _type_in(*PEG_BENCH)

PLACE_ORDER_LAYOUT: Final[tuple[Slot, ...]] = (
    Slot("orderId", whole_or_zero),
    Slot("contract", read_contract),
    Slot("secIdType"),
    Slot("secId"),
    Slot("action", _upper),
    Slot("totalQuantity", real),
    Slot("orderType", _upper),
    Slot("lmtPrice", real),
    Slot("auxPrice", real),
    Slot("tif", _upper),
    Slot("ocaGroup"),
    Slot("account"),
    Slot("openClose"),
    Slot("origin", whole),
    Slot("orderRef"),
    Slot("transmit", truth),
    Slot("parentId", whole_or_zero),
    Slot("blockOrder", truth),
    Slot("sweepToFill", truth),
    Slot("displaySize", whole),
    Slot("triggerMethod", whole),
    Slot("outsideRth", truth),
    Slot("hidden", truth),
    Slot("comboLegs", _order_legs, when=is_combo),
    Slot("orderComboLegs", _leg_prices, when=is_combo),
    Slot("smartComboRoutingParams", pairs, when=is_combo),
    Slot("sharesAllocation"),
    Slot("discretionaryAmt", real),
    Slot("goodAfterTime"),
    Slot("goodTillDate"),
    Slot("faGroup"),
    Slot("faMethod"),
    Slot("faPercentage"),
    Slot("faProfile", until=177),
    Slot("modelCode"),
    Slot("shortSaleSlot", whole),
    Slot("designatedLocation"),
    Slot("exemptCode", whole),
    Slot("ocaType", whole),
    Slot("rule80A"),
    Slot("settlingFirm"),
    Slot("allOrNone", truth),
    Slot("minQty", whole),
    Slot("percentOffset", real),
    Slot("eTradeOnly", truth),
    Slot("firmQuoteOnly", truth),
    Slot("nbboPriceCap", real),
    Slot("auctionStrategy", whole),
    Slot("startingPrice", real),
    Slot("stockRefPrice", real),
    Slot("delta", real),
    Slot("stockRangeLower", real),
    Slot("stockRangeUpper", real),
    Slot("overridePercentageConstraints", truth),
    Slot("volatility", real),
    Slot("volatilityType", whole),
    Slot("deltaNeutralOrderType"),
    Slot("deltaNeutralAuxPrice", real),
    Slot("deltaNeutralConId", whole, when=_NEUTRAL),
    Slot("deltaNeutralSettlingFirm", when=_NEUTRAL),
    Slot("deltaNeutralClearingAccount", when=_NEUTRAL),
    Slot("deltaNeutralClearingIntent", when=_NEUTRAL),
    Slot("deltaNeutralOpenClose", when=_NEUTRAL),
    Slot("deltaNeutralShortSale", truth, when=_NEUTRAL),
    Slot("deltaNeutralShortSaleSlot", whole, when=_NEUTRAL),
    Slot("deltaNeutralDesignatedLocation", when=_NEUTRAL),
    Slot("continuousUpdate", truth),
    Slot("referencePriceType", whole),
    Slot("trailStopPrice", real),
    Slot("trailingPercent", real),
    Slot("scaleInitLevelSize", whole),
    Slot("scaleSubsLevelSize", whole),
    Slot("scalePriceIncrement", real),
    Slot("scalePriceAdjustValue", real, when=_scales),
    Slot("scalePriceAdjustInterval", whole, when=_scales),
    Slot("scaleProfitOffset", real, when=_scales),
    Slot("scaleAutoReset", truth, when=_scales),
    Slot("scaleInitPosition", whole, when=_scales),
    Slot("scaleInitFillQty", whole, when=_scales),
    Slot("scaleRandomPercent", truth, when=_scales),
    Slot("scaleTable"),
    Slot("activeStartTime"),
    Slot("activeStopTime"),
    Slot("hedgeType"),
    Slot("hedgeParam", when=_set("hedgeType")),
    Slot("optOutSmartRouting", truth),
    Slot("clearingAccount"),
    Slot("clearingIntent"),
    Slot("notHeld", truth),
    Slot("deltaNeutral", read_delta_neutral),
    Slot("algoStrategy"),
    Slot("algoParams", pairs, when=_set("algoStrategy")),
    Slot("algoId"),
    Slot("whatIf", truth),
    Slot("orderMiscOptions"),
    Slot("solicited", truth),
    Slot("randomizeSize", truth),
    Slot("randomizePrice", truth),
    Slot("referenceContractId", whole, when=_PEGGED),
    Slot("isPeggedChangeAmountDecrease", truth, when=_PEGGED),
    Slot("peggedChangeAmount", real, when=_PEGGED),
    Slot("referenceChangeAmount", real, when=_PEGGED),
    Slot("referenceExchangeId", when=_PEGGED),
    Slot("conditions", _conditions),
    Slot("conditionsIgnoreRth", truth, when=_set("conditions")),
    Slot("conditionsCancelOrder", truth, when=_set("conditions")),
    Slot("adjustedOrderType"),
    Slot("triggerPrice", real),
    Slot("lmtPriceOffset", real),
    Slot("adjustedStopPrice", real),
    Slot("adjustedStopLimitPrice", real),
    Slot("adjustedTrailingAmount", real),
    Slot("adjustableTrailingUnit", whole),
    Slot("extOperator"),
    Slot("softDollarTier.name"),
    Slot("softDollarTier.val"),
    Slot("cashQty", real),
    Slot("mifid2DecisionMaker"),
    Slot("mifid2DecisionAlgo"),
    Slot("mifid2ExecutionTrader"),
    Slot("mifid2ExecutionAlgo"),
    Slot("dontUseAutoPriceForHedge", truth),
    Slot("isOmsContainer", truth),
    Slot("discretionaryUpToLimitPrice", truth),
    Slot("usePriceMgmtAlgo", truth),
    Slot("duration", whole, since=158),
    Slot("postToAts", whole, since=160),
    Slot("autoCancelParent", truth, since=162),
    Slot("advancedErrorOverride", since=166),
    Slot("manualOrderTime", since=169),
    Slot("minTradeQty", whole, since=170, when=_to_ats),
    Slot("minCompeteSize", whole, since=170, when=_type_in(*PEG_BEST)),
    Slot("competeAgainstBestOffset", real, since=170, when=_type_in(*PEG_BEST)),
    Slot("midOffsetAtWhole", real, since=170, when=_sends_mid_offsets),
    Slot("midOffsetAtHalf", real, since=170, when=_sends_mid_offsets),
)

_IN_ORDER: Final = frozenset(
    {"orderId", "contract", "action", "totalQuantity", "orderType", "lmtPrice", "auxPrice", "tif"}
    | {"account", "orderRef", "transmit", "parentId", "outsideRth", "whatIf"}
)

_DEFAULTS: Final[dict[str, tuple[Any, ...]]] = {
    "openClose": ("O",),
    "exemptCode": (-1,),
    "deltaNeutralOrderType": ("None", "NONE"),
    "adjustedOrderType": ("None", "NONE"),
    "deltaNeutralOpenClose": ("?",),
    "discretionaryAmt": (0.0,),
    "cashQty": (0.0,),
    "scalePriceIncrement": (0.0,),
} | dict.fromkeys(
    [
        "origin",
        "displaySize",
        "triggerMethod",
        "shortSaleSlot",
        "ocaType",
        "auctionStrategy",
        "volatilityType",
        "deltaNeutralConId",
        "deltaNeutralShortSaleSlot",
        "referencePriceType",
        "adjustableTrailingUnit",
    ],
    (0,),
)
"""What besides empty is the same as not set: every client sends these for a plain order."""


def parse_place_order(fields: list[str], version: int) -> Asked:
    """The fields of placeOrder (after the id) by name; `BadRequest` when they do not fit exactly."""
    try:
        return _parse(PLACE_ORDER_LAYOUT, fields, version)
    except BadRequest as first:
        # One client writes the seven scale fields whenever an increment is given, even 0.
        if first.asked.values.get("scalePriceIncrement") != 0.0:
            raise
        try:
            return _parse(_SCALED_BY_ZERO, fields, version)
        except BadRequest:
            raise first from None


_SCALED_BY_ZERO: Final = tuple(
    Slot(slot.name, slot.read, slot.since, slot.until) if slot.when is _scales else slot
    for slot in PLACE_ORDER_LAYOUT
)


def _parse(layout: tuple[Slot, ...], fields: list[str], version: int) -> Asked:
    asked = Asked(3, "placeOrder")
    reader = Reader(fields, version)
    try:
        read_layout(layout, reader, asked.values)
        if reader.says_more:
            raise Malformed("end of order", f"{reader.left} more fields")
    except Malformed as why:
        raise BadRequest(asked, why) from None
    return asked


def order_of(asked: Asked, client_id: int) -> Order:
    """The order that `asked` places; `attributes` holds what was set beyond the plain fields."""
    v = asked.values
    return Order(
        client_id=client_id,
        order_id=v["orderId"],
        contract=v["contract"],
        action=v["action"],
        quantity=v["totalQuantity"] or 0.0,
        order_type=v["orderType"],
        limit_price=v["lmtPrice"],
        aux_price=v["auxPrice"],
        tif=v["tif"] or "DAY",
        account=v["account"],
        order_ref=v["orderRef"],
        transmit=v["transmit"],
        parent_id=v["parentId"],
        outside_rth=v["outsideRth"],
        what_if=v["whatIf"],
        attributes={name: value for name, value in v.items() if _was_set(name, value)},
    )


def _was_set(name: str, value: Any) -> bool:
    if name in _IN_ORDER or value is None or value is False or value == "" or value == ():
        return False
    return value not in _DEFAULTS.get(name, ())
