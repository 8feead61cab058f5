"""What the trader arranged is there next time; what cannot be read is the default, and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QPalette

from core.api import Simulator
from gui import theme
from tests.journeys.conftest import Play
from tests.journeys.test_first_order import add_disney
from tests.journeys.trader import Trader

OFF = "--no-simulator"


@pytest.fixture
def layout(home: Path) -> Path:
    """Where the layout is kept."""
    return home / "xdg_config_home" / "ibdesk" / "layout.json"


async def is_furnished(trader: Trader) -> None:
    await trader.sees(lambda: "chart" in trader.window.docks.panels, "all panels")


def lightness(trader: Trader) -> float:
    return trader.window.palette().color(QPalette.ColorRole.Window).lightnessF()


def is_closed(trader: Trader, name: str) -> bool:
    return bool(trader.window.docks.docks[name].isClosed())


def test_docks_columns_contracts_and_theme_are_as_they_were_left(
    play: Play, layout: Path, simulator: Simulator, connected_to: Callable[[int], None]
) -> None:
    async def arrange(trader: Trader) -> None:
        await trader.is_ready()
        await is_furnished(trader)
        await add_disney(trader)
        await trader.choose("View", "Executions")
        await trader.sees(lambda: is_closed(trader, "executions"), "executions closed")
        assert lightness(trader) < 0.5
        await trader.choose("View", "Light theme")
        await trader.sees(lambda: lightness(trader) > 0.5, "a light window")
        assert theme.current() is theme.LIGHT

    async def come_back(trader: Trader) -> None:
        await trader.is_ready()
        await is_furnished(trader)
        assert is_closed(trader, "executions")
        assert not is_closed(trader, "orders")
        assert theme.current() is theme.LIGHT
        assert lightness(trader) > 0.5
        assert trader.row("watchlist", symbol="DIS")
        await trader.choose("View", "Reset the layout")
        await trader.sees(lambda: not is_closed(trader, "executions"), "executions back")
        await trader.choose("View", "Dark theme")
        await trader.sees(lambda: lightness(trader) < 0.5, "a dark window")

    connected_to(simulator.port)
    assert play(arrange) == 0
    assert json.loads(layout.read_text())["theme"] == "light"
    assert play(come_back) == 0
    assert json.loads(layout.read_text())["theme"] == "dark"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{ this is no JSON", "cannot be read"),
        ("[]", "of another version"),
        (
            '{"version": 1, "geometry": "AAAA", "docks": {"layout": "AAAA", "panels": {"watchlist": 7}}}',
            "could not be restored",
        ),
        ('{"version": 1, "theme": 12, "zoom": "huge", "docks": []}', ""),
    ],
)
def test_a_broken_layout_is_the_default_and_said(play: Play, layout: Path, written: str, words: str) -> None:
    async def journey(trader: Trader) -> None:
        await is_furnished(trader)
        assert not [name for name in trader.window.docks.docks if is_closed(trader, name)]
        assert trader.window.docks.docks["watchlist"].dockAreaWidget() is not None
        await trader.show_panel("log")
        said = " ".join(row["words"] for row in trader.rows("log"))
        assert words in said
        assert not words or "the default is used" in said

    layout.parent.mkdir(parents=True)
    layout.write_text(written)
    assert play(journey, OFF) == 0
    assert json.loads(layout.read_text())["version"] == 1
