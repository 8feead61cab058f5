"""The link as a dialogue: facts in, requests out, no loop and no sleep."""

from dataclasses import replace

import pytest

from core.domain.events import (
    ConnectAsked,
    ConnectFailed,
    LinkLost,
    MessageReported,
    ProbeAnswered,
    ProbeUnanswered,
    SocketOpened,
)
from core.domain.limits import LinkSettings
from core.domain.link import Breaker, Broker, Farm, FarmKind, LinkFault, Mode, Socket
from core.domain.requests import Connect, Disconnect, Probe, SubscribeAccount, TakeSnapshot
from core.link.machine import LinkMachine
from core.link.words import ADVICE

ASKED = ConnectAsked("127.0.0.1", 4002, 7, profile="gateway-paper", kind="paper")
OPENED = SocketOpened(178, ("DU1",), 1, simulator=False)


def machine(**settings: object) -> LinkMachine:
    return LinkMachine(LinkSettings(**settings), jitter=lambda: 1.0)  # type: ignore[arg-type]


def ready_machine() -> LinkMachine:
    link = machine()
    link.connect_asked(ASKED, 0.0)
    link.opened(OPENED, 0.1)
    link.account_reported("DU1", 0.2)
    link.snapshot_completed((), 0.3)
    return link


def test_asking_to_connect_opens_the_socket_once() -> None:
    link = machine()
    assert link.connect_asked(ASKED, 0.0) == [Connect("127.0.0.1", 4002, 7, 5.0)]
    assert link.connect_asked(ASKED, 0.1) == []
    assert link.view.state == "connecting"


def test_another_profile_at_the_same_port_connects_anew_and_is_judged_anew() -> None:
    link = machine()
    claimed = ConnectAsked("127.0.0.1", 4002, 7, profile="custom", kind="live")
    link.connect_asked(claimed, 0.0)
    link.opened(OPENED, 0.1)
    assert link.view.mode is Mode.LIVE
    assert link.connect_asked(claimed, 0.2) == []
    assert link.connect_asked(ASKED, 0.3) == [Disconnect(), Connect("127.0.0.1", 4002, 7, 5.0)]
    assert link.view.mode is Mode.UNKNOWN
    link.opened(OPENED, 0.4)
    assert link.view.mode is Mode.PAPER


def test_an_open_socket_is_read_back_before_it_is_trusted() -> None:
    link = machine()
    link.connect_asked(ASKED, 0.0)
    assert link.opened(OPENED, 0.1) == [SubscribeAccount("DU1"), TakeSnapshot(10.0)]
    assert link.view.state == "syncing"
    link.snapshot_completed((), 0.2)
    assert link.view.state == "syncing"
    link.account_reported("DU1", 0.3)
    assert link.view.is_ready


def test_a_broken_snapshot_proves_nothing_and_is_taken_again() -> None:
    link = machine()
    link.connect_asked(ASKED, 0.0)
    link.opened(OPENED, 0.1)
    link.account_reported("DU1", 0.2)
    link.snapshot_completed(("executions",), 1.0)
    assert link.view.state == "syncing"
    assert "executions" in link.view.last_error
    assert TakeSnapshot(10.0) in link.woke(3.0)


def test_a_lost_link_says_so_at_once_and_tries_again_later_each_time() -> None:
    link = ready_machine()
    link.lost(LinkLost(LinkFault.CLOSED), 10.0)
    assert link.view.socket is Socket.WAITING
    assert not link.view.synchronised
    assert "127.0.0.1:4002 closed the connection" in link.view.words
    waits = []
    now_s = 10.0
    for _ in range(4):
        assert link.view.retry_at_s is not None
        waits.append(link.view.retry_at_s - now_s)
        now_s = link.view.retry_at_s
        assert isinstance(link.woke(now_s)[0], Connect)
        link.connect_failed(ConnectFailed(LinkFault.REFUSED), now_s)
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_what_was_lost_was_lost_once_however_often_it_is_retried() -> None:
    link = ready_machine()
    assert link.view.lost_at_s is None
    link.lost(LinkLost(LinkFault.CLOSED), 10.0)
    link.woke(20.0)
    link.connect_failed(ConnectFailed(LinkFault.REFUSED), 20.1)
    assert link.view.lost_at_s == 10.0
    link.woke(60.0)
    link.opened(OPENED, 60.1)
    link.account_reported("DU1", 60.2)
    link.snapshot_completed((), 60.3)
    assert link.view.lost_at_s is None


