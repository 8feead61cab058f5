"""Every version from 157 to 178 over TCP: each client reads all it is sent and fills an order."""

from __future__ import annotations

import asyncio

import pytest

from core.simulator.server import SimulatedGateway
from core.simulator.wire.frames import NEWEST_VERSION, OLDEST_VERSION
from tests.core.simulator.wire_client import CONTRACT_FIELDS, TcpClient, greeting, place_order

pytestmark = pytest.mark.timeout(60)

VERSIONS = range(OLDEST_VERSION, NEWEST_VERSION + 1)

OPEN_ORDER_FIELDS = {157: 128, 158: 129, 160: 130, 162: 131, 170: 136, 177: 135}
DETAIL_FIELDS = {157: 39, 163: 40}
EXECUTION_FIELDS = {157: 31, 178: 32}
ERROR_FIELDS = {157: 5, 166: 6}
SAMPLE_FIELDS = {157: 0, 176: 2}


def at(version: int, table: dict[int, int]) -> int:
    """The width since the last version in `table` that is not after `version`."""
    return table[max(since for since in table if since <= version)]


async def filled(client: TcpClient) -> list[list[str]]:
    """All messages up to the commission of the last fill."""
    heard: list[list[str]] = []
    done = False
    while not (done and heard[-1][0] == "59"):
        message = await client.read()
        assert message is not None
        heard.append(message)
        done = done or (message[0] == "3" and message[2] == "Filled")
    return heard


async def trade(port: int, version: int) -> None:
    client = await TcpClient.connect(port, greeting(f"v100..{version}"))
    greeted = await client.read()
    assert greeted is not None
    assert greeted[0] == str(version)
    assert len(greeted) == 2
    client.send("71", "2", str(version), "")
    hello = [await client.read() for _ in range(5)]
    assert {len(fields) for fields in hello if fields and fields[0] == "4"} == {at(version, ERROR_FIELDS)}
    issuer = [""] if version >= 176 else []
    client.send("9", "8", "1", *CONTRACT_FIELDS, "0", "", "", *issuer)
    details, end = await client.read(), await client.read()
    assert details is not None
    assert end == ["52", "1", "1"]
    ids = int(details[32 if version < 164 else 30])
    assert len(details) == at(version, DETAIL_FIELDS) + 2 * ids
    client.send("81", "2", "AAPL")
    samples = await client.read()
    assert samples is not None
    derived = int(samples[8])
    assert samples[3:5] == ["265598", "AAPL"]
    assert len(samples) >= 9 + derived + at(version, SAMPLE_FIELDS)
    client.send(*place_order(1, version))
    heard = await filled(client)
    for kind, table in (("5", OPEN_ORDER_FIELDS), ("11", EXECUTION_FIELDS)):
        assert {len(fields) for fields in heard if fields[0] == kind} == {at(version, table)}
    await client.close()


async def test_clients_of_all_versions_trade_side_by_side() -> None:
    # More than fifteen working orders on one side of a contract are refused, as IBKR does.
    turns = asyncio.Semaphore(10)

    async def in_turn(version: int) -> None:
        async with turns:
            await trade(gateway.port, version)

    async with SimulatedGateway(seed=3) as gateway:
        await asyncio.gather(*map(in_turn, VERSIONS))
