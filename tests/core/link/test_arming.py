"""Arming: typed anew each session, for one account at one place, before anything not proven harmless."""

from __future__ import annotations

from dataclasses import replace

from core.domain.events import ConnectAsked, LinkLost, MessageReported, SocketOpened
from core.domain.link import LinkFault
from core.link.machine import LinkMachine
from tests.core.link.talk import MOVED, NOW_S, machine

LIVE = ConnectAsked("127.0.0.1", 7496, 1, "tws-live", "live", "U7654321")
OPENED = SocketOpened(178, ("U1111111", "U7654321"), 1, simulator=False)
PHRASE = "TRADE LIVE U7654321"


def come_up(link: LinkMachine, opened: SocketOpened = OPENED, account: str = "U7654321") -> None:
    link.opened(opened, NOW_S)
    link.account_reported(account, NOW_S)
    link.snapshot_completed((), NOW_S)


def live_machine() -> LinkMachine:
    link = machine()
    link.connect_asked(LIVE, NOW_S)
    come_up(link)
    return link


def test_a_live_gateway_is_read_only_until_its_phrase_is_typed() -> None:
    link = live_machine()
    assert link.view.state == "read-only"
    assert link.view.arm_phrase == PHRASE
    assert link.arm(f" {PHRASE} ", NOW_S) == ""
    assert link.view.armed
    assert link.view.is_ready
    assert PHRASE in link.view.timeline[-1][1]


def test_what_is_not_typed_exactly_arms_nothing() -> None:
    link = live_machine()
    for typed in ("", "trade live u7654321", "TRADE LIVE", "TRADE LIVE U1111111", "yes"):
        assert PHRASE in link.arm(typed, NOW_S)
        assert not link.view.armed
    assert link.view.state == "read-only"


def test_disarming_makes_it_read_only_again() -> None:
    link = live_machine()
    link.arm(PHRASE, NOW_S)
    link.disarm(NOW_S)
    assert not link.view.armed
    assert link.view.state == "read-only"


def test_it_stays_armed_through_an_outage_of_the_same_gateway() -> None:
    link = live_machine()
    link.arm(PHRASE, NOW_S)
    link.lost(LinkLost(LinkFault.CLOSED), NOW_S)
    link.woke(NOW_S + 1)
    come_up(link)
    assert link.view.is_ready


def test_it_is_lost_when_the_trader_disconnects() -> None:
    link = live_machine()
    link.arm(PHRASE, NOW_S)
    link.disconnect_asked(NOW_S)
    assert not link.view.armed
    link.connect_asked(LIVE, NOW_S)
    come_up(link)
    assert link.view.state == "read-only"


def test_it_is_lost_with_another_target_and_does_not_come_back_with_the_first() -> None:
    link = live_machine()
    link.arm(PHRASE, NOW_S)
    link.connect_asked(replace(LIVE, port=4001, profile="gateway-live"), NOW_S)
    come_up(link)
    assert not link.view.armed
    link.connect_asked(LIVE, NOW_S)
    come_up(link)
    assert not link.view.armed


def test_it_is_lost_when_the_gateway_comes_back_with_another_account_or_at_another_port() -> None:
    link = machine()
    link.connect_asked(replace(LIVE, account=""), NOW_S)
    come_up(link, SocketOpened(178, ("U1",), 1, simulator=False), "U1")
    assert link.arm("TRADE LIVE U1", NOW_S) == ""
    link.lost(LinkLost(LinkFault.CLOSED), NOW_S)
    link.woke(NOW_S + 1)
    come_up(link, SocketOpened(178, ("U2",), 1, simulator=False), "U2")
    assert not link.view.armed
    assert link.arm("TRADE LIVE U2", NOW_S) == ""
    link.message_reported(MessageReported(1300, MOVED), NOW_S)
    come_up(link, SocketOpened(178, ("U2",), 1, simulator=False), "U2")
    assert link.view.port == 4010
    assert not link.view.armed


def test_where_nothing_needs_arming_nothing_can_be_armed() -> None:
    link = machine()
    assert "no connection" in link.arm(PHRASE, NOW_S)
    link.connect_asked(ConnectAsked("127.0.0.1", 4002, 1, "gateway-paper", "paper"), NOW_S)
    come_up(link, SocketOpened(178, ("DU1",), 1, simulator=False), "DU1")
    assert link.view.arm_phrase == ""
    assert link.arm("TRADE LIVE DU1", NOW_S) == "Nothing needs arming here."
    assert link.view.is_ready


def test_the_read_only_switch_and_a_missing_account_cannot_be_armed_away() -> None:
    switched = machine(read_only=True)
    switched.connect_asked(LIVE, NOW_S)
    come_up(switched)
    missing = machine()
    missing.connect_asked(replace(LIVE, account="U9"), NOW_S)
    come_up(missing)
    for link in (switched, missing):
        assert link.view.arm_phrase == ""
        assert link.arm(PHRASE, NOW_S)
        assert link.view.read_only_reason
