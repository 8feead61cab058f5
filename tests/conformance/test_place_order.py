"""What the parser reads of an order is what its client meant, for every attribute and version.

ib_async's own encoder writes the orders, so the two readings of the protocol check each other.
"""

from __future__ import annotations

import math
from typing import Any

import ib_async
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_async.client import Client
from ib_async.decoder import Decoder

from core.simulator.model import Contract, Leg
from core.simulator.wire.fields import UNSET_DOUBLE
from core.simulator.wire.frames import NEWEST_VERSION, OLDEST_VERSION, frame_fields
from core.simulator.wire.open_order import completed_order, open_order
from core.simulator.wire.place_order import Condition, order_of, parse_place_order
from core.simulator.wire.requests import Asked, BadRequest

AAPL = ib_async.Stock("AAPL", "SMART", "USD", conId=265598)


class _Encoder(Client):
    """ib_async's client as far as its encoder, at a version of our choice."""

    def __init__(self, version: int) -> None:
        self._serverVersion = version
        self.sent: list[str] = []

    def isConnected(self) -> bool:
        return True

    def sendMsg(self, msg: str) -> None:
        self.sent = msg.split("\0")[:-1]


def encoded(version: int, contract: ib_async.Contract, order: ib_async.Order) -> list[str]:
    client = _Encoder(version)
    client.placeOrder(77, contract, order)
    assert client.sent[0] == "3"
    return client.sent[1:]


def read(version: int, contract: ib_async.Contract, order: ib_async.Order) -> Asked:
    return parse_place_order(encoded(version, contract, order), version)


# --- Every attribute ----------------------------------------------------------------------------

_words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_ascii = st.text(st.characters(codec="ascii", exclude_characters="\0\\"), max_size=12)
_wholes = st.integers(1, 2_000_000)
_reals = st.floats(0.0001, 1e9, allow_nan=False).map(lambda x: round(x, 6))
_flags = st.booleans()


def _named(text: str) -> list[str]:
    return text.split()


TEXTS = _named(
    "ocaGroup openClose goodAfterTime goodTillDate faGroup faMethod faPercentage modelCode designatedLocation rule80A "
    "settlingFirm deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent "
    "deltaNeutralDesignatedLocation scaleTable activeStartTime activeStopTime hedgeParam clearingAccount "
    "clearingIntent algoId referenceExchangeId extOperator mifid2DecisionMaker mifid2DecisionAlgo "
    "mifid2ExecutionTrader mifid2ExecutionAlgo advancedErrorOverride manualOrderTime"
)
WHOLES = _named(
    "origin displaySize triggerMethod shortSaleSlot ocaType minQty auctionStrategy volatilityType deltaNeutralConId "
    "deltaNeutralShortSaleSlot referencePriceType scaleInitLevelSize scaleSubsLevelSize scalePriceAdjustInterval "
    "scaleInitPosition scaleInitFillQty referenceContractId adjustableTrailingUnit duration postToAts minTradeQty "
    "minCompeteSize exemptCode"
)
REALS = _named(
    "discretionaryAmt percentOffset nbboPriceCap startingPrice stockRefPrice delta stockRangeLower stockRangeUpper "
    "deltaNeutralAuxPrice trailStopPrice trailingPercent scalePriceIncrement scalePriceAdjustValue scaleProfitOffset "
    "peggedChangeAmount referenceChangeAmount triggerPrice lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice "
    "adjustedTrailingAmount cashQty midOffsetAtWhole midOffsetAtHalf"
)
FLAGS = _named(
    "blockOrder sweepToFill hidden allOrNone eTradeOnly firmQuoteOnly overridePercentageConstraints "
    "deltaNeutralShortSale continuousUpdate scaleAutoReset scaleRandomPercent optOutSmartRouting notHeld solicited "
    "randomizeSize randomizePrice isPeggedChangeAmountDecrease conditionsIgnoreRth conditionsCancelOrder "
    "dontUseAutoPriceForHedge isOmsContainer discretionaryUpToLimitPrice usePriceMgmtAlgo autoCancelParent"
)