def test_a_simulator_that_ended_is_not_called_tws() -> None:
    link = machine()
    link.connect_asked(ConnectAsked("127.0.0.1", 5000, 1, kind="simulator"), 0.0)
    link.connect_failed(ConnectFailed(LinkFault.REFUSED, "[Errno 111]"), 0.1)
    assert link.view.words == "The simulated gateway is not running. Start it again."


def test_the_breaker_opens_after_five_failures_and_never_gives_up() -> None:
    link, now_s = machine(), 1_780_498_800.0
    link.connect_asked(ASKED, now_s)
    for _ in range(5):
        link.connect_failed(ConnectFailed(LinkFault.REFUSED), now_s)
        now_s = link.view.retry_at_s or now_s
        link.woke(now_s)
    assert link.view.breaker is Breaker.HALF_OPEN
    link.connect_failed(ConnectFailed(LinkFault.REFUSED), now_s)
    assert link.view.breaker is Breaker.OPEN
    assert link.view.retry_at_s == now_s + 30.0
    assert isinstance(link.woke(now_s + 30.0)[0], Connect)


def test_retry_now_passes_an_open_breaker() -> None:
    link = machine(breaker_failures=1)
    link.connect_asked(ASKED, 0.0)
    link.connect_failed(ConnectFailed(LinkFault.REFUSED), 0.0)
    assert link.view.breaker is Breaker.OPEN
    assert isinstance(link.connect_asked(ASKED, 1.0)[-1], Connect)


def test_a_gateway_that_stops_answering_is_dropped() -> None:
    link = ready_machine()
    assert link.woke(2.1) == [Probe(3.0)]
    out = link.probe_unanswered(ProbeUnanswered(3.0), 5.1)
    assert out == [Disconnect()]
    assert link.view.fault is LinkFault.STOPPED_ANSWERING


def test_an_answered_probe_is_followed_by_the_next_two_seconds_after_it_was_asked() -> None:
    link = ready_machine()
    assert link.woke(2.1) == [Probe(3.0)]
    link.probe_answered(ProbeAnswered(0.004), 2.9)
    assert link.view.latency_ms == pytest.approx(4.0)
    assert link.woke(4.0) == []
    assert link.woke(4.1) == [Probe(3.0)]


def test_disconnecting_stays_disconnected() -> None:
    link = ready_machine()
    assert link.disconnect_asked(5.0) == [Disconnect()]
    assert link.due_at_s is None
    assert link.lost(LinkLost(LinkFault.CLOSED), 5.1) == []
    assert link.view.state == "down"


def test_ibkr_out_of_reach_of_tws_is_not_ready_though_the_socket_is_up() -> None:
    link = ready_machine()
    link.message_reported(MessageReported(1100, "lost"), 6.0)
    assert (link.view.socket, link.view.broker, link.view.state) == (
        Socket.UP,
        Broker.DOWN,
        "broker down",
    )
    out = link.message_reported(MessageReported(1102, "restored"), 7.0)
    assert out == [TakeSnapshot(10.0), SubscribeAccount("DU1")]
    assert not link.view.is_ready
    link.snapshot_completed((), 7.5)
    assert link.view.is_ready


def open_again(link: LinkMachine, now_s: float, *codes: int) -> None:
    """The next attempt works; the gateway says `codes` and tells everything."""
    assert link.woke(now_s) == [Connect("127.0.0.1", 4002, 7, 5.0)]
    link.opened(OPENED, now_s)
    for code in codes:
        link.message_reported(MessageReported(code, ""), now_s)
    link.account_reported("DU1", now_s)
    link.snapshot_completed((), now_s)


def test_a_gateway_that_never_says_that_ibkr_is_back_is_asked_anew() -> None:
    link = ready_machine()
    link.message_reported(MessageReported(1100, "lost"), 6.0)
    link.woke(125.9)
    assert link.view.state == "broker down"
    assert link.woke(126.0) == [Disconnect()]
    assert link.view.fault is LinkFault.OUTAGE_UNTOLD
    open_again(link, 127.0)
    assert link.view.is_ready
    assert link.due_at_s is not None
    link.message_reported(MessageReported(1100, "lost"), 200.0)
    assert link.woke(320.0) == [Disconnect()], "the outage before is over and forgotten"


