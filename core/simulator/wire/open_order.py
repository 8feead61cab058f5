"""openOrder and completedOrder: an order as TWS shows it, row by row as recorded from a real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

from core.simulator.model import Leg, MarginPreview, Order
from core.simulator.wire.fields import (
    INFINITY,
    UNSET_DOUBLE,
    UNSET_INT,
    UNSET_LONG,
    flag,
    number,
    price,
)
from core.simulator.wire.frames import frame
from core.simulator.wire.place_order import PEG_BENCH, Condition

Form = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the rows read: the order, and beside it what only the session knows."""

    order: Order
    completed_time: str = ""
    preview: MarginPreview | None = None

    def get(self, name: str) -> Any:
        return self.order.attributes.get(name)


@dataclass(frozen=True, slots=True)
class Row:
    """One field, or a group of fields; there from `since` up to `until`.

    `write` makes it; without one it is the attribute of that name in its `form`, or `default` where none was set.
    """

    name: str
    write: Callable[[Sheet], tuple[str, ...]] | None = None
    since: int = 0
    until: int = 1_000
    default: str = ""
    form: Form = str


def _is(name: str, write: Callable[[Sheet], str], since: int = 0, until: int = 1_000) -> Row:
    return Row(name, lambda sheet: (write(sheet),), since, until)


def _always(name: str, value: str) -> Row:
    return _is(name, lambda _sheet: value)


def _attribute(name: str, default: str = "", form: Form = str, since: int = 0, until: int = 1_000) -> Row:
    """The client's own value, or what TWS shows where none was set."""
    return Row(name, None, since, until, default, form)


def _flags(*names: str) -> tuple[Row, ...]:
    return tuple(_attribute(name, "0", flag) for name in names)


def _plain_price(value: float | None) -> str:
    return price(value or 0.0)


def _offset(value: float) -> str:
    return INFINITY if value == float("inf") else number(value)


def _right(sheet: Sheet) -> str:
    # TWS writes "?" here, and only here, for what has no right.
    return sheet.order.contract.right or "?"


def _stop_price(sheet: Sheet) -> str:
    # Recorded: a plain stop's own price is shown in this field too.
    value = sheet.get("trailStopPrice")
    if value is None and sheet.order.order_type in ("STP", "STP LMT"):
        value = sheet.order.aux_price
    return UNSET_DOUBLE if value is None else price(value)


def _allocation(sheet: Sheet) -> str:
    order = sheet.order
    return f"{order.perm_id}.0/{order.account}/{number(order.quantity)}"


# --- Groups -------------------------------------------------------------------------------------


def _legs(sheet: Sheet) -> tuple[str, ...]:
    legs: tuple[Leg, ...] = sheet.get("comboLegs") or ()
    written = [str(len(legs))]
    for leg in legs:
        written += [
            str(leg.con_id),
            str(leg.ratio),
            leg.action,
            leg.exchange,
            str(leg.open_close),
            str(leg.short_sale_slot),
            leg.designated_location,
            str(leg.exempt_code),
        ]
    return tuple(written)


def _legs_in_words(sheet: Sheet) -> str:
    legs: tuple[Leg, ...] = sheet.get("comboLegs") or ()
    return ",".join(f"{leg.con_id}|{'-' if leg.action == 'SELL' else ''}{leg.ratio}" for leg in legs)


def _leg_prices(sheet: Sheet) -> tuple[str, ...]:
    prices: tuple[float | None, ...] = sheet.get("orderComboLegs") or ()
    return (str(len(prices)), *(number(p) for p in prices))


def _pairs(name: str) -> Callable[[Sheet], tuple[str, ...]]:
    def write(sheet: Sheet) -> tuple[str, ...]:
        found: tuple[tuple[str, str], ...] = sheet.get(name) or ()
        return (str(len(found)), *(part for pair in found for part in pair))

    return write


_SCALE: Final[tuple[tuple[str, str, Form], ...]] = (
    ("scalePriceAdjustValue", UNSET_DOUBLE, number),
    ("scalePriceAdjustInterval", UNSET_INT, number),
    ("scaleProfitOffset", UNSET_DOUBLE, number),
    ("scaleAutoReset", "0", flag),
    ("scaleInitPosition", UNSET_INT, number),
    ("scaleInitFillQty", UNSET_INT, number),
    ("scaleRandomPercent", "0", flag),
)


