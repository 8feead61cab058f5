"""What the three files may say, and the ceilings that no file can raise."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

from core.domain.contract import SecType
from core.domain.limits import Threshold
from core.settings.allowed import (
    fraction,
    host,
    member,
    number,
    one_of,
    text,
    whole,
    whole_or_nothing,
    yes_or_no,
    zone,
)

NEVER_TRADED = frozenset({SecType.IND, SecType.CONTFUT})

Traded = Annotated[SecType, member(SecType, NEVER_TRADED)]
Account = Annotated[str, text(r"[A-Za-z0-9]{2,20}", "an account such as DU1234567: letters and digits")]
Seconds = Annotated[float, number("0", "600")]


class Section(BaseModel):
    """A typing error in a key is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- ibkr_config.ini ---------------------------------------------------------------------------------


class Connection(Section):
    profile: Annotated[str, text(r"[a-z0-9][a-z0-9-]{0,39}", "the name of a profile")]
    client_id: Annotated[int, whole(0, 999_999)]
    data_client_id: Annotated[int | None, whole_or_nothing(0, 999_999)]
    account: Annotated[str, text(r"([A-Za-z0-9]{2,20})?", "an account such as DU1234567, or nothing")]
    read_only: Annotated[bool, yes_or_no()]
    allow_remote: Annotated[bool, yes_or_no()]

    @field_validator("data_client_id")
    @classmethod
    def _is_another(cls, own: int | None, others: ValidationInfo) -> int | None:
        if own is not None and own == others.data.get("client_id"):
            raise ValueError("another client id than client_id, or nothing")
        return own


class Timing(Section):
    connect_deadline_s: Seconds
    request_deadline_s: Seconds
    heartbeat_s: Annotated[float, number("0", "60")]
    heartbeat_deadline_s: Annotated[float, number("0", "60")]


class Reconnect(Section):
    backoff_first_s: Seconds
    backoff_most_s: Seconds
    breaker_failures: Annotated[int, whole(1, 100)]
    breaker_window_s: Annotated[float, number("0", "3600")]
    breaker_rest_s: Annotated[float, number("0", "3600")]

    @field_validator("backoff_most_s")
    @classmethod
    def _not_under_the_first(cls, most: float, others: ValidationInfo) -> float:
        if most < others.data.get("backoff_first_s", 0):
            raise ValueError("at least backoff_first_s")
        return most


class Schedule(Section):
    restart_at: Annotated[str, text(r"(([01]\d|2[0-3]):[0-5]\d)?", "a time such as 23:45, or nothing")]
    restart_zone: Annotated[str, zone(none=True)]
    reset_region: Annotated[str, one_of("america", "europe", "asia", "")]


class Pacing(Section):
    # 50 messages a second is TWS's own limit.
    messages_per_s: Annotated[float, number("0", "50")]
    burst: Annotated[int, whole(1, 50)]
    lines: Annotated[int, whole(1, 10_000)]


class Profile(Section):
    host: Annotated[str, host()]
    port: Annotated[int, whole(0, 65_535)]
    kind: Annotated[str, one_of("simulator", "paper", "live")]


class LinkFile(Section):
    connection: Connection
    timing: Timing
    reconnect: Reconnect
    schedule: Schedule
    pacing: Pacing
    profile: dict[Annotated[str, text(r"[a-z0-9][a-z0-9-]{0,39}", "small letters, digits, hyphens")], Profile]


# --- risk_config.yaml --------------------------------------------------------------------------------


class Pair(Section):
    """A soft limit asks, a hard one denies."""

    soft: Decimal | None
    hard: Decimal

    @property
    def threshold(self) -> Threshold:
        return Threshold(self.soft, self.hard)


class Rising(Pair):
    """The soft limit comes first."""

    @model_validator(mode="after")
    def _in_order(self) -> Rising:
        if self.soft is not None and self.soft > self.hard:
            raise ValueError("a soft limit that is not above the hard one")
        return self


class Quantity(Rising):
    soft: Annotated[Decimal | None, number("0", "10000000", none=True)]
    hard: Annotated[Decimal, number("0", "10000000")]


class Money(Rising):
    soft: Annotated[Decimal | None, number("0", "10000000", none=True)]
    hard: Annotated[Decimal, number("0", "10000000")]


class OfEquity(Rising):
    soft: Annotated[Decimal | None, number("0", "20", none=True)]
    hard: Annotated[Decimal, number("0", "20")]


class OfPrice(Rising):
    soft: Annotated[Decimal | None, number("0", "1", none=True)]
    hard: Annotated[Decimal, number("0", "1")]


