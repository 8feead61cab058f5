"""The bridge: one signal a frame, and none while nothing changes."""

from __future__ import annotations

from typing import Any

from core.domain.limits import LinkSettings
from core.domain.topics import Topic
from gui.bridge import FRAME_MS, Bridge
from tests.gui.panels.stand_in import AAPL, Floor, StandIn


def listening(floor: Floor) -> tuple[Bridge, list[Any]]:
    heard: list[Any] = []
    floor.desk.drain()
    floor.bridge.changed.connect(heard.append)
    return floor.bridge, heard


def test_many_changes_are_one_signal(desk_floor: Floor, qtbot: Any) -> None:
    _, heard = listening(desk_floor)
    for cents in range(50):
        desk_floor.quote(AAPL, 150 + cents / 100, 151, 150.5)
        desk_floor.stand_in.callback()
    qtbot.waitUntil(lambda: bool(heard))
    qtbot.wait(2 * FRAME_MS)
    assert len(heard) == 1
    assert heard[0][Topic.QUOTE] == frozenset({AAPL.contract.con_id})


def test_nothing_changed_is_no_signal_and_no_timer(desk_floor: Floor) -> None:
    bridge, heard = listening(desk_floor)
    bridge.flush()
    assert heard == []
    assert not bridge._frame.isActive()


def test_a_second_change_waits_for_its_frame(desk_floor: Floor) -> None:
    bridge, _ = listening(desk_floor)
    bridge.flush()
    desk_floor.stand_in.callback()
    assert 0 < bridge._frame.remainingTime() <= FRAME_MS


class Recorder(StandIn):
    """Remembers what was asked of the link."""

    asked: list[tuple[Any, ...]]

    def connect(self, *where: Any) -> None:
        self.asked.append(where)

    def disconnect(self) -> None:
        self.asked.append(("disconnect",))


def recording(floor: Floor, **more: Any) -> tuple[Bridge, list[tuple[Any, ...]]]:
    recorder = Recorder(floor.desk)
    recorder.asked = []
    profiles = {
        "simulator": LinkSettings(),
        "tws-paper": LinkSettings(port=7497, kind="paper", account="DU1", profile="tws-paper"),
    }
    return Bridge(recorder, profiles, **more), recorder.asked  # type: ignore[arg-type]


def test_connecting_to_a_profile_says_what_it_claims_to_be(desk_floor: Floor) -> None:
    bridge, asked = recording(desk_floor)
    bridge.connect_to("tws-paper")
    assert asked == [("127.0.0.1", 7497, 1, "tws-paper", "paper", "DU1")]


def test_a_profile_without_a_port_starts_the_simulator(desk_floor: Floor) -> None:
    started: list[bool] = []
    bridge, asked = recording(desk_floor, open_simulator=lambda: started.append(True))
    bridge.connect_to("simulator")
    assert started == [True]
    assert asked == []


def test_an_unknown_profile_is_said_not_tried(desk_floor: Floor) -> None:
    bridge, asked = recording(desk_floor)
    said: list[tuple[str, str]] = []
    bridge.said.connect(lambda level, words: said.append((level, words)))
    bridge.connect_to("moon")
    assert asked == []
    assert said == [("error", "There is no connection profile called moon.")]


def test_retry_goes_to_the_place_the_link_was_at(desk_floor: Floor) -> None:
    bridge, asked = recording(desk_floor)
    bridge.retry()
    assert asked == [("127.0.0.1", 4700, 1, "simulator", "", "")]
