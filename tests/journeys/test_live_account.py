"""A gateway with real money behind it: LIVE in every corner, and no order leaves."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from core.domain.link import Mode
from core.journal import default_path
from core.journal.reader import entries
from core.simulator.exchange import Exchange
from core.simulator.server import SimulatedGateway
from gui.panels.watchlist import DEFAULTS
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader

REAL = "U1234567"


class LiveGateway:
    """The simulated gateway with a real account's name, on a thread and a loop of its own."""

    def __init__(self) -> None:
        self._listening: Future[int] = Future()
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.exchange = Exchange(7, time.time(), accounts=(REAL,))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="live gateway")

    def __enter__(self) -> LiveGateway:
        self._thread.start()
        self.port = self._listening.result(30)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with SimulatedGateway(market=self.exchange) as gateway:
            self._listening.set_result(gateway.port)
            await self._over.wait()


@pytest.fixture
def live() -> Iterator[LiveGateway]:
    with LiveGateway() as running:
        yield running


def test_an_order_for_real_money_is_denied_with_words_and_never_sent(
    play: Play, live: LiveGateway, connected_to: Callable[[int], None]
) -> None:
    async def journey(trader: Trader) -> None:
        await trader.reads("top-state", "^Read-only$")
        window = trader.window
        assert window.frame.mode is window.top.badge.mode is Mode.LIVE
        assert window.windowTitle() == f"LIVE – {REAL} – IBDesk"
        assert trader.text("top-account") == REAL
        assert "not proven to be the simulator or a paper account" in trader.text("link-strip-words")
        await trader.sees(
            lambda: len(trader.rows("watchlist")) == len(DEFAULTS), "the whole watchlist all the same"
        )
        await trader.sees(lambda: all(row["last"] != "–" for row in trader.rows("watchlist")), "its prices")
        await trader.click_row("watchlist", symbol="AAPL")
        await trader.reads("ticket-contract", "^AAPL$")
        await trader.fill("quantity", "1")
        await trader.fill("limit-price", "100")
        told = await trader.sees(lambda: trader.labels("ticket-checks", "Read-only"), "why not")
        assert "arm it in the connection panel" in told[0]
        assert not trader.find("review").isEnabled()
        await trader.show_panel("positions")
        await trader.click_row("positions", contract="AAPL")
        await trader.click("positions-close")
        await trader.sees(
            lambda: trader.text("side-sell") and not trader.find("review").isEnabled(), "no way around"
        )
        assert trader.desk.orders() == ()

    connected_to(live.port)
    assert play(journey) == 0
    assert entries(default_path(), "intent") == []
    assert live.exchange.open_orders() == []


def test_live_is_armed_by_typed_words_and_disarmed_by_a_button(
    play: Play, live: LiveGateway, connected_to: Callable[[int], None]
) -> None:
    async def journey(trader: Trader) -> None:
        await trader.reads("top-state", "^Read-only$")
        await trader.click("strip-arm")
        await trader.reads("arming-words", f"TRADE LIVE {REAL}")
        await trader.fill("arming-phrase", "yes")
        await trader.click("arming-arm")
        await trader.reads("arming-refusal", "type exactly")
        assert trader.text("top-state") == "Read-only"
        await trader.fill("arming-phrase", f"TRADE LIVE {REAL}")
        await trader.click("arming-arm")
        await trader.reads("armed-words", f"ARMED: .*{REAL}")
        await trader.reads("top-state", "^Ready$")
        assert "ARMED" in trader.window.windowTitle()
        await trader.click("armed-disarm")
        await trader.reads("top-state", "^Read-only$")
        assert not trader.seen("armed-words")

    connected_to(live.port)
    assert play(journey) == 0
    assert entries(default_path(), "intent") == []
    assert live.exchange.open_orders() == []
