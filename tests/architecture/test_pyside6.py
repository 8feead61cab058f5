"""PySide6 6.12.0 lost a reference to None or True at every call and aborted within the hour; ours does not."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="None and True are immortal: their count drifts and means nothing"
)

CALLS = 1_000
SLACK = 50


class _Sender(QObject):
    sent = Signal(object)


def _references() -> tuple[int, int]:
    return sys.getrefcount(None), sys.getrefcount(True)


def _moved(before: tuple[int, int]) -> int:
    return max(abs(now - then) for now, then in zip(_references(), before, strict=True))


def test_setting_a_text_keeps_none_and_true_alive(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = _references()
    for number in range(CALLS):
        label.setText(str(number))
    assert _moved(before) <= SLACK


def test_emitting_a_signal_keeps_none_and_true_alive(qtbot: QtBot) -> None:
    sender = _Sender()
    heard: list[int] = []
    sender.sent.connect(heard.append)
    before = _references()
    for number in range(CALLS):
        sender.sent.emit(number)
    assert _moved(before) <= SLACK
    assert len(heard) == CALLS
