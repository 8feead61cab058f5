"""A session is written down and played again, byte for byte."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from core.simulator.record import BadRecording, Player, Recorder, load
from core.simulator.server import Setup, SimulatedGateway, serve
from core.simulator.wire.frames import frame
from tests.core.simulator.fake_market import NOW_S, FakeMarket
from tests.core.simulator.wire_client import TcpClient, greeting, place_order

pytestmark = pytest.mark.timeout(20)

ANSWERS_TO_AN_ORDER = 8


async def trade(port: int) -> list[list[str] | None]:
    """All that a client hears that starts, asks the time and buys."""
    client = await TcpClient.connect(port)
    heard = [await client.read()]
    client.send("71", "2", "7", "")
    heard += [await client.read() for _ in range(5)]
    client.send("49", "1")
    heard.append(await client.read())
    client.send(*place_order(1, 178))
    heard += [await client.read() for _ in range(ANSWERS_TO_AN_ORDER)]
    await client.close()
    return heard


async def recorded(path: Path) -> list[list[str] | None]:
    with path.open("w") as file:
        gateway = SimulatedGateway(market=FakeMarket(), clock=lambda: NOW_S, recorder=Recorder(file))
        async with gateway:
            return await trade(gateway.port)


async def test_what_was_recorded_is_played_to_a_client_that_asks_the_same(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    heard = await recorded(path)
    lines: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.get_running_loop().create_task(serve(Setup(replay=path), announce=lines.put_nowait))
    said = json.loads(await lines.get())
    assert list(said) == ["host", "port", "server_version"]
    assert await trade(said["port"]) == heard
    assert await trade(said["port"]) == heard, "and to the next one again"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_recording_is_a_line_a_message(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    heard = await recorded(path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["connection"] for line in lines} == {1}
    assert [line["fields"] for line in lines if line["from"] == "gateway"] == heard
    asked = [line["fields"][0] for line in lines if line["from"] == "client"]
    assert asked == ["v157..178", "71", "49", "3"]
    assert {line["at"] for line in lines} == {NOW_S}


def test_what_a_fault_spoilt_is_kept_byte_for_byte(tmp_path: Path) -> None:
    spoilt = b"\0\0\0\x03\xff\xfe\0"
    file = io.StringIO()
    recorder = Recorder(file)
    recorder.asked(1, 0.0, ["v157..178"])
    recorder.told(1, 0.0, spoilt)
    recorder.told(1, 0.0, frame("49", "1", "5"))
    path = tmp_path / "session.jsonl"
    path.write_text(file.getvalue())
    ((conversation),) = load(path)
    assert b"".join(Player(conversation).receive(greeting())) == spoilt + frame("49", "1", "5")


def test_a_request_that_was_not_recorded_gets_no_answer(tmp_path: Path) -> None:
    file = io.StringIO()
    recorder = Recorder(file)
    recorder.asked(1, 0.0, ["v157..178"])
    recorder.told(1, 0.0, frame("178", "now"))
    recorder.asked(1, 0.0, ["49", "1"])
    recorder.told(1, 0.0, frame("49", "1", "5"))
    path = tmp_path / "session.jsonl"
    path.write_text(file.getvalue())
    player = Player(load(path)[0])
    assert list(player.receive(greeting())) == [frame("178", "now")]
    assert list(player.receive(frame("99", "0"))) == []
    assert list(player.receive(frame("49", "1"))) == [frame("49", "1", "5")]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "{}", '{"from":"x","connection":1,"fields":["a"]}',
             '{"from":"client","connection":"1","fields":["a"]}', '{"from":"client","connection":1,"fields":[]}']
)  # fmt: skip
async def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "session.jsonl"
    path.write_text(text + "\n" if text else "")
    with pytest.raises(BadRecording, match=r"session\.jsonl"):
        load(path)
