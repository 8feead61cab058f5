"""Gateways that do not prove to be harmless: each is LIVE and read-only, whatever a profile claims of it."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from core.domain.link import Mode
from core.domain.order import OrderSpec, OrderState, OrderType, Side
from core.domain.verdict import Denied
from core.journal import default_path
from core.journal.reader import entries
from core.simulator.record import Recorder
from core.simulator.server import SimulatedGateway
from core.simulator.wire import messages
from core.simulator.wire.requests import PLACE_ORDER
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader

REAL, PAPER, OTHER_PAPER = "U1234567", "DU1", "DU2"
NOT_OURS = "EST"
"""The time zone in TWS's own greeting, which does not say that it is our simulator."""

REAL_ACCOUNT = "an account that is not a paper account is managed here"
NOT_SAID = "the profile does not say that this gateway is a paper one"


class Row(NamedTuple):
    profile: str
    accounts: tuple[str, ...]
    doubt: str
    """What keeps it from being proven harmless; "" when it is."""


UNPROVEN = (
    Row("custom", (PAPER,), NOT_SAID),
    Row("said-simulator", (PAPER,), NOT_SAID),
    Row("said-live", (PAPER,), NOT_SAID),
    Row("said-paper", (REAL,), REAL_ACCOUNT),
    Row("said-paper", (PAPER, REAL), REAL_ACCOUNT),
)
PROVEN = Row("said-paper", (PAPER, OTHER_PAPER), "")

SETTINGS = """\
[reconnect]
backoff_first_s = 0.1
backoff_most_s = 0.2
breaker_failures = 100

"""
PROFILE = """\
[profile.said-{kind}]
host = localhost
port = {port}
kind = {kind}

"""


class Ear(Recorder):
    """Remembers the numbers of the messages that clients sent."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.heard: list[str] = []

    def asked(self, connection: int, at_s: float, fields: list[str]) -> None:
        self.heard.append(fields[0])


class Pier:
    """One port, on a thread and a loop of its own, at which one gateway after the other answers."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.port = 0
        self._gateway: SimulatedGateway | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateways")

    def __enter__(self) -> Pier:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def land(self, accounts: tuple[str, ...]) -> None:
        """End the gateway that is there; another with these accounts takes its port."""
        asyncio.run_coroutine_threadsafe(self._land(accounts), self._loop).result(30)

    @property
    def orders(self) -> int:
        """How many orders have come over the wire; the what-if of a review is one of these messages too."""
        return self.ear.heard.count(str(PLACE_ORDER))

    async def _land(self, accounts: tuple[str, ...]) -> None:
        # Made before the other one ends: a market takes a while to open, and the desk knocks meanwhile.
        gateway = SimulatedGateway(port=self.port, seed=7, accounts=accounts, recorder=self.ear)
        await self._leave()
        self._gateway = gateway
        await gateway.start()
        self.port = self._gateway.port

    async def _leave(self) -> None:
        if self._gateway is not None:
            await self._gateway.stop()


@pytest.fixture
def pier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pier]:
    monkeypatch.setattr(messages, "SIMULATOR_ZONE", NOT_OURS)
    with Pier() as open_pier:
        yield open_pier


@pytest.fixture
def described(home: Path, pier: Pier, connected_to: Callable[[int], None]) -> None:
    """Profiles that claim what they like of the port; the environment points there by another name."""
    pier.land((PAPER,))
    folder = home / "xdg_config_home" / "ibdesk"
    folder.mkdir(parents=True)
    said = [PROFILE.format(kind=kind, port=pier.port) for kind in ("simulator", "paper", "live")]
    (folder / "ibkr_config.ini").write_text("".join([SETTINGS, *said]))
    connected_to(pier.port)


async def connect_to(trader: Trader, pier: Pier, row: Row) -> None:
    """Disconnect, let another gateway take the port, choose a profile by keyboard, connect."""
    await trader.click("connection-stop")
    await trader.reads("top-state", "^Not connected$")
    await asyncio.to_thread(pier.land, row.accounts)
    box = trader.find("connection-profile")
    assert isinstance(box, QComboBox)
    box.setFocus()
    await trader.press(Qt.Key.Key_Home)
    while box.currentData() != row.profile:
        assert box.currentIndex() < box.count() - 1, f"there is no profile {row.profile} to choose"
        await trader.press(Qt.Key.Key_Down)
    await trader.click("connection-connect")


async def comes_up(trader: Trader, row: Row) -> None:
    """The link is up, at this profile, with these accounts."""
    wanted = sorted(row.accounts)

    def is_up() -> bool:
        link = trader.desk.link
        return link.profile == row.profile and sorted(link.accounts) == wanted and link.synchronised

    await trader.sees(is_up, f"{row.profile} with {wanted}")


