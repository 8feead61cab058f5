"""From the first paint to a filled order, and to a resting one that is changed and cancelled."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import Qt

from core.api import Simulator
from core.domain.link import Mode
from core.journal import Entry, default_path
from core.journal.reader import entries
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader

QUANTITY = 10
OWN_PROFILE = """\
[connection]
profile = bench

[profile.bench]
host = 127.0.0.1
port = {port}
kind = simulator
"""
ACCOUNT = "DU1234567"


async def add_disney(trader: Trader) -> None:
    """Search by name in the watchlist, take the result with the arrow keys."""
    await trader.click("watchlist-add")
    await trader.type("disney")
    await trader.sees(lambda: trader.seen("contract-results"), "the list of contracts found")
    await trader.sees(lambda: not trader.seen("contract-results-words"), "results instead of words")
    await trader.press(Qt.Key.Key_Down)
    await trader.press(Qt.Key.Key_Up)
    await trader.press(Qt.Key.Key_Return)
    await trader.sees(lambda: trader.row("watchlist", symbol="DIS"), "DIS in the watchlist")
    assert trader.text("watchlist-add") == ""


async def review_and_send(trader: Trader, review: str, send: str) -> str:
    """Press Review, read it, take on what asks, press Send; the sentence that was reviewed."""
    await trader.sees(lambda: trader.find("review").isEnabled(), "a review that can be opened")
    assert trader.text("review") == review
    await trader.click("review")
    await trader.sees(lambda: trader.seen("review-headline"), "the review")
    await trader.take_on_all()
    await trader.sees(lambda: trader.find("send").isEnabled(), "an order that can be sent")
    assert trader.text("send") == send
    sentence = trader.text("review-sentence")
    await trader.click("send")
    return sentence


def cash(trader: Trader) -> Decimal:
    """Dollars: cash in all moves with the euro."""
    account = trader.desk.account(ACCOUNT)
    assert account is not None
    return dict(account.cash_by_currency)["USD"]


def journal(kind: str) -> list[Entry]:
    return entries(default_path(), kind)


async def buy_disney(trader: Trader) -> None:
    """The whole way of a market order, and everything that changes with it."""
    await trader.is_ready()
    window = trader.window
    assert window.frame.mode is window.top.badge.mode is Mode.SIM
    await add_disney(trader)
    await trader.reads("ticket-contract", "^DIS$")
    await trader.sees(lambda: cash(trader), "cash by currency")
    before, held = cash(trader), int(trader.row("positions", contract="DIS").get("quantity", "0"))

    await trader.fill("quantity", str(QUANTITY))
    await trader.press(Qt.Key.Key_Tab)
    await trader.type("MKT")
    assert trader.find("order-type").currentText().startswith("MKT")
    assert not trader.find("limit-price").isEnabled()
    sentence = await review_and_send(trader, "Review BUY", f"Send BUY {QUANTITY} DIS")
    assert sentence.startswith(f"BUY {QUANTITY} DIS MKT DAY in SIM {ACCOUNT}, about $")

    order = await trader.sees(lambda: trader.row("orders", contract="DIS", state="Filled"), "a filled order")
    assert (order["side"], order["quantity"], order["filled"], order["owner"]) == (
        "BUY",
        "10",
        "10",
        "This desk",
    )
    assert "Filled at" in await trader.reads("ticket-followed-words", "Filled")
    await trader.show_panel("executions")
    await trader.sees(
        lambda: trader.row("executions", contract="DIS").get("commission", "–") != "–", "its cost"
    )
    fills = [one for one in trader.desk.executions() if one.contract.symbol == "DIS"]
    assert sum(one.quantity for one in fills) == QUANTITY
    await trader.show_panel("positions")
    wanted = f"+{held + QUANTITY}"
    await trader.sees(lambda: trader.row("positions", contract="DIS", quantity=wanted), f"{wanted} DIS held")
    spent = sum(one.price * one.quantity + (one.commission or 0) for one in fills)
    await trader.sees(lambda: cash(trader) < before, "less cash")
    assert abs(before - cash(trader) - spent) < 1
    assert trader.table("positions").isVisible()
    (intent,) = journal("intent")
    assert intent.subject == trader.desk.orders()[0].order_ref


async def rest_change_and_cancel(trader: Trader) -> None:
    """A limit order that will not trade; its price is changed, then it is taken back."""
    await trader.is_ready()
    await trader.click_row("watchlist", symbol="MSFT")
    await trader.reads("ticket-contract", "^MSFT$")
    last = await trader.sees(
        lambda: trader.row("watchlist", symbol="MSFT").get("last", "–").strip("–"), "a price"
    )
    low, lower = f"{float(last) * 0.9:.2f}", f"{float(last) * 0.88:.2f}"
    await trader.fill("quantity", "7")
    await trader.fill("limit-price", low)
    await trader.reads("beside-limit", r"^Waits \d+\.\d\d % from the ask")
    await review_and_send(trader, "Review BUY", "Send BUY 7 MSFT")
    await trader.show_panel("orders")
    order = await trader.sees(
        lambda: trader.row("orders", contract="MSFT", state="Working"), "a working order"
    )
    assert (order["limit"], order["filled"], order["tif"]) == (low, "–", "DAY")

    await trader.click_row("orders", contract="MSFT")
    await trader.click("orders-modify")
    await trader.reads("ticket-contract", "^Modify MSFT$")
    assert not trader.find("side-sell").isEnabled()
    await trader.fill("limit-price", lower)
    await trader.press(Qt.Key.Key_Return)
    await trader.sees(lambda: trader.seen("review-headline"), "the review, opened by Return")
    await trader.take_on_all()
    assert trader.text("send") == "Modify BUY 7 MSFT"
    await trader.click("send")
    changed = await trader.sees(
        lambda: trader.row("orders", contract="MSFT", limit=lower, state="Working"), "the change"
    )
    assert changed["quantity"] == "7"

    await trader.click_row("orders", contract="MSFT")
    await trader.press(Qt.Key.Key_Delete)
    gone = await trader.sees(
        lambda: trader.row("orders", contract="MSFT", state="Cancelled"), "a cancelled order"
    )
    assert gone["filled"] == "–"
    await trader.reads("orders-why", "cancelled")
    assert not trader.find("orders-cancel").isEnabled()
    assert trader.row("orders", state="Working") == {}


def test_an_order_typed_into_an_empty_home_is_seen_filled_everywhere(play: Play) -> None:
    assert not default_path().exists()
    assert play(buy_disney) == 0


def test_the_same_with_settings_of_ones_own(play: Play, simulator: Simulator, home: Path) -> None:
    folder = home / "xdg_config_home" / "ibdesk"
    folder.mkdir(parents=True)
    (folder / "ibkr_config.ini").write_text(OWN_PROFILE.format(port=simulator.port))

    async def journey(trader: Trader) -> None:
        await buy_disney(trader)
        assert trader.desk.link.profile == "bench"
        assert trader.desk.link.port == simulator.port

    assert play(journey) == 0


def test_a_resting_order_is_changed_and_cancelled(
    play: Play, simulator: Simulator, connected_to: Callable[[int], None]
) -> None:
    connected_to(simulator.port)
    assert play(rest_change_and_cancel) == 0
