"""The margin runs out: a popup says so, again as it gets worse, and takes neither the focus nor a keystroke."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from core.api import Simulator, start_simulator, stop_simulator
from core.domain.alert import AlertLevel
from core.journal import default_path
from core.journal.reader import entries
from gui import format as fmt
from gui.dialogs.alert_popup import AlertPopup
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader

FASTER = 8
"""25, 10, 5 and 0 % are crossed in 40 s of market time, which begin 12 s after the market."""


@pytest.fixture
def sliding() -> Iterator[Simulator]:
    running = asyncio.run(start_simulator(scenario="margin-call", seed=7, speed=FASTER))
    yield running
    stop_simulator(running.process)


def popup(trader: Trader) -> AlertPopup | None:
    """The one about margin that is open."""
    shown = [one for one in trader.window.open_popups() if isinstance(one, AlertPopup) and one.isVisible()]
    found = [one for one in shown if one.alert.cause == "margin"]
    assert len(found) <= 1, "one cause, one popup"
    return found[0] if found else None


def buttons(of: QWidget) -> set[str]:
    return {one.text() for one in of.findChildren(QAbstractButton)}


async def is_told_while_typing(trader: Trader) -> AlertPopup:
    """The popup comes while the trader types, and every digit lands where it was meant."""
    await trader.is_ready()
    await trader.click("quantity")
    field, active = QApplication.focusWidget(), QApplication.activeWindow()
    assert active is trader.window
    await trader.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    await trader.type("1")
    found: AlertPopup = await trader.sees(lambda: popup(trader), "a popup")
    if QApplication.platformName() == "offscreen":
        # It makes whatever is shown the active window, whatever the window asks for.
        assert found.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        assert found.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
        await trader.turn_to(active)
    assert QApplication.activeWindow() is active
    assert QApplication.focusWidget() is field
    await trader.type("23")
    assert trader.text("quantity") == "123"
    return found


def takes_no_focus(shown: AlertPopup) -> bool:
    """Neither it nor anything in it, by key or by click."""
    everything = [shown, *shown.findChildren(QWidget)]
    return all(one.focusPolicy() is Qt.FocusPolicy.NoFocus for one in everything)


def says_everything(trader: Trader, shown: AlertPopup) -> bool:
    """Level, measure with its figures, limit, account, since when: as the desk holds them."""
    (alert,) = trader.desk.alerts()
    return (
        alert.level.word.upper() in shown.level.text()
        and shown.title.text() == alert.title
        and shown.measured.text() == alert.measured
        and shown.limit.text() == f"Limit {alert.limit}. Account {alert.account}."
        and shown.since.text() == f"since {fmt.clock(alert.raised_at_s)}"
    )


def test_a_margin_call_is_told_acknowledged_and_journalled(
    play: Play, sliding: Simulator, connected_to: Callable[[int], None]
) -> None:
    async def journey(trader: Trader) -> None:
        shown = await is_told_while_typing(trader)
        assert takes_no_focus(shown)
        assert buttons(shown) == {"Acknowledge", "Show positions"}
        await trader.sees(lambda: says_everything(trader, shown), "what the desk measured")
        assert re.fullmatch(
            r"Excess liquidity is −?[\d.]+ % of maintenance margin \(.+ USD\)", shown.measured.text()
        )
        await trader.sees(lambda: trader.desk.alerts()[0].level is AlertLevel.EMERGENCY, "the worst level")
        await trader.sees(lambda: says_everything(trader, shown), "the same popup, louder")
        assert popup(trader) is shown
        await trader.click(shown.positions)
        await trader.sees(lambda: trader.table("positions").isVisible(), "the positions")
        await trader.click(shown.acknowledge)
        await trader.sees(lambda: popup(trader) is None, "no popup any more")
        await trader.show_panel("alerts")
        await trader.sees(
            lambda: "cknowledged" in trader.rows("alerts")[0]["state"], "the alert, acknowledged"
        )
        assert "Emergency" in trader.rows("alerts")[0]["level"]
        assert trader.text("quantity") == "123"

    connected_to(sliding.port)
    assert play(journey) == 0
    raised, acknowledged = (
        entries(default_path(), "alert raised"),
        entries(default_path(), "alert acknowledged"),
    )
    levels = [dict(entry.fields)["level"] for entry in raised]
    assert levels == sorted(set(levels), key=["Watch", "Warning", "Critical", "Emergency"].index)
    assert levels[-1] == "Emergency"
    assert len(acknowledged) == 1
    assert acknowledged[0].subject == raised[-1].subject


def test_a_margin_call_is_triggered_from_the_strip_while_the_market_runs(play: Play) -> None:
    async def journey(trader: Trader) -> None:
        await trader.is_ready()
        held = len(trader.rows("positions"))
        assert held
        await trader.click("try-margin")
        await trader.reads("try-heading", r"^Practising: Margin call\.$")
        shown = await trader.sees(lambda: popup(trader), "a popup", patience_s=50)
        assert "arg" in shown.title.text()
        assert trader.desk.link.lost_at_s is None, "no connection was lost for it"
        await trader.sees(lambda: "position" in {one.cause for one in trader.desk.alerts()}, "what came in")
        (moved,) = (one for one in trader.desk.alerts() if one.cause == "position")
        assert "changed without an execution" in moved.title
        assert "It may be: exercise, assignment, transfer" in moved.measured
        await trader.click("try-end")
        await trader.sees(lambda: trader.seen("try-order"), "the strip as it was")

    assert play(journey) == 0
