"""Every request of the protocol and its layout; one row each.

A row names what follows the message id. `reqId` and `orderId` give errors their address, so they are
read before anything that may be malformed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from core.simulator.model import Contract, Leg
from core.simulator.wire.fields import (
    Malformed,
    Reader,
    Slot,
    Values,
    read_layout,
    real,
    truth,
    whole,
    whole_or_zero,
)

NO_ID: Final = -1


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as its client sent it, by the names of its layout."""

    msg_id: int
    name: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def req_id(self) -> int:
        return int(self.values.get("reqId", NO_ID))

    @property
    def contract(self) -> Contract:
        found: Contract = self.values["contract"]
        return found

    def text(self, name: str) -> str:
        return str(self.values[name])

    def whole(self, name: str) -> int:
        return int(self.values[name] or 0)

    def real(self, name: str) -> float | None:
        value = self.values[name]
        return None if value is None else float(value)

    def flag(self, name: str) -> bool:
        return bool(self.values[name])


class BadRequest(ValueError):
    """A request whose fields do not fit its layout; `req_id` is -1 when it was not read."""

    def __init__(self, asked: Asked, why: Malformed) -> None:
        self.asked = asked
        self.why = why
        values = asked.values
        self.req_id = int(values.get("reqId", values.get("orderId", NO_ID)))
        super().__init__(str(why))


# --- Groups -------------------------------------------------------------------------------------


def read_contract(reader: Reader, name: str) -> Contract:
    """The twelve fields; unset conId and strike come as "", "0" or "0.0" by client."""
    return Contract(
        con_id=reader.whole("conId") or 0,
        symbol=reader.text("symbol").strip(),
        sec_type=reader.text("secType").strip().upper(),
        expiry=reader.text("lastTradeDateOrContractMonth").strip(),
        strike=reader.number("strike") or 0.0,
        right=_right(reader.text("right")),
        multiplier=reader.text("multiplier").strip(),
        exchange=reader.text("exchange").strip().upper(),
        primary_exchange=reader.text("primaryExchange").strip().upper(),
        currency=reader.text("currency").strip().upper(),
        local_symbol=reader.text("localSymbol").strip(),
        trading_class=reader.text("tradingClass").strip(),
    )


def _right(raw: str) -> str:
    right = raw.strip().upper()
    return {"CALL": "C", "PUT": "P", "?": "", "0": ""}.get(right, right)


def _exercised_contract(reader: Reader, name: str) -> Contract:
    # Eleven fields: no primary exchange.
    return Contract(
        con_id=reader.whole("conId") or 0,
        symbol=reader.text("symbol"),
        sec_type=reader.text("secType"),
        expiry=reader.text("lastTradeDateOrContractMonth"),
        strike=reader.number("strike") or 0.0,
        right=_right(reader.text("right")),
        multiplier=reader.text("multiplier"),
        exchange=reader.text("exchange"),
        currency=reader.text("currency"),
        local_symbol=reader.text("localSymbol"),
        trading_class=reader.text("tradingClass"),
    )


def _fundamental_contract(reader: Reader, name: str) -> Contract:
    # Seven fields: a stock has no expiry, strike or right.
    return Contract(
        con_id=reader.whole("conId") or 0,
        symbol=reader.text("symbol"),
        sec_type=reader.text("secType"),
        exchange=reader.text("exchange"),
        primary_exchange=reader.text("primaryExchange"),
        currency=reader.text("currency"),
        local_symbol=reader.text("localSymbol"),
    )


def _legs(reader: Reader, name: str) -> tuple[Leg, ...]:
    return tuple(
        Leg(
            reader.whole("legConId") or 0,
            reader.whole("legRatio") or 0,
            reader.text("legAction"),
            reader.text("legExchange"),
        )
        for _ in range(reader.count(name))
    )


def read_delta_neutral(reader: Reader, name: str) -> tuple[int, float, float] | None:
    """A flag, and (conId, delta, price) when it is set."""
    if not reader.flag(name):
        return None
    return (
        reader.whole("deltaNeutralConId") or 0,
        reader.number("deltaNeutralDelta") or 0.0,
        reader.number("deltaNeutralPrice") or 0.0,
    )


