"""Conditions of an order: six kinds, joined by and and or, that send it on or cancel it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from core.simulator.model import Order, Quote
from core.simulator.wire.times import parse_stamp

EVERY_S: Final = 0.25
"""How often conditions are looked at."""

PRICE, TIME, MARGIN, EXECUTION, VOLUME, CHANGE = 1, 3, 4, 5, 6, 7


class Condition(Protocol):
    """One condition as the protocol reads it: `kind` is the wire's number, `conjunction` a or o."""

    @property
    def kind(self) -> int: ...
    @property
    def conjunction(self) -> str: ...
    def term(self, name: str) -> Any: ...


class View(Protocol):
    """What conditions look at."""

    now_s: float

    def quote(self, con_id: int) -> Quote: ...
    def cushion_percent(self, account: str) -> float: ...
    def executed(self, account: str, since_s: float, symbol: str, sec_type: str, exchange: str) -> bool:
        """Whether anything of the account's has filled there since."""
        ...

    def lists(self, con_id: int) -> bool: ...


Test = Callable[[Condition, View, Order, float], bool]


def _beyond(condition: Condition, value: float | None, name: str) -> bool:
    if value is None:
        return False
    limit = float(condition.term(name))
    return value >= limit if condition.term("isMore") else value <= limit


def _price(condition: Condition, view: View, order: Order, since_s: float) -> bool:
    quote = view.quote(condition.term("conId"))
    price = quote.last
    if price is None or condition.term("triggerMethod") == 4:
        price = quote.bid if condition.term("isMore") else quote.ask
    elif condition.term("triggerMethod") == 8 and quote.bid is not None and quote.ask is not None:
        price = (quote.bid + quote.ask) / 2
    return _beyond(condition, price, "price")


def _time(condition: Condition, view: View, order: Order, since_s: float) -> bool:
    at = parse_stamp(str(condition.term("time")), "US/Eastern")
    return at is not None and (view.now_s >= at.timestamp()) == bool(condition.term("isMore"))


def _margin(condition: Condition, view: View, order: Order, since_s: float) -> bool:
    return _beyond(condition, view.cushion_percent(order.account), "percent")


def _execution(condition: Condition, view: View, order: Order, since_s: float) -> bool:
    symbol, sec_type = condition.term("symbol"), condition.term("secType")
    return view.executed(order.account, since_s, symbol, sec_type, condition.term("exchange"))


def _volume(condition: Condition, view: View, order: Order, since_s: float) -> bool:
    return _beyond(condition, view.quote(condition.term("conId")).volume, "volume")


def _change(condition: Condition, view: View, order: Order, since_s: float) -> bool:
    quote = view.quote(condition.term("conId"))
    if quote.last is None or not quote.close:
        return False
    return _beyond(condition, 100 * (quote.last / quote.close - 1), "changePercent")


TESTS: Final[dict[int, Test]] = {
    PRICE: _price,
    TIME: _time,
    MARGIN: _margin,
    EXECUTION: _execution,
    VOLUME: _volume,
    CHANGE: _change,
}


def conditions(order: Order) -> Sequence[Condition]:
    found: Sequence[Condition] = order.attributes.get("conditions") or ()  # type: ignore[assignment]
    return found


def cancels_by_condition(order: Order) -> bool:
    return bool(conditions(order)) and bool(order.attributes.get("conditionsCancelOrder"))


def submits_by_condition(order: Order) -> bool:
    return bool(conditions(order)) and not cancels_by_condition(order)


def met(order: Order, view: View, since_s: float) -> bool:
    """Whether the conditions hold; each one's conjunction joins it with the next, from left to right."""
    result, joined_by = True, "a"
    for condition in conditions(order):
        holds = TESTS[condition.kind](condition, view, order, since_s)
        result = (result and holds) if joined_by == "a" else (result or holds)
        joined_by = condition.conjunction
    return result


def fault(order: Order, view: View) -> tuple[int, str] | None:
    """IB's code and text for a condition that can never be looked at."""
    for condition in conditions(order):
        if condition.kind in (PRICE, VOLUME, CHANGE) and not view.lists(condition.term("conId")):
            return 147, "The conditional contract info is incomplete."
        if condition.kind == TIME:
            try:
                stated = parse_stamp(str(condition.term("time")), "US/Eastern")
            except ValueError:
                stated = None
            if stated is None:
                return 321, "Error validating request.-'cA' : cause - Invalid time in time condition"
    return None
