"""Every rule with the bad order it stops and the nearest good order it lets through."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from core.domain.contract import ComboLeg, Contract, SecType, TradingSession
from core.domain.limits import TradingHours
from core.domain.link import Broker, Mode, Socket, Window
from core.domain.mismatch import Mismatch
from core.domain.order import Algo, Order, OrderSpec, OrderState, OrderType, Side, Tif
from core.domain.preview import Preview
from core.domain.quote import Quote, QuoteKind
from core.domain.trading import TradingState, TradingView
from core.domain.verdict import Objection
from core.risk.gate import assess
from core.risk.rules import ROSTER
from tests.core.risk.bench import (
    AAPL,
    ACCOUNT,
    ES,
    NOW_S,
    OPTION,
    SAP,
    SPX,
    USDJPY,
    Bench,
    buy,
    pair,
    sell,
    working,
)


@dataclass
class Case:
    """`bad` raises exactly `rule`'s objection that says `words`; `good` does not raise that rule."""

    rule: str
    bad: OrderSpec
    good: OrderSpec
    hard: bool
    measured: str
    limit: str
    words: str
    desk: Bench = field(default_factory=Bench)
    good_desk: Bench | None = None
    modifies: Order | None = None

    def __str__(self) -> str:
        return f"{self.rule}: {self.bad.sentence()} ({self.measured})"


def _closed_now() -> tuple[TradingSession, ...]:
    opens = datetime.fromtimestamp(NOW_S, UTC) + timedelta(hours=2)
    return (TradingSession(opens, opens + timedelta(hours=6)),)


def _sent(*ages_s: float, spec: OrderSpec | None = None) -> Bench:
    return Bench(sent=tuple((NOW_S - age, spec or buy("7", "149")) for age in ages_s))


def _fifteen(side: Side, count: int) -> Bench:
    make = buy if side is Side.BUY else sell
    return Bench(working=tuple(working(make("1"), f"W{number}") for number in range(count)))


LATER = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
SPREAD = Contract(
    -5,
    "AAPL",
    SecType.BAG,
    multiplier=Decimal(100),
    legs=(ComboLeg(700001, 1, "BUY"), ComboLeg(700002, 1, "SELL")),
)


def _unexplained() -> Bench:
    held, ours = Decimal(300), Decimal(250)
    found = Mismatch(ACCOUNT, AAPL, held, ours, Decimal(50), NOW_S)
    return Bench(unexplained={AAPL.con_id: found}).holding(AAPL, 300)


def _trading(state: TradingState) -> Bench:
    return Bench(trading=TradingView(state, "Enough."))


def _busy(messages: int) -> Bench:
    return Bench(trading=TradingView(messages_today=messages))


def _restarting(in_s: float) -> Bench:
    starts_s = NOW_S + in_s
    return Bench().linked(next_window=Window("nightly restart", starts_s, starts_s + 300, "It restarts."))


def _cash(settled: str | None) -> Bench:
    cash = None if settled is None else Decimal(settled)
    return Bench().permitting(account_type="cash").valued(settled_cash=cash)


def _hours(begins: int, ends: int) -> Bench:
    """NOW_S is 11:00 in New York."""
    return Bench().permitting(hours=TradingHours(time(begins), time(ends)))


def _previewed(initial_after: str) -> Bench:
    preview = Preview(
        NOW_S,
        initial_after=Decimal(initial_after),
        maintenance_after=Decimal(20_000),
        equity_after=Decimal(50_000),
    )
    return Bench(previews={buy(): preview})


