"""The alerts panel: the history, and a second place to acknowledge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.domain.events import AccountReported
from gui.panels.alerts import AlertsPanel
from tests.gui.panels.stand_in import ACCOUNT, Floor


def thin_margin(floor: Floor, excess: int) -> None:
    values = (("ExcessLiquidity", str(excess), "USD"), ("MaintMarginReq", "100000", "USD"))
    floor.say(AccountReported(ACCOUNT, values))


def made(floor: Floor, show: Callable[..., Any]) -> AlertsPanel:
    floor.stand_in.acknowledge = lambda key: floor.desk.acknowledge(key, floor.stand_in.now)  # type: ignore[method-assign,assignment]
    panel: AlertsPanel = show(AlertsPanel(floor.bridge), 800, 300)
    return panel


def test_an_alert_says_level_measure_limit_and_since_when(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    panel = made(desk_floor, show)
    thin_margin(desk_floor, 4_000)
    desk_floor.show(panel)
    (key,) = panel.model.keys
    assert panel.model.text(key, "level") == "◆ Critical"
    assert "4.0 %" in panel.model.text(key, "measured")
    assert panel.model.text(key, "limit") == "5 %"
    assert panel.model.text(key, "since") != "–"
    assert panel.model.text(key, "state") == "Active"
    assert panel.summary.text() == "1 active, 1 not acknowledged"


def test_acknowledging_is_possible_once(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    thin_margin(desk_floor, 4_000)
    desk_floor.show(panel)
    panel.acknowledge.click()
    desk_floor.show(panel)
    (key,) = panel.model.keys
    assert panel.model.text(key, "state").startswith("Acknowledged")
    assert not panel.acknowledge.isEnabled()
    assert panel.acknowledge.toolTip()


def test_a_cleared_alert_stays_in_the_history(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    thin_margin(desk_floor, 20_000)
    desk_floor.show(panel)
    thin_margin(desk_floor, 90_000)
    desk_floor.show(panel)
    (key,) = panel.model.keys
    assert panel.model.text(key, "state").startswith("Cleared")
    assert panel.summary.text() == "No active alerts"
