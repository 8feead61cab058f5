"""The gateway on a TCP port of this machine: sockets, the market's clock, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import json
import logging
import os
import secrets
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from core.simulator.cable import Cable
from core.simulator.control import Control, ControlConnection
from core.simulator.courses import COURSES
from core.simulator.exchange import Exchange
from core.simulator.faults import parsed
from core.simulator.hub import Hub
from core.simulator.model import Market
from core.simulator.pacing import Limits
from core.simulator.peer import Cadence
from core.simulator.record import Player, Recorder, load
from core.simulator.session import Session
from core.simulator.state import BadState, Remembers, StateFile
from core.simulator.wire.frames import NEWEST_VERSION, BadFrame
from core.spawn import spawn

log = logging.getLogger(__name__)

"""How often the market lives; its own tempo decides what happens in between."""

MAX_UNSENT_BYTES = 32 * 1024 * 1024
"""A client that has this much unread is dropped, as TWS does: nobody's memory pays for it."""

GREETING_TIMEOUT_S = 30.0

MAX_SPEED = 1_000

ACCOUNTS = ("DU1234567",)
AS_TWS = Limits(messages_a_second=50)

NOT_SUBSCRIBED = frozenset({43652089})
"""HYG: the account has no live data for it, so that 354 and delayed data can be met in the demo."""

TOKEN_VARIABLE = "IBDESK_SIMULATOR_TOKEN"
"""The environment variable that gives the control channel's token; else it is announced."""

Announce = Callable[[str], None]


class NotLoopback(ValueError):
    """The simulator is not for other machines: it knows no passwords."""


def check_host(host: str) -> str:
    """`host` if it is this machine's own loopback address, else `NotLoopback`."""
    if host == "localhost":
        return "127.0.0.1"
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return host
    raise NotLoopback(
        f"The simulated gateway listens on this machine only: 127.0.0.1, ::1 or localhost, not {host!r}."
    )


class _Connection(asyncio.Protocol):
    """One socket and its session; all that is written in one turn of the loop leaves in one piece."""

    def __init__(self, gateway: SimulatedGateway) -> None:
        self._gateway = gateway
        self._pending: list[bytes] = []
        self._closing = False
        self.session: Session | None = None
        self.transport: asyncio.Transport | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._cable = Cable(gateway.hub.faults, self, asyncio.get_running_loop())
        self._number = gateway.recorder.connection() if gateway.recorder else 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._gateway.connections.add(self)
        if not self._cable.opens():
            return
        self.session = self._gateway.hub.admit(self.write, self._cable.close)
        if self.session is None:
            transport.abort()
            return
        if self._gateway.recorder is not None:
            self.session.on_message = self._record
        self._patience = asyncio.get_running_loop().call_later(GREETING_TIMEOUT_S, self._drop_if_silent)

    def data_received(self, data: bytes) -> None:
        if self.session is not None and (not self._gateway.hub.faults.switches or self._cable.passes()):
            self.session.receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gateway.connections.discard(self)
        self._cable.forget()
        if self._patience is not None:
            self._patience.cancel()
        if self.session is not None:
            self._gateway.hub.leave(self.session)

    def write(self, data: bytes) -> None:
        """Send one message, by a network that may be bad."""
        if self._gateway.recorder is not None:
            self._gateway.recorder.told(self._number, self._gateway.hub.clock_s, data)
        self._cable.send(data)

    def _record(self, fields: list[str]) -> None:
        assert self._gateway.recorder is not None
        self._gateway.recorder.asked(self._number, self._gateway.hub.clock_s, fields)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    # --- what the cable does to the socket ----------------------------------------------------------

    def put(self, data: bytes) -> None:
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(data)

    def end(self) -> None:
        self._closing = True
        if not self._pending:
            self._flush()

    def reset(self) -> None:
        sock = self.transport.get_extra_info("socket") if self.transport is not None else None
        if sock is not None:
            # To linger for no time at all is what makes the system send RST.
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            )
        self.abort()

    def stop_reading(self) -> None:
        if self.transport is not None:
            self.transport.pause_reading()

    def _flush(self) -> None:
        if self.transport is None or self.transport.is_closing():
            self._pending.clear()
            return
        if self._pending:
            self.transport.write(b"".join(self._pending))
            self._pending.clear()
        if self._closing:
            self.transport.close()
        elif self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            log.warning("client dropped: it does not read")
            self.transport.abort()

    def _drop_if_silent(self) -> None:
        if self.session is not None and self.session.peer is None and self.transport is not None:
            self.transport.abort()