CASES = (
    # --- numbers that are none
    Case("MalformedOrder", buy("0"), buy("1"), True, "0", "above zero", "Quantity is 0"),
    Case("MalformedOrder", buy("-5"), buy("5"), True, "-5", "above zero", "Quantity is -5"),
    Case("MalformedOrder", buy("NaN"), buy("1"), True, "out of all bounds", "above zero", "Quantity"),
    Case("MalformedOrder", buy("1E+309"), buy("1"), True, "out of all bounds", "above zero", "Quantity"),
    Case("MalformedOrder", buy(limit="Infinity"), buy(), True, "out of all bounds", "a price", "Limit price"),
    Case("MalformedOrder", buy(limit="-1"), buy(), True, "-1", "above zero", "Limit price is -1"),
    Case(
        "MalformedOrder",
        buy("1", "0", OPTION),
        buy("1", "-10", ES),
        True,
        "0",
        "above zero",
        "Limit price is 0",
    ),
    # --- may this desk send anything?
    Case(
        "LinkNotReady",
        buy(),
        buy(),
        True,
        "waiting",
        "ready",
        "No order can be sent now: Nothing is listening.",
        Bench().linked(socket=Socket.WAITING, state="waiting", words="Nothing is listening."),
        Bench(),
    ),
    Case(
        "LinkNotReady",
        buy(),
        buy(),
        True,
        "syncing",
        "ready",
        "No order can be sent",
        Bench().linked(synchronised=False, state="syncing"),
        Bench(),
    ),
    Case(
        "LinkNotReady",
        buy(),
        buy(),
        True,
        "broker down",
        "ready",
        "No order can be sent",
        Bench().linked(broker=Broker.DOWN, state="broker down"),
        Bench(),
    ),
    Case(
        "LinkNotReady",
        buy(),
        buy(),
        True,
        "9 s",
        "5 s",
        "silent for 9 s",
        Bench().linked(last_heard_s=NOW_S - 9),
        Bench().linked(last_heard_s=NOW_S - 4),
    ),
    Case(
        "ReadOnly",
        buy(),
        buy(),
        True,
        "LIVE, read-only",
        "trading allowed",
        "not proven to be paper",
        Bench().linked(mode=Mode.LIVE, state="read-only", read_only_reason="It is not proven to be paper."),
        Bench(),
    ),
    Case(
        "ReadOnly",
        buy(),
        buy(),
        True,
        "–, read-only",
        "trading allowed",
        "not known whose money",
        Bench().linked(mode=Mode.UNKNOWN),
        Bench().linked(mode=Mode.SIM),
    ),
    Case(
        "AccountNotAllowed",
        buy(account=""),
        buy(),
        True,
        "none",
        "an account",
        "names no account",
    ),
    Case(
        "AccountNotAllowed",
        buy(account="U7654321"),
        buy(),
        True,
        "U7654321",
        ACCOUNT,
        "not managed by this gateway. It offers DU1234567",
    ),
    Case(
        "AccountNotAllowed",
        buy(),
        buy(),
        True,
        ACCOUNT,
        "DU7",
        "not on the list in trading_permissions.yaml",
        Bench().permitting(accounts=frozenset({"DU7"})),
        Bench().permitting(accounts=frozenset({ACCOUNT})),
    ),
    # --- may it trade this?
    Case(
        "SecTypeNotPermitted",
        buy("1", "5000", SPX),
        buy("1", "5000", ES),
        True,
        "IND",
        "BAG, BOND",
        "An index cannot be traded. Trade its future, option or ETF.",
    ),
    Case(
        "SecTypeNotPermitted",
        buy("1", "2", OPTION),
        buy(),
        True,
        "OPT",
        "STK",
        "OPT is not permitted here: only STK.",
        Bench().permitting(sec_types=frozenset({SecType.STK})),
    ),
    Case(
        "ExchangeNotPermitted",
        buy("1", "200", SAP),
        buy(),
        True,
        "IBIS",
        "SMART",
        "Route to SMART",
        Bench().permitting(exchanges=frozenset({"SMART"})),
    ),
    Case(
        "SymbolRestricted",
        buy(),
        sell(),
        True,
        "AAPL",
        "not on the restricted list",
        "can be closed, not opened",
        Bench().permitting(restricted_symbols=frozenset({"AAPL"})).holding(AAPL, 100),
    ),
    Case(
        "PositionUnexplained",
        buy(),
        sell(),
        True,
        "300",
        "250",
        "IB reports 300, our executions give 250: 50 more",
        _unexplained(),
    ),
    Case(
        "PositionUnexplained",
        sell("301"),
        sell("300"),
        True,
        "300",
        "250",
        "acknowledge the alert and so take IB's figure",
        _unexplained(),
    ),
    Case(
        "ShortNotBorrowable",
        sell("101"),
        sell("100"),
        False,
        "not told",
        "easy to borrow",
        "IB has not said whether",
        Bench().quoting(AAPL, shortable=None).holding(AAPL, 100),
    ),
    Case(
        "ShortNotBorrowable",
        sell("101"),
        sell("100"),
        False,
        "to be located",
        "easy to borrow",
        "must find shares",
        Bench().quoting(AAPL, shortable=2.5).holding(AAPL, 100),
    ),
    Case(
        "ShortNotBorrowable",
        sell("101"),
        sell("100"),
        False,
        "not available",
        "easy to borrow",
        "no shares to borrow",
        Bench().quoting(AAPL, shortable=1.5).holding(AAPL, 100),
    ),
    Case(
        "ShortingNotPermitted",
        sell("101"),
        sell("100"),
        True,
        "101",
        "100",
        "with 100 free to sell",
        Bench().permitting(shorting=False).holding(AAPL, 100),
    ),
    Case(
        "ShortingNotPermitted",
        sell("61"),
        sell("60"),
        True,
        "61",
        "60",
        "with 60 free to sell",
        Bench(working=(working(sell("40")),)).permitting(shorting=False).holding(AAPL, 100),
    ),
    Case(
        "OutsideRthNotPermitted",
        buy(outside_rth=True),
        buy(),
        True,
        "outside RTH",
        "regular hours",
        "Take outside RTH off",
        Bench().permitting(outside_rth=False),
    ),
    Case(
        "ContractUnknown",
        buy(contract=Contract(0, "AAPL")),
        buy(),
        True,
        "no contract details",
        "contract details",
        "Search for it",
    ),
    Case(
        "ContractUnknown",
        buy("1", "5000", replace(ES, multiplier=Decimal(1))),
        buy("1", "5000", ES),
        True,
        "ES DEC26",
        "ES DEC26",
        "does not agree with IB's details",
    ),
    Case(
        "ContractExpired",
        buy("1", "5000", replace(ES, expiry="20260918")),
        buy("1", "5000", ES),
        True,
        "2026-09-18",
        "not expired",
        "expired on 2026-09-18",
    ),
    # --- would IB take it?
    Case(
        "OrderTypeClosed",
        buy(limit=None, outside_rth=True),
        buy(outside_rth=True),
        True,
        "MKT DAY outside RTH",
        "what STK takes",
        "regular hours only",
    ),
    Case(
        "OrderTypeClosed",
        buy(limit=None),
        buy(),
        True,
        "MKT DAY",
        "what STK takes",
        "does not list market orders",
        Bench().detailing(AAPL, order_types=frozenset({"LMT"})),
    ),
    Case(
        "PricesDoNotFitType",
        buy(limit=None, order_type=OrderType.LMT),
        buy(),
        True,
        "no limit price",
        "a limit price",
        "A limit order needs a limit price.",
    ),
    Case(
        "PricesDoNotFitType",
        buy(limit="150", stop="151", order_type=OrderType.LMT),
        buy(limit="150", stop="151", tif=Tif.GTC),
        True,
        "a stop price",
        "no stop price",
        "takes no stop price",
    ),
    Case(
        "ModificationNotPossible",
        sell(),
        buy("90"),
        True,
        "SELL",
        "BUY",
        "The side of a working order cannot be changed",
        modifies=working(buy()),
    ),
    Case(
        "ModificationNotPossible",
        buy("40"),
        buy("41"),
        True,
        "40",
        "over 40",
        "40 are filled already",
        modifies=working(buy(), filled="40"),
    ),
    Case(
        "ModificationNotPossible",
        buy("40"),
        buy("41"),
        True,
        "filled",
        "a working order",
        "there is nothing to modify",
        modifies=working(buy(), state=OrderState.FILLED),
        good_desk=Bench(),
    ),
    Case(
        "QuantityNotInLots",
        buy("10.5"),
        buy("10"),
        True,
        "10.5",
        "multiples of 1",
        "Use 10 or 11.",
        Bench().detailing(AAPL, size_increment=Decimal("0.0001"), min_size=Decimal("0.0001")),
    ),
    Case(
        "QuantityNotInLots",
        buy("150"),
        buy("200"),
        True,
        "150",
        "multiples of 100",
        "Use 100 or 200.",
        Bench().detailing(AAPL, size_increment=Decimal(100), min_size=Decimal(100)),
    ),
    Case(
        "QuantityNotInLots",
        buy("24999", "150", USDJPY),
        buy("25000", "150", USDJPY),
        True,
        "24,999",
        "25,000",
        "under the least",
        Bench().detailing(USDJPY, min_size=Decimal(25000)),
    ),
    Case(
        "OffTick",
        buy("1", "5000.10", ES),
        buy("1", "5000.25", ES),
        True,
        "5,000.10",
        "steps of 0.25",
        "The nearest are 5,000.00 and 5,000.25.",
    ),
    Case(
        "OffTick",
        buy(stop="151.005", limit=None),
        buy(stop="151", limit=None),
        True,
        "151.005",
        "steps of 0.01",
        "Stop price 151.005 is not on the price step of 0.01. The nearest are 151.00 and 151.01.",
    ),
    Case(
        "TooManyWorking",
        buy("1"),
        sell("1"),
        True,
        "16",
        "15",
        "15 BUY orders of AAPL are working already: the limit is 15.",
        _fifteen(Side.BUY, 15),
    ),
    Case(
        "TooManyWorking",
        buy("1"),
        buy("1"),
        False,
        "13",
        "12",
        "Is one more meant?",
        _fifteen(Side.BUY, 12),
        _fifteen(Side.BUY, 11),
    ),
    # --- is it meant?
    Case(
        "MaxOrderQuantity",
        buy("12500", "1"),
        buy("10000", "1"),
        True,
        "12,500",
        "10,000",
        "Quantity 12,500 is over the limit of 10,000 for one STK order.",
        good_desk=Bench().limited(quantity={SecType.STK: pair(None, "10000")}),
    ),
    Case("MaxOrderQuantity", buy("1001", "1"), buy("1000", "1"), False, "1,001", "1,000", "Is it meant?"),
    Case("MaxOrderQuantity", buy("21", "5000", ES), buy("5", "5000", ES), True, "21", "20", "one FUT order"),
    Case(
        "MaxOrderNotional",
        buy("667"),
        buy("166"),
        True,
        "100,050 USD",
        "100,000 USD",
        "The order is worth 100,050 USD, over the limit of 100,000 USD.",
    ),
    Case("MaxOrderNotional", buy("167"), buy("166"), False, "25,050 USD", "25,000 USD", "Is it meant?"),
    Case(
        "MaxOrderNotional",
        buy("5", "100", OPTION),
        buy("2", "100", OPTION),
        False,
        "50,000 USD",
        "25,000 USD",
        "Is it meant?",
    ),
    Case(
        "MaxOrderNotional",
        sell("700", "100"),
        sell("160", "100"),
        True,
        "105,000 USD",
        "100,000 USD",
        "105,000 USD",  # a low limit does not make a sale cheap: the market pays 150
    ),
    Case("MaxOrderNotional", buy("167", None), buy("166", None), False, "25,050 USD", "25,000 USD", "meant"),
    Case(
        "MaxOrderNotional",
        buy("120", "200", SAP),
        buy("110", "200", SAP),
        False,
        "26,400 USD",
        "25,000 USD",
        "26,400 USD",
    ),
    Case(
        "MaxOrderNotional",
        buy("501", "200", SAP),
        buy("10", "200", SAP),
        True,
        "100,200 USD",
        "100,000 USD",
        "no exchange rate from EUR to USD is known, so one EUR is counted as one USD",
        Bench().valued(exchange_rates=()),
        Bench(),
    ),
    Case(
        "MaxOrderNotional",
        buy("10", "200", SAP),
        buy("10", "200", SAP),
        False,
        "about 2,000 USD",
        "a known value",
        "only a guess",
        Bench().valued(exchange_rates=()),
        Bench(),
    ),
    Case(
        "MaxOrderNotional",
        buy("30000", "150", USDJPY),
        buy("25000", "150", USDJPY),
        False,
        "30,000 USD",
        "25,000 USD",
        "30,000 USD",
    ),
    Case(
        "MaxOrderNotional",
        sell("1000"),
        sell("100"),
        False,  # closing what is held is asked about, never denied
        "150,000 USD",
        "25,000 USD",
        "Is it meant?",
        Bench().limited(notional=pair("25000", None)).holding(AAPL, 1000),
    ),
    Case(
        "MaxOrderFraction",
        buy("100"),
        buy("33"),
        True,
        "30 %",
        "25 %",
        "30 % of net liquidation, over the limit of 25 %",
        Bench().valued(net_liquidation=Decimal(50_000)),
        Bench().valued(net_liquidation=Decimal(100_000)),
    ),
    Case(
        "MaxOrderFraction",
        buy("56"),
        buy("55"),
        False,
        "5.1 %",
        "5 %",
        "over 5 %. Is it meant?",
        Bench().valued(net_liquidation=Decimal(166_000)),
    ),
    Case(
        "MaxOrderFraction",
        buy("1"),
        buy("1"),
        True,
        "no net liquidation",
        "25 %",
        "Wait for IB's account values",
        Bench(summary=None),
        Bench(),
    ),
    Case(
        "MaxPortfolioRisk",
        buy("667"),
        buy("666"),
        True,
        "10.005 %",
        "10 %",
        "(MAX_PORTFOLIO_RISK)",
        Bench().limited(portfolio_risk_fraction=Decimal("0.1")),
    ),
    Case(
        "MaxPortfolioRisk",
        buy("1"),
        sell("100"),
        True,
        "not known",
        "50 %",
        "cannot be checked",
        Bench()
        .limited(portfolio_risk_fraction=Decimal("0.5"))
        .valued(net_liquidation=None)
        .holding(AAPL, 100),
    ),
    Case(
        "PriceCollar",
        buy("1", "170"),
        buy("1", "153"),
        True,
        "13.3 %",
        "10 %",
        "Limit price 170.00 is 13.3 % above the market at 150.00: over the limit of 10 %.",
    ),
    Case("PriceCollar", sell("1", "130"), sell("1", "147"), True, "13.3 %", "10 %", "below the market"),
    Case("PriceCollar", buy("1", "153.5"), buy("1", "153"), False, "2.3 %", "2 %", "Is it meant?"),
    Case(
        "PriceCollar",
        sell("1", "600"),
        sell("1", "180"),
        False,
        "300 %",
        "20 %",
        "300 % away from the market",
    ),
    Case("PriceCollar", buy("1", "5200", ES), buy("1", "5050", ES), True, "4 %", "3 %", "above the market"),
    Case("PriceCollar", buy("1", "2.35", OPTION), buy("1", "2.20", OPTION), False, "14.6 %", "10 %", "meant"),
    Case(
        "PriceCollar",
        sell("1", "120", stop="140"),
        sell("1", "139", stop="140"),
        True,
        "14.3 %",
        "10 %",
        "below the market at 140.00",
    ),
    Case(
        "PriceCollar", sell("1", None, stop="15"), sell("1", None, stop="148"), False, "90 %", "20 %", "Stop"
    ),
    Case(
        "DuplicateOrder",
        buy(),
        buy("101"),
        True,
        "0.3 s",
        "2 s",
        "The same order was sent 0.3 s ago.",
        _sent(0.3, spec=buy()),
    ),
    Case(
        "DuplicateOrder",
        buy(),
        buy(),
        False,
        "30 s",
        "60 s",
        "Is a second one meant?",
        _sent(30, spec=buy()),
        _sent(61, spec=buy()),
    ),
    Case(
        "OrderRate",
        buy(),
        buy(),
        True,
        "11",
        "10",
        "order 11 within 10 s",
        _sent(*range(10)),
        _sent(*range(7, 17)),
    ),
    Case("OrderRate", buy(), buy(), False, "6", "5", "Is it meant?", _sent(1, 2, 3, 4, 5), _sent(1, 2, 3, 4)),
    Case(
        "QuoteMissing",
        buy(limit=None),
        buy(limit=None),
        True,
        "there is no price",
        "a current price",
        "Wait for a quote, or use a limit order.",
        Bench(quotes={}),
        Bench(),
    ),
    Case(
        "QuoteMissing",
        buy(),
        buy(),
        False,
        "there is no price",
        "a current price",
        "meant",
        Bench(quotes={}),
        Bench(),
    ),
    Case(
        "QuoteMissing",
        sell(limit=None, stop="140"),
        sell(limit="139", stop="140", order_type=OrderType.STP_LMT),
        True,
        "the quotes have stopped",
        "a current price",
        "any price",
        Bench().quoting(AAPL, lost_at_s=NOW_S - 3),
        Bench(),
    ),
    Case(
        "QuoteMissing",
        buy(limit=None),
        buy(limit=None),
        True,
        "there is only yesterday's close",
        "a current price",
        "any price",
        Bench().quoting(AAPL, bid=None, ask=None, last=None),
        Bench().quoting(AAPL, bid=None, ask=None),
    ),
    Case(
        "QuoteStale",
        buy(),
        buy(),
        False,
        "7 s",
        "5 s",
        "The last quote of AAPL is 7 s old",
        Bench().quoting(AAPL, changed_at_s=NOW_S - 7),
        Bench().quoting(AAPL, changed_at_s=NOW_S - 4),
    ),
    Case(
        "QuoteStale",
        buy(),
        buy(),
        False,
        "7 s",
        "5 s",
        "old",
        Bench().quoting(AAPL, changed_at_s=NOW_S - 7),
        Bench().quoting(AAPL, changed_at_s=NOW_S - 7).detailing(AAPL, liquid=_closed_now()),
    ),
    Case(
        "QuoteStale",
        buy(),
        buy(),
        False,
        "delayed",
        "live",
        "are delayed, not live",
        Bench().quoting(AAPL, kind=QuoteKind.DELAYED),
        Bench(),
    ),
    Case(
        "QuoteStale",
        buy(),
        buy(),
        False,
        "halted",
        "trading",
        "is halted",
        Bench().quoting(AAPL, halted=True),
        Bench(),
    ),
    Case(
        "SpreadTooWide",
        buy("1", None),
        buy("1"),
        True,
        "13.3 %",
        "10 %",
        "Use a limit order.",
        Bench().quoting(AAPL, bid=140.0, ask=160.0),
    ),
    Case(
        "SpreadTooWide",
        buy("1", None),
        buy("1", None),
        False,
        "4 %",
        "2 %",
        "Is it meant?",
        Bench().quoting(AAPL, bid=147.0, ask=153.0),
        Bench().quoting(AAPL, bid=149.0, ask=151.0),
    ),
    Case(
        "MarketClosed",
        buy("1", None),
        buy("1"),
        False,
        "outside regular hours",
        "regular hours",
        "waits for the open",
        Bench().detailing(AAPL, liquid=_closed_now()),
    ),
    Case(
        "StopOnWrongSide",
        buy("1", None, stop="149"),
        buy("1", None, stop="151"),
        False,
        "149.00",
        "above 150.00",
        "it would trigger at once. A BUY stop belongs above the market.",
    ),
    Case(
        "StopOnWrongSide",
        sell("1", None, stop="150"),
        sell("1", None, stop="149.99"),
        False,
        "150.00",
        "below 150.00",
        "belongs below",
    ),
    Case(
        "PositionFlip",
        sell("150"),
        sell("100"),
        False,
        "-50",
        "0",
        "from 100 to -50 AAPL. To close it, sell 100.",
        Bench().holding(AAPL, 100),
    ),
    # --- the trading state
    Case(
        "TradingHalted",
        buy(),
        buy(),
        True,
        "halted",
        "active",
        "Trading is halted: Enough.",
        _trading(TradingState.HALTED),
        Bench(),
    ),
    Case(
        "TradingHalted",
        sell("50"),
        buy(),
        True,
        "halted",
        "active",
        "Cancels still pass",
        _trading(TradingState.HALTED).holding(AAPL, 100),
        Bench(),
    ),
    Case(
        "TradingHalted",
        buy(),
        sell("100"),
        True,
        "adds to a position",
        "reduce-only",
        "Only orders that close",
        _trading(TradingState.REDUCE_ONLY).holding(AAPL, 100),
    ),
    Case(
        "TradingHalted",
        sell("101"),
        sell("100"),
        True,
        "adds to a position",
        "reduce-only",
        "reduce-only",
        _trading(TradingState.REDUCE_ONLY).holding(AAPL, 100),
    ),
    Case(
        "GatewayRestartNear",
        buy(),
        buy(),
        True,
        "in 30 s",
        "60 s",
        "restarts itself in 30 s",
        _restarting(30),
        _restarting(90),
    ),
    Case(
        "GatewayRestartNear",
        buy(),
        buy(),
        True,
        "now",
        "60 s",
        "restarts itself now",
        _restarting(-20),
        _restarting(-900),
    ),
    # --- what the permissions say
    Case(
        "CashAccount",
        buy("100"),
        buy("10"),
        True,
        "15,000 USD",
        "2,000 USD",
        "the cash account has 2,000 USD settled",
        _cash("2000"),
    ),
    Case(
        "CashAccount",
        sell("101"),
        sell("100"),
        True,
        "1",
        "what is held",
        "cannot sell 1 AAPL",
        _cash("2000").holding(AAPL, 100),
    ),
    Case(
        "CashAccount",
        buy(),
        buy(),
        True,
        "not known",
        "settled cash",
        "not known",
        _cash(None),
        _cash("50000"),
    ),
    Case(
        "OptionsLevel",
        buy("1", "2", OPTION),
        buy(),
        True,
        "level 2",
        "level 1",
        "buying options",
        Bench().permitting(options_level=1),
    ),
    Case(
        "OptionsLevel",
        sell("2", "2", OPTION),
        sell("1", "2", OPTION),
        True,
        "level 4",
        "level 1",
        "uncovered",
        Bench().permitting(options_level=1).holding(AAPL, 100),
    ),
    Case(
        "OptionsLevel",
        buy("1", "1", SPREAD),
        buy("1", "2", OPTION),
        True,
        "level 3",
        "level 2",
        "a combo of options",
        Bench().permitting(options_level=2),
    ),
    Case(
        "OutsideOwnHours",
        buy(),
        buy(),
        True,
        "11:00",
        "12:00 to 16:00",
        "opens positions from 12:00",
        _hours(12, 16),
        _hours(9, 16),
    ),
    Case(
        "OutsideOwnHours",
        buy(),
        sell("100"),
        True,
        "11:00",
        "22:00 to 04:00",
        "Closing is always possible",
        _hours(22, 4).holding(AAPL, 100),
    ),
    # --- attributes
    Case(
        "AttributesDoNotFit",
        buy(display_size=Decimal(100)),
        buy(display_size=Decimal(20)),
        True,
        "contradiction",
        "values",
        "under the quantity of 100",
    ),
    Case(
        "AttributesDoNotFit",
        buy(tif=Tif.GTD),
        buy(tif=Tif.GTD, good_till=LATER),
        True,
        "contradiction",
        "values",
        "GTD needs the date",
    ),
    Case(
        "AttributesDoNotFit",
        buy(good_till=LATER),
        buy(),
        True,
        "contradiction",
        "values",
        "Only GTD orders have an end date",
    ),
    Case(
        "AttributesDoNotFit",
        buy(algo=Algo("PctVol", (("pctVol", "12"),))),
        buy(algo=Algo("PctVol", (("pctVol", "0.12"),))),
        True,
        "contradiction",
        "values",
        "IB takes a fraction up to 1",
    ),
    Case(
        "OrderTypeClosed",
        buy(hidden=True, display_size=Decimal(10)),
        buy(hidden=True),
        True,
        "LMT DAY",
        "what STK takes",
        "hidden whole or in part",
        Bench().detailing(AAPL, order_types=frozenset()),
    ),
    Case(
        "OrderTypeClosed",
        buy(tif=Tif.FOK),
        buy("1", "2", OPTION, tif=Tif.FOK),
        True,
        "LMT FOK",
        "what STK takes",
        "FOK for options only (201)",
    ),
    Case(
        "OrderTypeClosed",
        buy(limit=None, order_type=OrderType.MOC, tif=Tif.GTC),
        buy(limit=None),
        True,
        "MOC GTC",
        "what STK takes",
        "not list market on close",
    ),
    Case(
        "PricesDoNotFitType",
        buy(limit=None, order_type=OrderType.TRAIL),
        buy(limit=None, order_type=OrderType.TRAIL, trail_amount=Decimal(1)),
        True,
        "neither",
        "one of the two",
        "a trailing amount or a trailing per cent",
    ),
    Case(
        "MalformedOrder",
        buy(limit=None, order_type=OrderType.TRAIL, trail_percent=Decimal(100)),
        buy(limit=None, order_type=OrderType.TRAIL, trail_percent=Decimal(99)),
        True,
        "100",
        "under 100",
        "Trailing per cent",
    ),
    Case(
        "OffTick",
        buy(limit=None, order_type=OrderType.TRAIL, trail_amount=Decimal("1.005")),
        buy(limit=None, order_type=OrderType.TRAIL, trail_amount=Decimal("1.01")),
        True,
        "1.005",
        "steps of 0.01",
        "Trailing amount",
    ),
    Case(
        "StopOnWrongSide",
        buy("1", None, stop="151", order_type=OrderType.MIT),
        buy("1", None, stop="149", order_type=OrderType.MIT),
        False,
        "151.00",
        "below 150.00",
        "A BUY touch price belongs below",
    ),
    # --- margin, size and pace
    Case(
        "MarginTooLow",
        buy("200"),
        buy("10"),
        True,
        "-5,000 USD",
        "0 USD",
        "By an estimate the account would lack 5,000 USD",
        Bench().valued(available_funds=Decimal(10_000)),
    ),
    Case(
        "MarginTooLow",
        buy("100"),
        buy("10"),
        False,
        "4.7 %",
        "10 %",
        "would be left as excess liquidity",
        Bench().valued(excess_liquidity=Decimal(11_000), maintenance_margin=Decimal(100_000)),
    ),
    Case(
        "MarginTooLow",
        buy("1", "1", SPREAD),
        buy(),
        False,
        "not known",
        "known margin",
        "not estimated here. Preview the order",
    ),
    Case(
        "MarginTooLow",
        buy(),
        buy(),
        False,
        "not known",
        "known margin",
        "has not said how much margin",
        Bench().valued(available_funds=None),
        Bench(),
    ),
    Case(
        "MarginTooLow",
        buy(),
        buy(),
        True,
        "-1,000 USD",
        "0 USD",
        "By IB's preview",
        _previewed("51000"),
        _previewed("40000"),
    ),
    Case(
        "PositionTooLarge",
        buy("300"),
        buy("100"),
        False,
        "22.5 %",
        "20 %",
        "After the fill AAPL would be 22.5 %",
        Bench().holding(AAPL, 1200),
    ),
    Case(
        "PositionTooLarge",
        buy("300"),
        sell("300"),
        True,
        "22.5 %",
        "21 %",
        "over the limit of 21 %",
        Bench().holding(AAPL, 1200).limited(position_fraction=pair("0.20", "0.21")),
    ),
    Case(
        "OrderRate",
        buy(),
        buy(),
        True,
        "61",
        "60",
        "order 61 within 60 s",
        _sent(*[20.0 + n / 2 for n in range(60)]),
        _sent(*[20.0 + n / 2 for n in range(59)]),
    ),
    Case(
        "TooManyMessages",
        buy(limit="149"),
        buy("90"),
        False,
        "16",
        "15",
        "16 messages today for 0 fills",
        _busy(15),
        modifies=working(buy()),
    ),
    Case(
        "TooManyMessages",
        buy(limit="149"),
        buy("90"),
        True,
        "21",
        "20",
        "over the limit of 20 for each fill",
        _busy(20),
        modifies=working(buy()),
    ),
)


