"""Clients with no opinions: one speaks frames to a session in memory, one over TCP."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

from core.simulator.hub import Hub
from core.simulator.session import Session
from core.simulator.wire.frames import frame, frame_fields
from core.simulator.wire.ticks import whole_messages
from tests.core.simulator.fake_market import FakeMarket

CONTRACT_FIELDS = ("265598", "AAPL", "STK", "", "0", "", "", "SMART", "", "USD", "", "")


def greeting(versions: str = "v157..178") -> bytes:
    return b"API\0" + len(versions).to_bytes(4, "big") + versions.encode()


def place_order(
    order_id: int,
    version: int,
    order_type: str = "MKT",
    limit: str = "",
    quantity: str = "100",
    *,
    what_if: bool = False,
    contract: tuple[str, ...] = CONTRACT_FIELDS,
) -> list[str]:
    """The fields of a plain order as the official client writes them, written by hand from wire.md."""
    unset = "1.7976931348623157e+308"
    fields = ["3", str(order_id), *contract, "", "", "BUY", quantity, order_type, limit, "", "DAY", "", ""]
    fields += ["", "0", "", "1", "0", "0", "0", "0", "0", "0", "0"]  # openClose .. hidden
    fields += ["", "0", "", "", "", "", ""] + ([""] if version < 177 else [])
    fields += ["", "0", "", "-1", "0", "", "", "0", "", "", "0", "0", ""]  # modelCode .. nbboPriceCap
    fields += ["0", "", "", "", "", "", "0", "", "", "", ""]  # auctionStrategy .. deltaNeutralAuxPrice
    fields += ["0", "", "", "", "", "", "", "", "", "", "", "0", "", "", "0", "0", ""]  # .. algoStrategy
    fields += ["", "1" if what_if else "0", "", "0", "0", "0", "0", ""]  # algoId .. adjustedOrderType
    fields += [unset, unset, unset, unset, unset, "0", "", "", "", unset, "", "", "", ""]
    fields += ["0", "0", "0", ""]  # dontUseAutoPriceForHedge .. usePriceMgmtAlgo
    fields += ["2147483647"] * ((version >= 158) + (version >= 160))
    fields += ["0"] * (version >= 162) + [""] * ((version >= 166) + (version >= 169))
    return fields


class WireClient:
    """One client of a hub; `heard` grows as messages come, `ask` gives what came in answer."""

    def __init__(self, hub: Hub, client_id: int | None = 1, version: int = 178) -> None:
        self.hub = hub
        self.version = version
        self.heard: list[list[str]] = []
        self.closed = False
        session = hub.admit(self._hear, self._end)
        assert session is not None
        self.session: Session = session
        self.session.receive(greeting(f"v100..{version}"))
        if client_id is not None:
            self.ask("71", "2", str(client_id), "")

    def ask(self, *fields: str) -> list[list[str]]:
        before = len(self.heard)
        self.session.receive(frame(*fields))
        return self.heard[before:]

    def place(self, order_id: int, *args: str, **kwargs: bool) -> list[list[str]]:
        return self.ask(*place_order(order_id, self.version, *args, **kwargs))  # type: ignore[arg-type]

    def after(self, seconds: float) -> list[list[str]]:
        """What comes while the market lives on for `seconds`."""
        before = len(self.heard)
        self.hub.advance(self.hub.market.now_s + seconds)
        return self.heard[before:]

    def _hear(self, data: bytes) -> None:
        self.heard += [frame_fields(one) for one in whole_messages(data)]

    def _end(self) -> None:
        self.closed = True


def new_hub(**options: object) -> Hub:
    return Hub(FakeMarket(), **options)  # type: ignore[arg-type]


def kinds(heard: list[list[str]]) -> list[str]:
    """The message ids, in order."""
    return [fields[0] for fields in heard]


def errors(heard: list[list[str]]) -> list[tuple[str, str]]:
    """(request id, code) of each error."""
    return [(fields[2], fields[3]) for fields in heard if fields[0] == "4"]


class TcpClient:
    """A raw socket that reads frames; `read` gives None at the end of the stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, hello: bytes | None = None) -> TcpClient:
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        client.writer.write(greeting() if hello is None else hello)
        return client

    async def start(self, client_id: int) -> TcpClient:
        await self.read()
        self.send("71", "2", str(client_id), "")
        while await self.read() != [
            "4",
            "2",
            "-1",
            "2158",
            "Sec-def data farm connection is OK:secdefil",
            "",
        ]:
            pass
        return self

    def send(self, *fields: str) -> None:
        self.writer.write(frame(*fields))

    async def read(self) -> list[str] | None:
        try:
            (length,) = struct.unpack(">I", await self.reader.readexactly(4))
            return (await self.reader.readexactly(length))[:-1].decode().split("\0")
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return None

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
