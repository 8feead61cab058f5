"""When IBKR and the gateway go away by themselves: reckoned in their own time, summer and winter."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.domain.events import ConnectAsked, SocketOpened
from core.domain.limits import LinkSettings
from core.domain.link import NIGHTLY_RESTART
from core.link.windows import changes_at_s, rules_for, window_at
from tests.core.link.talk import ASKED, OPENED, machine

GATEWAY = LinkSettings(restart_at="23:45", restart_zone="UTC")
ALWAYS_ON = LinkSettings(restart_at="")


def at(moment: str) -> float:
    """Epoch seconds of "2026-07-14 04:15+00:00"."""
    return datetime.fromisoformat(moment).timestamp()


@pytest.mark.parametrize(
    ("settings", "moment", "kind", "ends"),
    [
        (ALWAYS_ON, "2026-07-14 00:20-04:00", "nightly reset", "2026-07-14 01:45-04:00"),
        (ALWAYS_ON, "2026-01-14 00:20-05:00", "nightly reset", "2026-01-14 01:45-05:00"),
        (LinkSettings(restart_at="", reset_region="europe"), "2026-07-14 06:30+02:00", "nightly reset",
         "2026-07-14 07:45+02:00"),
        (LinkSettings(restart_at="", reset_region="asia"), "2026-07-14 20:20+08:00", "nightly reset",
         "2026-07-14 21:15+08:00"),
        (ALWAYS_ON, "2026-07-12 01:10-04:00", "nightly reset", "2026-07-12 01:45-04:00"),
        (ALWAYS_ON, "2026-07-12 01:50-04:00", "weekly login", "2026-07-12 02:00-04:00"),
        (ALWAYS_ON, "2026-07-10 23:30-04:00", "weekend maintenance", "2026-07-11 03:00-04:00"),
        (ALWAYS_ON, "2026-07-11 02:30-04:00", "weekend maintenance", "2026-07-11 03:00-04:00"),
        (GATEWAY, "2026-07-14 23:44+00:00", NIGHTLY_RESTART, "2026-07-14 23:50+00:00"),
        # The restart comes first where two windows lie over one another: it is the one that stops orders.
        (LinkSettings(restart_at="00:30", restart_zone="America/New_York"), "2026-07-14 00:30-04:00",
         NIGHTLY_RESTART, "2026-07-14 00:35-04:00"),
        # In the night the clocks go forward: from 02:29 local standard time on.
        (LinkSettings(restart_at="03:30", restart_zone="America/New_York"), "2026-03-08 07:29:30+00:00",
         NIGHTLY_RESTART, "2026-03-08 03:35-04:00"),
    ],
)  # fmt: skip
def test_a_moment_lies_in_its_window(settings: LinkSettings, moment: str, kind: str, ends: str) -> None:
    window, within = window_at(rules_for(settings, "paper"), at(moment))
    assert within
    assert window is not None
    assert (window.kind, window.ends_at_s) == (kind, at(ends))
    assert window.words


def test_outside_of_all_windows_the_next_is_counted_down() -> None:
    window, within = window_at(rules_for(GATEWAY, "paper"), at("2026-07-14 15:00+00:00"))
    assert not within
    assert window is not None
    assert (window.kind, window.starts_at_s) == (NIGHTLY_RESTART, at("2026-07-14 23:44+00:00"))


def test_on_saturday_there_is_no_reset() -> None:
    window, within = window_at(rules_for(ALWAYS_ON, "paper"), at("2026-07-11 12:00-04:00"))
    assert not within
    assert window is not None
    assert window.starts_at_s == at("2026-07-12 00:15-04:00")


def test_a_week_of_edges_is_walked_and_ends_never_come_before_starts() -> None:
    rules = rules_for(GATEWAY, "live")
    now_s, edges = at("2026-07-12 12:00+00:00"), 0
    while (after_s := changes_at_s(rules, now_s) or 0.0) < at("2026-07-19 12:00+00:00"):
        assert after_s > now_s
        now_s, edges = after_s, edges + 1
    # Seven restarts, six resets, one login, one maintenance: each begins and ends.
    assert edges == 2 * (7 + 6 + 1 + 1)


def test_a_simulator_has_no_windows() -> None:
    assert window_at(rules_for(GATEWAY, "simulator"), at("2026-07-14 23:44+00:00")) == (None, False)


def test_around_the_gateways_restart_no_order_goes_until_it_is_back() -> None:
    link, restart_s = machine(), at("2026-07-14 23:45+00:00")
    link.connect_asked(ASKED, restart_s - 600)
    link.opened(OPENED, restart_s - 600)
    link.account_reported("DU1", restart_s - 600)
    link.snapshot_completed((), restart_s - 600)
    assert link.view.is_ready
    assert link.view.next_window is not None
    assert link.due_at_s is not None
    link.woke(restart_s - 60)
    assert link.view.state == "restart window"
    assert link.view.in_window
    assert "23:45" in link.view.words
    link.disconnect_asked(restart_s)
    assert link.view.next_window is None
    link.connect_asked(ASKED, restart_s + 40)
    link.opened(OPENED, restart_s + 41)
    link.account_reported("DU1", restart_s + 41)
    link.snapshot_completed((), restart_s + 41)
    assert link.view.is_ready


def test_a_gateway_that_does_not_restart_after_all_is_traded_on_when_the_window_is_over() -> None:
    link, restart_s = machine(), at("2026-07-14 23:45+00:00")
    link.connect_asked(ASKED, restart_s - 30)
    link.opened(OPENED, restart_s - 30)
    link.account_reported("DU1", restart_s - 30)
    link.snapshot_completed((), restart_s - 30)
    assert link.view.state == "restart window"
    link.woke(restart_s + 300)
    assert link.view.is_ready


def test_the_next_window_is_told_before_the_gateway_has_answered() -> None:
    link, now_s = machine(), at("2026-07-14 15:00+00:00")
    link.connect_asked(ASKED, now_s)
    assert link.view.next_window is not None
    assert link.view.next_window.kind == NIGHTLY_RESTART


def test_the_simulator_is_traded_on_at_any_hour() -> None:
    link, now_s = machine(), at("2026-07-14 23:45+00:00")
    link.connect_asked(ConnectAsked("127.0.0.1", 5000, 1, "simulator", "simulator"), now_s)
    link.opened(SocketOpened(178, ("DU1",), 1, simulator=True), now_s)
    link.account_reported("DU1", now_s)
    link.snapshot_completed((), now_s)
    assert link.view.is_ready