def _raised(case: Case, spec: OrderSpec, desk: Bench, modifies: Order | None) -> Objection | None:
    return next((one for one in assess(spec, desk, modifies) if one.rule == case.rule), None)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_bad_order_meets_the_objection(case: Case) -> None:
    found = _raised(case, case.bad, case.desk, case.modifies)
    assert found is not None
    assert (found.hard, found.measured) == (case.hard, case.measured)
    assert found.limit.startswith(case.limit)
    assert case.words in found.words
    assert not found.words[0].islower()
    assert found.words.endswith((".", "?"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_nearest_good_order_does_not(case: Case) -> None:
    modifies = None if case.good_desk else case.modifies
    assert _raised(case, case.good, case.good_desk or case.desk, modifies) is None


def test_three_price_steps_of_a_cheap_option_are_never_asked_about_and_four_are() -> None:
    desk = Bench()
    desk.quotes[OPTION.con_id] = Quote(OPTION.con_id, bid=0.50, ask=0.50, last=0.50, changed_at_s=NOW_S - 1)
    rules = {limit: [one.rule for one in assess(buy("1", limit, OPTION), desk)] for limit in ("0.65", "0.70")}
    assert "PriceCollar" not in rules["0.65"]
    assert "PriceCollar" in rules["0.70"]


def test_every_rule_of_the_roster_has_a_case() -> None:
    assert {rule.NAME for rule in ROSTER} == {case.rule for case in CASES}


def test_rule_names_are_the_file_names_in_words() -> None:
    for rule in ROSTER:
        file = getattr(rule, "__name__").rsplit(".", 1)[-1]  # noqa: B009
        assert "".join(word.capitalize() for word in file.split("_")) == rule.NAME
