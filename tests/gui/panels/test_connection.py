"""The connection panel: where it stands, what to do, and both links apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from core.domain.events import ConnectAsked, ConnectFailed, MessageReported, ProbeAnswered, SocketOpened
from core.domain.limits import LinkSettings
from core.domain.link import Breaker, LinkFault, Window
from core.pacing.view import PacingView
from gui import format as fmt
from gui.panels.connection import ConnectionPanel
from gui.widgets.link_words import TITLES
from gui.widgets.mark import State
from tests.gui.panels.stand_in import Floor


def made(floor: Floor, show: Callable[..., Any]) -> ConnectionPanel:
    panel: ConnectionPanel = show(ConnectionPanel(floor.bridge), 300, 900)
    return panel


def choose(panel: ConnectionPanel, profile: str) -> None:
    combo = panel.target.profile
    combo.setCurrentIndex(combo.findData(profile))


def type_into(panel: ConnectionPanel, field: str, text: str) -> None:
    edit = panel.target.fields[field]
    edit.selectAll()
    QTest.keyClicks(edit, text)


def link(floor: Floor, panel: ConnectionPanel, **changes: Any) -> None:
    """The panel sees a link with these values, which the desk would take long to come to."""
    view = replace(floor.desk.link, **changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(floor.desk), "link", view)
        panel._show()


def refused(floor: Floor, profile: str = "tws-paper") -> None:
    floor.say(ConnectAsked("127.0.0.1", 7497, 1, profile), ConnectFailed(LinkFault.REFUSED))


def test_ready_is_said_with_both_links_up_and_a_way_to_disconnect(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    panel = made(desk_floor, show)
    desk_floor.say(ProbeAnswered(0.0031))
    desk_floor.show(panel)
    assert panel.title.text() == "Ready"
    assert panel.mark.state is State.GOOD
    assert [leg.state for leg in panel.links.legs] == [State.GOOD, State.GOOD]
    assert panel.links.legs[0].words == "up, 3.1 ms"
    assert panel.stop_button.isVisible()
    assert panel.stop_button.text() == "Disconnect"
    assert not panel.retry_button.isVisible()
    assert not panel.countdown.isVisible()


def test_a_refusal_says_where_and_the_next_step_and_counts_down(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    floor = make_floor(connected=False)
    panel = made(floor, show)
    refused(floor)
    floor.show(panel)
    assert panel.title.text() == "No connection"
    assert "Nothing is listening on 127.0.0.1:7497" in panel.words.text()
    assert "Enable ActiveX and Socket Clients" in panel.words.text()
    retry_at_s = floor.desk.link.retry_at_s
    assert retry_at_s is not None
    assert panel.countdown.isVisible()
    floor.pass_time(retry_at_s - floor.stand_in.now - 0.2, panel)
    assert panel.countdown.text() == "Retrying in 1 s (attempt 2)"
    assert panel.retry_button.isVisible()
    assert panel.stop_button.text() == "Stop"


def test_the_gateway_up_and_ibkr_out_of_reach_are_two_things(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    panel = made(desk_floor, show)
    desk_floor.say(MessageReported(1100, "Connectivity between IB and TWS has been lost."))
    desk_floor.show(panel)
    assert [leg.state for leg in panel.links.legs] == [State.GOOD, State.BAD]
    assert panel.title.text() == "IBKR out of reach"


def test_a_farm_that_is_down_is_named(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    desk_floor.say(
        MessageReported(2104, "Market data farm connection is OK:usfarm"),
        MessageReported(2105, "HMDS data farm connection is broken:ushmds"),
    )
    desk_floor.show(panel)
    assert panel.farms.text() == "▲ Data farms down: ushmds. Data farms up: usfarm."
    assert panel.farms.property("tone") == "warning"
    at = fmt.clock(desk_floor.stand_in.now)
    assert f"ushmds: history, down since {at}" in panel.farms.toolTip()


def test_a_farm_that_sleeps_is_no_trouble(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    desk_floor.say(MessageReported(2108, "Market data farm connection is inactive:usfuture"))
    desk_floor.show(panel)
    assert panel.farms.text() == "Asleep until asked: usfuture."
    assert panel.farms.property("tone") == "dim"


def test_the_buttons_do_what_they_say(make_floor: Callable[..., Floor], show: Callable[..., Any]) -> None:
    floor = make_floor(connected=False)
    asked: list[tuple[Any, ...]] = []
    floor.stand_in.connect = lambda *where: asked.append(where)  # type: ignore[method-assign]
    floor.stand_in.disconnect = lambda: asked.append(("disconnect",))  # type: ignore[method-assign]
    panel = made(floor, show)
    choose(panel, "tws-paper")
    panel.connect_button.click()
    refused(floor)
    floor.show(panel)
    panel.retry_button.click()
    panel.stop_button.click()
    assert [one[1] if len(one) > 1 else one[0] for one in asked] == [7497, 7497, "disconnect"]


def test_starting_the_simulator_again_is_offered_only_for_the_simulator(
    desk_floor: Floor, make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    started: list[bool] = []
    runs = [True]
    desk_floor.bridge._open_simulator = lambda: started.append(True)
    desk_floor.bridge._simulator_runs = lambda: runs[0]
    panel = made(desk_floor, show)
    assert not panel.simulator_button.isVisible()
    desk_floor.lose_link()
    desk_floor.show(panel)
    assert not panel.simulator_button.isVisible()
    runs.clear()
    runs.append(False)
    desk_floor.show(panel)
    panel._show()
    assert panel.simulator_button.isVisible()
    panel.simulator_button.click()
    assert started == [True]
    other = make_floor(connected=False)
    other.bridge._open_simulator = lambda: None
    elsewhere = made(other, show)
    refused(other)
    other.show(elsewhere)
    assert not elsewhere.simulator_button.isVisible()


def test_the_timeline_is_newest_first(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    newest = [what.text() for _, what in panel._timeline_rows if what.text()]
    assert newest[0].startswith("Synchronised")
    assert newest[-1].startswith("Connected to")


@pytest.mark.parametrize("state", TITLES)
def test_every_state_of_the_link_has_a_title(state: str) -> None:
    assert TITLES[state][1]


def test_no_state_of_the_link_is_without_a_title() -> None:
    from core.link import face

    named = {*face._STATES.values(), "broker down", "syncing", "restart window", "read-only", "ready"}
    assert named <= TITLES.keys()


def test_each_link_says_since_when(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    now_s = desk_floor.stand_in.now
    link(desk_floor, panel, socket_since_s=now_s - 60, broker_since_s=now_s - 30)
    near, far = panel.links.legs
    assert near.since == f"since {fmt.clock(now_s - 60)}"
    assert far.since == f"since {fmt.clock(now_s - 30)}"
    assert near.since in panel.links.accessibleName()


def test_an_open_breaker_counts_down_to_its_next_try(desk_floor: Floor, show: Callable[..., Any]) -> None:
    panel = made(desk_floor, show)
    due_s = desk_floor.stand_in.now + 21
    link(desk_floor, panel, breaker=Breaker.OPEN, breaker_until_s=due_s, retry_at_s=due_s, attempt=5)
    assert panel.countdown.text() == "Retrying in 21 s (attempt 6)"
    assert panel.warnings.text().startswith("Too many failures in a row")
    assert panel.facts.text("breaker") == "open, tries in 21 s"


def test_a_taken_client_id_and_another_session_are_said_with_what_to_do(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    panel = made(desk_floor, show)
    assert not panel.warnings.isVisible()
    link(desk_floor, panel, client_id_in_use=True, competing=True)
    assert "Client id 1 is taken by another program" in panel.warnings.text()
    assert "Another session of the same login takes the market data" in panel.warnings.text()
    assert panel.warnings.isVisible()


def test_the_next_window_is_counted_down_and_the_present_one_said(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    panel = made(desk_floor, show)
    now_s = desk_floor.stand_in.now
    window = Window("nightly reset", now_s + 3_600, now_s + 7_200, "Servers reset.")
    link(desk_floor, panel, next_window=window)
    assert panel.next_window.text() == f"Nightly reset in 1 h 00 m, at {fmt.clock(now_s + 3_600)[:5]}"
    assert "Servers reset." not in panel.warnings.text()
    begun = replace(window, starts_at_s=now_s - 60)
    link(desk_floor, panel, next_window=begun, in_window=True)
    assert panel.next_window.text().startswith("Nightly reset until")
    assert "Servers reset." in panel.warnings.text()


def test_the_budgets_are_bars_and_what_is_held_back_is_said(
    desk_floor: Floor, show: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = made(desk_floor, show)
    now_s = desk_floor.stand_in.now
    pacing = PacingView(
        message_rate=4, lines_used=100, depth_used=2, tape_used=1, scans_used=10, history_used=50, evicted=2, queued=3, next_history_s=now_s + 40,
        throttled_until_s=now_s + 9,
    )  # fmt: skip
    monkeypatch.setattr(type(desk_floor.desk), "pacing", pacing)
    panel.age(now_s)
    figures = {key: figure.text() for key, figure in panel.budgets._figures.items()}
    assert figures == {
        "messages": "4 / 40", "lines": "100 / 100", "depth": "2 / 3", "tape": "1 / 5", "scans": "10 / 10",
        "history": "50 / 60",
    }  # fmt: skip
    held = panel.budgets.held.text()
    assert "half the rate for 9 s" in held
    assert "3 requests wait." in held
    assert "next history request goes in 40 s" in held
    assert "2 contracts have no line" in held
    monkeypatch.undo()
    panel.age(now_s)
    assert not panel.budgets.held.isVisible()


def test_a_profile_brings_its_own_host_port_and_client_id(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    panel = made(make_floor(connected=False), show)
    choose(panel, "tws-live")
    assert {name: edit.text() for name, edit in panel.target.fields.items()} == {
        "host": "127.0.0.1",
        "port": "7496",
        "client_id": "1",
    }
    choose(panel, "simulator")
    assert not any(edit.isEnabled() for edit in panel.target.fields.values())
    assert "by itself" in panel.target.fields["port"].toolTip()


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("host", "example.com", "Host: IBDesk connects to this computer only."),
        ("host", "10.0.0.7", "Host: IBDesk connects to this computer only."),
        ("port", "0", "Port: a whole number from 1 to 65,535."),
        ("port", "65536", "Port: a whole number from 1 to 65,535."),
        ("port", "75a", "Port: a whole number from 1 to 65,535."),
        ("client_id", "-1", "Client id: a whole number from 0 to 999,999."),
        ("client_id", "1000000", "Client id: a whole number from 0 to 999,999."),
    ],
)
def test_what_makes_no_sense_is_said_and_shuts_the_buttons(
    make_floor: Callable[..., Floor], show: Callable[..., Any], field: str, typed: str, words: str
) -> None:
    panel = made(make_floor(connected=False), show)
    choose(panel, "tws-paper")
    assert panel.connect_button.isEnabled()
    type_into(panel, field, typed)
    assert panel.target.fault.text().startswith(words)
    assert panel.target.fields[field].property("wrong") == "true"
    assert not panel.connect_button.isEnabled()
    assert not panel.test_button.isEnabled()


def test_typed_terms_are_connected_with_and_kept_for_a_retry(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    floor = make_floor(connected=False)
    asked: list[tuple[Any, ...]] = []
    floor.stand_in.connect = lambda *where: asked.append(where)  # type: ignore[method-assign]
    panel = made(floor, show)
    choose(panel, "tws-paper")
    type_into(panel, "port", "7500")
    type_into(panel, "client_id", "12")
    panel.connect_button.click()
    assert asked == [("127.0.0.1", 7500, 12, "tws-paper", "paper", "")]
    assert floor.bridge.profiles["tws-paper"].port == 7500


def test_an_account_is_pinned_from_those_the_gateway_manages(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    asked: list[tuple[Any, ...]] = []
    desk_floor.stand_in.connect = lambda *where: asked.append(where)  # type: ignore[method-assign]
    panel = made(desk_floor, show)
    link(desk_floor, panel, accounts=("DU1", "DU2"), account="DU1", profile="simulator")
    combo = panel.target.account
    assert [combo.itemText(row) for row in range(combo.count())] == ["The first there is", "DU1", "DU2"]
    assert panel.target.settings.account == ""  # type: ignore[union-attr]
    combo.setCurrentIndex(2)
    assert panel.connect_button.isVisible()
    assert panel.connect_button.text() == "Connect there instead"


def test_the_custom_profiles_terms_are_there_next_time_and_nonsense_is_not(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    floor = make_floor(connected=False)
    floor.bridge.profiles["custom"] = LinkSettings(port=7497, profile="custom", kind="live")
    first = made(floor, show)
    choose(first, "custom")
    type_into(first, "port", "7999")
    second = made(floor, show)
    second.restore_state(first.save_state())
    choose(second, "custom")
    assert second.target.fields["port"].text() == "7999"
    third = made(floor, show)
    third.restore_state({"custom": {"host": "evil.example", "port": "x"}})
    choose(third, "custom")
    assert third.target.fields["port"].text() == "7497"


def live(floor: Floor) -> None:
    """A gateway behind which is real money."""
    floor.say(
        ConnectAsked("127.0.0.1", 7496, 1, "tws-live", "live"),
        SocketOpened(178, ("U1234567",), 1, simulator=False),
    )


def test_what_is_not_proven_harmless_is_armed_by_typed_words_alone(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    floor = make_floor(connected=False)
    floor.stand_in.arm = lambda typed: floor.desk.arm(typed, floor.stand_in.now)  # type: ignore[attr-defined]
    floor.stand_in.disarm = lambda: floor.desk.disarm(floor.stand_in.now)  # type: ignore[attr-defined]
    panel = made(floor, show)
    assert not panel.arming.isVisible()
    live(floor)
    floor.show(panel)
    assert panel.arming.isVisible()
    assert "TRADE LIVE U1234567" in panel.arming.words.text()
    assert panel.facts.text("orders") == "read-only"
    QTest.keyClicks(panel.arming.typed, "trade live u1234567")
    panel.arming.arm_button.click()
    assert "type exactly TRADE LIVE U1234567" in panel.arming.refusal.text()
    assert not floor.desk.link.armed
    panel.arming.typed.clear()
    QTest.keyClicks(panel.arming.typed, "TRADE LIVE U1234567")
    panel.arming.arm_button.click()
    panel._show()
    assert floor.desk.link.armed
    assert panel.facts.text("orders") == "ARMED"
    assert panel.arming.typed.text() == ""
    panel.arming.disarm_button.click()
    panel._show()
    assert not floor.desk.link.armed
    assert panel.arming.typed.isVisible()


class Examiner:
    """Stands in for the look at a gateway, which needs a loop and a network: its answers are the test's."""

    def __init__(self, floor: Floor) -> None:
        self.asked: list[LinkSettings] = []
        self.called_off = 0
        self.tell: Callable[[Any], None] = lambda _found: None
        floor.bridge.examine = self._examine  # type: ignore[method-assign]
        floor.bridge.call_off_examination = self._call_off  # type: ignore[method-assign]

    def _examine(self, settings: LinkSettings, tell: Callable[[Any], None]) -> None:
        self.asked.append(settings)
        self.tell = tell

    def _call_off(self) -> None:
        self.called_off += 1


