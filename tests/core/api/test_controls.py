"""The control channel of an embedded gateway, over loopback: commands, refusals, deadlines, and no token in sight."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.api import Controls, Simulator, start_simulator, stop_simulator
from core.errors import IBKRConnectionError

TOKEN = "not-for-your-eyes"


@pytest.fixture
async def running() -> AsyncIterator[Simulator]:
    simulator = await start_simulator(seed=7)
    yield simulator
    await asyncio.to_thread(stop_simulator, simulator.process)


class Answers:
    """A control channel that says these lines, whatever is asked; `None` says nothing at all."""

    def __init__(self, lines: bytes | None) -> None:
        self._lines = lines
        self.heard: list[bytes] = []
        self.over = asyncio.Event()

    async def __aenter__(self) -> Controls:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return Controls("127.0.0.1", port, TOKEN, deadline_s=0.2 if self._lines is None else 5.0)

    async def __aexit__(self, *_: object) -> None:
        await self.over.wait()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readline())
        if self._lines is not None:
            writer.write(self._lines)
        else:
            await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self.over.set()


async def test_scenarios_are_listed_begun_and_ended(running: Simulator) -> None:
    controls = running.controls
    known = await controls.scenarios()
    assert {"calm", "margin-call", "reconnect-storm"} <= known.keys()
    assert await controls.play("flash-crash") == known["flash-crash"]
    going = await controls.going()
    assert going.scenario == "flash-crash"
    assert going.since_s >= 0
    await controls.end()
    assert (await controls.going()).scenario == ""


async def test_a_fault_is_switched_on_with_its_terms_and_off_again(running: Simulator) -> None:
    await running.controls.switch_on("delay", amount=0.01, rate=0.5)
    assert (await running.controls.going()).faults == {"delay"}
    await running.controls.switch_off("delay")
    assert (await running.controls.going()).faults == frozenset()


async def test_what_the_gateway_refuses_is_told_in_its_words(running: Simulator) -> None:
    with pytest.raises(IBKRConnectionError, match=r"refuses: .*margin-call"):
        await running.controls.play("doom")


async def test_everybody_is_cut_off_by_a_drop(running: Simulator) -> None:
    reader, writer = await asyncio.open_connection(running.host, running.port)
    # Somebody is there once the gateway has answered the greeting.
    writer.write(b"API\x00" + (9).to_bytes(4, "big") + b"v157..178")
    await reader.readexactly(4)
    await running.controls.drop()
    async with asyncio.timeout(5):
        with suppress(ConnectionResetError):
            while await reader.read(65_536):
                pass
    writer.close()


async def test_a_gateway_that_is_gone_is_said_and_never_waited_for(running: Simulator) -> None:
    await asyncio.to_thread(stop_simulator, running.process)
    with pytest.raises(IBKRConnectionError, match="does not answer"):
        await running.controls.going()


@pytest.mark.parametrize(
    "lines",
    [None, b"", b'{"ok": true}\n', b'{"ok": true}\n[1]\n', b"nonsense\n", b'{"ok": true}\n' + b"x" * 100_000],
    ids=["silence", "closed at once", "no answer", "no object", "nonsense", "a line without end"],
)
async def test_whatever_a_channel_does_there_is_an_answer_in_words(lines: bytes | None) -> None:
    async with Answers(lines) as controls:
        with pytest.raises(IBKRConnectionError, match="does not answer"):
            await controls.going()


async def test_a_wrong_token_gets_nothing_from_the_gateway(running: Simulator) -> None:
    host, port = running.controls._where
    with pytest.raises(IBKRConnectionError, match="does not answer"):
        await Controls(host, port, "wrong").going()


async def test_the_token_is_first_on_the_wire_and_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = Answers(b"nonsense\n")
    async with answers as controls:
        with pytest.raises(IBKRConnectionError) as told:
            await controls.play("calm")
    assert json.loads(answers.heard[0]) == {"token": TOKEN}
    assert TOKEN not in repr(controls) + str(told.value) + caplog.text
    assert told.value.__cause__ is None


async def test_the_token_is_on_no_command_line(running: Simulator) -> None:
    token = running.controls._token
    assert token not in str(running)
    assert token not in " ".join(map(str, running.process.args))  # type: ignore[arg-type]
    line = Path(f"/proc/{running.process.pid}/cmdline")
    assert not line.exists() or token.encode() not in line.read_bytes()


def test_no_other_computer_is_spoken_to() -> None:
    with pytest.raises(ValueError, match="this computer only"):
        Controls("192.0.2.1", 4003, TOKEN)
