"""The gateway on a real socket of this machine."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator

import pytest

from core.simulator.server import NotLoopback, SimulatedGateway, check_host, serve
from tests.core.simulator.fake_market import NOW_S, FakeMarket
from tests.core.simulator.wire_client import CONTRACT_FIELDS, TcpClient, greeting, place_order

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(market=FakeMarket(), clock=lambda: NOW_S) as running:
        yield running


async def test_an_order_over_tcp_is_filled(gateway: SimulatedGateway) -> None:
    client = await (await TcpClient.connect(gateway.port)).start(7)
    client.send(*place_order(1, 178))
    heard = [await client.read() for _ in range(8)]
    assert [fields[0] for fields in heard if fields] == ["5", "3", "11", "5", "3", "5", "3", "59"]
    await client.close()


async def test_the_port_sends_what_it_writes_at_once(gateway: SimulatedGateway) -> None:
    client = await (await TcpClient.connect(gateway.port)).start(7)
    (connection,) = gateway.connections
    assert connection.transport is not None
    sock = connection.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await client.close()


@pytest.mark.parametrize(
    "hello", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"76\0", greeting("v100..120")]
)
async def test_a_stranger_is_dropped_without_a_word(gateway: SimulatedGateway, hello: bytes) -> None:
    client = await TcpClient.connect(gateway.port, hello)
    assert await client.read() is None
    await client.close()


async def test_garbage_from_one_client_is_no_matter_to_another(gateway: SimulatedGateway) -> None:
    good = await (await TcpClient.connect(gateway.port)).start(1)
    bad = await (await TcpClient.connect(gateway.port)).start(2)
    bad.writer.write(b"\xff\xff\xff\xff" * 100)
    assert await bad.read() is None
    good.send("49", "1")
    assert await good.read() == ["49", "1", str(int(NOW_S))]
    await good.close()
    await bad.close()


async def test_a_client_id_in_use_hears_326_before_the_end(gateway: SimulatedGateway) -> None:
    first = await (await TcpClient.connect(gateway.port)).start(1)
    second = await TcpClient.connect(gateway.port)
    await second.read()
    second.send("71", "2", "1", "")
    heard = await second.read()
    assert heard is not None
    assert heard[3] == "326"
    assert await second.read() is None
    await first.close()
    await second.close()


async def test_a_killed_client_may_come_back_under_the_same_id(gateway: SimulatedGateway) -> None:
    client = await (await TcpClient.connect(gateway.port)).start(1)
    gateway.kill(1)
    assert await client.read() is None
    again = await (await TcpClient.connect(gateway.port)).start(1)
    again.send("49", "1")
    assert await again.read() is not None
    await again.close()
    await client.close()


async def test_a_broadcast_reaches_every_client(gateway: SimulatedGateway) -> None:
    clients = [await (await TcpClient.connect(gateway.port)).start(client_id) for client_id in range(3)]
    gateway.hub.broadcast(1100)
    for client in clients:
        heard = await client.read()
        assert heard is not None
        assert heard[2:4] == ["-1", "1100"]
        await client.close()


async def test_a_client_that_does_not_read_is_dropped(
    gateway: SimulatedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.simulator.server.MAX_UNSENT_BYTES", 64 * 1024)
    client = await (await TcpClient.connect(gateway.port)).start(1)
    (connection,) = gateway.connections
    while gateway.connections:
        for _ in range(500):
            connection.write(b"x" * 4096)
        await asyncio.sleep(0)
    assert not gateway.hub.sessions
    await client.close()


async def test_the_market_lives_by_itself(gateway: SimulatedGateway) -> None:
    client = await (await TcpClient.connect(gateway.port)).start(1)
    client.send("1", "11", "9", *CONTRACT_FIELDS, "0", "", "0", "0", "")
    market = gateway.hub.market
    assert isinstance(market, FakeMarket)
    while (await client.read() or [""])[0] != "45":
        pass
    market.move(265598, 0.05)
    heard = await client.read()
    assert heard is not None
    assert heard[0] == "1"
    await client.close()


# --- Where and how it serves --------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.com", ""])
def test_only_this_machine_is_served(host: str) -> None:
    with pytest.raises(NotLoopback, match="this machine only"):
        check_host(host)


@pytest.mark.parametrize(
    ("host", "bound"), [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1")]
)
def test_every_loopback_name_will_do(host: str, bound: str) -> None:
    assert check_host(host) == bound


async def test_serving_announces_one_line_of_json_and_ends_when_cancelled() -> None:
    lines: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.get_running_loop().create_task(serve(announce=lines.put_nowait))
    said = json.loads(await lines.get())
    assert said["host"] == "127.0.0.1"
    assert said["server_version"] == 178
    _, writer = await asyncio.open_connection("127.0.0.1", said["port"])
    writer.close()
    await writer.wait_closed()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lines.empty()


async def test_the_process_ends_when_its_standard_input_does() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "core.simulator",
        "--stop-with-stdin",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert json.loads(await process.stdout.readline())["port"] > 0
    process.stdin.close()
    assert await process.wait() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ["--host", "0.0.0.0"],
        ["--scenario", "doom"],
        ["--port", "many"],
        ["--port", "70000"],
        ["--speed", "nan"],
    ],
)
async def test_the_process_says_what_is_wrong_and_exits_2(wrong: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "core.simulator",
        *wrong,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert (process.returncode, said) == (2, b"")
    assert wrong[1].encode() in complained
    assert b"Traceback" not in complained