def _scale(sheet: Sheet) -> tuple[str, ...]:
    if not sheet.get("scalePriceIncrement"):
        return ()
    found = [(sheet.get(name), default, form) for name, default, form in _SCALE]
    return tuple(default if value is None else form(value) for value, default, form in found)


def _hedge(sheet: Sheet) -> tuple[str, ...]:
    kind = sheet.get("hedgeType")
    return (kind, sheet.get("hedgeParam") or "") if kind else ("",)


def _delta_neutral(sheet: Sheet) -> tuple[str, ...]:
    found = sheet.get("deltaNeutral")
    return ("1", str(found[0]), number(found[1]), number(found[2])) if found else ("0",)


def _algo(sheet: Sheet) -> tuple[str, ...]:
    strategy = sheet.get("algoStrategy")
    return (strategy, *_pairs("algoParams")(sheet)) if strategy else ("",)


def _benchmark(sheet: Sheet) -> tuple[str, ...]:
    if sheet.order.order_type not in PEG_BENCH:
        return ()
    return (
        number(sheet.get("referenceContractId") or 0),
        flag(sheet.get("isPeggedChangeAmountDecrease")),
        price(sheet.get("peggedChangeAmount") or 0.0),
        price(sheet.get("referenceChangeAmount") or 0.0),
        sheet.get("referenceExchangeId") or "",
    )


def _conditions(sheet: Sheet) -> tuple[str, ...]:
    found: tuple[Condition, ...] = sheet.get("conditions") or ()
    if not found:
        return ("0",)
    written = [str(len(found))]
    for condition in found:
        written += [str(condition.kind), condition.conjunction, *map(_term, condition.terms)]
    written += [flag(sheet.get("conditionsIgnoreRth")), flag(sheet.get("conditionsCancelOrder"))]
    return tuple(written)


def _term(value: Any) -> str:
    if isinstance(value, bool):
        return flag(value)
    return number(value) if isinstance(value, int | float) or value is None else str(value)


def _margins(sheet: Sheet) -> tuple[str, ...]:
    # Nine margins, three commissions, their currency and a warning: numbers only for a what-if.
    preview = sheet.preview
    if preview is None:
        return (UNSET_DOUBLE,) * 9 + ("",) * 5
    before = (preview.init_before, preview.maint_before, preview.equity_before)
    after = (preview.init_after, preview.maint_after, preview.equity_after)
    change = tuple(a - b for a, b in zip(after, before, strict=True))
    margins = tuple(price(round(value, 2)) for value in (*before, *change, *after))
    commission = price(round(preview.commission, 4))
    return (*margins, commission, "", "", preview.commission_currency, preview.warning)


def _for_stocks(name: str, default: str) -> Row:
    def write(sheet: Sheet) -> str:
        value = sheet.get(name)
        if value is not None:
            return _offset(value)
        return default if sheet.order.contract.sec_type == "STK" else ""

    return _is(name, write, since=170)


# --- Rows that both messages have ---------------------------------------------------------------

_CONTRACT: Final = (
    _is("conId", lambda s: str(s.order.contract.con_id)),
    _is("symbol", lambda s: s.order.contract.symbol),
    _is("secType", lambda s: s.order.contract.sec_type),
    _is("lastTradeDate", lambda s: s.order.contract.expiry),
    _is("strike", lambda s: number(s.order.contract.strike)),
    _is("right", _right),
    _is("multiplier", lambda s: s.order.contract.multiplier),
    _is("exchange", lambda s: s.order.contract.exchange),
    _is("currency", lambda s: s.order.contract.currency),
    _is("localSymbol", lambda s: s.order.contract.local_symbol),
    _is("tradingClass", lambda s: s.order.contract.trading_class),
)

_TERMS: Final = (
    _is("action", lambda s: s.order.action),
    _is("totalQuantity", lambda s: number(s.order.quantity)),
    _is("orderType", lambda s: s.order.order_type),
    _is("lmtPrice", lambda s: _plain_price(s.order.limit_price)),
    _is("auxPrice", lambda s: _plain_price(s.order.aux_price)),
    _is("tif", lambda s: s.order.tif),
    _attribute("ocaGroup"),
    _is("account", lambda s: s.order.account),
    _attribute("openClose"),
    _attribute("origin", "0"),
    _is("orderRef", lambda s: s.order.order_ref),
)

_PERM_ID: Final = _is("permId", lambda s: str(s.order.perm_id))

_SESSION: Final = (
    _is("outsideRth", lambda s: flag(s.order.outside_rth)),
    _attribute("hidden", "0", flag),
    _attribute("discretionaryAmt", "0", number),
    _attribute("goodAfterTime"),
)

