"""What an order may wait for, or end by: six kinds of condition, joined by "and" or "or"."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum


class Join(StrEnum):
    """How a condition is tied to the one after it; the last one's says nothing."""

    AND = "and"
    OR = "or"


class TriggerMethod(IntEnum):
    """What a stop, a touch or a price condition looks at, by IB's numbers."""

    DEFAULT = 0
    DOUBLE_BID_ASK = 1
    LAST = 2
    DOUBLE_LAST = 3
    BID_ASK = 4
    LAST_OR_BID_ASK = 7
    MIDPOINT = 8

    @property
    def words(self) -> str:
        return _METHOD_WORDS[self]


_METHOD_WORDS = {
    TriggerMethod.DEFAULT: "IB's default for the contract",
    TriggerMethod.DOUBLE_BID_ASK: "two bids or asks in a row",
    TriggerMethod.LAST: "the last trade",
    TriggerMethod.DOUBLE_LAST: "two last trades in a row",
    TriggerMethod.BID_ASK: "bid or ask",
    TriggerMethod.LAST_OR_BID_ASK: "the last trade, bid or ask",
    TriggerMethod.MIDPOINT: "the middle of bid and ask",
}


@dataclass(frozen=True, slots=True)
class PriceCondition:
    con_id: int
    exchange: str
    price: Decimal
    above: bool = True
    method: TriggerMethod = TriggerMethod.DEFAULT
    join: Join = Join.AND
    label: str = field(default="", compare=False)
    """The contract's name for a reader; IB knows it by `con_id` alone."""

    @property
    def words(self) -> str:
        return f"{self.label or self.con_id} at or {_way(self.above)} {self.price:f}"


@dataclass(frozen=True, slots=True)
class TimeCondition:
    """IB takes "after" only."""

    at: datetime
    join: Join = Join.AND

    @property
    def words(self) -> str:
        return f"after {moment_words(self.at)}"


@dataclass(frozen=True, slots=True)
class MarginCondition:
    """The margin cushion of the account, in whole per cent."""

    percent: int
    above: bool = False
    join: Join = Join.AND

    @property
    def words(self) -> str:
        return f"margin cushion {_way(self.above)} {self.percent} %"


@dataclass(frozen=True, slots=True)
class ExecutionCondition:
    """A fill of any order of this symbol in the account."""

    symbol: str
    sec_type: str = "STK"
    exchange: str = "SMART"
    join: Join = Join.AND

    @property
    def words(self) -> str:
        return f"after a fill in {self.symbol}"


@dataclass(frozen=True, slots=True)
class VolumeCondition:
    con_id: int
    exchange: str
    volume: int
    above: bool = True
    join: Join = Join.AND
    label: str = field(default="", compare=False)

    @property
    def words(self) -> str:
        return f"volume of {self.label or self.con_id} {_way(self.above)} {self.volume:,}"


@dataclass(frozen=True, slots=True)
class PercentCondition:
    """The change from yesterday's close, in per cent."""

    con_id: int
    exchange: str
    percent: Decimal
    above: bool = True
    join: Join = Join.AND
    label: str = field(default="", compare=False)

    @property
    def words(self) -> str:
        return f"{self.label or self.con_id} changed {_way(self.above)} {self.percent:f} %"


Condition = (
    PriceCondition | TimeCondition | MarginCondition | ExecutionCondition | VolumeCondition | PercentCondition
)


def conditions_in_words(conditions: tuple[Condition, ...]) -> str:
    """All of them as one clause: "AAPL at or above 150 and after 2026-11-23 15:00 UTC"."""
    parts: list[str] = []
    for number, one in enumerate(conditions):
        parts += [one.words] if number + 1 == len(conditions) else [one.words, one.join]
    return " ".join(parts)


def moment_words(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _way(above: bool) -> str:
    return "above" if above else "below"
