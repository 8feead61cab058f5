"""The link's table, every cell of it: driven through the machine and read from what comes out."""

from __future__ import annotations

from itertools import product

import pytest

from core.domain.link import Broker, Socket
from core.link.transitions import TRANSITIONS, Do, Happening
from tests.core.link.talk import TELL, link_in

ROWS = """
             asked       elsewhere   stopped   due         opened       failed   lost     silent  read back  cut off  restored  untold  moved
down         connecting! connecting! -         -           drop         -        -        -       -          -        -         -       -
waiting      connecting! connecting! down!     connecting! drop         -        -        -       -          -        -         -       -
connecting   -           drop+       down!     -           syncing      waiting  waiting  -       -          -        -         -       -
syncing      -           drop+       down!     -           -            -        waiting  stale   up         broker   syncing   later   later
up           -           drop+       down!     -           -            -        waiting  stale   -          broker   syncing   later   drop+
stale        connecting! connecting! down!     connecting! drop         -        -        -       -          -        -         -       -
"""
"""What each cell does. "-" nothing at all; "drop" only drops; "drop+" drops and connects anew; "broker": it is down now."""

_COLUMNS = tuple(Happening)
_DOES = {
    "-": (None, []),
    "drop": (None, ["Disconnect"]),
    "drop+": (Socket.CONNECTING, ["Disconnect", "Connect"]),
    "later": (Socket.WAITING, ["Disconnect"]),
    "connecting!": (Socket.CONNECTING, ["Connect"]),
    "down!": (Socket.DOWN, ["Disconnect"]),
    "waiting": (Socket.WAITING, []),
    "stale": (Socket.STALE, ["Disconnect"]),
    "up": (Socket.UP, []),
    "broker": (None, []),
}


def _cells() -> list[tuple[Socket, Happening, str]]:
    cells = []
    for row in ROWS.strip().splitlines()[1:]:
        name, *words = row.split()
        assert len(words) == len(_COLUMNS), row
        cells += [(Socket(name), happening, word) for happening, word in zip(_COLUMNS, words, strict=True)]
    return cells


def test_the_table_has_a_cell_for_every_state_and_happening() -> None:
    assert {(socket, happening) for socket, happening, _ in _cells()} == set(product(Socket, Happening))
    assert all(set(row) == set(Happening) for row in TRANSITIONS.values())
    assert set(TRANSITIONS) == set(Socket)


def test_every_action_is_reached_from_some_cell() -> None:
    assert {turn.do for row in TRANSITIONS.values() for turn in row.values()} == set(Do)


@pytest.mark.parametrize(
    ("socket", "happening", "does"), _cells(), ids=lambda one: str(getattr(one, "name", one))
)
def test_a_cell_does_what_the_table_says_and_nothing_else(
    socket: Socket, happening: Happening, does: str
) -> None:
    link, now_s = link_in(socket)
    before = link.view
    out = [type(request).__name__ for request in TELL[happening](link, now_s)]
    if does == "syncing":
        assert link.view.socket is Socket.SYNCING
        assert sorted(out) == ["SubscribeAccount", "TakeSnapshot"]
        assert link.view.broker is Broker.UP
        return
    to, requests = _DOES[does]
    assert (link.view.socket, out) == (to or socket, requests)
    assert link.view.synchronised == (link.view.socket is Socket.UP)
    if does in ("-", "drop"):
        assert link.view == before
    if does == "broker":
        assert link.view.broker is Broker.DOWN
        assert not link.view.is_ready
    if link.view.socket not in (Socket.SYNCING, Socket.UP):
        assert link.view.broker is Broker.UNKNOWN