class SimulatedGateway:
    """A gateway that listens between `start()` and `stop()`; `port` is known once started."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        seed: int = 1,
        speed: float = 1.0,
        scenario: str | None = None,
        real_hours: bool = False,
        market: Market | None = None,
        cadence: Cadence | None = None,
        unsubscribed: frozenset[int] = NOT_SUBSCRIBED,
        accounts: tuple[str, ...] = ACCOUNTS,
        limits: Limits | None = None,
        master_client_id: int | None = None,
        recorder: Recorder | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.host = check_host(host)
        if not 0 <= port <= 65_535:
            raise ValueError(f"A port is a number from 0 to 65535, not {port}.")
        if not 0 < speed <= MAX_SPEED:
            raise ValueError(f"The speed is a number above 0 and up to {MAX_SPEED}, not {speed}.")
        self.port = port
        self._clock = clock
        self.recorder = recorder
        course = COURSES.get(scenario or "")
        if market is None:
            market = Exchange(
                seed,
                clock(),
                accounts=accounts,
                speed=speed,
                scenario=None if course else scenario,
                always_open=not real_hours,
            )
        self.hub = Hub(
            market,
            cadence=cadence,
            limits=limits or AS_TWS,
            unsubscribed=unsubscribed,
            master_client_id=master_client_id,
            seed=seed,
            clock=clock,
        )
        if course is not None:
            self.hub.begin(course.name)
        else:
            self.hub.scenario = scenario
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._pulse: asyncio.Task[None] | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._pulse = spawn(self._live(), "simulated market clock")

    async def stop(self) -> None:
        if self._pulse is not None:
            self._pulse.cancel()
            with suppress(asyncio.CancelledError):
                await self._pulse
        if self._server is not None:
            self._server.close()
        self.kill()
        if self._server is not None:
            await self._server.wait_closed()
        await asyncio.sleep(0)

    async def __aenter__(self) -> SimulatedGateway:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def kill(self, client_id: int | None = None) -> None:
        """Cut the connection of one client, or of all, without a word."""
        for connection in tuple(self.connections):
            peer = connection.session.peer if connection.session is not None else None
            if client_id is None or (peer is not None and peer.client_id == client_id):
                connection.abort()

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(self.hub.cadence.pulse_s)
            try:
                self.hub.advance(self._clock())
            except Exception:
                # A fault in one moment of the market must not stop its clock.
                log.exception("the market stumbled")


def _to_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Setup:
    """What `ibdesk simulate` is asked for."""

    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    seed: int = 1
    speed: float = 1.0
    scenario: str | None = None
    real_hours: bool = False
    accounts: int = 1
    master_client_id: int | None = None
    end_sessions_that_hurry: bool = False
    state: Path | None = None
    roll_back_ids: int = 0
    record: Path | None = None
    replay: Path | None = None
    stop_with_stdin: bool = False
    faults: Sequence[str] = ()
    """Faults that are on from the beginning, as `faults.parsed` reads them."""


async def serve(
    setup: Setup = Setup(),
    *,
    announce: Announce = _to_stdout,
) -> None:
    """Serve until cancelled, signalled or, on request, until standard input ends.

    `announce` gets one line of JSON once clients can connect.
    """
    over = asyncio.Event()
    async with AsyncExitStack() as stack:
        if setup.replay is not None:
            said = await _replay(setup, setup.replay, stack)
        else:
            said = await _open(setup, stack)
        _end_on_signal(over)
        if setup.stop_with_stdin:
            _end_with_stdin(over)
        # The catalogue stays: nobody need look through it for garbage again and again.
        gc.freeze()
        announce(json.dumps(said))
        await over.wait()


async def _open(setup: Setup, stack: AsyncExitStack) -> dict[str, object]:
    """A gateway and its control channel; what is to be announced of them."""
    recorder = Recorder(stack.enter_context(setup.record.open("w"))) if setup.record else None
    gateway = SimulatedGateway(
        setup.host,
        setup.port,
        seed=setup.seed,
        speed=setup.speed,
        scenario=setup.scenario,
        real_hours=setup.real_hours,
        accounts=_account_names(setup.accounts),
        limits=replace(AS_TWS, breaches_end_session=setup.end_sessions_that_hurry),
        master_client_id=setup.master_client_id,
        recorder=recorder,
    )
    gateway.hub.ids_back = setup.roll_back_ids
    for name, numbers in map(parsed, setup.faults):
        gateway.hub.faults.switch_on(name, **numbers)
    if setup.state is not None:
        _remember(gateway.hub, setup.state)
    await stack.enter_async_context(gateway)
    token, given = _token()
    control = Control(gateway.hub)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: ControlConnection(control, token), gateway.host, setup.control_port
    )
    stack.push_async_callback(_close, server)
    control_port = server.sockets[0].getsockname()[1]
    said = _listens(gateway.host, gateway.port) | {"control_port": control_port}
    return said if given else said | {"control_token": token}


async def _close(server: asyncio.Server) -> None:
    server.close()


def _listens(host: str, port: int) -> dict[str, object]:
    return {"host": host, "port": port, "server_version": NEWEST_VERSION}


def _token() -> tuple[str, bool]:
    """The control channel's token, and whether the one who started us gave it."""
    given = os.environ.get(TOKEN_VARIABLE, "")
    return (given, True) if given else (secrets.token_urlsafe(24), False)


def _account_names(count: int) -> tuple[str, ...]:
    return tuple(f"DU{1234567 + at}" for at in range(count))


def _remember(hub: Hub, path: Path) -> None:
    market = hub.market
    if not isinstance(market, Remembers):
        raise BadState("This market cannot keep its state")
    file = StateFile(path, market)
    file.load()
    file.save()
    hub.on_orders = file.save


async def _replay(setup: Setup, path: Path, stack: AsyncExitStack) -> dict[str, object]:
    """Play the gateway's part of a recording to each client that comes; what is to be announced."""
    conversations = load(path)
    host = check_host(setup.host)
    played = iter(cycle(conversations))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Replayed(Player(next(played))), host, setup.port)
    stack.push_async_callback(_close, server)
    return _listens(host, server.sockets[0].getsockname()[1])


class _Replayed(asyncio.Protocol):
    """One client of a recording."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        try:
            self._transport.writelines(tuple(self._player.receive(data)))
        except BadFrame as why:
            log.warning("client dropped: %s", why)
            self._transport.abort()


def _end_on_signal(over: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, over.set)
        except (NotImplementedError, RuntimeError):
            # Windows has no such hook, and only the main thread may set one.
            with suppress(ValueError):
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(over.set))


def _end_with_stdin(over: asyncio.Event) -> None:
    # A thread is the one way to wait for a pipe's end that every platform has.
    loop = asyncio.get_running_loop()

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait, name="stdin watch", daemon=True).start()


def run(setup: Setup) -> None:
    """Serve in this process until told to end; the body of `ibdesk simulate`."""
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(setup))
