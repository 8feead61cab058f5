"""Depth and tape over TCP: they stream while the panel is looked at, and a press on a price fills in the ticket."""

from __future__ import annotations

from collections.abc import Callable

from core.api import Simulator
from core.domain.line import LineState
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader


def test_the_ladder_lives_while_it_is_in_sight_and_stages_a_price(
    play: Play, simulator: Simulator, connected_to: Callable[[int], None]
) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        await trader.click_row("watchlist", symbol="AAPL")
        await trader.sees(lambda: "depth" in trader.window.docks.panels, "the depth panel loaded")
        assert trader.desk.pacing.depth_used == 0
        await trader.show_panel("depth")
        panel = trader.panel("depth")
        await trader.sees(
            lambda: panel.ladder.ladder.bids and panel.ladder.ladder.asks, "both sides of a book"
        )
        await trader.sees(panel.prints.prints, "a trade on the tape")
        con_id = panel.watched.con_id
        assert trader.desk.depth(con_id).state is LineState.FLOWING
        assert trader.desk.pacing.depth_used == 1

        ladder, picked = panel.ladder, []
        ladder.picked.connect(lambda side, price: picked.append(price))
        await trader.click(ladder, lambda: ladder.rect_of(len(ladder.rungs()) // 2).center())
        (price,) = picked
        await trader.reads("limit-price", f"{price:.2f}")
        assert not trader.desk.orders()

        await trader.show_panel("watchlist")
        await trader.sees(lambda: panel.watched is None, "the subscription given up")

    connected_to(simulator.port)
    assert play(journey) == 0