def finding(check: str, verdict: str, words: str, advice: str = "") -> SimpleNamespace:
    return SimpleNamespace(check=check, verdict=verdict, words=words, advice=advice)


def test_a_test_shows_its_progress_and_then_what_is_wrong_first(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    floor = make_floor(connected=False)
    examiner = Examiner(floor)
    panel = made(floor, show)
    choose(panel, "tws-paper")
    panel.test_button.click()
    assert examiner.asked[0].port == 7497
    assert "Looking at 127.0.0.1:7497." in panel.examination.words.text()
    assert panel.examination.cancel_button.isVisible()
    assert not panel.test_button.isEnabled()
    examiner.tell(
        SimpleNamespace(
            findings=(
                finding("port", "ok", "7497 is TWS's port for paper trading."),
                finding("listening", "problem", "Nothing is listening.", "Start TWS."),
                finding("clock", "skipped", "Not looked at."),
            )
        )
    )
    assert panel.examination.words.text() == "1 problem found."
    lines = [one.text() for one in panel.examination.findChildren(QLabel, "finding")]
    assert lines == [
        "Listening: Nothing is listening. Start TWS.",
        "Port: 7497 is TWS's port for paper trading.",
        "Not looked at: clock.",
    ]
    assert panel.test_button.isEnabled()


def test_a_test_can_be_called_off_and_may_fail_in_words(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    floor = make_floor(connected=False)
    examiner = Examiner(floor)
    panel = made(floor, show)
    choose(panel, "tws-paper")
    panel.test_button.click()
    panel.examination.cancel_button.click()
    assert examiner.called_off == 1
    assert not panel.examination.isVisible()
    assert panel.test_button.isEnabled()
    panel.test_button.click()
    examiner.tell("The simulated gateway did not start.")
    assert panel.examination.words.text() == "The simulated gateway did not start."


def test_a_test_of_the_gateway_at_hand_takes_another_client_id_and_says_so(
    desk_floor: Floor, show: Callable[..., Any]
) -> None:
    examiner = Examiner(desk_floor)
    panel = made(desk_floor, show)
    panel.test_button.click()
    assert (examiner.asked[0].port, examiner.asked[0].client_id) == (4700, 2)
    assert "as client 2" in panel.examination.words.text()


def test_nothing_is_wider_than_the_narrow_dock_it_stands_in(
    make_floor: Callable[..., Floor], show: Callable[..., Any]
) -> None:
    floor = make_floor(connected=False)
    panel = show(ConnectionPanel(floor.bridge), 284, 500)
    live(floor)
    now_s = floor.stand_in.now
    window = Window("weekend maintenance", now_s + 500_000, now_s + 600_000, "IBKR's weekend maintenance.")
    link(
        floor, panel, next_window=window, competing=True, breaker=Breaker.OPEN, breaker_until_s=now_s + 20,
        retry_at_s=now_s + 20, accounts=("U1234567", "U7654321"), host="127.0.0.1", port=65_535,
    )  # fmt: skip
    QApplication.processEvents()
    assert panel._scroll.widget().width() <= panel._scroll.viewport().width()


def test_the_progress_of_a_test_fills_towards_its_own_deadline() -> None:
    from inspect import signature

    from core.api import examine
    from gui.widgets import examination as view

    assert signature(examine).parameters["deadline_s"].default == view.DEADLINE_S
