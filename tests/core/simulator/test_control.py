"""The control channel: nothing without the token, then faults and scenarios while clients are there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.simulator.control import Control
from core.simulator.courses import COURSES
from core.simulator.exchange import Exchange
from core.simulator.faults import FAULTS
from core.simulator.hub import Hub
from core.simulator.scenario import SCENARIOS
from core.simulator.server import TOKEN_VARIABLE, serve
from tests.core.simulator.fake_market import NOW_S
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
        "scenario": None,
        "since_s": None,
    }
    assert obey(control, do="off", fault="mute") == {"ok": True}
    assert client.ask("49", "1") != []


def test_a_scenario_and_a_notice_reach_the_clients(client: WireClient) -> None:
    control = Control(client.hub)
    assert obey(control, do="notice", code=2104) == {"ok": True}
    assert obey(control, do="scenario", name="competing-session")["ok"]
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
        '{"do":"scenario","name":"nonsense"}',
        '{"do":"scenario"}',
        '{"do":"drop","client":"all"}',
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


# --- Scenarios while it runs -----------------------------------------------------------------------


def test_every_scenario_is_listed_with_what_it_does(client: WireClient) -> None:
    said = obey(Control(client.hub), do="scenarios")["scenarios"]
    assert said.keys() == SCENARIOS.keys() | COURSES.keys()


def test_one_scenario_takes_the_place_of_another(client: WireClient) -> None:
    control = Control(client.hub)
    obey(control, do="scenario", name="weekly-login")
    assert obey(control, do="scenario", name="competing-session")["scenario"] == "competing-session"
    client.after(11)
    assert not client.closed
    assert client.hub.competing
    assert obey(control, do="status")["scenario"] == "competing-session"


def test_off_ends_what_was_going_on(client: WireClient) -> None:
    control = Control(client.hub)
    obey(control, do="scenario", name="nightly-reset")
    client.after(15)
    assert client.hub.is_cut_off
    assert client.hub.farm_down
    late = WireClient(client.hub, 8)
    assert errors(late.heard)[-1] == ("-1", "2110"), "who logs on meanwhile is told"
    client.heard.clear()
    assert obey(control, do="off") == {"ok": True}
    assert {code for _, code in errors(client.heard)} == {"1101", "2104"}
    status = obey(control, do="status")
    assert (status["scenario"], status["on"], status["cut_off"]) == (None, {}, False)
    client.heard.clear()
    client.after(60)
    assert errors(client.heard) == []


def test_one_client_is_dropped_or_all(client: WireClient) -> None:
    other = WireClient(client.hub, 9)
    control = Control(client.hub)
    assert obey(control, do="drop", client=9) == {"ok": True, "dropped": 1}
    assert (client.closed, other.closed) == (False, True)
    obey(control, do="drop")
    assert client.closed


def _real() -> tuple[WireClient, Control]:
    hub = Hub(Exchange(3, NOW_S), clock=None)
    client = WireClient(hub)
    return client, Control(hub)


def test_a_margin_call_begins_while_it_runs_and_the_broker_liquidates() -> None:
    client, control = _real()
    client.ask("61", "1")
    client.ask("6", "2", "1", "DU1234567")
    client.after(30)
    client.heard.clear()
    assert obey(control, do="scenario", name="margin-call")["ok"]
    client.after(1)
    given = {fields[4]: fields[14] for fields in client.heard if fields[0] == "61"}
    assert float(given["NVDA"]) == 12_000
    for _ in range(4 * 90):
        client.after(0.25)
    liquidations = [fields for fields in client.heard if fields[0] == "61" and fields[4] == "NVDA"]
    assert float(liquidations[-1][14]) < 12_000
    asked = client.ask("7", "3", "1", "0", "", "", "", "", "", "")
    assert any(fields[23] == "1" for fields in asked if fields[0] == "11")


def test_a_flash_crash_begins_where_prices_are_and_what_was_shown_stays() -> None:
    client, control = _real()
    hub, spy = client.hub, 756733
    client.after(300)
    before = hub.market.history(spy, None, "300 S", "1 min", "MIDPOINT", False)[:-1]
    last = hub.market.quote(spy).last
    obey(control, do="scenario", name="flash-crash")
    assert hub.market.quote(spy).last == pytest.approx(last, rel=1e-3)
    assert hub.market.history(spy, None, "300 S", "1 min", "MIDPOINT", False)[: len(before)] == before
    client.after(55)
    low = hub.market.quote(spy).last
    assert low is not None
    assert last is not None
    assert low / last == pytest.approx(0.9, abs=0.01)
    obey(control, do="off")
    client.after(60)
    assert hub.market.quote(spy).last == pytest.approx(low, rel=0.01)


def test_a_halt_is_lifted_by_off_and_left_no_trades_in_history() -> None:
    client, control = _real()
    hub, nvda = client.hub, 4815747
    client.after(120)
    begun_s = hub.market.now_s
    obey(control, do="scenario", name="halted-stock")
    client.after(60)
    assert hub.market.quote(nvda).halted
    obey(control, do="off")
    client.after(30)
    assert not hub.market.quote(nvda).halted
    bars = hub.market.history(nvda, None, "300 S", "1 secs", "TRADES", False)
    within = [bar for bar in bars if 21 < bar.start.timestamp() - begun_s < 59]
    assert within == []
    assert [bar for bar in bars if bar.volume > 0 and bar.start.timestamp() > begun_s + 60]
    minutes = hub.market.history(nvda, None, "600 S", "1 min", "TRADES", False)
    seconds = hub.market.history(nvda, None, "600 S", "1 secs", "TRADES", False)
    assert sum(bar.volume for bar in minutes[-4:-1]) == sum(
        bar.volume for bar in seconds if minutes[-4].start <= bar.start < minutes[-1].start
    )


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
