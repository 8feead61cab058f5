"""The kill switch, from a working order to typed words, and across a restart."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.api import Simulator
from core.domain.order import OrderState
from core.domain.trading import TradingState
from tests.journeys.conftest import Play
from tests.journeys.test_first_order import review_and_send
from tests.journeys.trader import Trader

HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


async def rest_an_order(trader: Trader) -> None:
    """A buy far under the market, that stays there."""
    await trader.click_row("watchlist", symbol="AAPL")
    await trader.reads("ticket-contract", "^AAPL$")
    quote = trader.desk.quote(265598)
    assert quote is not None
    assert quote.bid is not None
    await trader.fill("quantity", "10")
    await trader.fill("limit-price", f"{float(quote.bid) * 0.97:.2f}")
    await review_and_send(trader, "Review BUY", "Send BUY 10 AAPL")
    await trader.sees(lambda: trader.desk.orders()[0].state is OrderState.WORKING, "a working order")


async def hold_kill(trader: Trader) -> None:
    """Ctrl+Shift+K goes down and stays down until the button has filled."""
    button = trader.window.top.kill
    QTest.keyPress(trader.window, Qt.Key.Key_K, HELD)
    assert button.is_filling
    await trader.sees(lambda: not button.is_filling, "a button that has filled")
    QTest.keyRelease(trader.window, Qt.Key.Key_K, HELD)


async def kill(trader: Trader) -> None:
    await trader.is_ready()
    await rest_an_order(trader)
    order = trader.desk.orders()[0]
    await hold_kill(trader)
    await trader.reads("kill-card-title", r"^Halted\. 1 of 1 order is off\.$")
    await trader.reads("kill-state-0", "^Cancelled$")
    assert trader.desk.order(order.order_ref).state is OrderState.CANCELLED  # type: ignore[union-attr]
    await trader.reads("trading-words", "^HALTED since .* The kill switch was used")
    assert trader.text("top-trading") == "HALTED"


async def come_back(trader: Trader) -> None:
    """Still halted, loudly, until the words are typed."""
    await trader.is_ready()
    await trader.reads("trading-words", "^HALTED since .* The kill switch was used")
    await trader.fill("trading-phrase", "resume")
    await trader.press(Qt.Key.Key_Return)
    await trader.reads("trading-refusal", "RESUME TRADING")
    assert trader.desk.trading.state is TradingState.HALTED
    await trader.fill("trading-phrase", "RESUME TRADING")
    await trader.press(Qt.Key.Key_Return)
    await trader.sees(lambda: trader.desk.trading.state is TradingState.ACTIVE, "trading that is active")
    await trader.sees(lambda: not trader.seen("trading-strip"), "a strip that is gone")
    assert trader.text("top-trading") == "Active"


def test_the_kill_switch_halts_cancels_and_stays_until_the_words_are_typed(
    play: Play, simulator: Simulator, connected_to: Callable[[int], None]
) -> None:
    connected_to(simulator.port)
    assert QApplication.instance() is not None
    assert play(kill) == 0
    assert play(come_back) == 0
