"""The gateway on a TCP port of this machine: sockets, the market's clock, and an orderly end."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from core.simulator.exchange import Exchange
from core.simulator.hub import Hub
from core.simulator.model import Market
from core.simulator.peer import Cadence
from core.simulator.session import Session
from core.simulator.wire.frames import NEWEST_VERSION
from core.spawn import spawn

log = logging.getLogger(__name__)

PULSE_S = 0.05
"""How often the market lives; its own tempo decides what happens in between."""

MAX_UNSENT_BYTES = 32 * 1024 * 1024
"""A client that has this much unread is dropped, as TWS does: nobody's memory pays for it."""

GREETING_TIMEOUT_S = 30.0

MAX_SPEED = 1_000

NOT_SUBSCRIBED = frozenset({43652089})
"""HYG: the account has no live data for it, so that 354 and delayed data can be met in the demo."""

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

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.session = self._gateway.hub.admit(self.write, self.close)
        if self.session is None:
            transport.abort()
            return
        self._gateway.connections.add(self)
        self._patience = asyncio.get_running_loop().call_later(GREETING_TIMEOUT_S, self._drop_if_silent)

    def data_received(self, data: bytes) -> None:
        if self.session is not None:
            self.session.receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gateway.connections.discard(self)
        if self._patience is not None:
            self._patience.cancel()
        if self.session is not None:
            self._gateway.hub.leave(self.session)

    def write(self, data: bytes) -> None:
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(data)

    def close(self) -> None:
        self._closing = True
        if not self._pending:
            self._flush()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

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
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.host = check_host(host)
        if not 0 <= port <= 65_535:
            raise ValueError(f"A port is a number from 0 to 65535, not {port}.")
        if not 0 < speed <= MAX_SPEED:
            raise ValueError(f"The speed is a number above 0 and up to {MAX_SPEED}, not {speed}.")
        self.port = port
        self._clock = clock
        self.hub = Hub(
            market or Exchange(seed, clock(), speed=speed, scenario=scenario, always_open=not real_hours),
            cadence=cadence,
            unsubscribed=unsubscribed,
        )
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
            await asyncio.sleep(PULSE_S)
            try:
                self.hub.advance(self._clock())
            except Exception:
                # A fault in one moment of the market must not stop its clock.
                log.exception("the market stumbled")


def _to_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    seed: int = 1,
    speed: float = 1.0,
    scenario: str | None = None,
    real_hours: bool = False,
    announce: Announce = _to_stdout,
    stop_with_stdin: bool = False,
) -> None:
    """Serve until cancelled, signalled or, on request, until standard input ends.

    `announce` gets one line of JSON once clients can connect.
    """
    over = asyncio.Event()
    gateway = SimulatedGateway(host, port, seed=seed, speed=speed, scenario=scenario, real_hours=real_hours)
    async with gateway:
        _end_on_signal(over)
        if stop_with_stdin:
            _end_with_stdin(over)
        announce(json.dumps({"host": gateway.host, "port": gateway.port, "server_version": NEWEST_VERSION}))
        await over.wait()


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


def run(
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 1,
    speed: float = 1.0,
    scenario: str | None = None,
    real_hours: bool = False,
    *,
    stop_with_stdin: bool = False,
) -> None:
    """Serve in this process until told to end; the body of `ibdesk simulate`."""
    with suppress(KeyboardInterrupt):
        asyncio.run(
            serve(
                host,
                port,
                seed=seed,
                speed=speed,
                scenario=scenario,
                real_hours=real_hours,
                stop_with_stdin=stop_with_stdin,
            )
        )