class Count(Rising):
    soft: Annotated[Decimal | None, whole(1, 50, none=True)]
    hard: Annotated[Decimal, whole(1, 50)]


class CountAMinute(Rising):
    soft: Annotated[Decimal | None, whole(1, 600, none=True)]
    hard: Annotated[Decimal, whole(1, 600)]


class Ratio(Rising):
    soft: Annotated[Decimal | None, number("0", "1000", none=True)]
    hard: Annotated[Decimal, number("0", "1000")]


class OfPosition(Section):
    """Either may be left open."""

    soft: Annotated[Decimal | None, fraction("20")]
    hard: Annotated[Decimal | None, fraction("20")]

    @model_validator(mode="after")
    def _in_order(self) -> OfPosition:
        if self.soft is not None and self.hard is not None and self.soft > self.hard:
            raise ValueError("a soft limit that is not above the hard one")
        return self

    @property
    def threshold(self) -> Threshold:
        return Threshold(self.soft, self.hard)


class WorkingOrders(Rising):
    # IB refuses the sixteenth.
    soft: Annotated[Decimal | None, whole(1, 15, none=True)]
    hard: Annotated[Decimal, whole(1, 15)]


class Repeat(Pair):
    """Here the hard span is the shorter one."""

    soft: Annotated[Decimal | None, number("0", "3600", none=True)]
    hard: Annotated[Decimal, number("0.5", "3600")]

    @model_validator(mode="after")
    def _in_order(self) -> Repeat:
        if self.soft is not None and self.soft < self.hard:
            raise ValueError("a soft span that is not shorter than the hard one")
        return self


QUANTITY_CEILINGS: dict[SecType, int] = {
    SecType.STK: 100_000,
    SecType.OPT: 2_000,
    SecType.FUT: 500,
    SecType.FOP: 2_000,
    SecType.CASH: 10_000_000,
    SecType.CFD: 100_000,
    SecType.CRYPTO: 1_000,
    SecType.BOND: 10_000,
    SecType.FUND: 100_000,
    SecType.WAR: 100_000,
    SecType.CMDTY: 10_000,
    SecType.BAG: 2_000,
}


class RiskFile(Section):
    max_order_size: Annotated[int | None, whole(1, 10_000_000, none=True)]
    max_portfolio_risk: Annotated[Decimal | None, fraction("20")]
    quantity: dict[Traded, Quantity]
    notional: Money
    notional_fraction: OfEquity
    notional_by_type: dict[Traded, Money]
    notional_fraction_by_type: dict[Traded, OfEquity]
    collar: dict[Traded, OfPrice]
    spread: dict[Traded, OfPrice]
    duplicate_s: Repeat
    quote_age_s: Annotated[Decimal, number("0", "60")]
    working_per_side: WorkingOrders
    orders_per_10_s: Count
    orders_per_60_s: CountAMinute
    position_fraction: OfPosition
    message_ratio: Ratio
    margin_excess_fraction: Annotated[Decimal, number("0", "1")]
    daily_loss: Annotated[Decimal | None, number("0", "100000000", none=True)]
    daily_loss_fraction: Annotated[Decimal | None, fraction("1")]
    orders_per_day: Annotated[int | None, whole(1, 100_000, none=True)]
    restart_quiet_s: Annotated[Decimal, number("0", "600")]


# --- trading_permissions.yaml ------------------------------------------------------------------------

Symbol = Annotated[
    str, text(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,20}", 'a symbol; in quotes where YAML reads it otherwise: "ON"')
]
Exchange = Annotated[
    str,
    text(r"[A-Z0-9][A-Z0-9._-]{0,20}", 'an exchange such as SMART, in capitals; in quotes if need be: "NO"'),
]


Clock = Annotated[str, text(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'a time of day in quotes, such as "09:30"')]


class Hours(Section):
    """A span of each day; over midnight when it ends before it begins."""

    begins: Clock
    ends: Clock
    zone: Annotated[str, zone()]


class PermissionsFile(Section):
    sec_types: list[Traded]
    exchanges: list[Exchange]
    restricted_symbols: list[Symbol]
    accounts: list[Account]
    shorting: Annotated[bool, yes_or_no()]
    outside_rth: Annotated[bool, yes_or_no()]
    account_type: Annotated[str, one_of("margin", "cash")]
    options_level: Annotated[int, whole(0, 4)]
    hours: Hours | None


class Files(Section):
    """The three files as one tree: each stands under its own name."""

    link: LinkFile
    risk: RiskFile
    permissions: PermissionsFile
