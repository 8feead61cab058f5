"""A gateway of a few lines between a client and the simulator: it passes everything on but what a test answers itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from core.spawn import spawn

Fields = list[str]
Answer = Callable[[Fields], list[tuple[object, ...]] | None]
"""Messages to send in place of the gateway's answer; `None` passes the request on."""


class Middleman:
    """Listens between `listen()` and `stop()`; keeps what every client asked for, by its client id."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, Fields]] = []
        """(client id, request) in the order of coming."""
        self.accepted = 0
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        if self._server is not None:
            await self._server.wait_closed()

    def requests_of(self, client_id: int) -> list[str]:
        """The message ids that this client sent."""
        return [fields[0] for client, fields in self.asked if client == str(client_id)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        inner, outer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, outer}
        back = spawn(self._back(inner, writer), "what the gateway says")
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._forth(reader, writer, outer)
        for end in (writer, outer):
            end.transport.abort()
            self._writers.discard(end)
        await back

    async def _back(self, inner: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await inner.read(65_536):
                writer.write(data)
        writer.transport.abort()

    async def _forth(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, outer: asyncio.StreamWriter
    ) -> None:
        outer.write(await reader.readexactly(4))
        client_id, first = "", True
        while True:
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length))
            fields = body.decode(errors="replace").split("\0")[:-1]
            if not first and fields[0] == "71":
                client_id = fields[2]
            if not first:
                self.asked.append((client_id, fields))
            answer = None if first else self.answers.get(fields[0], lambda _: None)(fields)
            first = False
            if answer is None:
                outer.write(length + body)
            else:
                writer.write(b"".join(map(_framed, answer)))


def _framed(fields: tuple[object, ...]) -> bytes:
    body = "".join(f"{field}\0" for field in fields).encode()
    return len(body).to_bytes(4) + body
