"""The loop, its watchdog, and what happens to what nobody caught."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from core.spawn import spawn
from gui import loop
from gui.loop import FaultHooks, Watchdog


def test_the_loop_answers_what_its_main_answers(qapp: QApplication) -> None:
    async def main() -> int:
        await asyncio.sleep(0)
        return 7

    assert loop.run(qapp, main) == 7


def test_a_task_left_behind_is_cancelled_awaited_and_named(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []

    async def forgotten() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    async def main() -> int:
        spawn(forgotten(), "the forgotten one")
        await asyncio.sleep(0)
        return 0

    assert loop.run(qapp, main) == 0
    assert ended == ["cleaned up"]
    assert "the forgotten one" in caplog.text


def test_a_stall_is_measured_and_every_stack_written_down(
    qapp: QApplication, tmp_path: Path, qtbot: Any
) -> None:
    stacks = tmp_path / "log" / "stalls.txt"
    watchdog = Watchdog(stacks)
    stalls: list[float] = []
    watchdog.stalled.connect(stalls.append)
    watchdog.start()
    time.sleep(1.4)  # the stall itself
    qtbot.waitUntil(lambda: bool(stalls))
    watchdog.stop()
    assert stalls[0] >= loop.STALL_S
    assert "test_a_stall_is_measured" in stacks.read_text()


def test_the_lag_is_told_every_second(qapp: QApplication, qtbot: Any) -> None:
    watchdog = Watchdog(None)
    with qtbot.waitSignal(watchdog.lag, timeout=10_000) as told:
        watchdog.start()
    watchdog.stop()
    assert told.args is not None
    assert told.args[0] >= 0.0


def test_a_stack_file_that_cannot_be_opened_stops_nothing(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    watchdog = Watchdog(tmp_path / "file" / "stalls.txt")
    watchdog.start()
    watchdog.stop()


def test_what_nobody_caught_is_told_in_words_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    before = sys.excepthook
    hooks = FaultHooks(told.append)
    hooks.install()
    try:
        fault = ZeroDivisionError("division by zero")
        with caplog.at_level(logging.ERROR):
            sys.excepthook(ZeroDivisionError, fault, None)
    finally:
        hooks.remove()
    assert told == [
        "Something failed inside IBDesk: ZeroDivisionError: division by zero. The log has the details."
    ]
    assert "uncaught" in caplog.text
    assert sys.excepthook is before
