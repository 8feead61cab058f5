"""A whole run of the desk against its real simulator, over TCP."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

import core.settings as settings_module
from core.api import Simulator
from core.domain.link import Mode, Socket
from gui.app.embedded import Embedded
from gui.app.session import Session
from gui.options import Options
from gui.panels.connection import ConnectionPanel
from gui.panels.log import LogPanel
from gui.window import MainWindow
from tests.gui.live import is_ready, run, until


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


async def until_logged(window: MainWindow, words: str) -> None:
    """Wait for a line of the log, which keeps what was said before anybody could listen."""
    await until(lambda: "log" in window.docks.panels)
    log = window.docks.panels["log"]
    assert isinstance(log, LogPanel)
    log.filter.setText(words)
    await until(log.model.rowCount)


def kill(session: Session) -> None:
    """The simulated gateway's process dies as in a crash."""
    assert session._embedded is not None
    assert session._embedded._running is not None
    session._embedded._running.process.kill()
    session._embedded._running.process.wait()


def process_of(session: Session) -> int:
    assert session._embedded is not None
    assert session._embedded._running is not None
    return session._embedded._running.process.pid


def test_a_killed_simulator_is_said_and_one_started_again_is_found_without_a_restart(
    qapp: QApplication,
) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        port = window.bridge.desk.link.port
        kill(session)
        await until(
            lambda: window.link_strip.isVisible() and window.bridge.desk.link.socket is Socket.WAITING
        )
        assert "The simulated gateway" in window.link_strip.words.text()
        assert window.top.net_liquidation.value.property("tone") == "faint"
        await until(window.link_strip.simulator_button.isVisible)
        window.link_strip.simulator_button.click()
        await until(lambda: is_ready(window))
        assert window.bridge.desk.link.port == port
        assert not window.link_strip.isVisible()

    assert run(qapp, Options(), act) == 0


def test_a_simulator_started_by_somebody_else_at_the_same_port_is_found_too(qapp: QApplication) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        from core.api import start_simulator, stop_simulator

        await until(lambda: is_ready(window))
        kill(session)
        await until(lambda: window.bridge.desk.link.socket is Socket.WAITING)
        other = await start_simulator(port=window.bridge.desk.link.port)
        try:
            await until(lambda: is_ready(window))
        finally:
            await asyncio.to_thread(stop_simulator, other.process)

    assert run(qapp, Options(), act) == 0


def test_a_broken_connection_mends_itself_and_the_process_lives_on(qapp: QApplication) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        process = process_of(session)
        window.try_strip.outage_button.click()
        await until(lambda: window.bridge.desk.link.lost_at_s is not None)
        await until(lambda: window.try_strip.end_button.text() == "Mend it now")
        assert not window.link_strip.simulator_button.isVisible()
        window.try_strip.end_button.click()
        await until(lambda: is_ready(window))
        await until(window.try_strip.outage_button.isVisible)
        assert process_of(session) == process

    assert run(qapp, Options(), act) == 0


def test_closed_while_its_simulator_starts_it_leaves_nothing_running(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[Simulator] = []
    start = Embedded._start

    async def noted(embedded: Embedded, port: int) -> Simulator:
        started.append(await start(embedded, port))
        return started[-1]

    monkeypatch.setattr(Embedded, "_start", noted)

    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: session._embedded is not None and session._embedded._starting.locked())

    assert run(qapp, Options(), act) == 0
    assert [one.process.returncode for one in started] == [0]
    assert "still running at the end" not in caplog.text


def test_what_of_the_traders_files_is_not_used_is_said_at_the_start(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = settings_module.load
    unused = ("risk_config.yaml: risk_limits.max_drawdown is not used", "b")
    monkeypatch.setattr(settings_module, "load", lambda: replace(load(), ignored=unused))

    async def act(session: Session, window: MainWindow) -> None:
        await until_logged(window, "Not used: 2 entries of your files. Settings says which, and why.")

    assert run(qapp, Options(), act) == 0


def test_an_exercise_is_shown_while_it_is_on_and_ended_without_a_restart(qapp: QApplication) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        process = process_of(session)
        window.practise("halted-stock")
        await until(lambda: window.try_strip.heading.text() == "Practising: Halted stock.")
        assert (await session._embedded.controls.going()).scenario == "halted-stock"  # type: ignore[union-attr]
        window.try_strip.end_button.click()
        await until(window.try_strip.order_button.isVisible)
        assert (await session._embedded.controls.going()).scenario in ("", "calm")  # type: ignore[union-attr]
        assert process_of(session) == process

    assert run(qapp, Options(), act) == 0


def test_an_exercise_that_cannot_be_had_is_said(qapp: QApplication) -> None:
    said: list[str] = []

    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        window.bridge.said.connect(lambda level, words: said.append(words))
        kill(session)
        window.practise("trend")
        await until(lambda: any("not running" in words for words in said))

    assert run(qapp, Options(), act) == 0


def test_the_gateway_at_hand_is_tested_from_the_panel(qapp: QApplication) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        panel = window.docks.panels["connection"]
        assert isinstance(panel, ConnectionPanel)
        window.docks.bring("connection")
        panel.test_button.click()
        assert panel.examination.is_looking
        await until(lambda: not panel.examination.is_looking)
        assert panel.examination.words.text() == "All is well."
        assert window.bridge.desk.link.is_ready, "the desk's own connection is left alone"

    assert run(qapp, Options(), act) == 0


def test_a_window_closed_in_mid_test_leaves_nothing_running(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        await until(lambda: is_ready(window))
        panel = window.docks.panels["connection"]
        assert isinstance(panel, ConnectionPanel)
        panel.test_button.click()
        await asyncio.sleep(0)
        window.close()

    assert run(qapp, Options(), act) == 0
    assert not [one for one in caplog.messages if "examine" in one]


def test_without_a_simulator_it_says_so_and_waits(qapp: QApplication) -> None:
    async def act(session: Session, window: MainWindow) -> None:
        await until_logged(window, "simulator was not wanted")
        assert window.bridge.desk.link.socket is Socket.DOWN

    assert run(qapp, Options(simulator=False), act) == 0


def test_a_port_where_nobody_listens_leaves_a_living_window_that_says_what_to_do(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("IBKR_PORT", str(unused_tcp_port))

    async def act(session: Session, window: MainWindow) -> None:
        await until(window.link_strip.isVisible)
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