async def is_live_and_read_only(trader: Trader, row: Row) -> None:
    """Said in every corner, with the reason."""
    await trader.reads("top-state", "^Read-only$")
    window = trader.window
    await trader.sees(
        lambda: window.frame.mode is window.top.badge.mode is Mode.LIVE, "LIVE on frame and badge"
    )
    assert trader.find("mode-badge").accessibleName() == "LIVE: real money"
    assert window.windowTitle().startswith(f"LIVE – {min(row.accounts)} – ")
    for place in ("link-strip-words", "connection-words"):
        words = await trader.reads(
            place, "^Read-only: this gateway is not proven to be the simulator or a paper"
        )
        assert row.doubt in words
        assert "arm it in the connection panel" in words


async def cannot_send(trader: Trader, row: Row) -> None:
    """Neither by the ticket, which says why, nor past it."""
    await trader.fill("quantity", "1")
    await trader.fill("limit-price", "100")
    (told,) = await trader.sees(
        lambda: trader.labels("ticket-checks", "Read-only: "), "why it cannot be sent"
    )
    assert row.doubt in told
    assert trader.labels("ticket-checks", "measured LIVE, read-only · limit trading allowed")
    assert not trader.find("review").isEnabled()
    await trader.press(Qt.Key.Key_Return)
    assert not trader.seen("review-headline")
    spec = order(trader)
    # As if every check of the window had failed: the gate is another.
    answer = trader.window.bridge.submit(spec, frozenset({"ReadOnly"}))
    assert isinstance(answer, Denied)
    assert "ReadOnly" in [objection.rule for objection in answer.objections]


def order(trader: Trader) -> OrderSpec:
    contract = trader.desk.positions()[0].contract
    return OrderSpec(contract, Side.BUY, Decimal(1), OrderType.MKT, account=trader.desk.link.account)


async def open_a_review(trader: Trader) -> None:
    """Up to the last step before an order is sent."""
    await trader.fill("quantity", "1")
    await trader.fill("limit-price", "m")
    await trader.sees(lambda: trader.find("review").isEnabled(), "a review that can be opened")
    await trader.click("review")
    await trader.sees(lambda: trader.seen("review-headline"), "the review")
    await trader.take_on_all()
    await trader.sees(lambda: trader.find("send").isEnabled(), "an order that can be sent")


def test_what_is_not_proven_harmless_is_live_and_hears_of_no_order(
    play: Play, pier: Pier, described: None
) -> None:
    async def journey(trader: Trader) -> None:
        await trader.sees(lambda: trader.window.docks.panels, "a furnished window")
        await trader.show_panel("connection")
        await trader.reads("top-state", "^Read-only$")
        for row in UNPROVEN:
            await connect_to(trader, pier, row)
            await comes_up(trader, row)
            await is_live_and_read_only(trader, row)
            if trader.text("ticket-contract") != "AAPL":
                await trader.sees(lambda: trader.row("watchlist", symbol="AAPL"), "AAPL to choose")
                await trader.click_row("watchlist", symbol="AAPL")
            await cannot_send(trader, row)
        assert pier.orders == 0
        assert [one.state for one in trader.desk.orders()] == [OrderState.DENIED] * len(UNPROVEN)
        assert {row["state"] for row in trader.rows("orders")} == {"Denied"}
        assert entries(default_path(), "intent") == []

    assert play(journey) == 0
    assert pier.orders == 0
    assert "71" in pier.ear.heard


def test_a_proven_paper_account_that_comes_back_as_a_real_one_shuts_the_review(
    play: Play, pier: Pier, described: None
) -> None:
    """Proven at every connection anew: what was harmless before the outage need not be after it."""

    async def journey(trader: Trader) -> None:
        await trader.sees(lambda: trader.window.docks.panels, "a furnished window")
        await trader.show_panel("connection")
        await trader.reads("top-state", "^Read-only$")
        await connect_to(trader, pier, PROVEN)
        await comes_up(trader, PROVEN)
        await trader.is_ready()
        assert trader.window.frame.mode is trader.window.top.badge.mode is Mode.PAPER
        await trader.click_row("watchlist", symbol="AAPL")
        await trader.reads("ticket-contract", "^AAPL$")
        await open_a_review(trader)
        await trader.click("send")
        await trader.sees(lambda: pier.orders, "the order at the gateway")
        await trader.sees(lambda: trader.row("orders", contract="AAPL"), "the order on the desk")

        await trader.fill("quantity", "2")
        await open_a_review(trader)
        real = Row(PROVEN.profile, (REAL,), REAL_ACCOUNT)
        await asyncio.to_thread(pier.land, real.accounts)
        asked = pier.orders
        await comes_up(trader, real)
        await is_live_and_read_only(trader, real)
        assert trader.seen("review-headline")
        await trader.sees(lambda: not trader.find("send").isEnabled(), "a Send that is shut")
        assert trader.labels("review-checks", "Read-only: ")
        assert pier.orders == asked
        assert len(entries(default_path(), "intent")) == 1

    assert play(journey) == 0
    # One order, and at most the what-if of each of the two reviews.
    assert pier.orders <= 3
