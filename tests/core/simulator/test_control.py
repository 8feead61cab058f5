"""The control channel: nothing without the token, then faults and scenarios while clients are there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.simulator.control import Control
from core.simulator.faults import FAULTS
from core.simulator.server import TOKEN_VARIABLE, serve
from tests.core.simulator.wire_client import TcpClient, WireClient, errors, new_hub

pytestmark = pytest.mark.timeout(20)


def obey(control: Control, **asked: object) -> dict[str, Any]:
    return control.obey(json.dumps(asked))


@pytest.fixture
def client() -> WireClient:
    return WireClient(new_hub())


def test_a_fault_is_switched_on_and_off(client: WireClient) -> None:
    control = Control(client.hub)
    assert obey(control, do="on", fault="mute", times=1) == {"ok": True}
    assert client.ask("49", "1") == []
    assert obey(control, do="status") == {
        "ok": True,
        "clients": [1],
        "on": {"mute": {"seen": 1, "bitten": 1}},
        "cut_off": False,
    }
    assert obey(control, do="off", fault="mute") == {"ok": True}
    assert client.ask("49", "1") != []


def test_a_scenario_and_a_notice_reach_the_clients(client: WireClient) -> None:
    control = Control(client.hub)
    assert obey(control, do="notice", code=2104) == {"ok": True}
    assert obey(control, do="scenario", name="competing-session") == {"ok": True}
    assert errors(client.heard)[-1] == ("-1", "2104")
    client.after(10.5)
    assert client.hub.competing or client.after(0.1) == []


def test_the_faults_are_listed_with_what_they_do(client: WireClient) -> None:
    assert obey(Control(client.hub), do="faults")["faults"].keys() == FAULTS.keys()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "null",
        '{"do":"dance"}',
        '{"do":["on"]}',
        '{"do":"on"}',
        '{"do":"on","fault":"nonsense"}',
        '{"do":"on","fault":"mute","rate":"often"}',
        '{"do":"on","fault":"mute","at":1.5}',
        '{"do":"on","fault":"mute","times":true}',
        '{"do":"on","fault":"mute","how":1}',
        '{"do":"on","fault":"delay","amount":1e999}',
        '{"do":"off","fault":"nonsense"}',
        '{"do":"scenario","name":"calm"}',
        '{"do":"notice","code":1}',
        '{"do":"notice","code":[]}',
        "[" * 100_000,
    ],
)
def test_what_means_nothing_is_answered_with_why(client: WireClient, line: str) -> None:
    answer = Control(client.hub).obey(line)
    assert answer["ok"] is False
    assert answer["why"]
    assert not client.hub.faults.switches


# --- Over TCP -----------------------------------------------------------------------------------


class Served:
    """A gateway as `ibdesk simulate` runs it."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said

    async def call(self, *lines: str) -> list[dict[str, Any]]:
        reader, writer = await asyncio.open_connection(self.said["host"], self.said["control_port"])
        for line in lines:
            writer.write(line.encode() + b"\n")
        answers = [json.loads(line) for _ in lines if (line := await self._line(reader))]
        writer.close()
        return answers

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readline()
        except ConnectionResetError:
            return b""


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    lines: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.get_running_loop().create_task(serve(announce=lines.put_nowait))
    yield Served(json.loads(await lines.get()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_announcement_begins_as_ever_and_gives_port_and_token(served: Served) -> None:
    assert list(served.said) == ["host", "port", "server_version", "control_port", "control_token"]


async def test_nothing_without_the_token(served: Served) -> None:
    for first in ('{"token": "wrong"}', '{"token": 7}', "[]", "nonsense", '{"do": "status"}'):
        assert await served.call(first, '{"do": "status"}') == []


async def test_with_the_token_a_connected_client_feels_the_fault(served: Served) -> None:
    client = await (await TcpClient.connect(served.said["port"])).start(7)
    token = json.dumps({"token": served.said["control_token"]})
    answers = await served.call(token, '{"do": "status"}', '{"do": "on", "fault": "kill"}')
    assert [answer["ok"] for answer in answers] == [True] * 3
    assert answers[1]["clients"] == [7]
    assert await client.read() is None
    await client.close()


async def test_a_token_that_was_given_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "given")
    lines: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.get_running_loop().create_task(serve(announce=lines.put_nowait))
    said = json.loads(await lines.get())
    assert "given" not in json.dumps(said)
    assert (await Served(said).call('{"token": "given"}')) == [{"ok": True}]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
