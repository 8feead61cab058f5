"""What the settings dialog shows of limits and permissions: one row a value, its unit, and how it reads in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from gui import format as fmt

Place = tuple[str, ...]

KINDS = {
    "STK": "Stocks",
    "OPT": "Options",
    "FUT": "Futures",
    "FOP": "Options on futures",
    "CASH": "Currencies",
    "CFD": "CFDs",
    "CRYPTO": "Crypto",
    "BOND": "Bonds",
    "FUND": "Funds",
    "WAR": "Warrants",
    "CMDTY": "Commodities",
    "BAG": "Combos",
}
_HOURS = re.compile(r"(\S+)\s*(?:-|–|to)\s*(\S+)\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Unit:
    """How a number of this unit is said, and what stands behind the last one."""

    say: Callable[[Decimal], str]
    tail: str
    more: str = "above"
    """On which side of the number it bites."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page: its fields, and what they mean. `key` is the place without soft and hard."""

    key: Place
    title: str
    unit: str
    kind: str = "pair"
    """pair, single, list, switch or hours."""
    meaning: str = ""

    @property
    def places(self) -> tuple[Place, ...]:
        return ((*self.key, "soft"), (*self.key, "hard")) if self.kind == "pair" else (self.key,)


def _share(number: Decimal) -> str:
    return f"{fmt.quantity(number * 100)} %"


def _whole_money(number: Decimal) -> str:
    return fmt.money(number, decimals=0)


UNITS: dict[str, Unit] = {
    "units": Unit(fmt.quantity, "units in one order"),
    "money": Unit(_whole_money, "in the account's currency"),
    "equity": Unit(_share, "of net liquidation"),
    "market": Unit(_share, "through the market"),
    "spread": Unit(_share, "between bid and ask"),
    "repeat": Unit(fmt.quantity, "seconds", "within"),
    "age": Unit(fmt.quantity, "seconds of age"),
    "working": Unit(fmt.quantity, "on one side of one contract"),
    "10 s": Unit(fmt.quantity, "new orders in 10 seconds"),
    "60 s": Unit(fmt.quantity, "new orders in a minute"),
    "ratio": Unit(fmt.quantity, "messages for each fill"),
    "quiet": Unit(fmt.quantity, "seconds before the gateway's restart", "within"),
    "margin": Unit(_share, "of maintenance margin", "under"),
    "loss": Unit(_whole_money, "lost today", "from"),
    "loss share": Unit(_share, "of net liquidation lost today", "from"),
    "day": Unit(fmt.quantity, "orders today", "from"),
}
_ACTS = {
    "quote_age_s": "asks",
    "margin_excess_fraction": "asks",
    "daily_loss": "only closing orders",
    "daily_loss_fraction": "only closing orders",
    "orders_per_day": "only closing orders",
}


def _risk(key: str, title: str, unit: str, kind: str = "pair") -> Row:
    return Row(("risk", key), title, unit, kind)


def _by_kind(key: str, unit: str, names: Iterable[str]) -> tuple[Row, ...]:
    order = list(KINDS)
    known = sorted(names, key=lambda name: order.index(name) if name in order else len(order))
    return tuple(Row(("risk", key, name), KINDS.get(name, name), unit) for name in known)


