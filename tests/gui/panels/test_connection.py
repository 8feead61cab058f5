"""The connection panel: where it stands, what to do, and both links apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.domain.events import ConnectAsked, ConnectFailed, MessageReported, ProbeAnswered
from core.domain.link import LinkFault
from gui.panels.connection import ConnectionPanel
from gui.widgets.link_words import TITLES
from gui.widgets.mark import State
from tests.gui.panels.stand_in import Floor


def made(floor: Floor, show: Callable[..., Any]) -> ConnectionPanel:
    panel: ConnectionPanel = show(ConnectionPanel(floor.bridge), 320, 700)
    return panel


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
    assert panel.links.legs[0].words == "3.1 ms"
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
    assert "down: ushmds" in panel.farms.text()
    assert "usfarm" in panel.farms.text()
    assert panel.farms.property("tone") == "warning"


def test_the_buttons_do_what_they_say(make_floor: Callable[..., Floor], show: Callable[..., Any]) -> None:
    floor = make_floor(connected=False)
    asked: list[tuple[Any, ...]] = []
    floor.stand_in.connect = lambda *where: asked.append(where)  # type: ignore[method-assign]
    floor.stand_in.disconnect = lambda: asked.append(("disconnect",))  # type: ignore[method-assign]
    panel = made(floor, show)
    panel.profile.setCurrentIndex(panel.profile.findData("tws-paper"))
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
    desk_floor.bridge._open_simulator = lambda: started.append(True)
    panel = made(desk_floor, show)
    assert not panel.simulator_button.isVisible()
    desk_floor.lose_link()
    desk_floor.show(panel)
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
    from core.link import machine

    named = {*machine._STATES.values(), "broker down", "syncing", "read-only", "ready"}
    assert named <= TITLES.keys()