_ADVISER: Final = (
    _attribute("faGroup"),
    _attribute("faMethod"),
    _attribute("faPercentage"),
    _attribute("faProfile", until=177),
    _attribute("modelCode"),
    _attribute("goodTillDate"),
    _attribute("rule80A"),
    _attribute("percentOffset", "", number),
    _attribute("settlingFirm"),
    _attribute("shortSaleSlot", "0"),
    _attribute("designatedLocation"),
    _attribute("exemptCode", "-1"),
)

_BOX: Final = (
    _attribute("startingPrice", "", price),
    _attribute("stockRefPrice", "", price),
    _attribute("delta", "", number),
    _attribute("stockRangeLower", "", price),
    _attribute("stockRangeUpper", "", price),
    _attribute("displaySize", UNSET_INT),
)

_VOLATILITY: Final = (
    _attribute("volatility", "", number),
    _attribute("volatilityType", "0"),
    _attribute("deltaNeutralOrderType", "None"),
    _attribute("deltaNeutralAuxPrice", "", price),
    _attribute("deltaNeutralConId", "0"),
)

_SHORT_HEDGE: Final = (
    _attribute("deltaNeutralShortSale", "0", flag),
    _attribute("deltaNeutralShortSaleSlot", "0"),
    _attribute("deltaNeutralDesignatedLocation"),
    _attribute("continuousUpdate", "0", flag),
    _attribute("referencePriceType", "0"),
    _attribute("trailStopPrice", "", price),
    _attribute("trailingPercent", "", number),
)

_COMBO_AND_SCALE: Final = (
    _is("comboLegsDescrip", _legs_in_words),
    Row("comboLegs", _legs),
    Row("orderComboLegs", _leg_prices),
    Row("smartComboRoutingParams", _pairs("smartComboRoutingParams")),
    _attribute("scaleInitLevelSize", UNSET_INT),
    _attribute("scaleSubsLevelSize", UNSET_INT),
    _attribute("scalePriceIncrement", "", price),
    Row("scale", _scale),
    Row("hedge", _hedge),
)

_CLEARING: Final = (
    _attribute("clearingAccount"),
    _attribute("clearingIntent", "IB"),
    _attribute("notHeld", "0", flag),
    Row("deltaNeutral", _delta_neutral),
    Row("algo", _algo),
    _attribute("solicited", "0", flag),
)

_STATUS: Final = _is("status", lambda s: s.order.status)

_RANDOM_AND_CONDITIONS: Final = (
    *_flags("randomizeSize", "randomizePrice"),
    Row("benchmark", _benchmark),
    Row("conditions", _conditions),
)

_PEG_OFFSETS: Final = (
    _attribute("midOffsetAtWhole", "", number, since=170),
    _attribute("midOffsetAtHalf", "", number, since=170),
)

_CASH: Final = (
    _attribute("cashQty", "0", number),
    _attribute("dontUseAutoPriceForHedge", "1", flag),
    _attribute("isOmsContainer", "0", flag),
)

# --- The two messages ---------------------------------------------------------------------------

OPEN_ORDER: Final[tuple[Row, ...]] = (
    _is("orderId", lambda s: str(s.order.order_id)),
    *_CONTRACT,
    *_TERMS,
    _is("clientId", lambda s: str(s.order.client_id)),
    _PERM_ID,
    *_SESSION,
    _is("sharesAllocation", _allocation),
    *_ADVISER,
    _attribute("auctionStrategy", "0"),
    *_BOX,
    *_flags("blockOrder", "sweepToFill", "allOrNone"),
    _attribute("minQty"),
    _attribute("ocaType", "3"),
    *_flags("eTradeOnly", "firmQuoteOnly"),
    _attribute("nbboPriceCap", "", price),
    _is("parentId", lambda s: str(s.order.parent_id)),
    _attribute("triggerMethod", "0"),
    *_VOLATILITY,
    _attribute("deltaNeutralSettlingFirm"),
    _attribute("deltaNeutralClearingAccount"),
    _attribute("deltaNeutralClearingIntent"),
    _attribute("deltaNeutralOpenClose", "?"),
    *_SHORT_HEDGE,
    _always("basisPoints", ""),
    _always("basisPointsType", ""),
    *_COMBO_AND_SCALE,
    _attribute("optOutSmartRouting", "0", flag),
    *_CLEARING,
    _is("whatIf", lambda s: flag(s.order.what_if)),
    _STATUS,
    Row("margins", _margins),
    *_RANDOM_AND_CONDITIONS,
    _attribute("adjustedOrderType", "None"),
    _attribute("triggerPrice", UNSET_DOUBLE, price),
    _is("stopPrice", _stop_price),
    _attribute("lmtPriceOffset", UNSET_DOUBLE, price),
    _attribute("adjustedStopPrice", UNSET_DOUBLE, price),
    _attribute("adjustedStopLimitPrice", UNSET_DOUBLE, price),
    _attribute("adjustedTrailingAmount", UNSET_DOUBLE, price),
    _attribute("adjustableTrailingUnit", "0"),
    _attribute("softDollarTier.name"),
    _attribute("softDollarTier.val"),
    _always("softDollarTier.displayName", ""),
    *_CASH,
    *_flags("discretionaryUpToLimitPrice", "usePriceMgmtAlgo"),
    _attribute("duration", since=158),
    _attribute("postToAts", since=160),
    _attribute("autoCancelParent", "0", flag, since=162),
    _attribute("minTradeQty", since=170),
    _for_stocks("minCompeteSize", "100"),
    _for_stocks("competeAgainstBestOffset", "0.02"),
    *_PEG_OFFSETS,
)

