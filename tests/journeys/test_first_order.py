"""From the first paint to a filled order, and a resting one that is changed and cancelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from PySide6.QtCore import Qt

from core.api import Simulator
from tests.journeys.conftest import Play
from tests.journeys.trader import Trader


async def _probe(trader: Trader) -> None:
    t = monotonic()
    await trader.is_ready()
    print("ready", monotonic() - t)
    await trader.sees(lambda: len(trader.rows("positions")) > 3)
    trader.window.grab().save("/tmp/w/j1.png")


def test_probe(play: Play, simulator: Simulator, connected_to: Callable[[int], None]) -> None:
    connected_to(simulator.port)
    t = monotonic()
    assert play(_probe) == 0
    print("whole", monotonic() - t)
