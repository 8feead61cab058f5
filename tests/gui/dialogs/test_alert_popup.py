"""Alert popups: one a cause, stacked, silent to the keyboard, gone when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from core.domain.alert import Alert, AlertLevel
from core.domain.topics import Topic
from gui.dialogs.alert_popup import AlertPopup, AlertPopups
from tests.gui.panels.stand_in import ACCOUNT, Floor

ALERT = Alert(
    alert_id="margin-1",
    cause="margin",
    account=ACCOUNT,
    level=AlertLevel.WARNING,
    title="Margin warning",
    measured="Excess liquidity is 9.0 % of maintenance margin",
    limit="10 %",
    raised_at_s=1_780_498_800.0,
    changed_at_s=1_780_498_800.0,
)


class Watched:
    """The popups over a desk whose alerts the test writes."""

    def __init__(self, floor: Floor, home: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
        self.alerts: list[Alert] = []
        self.asked: list[str] = []
        monkeypatch.setattr(type(floor.desk), "alerts", lambda _: tuple(self.alerts))
        floor.stand_in.acknowledge = self.asked.append  # type: ignore[method-assign,assignment]
        corner = lambda: home.mapToGlobal(QPoint(home.width(), home.height()))  # noqa: E731
        self.popups = AlertPopups(floor.bridge, home, corner, lambda: self.asked.append("positions"))

    def tell(self, *alerts: Alert) -> tuple[AlertPopup, ...]:
        self.alerts = list(alerts)
        self.popups.refresh({Topic.ALERT: frozenset(alert.alert_id for alert in alerts)})
        return self.popups.open


@pytest.fixture
def watched(
    desk_floor: Floor, show: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    made = Watched(desk_floor, show(QWidget(), 900, 700), monkeypatch)
    yield made
    made.popups.close_all()


def test_it_says_level_measure_limit_and_since_when(watched: Watched) -> None:
    (popup,) = watched.tell(ALERT)
    assert popup.level.text() == "▲ WARNING"
    assert popup.measured.text() == ALERT.measured
    assert "10 %" in popup.limit.text()
    assert popup.since.text().startswith("since ")
    assert "Margin warning" in popup.accessibleName()


def test_an_estimate_is_called_one(watched: Watched) -> None:
    (popup,) = watched.tell(replace(ALERT, estimated=True))
    assert popup.measured.text().endswith("estimate")


def test_the_same_cause_is_one_popup_that_is_updated(watched: Watched) -> None:
    (first,) = watched.tell(ALERT)
    (second,) = watched.tell(replace(ALERT, measured="Excess liquidity is 8.0 %"))
    assert first is second
    assert second.measured.text() == "Excess liquidity is 8.0 %"


def test_two_causes_are_stacked_and_do_not_overlap(watched: Watched) -> None:
    one, two = watched.tell(ALERT, replace(ALERT, alert_id="other-1", cause="other"))
    assert not one.frameGeometry().intersects(two.frameGeometry())


def test_the_keyboard_stays_where_it_was(watched: Watched, show: Callable[..., Any]) -> None:
    field = show(QLineEdit(), 200, 30)
    field.setFocus()
    field.activateWindow()
    QApplication.processEvents()
    (popup,) = watched.tell(ALERT)
    QApplication.processEvents()
    assert QApplication.focusWidget() in (field, None)
    assert all(
        child.focusPolicy() is Qt.FocusPolicy.NoFocus for child in (popup.acknowledge, popup.positions)
    )


def test_from_critical_up_it_is_always_on_top(watched: Watched) -> None:
    (popup,) = watched.tell(ALERT)
    assert not popup.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    watched.tell(replace(ALERT, level=AlertLevel.CRITICAL))
    assert popup.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert popup.isVisible()


def test_acknowledging_tells_the_desk_and_closes_it(watched: Watched) -> None:
    (popup,) = watched.tell(ALERT)
    popup.acknowledge.click()
    assert watched.asked == [ALERT.alert_id]
    assert watched.popups.open == ()


def test_one_acknowledged_elsewhere_closes_here(watched: Watched) -> None:
    watched.tell(ALERT)
    assert watched.tell(replace(ALERT, acknowledged_at_s=1.0)) == ()


def test_it_leads_to_the_positions(watched: Watched) -> None:
    (popup,) = watched.tell(ALERT)
    popup.positions.click()
    assert watched.asked == ["positions"]


def test_when_it_is_over_it_says_so_and_closes_by_itself(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    monkeypatch.setattr("gui.dialogs.alert_popup.CLEARED_STAYS_MS", 1)
    (popup,) = watched.tell(ALERT)
    watched.tell(replace(ALERT, cleared_at_s=ALERT.raised_at_s + 60))
    assert "CLEARED" in popup.level.text()
    qtbot.waitUntil(lambda: watched.popups.open == ())


def test_an_alert_that_was_over_before_it_was_seen_opens_nothing(watched: Watched) -> None:
    assert watched.tell(replace(ALERT, cleared_at_s=1.0)) == ()


def test_nothing_it_says_is_cut(watched: Watched) -> None:
    long = "Excess liquidity is 4.0 % of maintenance margin (8,000 of 200,000 USD) " * 4
    (popup,) = watched.tell(replace(ALERT, measured=long, title="A long title " * 6))
    for words in (popup.title, popup.measured, popup.limit):
        assert words.height() >= words.heightForWidth(words.width())
