"""A gateway that is killed in mid-order and started again remembers what TWS would."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from core.simulator.state import BadState, StateFile
from tests.core.simulator.wire_client import CONTRACT_FIELDS, TcpClient, place_order

pytestmark = pytest.mark.timeout(60)


class Market:
    """As much of a market as the file needs."""

    def __init__(self) -> None:
        self.held: dict[str, object] = {"orders": []}

    def state(self) -> dict[str, object]:
        return self.held

    def restore(self, state: dict[str, object]) -> None:
        self.held = {"orders": state["orders"]}


def test_there_is_no_state_at_first_and_then_there_is(tmp_path: Path) -> None:
    path, market = tmp_path / "state", Market()
    file = StateFile(path, market)
    assert not file.load()
    market.held = {"orders": [1]}
    file.save()
    again = Market()
    assert StateFile(path, again).load()
    assert again.held == market.held
    assert [found.name for found in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", "null", '{"orders"'])
def test_what_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state"
    path.write_text(text)
    with pytest.raises(BadState, match="not the state"):
        StateFile(path, Market()).load()


# --- The process --------------------------------------------------------------------------------


class Process:
    """`python -m core.simulator` with a state file."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process, self.port = process, port

    @classmethod
    async def start(cls, *arguments: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "core.simulator", *arguments, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        return cls(process, json.loads(await process.stdout.readline())["port"])

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


async def heard_until(client: TcpClient, last: str, what: str = "") -> list[list[str]]:
    """All messages up to the first with the id `last` that holds `what`."""
    heard: list[list[str]] = []
    while not (heard and heard[-1][0] == last and (not what or what in heard[-1])):
        fields = await client.read()
        assert fields is not None
        heard.append(fields)
    return heard


async def open_orders(client: TcpClient) -> list[tuple[str, str, str]]:
    """(order id, permId, status) of what works."""
    client.send("5", "1")
    heard = await heard_until(client, "53")
    return [(fields[1], fields[6], fields[2]) for fields in heard if fields[0] == "3"]


async def executions(client: TcpClient) -> list[str]:
    client.send("7", "3", "9", "0", "", "", "", "", "", "")
    return [fields[14] for fields in await heard_until(client, "55") if fields[0] == "11"]


async def test_orders_ids_and_executions_survive_a_kill(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    first = await Process.start("--state", state)
    client = await (await TcpClient.connect(first.port)).start(7)
    client.send(*place_order(1, 178))
    await heard_until(client, "3", "Filled")
    client.send(*place_order(2, 178, "LMT", "1.00", contract=CONTRACT_FIELDS))
    await heard_until(client, "3", "Submitted")
    working, filled = await open_orders(client), await executions(client)
    assert [order[0] for order in working] == ["2"]
    await first.kill()
    await client.close()

    second = await Process.start("--state", state)
    client = await TcpClient.connect(second.port)
    await client.read()
    client.send("71", "2", "7", "")
    (next_id,) = [fields for fields in await heard_until(client, "4", "2158") if fields[0] == "9"]
    assert next_id[2] == "3"
    assert await open_orders(client) == working
    assert await executions(client) == filled
    client.send("4", "1", "2", "")
    await heard_until(client, "3", "Cancelled")
    await second.kill()
    await client.close()

    third = await Process.start("--state", state, "--roll-back-ids", "2")
    client = await TcpClient.connect(third.port)
    await client.read()
    client.send("71", "2", "7", "")
    (rolled,) = [fields for fields in await heard_until(client, "4", "2158") if fields[0] == "9"]
    assert rolled[2] == "1"
    assert await open_orders(client) == []
    await third.kill()
    await client.close()


async def test_an_order_killed_before_it_was_accepted_is_there_or_never_was_told(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    first = await Process.start("--state", state)
    client = await (await TcpClient.connect(first.port)).start(7)
    client.send(*place_order(1, 178, "LMT", "1.00", contract=CONTRACT_FIELDS))
    told = await heard_until(client, "3")
    await first.kill()
    await client.close()
    assert told[-1][2] in ("PendingSubmit", "PreSubmitted", "Submitted")

    second = await Process.start("--state", state)
    client = await (await TcpClient.connect(second.port)).start(7)
    (order,) = await open_orders(client)
    assert order[:2] == ("1", told[-1][6])
    client.send("4", "1", "1", "")
    await heard_until(client, "3", "Cancelled")
    await second.kill()
    await client.close()
