"""Contracts between IB's shape and ours, with their price bands and trading sessions."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from ib_async.contract import ComboLeg as IbLeg
from ib_async.contract import Contract as IbContract
from ib_async.contract import ContractDetails as IbDetails
from ib_async.objects import PriceIncrement

from core.domain.combo import combo_id
from core.domain.contract import (
    ComboLeg,
    Contract,
    ContractDetails,
    ContractQuery,
    PriceBand,
    SecType,
    TradingSession,
)
from core.tws.numbers import exact, given, label, plain, words

log = logging.getLogger(__name__)

_SEC_TYPES = {known.value: known for known in SecType} | {
    "IOPT": SecType.WAR,
    "BILL": SecType.BOND,
    "FIXED": SecType.BOND,
}
_SMART_ROUTED = frozenset(
    {SecType.STK, SecType.OPT, SecType.WAR, SecType.CFD, SecType.BOND, SecType.FUND, SecType.CMDTY}
)
_HOME = {SecType.CASH: "IDEALPRO", SecType.CRYPTO: "PAXOS"}
_LIST_LENGTH = 4000
_CENT = PriceBand(Decimal(0), Decimal("0.01"))


def contract_from(ib: IbContract, *, venue: bool = False) -> Contract:
    """Our contract. With `venue`, `ib.exchange` is where something traded, not how to route to it.

    Raises LookupError for a security type that the desk has no name for.
    """
    sec_type = _SEC_TYPES[ib.secType]
    legs = tuple(_leg_from(leg) for leg in ib.comboLegs or ())
    return Contract(
        con_id=combo_id(legs) if legs else int(ib.conId),
        symbol=label(ib.symbol),
        sec_type=sec_type,
        exchange=_route(
            sec_type, "" if venue else label(ib.exchange), label(ib.primaryExchange or ib.exchange)
        ),
        primary_exchange=label(ib.primaryExchange),
        currency=label(ib.currency, 10),
        local_symbol=label(ib.localSymbol),
        trading_class=label(ib.tradingClass),
        expiry=label(ib.lastTradeDateOrContractMonth).split(" ")[0],
        strike=given(ib.strike),
        right=ib.right[:1] if ib.right[:1] in ("C", "P") else "",
        multiplier=given(ib.multiplier) or Decimal(1),
        legs=legs,
    )


def _leg_from(leg: IbLeg) -> ComboLeg:
    return ComboLeg(int(leg.conId), int(leg.ratio), label(leg.action, 10), label(leg.exchange))


def _route(sec_type: SecType, stated: str, primary: str) -> str:
    """Positions and portfolio lines come without an exchange: choose the one that takes orders."""
    if stated:
        return stated
    return "SMART" if sec_type in _SMART_ROUTED else _HOME.get(sec_type, primary)


def contract_to(ours: Contract) -> IbContract:
    """IB's contract for quotes, bars and orders."""
    if ours.legs:
        return _combo_to(ours)
    return IbContract(
        conId=ours.con_id,
        symbol=ours.symbol,
        secType=ours.sec_type.value,
        lastTradeDateOrContractMonth=ours.expiry,
        strike=float(ours.strike or 0),
        right=ours.right,
        multiplier="" if ours.multiplier == 1 else plain(ours.multiplier.normalize()),
        exchange=ours.exchange,
        primaryExchange=ours.primary_exchange,
        currency=ours.currency,
        localSymbol=ours.local_symbol,
        tradingClass=ours.trading_class,
    )


def _combo_to(ours: Contract) -> IbContract:
    """A BAG is known by its legs alone: our own number and name for it stay here."""
    return IbContract(
        symbol=ours.symbol,
        secType=ours.sec_type.value,
        exchange=ours.exchange,
        currency=ours.currency,
        comboLegs=[
            IbLeg(conId=leg.con_id, ratio=leg.ratio, action=leg.side, exchange=leg.exchange)
            for leg in ours.legs
        ],
    )


