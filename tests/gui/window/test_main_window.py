"""The window over a real desk: what it says of the link, the account and the alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.domain.events import (
    AccountReported,
    ConnectAsked,
    ConnectFailed,
    MessageReported,
    SnapshotCompleted,
    SocketOpened,
)
from core.domain.link import LinkFault, Mode
from core.domain.order import Side
from core.domain.topics import Changes, Topic
from gui import theme
from gui.panel import Panel
from gui.panels import Area, Row
from gui.widgets.practice_words import CALM, EXERCISES, MEND, OUTAGE
from gui.window import MainWindow, Memory
from tests.gui.panels.stand_in import AAPL, ACCOUNT, Floor, order_spec

SMALL = (
    Row("account", "Account", Area.LEFT, "gui.panels.account", "AccountPanel"),
    Row("connection", "Connection", Area.CENTRE, "gui.panels.connection", "ConnectionPanel"),
    Row("log", "Log", Area.BELOW, "gui.panels.log", "LogPanel"),
    Row("alerts", "Alerts", Area.BELOW, "gui.panels.alerts", "AlertsPanel"),
    Row("nothing", "Nothing", Area.RIGHT, "gui.panels.nothing_such", "Nothing", late=True),
)
"""The panels of this rank's own, and one that cannot be loaded."""


class Opened:
    """A window, and the frame that hands it what changed."""

    def __init__(self, floor: Floor, window: MainWindow) -> None:
        self.floor = floor
        self.window = window

    def frame(self) -> None:
        changes = self.floor.desk.drain()
        if changes:
            self.window.refresh(changes)


@pytest.fixture
def opened(qtbot: Any, make_floor: Callable[..., Floor]) -> Iterator[Callable[..., Opened]]:
    windows: list[MainWindow] = []

    def make(*, connected: bool = True, memory: Memory | None = None) -> Opened:
        floor = make_floor(connected=connected)
        window = MainWindow(memory or Memory(None), SMALL)
        windows.append(window)
        qtbot.addWidget(window)
        window.furnish(floor.bridge, "0.0")
        window.resize(1280, 800)
        window.show()
        floor.desk.drain()
        return Opened(floor, window)

    yield make
    for window in windows:
        window.close()


def text(window: QWidget, name: str) -> str:
    found: Any = window.findChild(QWidget, name)
    return str(found.text())


def account(floor: Floor, excess: int, maintenance: int = 180_000) -> None:
    values = (
        ("NetLiquidation", "1000000", "USD"),
        ("ExcessLiquidity", str(excess), "USD"),
        ("MaintMarginReq", str(maintenance), "USD"),
    )
    floor.say(AccountReported(ACCOUNT, values))


def test_the_mode_is_in_frame_badge_and_title(opened: Callable[..., Opened]) -> None:
    window = opened().window
    assert window.frame.mode is window.top.badge.mode is Mode.SIM
    assert window.windowTitle() == f"SIM – {ACCOUNT} – IBDesk"
    assert text(window, "top-state") == "Ready"
    assert not window.link_strip.isVisible()


def test_a_lost_link_is_said_with_time_and_next_step_and_every_figure_dims(
    opened: Callable[..., Opened],
) -> None:
    one = opened()
    one.floor.lose_link()
    one.frame()
    window = one.window
    assert text(window, "top-state") == "No connection"
    assert window.link_strip.isVisible()
    assert "Nothing here is fresh since" in window.link_strip.words.text()
    assert "Retrying in" in window.link_strip.words.text()
    assert window.link_strip.retry_button.isVisible()
    for figure in (window.top.net_liquidation, window.top.day, window.top.excess, window.top.cushion):
        assert figure.value.property("tone") == "faint"


def test_a_link_that_comes_back_takes_the_trouble_away(opened: Callable[..., Opened]) -> None:
    from tests.gui.panels.stand_in import connect

    one = opened()
    one.floor.lose_link()
    one.frame()
    connect(one.floor)
    one.frame()
    assert not one.window.link_strip.isVisible()
    assert one.window.top.net_liquidation.value.property("tone") == ""


