"""The life of the link as one table: socket and happening in; next socket, broker and what to do out.

`None` keeps what is. A happening that is out of place changes nothing, but for a socket that opened
though nobody wants it any more: it is dropped.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from core.domain.link import Broker, Socket


class Happening(Enum):
    """What can happen to a link."""

    ASKED = "the trader asks for it: connect, or retry now"
    ELSEWHERE = "the trader asks for another target"
    STOPPED = "the trader wants it down"
    DUE = "the wait before the next attempt is over"
    OPENED = "the handshake is done"
    FAILED = "the attempt came to nothing"
    LOST = "the socket ended"
    SILENT = "a probe went unanswered"
    READ_BACK = "orders, executions, positions and account have all been read back"
    CUT_OFF = "1100, 2110: IBKR is out of the gateway's reach"
    RESTORED = "1101, 1102: IBKR is back"
    UNTOLD = "long after 1100 or 2110 the gateway has not said that IBKR is back"
    MOVED = "1300: the gateway changes its port and drops us"


class Do(Enum):
    """What a happening makes the machine do."""

    NOTHING = "nothing"
    TRY = "make an attempt, whatever the breaker says: the trader asks for it"
    RETRY = "make an attempt, if the breaker lets it"
    LEAVE_AND_TRY = "drop what there is, then make an attempt"
    DROP = "drop the socket"
    STOP = "drop the socket, forget every timer"
    READ_BACK = "subscribe the account and take a snapshot"
    READ_AGAIN = "subscribe the account anew and take a snapshot; nothing is trusted until it is whole"
    HOLD = "wait for IBKR to come back"
    TRUST = "what is shown is true: the breaker closes, the next outage starts from the first wait"
    WAIT = "wait, longer each time"
    DROP_AND_WAIT = "abort the socket, then wait"
    FOLLOW = "drop the socket and go to the new port"
    FOLLOW_LATER = "drop the socket and wait before going there: it may be sending us round in circles"


class Turn(NamedTuple):
    """What a happening does in one state."""

    to: Socket | None = None
    broker: Broker | None = None
    do: Do = Do.NOTHING


_S, _B, _H = Socket, Broker, Happening
_IGNORED = dict.fromkeys(Happening, Turn())
_STOP = Turn(_S.DOWN, _B.UNKNOWN, Do.STOP)
_FALL_BACK = Turn(_S.WAITING, _B.UNKNOWN, Do.WAIT)

_AWAY = _IGNORED | {
    _H.ASKED: Turn(_S.CONNECTING, do=Do.TRY),
    _H.ELSEWHERE: Turn(_S.CONNECTING, do=Do.TRY),
    _H.OPENED: Turn(do=Do.DROP),
}
"""No socket and no attempt at one."""

_BETWEEN = _AWAY | {_H.DUE: Turn(_S.CONNECTING, do=Do.RETRY), _H.STOPPED: _STOP}
"""Between two attempts."""

_OPEN = _IGNORED | {
    _H.ELSEWHERE: Turn(_S.CONNECTING, _B.UNKNOWN, Do.LEAVE_AND_TRY),
    _H.STOPPED: _STOP,
    _H.LOST: _FALL_BACK,
    _H.SILENT: Turn(_S.STALE, _B.UNKNOWN, Do.DROP_AND_WAIT),
    _H.CUT_OFF: Turn(broker=_B.DOWN, do=Do.HOLD),
    _H.UNTOLD: Turn(_S.WAITING, _B.UNKNOWN, Do.DROP_AND_WAIT),
    _H.RESTORED: Turn(_S.SYNCING, _B.UP, Do.READ_AGAIN),
    _H.MOVED: Turn(_S.CONNECTING, _B.UNKNOWN, Do.FOLLOW),
}
"""The handshake is done and the socket has not ended."""

TRANSITIONS: dict[Socket, dict[Happening, Turn]] = {
    _S.DOWN: _AWAY,
    _S.WAITING: _BETWEEN,
    _S.CONNECTING: _IGNORED
    | {
        _H.ELSEWHERE: Turn(_S.CONNECTING, do=Do.LEAVE_AND_TRY),
        _H.STOPPED: _STOP,
        _H.OPENED: Turn(_S.SYNCING, _B.UP, Do.READ_BACK),
        _H.FAILED: _FALL_BACK,
        _H.LOST: _FALL_BACK,
    },
    _S.SYNCING: _OPEN
    | {
        _H.READ_BACK: Turn(_S.UP, do=Do.TRUST),
        _H.MOVED: Turn(_S.WAITING, _B.UNKNOWN, Do.FOLLOW_LATER),
    },
    _S.UP: _OPEN,
    _S.STALE: _BETWEEN,
}
"""A full row for every state of the socket; the broker follows, as only an open socket tells of it."""
