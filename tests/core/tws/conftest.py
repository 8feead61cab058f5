"""A gateway of a few lines, over real TCP: it says exactly what a test wants said, and keeps what it heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest

from core.domain.events import Event, SocketOpened
from core.domain.requests import Connect
from core.tws.gateway import TwsGateway

E = TypeVar("E", bound=Event)
Fields = list[str]
DEADLINE_S = 5.0
ACCOUNT = "DU1234567"


Message = tuple[object, ...] | bytes
"""Fields to be framed, or bytes to be sent as they are."""


def framed(message: Message) -> bytes:
    if isinstance(message, bytes):
        return message
    fields = message
    body = "".join(f"{field}\0" for field in fields).encode()
    return len(body).to_bytes(4) + body


class Told:
    """Everything that the gateway under test told, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def first(self, kind: type[E], which: Callable[[E], bool] = lambda _: True) -> E:
        """The first of its kind, waited for; an AssertionError tells what came instead."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    for event in self.all(kind):
                        if which(event):
                            return event
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__}; told: {self.events}") from None


class Scripted:
    """Speaks when spoken to: `answers` maps a message id to what it makes the gateway say."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: list[Fields] = []
        self.answers: dict[str, Callable[[Fields], list[Message]]] = {
            "71": lambda _: [(15, 1, ACCOUNT), (9, 1, 7)]
        }
        self.greeting: list[Message] = [(178, "20261122 10:00:00 EST")]
        self.greets_at_once = False
        self._writers: list[asyncio.StreamWriter] = []
        self._more = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            if self.greets_at_once:
                self.say(*self.greeting)
            assert await reader.readexactly(4) == b"API\0"
            await self._frame(reader)
            if not self.greets_at_once:
                self.say(*self.greeting)
            while True:
                fields = (await self._frame(reader)).decode().split("\0")[:-1]
                self.heard.append(fields)
                self._more.set()
                self.say(*self.answers.get(fields[0], lambda _: [])(fields))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    async def _frame(self, reader: asyncio.StreamReader) -> bytes:
        return await reader.readexactly(int.from_bytes(await reader.readexactly(4)))

    def say(self, *messages: Message) -> None:
        """Send to every client, in one packet."""
        for writer in self._writers:
            if not writer.transport.is_closing():
                writer.write(b"".join(map(framed, messages)))

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def close_politely(self) -> None:
        for writer in self._writers:
            writer.close()

    async def hears(self, message_id: int, times: int = 1) -> Fields:
        """The fields of the latest message of this kind once `times` have come."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while len(found := [f for f in self.heard if f[0] == str(message_id)]) < times:
                    self._more.clear()
                    await self._more.wait()
                return found[-1]
        except TimeoutError:
            raise AssertionError(f"never heard {message_id}; heard: {self.heard}") from None


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    gateway = Scripted()
    await gateway.listen()
    yield gateway
    await gateway.stop()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def tws(told: Told) -> AsyncIterator[TwsGateway]:
    gateway = TwsGateway(told, request_deadline_s=1.0)
    yield gateway
    await gateway.close()


Connected = Callable[[], Awaitable[SocketOpened]]


@pytest.fixture
def connected(tws: TwsGateway, scripted: Scripted, told: Told) -> Connected:
    """Connects to the scripted gateway and waits until both are ready."""

    async def connect() -> SocketOpened:
        tws.perform(Connect("127.0.0.1", scripted.port, 1, 2.0))
        return await told.first(SocketOpened)

    return connect


# Recorded from TWS in version 176, in the layout of 178 (no faProfile); wire.md 3.4.
OPEN_ORDER = (
    "5|7|265598|AAPL|STK||0|?||SMART|USD|AAPL|NMS|BUY|100|LMT|150.25|0.0|GTC||DU1234567||0|ours-1|1|"
    "600745656|0|0|0||600745656.0/DU1234567/100|||||||||0||-1|0||||||2147483647|0|0|0||3|0|0||0|0||0"
    "|None||0||||?|0|0||0|0||||||0|0|0|2147483647|2147483647|||0||IB|0|0||0|0|PreSubmitted|1.7976931"
    "348623157E308|1.7976931348623157E308|1.7976931348623157E308|1.7976931348623157E308|1.7976931348"
    "623157E308|1.7976931348623157E308|1.7976931348623157E308|1.7976931348623157E308|1.7976931348623"
    "157E308||||||0|0|0|None|1.7976931348623157E308|1.7976931348623157E308|1.7976931348623157E308|1."
    "7976931348623157E308|1.7976931348623157E308|1.7976931348623157E308|0||||0|1|0|0|0|||0||100|0.02"
    "||"
)
_PLACES = {
    "order_id": 1, "order_type": 15, "aux": 17, "tif": 18, "account": 20, "order_ref": 23, "client_id": 24,
    "perm_id": 25, "status": 93,
}  # fmt: skip


@pytest.fixture
def open_order() -> Callable[..., Message]:
    """An openOrder message, with some fields changed by name."""

    def message(**changes: object) -> Message:
        fields: list[object] = list(OPEN_ORDER.split("|"))
        for name, value in changes.items():
            fields[_PLACES[name]] = value
        return tuple(fields)

    return message


@pytest.fixture
def exec_details() -> Callable[..., Message]:
    """An execDetails message: 100 AAPL bought at 150.25."""

    def message(
        req_id: object = -1, exec_id: str = "0001.01", time: str = "20261123 10:00:00 US/Eastern"
    ) -> Message:
        contract = (265598, "AAPL", "STK", "", 0, "", "", "NASDAQ", "USD", "AAPL", "NMS")
        return (
            *(
                11,
                req_id,
                7,
                *contract,
                exec_id,
                time,
                "DU1234567",
                "NASDAQ",
                "BOT",
                100,
                150.25,
                600745656,
                1,
            ),
            *(0, 100, 150.25, "ours-1", "", "", "", 1, 0),
        )

    return message
