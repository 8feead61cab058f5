"""A network in memory, as bad as it is told to be: who listens, who is connected, and the weather between.

Each connection is two pipes. A pipe keeps the order of what goes through it and nothing else: it may be
late, in pieces, held back, cut off or swallow everything, all drawn from one seed.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from random import Random
from typing import Final

from core.soak.wires import Heard, MemorySocket, MemoryTransport, Pipe, Weather

Factory = Callable[[], asyncio.BaseProtocol]

KEEPALIVE_S: Final = 25.0
"""When a system gives up a peer that acknowledges nothing: what `core.tws.guard.tune` asks for."""
FIRST_FREE_PORT: Final = 40_000


class MemoryServer:
    """As much of asyncio.Server as anybody uses."""

    def __init__(self, network: Network, factory: Factory, host: str, port: int) -> None:
        self._network = network
        self.factory = factory
        self.sockets = (MemorySocket((host, port)),)
        self.port = port

    def close(self) -> None:
        self._network.unlisten(self.port)

    def is_serving(self) -> bool:
        return self._network.listens(self.port)

    async def wait_closed(self) -> None:
        await asyncio.sleep(0)


class Network:
    """Everything that listens and everything that is connected, and the weather between."""

    def __init__(self, seed: int | str = 1, weather: Weather | None = None) -> None:
        self.seed = seed
        self.weather = weather or Weather()
        self.loop: asyncio.AbstractEventLoop
        self.heard: Heard = _unheard
        self._chance = Random(f"{seed} network")
        self._servers: dict[int, MemoryServer] = {}
        self._next_port = FIRST_FREE_PORT
        self._count = 0
        self._links: dict[MemoryTransport, MemoryTransport] = {}
        """The server's end by the client's, for those that have not both ended."""

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    # --- listening and connecting -------------------------------------------------------------------

    def listen(self, factory: Factory, host: str, port: int) -> MemoryServer:
        if not port:
            self._next_port += 1
            port = self._next_port
        if port in self._servers:
            raise OSError(errno.EADDRINUSE, "address already in use")
        server = self._servers[port] = MemoryServer(self, factory, host, port)
        return server

    def unlisten(self, port: int) -> None:
        self._servers.pop(port, None)

    def listens(self, port: int) -> bool:
        return port in self._servers

    async def connect(
        self, factory: Factory, host: str, port: int
    ) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        weather = self.weather
        await asyncio.sleep(2 * weather.latency_s + weather.jitter_s * self._chance.random())
        if weather.unreachable:
            await self.loop.create_future()
        server = self._servers.get(port)
        if server is None or weather.refusing:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed ('{host}', {port})")
        near, far = self._pair(host, port)
        far.start(server.factory())
        protocol = factory()
        near.start(protocol)
        return near, protocol

    def _pair(self, host: str, port: int) -> tuple[MemoryTransport, MemoryTransport]:
        self._count += 1
        client, server = ("127.0.0.1", 50_000 + self._count), (host, port)
        near, far = MemoryTransport(self, client, server), MemoryTransport(self, server, client)
        up, down = Pipe(self, near, self._count, "up"), Pipe(self, far, self._count, "down")
        up.leads_to(far)
        down.leads_to(near)
        near.attach(up, down)
        far.attach(down, up)
        self._links[near] = far
        return near, far

    def forget(self, gone: MemoryTransport) -> None:
        for near, far in tuple(self._links.items()):
            if near.is_gone and far.is_gone and gone in (near, far):
                del self._links[near]

    @property
    def made(self) -> int:
        """Connections that there have been so far."""
        return self._count

    @property
    def open(self) -> int:
        """Connections of which an end is still there."""
        return len(self._links)

    # --- bad weather --------------------------------------------------------------------------------

    def links(self) -> list[tuple[MemoryTransport, MemoryTransport]]:
        """(the client's end, the server's end), oldest first."""
        return list(self._links.items())

    def pipes(self, way: str = "") -> list[Pipe]:
        """The living directions: "up", "down", or both."""
        found: list[Pipe] = []
        for near, far in self._links.items():
            found += [near.out] if way != "down" and not near.is_gone else []
            found += [far.out] if way != "up" and not far.is_gone else []
        return found

    def reset_all(self) -> None:
        for near, _ in self.links():
            self.break_one(near, "rst")

    def end_all(self) -> None:
        for near, _ in self.links():
            self.break_one(near, "fin")

    def break_one(self, one_end: MemoryTransport, how: str) -> None:
        """The path breaks: RST to both, or FIN as from a relay that was stopped."""
        for near, far in self.links():
            if one_end in (near, far):
                for end in (near, far):
                    end.out.close()
                    if how == "rst":
                        self.loop.call_soon(end.broken, errno.ECONNRESET)
                    else:
                        self.loop.call_soon(_hear_end, end)

    def half_open(self, way: str = "") -> None:
        """Bytes vanish, "up", "down" or both ways, on the connections there are; the systems notice much later."""
        for pipe in self.pipes(way):
            pipe.swallow()
        for near, far in self.links():
            if near.is_half_open:
                for end in (near, far):
                    self.loop.call_later(KEEPALIVE_S, end.broken, errno.ETIMEDOUT)

    def bury(self) -> None:
        """A system finds out in the end that its peer is gone, also where its program reads no more.

        A server that reads nothing from a client would hold its place for ever: it is well again, so it is let go.
        """
        for near, far in self.links():
            if not far.is_gone and not far.is_reading():
                self.break_one(far, "rst")
            for end, other in ((near, far), (far, near)):
                if other.is_gone and not end.is_gone:
                    end.broken(errno.ETIMEDOUT)

    def hold(self, span_s: float, way: str = "") -> None:
        for pipe in self.pipes(way):
            pipe.hold(span_s)

    def cut_after(self, count: int, how: str, way: str) -> None:
        for pipe in self.pipes(way):
            pipe.cut_after(count, how)


def _hear_end(end: MemoryTransport) -> None:
    if not end.is_gone and not end.is_closing():
        end.received_end()


def _unheard(number: int, way: str, data: bytes) -> None:
    """Nobody writes it down."""
