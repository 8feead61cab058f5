"""Contracts and bars for the public door: asked for, waited for, and told in words when they do not come."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError

from core.api.request import Asked, AskedScan, told
from core.api.results import Bar, MarketData, ScanRow
from core.connector import Connector
from core.domain.codes import in_words
from core.domain.contract import Contract, ContractDetails, ContractQuery
from core.domain.events import (
    BarsRefused,
    BarsReported,
    ContractsReported,
    Event,
    LinkLost,
    ScanReported,
)
from core.domain.quote import BAR_SECONDS, BarKey, series_of
from core.domain.quote import Bar as QuoteBar
from core.domain.scan import Scan
from core.domain.scan import ScanRow as PlaceInScan
from core.errors import IBKRError, MarketDataError, NotSubscribedError, PacingError, StaleDataError
from core.spawn import spawn

T = TypeVar("T")

ANSWER_DEADLINE_S = 30.0
"""The gateway's own deadlines are shorter; this one is for when even those fail."""
_DURATION = re.compile(r"([1-9][0-9]{0,4}) ([SDWMY])", re.ASCII)
_DURATION_S = {"S": 1, "D": 86_400, "W": 7 * 86_400, "M": 31 * 86_400, "Y": 366 * 86_400}
_NOT_SUBSCRIBED = frozenset({354, 420, 10089, 10090, 10091, 10168, 10186, 10187, 10189})


async def qualify(connector: Connector, query: ContractQuery) -> ContractDetails:
    """The one contract that is meant; MarketDataError when there is none, or several."""
    event = await _answer(
        connector,
        lambda: connector.find(query),
        partial(_details_for, query),
        f"details of {_named(query)}",
    )
    if len(event.details) == 1:
        return event.details[0]
    if not event.details:
        raise MarketDataError(
            f"There is no contract {_named(query)}: {in_words(event.code or 200, event.text)}",
            advice="Check symbol, sec_type, exchange and currency, or give the con_id.",
        )
    few = ", ".join(f"{one.contract.label} (con_id {one.contract.con_id})" for one in event.details[:5])
    raise MarketDataError(
        f"{_named(query)} is {len(event.details)} contracts: {few}.", advice="Give the con_id."
    )


async def load_bars(
    connector: Connector,
    asked: Mapping[str, Any],
    bar_size: str,
    duration: str,
    *,
    what: str | None = None,
    rth_only: bool = False,
) -> MarketData:
    """History up to now; MarketDataError when it makes no sense or does not come."""
    _check_span(bar_size, duration)
    contract = (await qualify(connector, _query(asked))).contract
    key = _key(contract, bar_size, what, rth_only)
    event: BarsReported | BarsRefused = await _answer(
        connector,
        lambda: connector.load_bars(key, contract, duration, False),
        partial(_bars_for, key),
        f"bars of {contract.label}",
    )
    if isinstance(event, BarsRefused):
        raise _refusal(event, contract.label)
    if not event.bars:
        raise MarketDataError(f"IB has no {bar_size} bars of {contract.label} over {duration}.")
    return MarketData(bars=tuple(_bar(contract.label, bar) for bar in event.bars))


async def scan_market(connector: Connector, scan: Scan) -> list[ScanRow]:
    """The ranking as it is now; MarketDataError when it is refused or does not come."""
    waiting: asyncio.Task[ScanReported] = spawn(
        connector.expect(partial(_rows_for, scan), ANSWER_DEADLINE_S), f"await the scan {scan.code}"
    )
    await asyncio.sleep(0)
    refusal = connector.scan(scan)
    if refusal:
        waiting.cancel()
        raise MarketDataError(refusal)
    try:
        event = await waiting
    except TimeoutError:
        raise MarketDataError(
            f"IB did not answer the scan {scan.code} within {ANSWER_DEADLINE_S:.0f} s."
        ) from None
    if event.text:
        raise _scan_refusal(event)
    return [_scan_row(row) for row in event.rows]


def scan_of(code: str, asked: Mapping[str, Any]) -> Scan:
    """What is to be ranked; MarketDataError that lists every wrong key."""
    try:
        return AskedScan.model_validate({"code": code, **asked}).scan
    except ValidationError as fault:
        raise MarketDataError(
            "The scan makes no sense: " + told(fault, list(AskedScan.model_fields))
        ) from None


def _scan_row(row: PlaceInScan) -> ScanRow:
    contract = row.contract
    return ScanRow(
        rank=row.rank,
        symbol=contract.symbol,
        con_id=contract.con_id,
        sec_type=contract.sec_type.value,
        exchange=contract.exchange,
        currency=contract.currency,
    )