def test_a_gateway_that_still_says_that_ibkr_is_away_is_asked_less_and_less_often() -> None:
    link, now_s, waits = ready_machine(), 6.0, []
    link.message_reported(MessageReported(1100, "lost"), now_s)
    for _ in range(6):
        told_s = now_s
        while link.is_open:
            now_s += 10.0
            link.woke(now_s)
        waits.append(now_s - told_s)
        now_s += 1.0
        open_again(link, now_s, 2110)
        assert link.view.state == "broker down"
    assert waits == [120.0, 240.0, 480.0, 900.0, 900.0, 900.0]


def test_a_gateway_that_says_again_that_ibkr_is_away_is_not_left_meanwhile() -> None:
    link = ready_machine()
    for minute in range(10):
        link.message_reported(MessageReported(1100, "lost"), 60.0 * minute)
        link.woke(60.0 * minute + 59.0)
    assert link.view.state == "broker down"
    assert Disconnect() not in link.message_reported(MessageReported(1102, "restored"), 600.0)
    assert Disconnect() not in link.woke(1200.0)


def test_farms_are_told_apart() -> None:
    link = ready_machine()
    link.farm_reported(MessageReported(2103, "Market data farm connection is broken:usfarm"), 6.0)
    link.farm_reported(MessageReported(2106, "HMDS data farm connection is OK:ushmds"), 6.0)
    assert link.view.farms == (
        Farm("usfarm", FarmKind.MARKET_DATA, False, 6.0),
        Farm("ushmds", FarmKind.HISTORY, True, 6.0),
    )


@pytest.mark.parametrize(
    ("kind", "port", "accounts", "simulator", "mode"),
    [
        ("simulator", 5000, ("DU1",), True, Mode.SIM),
        ("paper", 4002, ("DU1", "DF2"), False, Mode.PAPER),
        ("paper", 4002, ("DU1", "U2"), False, Mode.LIVE),
        ("paper", 7496, ("DU1",), False, Mode.LIVE),
        ("live", 7497, ("DU1",), False, Mode.LIVE),
        ("", 5000, ("DU1",), False, Mode.LIVE),
        ("simulator", 5000, ("DU1",), False, Mode.LIVE),
        ("simulator", 5000, ("U1",), True, Mode.LIVE),
        ("paper", 4002, (), False, Mode.LIVE),
    ],
)
def test_what_is_not_proven_harmless_is_live_and_read_only(
    kind: str, port: int, accounts: tuple[str, ...], simulator: bool, mode: Mode
) -> None:
    link = machine()
    link.connect_asked(ConnectAsked("127.0.0.1", port, 1, kind=kind), 0.0)
    link.opened(SocketOpened(178, accounts, 1, simulator), 0.1)
    assert link.view.mode is mode
    assert bool(link.view.read_only_reason) == (mode is Mode.LIVE)


def test_a_pinned_account_that_is_not_there_makes_the_desk_read_only() -> None:
    link = machine()
    link.connect_asked(replace(ASKED, account="DU9"), 0.0)
    link.opened(OPENED, 0.1)
    assert "DU9" in link.view.read_only_reason


def test_a_pin_taken_off_leaves_the_first_account_there_is() -> None:
    link = machine()
    link.connect_asked(replace(ASKED, account="DU9"), 0.0)
    link.opened(OPENED, 0.1)
    link.connect_asked(ASKED, 1.0)
    link.opened(OPENED, 1.1)
    assert link.view.account == min(OPENED.accounts)
    assert not link.view.read_only_reason


def test_every_fault_has_words_and_advice() -> None:
    assert set(ADVICE) == set(LinkFault)
    assert all(what and advice for what, advice in ADVICE.values())


@pytest.mark.parametrize(
    ("fault", "said", "advised"),
    [
        (LinkFault.REFUSED, "Nothing is listening", "Enable ActiveX and Socket Clients"),
        (LinkFault.UNREACHABLE, "cannot be reached", "network"),
        (LinkFault.MUTE, "says nothing", "Check the port"),
        (LinkFault.SLOW, "did not finish in time", "starting up"),
        (LinkFault.NOT_TWS, "is not a TWS or IB Gateway", "7497"),
        (LinkFault.TOO_OLD, "too old", "Update"),
        (LinkFault.CLIENT_ID_IN_USE, "same client id", "never changes it by itself"),
    ],
)
def test_each_fault_has_a_sentence_and_advice_of_its_own(fault: LinkFault, said: str, advised: str) -> None:
    link = machine()
    link.connect_asked(ASKED, 0.0)
    link.connect_failed(ConnectFailed(fault), 0.1)
    assert said in link.view.words
    assert "127.0.0.1:4002" in link.view.words
    assert advised in link.view.words


