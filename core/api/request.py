"""What a script says of an order, read strictly: every wrong word is told, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from core.domain.contract import Contract, ContractQuery, SecType
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.scan import SCAN_ROWS_MOST, Scan
from core.domain.verdict import Objection
from core.errors import OrderDenied
from core.settings.allowed import number, text, whole

ORDER_TYPES = {
    "MKT": OrderType.MKT,
    "MARKET": OrderType.MKT,
    "LMT": OrderType.LMT,
    "LIMIT": OrderType.LMT,
    "STP": OrderType.STP,
    "STOP": OrderType.STP,
    "STP LMT": OrderType.STP_LMT,
    "STOP LIMIT": OrderType.STP_LMT,
}
SIDES = {side.value: side for side in Side}
TIFS = {tif.value: tif for tif in Tif}
SEC_TYPES = {kind.value: kind for kind in SecType}

ROUTED_BY_NAME = frozenset({SecType.FUT, SecType.FOP, SecType.IND, SecType.CONTFUT})
"""Kinds that SMART does not route: without an exchange, IB is asked for all."""


class Refused(OrderDenied):
    """An order that was not sent; `objections` says which rules, what they measured, and their limits."""

    def __init__(self, what: str, objections: tuple[Objection, ...] = (), advice: str = "") -> None:
        self.objections = objections
        super().__init__(what, advice=advice)


def refused_by(objections: tuple[Objection, ...]) -> Refused:
    told = [f"{one.words} [{one.rule}: measured {one.measured}, limit {one.limit}]" for one in objections]
    return Refused(" ".join(told), objections)


def _word(table: Mapping[str, Any]) -> BeforeValidator:
    def read(value: Any) -> Any:
        key = " ".join(value.upper().replace("_", " ").split()) if isinstance(value, str) else value
        if not isinstance(key, str) or key not in table:
            raise ValueError(f"one of {', '.join(table)}")
        return table[key]

    return BeforeValidator(read)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return value


Price = Annotated[Decimal | None, number("-1000000000", "1000000000", none=True)]
_SYMBOL = r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,30}"


class Asked(BaseModel):
    """The contract part, shared by orders and market data."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    symbol: Annotated[str, text(rf"({_SYMBOL})?", "a symbol such as AAPL")] = ""
    sec_type: Annotated[SecType | None, _word(SEC_TYPES)] = None
    exchange: Annotated[str, text(r"([A-Za-z0-9][A-Za-z0-9._-]{0,20})?", "an exchange such as SMART")] = ""
    currency: Annotated[str, text(r"([A-Za-z]{3})?", "a currency such as USD")] = ""
    con_id: Annotated[int, whole(1, 2**31 - 1)] = 0

    @model_validator(mode="after")
    def _names_a_contract(self) -> Asked:
        if not self.symbol and not self.con_id:
            raise ValueError("a symbol or a con_id")
        return self

    @property
    def query(self) -> ContractQuery:
        base, dot, quoted = self.symbol.upper().partition(".")
        pair = bool(dot) and len(base) == len(quoted) == 3 and self.sec_type in (None, SecType.CASH)
        kind = self.sec_type or (SecType.CASH if pair else SecType.STK)
        exchange = "IDEALPRO" if kind is SecType.CASH else "" if kind in ROUTED_BY_NAME else "SMART"
        return ContractQuery(
            symbol=base if pair else self.symbol.upper(),
            sec_type=kind,
            exchange=self.exchange.upper() or exchange,
            currency=quoted if pair else self.currency.upper() or "USD",
            con_id=self.con_id,
        )


class AskedScan(BaseModel):
    """A market scan in IB's own words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, text(r"[A-Za-z0-9_]{1,60}", "a scan code such as TOP_PERC_GAIN")]
    instrument: Annotated[str, text(r"[A-Za-z0-9._]{1,30}", "an instrument such as STK")] = "STK"
    location: Annotated[str, text(r"[A-Za-z0-9._,]{1,120}", "a place such as STK.US.MAJOR")] = "STK.US.MAJOR"
    rows: Annotated[int, whole(1, SCAN_ROWS_MOST)] = SCAN_ROWS_MOST
    price_above: Price = None
    price_below: Price = None
    volume_above: Annotated[int | None, whole(0, 10**12, none=True)] = None

    @property
    def scan(self) -> Scan:
        return Scan(
            self.code.upper(),
            self.instrument,
            self.location,
            self.rows,
            None if self.price_above is None else float(self.price_above),
            None if self.price_below is None else float(self.price_below),
            self.volume_above,
        )


class AskedOrder(Asked):
    """The guide's keys, and the few beside them."""

    side: Annotated[Side, _word(SIDES)] = Field(validation_alias=AliasChoices("action", "side"))
    quantity: Annotated[Decimal, number("0", "1000000000")]
    order_type: Annotated[OrderType, _word(ORDER_TYPES)]
    limit_price: Price = None
    stop_price: Price = None
    tif: Annotated[Tif, _word(TIFS)] = Tif.DAY
    outside_rth: Annotated[bool, BeforeValidator(_truth)] = False
    account: Annotated[str, text(r"([A-Za-z0-9]{2,20})?", "an account such as DU1234567")] = ""

    def spec(self, contract: Contract, account: str) -> OrderSpec:
        return OrderSpec(
            contract=contract,
            side=self.side,
            quantity=self.quantity,
            order_type=self.order_type,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
            tif=self.tif,
            outside_rth=self.outside_rth,
            account=self.account or account,
        )


KEYS = [name for name in AskedOrder.model_fields if name != "side"] + ["action", "side"]


def read_order(order: Mapping[str, Any]) -> AskedOrder:
    """Raises Refused that lists every wrong key."""
    if not isinstance(order, Mapping):
        raise Refused(f"An order is a mapping of keys to values, not {type(order).__name__}.")
    if "action" in order and "side" in order and order["action"] != order["side"]:
        raise Refused("action and side contradict each other.", advice="Give one of them.")
    given = {key: value for key, value in order.items() if not (key == "side" and "action" in order)}
    try:
        return AskedOrder.model_validate(given)
    except ValidationError as fault:
        raise Refused(
            "The order makes no sense: " + told(fault, KEYS, "action"), advice="Nothing was sent."
        ) from None


def told(fault: ValidationError, keys: list[str], renamed: str = "") -> str:
    """Each wrong key with its value and what is allowed, in one sentence."""
    said = []
    for one in fault.errors(include_url=False):
        key = str(one["loc"][0]) if one["loc"] else ""
        name = renamed if key == "side" and renamed else key
        if one["type"] == "extra_forbidden":
            close = get_close_matches(key, keys, 1)
            said.append(f"{key!r} is no key" + (f" (did you mean {close[0]!r}?)" if close else ""))
        elif one["type"] == "missing":
            said.append(f"{name!r} is missing")
        else:
            allowed = str(one["ctx"]["error"]) if one["type"] == "value_error" else one["msg"]
            allowed = allowed.replace("null", "None")
            value = f"{name!r} is {one['input']!r:.60}, it must be " if name else "it needs "
            said.append(f"{value}{allowed}")
    return "; ".join(said) + "."