def query_to(query: ContractQuery) -> IbContract:
    """What to ask `reqContractDetails` for: `con_id` alone when there is one."""
    # SMART exists for some types only; asking for it elsewhere finds nothing.
    routed = query.exchange != "SMART" or (query.sec_type in _SMART_ROUTED and not query.con_id)
    exchange = query.exchange if routed else ""
    if query.con_id:
        return IbContract(conId=query.con_id, exchange=exchange)
    return IbContract(
        symbol=query.symbol,
        secType=query.sec_type.value,
        exchange=exchange,
        currency=query.currency,
        lastTradeDateOrContractMonth=query.expiry,
        strike=float(query.strike or 0),
        right=query.right,
    )


def details_from(ib: IbDetails, bands: tuple[PriceBand, ...] | None) -> ContractDetails:
    """A contract's own rules; without its market rule the smallest tick must do for every price."""
    assert ib.contract is not None
    zone_id = label(ib.timeZoneId)
    if bands is None:
        bands = (PriceBand(Decimal(0), given(ib.minTick) or _CENT.increment),)
    return ContractDetails(
        contract=contract_from(ib.contract),
        long_name=words(ib.longName, 120),
        price_bands=bands,
        order_types=frozenset(filter(None, label(ib.orderTypes, _LIST_LENGTH).split(","))),
        valid_exchanges=tuple(filter(None, label(ib.validExchanges, _LIST_LENGTH).split(","))),
        min_size=given(ib.minSize) or Decimal(1),
        size_increment=given(ib.sizeIncrement) or Decimal(1),
        time_zone=zone_id,
        trading=sessions(label(ib.tradingHours, _LIST_LENGTH), zone_id),
        liquid=sessions(label(ib.liquidHours, _LIST_LENGTH), zone_id),
        stock_type=label(ib.stockType),
    )


def market_rule_of(ib: IbDetails) -> int | None:
    """The market rule of the contract's own exchange: rules are listed beside the exchanges."""
    assert ib.contract is not None
    rules = dict(zip(ib.validExchanges.split(","), ib.marketRuleIds.split(","), strict=False))
    rule = rules.get(ib.contract.exchange) or next(iter(rules.values()), "")
    return int(rule) if rule.isdigit() else None


def bands_from(increments: Iterable[PriceIncrement]) -> tuple[PriceBand, ...] | None:
    """Price bands in ascending order; `None` when IB stated nothing usable."""
    bands = [
        PriceBand(exact(row.lowEdge) or Decimal(0), step)
        for row in increments
        if (step := given(row.increment)) is not None
    ]
    return tuple(sorted(bands, key=lambda band: band.low_edge)) or None


@lru_cache(
    maxsize=256
)  # the contracts of a chain have the same hours, and reading them is what a row costs most
def sessions(hours: str, zone_id: str) -> tuple[TradingSession, ...]:
    """Spans of "20261122:0400-20261122:2000;20261123:CLOSED" in UTC; none when the zone is unknown."""
    if not hours:
        return ()
    try:
        # "EST (Eastern Standard Time)" is IB's older way of saying it.
        zone = ZoneInfo(zone_id.split(" ")[0])
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        log.warning("unknown time zone %r: its trading hours are not shown", zone_id)
        return ()
    found = [session for part in hours.split(";") if (session := _session(part, zone)) is not None]
    return tuple(sorted(found, key=lambda session: session.opens))


def _session(part: str, zone: ZoneInfo) -> TradingSession | None:
    opens, dash, closes = part.strip().partition("-")
    if not dash:
        return None  # "20261123:CLOSED"
    if ":" not in closes:  # "20261122:0400-2000", before 2018
        closes = f"{opens.split(':')[0]}:{closes}"
    try:
        start, end = _moment(opens, zone), _moment(closes, zone)
    except ValueError:
        return None
    if end <= start:  # an old-style span over midnight names only its first day
        end += timedelta(days=1)
    return TradingSession(start, end)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    day, _, clock = text.partition(":")
    extra = timedelta(0)
    if clock == "2400":
        clock, extra = "0000", timedelta(days=1)
    return (datetime.strptime(f"{day}{clock}", "%Y%m%d%H%M").replace(tzinfo=zone) + extra).astimezone(UTC)
