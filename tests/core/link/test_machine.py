"""The link as a dialogue: facts in, requests out, no loop and no sleep."""

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
from core.domain.link import Breaker, Broker, LinkFault, Mode, Socket
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
    link = machine()
    link.connect_asked(ASKED, 0.0)
    now_s = 0.0
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


def test_an_answered_probe_is_followed_by_the_next() -> None:
    link = ready_machine()
    link.woke(2.1)
    link.probe_answered(ProbeAnswered(0.004), 2.2)
    assert link.view.latency_ms == pytest.approx(4.0)
    assert link.woke(4.1) == []
    assert link.woke(4.2) == [Probe(3.0)]


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
    assert out == [TakeSnapshot(10.0)]
    assert not link.view.is_ready
    link.snapshot_completed((), 7.5)
    assert link.view.is_ready


def test_farms_are_told_apart() -> None:
    link = ready_machine()
    link.message_reported(MessageReported(2103, "Market data farm connection is broken:usfarm"), 6.0)
    link.message_reported(MessageReported(2106, "HMDS data farm connection is OK:ushmds"), 6.0)
    assert link.view.farms == (("usfarm", False), ("ushmds", True))


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
    link = machine(account="DU9")
    link.connect_asked(ASKED, 0.0)
    link.opened(OPENED, 0.1)
    assert "DU9" in link.view.read_only_reason


def test_every_fault_has_words_and_advice() -> None:
    assert set(ADVICE) == set(LinkFault)
    assert all(what and advice for what, advice in ADVICE.values())