def is_combo(values: Values) -> bool:
    contract: Contract = values["contract"]
    return contract.sec_type == "BAG"


VERSION = Slot("version", whole)
REQ_ID = Slot("reqId", whole_or_zero)
CONTRACT = Slot("contract", read_contract)
EXPIRED = Slot("includeExpired", truth)
OPTIONS = Slot("options", default="")
BY_ID = (VERSION, REQ_ID)
PLAIN = (VERSION,)


@dataclass(frozen=True, slots=True)
class Layout:
    name: str
    slots: tuple[Slot, ...]


def _ask(name: str, *slots: Slot) -> Layout:
    return Layout(name, slots)


PLACE_ORDER: Final = 3

REQUESTS: Final[dict[int, Layout]] = {
    1: _ask(
        "reqMktData",
        VERSION,
        REQ_ID,
        CONTRACT,
        Slot("comboLegs", _legs, when=is_combo),
        Slot("deltaNeutral", read_delta_neutral),
        Slot("genericTicks"),
        Slot("snapshot", truth),
        Slot("regulatorySnapshot", truth, default=False),
        OPTIONS,
    ),
    2: _ask("cancelMktData", *BY_ID),
    4: _ask(
        "cancelOrder",
        VERSION,
        Slot("orderId", whole_or_zero),
        Slot("manualCancelOrderTime", since=169, default=""),
    ),
    5: _ask("reqOpenOrders", *PLAIN),
    6: _ask("reqAccountUpdates", VERSION, Slot("subscribe", truth), Slot("account", default="")),
    7: _ask(
        "reqExecutions",
        VERSION,
        REQ_ID,
        Slot("clientId", whole),
        Slot("account"),
        Slot("time"),
        Slot("symbol"),
        Slot("secType"),
        Slot("exchange"),
        Slot("side"),
    ),
    8: _ask("reqIds", VERSION, Slot("count", whole, default=1)),
    9: _ask(
        "reqContractDetails",
        VERSION,
        REQ_ID,
        CONTRACT,
        EXPIRED,
        Slot("secIdType"),
        Slot("secId"),
        Slot("issuerId", since=176, default=""),
    ),
    10: _ask(
        "reqMktDepth",
        VERSION,
        REQ_ID,
        CONTRACT,
        Slot("rows", whole_or_zero),
        Slot("smartDepth", truth),
        OPTIONS,
    ),
    11: _ask("cancelMktDepth", VERSION, REQ_ID, Slot("smartDepth", truth, default=False)),
    12: _ask("reqNewsBulletins", VERSION, Slot("allMessages", truth)),
    13: _ask("cancelNewsBulletins", *PLAIN),
    14: _ask("setServerLogLevel", VERSION, Slot("level", whole)),
    15: _ask("reqAutoOpenOrders", VERSION, Slot("autoBind", truth)),
    16: _ask("reqAllOpenOrders", *PLAIN),
    17: _ask("reqManagedAccts", *PLAIN),
    18: _ask("requestFA", VERSION, Slot("faDataType", whole)),
    19: _ask(
        "replaceFA",
        VERSION,
        Slot("faDataType", whole),
        Slot("xml"),
        Slot("reqId", whole_or_zero, default=NO_ID),
    ),
    20: _ask(
        "reqHistoricalData",
        REQ_ID,
        CONTRACT,
        EXPIRED,
        Slot("endDateTime"),
        Slot("barSize"),
        Slot("duration"),
        Slot("useRTH", truth),
        Slot("whatToShow"),
        Slot("formatDate", whole_or_zero),
        Slot("comboLegs", _legs, when=is_combo),
        Slot("keepUpToDate", truth, default=False),
        OPTIONS,
    ),
    21: _ask(
        "exerciseOptions",
        VERSION,
        REQ_ID,
        Slot("contract", _exercised_contract),
        Slot("exerciseAction", whole),
        Slot("exerciseQuantity", whole),
        Slot("account"),
        Slot("override", whole),
    ),
    22: _ask(
        "reqScannerSubscription",
        REQ_ID,
        Slot("numberOfRows", whole),
        Slot("instrument"),
        Slot("locationCode"),
        Slot("scanCode"),
        Slot("abovePrice", real),
        Slot("belowPrice", real),
        Slot("aboveVolume", whole),
        Slot("marketCapAbove", real),
        Slot("marketCapBelow", real),
        Slot("moodyRatingAbove"),
        Slot("moodyRatingBelow"),
        Slot("spRatingAbove"),
        Slot("spRatingBelow"),
        Slot("maturityDateAbove"),
        Slot("maturityDateBelow"),
        Slot("couponRateAbove", real),
        Slot("couponRateBelow", real),
        Slot("excludeConvertible", truth),
        Slot("averageOptionVolumeAbove", whole),
        Slot("scannerSettingPairs"),
        Slot("stockTypeFilter"),
        Slot("filterOptions", default=""),
        OPTIONS,
    ),
    23: _ask("cancelScannerSubscription", *BY_ID),
    24: _ask("reqScannerParameters", *PLAIN),
    25: _ask("cancelHistoricalData", *BY_ID),
    49: _ask("reqCurrentTime", *PLAIN),
    50: _ask(
        "reqRealTimeBars",
        VERSION,
        REQ_ID,
        CONTRACT,
        Slot("barSize", whole),
        Slot("whatToShow"),
        Slot("useRTH", truth),
        OPTIONS,
    ),
    51: _ask("cancelRealTimeBars", *BY_ID),
    52: _ask(
        "reqFundamentalData",
        VERSION,
        REQ_ID,
        Slot("contract", _fundamental_contract),
        Slot("reportType"),
        Slot("optionCount", whole, default=0),
        OPTIONS,
    ),
    53: _ask("cancelFundamentalData", *BY_ID),
    54: _ask(
        "calculateImpliedVolatility",
        VERSION,
        REQ_ID,
        CONTRACT,
        Slot("optionPrice", real),
        Slot("underPrice", real),
        Slot("optionCount", whole, default=0),
        OPTIONS,
    ),
    55: _ask(
        "calculateOptionPrice",
        VERSION,
        REQ_ID,
        CONTRACT,
        Slot("volatility", real),
        Slot("underPrice", real),
        Slot("optionCount", whole, default=0),
        OPTIONS,
    ),
    56: _ask("cancelCalculateImpliedVolatility", *BY_ID),
    57: _ask("cancelCalculateOptionPrice", *BY_ID),
    58: _ask("reqGlobalCancel", *PLAIN),
    59: _ask("reqMarketDataType", VERSION, Slot("marketDataType", whole_or_zero)),
    61: _ask("reqPositions", *PLAIN),
    62: _ask("reqAccountSummary", VERSION, REQ_ID, Slot("group"), Slot("tags")),
    63: _ask("cancelAccountSummary", *BY_ID),
    64: _ask("cancelPositions", *PLAIN),
    65: _ask("verifyRequest", VERSION, Slot("apiName"), Slot("apiVersion")),
    66: _ask("verifyMessage", VERSION, Slot("apiData")),
    67: _ask("queryDisplayGroups", *BY_ID),
    68: _ask("subscribeToGroupEvents", VERSION, REQ_ID, Slot("groupId", whole)),
    69: _ask("updateDisplayGroup", VERSION, REQ_ID, Slot("contractInfo")),
    70: _ask("unsubscribeFromGroupEvents", *BY_ID),
    71: _ask("startApi", VERSION, Slot("clientId", whole_or_zero), Slot("optionalCapabilities", default="")),
    72: _ask("verifyAndAuthRequest", VERSION, Slot("apiName"), Slot("apiVersion"), Slot("opaqueKey")),
    73: _ask("verifyAndAuthMessage", VERSION, Slot("apiData"), Slot("xyzResponse")),
    74: _ask("reqPositionsMulti", VERSION, REQ_ID, Slot("account"), Slot("modelCode")),
    75: _ask("cancelPositionsMulti", *BY_ID),
    76: _ask(
        "reqAccountUpdatesMulti",
        VERSION,
        REQ_ID,
        Slot("account"),
        Slot("modelCode"),
        Slot("ledgerAndNLV", truth),
    ),
    77: _ask("cancelAccountUpdatesMulti", *BY_ID),
    78: _ask(
        "reqSecDefOptParams",
        REQ_ID,
        Slot("underlyingSymbol"),
        Slot("futFopExchange"),
        Slot("underlyingSecType"),
        Slot("underlyingConId", whole_or_zero),
    ),
    79: _ask("reqSoftDollarTiers", REQ_ID),
    80: _ask("reqFamilyCodes"),
    81: _ask("reqMatchingSymbols", REQ_ID, Slot("pattern")),
    82: _ask("reqMktDepthExchanges"),
    83: _ask("reqSmartComponents", REQ_ID, Slot("bboExchange")),
    84: _ask("reqNewsArticle", REQ_ID, Slot("providerCode"), Slot("articleId"), OPTIONS),
    85: _ask("reqNewsProviders"),
    86: _ask(
        "reqHistoricalNews",
        REQ_ID,
        Slot("conId", whole_or_zero),
        Slot("providerCodes"),
        Slot("startDateTime"),
        Slot("endDateTime"),
        Slot("totalResults", whole),
        OPTIONS,
    ),
    87: _ask(
        "reqHeadTimeStamp",
        REQ_ID,
        CONTRACT,
        EXPIRED,
        Slot("useRTH", truth),
        Slot("whatToShow"),
        Slot("formatDate", whole_or_zero),
    ),
    88: _ask("reqHistogramData", REQ_ID, CONTRACT, EXPIRED, Slot("useRTH", truth), Slot("period")),
    89: _ask("cancelHistogramData", REQ_ID),
    90: _ask("cancelHeadTimeStamp", REQ_ID),
    91: _ask("reqMarketRule", Slot("marketRuleId", whole_or_zero)),
    92: _ask("reqPnL", REQ_ID, Slot("account"), Slot("modelCode")),
    93: _ask("cancelPnL", REQ_ID),
    94: _ask("reqPnLSingle", REQ_ID, Slot("account"), Slot("modelCode"), Slot("conId", whole_or_zero)),
    95: _ask("cancelPnLSingle", REQ_ID),
    96: _ask(
        "reqHistoricalTicks",
        REQ_ID,
        CONTRACT,
        EXPIRED,
        Slot("startDateTime"),
        Slot("endDateTime"),
        Slot("count", whole_or_zero),
        Slot("whatToShow"),
        Slot("useRTH", truth),
        Slot("ignoreSize", truth),
        OPTIONS,
    ),
    97: _ask(
        "reqTickByTickData",
        REQ_ID,
        CONTRACT,
        Slot("tickType"),
        Slot("count", whole_or_zero, default=0),
        Slot("ignoreSize", truth, default=False),
    ),
    98: _ask("cancelTickByTickData", REQ_ID),
    99: _ask("reqCompletedOrders", Slot("apiOnly", truth, default=False)),
    100: _ask("reqWshMetaData", REQ_ID),
    101: _ask("cancelWshMetaData", REQ_ID),
    102: _ask(
        "reqWshEventData",
        REQ_ID,
        Slot("conId", whole),
        Slot("filter", since=171, default=""),
        Slot("fillWatchlist", truth, since=171, default=False),
        Slot("fillPortfolio", truth, since=171, default=False),
        Slot("fillCompetitors", truth, since=171, default=False),
        Slot("startDate", since=173, default=""),
        Slot("endDate", since=173, default=""),
        Slot("totalLimit", whole, since=173, default=None),
    ),
    103: _ask("cancelWshEventData", REQ_ID),
    104: _ask("reqUserInfo", REQ_ID),
}


def parse_request(msg_id: int, fields: list[str], version: int) -> Asked | None:
    """The request in `fields` (after the id), None when the id is unknown.

    Fields left over are ignored, as TWS does for everything but orders. Raises `BadRequest`.
    """
    layout = REQUESTS.get(msg_id)
    if layout is None:
        return None
    asked = Asked(msg_id, layout.name)
    reader = Reader(fields, version)
    try:
        read_layout(layout.slots, reader, asked.values)
    except Malformed as why:
        raise BadRequest(asked, why) from None
    return asked