def test_no_two_faults_are_told_in_the_same_words() -> None:
    assert (
        len({what for what, _ in ADVICE.values()})
        == len({advice for _, advice in ADVICE.values()})
        == len(ADVICE)
    )


def test_a_client_id_in_use_is_waited_for_ever_longer_under_the_same_id_and_opens_no_breaker() -> None:
    link = machine()
    link.connect_asked(ASKED, 0.0)
    now_s, waits = 0.0, []
    for _ in range(6):
        link.connect_failed(ConnectFailed(LinkFault.CLIENT_ID_IN_USE), now_s)
        assert link.view.client_id_in_use
        assert link.view.retry_at_s is not None
        waits.append(link.view.retry_at_s - now_s)
        now_s = link.view.retry_at_s
        assert link.woke(now_s) == [Connect("127.0.0.1", 4002, 7, 5.0)]
    assert waits == [5.0, 15.0, 30.0, 60.0, 60.0, 60.0]
    assert link.view.breaker is Breaker.CLOSED
    link.opened(OPENED, now_s)
    assert not link.view.client_id_in_use


def test_an_open_breaker_is_counted_down_and_a_probe_that_fails_opens_it_again() -> None:
    link = machine()
    link.connect_asked(ASKED, 0.0)
    now_s = 0.0
    while link.view.breaker is not Breaker.OPEN:
        link.connect_failed(ConnectFailed(LinkFault.REFUSED), now_s)
        assert link.view.retry_at_s is not None
        opened_s, now_s = now_s, link.view.retry_at_s
        link.woke(now_s) if link.view.breaker is not Breaker.OPEN else None
    assert link.view.breaker_until_s == opened_s + 30.0
    for _ in range(100):
        until_s = link.view.breaker_until_s
        assert until_s is not None
        assert link.woke(until_s - 0.1) == []
        assert isinstance(link.woke(until_s)[0], Connect)
        assert link.view.breaker_until_s is None
        link.connect_failed(ConnectFailed(LinkFault.REFUSED), until_s)
    assert link.due_at_s is not None


def test_a_link_that_opens_and_falls_before_it_is_read_back_opens_the_breaker_too() -> None:
    link = machine()
    link.connect_asked(ASKED, 0.0)
    now_s = 0.0
    for _ in range(5):
        link.opened(OPENED, now_s)
        link.lost(LinkLost(LinkFault.CLOSED), now_s)
        assert link.view.retry_at_s is not None
        now_s = link.view.retry_at_s
        link.woke(now_s)
    assert link.view.breaker is Breaker.HALF_OPEN


def test_waits_are_spread_over_the_whole_step_and_stay_within_half_a_second_and_thirty() -> None:
    link_jitter = iter([0.0, 0.999, 0.0, 0.999] * 10)
    link = LinkMachine(LinkSettings(breaker_failures=1000), jitter=lambda: next(link_jitter))
    link.connect_asked(ASKED, 0.0)
    now_s, waits = 0.0, []
    for _ in range(40):
        link.connect_failed(ConnectFailed(LinkFault.REFUSED), now_s)
        assert link.view.retry_at_s is not None
        waits.append(link.view.retry_at_s - now_s)
        now_s = link.view.retry_at_s
        link.woke(now_s)
    assert min(waits) == pytest.approx(0.5)
    assert 29.0 < max(waits) <= 30.0
    assert set(waits[20::2]) == {0.5}


def test_somebody_who_doubts_the_link_has_it_probed_at_once_and_only_once() -> None:
    link = ready_machine()
    assert link.doubt(1.0) == [Probe(3.0)]
    assert link.doubt(1.1) == []
    link.probe_answered(ProbeAnswered(0.001), 1.2)
    assert link.woke(2.9) == []
    assert link.woke(3.0) == [Probe(3.0)]
    link.disconnect_asked(3.1)
    assert link.doubt(3.2) == []