def _conditions(_words: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[Any, Condition]]]:
    return st.lists(
    st.one_of(
        st.builds(
            lambda conj, more, price, con, exch, method: (
                ib_async.PriceCondition(1, conj, more, price, con, exch, method),
                Condition(1, conj, (more, price, con, exch, method)),
            ),
            st.sampled_from("ao"), _flags, _reals, _wholes, _words, st.integers(0, 8),
        ),
        st.builds(
            lambda conj, more, time: (
                ib_async.TimeCondition(3, conj, more, time),
                Condition(3, conj, (more, time)),
            ),
            st.sampled_from("ao"), _flags, _words,
        ),
        st.builds(
            lambda conj, more, percent: (
                ib_async.MarginCondition(4, conj, more, percent),
                Condition(4, conj, (more, float(percent))),
            ),
            st.sampled_from("ao"), _flags, st.integers(1, 99),
        ),
        st.builds(
            lambda conj, kind, exch, symbol: (
                ib_async.ExecutionCondition(5, conj, kind, exch, symbol),
                Condition(5, conj, (kind, exch, symbol)),
            ),
            st.sampled_from("ao"), _words, _words, _words,
        ),
        st.builds(
            lambda conj, more, volume, con, exch: (
                ib_async.VolumeCondition(6, conj, more, volume, con, exch),
                Condition(6, conj, (more, volume, con, exch)),
            ),
            st.sampled_from("ao"), _flags, _wholes, _wholes, _words,
        ),
        st.builds(
            lambda conj, more, change, con, exch: (
                ib_async.PercentChangeCondition(7, conj, more, change, con, exch),
                Condition(7, conj, (more, change, con, exch)),
            ),
            st.sampled_from("ao"), _flags, _reals, _wholes, _words,
        ),
    ),
    max_size=3,
)  # fmt: skip


_tags = st.lists(st.tuples(_words, _words), max_size=3)


@st.composite
def _orders(
    draw: st.DrawFn, words: st.SearchStrategy[str] = _words
) -> tuple[ib_async.Order, dict[str, Any], list[Any]]:
    chosen: dict[str, Any] = {}
    for names, values in ((TEXTS, words), (WHOLES, _wholes), (REALS, _reals), (FLAGS, _flags)):
        for name in draw(st.lists(st.sampled_from(names), max_size=8, unique=True)):
            chosen[name] = draw(values)
    chosen["deltaNeutralOrderType"] = draw(st.sampled_from(["", "", "MKT", "LMT"]))
    chosen["hedgeType"] = draw(st.sampled_from(["", "", "D", "B"]))
    chosen["algoStrategy"] = draw(st.sampled_from(["", "", "Adaptive", "Vwap"]))
    chosen["adjustedOrderType"] = draw(st.sampled_from(["", "STP", "TRAIL"]))
    conditions = draw(_conditions(words))
    order = ib_async.Order(
        action=draw(st.sampled_from(["BUY", "SELL", "SSHORT"])),
        totalQuantity=draw(_reals),
        orderType=draw(st.sampled_from(["LMT", "VOL", "PEG BENCH", "PEG BEST", "PEG MID", "TRAIL LIMIT"])),
        lmtPrice=draw(st.one_of(_reals, st.just(float(UNSET_DOUBLE)))),
        tif=draw(st.sampled_from(["DAY", "GTC", "GTD"])),
        conditions=[wire for wire, _ in conditions],
        algoParams=[ib_async.TagValue(tag, value) for tag, value in draw(_tags)],
        competeAgainstBestOffset=draw(st.one_of(_reals, st.just(math.inf))),
        **chosen,
    )
    return order, chosen, [meant for _, meant in conditions]