COMPLETED_ORDER: Final[tuple[Row, ...]] = (
    *_CONTRACT,
    *_TERMS,
    _PERM_ID,
    *_SESSION,
    *_ADVISER,
    *_BOX,
    *_flags("sweepToFill", "allOrNone"),
    _attribute("minQty"),
    _attribute("ocaType", "3"),
    _attribute("triggerMethod", "0"),
    *_VOLATILITY,
    *_SHORT_HEDGE,
    *_COMBO_AND_SCALE,
    *_CLEARING,
    _STATUS,
    *_RANDOM_AND_CONDITIONS,
    _is("stopPrice", _stop_price),
    _attribute("lmtPriceOffset", UNSET_DOUBLE, price),
    *_CASH,
    _always("autoCancelDate", ""),
    _is("filledQuantity", lambda s: number(s.order.filled)),
    _always("refFuturesConId", UNSET_INT),
    _attribute("autoCancelParent", "0", flag),
    _always("shareholder", "Not an insider or substantial shareholder"),
    *_flags("imbalanceOnly", "routeMarketableToBbo"),
    _always("parentPermId", UNSET_LONG),
    _is("completedTime", lambda s: s.completed_time),
    _is("completedStatus", lambda s: s.order.completed_status),
    _attribute("minTradeQty", since=170),
    _attribute("minCompeteSize", since=170),
    _attribute("competeAgainstBestOffset", "", _offset, since=170),
    *_PEG_OFFSETS,
)

_ROWS: Final = {5: OPEN_ORDER, 101: COMPLETED_ORDER}


def open_order(version: int, order: Order, preview: MarginPreview | None = None) -> bytes:
    """Message 5; `preview` makes it the answer to a what-if."""
    return _write(5, version, Sheet(order, preview=preview))


def completed_order(version: int, order: Order, completed_time: str) -> bytes:
    """Message 101; `completed_time` is already text, "20250312 14:13:48 US/Eastern"."""
    return _write(101, version, Sheet(order, completed_time=completed_time))


class _Plan(NamedTuple):
    """The rows of one message at one version: most are attributes that hardly any order sets."""

    defaults: tuple[tuple[str, ...], ...]
    attributes: dict[str, tuple[int, Form]]
    """Place and form of each."""
    made: tuple[tuple[int, Callable[[Sheet], tuple[str, ...]]], ...]


@cache
def _plan(msg_id: int, version: int) -> _Plan:
    rows = [row for row in _ROWS[msg_id] if row.since <= version < row.until]
    return _Plan(
        tuple((row.default,) for row in rows),
        {row.name: (at, row.form) for at, row in enumerate(rows) if row.write is None},
        tuple((at, row.write) for at, row in enumerate(rows) if row.write is not None),
    )


def _write(msg_id: int, version: int, sheet: Sheet) -> bytes:
    plan = _plan(msg_id, version)
    groups = [*plan.defaults]
    for name, value in sheet.order.attributes.items():
        if value is not None and name in plan.attributes:
            at, form = plan.attributes[name]
            groups[at] = (form(value),)
    for at, write in plan.made:
        groups[at] = write(sheet)
    return frame(str(msg_id), *chain.from_iterable(groups))