def test_a_gateway_that_goes_silent_is_known_to_be_gone_within_five_seconds() -> None:
    link, now_s = ready_machine(), 0.1
    silent_since_s = None
    while link.view.socket is not Socket.STALE:
        assert link.due_at_s is not None
        now_s = link.due_at_s
        for _ in link.woke(now_s):
            if now_s < 20.0:
                link.heard(now_s + 0.2)
                link.probe_answered(ProbeAnswered(0.2), now_s + 0.2)
                silent_since_s = now_s + 0.2
            else:
                assert link.probe_unanswered(ProbeUnanswered(3.0), now_s + 3.0) == [Disconnect()]
                now_s += 3.0
    assert silent_since_s is not None
    assert now_s - silent_since_s <= 5.0
    assert "stopped answering" in link.view.words
    assert link.view.retry_at_s is not None


def test_a_changed_port_is_followed_and_said() -> None:
    link = ready_machine()
    moved = "TWS socket port has been reset and this connection is being dropped. Reconnect on the new port - 4012"
    assert link.message_reported(MessageReported(1300, moved), 5.0) == [
        Disconnect(),
        Connect("127.0.0.1", 4012, 7, 5.0),
    ]
    assert "4012" in link.view.timeline[-1][1]


@pytest.mark.parametrize("text", ["", "the port changed", "new port 70000", "new port 80", "new port 999999"])
def test_a_changed_port_that_is_not_told_is_waited_for_with_advice(text: str) -> None:
    link = ready_machine()
    assert link.message_reported(MessageReported(1300, text), 5.0) == [Disconnect()]
    assert link.view.fault is LinkFault.PORT_CHANGED
    assert (link.view.socket, link.view.port) == (Socket.WAITING, 4002)
    assert "Configure > API > Settings" in link.view.advice


def test_a_farm_that_came_back_is_told_apart_from_one_that_was_well_all_along() -> None:
    link = ready_machine()
    say = lambda code, name: link.farm_reported(MessageReported(code, f"farm: {name}"), 6.0)  # noqa: E731
    first = say(2104, "usfarm")
    assert first is not None
    assert not first.came_back
    assert not any("usfarm" in words for _, words in link.view.timeline)
    assert say(2104, "usfarm") is None
    say(2103, "usfarm")
    assert say(2119, "usfarm") is None
    again = say(2104, "usfarm")
    assert again is not None
    assert again.came_back
    assert sum("usfarm" in words for _, words in link.view.timeline) == 2
    sleeping = say(2107, "ushmds")
    assert sleeping is not None
    assert sleeping.farm.well is None
    assert [farm.name for farm in link.view.farms] == ["usfarm", "ushmds"]


def test_farms_without_end_are_not_all_kept() -> None:
    link = ready_machine()
    for number in range(1000):
        link.farm_reported(MessageReported(2104, f"farm is OK:farm{number}"), 6.0)
    assert len(link.view.farms) == 64
    assert len(link.view.timeline) <= 50


def test_a_competing_session_is_told_and_its_end_too() -> None:
    link = ready_machine()
    link.competing(True, 5.0)
    assert link.view.competing
    link.competing(False, 6.0)
    assert not link.view.competing
    assert "ours again" in link.view.timeline[-1][1]


def test_an_account_that_another_client_took_is_taken_back_once_a_minute_at_most() -> None:
    link = ready_machine()
    taken = MessageReported(2100, "API client has been unsubscribed from account data.")
    assert link.message_reported(taken, 30.0) == []
    assert link.message_reported(taken, 70.0) == [SubscribeAccount("DU1")]
    assert link.message_reported(taken, 71.0) == []


def test_failures_of_one_target_do_not_hold_up_another() -> None:
    link = machine(breaker_failures=1)
    link.connect_asked(ASKED, 0.0)
    link.connect_failed(ConnectFailed(LinkFault.REFUSED), 0.0)
    assert link.view.breaker is Breaker.OPEN
    link.connect_asked(ConnectAsked("127.0.0.1", 7497, 7, profile="tws-paper", kind="paper"), 0.1)
    assert link.view.breaker is Breaker.CLOSED


def test_why_it_was_lost_is_still_said_while_it_is_sought_again_and_forgotten_with_another_target() -> None:
    link = ready_machine()
    link.lost(LinkLost(LinkFault.CLOSED), 10.0)
    link.woke(20.0)
    assert (
        link.view.words == "127.0.0.1:4002 closed the connection. Connecting to 127.0.0.1:4002 (attempt 1)."
    )
    link.connect_asked(ConnectAsked("127.0.0.1", 7497, 7, profile="tws-paper", kind="paper"), 21.0)
    assert link.view.words == "Connecting to 127.0.0.1:7497 (attempt 1)."
