"""A whole run of the desk against its real simulator, over TCP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from core.domain.link import Mode, Socket
from core.spawn import spawn
from gui import loop
from gui.app.session import Session
from gui.options import Options
from gui.window import MainWindow, Memory

Act = Callable[[Session, MainWindow], Awaitable[None]]
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty home: the journal, the logs and the layout of this test alone."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("IBKR_HOST", "IBKR_PORT", "IBKR_CLIENT_ID", "IBKR_ACCOUNT_ID", "MAX_ORDER_SIZE", "MAX_PORTFOLIO_RISK"):
        monkeypatch.delenv(name, raising=False)


def run(app: QApplication, options: Options, act: Act | None = None) -> int:
    """A session from paint to exit code, with `act` as its trader."""
    window = MainWindow(Memory(None))
    window.open((1280, 800))
    session = Session(options, window, app)

    async def act_then_end() -> None:
        assert act is not None
        try:
            await act(session, window)
        finally:
            session.end(0)

    async def live() -> int:
        trader = spawn(act_then_end(), "the test's trader") if act is not None else None
        code = await session.live()
        if trader is not None:
            await trader
        return code

    try:
        return loop.run(app, live)
    finally:
        window.close()
        window.deleteLater()


async def until(condition: Callable[[], object]) -> None:
    """Wait for `condition`, which the running desk must bring about."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.02)


def is_ready(window: MainWindow) -> bool:
    return window._bridge is not None and window.bridge.desk.link.is_ready and window.top.state.text() == "Ready"


def test_it_opens_on_its_simulator_and_leaves_nothing_running(qapp: QApplication) -> None:
    seen: list[object] = []

    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        await until(lambda: window.bridge.desk.positions() and window.top.net_liquidation.value.text() != "–")
        assert window.frame.mode is Mode.SIM
        assert set(window.docks.panels) >= {"account", "connection", "log", "alerts"}
        assert session._embedded is not None
        assert session._embedded._running is not None
        seen.append(session._embedded._running.process)

    assert run(qapp, Options(), act) == 0
    (process,) = seen
    assert process.returncode is not None  # type: ignore[attr-defined]


def test_a_killed_simulator_is_said_and_one_started_again_is_found_without_a_restart(qapp: QApplication) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        port = window.bridge.desk.link.port
        window.outage_asked.emit()
        await until(lambda: window.link_strip.isVisible())
        assert "The simulated gateway has ended" in window.link_strip.words.text()
        assert window.top.net_liquidation.value.property("tone") == "faint"
        assert window.link_strip.simulator_button.isVisible()
        window.link_strip.simulator_button.click()
        await until(lambda: is_ready(window))
        assert window.bridge.desk.link.port == port
        assert not window.link_strip.isVisible()

    assert run(qapp, Options(), act) == 0


def test_a_simulator_started_by_somebody_else_at_the_same_port_is_found_too(qapp: QApplication) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        from core.api import start_simulator, stop_simulator

        await until(lambda: is_ready(window))
        window.outage_asked.emit()
        await until(lambda: window.bridge.desk.link.socket is Socket.WAITING)
        other = await start_simulator(port=window.bridge.desk.link.port)
        try:
            await until(lambda: is_ready(window))
        finally:
            await asyncio.to_thread(stop_simulator, other.process)

    assert run(qapp, Options(), act) == 0


def test_without_a_simulator_it_says_so_and_waits(qapp: QApplication) -> None:
    said: list[str] = []

    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: window._bridge is not None)
        window.bridge.said.connect(lambda level, words: said.append(words))
        await until(lambda: said)
        assert window.bridge.desk.link.socket is Socket.DOWN

    assert run(qapp, Options(simulator=False), act) == 0
    assert "simulator was not wanted" in said[0]


def test_a_port_where_nobody_listens_leaves_a_living_window_that_says_what_to_do(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("IBKR_PORT", str(unused_tcp_port))

    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: window.link_strip.isVisible())
        words = window.link_strip.words.text()
        assert f"Nothing is listening on 127.0.0.1:{unused_tcp_port}" in words
        assert "Enable ActiveX and Socket Clients" in words
        assert window.link_strip.retry_button.isVisible()
        assert not window.link_strip.simulator_button.isVisible()
        window.link_strip.stop_button.click()
        await until(lambda: window.bridge.desk.link.socket is Socket.DOWN)

    assert run(qapp, Options(), act) == 0


@pytest.mark.parametrize(
    ("options", "env", "words"),
    [
        (Options(profile="moon"), {}, "moon"),
        (Options(), {"IBKR_PORT": "99999"}, "IBKR_PORT"),
        (Options(), {"MAX_ORDER_SIZE": "many"}, "MAX_ORDER_SIZE"),
        (Options(scenario="doom"), {}, "doom"),
    ],
)
def test_settings_that_make_no_sense_end_it_with_2_and_words(
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    options: Options,
    env: dict[str, str],
    words: str,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert run(qapp, options) == 2
    told = capfd.readouterr().err
    assert words in told
    assert "Traceback" not in told


def test_closing_the_window_ends_the_session(qapp: QApplication) -> None:
    async def live_until_closed(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        window.close()
        await session._ended.wait()

    assert run(qapp, Options(), live_until_closed) == 0
