"""Opening a connection: what it takes to be believed, and the name of every way to fail."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from core.domain.events import ConnectFailed, LinkLost, MessageReported, SocketOpened
from core.domain.link import LinkFault
from core.domain.requests import Connect, Disconnect
from core.tws.gateway import TwsGateway
from core.tws.session import fault_of


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def fault_from(tws, told, port: int, deadline_s: float = 2.0) -> ConnectFailed:
    tws.perform(Connect("127.0.0.1", port, 1, deadline_s))
    return await told.first(ConnectFailed)


async def test_a_complete_handshake_tells_version_accounts_and_next_order_id(connected) -> None:
    assert await connected() == SocketOpened(178, ("DU1234567",), 7, simulator=False)


async def test_the_simulator_is_known_by_the_zone_of_its_greeting(scripted, connected) -> None:
    scripted.greeting = [(178, "20261122 10:00:00 EST5EDT")]
    assert (await connected()).simulator


async def test_what_is_said_during_the_handshake_is_told_after_it(scripted, connected, told) -> None:
    scripted.answers["71"] = lambda _: [
        (4, 2, -1, 2104, "Market data farm connection is OK:usfarm", ""),
        (15, 1, "DU1,DU2"),
        (9, 1, 7),
    ]
    assert (await connected()).accounts == ("DU1", "DU2")
    assert [type(event) for event in told.events] == [SocketOpened, MessageReported]


async def test_nobody_listening_is_refused(tws, told) -> None:
    assert (await fault_from(tws, told, free_port())).fault is LinkFault.REFUSED


async def test_an_unknown_host_is_unreachable(tws, told) -> None:
    tws.perform(Connect("no-such-host.invalid", 7497, 1, 2.0))
    assert (await told.first(ConnectFailed)).fault is LinkFault.UNREACHABLE


async def test_accepting_and_saying_nothing_is_mute(scripted, tws, told) -> None:
    scripted.greeting = []
    assert (await fault_from(tws, told, scripted.port, 0.2)).fault is LinkFault.MUTE


@pytest.mark.parametrize("greeting", [b"\0\0\0\x1a178", b"\0", (178, "20261122 10:00:00 EST")])
async def test_a_handshake_that_begins_and_never_ends_is_slow(scripted, tws, told, greeting) -> None:
    scripted.greeting = [greeting]
    scripted.answers.clear()
    assert (await fault_from(tws, told, scripted.port, 0.2)).fault is LinkFault.SLOW


async def test_a_greeting_that_trickles_has_one_deadline_for_the_whole(tws, told) -> None:
    """Every byte is news, and none of them buys more time."""
    sent: list[int] = []
    left = asyncio.Event()

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        for byte in b"\0\0\0\x1a178\0" + b"2" * 15:
            writer.write(bytes((byte,)))
            sent.append(byte)
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.05):
                    await reader.read()
                    break
        writer.transport.abort()
        left.set()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    failed = await fault_from(tws, told, server.sockets[0].getsockname()[1], 0.3)
    assert failed.fault is LinkFault.SLOW
    assert 1 < len(sent) < 20
    await left.wait()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"220 mail ready\r\n",
        b"\x15\x03\x01\x00\x02\x02\x0a",
        b"\0\0\0\x06hello\0",
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_another_service_is_not_tws(scripted, tws, told, greeting: bytes, at_once: bool) -> None:
    scripted.greeting, scripted.greets_at_once = [greeting], at_once
    assert (await fault_from(tws, told, scripted.port)).fault is LinkFault.NOT_TWS


async def test_a_web_server_is_not_tws(tws, told) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    failed = await fault_from(tws, told, server.sockets[0].getsockname()[1])
    assert failed.fault is LinkFault.NOT_TWS
    server.close()
    await server.wait_closed()


async def test_closing_before_a_word_is_not_tws(tws, told) -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    assert (await fault_from(tws, told, server.sockets[0].getsockname()[1])).fault is LinkFault.NOT_TWS
    server.close()
    await server.wait_closed()


async def test_a_client_id_in_use_fails_at_once(scripted, tws, told) -> None:
    scripted.answers["71"] = lambda _: [
        (4, 2, -1, 326, "Unable to connect as the client id is already in use.", "")
    ]
    failed = await fault_from(tws, told, scripted.port, deadline_s=60.0)
    assert failed.fault is LinkFault.CLIENT_ID_IN_USE
    assert "326" in failed.detail


async def test_an_old_gateway_is_too_old(scripted, tws, told) -> None:
    scripted.greeting = [(151, "20261122 10:00:00 EST")]
    assert (await fault_from(tws, told, scripted.port)).fault is LinkFault.TOO_OLD


async def test_a_version_that_was_not_offered_is_not_tws(scripted, tws, told) -> None:
    scripted.greeting = [(999, "20261122 10:00:00 EST")]
    assert (await fault_from(tws, told, scripted.port)).fault is LinkFault.NOT_TWS


async def test_no_account_is_said_so(scripted, tws, told) -> None:
    scripted.answers["71"] = lambda _: [(15, 1, ""), (9, 1, 7)]
    assert (await fault_from(tws, told, scripted.port, 0.2)).fault is LinkFault.ACCOUNT_MISSING


async def test_closing_in_the_middle_of_the_handshake_is_closed(scripted, tws, told) -> None:
    scripted.answers["71"] = lambda _: scripted.close_politely() or []
    assert (await fault_from(tws, told, scripted.port)).fault is LinkFault.CLOSED


async def test_a_cut_connection_is_told_once(scripted, connected, told) -> None:
    await connected()
    scripted.cut()
    assert (await told.first(LinkLost)).fault is LinkFault.CLOSED
    assert len(told.all(LinkLost)) == 1


async def test_a_wanted_end_is_not_told(scripted, connected, tws, told) -> None:
    await connected()
    tws.perform(Disconnect())
    await tws.close()
    assert told.all(LinkLost) == []


async def test_connecting_again_needs_no_wait_for_the_old_socket(scripted, connected, tws, told) -> None:
    await connected()
    told.events.clear()
    await connected()
    assert told.all(LinkLost) == []


async def test_an_oversized_frame_ends_the_connection(scripted, connected, told) -> None:
    await connected()
    scripted.say(b"\x7f\xff\xff\xff" + b"x" * 100)
    lost = await told.first(LinkLost)
    assert lost.fault is LinkFault.INTERNAL
    assert "2,147,483,647 bytes" in lost.detail


async def test_unreadable_messages_are_counted_and_the_connection_lives(
    scripted, connected, tws, told
) -> None:
    await connected()
    scripted.say(*[(5, "garbage")] * 50, (777, "unknown"), b"\0\0\0\0", (4, 2, -1, 2104, "OK:usfarm", ""))
    await told.first(MessageReported)
    assert (tws.counts["undecodable"], tws.counts["unknown messages"]) == (50, 2)


async def test_server_text_arrives_as_one_clean_line(scripted, connected, told) -> None:
    await connected()
    scripted.say((4, 2, -1, 2104, "a\n\x1b[31mb\\u00e9\u202e", ""))
    assert (await told.first(MessageReported)).text == "a [31mbé"


def test_only_refusals_by_every_address_count_as_refused() -> None:
    both = OSError(
        "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call failed"
    )
    mixed = OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 113] No route to host")
    assert fault_of(both) is LinkFault.REFUSED
    assert fault_of(mixed) is LinkFault.UNREACHABLE
    assert fault_of(ConnectionRefusedError()) is LinkFault.REFUSED


async def test_the_gateway_port_is_kept(told) -> None:
    from core.domain.gateway import Gateway

    gateway: Gateway = TwsGateway(told)
    await gateway.close()
