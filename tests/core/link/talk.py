"""A link in each of its states, and how each happening is told to it."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.events import (
    ConnectAsked,
    ConnectFailed,
    LinkLost,
    MessageReported,
    ProbeUnanswered,
    SocketOpened,
)
from core.domain.limits import LinkSettings
from core.domain.link import LinkFault, Socket
from core.domain.requests import Request
from core.link.machine import LinkMachine
from core.link.outage import WAITS_S
from core.link.transitions import Happening

ASKED = ConnectAsked("127.0.0.1", 4002, 7, profile="gateway-paper", kind="paper")
ELSEWHERE = ConnectAsked("127.0.0.1", 7497, 7, profile="tws-paper", kind="paper")
OPENED = SocketOpened(178, ("DU1",), 1, simulator=False)
MOVED = "TWS socket port has been reset and this connection is being dropped. New port - 4010"
NOW_S = 1_780_498_800.0  # a Wednesday, 15:00 UTC: no window of any kind


def machine(**settings: object) -> LinkMachine:
    return LinkMachine(LinkSettings(**{"restart_zone": "UTC", **settings}), jitter=lambda: 1.0)  # type: ignore[arg-type]


def link_in(socket: Socket) -> tuple[LinkMachine, float]:
    """A link in this state, and the time it is there."""
    link, now_s = machine(), NOW_S
    if socket is Socket.DOWN:
        return link, now_s
    link.connect_asked(ASKED, now_s)
    if socket is Socket.CONNECTING:
        return link, now_s
    if socket is Socket.WAITING:
        link.connect_failed(ConnectFailed(LinkFault.REFUSED), now_s)
        return link, now_s
    link.opened(OPENED, now_s)
    link.account_reported("DU1", now_s)
    if socket is Socket.SYNCING:
        return link, now_s
    link.snapshot_completed((), now_s)
    if socket is Socket.STALE:
        link.probe_unanswered(ProbeUnanswered(3.0), now_s)
    assert link.view.socket is socket
    return link, now_s


def code(number: int, text: str = "") -> Callable[[LinkMachine, float], list[Request]]:
    return lambda link, now_s: link.message_reported(MessageReported(number, text), now_s)


def _wait_for_ibkr(link: LinkMachine, now_s: float) -> list[Request]:
    """Told that IBKR is out of reach, and then nothing until the patience is over."""
    told = link.message_reported(MessageReported(1100, ""), now_s)
    return told + (link.woke(now_s + WAITS_S[0]) if link.is_open else [])


TELL: dict[Happening, Callable[[LinkMachine, float], list[Request]]] = {
    Happening.ASKED: lambda link, now_s: link.connect_asked(ASKED, now_s),
    Happening.ELSEWHERE: lambda link, now_s: link.connect_asked(ELSEWHERE, now_s),
    Happening.STOPPED: lambda link, now_s: link.disconnect_asked(now_s),
    Happening.DUE: lambda link, now_s: link.woke(now_s + 0.51),
    Happening.OPENED: lambda link, now_s: link.opened(OPENED, now_s),
    Happening.FAILED: lambda link, now_s: link.connect_failed(ConnectFailed(LinkFault.REFUSED), now_s),
    Happening.LOST: lambda link, now_s: link.lost(LinkLost(LinkFault.CLOSED), now_s),
    Happening.SILENT: lambda link, now_s: link.probe_unanswered(ProbeUnanswered(3.0), now_s),
    Happening.READ_BACK: lambda link, now_s: link.snapshot_completed((), now_s),
    Happening.CUT_OFF: code(1100),
    Happening.RESTORED: code(1102),
    Happening.UNTOLD: _wait_for_ibkr,
    Happening.MOVED: code(1300, MOVED),
}
"""Each happening as the desk would tell it."""
