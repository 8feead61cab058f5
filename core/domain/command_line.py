"""The ticket's command line: "buy 100 aapl lmt 150.25 stop 148 target 155", "cancel all aapl", "flatten aapl", "chart es 5m"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.domain.algos import ALGOS
from core.domain.bracket import BracketSpec, Exit
from core.domain.contract import Contract
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.order_types import FIELDS, ORDER_TYPES, Need, PriceField

# --- what can be said -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderCommand:
    """An order to be staged for review; exactly one of the four ways of sizing is given, or none (the usual lot)."""

    side: Side
    symbol: str
    order_type: OrderType = OrderType.MKT
    quantity: Decimal | None = None
    money: Decimal | None = None
    fraction: Decimal | None = None
    """Of net liquidation."""
    risk: Decimal | None = None
    """Money to lose between the entry and the stop."""
    prices: tuple[tuple[PriceField, Decimal], ...] = ()
    tif: Tif = Tif.DAY
    outside_rth: bool = False
    hidden: bool = False
    all_or_none: bool = False
    algo: str = ""
    exit: Exit | None = None


@dataclass(frozen=True, slots=True)
class CancelCommand:
    """Cancel own orders; `symbol` "" is every contract, `side` `None` both."""

    symbol: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class FlattenCommand:
    symbol: str


@dataclass(frozen=True, slots=True)
class ChartCommand:
    symbol: str
    bar: str = ""
    """As typed: 1m, 5m, 1h, 1d; "" keeps the chart's own."""


