"""Folders of its own for every test, and no connector left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.api import IBKRConnector, Simulator, start_simulator, stop_simulator
from tests.core.api.middleman import Middleman


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No test sees another's journal or cache, or the settings of whoever runs it; where settings are written."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("IBKR_HOST", "IBKR_PORT", "IBKR_CLIENT_ID", "IBKR_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "config" / "ibdesk"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
async def nothing_left() -> AsyncIterator[None]:
    yield
    if IBKRConnector._only is not None:
        await IBKRConnector._only.disconnect()
        IBKRConnector._only = None


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    running = asyncio.run(start_simulator(seed=7))
    yield running
    stop_simulator(running.process)


@pytest.fixture
async def middleman(simulator: Simulator) -> AsyncIterator[Middleman]:
    between = Middleman(simulator.port)
    await between.listen()
    yield between
    await between.stop()
