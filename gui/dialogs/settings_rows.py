"""What the settings dialog shows: one row a value, its unit, and how it reads in words."""

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
    """pair, single, list, switch or hours; of the link also number and text, where empty is a value."""
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


@dataclass(frozen=True, slots=True)
class Kinds:
    """A row for each kind of contract that the files name under `key`."""

    key: str
    unit: str


def _risk(key: str, title: str, unit: str, kind: str = "pair") -> Row:
    return Row(("risk", key), title, unit, kind)


def _may(key: str, title: str, kind: str, meaning: str) -> Row:
    return Row(("permissions", key), title, "", kind, meaning)


def _link(section: str, key: str, title: str, meaning: str, kind: str = "number") -> Row:
    return Row(("link", *section.split("/"), key), title, "", kind, meaning)


PAGES: dict[str, tuple[tuple[str, tuple[Row, ...] | Kinds], ...]] = {
    "Order size": (
        ("Any one order", (_risk("max_order_size", "Any contract", "units", "single"),)),
        ("By kind of contract", Kinds("quantity", "units")),
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
        ("Instead, where little money moves much", Kinds("notional_by_type", "money")),
        ("Instead, against equity", Kinds("notional_fraction_by_type", "equity")),
    ),
    "Price and quote": (
        ("How far a price may reach through the market", Kinds("collar", "market")),
        ("Spread for a market order", Kinds("spread", "spread")),
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
    "Permissions": (
        (
            "What this desk trades, whatever IB allows",
            (
                _may("sec_types", "Kinds of contract", "list", "Only these are traded."),
                _may("exchanges", "Exchanges", "list", "An order may be routed to these; empty allows all."),
                _may("restricted_symbols", "Restricted symbols", "list", "May be closed, not opened."),
                _may("accounts", "Accounts", "list", "May be traded; empty allows all."),
                _may("shorting", "Selling short", "switch", "Off: nothing is sold that is not held."),
                _may("outside_rth", "Outside regular hours", "switch", "Off: no order works outside them."),
                _may(
                    "account_type",
                    "Account type",
                    "single",
                    "margin or cash; cash neither borrows nor sells short.",
                ),
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
            ),
        ),
    ),
    "Connection": (
        (
            "Which gateway, and as whom",
            (
                _link("connection", "profile", "Profile", "The name of one of the profiles.", "text"),
                _link(
                    "connection",
                    "account",
                    "Account",
                    "Such as DU1234567; empty: the first there is.",
                    "text",
                ),
                _link("connection", "client_id", "Client id", "No two programs may use the same on one TWS."),
                _link(
                    "connection", "data_client_id", "Client id for data", "For long histories; empty: none."
                ),
                _link("connection", "read_only", "Read-only", "On: look, never trade.", "switch"),
                _link(
                    "connection",
                    "allow_remote",
                    "Other computers",
                    "The API is not encrypted: whoever is on the way can read and trade.",
                    "switch",
                ),
            ),
        ),
        (
            "How long to wait, in seconds",
            (
                _link("timing", "connect_deadline_s", "To be let in", "Then TWS counts as not answering."),
                _link("timing", "request_deadline_s", "For an answer", "Then the question counts as lost."),
                _link("timing", "heartbeat_s", "Heartbeat", "So often TWS is asked whether it is there."),
                _link(
                    "timing", "heartbeat_deadline_s", "Its answer", "Later than this the link counts as lost."
                ),
            ),
        ),
        (
            "Connecting again",
            (
                _link("reconnect", "backoff_first_s", "First wait", "Seconds; it grows with every attempt."),
                _link("reconnect", "backoff_most_s", "Longest wait", "Seconds, at least the first."),
                _link(
                    "reconnect", "breaker_failures", "Failures", "So many in the window stop the attempts."
                ),
                _link("reconnect", "breaker_window_s", "Window", "Seconds in which failures are counted."),
                _link("reconnect", "breaker_rest_s", "Rest", "Seconds, with one attempt at the end of each."),
            ),
        ),
        (
            "Restarts and resets",
            (
                _link(
                    "schedule",
                    "restart_at",
                    "Restart of TWS",
                    "Such as 23:45; empty: it does not restart.",
                    "text",
                ),
                _link("schedule", "restart_zone", "Its time zone", "Empty: this computer's.", "text"),
                _link(
                    "schedule", "reset_region", "IBKR's reset", "america, europe, asia; empty: none.", "text"
                ),
            ),
        ),
        (
            "What TWS is asked",
            (
                _link(
                    "pacing", "messages_per_s", "Messages a second", "TWS takes 50 and drops who sends more."
                ),
                _link("pacing", "burst", "At once", "So many may go out together."),
                _link("pacing", "lines", "Market-data lines", "As many as your subscription has."),
            ),
        ),
    ),
}
"""Page by page, headings with their rows; the profiles follow, as the files have them."""

_PROFILE = (
    ("host", "Computer", "text", "127.0.0.1 is this one."),
    ("port", "Port", "number", "0: the built-in simulator, which IBDesk starts itself."),
    (
        "kind",
        "Kind",
        "text",
        "simulator, paper or live; paper is believed only when port and accounts agree.",
    ),
)
Groups = tuple[tuple[str, tuple[Row, ...]], ...]


def pages(places: Iterable[Place]) -> dict[str, Groups]:
    """Every page with its headings and rows."""
    known = list(places)
    made: dict[str, Groups] = {
        title: tuple((heading, _rows(part, known)) for heading, part in groups)
        for title, groups in PAGES.items()
    }
    return made | {"Profiles": _profiles(known)}


def _rows(part: tuple[Row, ...] | Kinds, places: list[Place]) -> tuple[Row, ...]:
    if not isinstance(part, Kinds):
        return part
    order = list(KINDS)
    named = dict.fromkeys(place[2] for place in places if place[:2] == ("risk", part.key))
    known = sorted(named, key=lambda name: order.index(name) if name in order else len(order))
    return tuple(Row(("risk", part.key, name), KINDS.get(name, name), part.unit) for name in known)


def _profiles(places: list[Place]) -> Groups:
    names = dict.fromkeys(place[2] for place in places if place[:2] == ("link", "profile"))
    return tuple(
        (
            name,
            tuple(_link(f"profile/{name}", key, title, means, kind) for key, title, kind, means in _PROFILE),
        )
        for name in names
    )


def is_on(value: Any) -> bool:
    """A switch as YAML or INI writes it."""
    return str(value).lower() in ("true", "yes")


def shown(row: Row, value: Any) -> str:
    """A value as the field shows it, which `wish` reads back."""
    if value is None:
        return ""
    if row.kind == "switch":
        return "yes" if is_on(value) else "no"
    if row.kind == "list":
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if row.kind == "hours" and isinstance(value, dict):
        return f"{value.get('begins')}-{value.get('ends')} {value.get('zone')}"
    return str(value)


def wish(row: Row, text: str) -> Any:
    """What a field's text stands for in the file; what cannot be read goes on as it is, for the loader to refuse."""
    text = text.strip()
    if row.kind in ("number", "text"):
        return text
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