Command = OrderCommand | CancelCommand | FlattenCommand | ChartCommand


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and at which word (from 0)."""

    words: str
    at: int
    unfinished: bool = False
    """Nothing is wrong yet: more is needed."""


TYPE_WORDS: dict[str, tuple[OrderType, Tif | None]] = {
    "mkt": (OrderType.MKT, None),
    "lmt": (OrderType.LMT, None),
    "stp": (OrderType.STP, None),
    "stplmt": (OrderType.STP_LMT, None),
    "trail": (OrderType.TRAIL, None),
    "traillmt": (OrderType.TRAIL_LIMIT, None),
    "mit": (OrderType.MIT, None),
    "lit": (OrderType.LIT, None),
    "mtl": (OrderType.MTL, None),
    "moc": (OrderType.MOC, None),
    "loc": (OrderType.LOC, None),
    "moo": (OrderType.MKT, Tif.OPG),
    "loo": (OrderType.LMT, Tif.OPG),
    "mid": (OrderType.MIDPRICE, None),
    "rel": (OrderType.REL, None),
    "pegmid": (OrderType.PEG_MID, None),
    "snapmid": (OrderType.SNAP_MID, None),
    "snapmkt": (OrderType.SNAP_MKT, None),
    "snapprim": (OrderType.SNAP_PRIM, None),
}
ALGO_WORDS = {
    "adaptive": "Adaptive",
    "twap": "Twap",
    "vwap": "Vwap",
    "pctvol": "PctVol",
    "arrival": "ArrivalPx",
}
TIF_WORDS = {tif.value.lower(): tif for tif in Tif if tif is not Tif.GTD}
BARS = ("1m", "5m", "15m", "30m", "1h", "1d")
"""What the chart has."""
FIRST = {
    "buy": "Stage an order to buy.",
    "sell": "Stage an order to sell.",
    "cancel": "Cancel working orders.",
    "flatten": "Stage the order that closes a position.",
    "chart": "Show a chart.",
}
FLAGS = {
    "ext": ("outside_rth", "Also outside regular hours."),
    "hidden": ("hidden", "Not shown to the market."),
    "aon": ("all_or_none", "All or none."),
}
EXITS = {
    "target": "A limit order to take the gain.",
    "stop": "A stop order to limit the loss.",
    "trail": "A trailing stop, by an amount or per cent.",
}
SIZES = re.compile(r"(?P<risk>risk:)?(?P<money>\$)?(?P<number>[\d.,]+)(?P<unit>[k%])?", re.ASCII)
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,20}", re.ASCII)
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_NUMBER = re.compile(r"-?(\d{1,12}(\.\d{0,8})?|\.\d{1,8})", re.ASCII)


def parse(text: str) -> Command | Fault:
    """What the line says; a Fault in words when it says nothing that can be done."""
    line = _Line(text)
    try:
        return line.command()
    except _Stop as stop:
        return stop.fault


def spec_of(
    command: OrderCommand, contract: Contract, quantity: Decimal, account: str = ""
) -> OrderSpec | BracketSpec:
    """What the ticket stages: the order on the contract that was found for its symbol, with its exits if any."""
    spec = OrderSpec(
        contract,
        command.side,
        quantity,
        command.order_type,
        tif=command.tif,
        outside_rth=command.outside_rth,
        account=account,
        hidden=command.hidden,
        all_or_none=command.all_or_none,
        algo=ALGOS[command.algo].initial if command.algo else None,
    )
    prices: dict[str, Any] = {name.value: price for name, price in command.prices}
    spec = replace(spec, **prices)
    return spec if command.exit is None else BracketSpec(spec, (command.exit,))


# --- reading ----------------------------------------------------------------------------------------


class _Stop(Exception):
    """Ends the reading of a line; never leaves this module."""

    def __init__(self, words: str, at: int, *, unfinished: bool = False) -> None:
        super().__init__(words)
        self.fault = Fault(words, at, unfinished)


class _Line:
    """The words of one line, taken from the left."""

    def __init__(self, text: str) -> None:
        self._words = text.split()
        self._at = 0

    def command(self) -> Command:
        verb = self._next("Type buy, sell, cancel, flatten or chart.").lower()
        readers: dict[str, Callable[[], Command]] = {
            "buy": lambda: self._order(Side.BUY),
            "sell": lambda: self._order(Side.SELL),
            "cancel": self._cancel,
            "flatten": lambda: FlattenCommand(self._symbol("Which position?")),
            "chart": self._chart,
        }
        if verb not in readers:
            raise _Stop(f"{verb} is no command. Type buy, sell, cancel, flatten or chart.", 0)
        found = readers[verb]()
        if self._at < len(self._words):
            raise _Stop(f"{self._words[self._at]} is one word too many.", self._at)
        return found

    def _cancel(self) -> CancelCommand:
        """cancel all; cancel aapl; cancel all aapl; cancel buys aapl."""
        side = None
        word = self._next("Cancel what? Type all, buys, sells or a symbol.").lower()
        if word in ("all", "buys", "sells"):
            side = {"all": None, "buys": Side.BUY, "sells": Side.SELL}[word]
            return CancelCommand(self._symbol("") if self._peek() else "", side)
        self._at -= 1
        return CancelCommand(self._symbol("Cancel what?"))

    def _chart(self) -> ChartCommand:
        symbol = self._symbol("A chart of what?")
        bar = self._peek()
        if not bar:
            return ChartCommand(symbol)
        if bar not in BARS:
            raise _Stop(f"{bar} is no bar size. There are {', '.join(BARS)}.", self._at)
        self._at += 1
        return ChartCommand(symbol, bar)

    def _order(self, side: Side) -> OrderCommand:
        order = self._sized(OrderCommand(side, ""))
        order = replace(order, symbol=self._symbol("Which contract?"))
        order = self._typed(order)
        exits = Exit()
        while word := self._peek():
            self._at += 1
            if word in TIF_WORDS:
                order = replace(order, tif=TIF_WORDS[word])
            elif word in FLAGS:
                order = self._flagged(order, word)
            elif word in EXITS:
                exits = self._with_exit(exits, word)
            else:
                raise _Stop(
                    f"{word} is not understood here. After the type come {', '.join((*TIF_WORDS, *FLAGS, *EXITS))}.",
                    self._at - 1,
                )
        if order.risk is not None and exits.stop is None:
            raise _Stop("Sizing by risk needs a stop: add stop and its price.", self._at, unfinished=True)
        return replace(order, exit=exits) if exits.children else order

    def _flagged(self, order: OrderCommand, word: str) -> OrderCommand:
        outside, hidden, whole = (word == one for one in ("ext", "hidden", "aon"))
        return replace(
            order,
            outside_rth=order.outside_rth or outside,
            hidden=order.hidden or hidden,
            all_or_none=order.all_or_none or whole,
        )

    def _sized(self, order: OrderCommand) -> OrderCommand:
        """100, 1,000, 2k, $5000, 5%, risk:250; left out: the usual lot."""
        word = self._peek()
        found = SIZES.fullmatch(word)
        if not word:
            raise _Stop("How many, of what?", self._at, unfinished=True)
        if found is None:
            return order
        number = _number(found["number"])
        if number is None or number <= 0:
            raise _Stop(f"{word} is no quantity.", self._at)
        self._at += 1
        if found["unit"] == "k":
            number *= 1000
        if found["risk"]:
            if found["unit"] == "%":
                raise _Stop("Risk is given in money here: risk:250.", self._at - 1)
            return replace(order, risk=number)
        if found["unit"] == "%":
            return replace(order, fraction=number / 100)
        return replace(order, money=number) if found["money"] else replace(order, quantity=number)

    def _typed(self, order: OrderCommand) -> OrderCommand:
        word = self._peek()
        if word in ALGO_WORDS:
            order = replace(order, algo=ALGO_WORDS[word])
            self._at += 1
            word = self._peek()
        if word not in TYPE_WORDS:
            if _NUMBER.fullmatch(word):
                raise _Stop(f"{word} stands alone: is it lmt {word}?", self._at)
            return order
        self._at += 1
        order_type, tif = TYPE_WORDS[word]
        return replace(
            order, order_type=order_type, tif=tif or order.tif, prices=tuple(self._prices(order_type))
        )

    def _prices(self, order_type: OrderType) -> list[tuple[PriceField, Decimal]]:
        """The stop first, then the limit, as a trader says them: stplmt 151 151.2; trail 1.5 or trail 2%."""
        row = ORDER_TYPES[order_type]
        found = []
        if row.need(PriceField.TRAIL_AMOUNT) is Need.ALTERNATIVE:
            found.append(self._distance(row.title))
        for name in (PriceField.STOP, PriceField.LIMIT, PriceField.OFFSET):
            need = row.need(name)
            if need is Need.MUST or (need is Need.ALTERNATIVE and order_type is OrderType.TRAIL_LIMIT):
                found.append(
                    (name, self._price(f"A {row.title.lower()} order needs a {FIELDS[name].title}."))
                )
            elif need is Need.MAY and _number(self._peek()) is not None:
                found.append((name, self._price("")))
        return found

    def _with_exit(self, exits: Exit, word: str) -> Exit:
        if word == "trail":
            name, value = self._distance("Trailing stop")
            if name is PriceField.TRAIL_PERCENT:
                return replace(exits, trail_percent=value)
            return replace(exits, trail_amount=value)
        price = self._price(f"{word.capitalize()} needs a price.")
        return replace(exits, target=price) if word == "target" else replace(exits, stop=price)

    def _distance(self, title: str) -> tuple[PriceField, Decimal]:
        needs = f"{title} needs a distance: 1.5 or 2%."
        word = self._next(needs)
        value = _number(word.removesuffix("%"))
        if value is None or value <= 0:
            raise _Stop(f"{word} is no distance. {needs}", self._at - 1)
        return (PriceField.TRAIL_PERCENT if word.endswith("%") else PriceField.TRAIL_AMOUNT), value

    def _price(self, needs: str) -> Decimal:
        word = self._next(needs)
        value = _number(word)
        if value is None:
            raise _Stop(f"{word} is no price. {needs}".strip(), self._at - 1)
        return value

    def _symbol(self, needs: str) -> str:
        word = self._next(needs).upper()
        if not _SYMBOL.fullmatch(word):
            raise _Stop(f"{word} is no symbol.", self._at - 1)
        return word

    def _next(self, needs: str) -> str:
        if self._at >= len(self._words):
            raise _Stop(needs, self._at, unfinished=True)
        self._at += 1
        return self._words[self._at - 1]

    def _peek(self) -> str:
        return self._words[self._at].lower() if self._at < len(self._words) else ""


def _number(word: str) -> Decimal | None:
    """1,000 and 150.25 are numbers; 1,5 is not, for it could be either."""
    plain = word.replace(",", "") if _GROUPED.fullmatch(word) else word
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None