@settings(max_examples=120, deadline=None)
@given(_orders(), st.integers(OLDEST_VERSION, NEWEST_VERSION), st.sampled_from(["SMART", "IBKRATS"]))
def test_what_is_read_is_what_was_meant(
    drawn: tuple[ib_async.Order, dict[str, Any], list[Any]], version: int, exchange: str
) -> None:
    order, chosen, conditions = drawn
    contract = ib_async.Contract("STK", 265598, "AAPL", exchange=exchange, currency="USD")
    asked = read(version, contract, order)
    for name, meant in chosen.items():
        if name in asked.values and name != "volatility":
            assert asked.values[name] == meant, name
    assert list(asked.values["conditions"]) == conditions
    if order.algoStrategy:
        assert asked.values["algoParams"] == tuple((t.tag, t.value) for t in order.algoParams)
    seen = order_of(asked, client_id=1)
    assert (seen.action, seen.quantity, seen.order_type, seen.tif) == (
        order.action,
        order.totalQuantity,
        order.orderType,
        order.tif,
    )
    assert seen.limit_price == (None if order.lmtPrice == float(UNSET_DOUBLE) else order.lmtPrice)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(_wholes, _wholes, st.sampled_from(["BUY", "SELL"]), _words), min_size=1, max_size=4),
    st.lists(_reals, max_size=4),
    _tags,
    st.integers(OLDEST_VERSION, NEWEST_VERSION),
)
def test_the_legs_of_a_combination_are_read(
    legs: list[tuple[int, int, str, str]], prices: list[float], tags: list[tuple[str, str]], version: int
) -> None:
    contract = ib_async.Bag(
        symbol="SPY", exchange="SMART", currency="USD", comboLegs=[ib_async.ComboLeg(*leg) for leg in legs]
    )
    order = ib_async.LimitOrder(
        "BUY",
        1,
        2.5,
        orderComboLegs=[ib_async.OrderComboLeg(price) for price in prices],
        smartComboRoutingParams=[ib_async.TagValue(*pair) for pair in tags],
    )
    found = order_of(read(version, contract, order), 1).attributes
    assert found["comboLegs"] == tuple(Leg(*leg) for leg in legs)
    assert found.get("orderComboLegs", ()) == tuple(prices)
    assert found.get("smartComboRoutingParams", ()) == tuple(tags)


# --- And back again -----------------------------------------------------------------------------


class _Heard:
    """Where ib_async's decoder leaves the orders it reads."""

    def __init__(self) -> None:
        self.orders: list[ib_async.Order] = []
        self.ib = ib_async.IB()

    def openOrder(self, _id: int, _contract: object, order: ib_async.Order, _state: object) -> None:
        self.orders.append(order)

    def completedOrder(self, _contract: object, order: ib_async.Order, _state: object) -> None:
        self.orders.append(order)


NOT_ECHOED = frozenset(
    _named(
        "overridePercentageConstraints scaleTable activeStartTime activeStopTime algoId extOperator "
        "mifid2DecisionMaker mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo advancedErrorOverride "
        "manualOrderTime volatility autoCancelParent trailStopPrice openClose"
    )
)
"""Sent by clients and never shown again by TWS, or shown in a form of its own."""


# Since version 153 TWS escapes other than seven-bit text, which ib_async does not undo.
# ib_async itself misreads version 158: it looks for `duration` only from 159 on.
@settings(max_examples=100, deadline=None)
@given(_orders(_ascii), st.integers(OLDEST_VERSION, NEWEST_VERSION).filter(lambda version: version != 158))
def test_an_order_is_shown_as_it_was_sent(
    drawn: tuple[ib_async.Order, dict[str, Any], list[Any]], version: int
) -> None:
    sent, chosen, _ = drawn
    order = order_of(read(version, AAPL, sent), client_id=1)
    heard = _Heard()
    decoder = Decoder(heard, version)  # type: ignore[arg-type]
    decoder.openOrder(frame_fields(open_order(version, order)))
    decoder.completedOrder(frame_fields(completed_order(version, order, "")))
    shown, _completed = heard.orders
    for name in order.attributes.keys() & chosen.keys() - NOT_ECHOED:
        if version >= SINCE.get(name, 0):
            assert getattr(shown, name) == chosen[name], name
    assert (shown.totalQuantity, shown.action, shown.tif) == (sent.totalQuantity, sent.action, sent.tif)
    assert shown.conditions == sent.conditions


