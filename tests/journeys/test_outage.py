"""The gateway dies under the desk, and comes back: said at once, found again without a restart."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from core.api import start_simulator, stop_simulator
from core.domain.quote import BarKey
from gui.widgets.quote_words import Freshness
from tests.journeys.conftest import Play, children
from tests.journeys.trader import Trader, report

FIGURES = (
    "top-nlv-value",
    "top-day-value",
    "top-excess-value",
    "top-cushion-value",
    "account-net-liquidation-value",
)
APPLE = 265598
MINUTES = BarKey(APPLE, "1 min")


def gateways() -> list[int]:
    """The simulated gateways that this program has started."""
    return [one for one in children() if b"core.simulator" in Path(f"/proc/{one}/cmdline").read_bytes()]


def freshness(trader: Trader) -> Freshness:
    """How the watchlist shows AAPL."""
    view = trader.table("watchlist")
    value = view.table.row_value(APPLE)
    return Freshness.NONE if value is None else value.state


def dimmed(trader: Trader) -> bool:
    return all(trader.tone(figure) == "faint" for figure in FIGURES) and freshness(trader) is Freshness.LOST


def revision(trader: Trader) -> int:
    """How often the chart's bars have been written."""
    bars = trader.desk.bars(MINUTES)
    return 0 if bars is None else bars.revision


async def has_chart(trader: Trader) -> None:
    """Bars are on screen and the last one lives."""
    chart = trader.panel("chart")
    await trader.sees(
        lambda: chart.contract is not None and chart.words == "", "a chart with nothing to say of it"
    )
    assert chart.contract.symbol == "AAPL"
    assert len(trader.desk.bars(MINUTES) or ()) > 100
    before = revision(trader)
    await trader.sees(lambda: revision(trader) > before, "a bar that moves")
    assert chart.canvas.subject is not None
    assert not trader.seen("chart-notice")


async def is_down(trader: Trader) -> None:
    """Words, colours and controls all say that nothing here is fresh."""
    await trader.sees(lambda: trader.seen("link-strip") and dimmed(trader), "every figure dimmed")
    await trader.reads("link-strip-words", r"^Nothing here is fresh since \d\d:\d\d:\d\d\. ")
    await trader.reads("top-state", "^(No connection|Connecting)$")
    await trader.reads("status-farms", "–")
    assert "✕" in trader.row("watchlist", symbol="AAPL")["age"]
    assert trader.panel("chart").words != ""


async def cannot_send(trader: Trader) -> None:
    await trader.fill("quantity", "1")
    await trader.fill("limit-price", "100")
    await trader.sees(lambda: trader.panel("ticket").checks.lines, "an objection")
    assert not trader.find("review").isEnabled()


async def is_back(trader: Trader) -> None:
    await trader.is_ready()
    await trader.sees(lambda: not trader.seen("link-strip"), "no trouble any more")
    assert not any(trader.tone(figure) == "faint" for figure in FIGURES)
    await trader.sees(lambda: freshness(trader) is Freshness.FRESH, "fresh prices")
    await has_chart(trader)


def test_a_gateway_that_dies_is_said_and_found_again(play: Play, connected_to: Callable[[int], None]) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        await has_chart(trader)
        assert not dimmed(trader)
        first.process.kill()
        killed_at = monotonic()
        await is_down(trader)
        report(f"the window said so after {(monotonic() - killed_at) * 1000:.0f} ms")
        await trader.reads("link-strip-words", r"Retrying in .* \(attempt \d+\)")
        assert trader.find("strip-retry").isEnabled()
        await cannot_send(trader)
        second = await start_simulator(port=first.port, seed=7)
        try:
            listening_at = monotonic()
            await is_back(trader)
            report(f"back {monotonic() - listening_at:.2f} s after the gateway listened again")
            await trader.sees(lambda: trader.find("review").isEnabled(), "an order that could be sent again")
        finally:
            await asyncio.to_thread(stop_simulator, second.process)

    first = asyncio.run(start_simulator(seed=7))
    connected_to(first.port)
    try:
        assert play(journey) == 0
    finally:
        stop_simulator(first.process)


def test_the_connection_is_broken_on_purpose_and_mends_itself(play: Play) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        await trader.click("try-outage")
        await is_down(trader)
        await trader.reads("try-heading", r"^Practising: Broken connection\.$")
        assert "The simulated gateway closed the connection." in trader.text("link-strip-words")
        assert not trader.seen("strip-simulator"), "nothing has to be started again"
        await trader.is_ready()
        await trader.sees(lambda: not dimmed(trader), "fresh figures")
        await trader.sees(lambda: trader.seen("try-outage"), "the strip as it was")

    assert play(journey) == 0


def test_a_broken_connection_is_mended_by_its_button(play: Play) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        await trader.click("try-outage")
        await is_down(trader)
        await trader.click("try-end")
        await trader.is_ready()
        await trader.sees(lambda: trader.seen("try-outage"), "the strip as it was")

    assert play(journey) == 0


def test_a_dead_embedded_gateway_is_started_again_by_its_button(play: Play) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        port = trader.desk.link.port
        for number in gateways():
            os.kill(number, signal.SIGKILL)
        await is_down(trader)
        await trader.sees(lambda: trader.seen("strip-simulator"), "a way to start it again")
        await trader.click("strip-simulator")
        await trader.is_ready()
        await trader.sees(lambda: not dimmed(trader), "fresh figures")
        assert trader.desk.link.port == port

    assert play(journey) == 0


def test_an_exercise_is_chosen_from_the_menu_and_ended(play: Play) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        await trader.choose("Practice", "Competing session")
        await trader.reads("try-heading", r"^Practising: Competing session\.$")
        await trader.choose("Practice", "Back to calm")
        await trader.sees(lambda: trader.seen("try-order"), "the strip as it was")
        await trader.is_ready()

    assert play(journey) == 0
