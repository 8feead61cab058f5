"""The bad-order matrix: each is stopped with the right words and not a byte on the wire; its nearest good order passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.domain.contract import Contract, ContractDetails, SecType, TradingSession
from core.domain.limits import Threshold, TradingHours
from core.domain.order import Algo, Oca, OrderSpec, OrderState, OrderType, Side, Tif
from core.domain.quote import QuoteKind
from core.domain.requests import PlaceOrder
from core.domain.verdict import Ask, Denied
from core.risk.trading import TradingBook
from core.settings import load
from core.simulator.server import SimulatedGateway
from tests.conversations.conftest import Trader

pytestmark = pytest.mark.timeout(120)
D = Decimal


@dataclass
class Floor:
    """A connected trader, what is traded, and everything that was handed to the gateway."""

    trader: Trader
    apple: Contract
    mid: Decimal
    performed: list[object]

    @property
    def desk(self) -> Any:
        return self.trader.desk

    def price(self, part: float) -> Decimal:
        details: ContractDetails = self.desk.details(self.apple.con_id)
        return details.round_to_tick(float(self.mid) * part)

    def buy(self, quantity: object = 10, part: float | None = 0.99, **terms: Any) -> OrderSpec:
        limit = None if part is None else self.price(part)
        kind = terms.pop("order_type", OrderType.MKT if part is None else OrderType.LMT)
        return OrderSpec(self.apple, Side.BUY, D(str(quantity)), kind, limit, **terms)

    def sell(self, quantity: object = 10, part: float | None = 1.01, **terms: Any) -> OrderSpec:
        return replace(self.buy(quantity, part, **terms), side=Side.SELL)

    def stop(self, part: float, side: Side = Side.BUY, kind: OrderType = OrderType.STP) -> OrderSpec:
        bare = self.buy(part=None, order_type=kind)
        return replace(bare, side=side, stop_price=self.price(part))


Make = Callable[[Floor], OrderSpec]
Arrange = Callable[[Floor], None]


def _nothing(_: Floor) -> None:
    """The floor as it is."""


def _limits(**terms: Any) -> Arrange:
    def arrange(floor: Floor) -> None:
        floor.desk.limits = replace(floor.desk.limits, **terms)

    return arrange


def _permits(**terms: Any) -> Arrange:
    def arrange(floor: Floor) -> None:
        floor.desk.permissions = replace(floor.desk.permissions, **terms)

    return arrange


def _quote(**terms: Any) -> Arrange:
    def arrange(floor: Floor) -> None:
        for name, value in terms.items():
            setattr(floor.desk.quote(floor.apple.con_id), name, value)

    return arrange


def _no_quote(floor: Floor) -> None:
    for name in ("bid", "ask", "last", "close"):
        setattr(floor.desk.quote(floor.apple.con_id), name, None)


def _details(**terms: Any) -> Arrange:
    def arrange(floor: Floor) -> None:
        known = floor.desk._details
        known[floor.apple.con_id] = replace(known[floor.apple.con_id], **terms)

    return arrange


def _after(*specs: Make) -> Arrange:
    """As if these had just been sent."""

    def arrange(floor: Floor) -> None:
        for make in specs:
            floor.desk._submitted.append((floor.desk.now_s, floor.desk._completed(make(floor))))

    return arrange


def _kept(side: str, /, **terms: Any) -> Make:
    return lambda floor: getattr(floor, side)(**terms)


def _of(contract: Contract, quantity: int = 1, limit: str = "100") -> Make:
    return lambda floor: OrderSpec(contract, Side.BUY, D(quantity), OrderType.LMT, D(limit))


INDEX = Contract(416904, "SPX", SecType.IND, "CBOE")
CONTINUOUS = Contract(1, "ES", SecType.CONTFUT, "CME")
BOND = Contract(2, "IBCID1", SecType.BOND)
STRANGER = Contract(999_999_999, "NOPE")
EXPIRED = Contract(3, "ES", SecType.FUT, "CME", expiry="20200320", multiplier=D(50))


@dataclass(frozen=True)
class Row:
    name: str
    bad: Make
    good: Make
    words: str
    arrange: Arrange = _nothing


PLAIN = _kept("buy")


def _option(floor: Floor) -> Contract:
    contract = Contract(
        77, "AAPL", SecType.OPT, expiry="20991218", strike=D(150), right="C", multiplier=D(100)
    )
    floor.desk._details[77] = ContractDetails(contract)
    return contract


def _never(floor: Floor) -> TradingHours:
    """Hours that begin an hour after now."""
    now = datetime.fromtimestamp(floor.desk.now_s, UTC)
    begins, ends = now + timedelta(hours=1), now + timedelta(hours=2)
    return TradingHours(begins.time(), ends.time(), "UTC")


def _tomorrow(floor: Floor) -> TradingSession:
    now = datetime.fromtimestamp(floor.desk.now_s, UTC)
    return TradingSession(now + timedelta(days=1), now + timedelta(days=1, hours=6))


def _poor(floor: Floor) -> None:
    book = floor.desk._accounts
    name = floor.desk.link.account
    book._accounts[name] = replace(book._accounts[name], available_funds=D(100))


MATRIX = (
    Row("a fat finger in the quantity", _kept("buy", quantity=12_000), PLAIN, "over the limit of"),
    Row("the notional typed as the quantity", _kept("buy", quantity=150_000), PLAIN, "over the limit of"),
    Row("a zero too many", _kept("buy", quantity=1_000), _kept("buy", quantity=90), "over"),
    Row(
        "a market order of many times net liquidation",
        _kept("buy", quantity=99_999, part=None),
        _kept("buy", part=None),
        "over the limit",
    ),
    Row("a limit at four times the market", _kept("buy", part=4.0), PLAIN, "above the market"),
    Row("a sale at a tenth of the market", _kept("sell", part=0.1), _kept("sell"), "below the market"),
    Row(
        "a price between two ticks",
        lambda f: replace(f.buy(), limit_price=f.price(0.99) + D("0.005")),
        PLAIN,
        "not on the price step",
    ),
    Row("a price below zero", lambda f: replace(f.buy(), limit_price=D(-1)), PLAIN, "must be above zero"),
    Row("a quantity of nothing", _kept("buy", quantity=0), PLAIN, "must be above zero"),
    Row("a quantity below zero", _kept("buy", quantity=-10), PLAIN, "must be above zero"),
    Row("a number that is none", lambda f: replace(f.buy(), quantity=D("NaN")), PLAIN, "Quantity"),
    Row("a fraction of a share", _kept("buy", quantity="1.5"), PLAIN, "is not a multiple of 1"),
    Row(
        "a limit order without its price",
        lambda f: replace(f.buy(), limit_price=None),
        PLAIN,
        "needs a limit price",
    ),
    Row(
        "a market order with a price",
        lambda f: replace(f.buy(), order_type=OrderType.MKT),
        PLAIN,
        "takes no limit price",
    ),
    Row(
        "a buy stop under the market",
        lambda f: f.stop(0.97),
        lambda f: f.stop(1.03),
        "it would trigger at once",
    ),
    Row(
        "a sell stop above the market",
        lambda f: f.stop(1.03, Side.SELL),
        lambda f: f.stop(0.97, Side.SELL),
        "it would trigger at once",
    ),
    Row(
        "a touch price on the wrong side",
        lambda f: f.stop(1.03, kind=OrderType.MIT),
        lambda f: f.stop(0.97, kind=OrderType.MIT),
        "A BUY touch price belongs below",
    ),
    Row(
        "a trailing stop without a distance",
        lambda f: replace(f.sell(part=None), order_type=OrderType.TRAIL),
        lambda f: replace(f.sell(part=None), order_type=OrderType.TRAIL, trail_amount=D(2)),
        "needs a trailing amount or a trailing per cent",
    ),
    Row(
        "a trailing stop by both",
        lambda f: replace(
            f.sell(part=None), order_type=OrderType.TRAIL, trail_amount=D(2), trail_percent=D(1)
        ),
        lambda f: replace(f.sell(part=None), order_type=OrderType.TRAIL, trail_percent=D(1)),
        "not both",
    ),
    Row(
        "the same order again in 300 ms",
        PLAIN,
        _kept("buy", quantity=11),
        "The same order was sent",
        _after(PLAIN),
    ),
    Row(
        "a twelfth order within ten seconds",
        _kept("buy", quantity=50),
        lambda f: f.buy(50),
        "within 10 s",
        _after(*(_kept("buy", quantity=n) for n in range(1, 13))),
    ),
    Row(
        "a market order without a quote",
        _kept("buy", part=None),
        PLAIN,
        "would trade at any price",
        _no_quote,
    ),
    Row("a limit order without a quote", PLAIN, PLAIN, "cannot be checked against the market", _no_quote),
    Row("a delayed quote", PLAIN, PLAIN, "not live", _quote(kind=QuoteKind.DELAYED)),
    Row("a halted contract", PLAIN, PLAIN, "is halted", _quote(halted=True)),
    Row(
        "a market order into a wide spread",
        _kept("buy", part=None),
        PLAIN,
        "stand",
        lambda f: _quote(bid=float(f.mid) * 0.9, ask=float(f.mid) * 1.1)(f),
    ),
    Row("an index", _of(INDEX), PLAIN, "An index cannot be traded. Trade its future, option or ETF."),
    Row("a continuous future", _of(CONTINUOUS), PLAIN, "Choose a month"),
    Row(
        "a kind that is not permitted",
        _of(BOND),
        PLAIN,
        "BOND is not permitted here",
        _permits(sec_types=frozenset({SecType.STK})),
    ),
    Row("a contract that nobody looked up", _of(STRANGER), PLAIN, "has not told the details"),
    Row(
        "an expired contract",
        _of(EXPIRED),
        PLAIN,
        "expired",
        lambda f: f.desk._details.__setitem__(3, ContractDetails(EXPIRED)),
    ),
    Row(
        "an account that is not managed here",
        lambda f: f.buy(account="U7654321"),
        PLAIN,
        "not managed by this gateway",
    ),
    Row(
        "an account off the list",
        PLAIN,
        PLAIN,
        "not on the list in trading_permissions.yaml",
        _permits(accounts=frozenset({"DU7"})),
    ),
    Row(
        "a restricted symbol",
        PLAIN,
        PLAIN,
        "restricted list",
        _permits(restricted_symbols=frozenset({"AAPL"})),
    ),
    Row("an exchange that is not permitted", PLAIN, PLAIN, "SMART", _permits(exchanges=frozenset({"NYSE"}))),
    Row(
        "a short sale where shorting is off",
        _kept("sell", quantity=5_000, part=1.01),
        PLAIN,
        "short selling is off",
        _permits(shorting=False),
    ),
    Row(
        "an option beyond the level",
        lambda f: OrderSpec(_option(f), Side.BUY, D(1), OrderType.LMT, D(1)),
        PLAIN,
        "options level 2",
        _permits(options_level=1),
    ),
    Row(
        "outside RTH where it is off",
        _kept("buy", outside_rth=True),
        PLAIN,
        "outside regular hours is off",
        _permits(outside_rth=False),
    ),
    Row(
        "outside the desk's own hours",
        PLAIN,
        PLAIN,
        "opens positions from",
        lambda f: _permits(hours=_never(f))(f),
    ),
    Row(
        "a market order while the market is closed",
        _kept("buy", part=None),
        PLAIN,
        "waits for the open",
        lambda f: _details(liquid=(_tomorrow(f),))(f),
    ),
    Row("over the margin", _kept("buy", quantity=100), PLAIN, "would lack", _poor),
    Row(
        "a market on close good till cancelled",
        lambda f: f.buy(part=None, order_type=OrderType.MOC, tif=Tif.GTC),
        lambda f: f.buy(part=None, order_type=OrderType.MOC),
        "do not take GTC",
    ),
    Row(
        "fill or kill for a stock",
        _kept("buy", tif=Tif.FOK),
        _kept("buy", tif=Tif.IOC),
        "FOK for options only",
    ),
    Row(
        "a midprice outside RTH",
        lambda f: f.buy(order_type=OrderType.MIDPRICE, outside_rth=True),
        lambda f: f.buy(order_type=OrderType.MIDPRICE),
        "regular hours only",
    ),
    Row(
        "an iceberg that shows everything",
        _kept("buy", display_size=D(10)),
        _kept("buy", display_size=D(5)),
        "under the quantity",
    ),
    Row(
        "hidden and shown in part",
        _kept("buy", hidden=True, display_size=D(5)),
        _kept("buy", hidden=True),
        "hidden whole or in part",
    ),
    Row(
        "a minimum quantity for a stock",
        _kept("buy", minimum_quantity=D(5)),
        PLAIN,
        "Only options take a minimum",
    ),
    Row("good till no date", _kept("buy", tif=Tif.GTD), PLAIN, "needs the date and time"),
    Row(
        "an algorithm that nobody knows",
        _kept("buy", algo=Algo("DarkIce")),
        PLAIN,
        "does not offer the algorithm",
    ),
    Row(
        "an algorithm with nonsense in it",
        _kept("buy", algo=Algo("PctVol", (("pctVol", "40"),))),
        _kept("buy", algo=Algo("PctVol", (("pctVol", "0.4"),))),
        "a fraction up to 1",
    ),
    Row(
        "an OCA order that must fill at once",
        _kept("buy", oca=Oca("g"), tif=Tif.IOC),
        _kept("buy", oca=Oca("g")),
        "does not go with IOC",
    ),
    Row(
        "while trading is halted",
        PLAIN,
        PLAIN,
        "Trading is halted",
        lambda f: f.desk.halt("Enough.", f.desk.now_s),
    ),
    Row(
        "an opening order while reduce-only",
        PLAIN,
        PLAIN,
        "reduce-only",
        lambda f: f.desk.reduce_only("Enough.", f.desk.now_s),
    ),
    Row(
        "more than MAX_PORTFOLIO_RISK",
        _kept("buy", quantity=50),
        _kept("buy", quantity=1),
        "MAX_PORTFOLIO_RISK",
        _limits(portfolio_risk_fraction=D("0.0005")),
    ),
    Row(
        "more of one name than may be held",
        _kept("buy", quantity=50),
        _kept("buy", quantity=1),
        "After the fill",
        _limits(position_fraction=Threshold(None, D("0.001"))),
    ),
)


@contextmanager
def arranged(floor: Floor, row: Row) -> Iterator[None]:
    """One thing different, and put back."""
    desk, con_id = floor.desk, floor.apple.con_id
    quote = desk.quote(con_id)
    kept = {name: getattr(quote, name) for name in ("bid", "ask", "last", "close", "kind", "halted")}
    limits, permissions, details = desk.limits, desk.permissions, dict(desk._details)
    accounts, submitted = dict(desk._accounts._accounts), list(desk._submitted)
    row.arrange(floor)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(quote, name, value)
        desk.limits, desk.permissions = limits, permissions
        desk._details.clear()
        desk._details.update(details)
        desk._accounts._accounts.update(accounts)
        desk._submitted.clear()
        desk._submitted.extend(submitted)
        desk._trading = TradingBook()


async def _opened(trader: Trader, simulator: SimulatedGateway) -> Floor:
    trader.desk.limits = load({}, Path("no such folder")).limits
    await trader.is_ready(simulator.port)
    apple = await trader.watches("AAPL")
    await trader.sees(lambda desk: desk.account(desk.link.account).available_funds)
    quote = trader.desk.quote(apple.con_id)
    assert quote is not None
    assert quote.mid is not None
    performed: list[object] = []
    gateway: Any = trader.connector._gateway
    carry_out = gateway.perform

    def perform(request: object) -> None:
        performed.append(request)
        carry_out(request)

    gateway.perform = perform
    return Floor(trader, apple, D(f"{quote.mid:.2f}"), performed)


def _fault_of(floor: Floor, row: Row) -> str:
    """What is wrong with how this row was met; "" when nothing is."""
    with arranged(floor, row):
        answer = floor.trader.connector.submit(row.bad(floor))
    if not isinstance(answer, Denied | Ask):
        return f"{row.name}: it went out"
    if not any(row.words in one.words for one in answer.objections):
        return f"{row.name}: {[one.words for one in answer.objections]}"
    against = floor.desk.assess(row.good(floor), floor.desk.now_s)
    stopped = [one.words for one in against if one.hard or row.words in one.words]
    return f"{row.name}: its nearest good order is stopped: {stopped}" if stopped else ""


async def test_every_bad_order_is_stopped_and_its_nearest_good_one_passes(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    floor = await _opened(trader, simulator)
    faults = [fault for row in MATRIX if (fault := _fault_of(floor, row))]
    assert not faults, "\n".join(faults)
    assert [one for one in floor.performed if isinstance(one, PlaceOrder)] == []
    assert [one for one in trader.desk.orders() if one.state is not OrderState.DENIED] == []


async def test_the_sixteenth_working_order_on_a_side_is_stopped(
    trader: Trader, simulator: SimulatedGateway
) -> None:
    floor = await _opened(trader, simulator)
    floor.desk.limits = replace(
        floor.desk.limits, orders_per_10_s=Threshold(None, D(50)), working_per_side=Threshold(None, D(15))
    )
    soft = frozenset({"MarginTooLow", "PositionTooLarge", "MarketClosed", "QuoteStale"})
    for number in range(15):
        placed = trader.connector.submit(floor.buy(number + 1, 0.9 + number / 1000), soft)
        assert isinstance(placed, PlaceOrder), placed
    await trader.sees(lambda desk: sum(one.state is OrderState.WORKING for one in desk.orders()) == 15)
    denied = trader.connector.submit(floor.buy(20, 0.95), soft)
    assert isinstance(denied, Denied)
    assert "15 BUY orders of AAPL are working already" in denied.words
    assert isinstance(trader.connector.submit(floor.sell(1, 1.1), soft), PlaceOrder)


def test_the_matrix_is_wide_and_names_each_bad_order_once() -> None:
    names = [row.name for row in MATRIX]
    assert len(names) == len(set(names)) >= 40