def pages(places: Iterable[Place]) -> dict[str, tuple[tuple[str, tuple[Row, ...]], ...]]:
    """Page by page, headings with their rows; kinds of contract come as the files have them."""

    def kinds(key: str) -> list[str]:
        return list(dict.fromkeys(place[2] for place in places if place[:2] == ("risk", key)))

    return {
        "Order size": (
            ("Any one order", (_risk("max_order_size", "Any contract", "units", "single"),)),
            ("By kind of contract", _by_kind("quantity", "units", kinds("quantity"))),
        ),
        "Order value": (
            (
                "Any contract",
                (
                    _risk("notional", "Worth of an order", "money"),
                    _risk("notional_fraction", "Worth against equity", "equity"),
                    _risk("max_portfolio_risk", "Added to the portfolio", "equity", "single"),
                    _risk("position_fraction", "Position after the fill", "equity"),
                ),
            ),
            (
                "Instead, where little money moves much",
                _by_kind("notional_by_type", "money", kinds("notional_by_type")),
            ),
            (
                "Instead, against equity",
                _by_kind("notional_fraction_by_type", "equity", kinds("notional_fraction_by_type")),
            ),
        ),
        "Price and quote": (
            ("How far a price may reach through the market", _by_kind("collar", "market", kinds("collar"))),
            ("Spread for a market order", _by_kind("spread", "spread", kinds("spread"))),
            ("Age of the quote", (_risk("quote_age_s", "A quote in regular hours", "age", "single"),)),
        ),
        "Pace": (
            (
                "How fast orders may follow",
                (
                    _risk("duplicate_s", "The same order again", "repeat"),
                    _risk("orders_per_10_s", "In ten seconds", "10 s"),
                    _risk("orders_per_60_s", "In a minute", "60 s"),
                    _risk("working_per_side", "Working at once", "working"),
                    _risk("message_ratio", "Changes for each fill", "ratio"),
                    _risk("restart_quiet_s", "Before a restart", "quiet", "single"),
                ),
            ),
        ),
        "Margin and day": (
            ("Margin", (_risk("margin_excess_fraction", "Excess liquidity after", "margin", "single"),)),
            (
                "Limits of the day: reduce-only until the next one",
                (
                    _risk("daily_loss", "Loss in money", "loss", "single"),
                    _risk("daily_loss_fraction", "Loss against equity", "loss share", "single"),
                    _risk("orders_per_day", "Number of orders", "day", "single"),
                ),
            ),
        ),
        "Permissions": (("What this desk trades, whatever IB allows", _PERMISSIONS),),
    }


def _may(key: str, title: str, kind: str, meaning: str) -> Row:
    return Row(("permissions", key), title, "", kind, meaning)


_PERMISSIONS = (
    _may("sec_types", "Kinds of contract", "list", "Only these are traded."),
    _may("exchanges", "Exchanges", "list", "An order may be routed to these; empty allows all."),
    _may("restricted_symbols", "Restricted symbols", "list", "May be closed, not opened."),
    _may("accounts", "Accounts", "list", "May be traded; empty allows all."),
    _may("shorting", "Selling short", "switch", "Off: nothing is sold that is not held."),
    _may("outside_rth", "Outside regular hours", "switch", "Off: no order works outside them."),
    _may("account_type", "Account type", "single", "margin or cash; cash neither borrows nor sells short."),
    _may(
        "options_level",
        "Options level",
        "single",
        "0 none, 1 covered calls, 2 also bought, 3 also combos, 4 also sold uncovered.",
    ),
    _may(
        "hours",
        "Own hours",
        "hours",
        "Opening orders only then, such as 09:30-16:00 America/New_York; empty: always.",
    ),
)


def shown(row: Row, value: Any) -> str:
    """A value as the field shows it, which `wish` reads back."""
    if value is None:
        return ""
    if row.kind == "list":
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if row.kind == "hours" and isinstance(value, dict):
        return f"{value.get('begins')}-{value.get('ends')} {value.get('zone')}"
    return str(value)


def wish(row: Row, text: str) -> Any:
    """What a field's text stands for in the file; what cannot be read goes on as it is, for the loader to refuse."""
    text = text.strip()
    if row.kind == "list":
        return [part for part in re.split(r"[,\s]+", text) if part]
    if not text:
        return None
    if row.kind == "hours" and (found := _HOURS.fullmatch(text)):
        return dict(zip(("begins", "ends", "zone"), found.groups(), strict=True))
    return text


def reading(row: Row, texts: tuple[str, ...]) -> str:
    """What the fields say, in words: Asks above 5 % of net liquidation, denies above 25 %."""
    if row.meaning:
        return row.meaning
    unit = UNITS[row.unit]
    acts = ("asks", "denies") if row.kind == "pair" else (_ACTS.get(row.key[-1], "denies"),)
    numbers = [_number(text) for text in texts]
    parts = [
        f"{act} {unit.more} {unit.say(number)}"
        for act, number in zip(acts, numbers, strict=True)
        if number is not None
    ]
    words = f"{', '.join(parts)} {unit.tail}" if parts else "no limit"
    return f"{words[0].upper()}{words[1:]}"


def _number(text: str) -> Decimal | None:
    text = text.strip()
    try:
        if text.endswith("%"):
            return Decimal(text[:-1].strip()) / 100
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
