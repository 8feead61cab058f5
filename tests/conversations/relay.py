"""A wire between a trader and a gateway that can be bent: TCP in the middle, for what the gateway cannot do to itself."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

_PIECES_A_TURN = 32
"""As many pieces are sent before anybody else has a turn: a wire is slow to bend, not to carry."""


@dataclass(eq=False)
class _Pipe:
    """One direction of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    passed: int = 0


@dataclass(eq=False)
class Relay:
    """Passes bytes between those who come and `port`; every fault holds from now on, for old and new alike."""

    port: int
    """The gateway's."""
    at: int = 0
    """Where traders are to come."""
    swallows_words: bool = False
    """What the trader says is read and lost: half open, one way."""
    swallows_answers: bool = False
    """What the gateway says is read and lost: half open, the other way."""
    slices: int = 0
    """Bytes a piece; 0 is as they come."""
    cut_after: int | None = None
    """Answers break off, with a reset, after so many bytes."""
    connections: int = 0
    _server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _handlers: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.at = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._end(lambda writer: writer.transport.abort())
        await asyncio.gather(*self._handlers, return_exceptions=True)
        await self._server.wait_closed()

    def reset(self) -> None:
        """RST to the trader."""
        self._end(_reset)

    def finish(self) -> None:
        """FIN to the trader, after what was sent."""
        self._end(lambda writer: writer.close())

    def heal(self) -> None:
        self.swallows_words = self.swallows_answers = False
        self.slices, self.cut_after = 0, None

    def _end(self, deed: Callable[[asyncio.StreamWriter], None]) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            deed(writer)

    async def _serve(self, from_trader: asyncio.StreamReader, to_trader: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        self.connections += 1
        try:
            from_gateway, to_gateway = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            _reset(to_trader)
            self._handlers.discard(task)
            return
        self._writers += [to_trader, to_gateway]
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._words(_Pipe(from_trader, to_gateway)))
                both.create_task(self._answers(_Pipe(from_gateway, to_trader)))
        except* (ConnectionError, OSError):
            pass
        finally:
            for writer in (to_trader, to_gateway):
                writer.transport.abort()
            self._handlers.discard(task)

    async def _words(self, pipe: _Pipe) -> None:
        while data := await pipe.reader.read(65_536):
            if not self.swallows_words:
                pipe.writer.write(data)
        raise ConnectionError("the trader left")

    async def _answers(self, pipe: _Pipe) -> None:
        while data := await pipe.reader.read(65_536):
            if self.swallows_answers:
                continue
            if self.cut_after is not None and pipe.passed + len(data) >= self.cut_after:
                pipe.writer.write(data[: max(0, self.cut_after - pipe.passed)])
                await asyncio.sleep(0)
                _reset(pipe.writer)
                return
            pipe.passed += len(data)
            step = self.slices or len(data)
            for number, start in enumerate(range(0, len(data), step)):
                pipe.writer.write(data[start : start + step])
                if number % _PIECES_A_TURN == 0:
                    await asyncio.sleep(0)
        raise ConnectionError("the gateway left")


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and not writer.is_closing():
        # To linger for no time at all is what makes the system send RST.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