SINCE = {
    "minTradeQty": 170,
    "minCompeteSize": 170,
    "midOffsetAtWhole": 170,
    "midOffsetAtHalf": 170,
    "duration": 159,
}


# --- Traps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", range(OLDEST_VERSION, NEWEST_VERSION + 1))
def test_a_plain_market_order_sets_no_attributes(version: int) -> None:
    order = order_of(read(version, AAPL, ib_async.MarketOrder("BUY", 100)), 3)
    assert order.attributes == {}
    assert (order.client_id, order.order_id, order.limit_price, order.transmit) == (3, 77, None, True)
    assert order.contract == Contract(265598, "AAPL", "STK")


def test_unset_numbers_may_come_as_the_official_client_writes_them() -> None:
    fields = encoded(178, AAPL, ib_async.MarketOrder("BUY", 100))
    plain = parse_place_order(fields, 178)
    start = len(fields) - 26
    raw = fields[:start] + [
        "1.7976931348623157e+308" if text == "" and name in _RAW else text
        for name, text in zip(list(plain.values)[-26:], fields[start:], strict=True)
    ]
    assert order_of(parse_place_order(raw, 178), 1).attributes == {}


_RAW = {
    "triggerPrice",
    "lmtPriceOffset",
    "adjustedStopPrice",
    "adjustedStopLimitPrice",
    "adjustedTrailingAmount",
    "cashQty",
    "duration",
    "postToAts",
}


def test_an_order_echoed_by_tws_can_be_sent_again() -> None:
    # ib_async sends back the "None" of openOrder, and with it the eight delta-neutral fields.
    order = ib_async.LimitOrder(
        "BUY", 100, 10.0, deltaNeutralOrderType="None", deltaNeutralOpenClose="?", adjustedOrderType="None"
    )
    assert order_of(read(178, AAPL, order), 1).attributes == {}


def test_seven_scale_fields_after_an_increment_of_nought_are_understood() -> None:
    order = ib_async.LimitOrder("BUY", 100, 10.0, scalePriceIncrement=0.0)
    fields = encoded(178, AAPL, order)
    names = list(read(178, AAPL, order).values)
    # The twelve fields of the contract are one name.
    at = names.index("scalePriceIncrement") + 12
    assert order_of(parse_place_order(fields, 178), 1).attributes == {}
    with_seven = [*fields[:at], "", "", "", "0", "", "", "0", *fields[at:]]
    assert order_of(parse_place_order(with_seven, 178), 1).attributes == {}


def test_an_undefined_transmit_holds_the_order() -> None:
    fields = encoded(178, AAPL, ib_async.MarketOrder("BUY", 100))
    at = list(read(178, AAPL, ib_async.MarketOrder("BUY", 100)).values).index("transmit") + 11
    assert fields[at] == "1"
    fields[at] = ""
    assert order_of(parse_place_order(fields, 178), 1).transmit is False


@pytest.mark.parametrize("change", [lambda f: [*f, "0"], lambda f: f[:-1], lambda f: f[:20], lambda f: []])
def test_an_order_with_fields_over_or_missing_is_refused(change: Any) -> None:
    fields = change(encoded(178, AAPL, ib_async.MarketOrder("BUY", 100)))
    with pytest.raises(BadRequest) as caught:
        parse_place_order(fields, 178)
    assert caught.value.req_id == (77 if fields else -1)


def test_a_broken_field_names_itself() -> None:
    fields = encoded(178, AAPL, ib_async.MarketOrder("BUY", 100))
    fields[16] = "many"
    with pytest.raises(BadRequest, match="totalQuantity: 'many'"):
        parse_place_order(fields, 178)
