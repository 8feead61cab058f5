"""What the public door answers: frozen, typed, and answering `result["key"]` too.

Numbers are `float`, because scripts reckon with them; `None` where IB has not said. Every result can be
awaited and is then itself, so that a script may write `await` or leave it out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar, overload

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Result(BaseModel):
    """Fields by attribute and by key; `keys()` lists those that are promised."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    BESIDE: ClassVar[frozenset[str]] = frozenset()
    """Fields that answer but are not among the promised keys."""

    def __getitem__(self, key: str) -> Any:
        if key not in type(self).model_fields:
            raise KeyError(key)
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in type(self).model_fields

    def keys(self) -> tuple[str, ...]:
        return tuple(name for name in type(self).model_fields if name not in self.BESIDE)

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self, key) if key in type(self).model_fields else default

    def __await__(self) -> Generator[None, None, Self]:
        yield from ()
        return self


class ScanRow(Result):
    """One place of a market scan; `rank` from 0. The con_id serves for an order or for bars."""

    rank: int
    symbol: str
    con_id: int
    sec_type: str
    exchange: str
    currency: str


class ConnectionStatus(Result):
    """`state` is "ready" only when an order could be sent now."""

    BESIDE = frozenset({"data_state"})

    state: str
    socket: str
    broker: str
    synchronised: bool
    account: str
    host: str
    port: int
    client_id: int
    server_version: int | None
    latency_ms: float | None
    last_heard_s: float | None
    """Seconds since the gateway last said anything."""
    attempt: int
    breaker: str
    last_error: str
    data_state: str = ""
    """The state of the connection for data only; "" when the settings name no data_client_id."""


class Bar(Result):
    symbol: str
    timestamp: datetime
    """When the bar began, aware UTC."""
    open: float
    high: float
    low: float
    close: float
    volume: float | None


class MarketData(Result):
    """Bars, oldest first; asked for a name, it answers for the latest one.

    `stale` says that they come from the cache because the gateway cannot be asked: IB told them at `as_of`.
    """

    bars: tuple[Bar, ...]
    stale: bool = False
    as_of: datetime | None = None
    """When IB told them, aware UTC; `None` when it told them just now."""
    age_s: float | None = None
    """Seconds between `as_of` and the answer."""
    why: str = ""
    """Why they are stale, in words."""

    @property
    def latest(self) -> Bar:
        return self.bars[-1]

    @property
    def symbol(self) -> str:
        return self.latest.symbol

    @property
    def timestamp(self) -> datetime:
        return self.latest.timestamp

    @property
    def open(self) -> float:
        return self.latest.open

    @property
    def high(self) -> float:
        return self.latest.high

    @property
    def low(self) -> float:
        return self.latest.low

    @property
    def close(self) -> float:
        return self.latest.close

    @property
    def volume(self) -> float | None:
        return self.latest.volume

    def keys(self) -> tuple[str, ...]:
        return tuple(Bar.model_fields)

    @overload
    def __getitem__(self, key: str) -> Any: ...
    @overload
    def __getitem__(self, key: int) -> Bar: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Bar, ...]: ...
    def __getitem__(self, key: str | int | slice) -> Any:
        if not isinstance(key, str):
            return self.bars[key]
        return getattr(self, key) if key in _MARKS else self.latest[key]

    def __contains__(self, key: object) -> bool:
        return key in _MARKS or key in self.latest if isinstance(key, str) else key in self.bars

    def __len__(self) -> int:
        return len(self.bars)

    def __iter__(self) -> Iterator[Bar]:  # type: ignore[override]
        return iter(self.bars)

    def __reversed__(self) -> Iterator[Bar]:
        return reversed(self.bars)

    def index(self, bar: Bar) -> int:
        return self.bars.index(bar)

    def count(self, bar: Bar) -> int:
        return self.bars.count(bar)


Sequence.register(MarketData)

_MARKS = frozenset({"stale", "as_of", "age_s", "why"})
"""What may be asked of the whole answer by key; every other key is the latest bar's."""


class AccountSummary(Result):
    """In the account's base currency."""

    cash: float | None
    total_value: float | None
    """Net liquidation."""
    buying_power: float | None
    maintenance_margin: float | None


class Position(Result):
    BESIDE = frozenset({"account", "con_id"})

    symbol: str
    quantity: float
    avg_cost: float | None
    """A unit, with the multiplier, as IB states it."""
    current_price: float | None
    unrealized_pnl: float | None
    account: str = ""
    con_id: int = 0


class Positions(list[Position]):
    """A list that can be awaited and is then itself."""

    def __await__(self) -> Generator[None, None, Self]:
        yield from ()
        return self


class PlacedOrder(Result):
    BESIDE = frozenset({"detail"})

    order_id: int
    status: str
    timestamp: datetime
    detail: str = ""
    """What should be known beside it, in words: soft objections that were passed, doubt, a rejection's reason."""


class OrderStatus(Result):
    BESIDE = frozenset({"detail"})

    order_id: int
    status: str
    """submitted, filled, cancelled or rejected."""
    filled_quantity: float
    avg_fill_price: float | None
    timestamp: datetime
    """When it last changed."""
    detail: str = ""
