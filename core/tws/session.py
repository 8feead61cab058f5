"""One connection from its first byte to its last: reach, shake hands, carry requests, end."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from core.domain.events import ConnectFailed, Event, LinkLost, SocketOpened
from core.domain.gateway import Receive
from core.domain.link import LinkFault
from core.domain.requests import (
    CancelBars,
    CancelOrder,
    CancelQuotes,
    CancelStream,
    Connect,
    GlobalCancel,
    PlaceOrder,
    PreviewOrder,
    Probe,
    RequestBars,
    RequestContracts,
    RequestScan,
    SearchContracts,
    SubscribeAccount,
    SubscribeQuotes,
    SubscribeStream,
    TakeSnapshot,
    WireRequest,
)
from core.tws import outbound
from core.tws.account import AccountFeed
from core.tws.callbacks import Books, Inbox
from core.tws.client import NEWEST_VERSION, OLDEST_VERSION, Client
from core.tws.codes import HANDSHAKE_FAULTS
from core.tws.directory import Directory, MarketRules
from core.tws.history import BarRequests
from core.tws.numbers import words
from core.tws.previews import Previews
from core.tws.probe import Probes
from core.tws.quotes import QuoteLines
from core.tws.scans import Scans
from core.tws.snapshot import Snapshot
from core.tws.streams import Streams
from core.tws.wire import Wire

SIMULATOR_ZONE = "EST5EDT"
"""Our simulator ends its greeting's time with this; TWS writes a zone's short name there, never this one."""

_CONNECT_ERROR = re.compile(r"\[Errno (\d+)\]")
log = logging.getLogger(__name__)

_GONE_WITHIN_S = 1.0
_EARLY_MOST = 1000


class Session:
    """Ends once, for whatever reason, and tells it once; after that it is silent."""

    def __init__(
        self,
        request: Connect,
        receive: Receive,
        rules: MarketRules,
        deadline_s: float,
        counts: Counter[str],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.is_ready = False
        self.accounts: tuple[str, ...] = ()
        self._request = request
        self._receive = receive
        self._counts = counts
        self._ended = False
        self._gone = asyncio.Event()
        self._early: list[Event] = []
        self._deadline: asyncio.TimerHandle | None = None
        self._version: int | None = None
        self._simulator = False
        self._next_order_id: int | None = None
        self._last_words = ""
        inbox = Inbox(self)
        self._client = Client(inbox, self, counts)
        self._wire = wire = Wire(self._client, self._tell, loop, counts)
        books = Books(
            QuoteLines(wire),
            BarRequests(wire),
            Directory(wire, rules, deadline_s),
            Snapshot(wire),
            AccountFeed(wire, deadline_s),
            Probes(wire),
            Previews(wire, lambda asked: outbound.preview(wire, asked, self.accounts)),
            Streams(wire),
            Scans(wire),
        )
        inbox.attach(wire, books)
        self._performers: dict[type[WireRequest], Callable[[Any], None]] = {
            Probe: books.probes.ask,
            TakeSnapshot: books.snapshot.take,
            SubscribeAccount: books.account.subscribe,
            PlaceOrder: lambda order: outbound.place(wire, order, self.accounts),
            CancelOrder: lambda order: outbound.cancel(wire, order),
            GlobalCancel: lambda _: outbound.cancel_everywhere(wire),
            PreviewOrder: books.previews.ask,
            RequestContracts: books.directory.request,
            SearchContracts: books.directory.search,
            SubscribeQuotes: books.quotes.subscribe,
            CancelQuotes: books.quotes.cancel,
            SubscribeStream: books.streams.subscribe,
            CancelStream: books.streams.cancel,
            RequestScan: books.scans.ask,
            RequestBars: books.bars.request,
            CancelBars: books.bars.cancel,
        }

    @property
    def is_open(self) -> bool:
        return self.is_ready and self._client.is_open

    def perform(self, request: WireRequest) -> None:
        """Write the request. Raises what the encoder raises, and `NotPlaceable`."""
        self._performers[type(request)](request)

    def end(self) -> None:
        """Drop the socket without a word: it was wanted."""
        if not self._ended and self._counts:
            told = ", ".join(f"{count} {what}" for what, count in sorted(self._counts.items()))
            log.info("since the start, counted and not believed: %s", told)
        self._ended = True
        self._wire.close()
        self._client.abort()

    async def gone(self) -> None:
        """Wait until the dropped socket is closed, or long enough."""
        if self._client.conn.transport is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GONE_WITHIN_S):
                    await self._gone.wait()

    # --- opening ------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Reach the gateway and greet it; the rest of the handshake is heard, against the same deadline."""
        request = self._request
        began_s = self._wire.now_s
        try:
            async with asyncio.timeout(request.deadline_s):
                await self._client.reach(request.host, request.port, request.client_id)
        except TimeoutError:
            self._fail(
                LinkFault.UNREACHABLE, f"{request.host} did not answer within {request.deadline_s:g} s."
            )
        except OSError as fault:
            found = fault_of(fault)
            self._fail(found, "" if found is LinkFault.CLOSED else words(str(fault)))
        if not self._ended:
            left_s = request.deadline_s - (self._wire.now_s - began_s)
            self._deadline = self._wire.after(left_s, self._handshake_overdue)

    def version_heard(self, version: int, time_words: str) -> None:
        if version < OLDEST_VERSION:
            return self._fail(
                LinkFault.TOO_OLD, f"It speaks version {version}; {OLDEST_VERSION} is the least."
            )
        if version > NEWEST_VERSION:
            return self._fail(LinkFault.NOT_TWS, f"It answered version {version}, which was not offered.")
        self._version = version
        self._simulator = time_words.split(" ")[-1] == SIMULATOR_ZONE
        return self._client.accept(version)

    def next_order_id_heard(self, order_id: int) -> None:
        self._next_order_id = order_id
        self._wire.keep_apart_from(order_id)
        self._become_ready()

    def accounts_heard(self, accounts: tuple[str, ...]) -> None:
        self.accounts = accounts
        self._become_ready()

    def refusal_heard(self, code: int, text: str) -> bool:
        self._last_words = f"{text} ({code})"
        fault = HANDSHAKE_FAULTS.get(code)
        if fault is not None:
            self._fail(fault, self._last_words)
        return fault is not None

    def _become_ready(self) -> None:
        if self.is_ready or not self.accounts or self._next_order_id is None or self._version is None:
            return
        self.is_ready = True
        if self._deadline is not None:
            self._wire.call_off(self._deadline)
        self._receive(SocketOpened(self._version, self.accounts, self._next_order_id, self._simulator))
        early, self._early = self._early, []
        for event in early:
            self._tell(event)

    def _handshake_overdue(self) -> None:
        if self._next_order_id is not None:
            fault, missing = LinkFault.ACCOUNT_MISSING, "It named no account."
        elif self._version is not None or self._client.greeting_began:
            fault, missing = LinkFault.SLOW, "It did not get to the end of the handshake."
        else:
            fault, missing = LinkFault.MUTE, "It accepted the connection and said nothing."
        self._fail(fault, f"{missing} {self._last_words}".strip())

    # --- ending -------------------------------------------------------------------------------------

    def nonsense_heard(self, said: str) -> None:
        if self.is_ready:
            self._lose(LinkFault.INTERNAL, f"The gateway broke the protocol: {said}.")
        else:
            self._fail(LinkFault.NOT_TWS, f"It does not speak the TWS protocol: {said}.")

    def lost(self, said: str) -> None:
        self._gone.set()
        if self._ended:
            return
        why = words(said)
        if self.is_ready:
            self._lose(LinkFault.CLOSED, why)
        elif self._version is None:
            self._fail(
                LinkFault.NOT_TWS, f"It closed the connection before it named its version. {words(said)}"
            )
        else:
            self._fail(LinkFault.CLOSED, f"{why} {self._last_words}".strip())

    def _fail(self, fault: LinkFault, detail: str) -> None:
        self._finish(ConnectFailed(fault, detail.strip()))

    def _lose(self, fault: LinkFault, detail: str) -> None:
        self._finish(LinkLost(fault, detail))

    def _finish(self, last: Event) -> None:
        if not self._ended:
            self.end()
            self._receive(last)

    def _tell(self, event: Event) -> None:
        if self._ended:
            return
        if self.is_ready:
            self._receive(event)
        elif len(self._early) < _EARLY_MOST:
            self._early.append(event)
        else:
            self.nonsense_heard(f"more than {_EARLY_MOST:,} messages before it was ready")


def fault_of(error: OSError) -> LinkFault:
    """Refused only when every address refused: asyncio folds several failures into one text.

    One that is reset while it is opened was let in and shown out: somebody is there.
    """
    folded = {int(found) for found in _CONNECT_ERROR.findall(str(error))}
    if folded == {errno.ECONNRESET} or isinstance(error, ConnectionResetError):
        return LinkFault.CLOSED
    refused = folded == {errno.ECONNREFUSED} or isinstance(error, ConnectionRefusedError)
    return LinkFault.REFUSED if refused else LinkFault.UNREACHABLE
