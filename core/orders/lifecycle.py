"""The life of an order as one table: state and fact in, next state out.

Everything that changes an order's state is a row here. `None` as the next state keeps it. A fact that
contradicts what the desk knows changes nothing by itself: it asks for a reconcile (`pull`). Fills are
not states: `FILLED_UP` is the ledger's word that the executions add up to the quantity.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from core.domain.order import OrderState


class Fact(Enum):
    """What can be learned of an order."""

    DENIED = "we ourselves refused the intent"
    WITHDRAWN = "the intent was given up before a byte was sent"
    WRITTEN = "bytes handed to the socket"
    PENDING = "PendingSubmit, ApiPending"
    HELD = "PreSubmitted"
    WORKING = "Submitted"
    CANCELLED = "Cancelled, ApiCancelled, 202"
    FILLED_STATUS = "Filled, by status"
    INACTIVE = "Inactive"
    EXECUTED = "an execution, more to come"
    FILLED_UP = "executions add up to the quantity"
    REFUSED = "an error that is fatal to a new order"
    UNCERTAIN = "an error that leaves the order's fate open"
    UNANSWERED = "no answer in time, or the link was lost"
    NEVER_SEEN = "complete snapshots and the id prove that IB never saw it"
    ABSENT = "not in a complete snapshot"


class Move(NamedTuple):
    """What a fact does: the next state, whether to reconcile, and what to be alarmed about."""

    to: OrderState | None = None
    pull: bool = False
    alarm: str = ""


_S = OrderState
_KEEP = Move()
_PULL = Move(pull=True)
_LATE_FILL = "Filled after it was believed to be over."

_ANSWERS: dict[Fact, Move] = {
    Fact.PENDING: Move(_S.ACCEPTED),
    Fact.HELD: Move(_S.HELD),
    Fact.WORKING: Move(_S.WORKING),
    Fact.CANCELLED: Move(_S.CANCELLED),
    Fact.FILLED_STATUS: Move(_S.WORKING, pull=True),
    Fact.INACTIVE: Move(_S.INACTIVE),
    Fact.EXECUTED: Move(_S.WORKING),
    Fact.FILLED_UP: Move(_S.FILLED),
    Fact.REFUSED: Move(_S.REJECTED),
    Fact.UNCERTAIN: Move(_S.IN_DOUBT, pull=True),
    Fact.UNANSWERED: Move(_S.IN_DOUBT, pull=True),
    Fact.NEVER_SEEN: Move(_S.NOT_PLACED),
    Fact.ABSENT: _PULL,
    Fact.DENIED: _KEEP,
    Fact.WITHDRAWN: _KEEP,
    Fact.WRITTEN: _KEEP,
}
"""What IB's answers mean to an order that is under way; rows below say where they differ."""

_OVER: dict[Fact, Move] = {
    **dict.fromkeys(Fact, _KEEP),
    Fact.EXECUTED: Move(alarm=_LATE_FILL),
    Fact.FILLED_UP: Move(_S.FILLED, alarm=_LATE_FILL),
    Fact.FILLED_STATUS: _PULL,
}
"""An order that is over: stale answers are ignored, but a fill always counts."""

_REVIVED = "IB works an order that was believed never to have been placed."

TRANSITIONS: dict[OrderState, dict[Fact, Move]] = {
    _S.DENIED: dict.fromkeys(Fact, _KEEP),
    _S.INTENT: _ANSWERS
    | {
        Fact.WRITTEN: Move(_S.SENT),
        Fact.DENIED: Move(_S.DENIED),
        Fact.WITHDRAWN: Move(_S.NOT_PLACED),
    },
    _S.SENT: _ANSWERS | {Fact.WITHDRAWN: Move(_S.NOT_PLACED)},
    _S.ACCEPTED: _ANSWERS | {Fact.PENDING: _KEEP, Fact.UNANSWERED: _KEEP, Fact.NEVER_SEEN: _PULL},
    _S.HELD: _ANSWERS
    | {Fact.PENDING: _KEEP, Fact.HELD: _KEEP, Fact.UNANSWERED: _KEEP, Fact.NEVER_SEEN: _PULL},
    _S.WORKING: _ANSWERS
    | {
        Fact.PENDING: _KEEP,
        Fact.HELD: _KEEP,
        Fact.WORKING: _KEEP,
        Fact.UNANSWERED: _KEEP,
        Fact.NEVER_SEEN: _PULL,
        Fact.FILLED_STATUS: _PULL,
    },
    _S.INACTIVE: _ANSWERS
    | {Fact.PENDING: _KEEP, Fact.INACTIVE: _KEEP, Fact.UNANSWERED: _KEEP, Fact.ABSENT: _KEEP},
    _S.IN_DOUBT: _ANSWERS | {Fact.UNANSWERED: _KEEP, Fact.UNCERTAIN: _KEEP, Fact.ABSENT: _KEEP},
    _S.FILLED: _OVER
    | {
        Fact.FILLED_UP: _KEEP,
        Fact.FILLED_STATUS: _KEEP,
        Fact.EXECUTED: Move(pull=True, alarm="The executions no longer add up to the quantity."),
    },
    _S.CANCELLED: _OVER,
    _S.REJECTED: _OVER
    | {
        Fact.HELD: Move(_S.HELD, pull=True, alarm="IB works an order that it had rejected."),
        Fact.WORKING: Move(_S.WORKING, pull=True, alarm="IB works an order that it had rejected."),
        Fact.CANCELLED: Move(_S.CANCELLED),
        Fact.EXECUTED: Move(_S.WORKING, alarm=_LATE_FILL),
    },
    _S.NOT_PLACED: _OVER
    | {
        Fact.PENDING: Move(_S.ACCEPTED, pull=True, alarm=_REVIVED),
        Fact.HELD: Move(_S.HELD, pull=True, alarm=_REVIVED),
        Fact.WORKING: Move(_S.WORKING, pull=True, alarm=_REVIVED),
        Fact.CANCELLED: Move(_S.CANCELLED),
        Fact.EXECUTED: Move(_S.WORKING, alarm=_LATE_FILL),
    },
}
"""A full row for every state; the test fails when a cell is missing."""

STATUS_FACTS: dict[str, Fact] = {
    "ApiPending": Fact.PENDING,
    "PendingSubmit": Fact.PENDING,
    "PreSubmitted": Fact.HELD,
    "Submitted": Fact.WORKING,
    "ApiCancelled": Fact.CANCELLED,
    "Cancelled": Fact.CANCELLED,
    "Filled": Fact.FILLED_STATUS,
    "Inactive": Fact.INACTIVE,
}
"""IB's words for a status. PendingCancel and PreCancelled are an overlay, not a state: it may still fill."""

CANCEL_PENDING = frozenset({"PendingCancel", "PreCancelled"})
