"""Whatever else may listen on that port: named for what it is, within the deadline, with advice."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from core.domain.events import ConnectFailed
from core.domain.link import LinkFault

pytestmark = pytest.mark.timeout(60)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
Listen = Callable[[Serve], Coroutine[Any, Any, int]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Serves everyone who comes until the test is over."""
    servers: list[asyncio.Server] = []
    writers: list[asyncio.StreamWriter] = []

    async def begin(serve: Serve) -> int:
        async def kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            try:
                await serve(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                writer.transport.abort()

        servers.append(await asyncio.start_server(kept, "127.0.0.1", 0))
        return int(servers[-1].sockets[0].getsockname()[1])

    yield begin
    for writer in writers:
        writer.transport.abort()
    for server in servers:
        server.close()
        await server.wait_closed()


async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    writer.close()


async def tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A real TLS endpoint: what we send is no ClientHello, and its own state machine answers that."""
    words, answers = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_bio(words, answers, server_side=True)
    words.write(await reader.read(64))
    try:
        ends.do_handshake()
    except ssl.SSLError:
        writer.write(answers.read())
    writer.close()


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(random.Random(7).randbytes(100_000))
    await reader.read()


async def endless_zeros(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(bytes(65_536))
        await writer.drain()


async def a_huge_frame(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x7f\xff\xff\xff")
    while True:
        writer.write(bytes(65_536))
        await writer.drain()


async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
    await reader.read()


async def an_old_tws(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(4)
    body = b"150\x0020180101 10:00:00 EST\0"
    writer.write(len(body).to_bytes(4) + body)
    await reader.read()


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(4096):
        pass


async def a_drop_a_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in b"\0\0\0\x20" + b"178" * 10:
        writer.write(bytes((byte,)))
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("server", "fault"),
    [
        (http, LinkFault.NOT_TWS),
        (tls, LinkFault.NOT_TWS),
        (ssh, LinkFault.NOT_TWS),
        (garbage, LinkFault.NOT_TWS),
        (endless_zeros, LinkFault.NOT_TWS),
        (a_huge_frame, LinkFault.NOT_TWS),
        (an_old_tws, LinkFault.TOO_OLD),
        (mute, LinkFault.MUTE),
        (a_drop_a_second, LinkFault.SLOW),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_it_is_named_with_advice_and_tried_again(
    traders, listen: Listen, server: Serve, fault: LinkFault
) -> None:
    trader = traders(connect_deadline_s=0.35)
    await trader.connector.start()
    trader.connect(await listen(server))
    await trader.hears(ConnectFailed)
    link = trader.desk.link
    assert link.fault is fault
    assert link.advice
    assert link.retry_at_s is not None
    assert not any(character < " " for character in link.words)


async def test_a_gateway_that_goes_mad_after_the_handshake_costs_a_bounded_amount_of_memory(
    traders, listen: Listen
) -> None:
    """Thirty-two megabytes of messages that nobody knows and nobody can read, then a frame beyond the cap."""
    resource = pytest.importorskip("resource")

    async def mad(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        greeting = (b"178\x0020261122 10:00:00 EST\0", b"15\x001\0DU1\0", b"9\x001\x007\0")
        writer.write(b"".join(len(body).to_bytes(4) + body for body in greeting))
        noise = random.Random(7).randbytes(60_000).replace(b"\0", b"x")
        junk = (b"999\0" + noise + b"\0", b"11\0x\0", b"101\x00y\0")
        block = b"".join(len(body).to_bytes(4) + body for body in junk)
        for _ in range(32 * 2**20 // len(block)):
            writer.write(block)
            await writer.drain()
        writer.write(b"\x7f\xff\xff\xff")
        await reader.read()

    trader = traders(request_deadline_s=30.0, heartbeat_deadline_s=30.0)
    await trader.connector.start()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    trader.connect(await listen(mad))
    await trader.sees(lambda desk: desk.link.fault is LinkFault.INTERNAL)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    counts = trader.connector.counts
    assert counts["unknown messages"] > 500
    assert counts["undecodable"] > 500
    assert grown_mb < 32
