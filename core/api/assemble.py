"""Putting the parts together: desk, gateway, journal, clock. The only place where they all meet."""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from core.connector import Connector, SteadyClock
from core.desk import Desk
from core.journal import Journal, JournalBusy, JournalError, default_path
from core.settings import Settings
from core.tws.gateway import TwsGateway

log = logging.getLogger(__name__)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SIMULATORS_AT_ONCE = 9


class MissingJournal:
    """Stands in where the journal cannot be had: everything is shown, and every order refused with the reason."""

    def __init__(self, fault: JournalError) -> None:
        self._fault = fault

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
) -> Connector:
    """A connector that has not been started. Without `journal` it opens the default one, or refuses orders."""
    keeper: Journal | MissingJournal
    try:
        keeper = journal or open_journal(settings, journal_path)
        floor = keeper.highest_order_id(settings.link.client_id)
    except JournalError as fault:
        log.error("no orders can be sent: %s", fault)
        keeper, floor = MissingJournal(fault), 0
    now = clock or SteadyClock()
    desk = Desk(
        settings.link,
        settings.limits,
        settings.permissions,
        now_s=now(),
        new_ref=new_ref,
        jitter=random.random,
        next_order_id=floor + 1,
    )
    return Connector(desk, TwsGateway, keeper, now)


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