def test_servers_out_of_reach_are_said_though_the_gateway_is_there(opened: Callable[..., Opened]) -> None:
    one = opened()
    one.floor.say(MessageReported(1100, "Connectivity between IB and TWS has been lost."))
    one.frame()
    assert text(one.window, "top-state") == "IBKR out of reach"
    assert one.window.link_strip.isVisible()
    assert not one.window.link_strip.retry_button.isVisible()


def test_a_refused_connection_says_where_and_what_to_do(opened: Callable[..., Opened]) -> None:
    one = opened(connected=False)
    one.floor.say(ConnectAsked("127.0.0.1", 7497, 1, "tws-paper"), ConnectFailed(LinkFault.REFUSED))
    one.frame()
    words = one.window.link_strip.words.text()
    assert "Nothing is listening on 127.0.0.1:7497" in words
    assert "Enable ActiveX and Socket Clients" in words
    assert one.window.frame.mode is Mode.UNKNOWN


def test_a_panel_that_cannot_be_loaded_says_so_and_the_rest_works(opened: Callable[..., Opened]) -> None:
    one = opened()
    said: list[str] = []
    one.window.bridge.said.connect(lambda level, words: said.append(words))
    one.window.docks.load_late()
    assert "Nothing could not be loaded" in said[0].replace("The panel ", "")
    assert set(one.window.docks.panels) == {"account", "connection", "log", "alerts"}


def test_a_panel_hears_only_of_its_topics(opened: Callable[..., Opened]) -> None:
    one = opened()
    heard: list[Changes] = []

    class Ear(Panel):
        NAME, TITLE, TOPICS = "ear", "Ear", frozenset({Topic.ALERT})

        def refresh(self, changes: Changes) -> None:
            heard.append(changes)

    one.window.docks.panels["ear"] = Ear(one.window.bridge)
    one.floor.lose_link()
    one.frame()
    assert heard == []
    account(one.floor, 1_000)
    one.frame()
    assert len(heard) == 1
    one.window.docks.panels.pop("ear").deleteLater()


def test_thin_margin_opens_one_popup_that_takes_no_focus(opened: Callable[..., Opened]) -> None:
    one = opened()
    account(one.floor, 15_000)
    one.frame()
    (popup,) = one.window.popups.open
    assert popup.isVisible()
    assert popup.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert popup.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert not popup.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert "15,000" in popup.measured.text()
    assert "10 %" in popup.limit.text()
    account(one.floor, 5_000)
    one.frame()
    assert one.window.popups.open == (popup,)
    assert popup.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert popup.isVisible()


def test_an_acknowledged_popup_closes_and_comes_back_only_when_it_gets_worse(
    opened: Callable[..., Opened],
) -> None:
    one = opened()
    account(one.floor, 15_000)
    one.frame()
    one.floor.stand_in.acknowledge = lambda key: one.floor.desk.acknowledge(key, one.floor.stand_in.now)  # type: ignore[method-assign,assignment]
    one.window.popups.open[0].acknowledge.click()
    assert one.window.popups.open == ()
    account(one.floor, 14_000)
    one.frame()
    assert one.window.popups.open == ()
    account(one.floor, 5_000)
    one.frame()
    assert len(one.window.popups.open) == 1


def test_a_popup_has_no_way_to_trade(opened: Callable[..., Opened]) -> None:
    from PySide6.QtWidgets import QAbstractButton

    one = opened()
    account(one.floor, 5_000)
    one.frame()
    buttons = one.window.popups.open[0].findChildren(QAbstractButton)
    assert {button.text() for button in buttons} == {"Acknowledge", "Show positions"}