def _scan_refusal(event: ScanReported) -> MarketDataError:
    words = f"No scan {event.scan.code}: {in_words(event.code, event.text) if event.code else event.text}"
    if event.code in _NOT_SUBSCRIBED or "permission" in event.text.lower():
        return NotSubscribedError(
            words,
            code=event.code,
            advice="Subscribe in Client Portal > Settings > Market Data Subscriptions.",
        )
    return MarketDataError(words, code=event.code)


def recall_bars(
    connector: Connector,
    asked: Mapping[str, Any],
    bar_size: str,
    duration: str,
    why: IBKRError,
    *,
    strict: bool = False,
    what: str | None = None,
    rth_only: bool = False,
) -> MarketData:
    """What IB told of this series once, marked stale; `why` is raised when that is nothing.

    StaleDataError with `strict`, and MarketDataError when the question makes no sense.
    """
    _check_span(bar_size, duration)
    known = connector.recall_contracts(_query(asked))
    if known is None or len(known.content) != 1:
        raise why
    contract = known.content[0].contract
    kept = connector.recall_bars(_key(contract, bar_size, what, rth_only))
    if kept is None:
        raise why
    as_of = datetime.fromtimestamp(kept.told_at_s, UTC)
    age_s = max(0.0, connector.now_s() - kept.told_at_s)
    words = f"{why.what} These bars of {contract.label} are of {as_of:%Y-%m-%d %H:%M:%S} UTC."
    if strict:
        raise StaleDataError(words, advice=why.advice) from why
    since = kept.content[-1].start - _span_of(duration)
    bars = tuple(_bar(contract.label, bar) for bar in kept.content if bar.start > since)
    return MarketData(bars=bars, stale=True, as_of=as_of, age_s=age_s, why=words)


def _key(contract: Contract, bar_size: str, what: str | None, rth_only: bool) -> BarKey:
    return BarKey(contract.con_id, bar_size, what or series_of(contract.sec_type), rth_only)


def _span_of(duration: str) -> timedelta:
    count, unit = duration.split(" ")
    return timedelta(seconds=int(count) * _DURATION_S[unit])


def _check_span(bar_size: str, duration: str) -> None:
    if bar_size not in BAR_SECONDS:
        raise MarketDataError(f"bar_size is {bar_size!r:.60}; allowed is one of {', '.join(BAR_SECONDS)}.")
    if not isinstance(duration, str) or not _DURATION.fullmatch(duration):
        raise MarketDataError(
            f"duration is {duration!r:.60}; allowed is a number and S, D, W, M or Y, such as '1 D'."
        )


def _bar(label: str, bar: QuoteBar) -> Bar:
    return Bar(
        symbol=label,
        timestamp=bar.start,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
    )


def _query(asked: Mapping[str, Any]) -> ContractQuery:
    try:
        return Asked.model_validate(asked).query
    except ValidationError as fault:
        raise MarketDataError(
            "The contract makes no sense: " + told(fault, list(Asked.model_fields))
        ) from None


def _refusal(event: BarsRefused, label: str) -> MarketDataError:
    words = f"No bars of {label}: {in_words(event.code, event.text) if event.code else event.text}"
    if event.code == 162 and "pacing" in event.text.lower():
        return PacingError(
            words, code=event.code, advice="Wait a little; IB limits how often history may be asked for."
        )
    refused = event.code in _NOT_SUBSCRIBED or (event.code == 162 and "permission" in event.text.lower())
    if refused:
        return NotSubscribedError(
            words,
            code=event.code,
            advice="Subscribe in Client Portal > Settings > Market Data Subscriptions.",
        )
    return MarketDataError(words, code=event.code)


async def _answer(
    connector: Connector, ask: Callable[[], None], matches: Callable[[Event], T | None], what: str
) -> T:
    """Listen first, then ask: the answer may come at once."""
    waiting: asyncio.Task[T] = spawn(connector.expect(matches, ANSWER_DEADLINE_S), f"await {what}")
    await asyncio.sleep(0)
    ask()
    try:
        return await waiting
    except TimeoutError:
        raise MarketDataError(f"IB did not answer with {what} within {ANSWER_DEADLINE_S:.0f} s.") from None


def _details_for(query: ContractQuery, event: Event) -> ContractsReported | None:
    return event if isinstance(event, ContractsReported) and event.query == query else None


def _rows_for(scan: Scan, event: Event) -> ScanReported | None:
    if isinstance(event, LinkLost):  # no scan outlives its socket
        return ScanReported(scan, (), None, "the connection was lost before it was answered.")
    return event if isinstance(event, ScanReported) and event.scan == scan else None


def _bars_for(key: BarKey, event: Event) -> BarsReported | BarsRefused | None:
    return event if isinstance(event, BarsReported | BarsRefused) and event.key == key else None


def _named(query: ContractQuery) -> str:
    if query.con_id:
        return f"con_id {query.con_id}"
    return " ".join(part for part in (query.symbol, query.sec_type, query.exchange, query.currency) if part)
