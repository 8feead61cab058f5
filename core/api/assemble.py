"""Putting the parts together: desk, gateway, journal, clock. The only place where they all meet."""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.cache import Cache
from core.cache import default_path as default_cache_path
from core.connector import Connector, SteadyClock
from core.desk import Desk
from core.domain.codes import adopt
from core.domain.events import TradingChanged
from core.domain.trading import TradingState
from core.errors import SettingsError
from core.journal import Journal, JournalBusy, JournalError, default_path
from core.journal.codec import fact_of
from core.journal.reader import entries, newest_since_ns, recent
from core.journal.recording import KINDS
from core.journal.replay import among, replay
from core.settings import Settings
from core.settings.follow import EVERY_S, Followed
from core.tws.gateway import TwsGateway

log = logging.getLogger(__name__)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SIMULATORS_AT_ONCE = 9
RESTORED_S = 48 * 3600.0
"""A start shows what happened since the day before, however much; orders not done with are shown however old."""
RESTORED_DAYS = 30
"""And the orders and executions of so many days,"""
RESTORED_ROWS = 10_000
"""as long as they are among the newest so many rows: the view stands within three seconds of the start."""


class MissingJournal:
    """Stands in where the journal cannot be had: everything is shown, and every order refused with the reason."""

    def __init__(self, fault: JournalError) -> None:
        self._fault = fault
        self.trouble = str(fault)

    def commit(self, kind: str, subject: str, fields: object) -> None:
        raise JournalError(self._fault.what, advice=self._fault.advice)

    def record(self, kind: str, subject: str, fields: object) -> None:
        """Lost, which the log says once at the start."""


def assemble(
    settings: Settings,
    *,
    journal: Journal | None = None,
    journal_path: Path | None = None,
    clock: Callable[[], float] | None = None,
    refs: Callable[[], str] | None = None,
    jitter: Callable[[], float] = random.random,
    cache: Cache | None = None,
) -> Connector:
    """A connector that has not been started. Without `journal` it opens the default one, or refuses orders.

    `clock`, `refs` (new order references) and `jitter` are all the chance there is: a simulation gives its own.
    Without `cache` the default one is opened, unless the clock is a simulation's: its prices are nobody's past.
    """
    adopt(settings.codes)
    keeper: Journal | MissingJournal
    try:
        keeper = journal or open_journal(settings, journal_path)
        floor = keeper.highest_order_id(settings.link.client_id)
    except JournalError as fault:
        log.error("no orders can be sent: %s", fault)
        keeper, floor = MissingJournal(fault), 0
    now = clock or SteadyClock()

    def make_desk(now_s: float) -> Desk:
        return Desk(
            settings.link,
            settings.limits,
            settings.permissions,
            now_s=now_s,
            new_ref=refs or new_ref,
            jitter=jitter,
            next_order_id=floor + 1,
        )

    desk = make_desk(now())
    if isinstance(keeper, Journal):
        desk.resume(_as_journalled(make_desk(0.0), keeper.path, _gateways(settings), desk.now_s))
        if (halted := _last_trading_state(keeper.path, desk.now_s)) is not None:
            desk.step(halted, desk.now_s)
    if cache is None and clock is None:
        cache = Cache(default_cache_path())
    connector = Connector(desk, TwsGateway, keeper, now, cache)
    if settings.followed is not None:
        connector.every(EVERY_S, partial(_follow, connector, settings.followed))
    return connector


def _follow(connector: Connector, followed: Followed[Settings]) -> None:
    """A changed file of limits: the tighter ones hold at once."""
    found = followed.look()
    if isinstance(found, SettingsError):
        log.error("the changed limits were not taken: %s", found)
        connector.note("error", f"The changed limits were not taken. {found.what}")
    elif found is not None:
        connector.take_limits(found.limits, found.permissions)


def _last_trading_state(path: Path, now_s: float) -> TradingChanged | None:
    """A halt outlives any restart, however long ago it was. One that cannot be read is taken for a halt."""
    try:
        rows = entries(path, kind=KINDS[TradingChanged], limit=1)
        return fact_of(TradingChanged, rows[0].fields) if rows else None
    except (JournalError, ValueError, TypeError, KeyError):
        log.exception("the last trading state could not be read")
        return TradingChanged(TradingState.HALTED, "The last trading state could not be read.", now_s)


def _as_journalled(desk: Desk, path: Path, gateways: frozenset[str], now_s: float) -> Desk:
    """A desk that has been told what the journal holds, as far back as a start reaches."""
    try:
        rows = recent(path, _restored_since_ns(path, now_s))
    except JournalError as fault:
        log.error("what happened before this start cannot be shown: %s", fault)
        return desk
    desk.retells = True
    for at_s, event in replay(rows, among(gateways)):
        try:
            desk.step(event, at_s)
        except Exception:
            log.exception("a row of the journal could not be taken in: %s", type(event).__name__)
    return desk


def _restored_since_ns(path: Path, now_s: float) -> int:
    """Whole stretches of time: an order's life and the positions beside it make sense together only."""
    always_ns, at_most_ns = (int((now_s - span_s) * 1e9) for span_s in (RESTORED_S, RESTORED_DAYS * 86_400))
    return min(always_ns, max(at_most_ns, newest_since_ns(path, RESTORED_ROWS)))


def _gateways(settings: Settings) -> frozenset[str]:
    """Whose orders are still of interest: IB's, and those of simulators with an address of their own."""
    links = (settings.link, *settings.profiles.values())
    return frozenset({"IB", *(f"simulator {link.host}:{link.port}" for link in links if link.port)})


def open_journal(settings: Settings, path: Path | None = None) -> Journal:
    """The journal of this client id. Two simulators may run at once; their journals then stand side by side."""
    first = path or default_path(settings.link.client_id)
    beside = [first.with_name(f"{first.stem}-{number}.sqlite") for number in range(2, SIMULATORS_AT_ONCE + 1)]
    may_step_aside = path is None and settings.link.port == 0
    for place in [first, *beside] if may_step_aside else [first]:
        try:
            return Journal(place)
        except JournalBusy as fault:
            busy = fault
    raise busy


def new_ref() -> str:
    """A ULID: unique for ever, and in the order of time."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