def test_the_layout_comes_back_as_it_was_left(opened: Callable[..., Opened], tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    first = opened(memory=Memory(path)).window
    first.docks.docks["log"].toggleView(False)
    first.close()
    again = opened(memory=Memory(path)).window
    assert again.docks.docks["log"].isClosed()
    assert not again.docks.docks["alerts"].isClosed()
    again.reset_layout()
    assert not again.docks.docks["log"].isClosed()


def test_a_panel_the_saved_layout_does_not_know_is_a_tab_behind_those_of_its_area(
    opened: Callable[..., Opened], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, every = tmp_path / "layout.json", SMALL
    newcomer = next(row for row in every if row.name == "log")
    monkeypatch.setitem(globals(), "SMALL", tuple(row for row in every if row is not newcomer))
    opened(memory=Memory(path)).window.close()
    monkeypatch.setitem(globals(), "SMALL", every)
    docks = opened(memory=Memory(path)).window.docks
    assert not docks.docks["log"].isClosed()
    assert docks.area_of("log") is docks.area_of("alerts")
    assert not docks.docks["log"].isCurrentTab()


def test_a_layout_that_cannot_be_restored_is_the_default_and_said(opened: Callable[..., Opened]) -> None:
    memory = Memory(None)
    memory.values["docks"] = {"layout": "bm90IGEgbGF5b3V0", "panels": {"log": 3}}
    window = opened(memory=memory).window
    assert "default is used" in memory.fault
    assert not window.docks.docks["log"].isClosed()


def test_the_theme_and_the_zoom_are_switched_and_remembered(opened: Callable[..., Opened]) -> None:
    window = opened().window
    window.menus.themes["light"].trigger()
    window.zoom_by(2)
    assert theme.current() is theme.LIGHT
    assert theme.zoom() == pytest.approx(1.2)
    assert window.memory.text("theme") == "light"
    window.zoom_by(0)
    assert theme.zoom() == 1.0


def test_closing_says_so_and_keeps_the_layout(
    opened: Callable[..., Opened], qtbot: Any, tmp_path: Path
) -> None:
    window = opened(memory=Memory(tmp_path / "layout.json")).window
    with qtbot.waitSignal(window.closing):
        window.close()
    assert (tmp_path / "layout.json").exists()


def test_the_try_strip_is_gone_for_good_once_hidden(opened: Callable[..., Opened]) -> None:
    window = opened().window
    window.show_try_strip(True)
    assert window.try_strip.isVisible()
    window.try_strip.dismissed.emit()
    window.show_try_strip(True)
    assert not window.try_strip.isVisible()
    window.bring_try_strip_back()
    assert window.try_strip.isVisible()


def test_an_exercise_stays_in_sight_with_the_way_out_even_where_the_offers_are_hidden(
    opened: Callable[..., Opened],
) -> None:
    window = opened().window
    asked: list[str] = []
    window.practice_asked.connect(asked.append)
    window.show_try_strip(True)
    window.try_strip.dismissed.emit()
    window.show_exercise("flash-crash")
    strip = window.try_strip
    assert strip.isVisible()
    assert strip.heading.text() == "Practising: Flash crash."
    assert not strip.order_button.isVisible()
    strip.end_button.click()
    window.show_exercise(OUTAGE)
    assert strip.end_button.text() == "Mend it now"
    strip.end_button.click()
    assert asked == [CALM, MEND]
    window.show_exercise("")
    assert not strip.isVisible()


def test_another_gateway_has_nothing_to_practise_on(opened: Callable[..., Opened]) -> None:
    one = opened()
    one.window.show_try_strip(True)
    one.floor.say(ConnectAsked("127.0.0.1", 7497, 1, "tws-paper"))
    one.frame()
    assert not one.window.try_strip.isVisible()
    exercises = [one.window.findChild(QAction, f"action-{name}") for name in ("back-to-calm", "flash-crash")]
    one.window.menus._practice.aboutToShow.emit()
    assert [action.isEnabled() for action in exercises] == [False, False]
    assert "Only on the simulator" in exercises[1].toolTip()


def test_the_practice_menu_asks_for_each_exercise_by_its_name(opened: Callable[..., Opened]) -> None:
    one = opened()
    one.floor.bridge._open_simulator = lambda: None
    one.floor.bridge._simulator_runs = lambda: True
    asked: list[str] = []
    one.window.practice_asked.connect(asked.append)
    one.window.menus._practice.aboutToShow.emit()
    for action in one.window.menus._practice.actions():
        if action.isEnabled() and not action.isSeparator():
            action.trigger()
    assert asked == [CALM, *(exercise.name for exercise in EXERCISES)]


def test_every_exercise_is_one_of_the_simulators() -> None:
    from core.simulator.courses import COURSES
    from core.simulator.scenario import SCENARIOS

    known = {*SCENARIOS, *COURSES}
    assert {exercise.name for exercise in EXERCISES} == known - {CALM} | {OUTAGE}


def test_another_session_that_takes_the_prices_is_said_on_top(
    opened: Callable[..., Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = opened()
    link = one.floor.desk.link
    with monkeypatch.context() as patch:
        patch.setattr(type(one.floor.desk), "link", replace(link, competing=True))
        one.window.age()
        assert one.window.link_strip.isVisible()
        assert "Another session" in one.window.link_strip.words.text()
    one.window.age()
    assert not one.window.link_strip.isVisible()


def test_a_profile_connected_with_other_terms_is_named_so_in_the_menu(opened: Callable[..., Opened]) -> None:
    one = opened()
    action = one.window.findChild(QAction, "action-tws-paper")
    assert action.text() == "tws-paper (127.0.0.1:7497)"
    one.floor.bridge.profiles["tws-paper"] = replace(one.floor.bridge.profiles["tws-paper"], port=7500)
    one.window.menus._desk.findChild(QMenu, "menu-profiles").aboutToShow.emit()
    assert action.text() == "tws-paper (127.0.0.1:7500)"


def test_a_fill_is_the_last_event_of_the_status_bar(opened: Callable[..., Opened]) -> None:
    one = opened()
    one.floor.know(AAPL)
    one.floor.quote(AAPL, 150.0, 150.02, 150.01)
    one.floor.stand_in.submit(order_spec(AAPL, Side.BUY, 10, "150.00"), frozenset())
    (order,) = one.floor.desk.orders()
    one.floor.stand_in.now += 1
    one.floor.fill(order, 10, "150.00")
    one.frame()
    assert "Bought 10 AAPL at 150.00." in one.window.status.happened.toolTip()


def test_armed_is_loud_and_disarmed_from_the_window(opened: Callable[..., Opened]) -> None:
    one = opened(connected=False)
    floor, window = one.floor, one.window
    floor.stand_in.disarm = lambda: floor.desk.disarm(floor.stand_in.now)  # type: ignore[attr-defined]
    floor.say(
        ConnectAsked("127.0.0.1", 7496, 1, "tws-live", "live"),
        SocketOpened(178, ("U1234567",), 1, simulator=False),
        SnapshotCompleted(1, (), (), (), ()),
        AccountReported("U1234567", (("NetLiquidation", "1000", "USD"), ("ExcessLiquidity", "900", "USD"))),
    )
    one.frame()
    assert window.frame.mode is Mode.LIVE
    assert not window.armed_strip.isVisible()
    assert window.link_strip.arm_button.isVisible()
    window.link_strip.arm_button.click()
    assert window.docks.panels["connection"].arming.typed.isVisible()  # type: ignore[attr-defined]
    narrow = window.frame.edge
    assert floor.desk.arm("TRADE LIVE U1234567", floor.stand_in.now) == ""
    one.frame()
    assert window.armed_strip.isVisible()
    assert "U1234567" in window.armed_strip.words.text()
    assert window.frame.edge > narrow
    assert "ARMED" in window.windowTitle()
    window.findChild(QWidget, "armed-disarm").click()  # type: ignore[attr-defined]
    one.frame()
    assert not window.armed_strip.isVisible()
    assert window.frame.edge == narrow


def test_every_button_of_the_window_has_a_name_for_those_who_cannot_see_it(
    opened: Callable[..., Opened],
) -> None:
    from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton

    window = opened().window
    controls = [
        *window.findChildren(QPushButton),
        *window.findChildren(QComboBox),
        *window.findChildren(QLineEdit),
    ]
    # The docking library's own buttons, hidden here, are named by it.
    own = [one for one in controls if one.objectName() != "tabCloseButton"]
    assert [one for one in own if not (one.accessibleName() and one.objectName())] == []
