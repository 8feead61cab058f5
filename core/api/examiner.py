"""Looking at a gateway: connect, ask, and go. Nothing is ever placed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from core.api import verdicts
from core.api.embedded import start_simulator, stop_simulator
from core.api.examination import CHECKS, Examination, Finding
from core.domain.codes import COMPETING_SESSION, in_words
from core.domain.contract import Contract, ContractQuery
from core.domain.events import (
    ConnectFailed,
    ContractsReported,
    Event,
    LinkLost,
    MessageReported,
    ProbeAnswered,
    ProbeUnanswered,
    QuoteRefused,
    QuotesReported,
    SnapshotCompleted,
    SocketOpened,
)
from core.domain.limits import LinkSettings
from core.domain.link import LinkFault
from core.domain.quote import QuoteReport
from core.domain.requests import (
    CancelQuotes,
    Connect,
    Probe,
    RequestContracts,
    SubscribeQuotes,
    TakeSnapshot,
    WireRequest,
)
from core.tws.gateway import TwsGateway

DEADLINE_S = 8.0
PROBES = 3
SNAPSHOT_PATIENCE_S = 3.0
CONTRACT_PATIENCE_S = 3.0
QUOTE_PATIENCE_S = 2.0
NEIGHBOUR_PATIENCE_S = 0.5
MESSAGES_KEPT = 200

_NOT_CONNECTED = "Not looked at: the connection did not come so far."
_NO_TIME = "Not looked at: the time was up."


async def examine(
    link: LinkSettings,
    deadline_s: float = DEADLINE_S,
    *,
    symbol: str = "AAPL",
    wall: Callable[[], float] = time.time,
) -> Examination:
    """Look at the gateway that `link` names, for about `deadline_s` at most; never raises for what it finds.

    Without a port it starts the simulator, looks at that, and ends it (IBKRConnectionError when it does not
    start). `symbol` is the stock whose quotes are asked for. It takes `link.client_id` for itself: while a desk
    is connected with it, that is what is found.
    """
    if link.port:
        return await _Examiner(link, deadline_s, symbol, wall).run()
    own = await start_simulator()
    try:
        return await _Examiner(replace(link, host=own.host, port=own.port), deadline_s, symbol, wall).run()
    finally:
        await asyncio.to_thread(stop_simulator, own.process)


class _Examiner:
    """One examination, on the running loop."""

    def __init__(self, link: LinkSettings, deadline_s: float, symbol: str, wall: Callable[[], float]) -> None:
        self._link = link
        self._symbol = symbol
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._ends_at_s = self._loop.time() + deadline_s
        self._findings: dict[str, Finding] = {}
        self._said: deque[MessageReported] = deque(maxlen=MESSAGES_KEPT)
        self._wanted: Callable[[Event], bool] = lambda _: False
        self._heard: asyncio.Queue[Event] = asyncio.Queue()
        self._lost: LinkLost | None = None
        self._opened: SocketOpened | None = None
        self._latency_s: float | None = None
        self._gateway = TwsGateway(self._hear)

    async def run(self) -> Examination:
        try:
            self._find(verdicts.of_port(self._link))
            await self._open()
            for look in (self._look_at_heart, self._look_at_orders, self._look_at_market_data):
                if self._opened is not None and self._lost is None and self._left_s > 0:
                    await look()
            if self._opened is not None:
                self._find(verdicts.of_broker(tuple(self._said)), verdicts.of_farms(self._said))
        finally:
            await self._gateway.close()
        return Examination(
            tuple(self._findings.get(name) or Finding(name, "skipped", self._why_not) for name in CHECKS),
            self._opened.accounts if self._opened else (),
            self._opened.server_version if self._opened else None,
            None if self._latency_s is None else self._latency_s * 1000,
        )

    @property
    def _why_not(self) -> str:
        if self._opened is None:
            return _NOT_CONNECTED
        if self._lost is not None:
            return f"Not looked at: the connection ended. {self._lost.detail}".strip()
        return _NO_TIME

    # --- asking -------------------------------------------------------------------------------------

    @property
    def _left_s(self) -> float:
        return self._ends_at_s - self._loop.time()

    def _find(self, *found: Finding) -> None:
        """What could not be heard because the connection ended is no finding of its own."""
        self._findings |= {one.check: one for one in found if self._lost is None or one.verdict == "ok"}

    def _hear(self, event: Event) -> None:
        if isinstance(event, MessageReported):
            self._said.append(event)
        if isinstance(event, LinkLost):
            self._lost = event
        if isinstance(event, LinkLost) or (self._wanted(event) and self._heard.qsize() < MESSAGES_KEPT):
            self._heard.put_nowait(event)

    async def _ask(
        self, request: WireRequest | Connect, wanted: Callable[[Event], bool], patience_s: float
    ) -> Event | None:
        """The first wanted answer; `None` when none came in time, or the connection ended."""
        self._heard = asyncio.Queue()
        self._wanted = wanted
        self._gateway.perform(request)
        return await self._next(self._loop.time() + patience_s)

    async def _next(self, until_s: float) -> Event | None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(min(until_s, self._ends_at_s)):
                event = await self._heard.get()
                return None if isinstance(event, LinkLost) else event
        return None

    # --- reaching it --------------------------------------------------------------------------------

    async def _open(self) -> None:
        link = self._link
        deadline_s = min(link.connect_deadline_s, self._left_s)
        answer = await self._ask(
            Connect(link.host, link.port, link.client_id, deadline_s),
            lambda event: isinstance(event, SocketOpened | ConnectFailed),
            self._left_s,
        )
        if isinstance(answer, SocketOpened):
            self._opened = answer
            version = Finding("version", "ok", f"It speaks version {answer.server_version}.")
            self._find(*verdicts.of_coming_to("account", link), version)
            self._find(verdicts.of_accounts(answer, link), verdicts.of_money(answer, link))
            return
        failed = answer if isinstance(answer, ConnectFailed) else ConnectFailed(LinkFault.MUTE)
        refused = failed.fault is LinkFault.REFUSED
        found = verdicts.of_failure(failed, link, await self._neighbours() if refused else ())
        self._find(*verdicts.of_coming_to(found.check, link), found)

    async def _neighbours(self) -> list[int]:
        """On which of TWS's usual ports somebody listens instead."""
        others = [port for port in verdicts.KNOWN_PORTS if port != self._link.port]
        there = await asyncio.gather(*(self._listens(port) for port in others))
        return [port for port, listens in zip(others, there, strict=True) if listens]

    async def _listens(self, port: int) -> bool:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(NEIGHBOUR_PATIENCE_S):
                _, writer = await asyncio.open_connection(self._link.host, port)
                writer.transport.abort()
                return True
        return False

    # --- how well it is -----------------------------------------------------------------------------

    async def _look_at_heart(self) -> None:
        """The best of a few round trips, and its clock as told on that one."""
        patience_s = self._link.heartbeat_deadline_s
        best: ProbeAnswered | None = None
        offset_s = 0.0
        for _ in range(PROBES):
            answer = await self._ask(
                Probe(patience_s),
                lambda event: isinstance(event, ProbeAnswered | ProbeUnanswered),
                patience_s + 0.1,
            )
            if not isinstance(answer, ProbeAnswered):
                break
            if best is None or answer.round_trip_s < best.round_trip_s:
                best = answer
                # It told a whole second, which had begun up to one second before.
                told_s = (answer.gateway_time_s or 0.0) + 0.5
                offset_s = told_s - (self._wall() - answer.round_trip_s / 2)
        if best is None:
            self._find(verdicts.of_silence(patience_s))
            return
        self._latency_s = best.round_trip_s
        self._find(verdicts.of_latency(best.round_trip_s))
        if best.gateway_time_s is not None:
            self._find(verdicts.of_clock(offset_s))

    async def _look_at_orders(self) -> None:
        answer = await self._ask(
            TakeSnapshot(SNAPSHOT_PATIENCE_S),
            lambda event: (
                isinstance(event, SnapshotCompleted)
                or (isinstance(event, MessageReported) and verdicts.says_read_only(event))
            ),
            SNAPSHOT_PATIENCE_S + 0.5,
        )
        if isinstance(answer, MessageReported):
            self._find(verdicts.of_read_only(answer))
        else:
            taken = answer if isinstance(answer, SnapshotCompleted) else None
            self._find(verdicts.of_snapshot(taken, SNAPSHOT_PATIENCE_S))

    async def _look_at_market_data(self) -> None:
        answer = await self._ask(
            RequestContracts(ContractQuery(self._symbol)),
            lambda event: isinstance(event, ContractsReported),
            CONTRACT_PATIENCE_S,
        )
        if not isinstance(answer, ContractsReported):
            self._find(verdicts.of_no_contract(self._symbol, "no answer."))
        elif not answer.details:
            why = in_words(answer.code or 200, answer.text)
            self._find(verdicts.of_no_contract(self._symbol, why))
        else:
            await self._look_at_quotes(answer.details[0].contract)

    async def _look_at_quotes(self, contract: Contract) -> None:
        """Subscribe, wait for a price or a refusal, cancel. Some refusals are followed by delayed prices."""
        until_s = self._loop.time() + QUOTE_PATIENCE_S
        refused: QuoteRefused | None = None
        quote: QuoteReport | None = None
        event = await self._ask(
            SubscribeQuotes(contract),
            lambda event: isinstance(event, QuotesReported | QuoteRefused),
            QUOTE_PATIENCE_S,
        )
        while event is not None:
            if isinstance(event, QuoteRefused):
                refused = event
            elif isinstance(event, QuotesReported):
                quote = next((one for one in event.quotes if verdicts.has_a_price(one)), None)
            if quote is not None or (refused is not None and refused.code in verdicts.NO_MARKET_DATA):
                break
            event = await self._next(until_s)
        self._gateway.perform(CancelQuotes(contract.con_id))
        competes = refused is not None and refused.code == COMPETING_SESSION
        self._find(
            verdicts.of_quotes(self._symbol, quote, refused, QUOTE_PATIENCE_S),
            verdicts.of_other_session(competes or any(one.code == COMPETING_SESSION for one in self._said)),
        )
