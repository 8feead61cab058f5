"""Practice: which commands a wish of the window's becomes, and what is shown of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.api.controls import Going
from core.errors import IBKRConnectionError
from gui.app import practice
from gui.app.practice import Practice
from gui.widgets.practice_words import CALM, MEND, OUTAGE


class Gateway:
    """Stands in for the gateway's control channel: keeps what it is told, and may be gone."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.scenario = ""
        self.is_gone = False

    @property
    def controls(self) -> Gateway:
        if self.is_gone:
            raise IBKRConnectionError("The simulated gateway is not running.")
        return self

    async def going(self) -> Going:
        return Going(self.scenario)

    async def play(self, scenario: str) -> str:
        self.told.append(f"play {scenario}")
        return ""

    async def switch_on(self, fault: str) -> None:
        self.told.append(f"on {fault}")

    async def switch_off(self, fault: str) -> None:
        self.told.append(f"off {fault}")

    async def drop(self) -> None:
        self.told.append("drop")


class Bench:
    """A practice over a gateway, and what the window was shown."""

    def __init__(self) -> None:
        self.gateway = Gateway()
        self.shown: list[str] = []
        self.said: list[str] = []
        self.retries = 0
        self.practice = Practice(
            self.gateway,  # type: ignore[arg-type]
            self.shown.append,
            lambda _level, words: self.said.append(words),
            self._retry,
        )

    def _retry(self) -> None:
        self.retries += 1

    async def ask(self, *names: str) -> None:
        for name in names:
            await self.practice._begin(name)


@pytest.fixture
async def bench() -> Any:
    made = Bench()
    yield made
    made.practice.close()


async def test_an_exercise_is_played_and_shown_and_calm_ends_it(bench: Bench) -> None:
    await bench.ask("flash-crash", CALM)
    assert bench.gateway.told == ["play flash-crash", "play calm"]
    assert bench.shown == ["flash-crash", ""]


async def test_an_outage_cuts_and_refuses_and_leaves_what_was_on(bench: Bench) -> None:
    await bench.ask("trend", OUTAGE, MEND)
    assert bench.gateway.told == ["play trend", "on refuse", "drop", "off refuse"]
    assert bench.shown == ["trend", OUTAGE, "trend"]
    assert bench.retries == 1


async def test_an_outage_mends_itself(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice, "OUTAGE_S", 0.01)
    mended = asyncio.Event()
    bench.practice._retry = mended.set
    await bench.ask(OUTAGE)
    async with asyncio.timeout(5):
        await mended.wait()
    assert bench.gateway.told[-1] == "off refuse"
    assert bench.shown == [OUTAGE, ""]


async def test_another_exercise_mends_an_outage_first(bench: Bench) -> None:
    await bench.ask(OUTAGE, "halted-stock")
    assert bench.gateway.told == ["on refuse", "drop", "off refuse", "play halted-stock"]
    assert bench.shown[-1] == "halted-stock"


async def test_a_mending_that_fails_can_be_asked_for_again(bench: Bench) -> None:
    await bench.ask(OUTAGE)
    bench.gateway.is_gone = True
    await bench.ask(MEND)
    assert bench.said == ["The simulated gateway is not running."]
    bench.gateway.is_gone = False
    await bench.ask(MEND)
    assert bench.gateway.told[-1] == "off refuse"


async def test_mending_what_is_whole_does_nothing(bench: Bench) -> None:
    await bench.ask(MEND)
    assert (bench.gateway.told, bench.shown, bench.retries) == ([], [], 0)


async def test_what_the_command_line_asked_for_is_shown(bench: Bench) -> None:
    bench.gateway.scenario = "gap-open"
    await bench.practice.look()
    assert bench.shown == ["gap-open"]
    bench.gateway.scenario = "calm"
    await bench.practice.look()
    assert bench.shown[-1] == ""


async def test_a_gateway_that_is_gone_is_said(bench: Bench) -> None:
    bench.gateway.is_gone = True
    await bench.ask("trend")
    await bench.practice.look()
    assert bench.said == ["The simulated gateway is not running."]
    assert bench.shown == []
