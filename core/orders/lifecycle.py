"""The life of an order as one table: state and fact in, next state out.

Everything that changes an order's state is a row here, and what the trader may ask of it too. `None` as the
next state keeps it. A fact that contradicts what the desk knows asks for a reconcile (`pull`). Fills are
not states: `FILLED_UP` is the ledger's word that the executions add up to the quantity.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from core.domain.order import OrderState, Overlay


class Fact(Enum):
    """What can be learned of an order, or be asked of it."""

    # What we did.
    DENIED = "we ourselves refused the intent"
    WITHDRAWN = "it was given up before a byte was sent"
    WRITTEN = "bytes handed to the socket"
    # What IB says.
    PENDING = "PendingSubmit, ApiPending"
    HELD = "PreSubmitted"
    WORKING = "Submitted"
    CANCEL_PENDING = "PendingCancel, PreCancelled"
    CANCELLED = "Cancelled, ApiCancelled, 202"
    FILLED_STATUS = "Filled, by status"
    INACTIVE = "Inactive"
    EXECUTED = "a new execution, more to come"
    FILLED_UP = "executions add up to the quantity"
    OVERFILLED = "executions exceed the quantity"
    REVISED = "an execution was corrected"
    REFUSED = "an error that is fatal to a new order"
    REFUSED_IN_PART = "the same after a fill"
    NOTED = "a warning, or a code that is not known"
    CANCEL_REFUSED = "the cancel was refused"
    UNCERTAIN = "an error that leaves the order's fate open"
    # What silence says.
    UNANSWERED = "no answer in time, or the link was lost"
    LISTED_OPEN = "a complete snapshot lists it as open"
    LISTED_DONE = "a complete snapshot lists it as completed"
    ABSENT = "a complete snapshot does not list it"
    ABSENT_TWICE = "two complete snapshots do not list it"
    NEVER_SEEN = "proof that IB never saw it"
    # What the trader asks.
    CANCEL_ASKED = "the trader cancels"
    MODIFY_ASKED = "the trader modifies"


class Wish(Enum):
    """What becomes of the trader's cancel or modification."""

    BLOCK = "refused with words"
    SEND = "goes out"
    QUEUE = "goes out once IB has acknowledged the order"
    WITHDRAW = "taken back while it is still here"
    REPLACE = "the order waiting to be sent is replaced"
    IF_ALARMED = "goes out when something is odd about the order"


class Move(NamedTuple):
    """What a fact does: the next state, whether to reconcile, what to be alarmed about, what becomes of a wish."""

    to: OrderState | None = None
    pull: bool = False
    alarm: str = ""
    cancel: Overlay | None = None
    """What the cancel overlay becomes; `None` keeps it."""
    wish: Wish = Wish.BLOCK


_S = OrderState
_KEEP = Move()
_PULL = Move(pull=True)
_DOUBT = Move(_S.IN_DOUBT, pull=True)
_CANCELLING = Move(cancel=Overlay.REQUESTED)
_SEND = Move(wish=Wish.SEND)

_LATE_FILL = "Filled after it was believed to be over."
_OVERFILL = "More was filled than was ordered. Check TWS now."
_BUSTED = "A fill was taken back: the executions no longer add up to the quantity."
REJECTED_LIVES = "IB works an order that it had rejected."
_CANCELLED_LIVES = "IB works an order that was believed to be cancelled."
_FILLED_LIVES = "IB lists as open an order that was believed to be filled."
_PLACED_AFTER_ALL = "IB works an order that was believed never to have been placed."

_UNDER_WAY: dict[Fact, Move] = {
    **dict.fromkeys(Fact, _KEEP),
    Fact.PENDING: Move(_S.ACCEPTED),
    Fact.HELD: Move(_S.HELD),
    Fact.WORKING: Move(_S.WORKING),
    Fact.CANCEL_PENDING: _CANCELLING,
    Fact.CANCELLED: Move(_S.CANCELLED),
    Fact.FILLED_STATUS: Move(_S.WORKING, pull=True),
    Fact.INACTIVE: Move(_S.INACTIVE),
    Fact.EXECUTED: Move(_S.WORKING),
    Fact.FILLED_UP: Move(_S.FILLED),
    Fact.OVERFILLED: Move(_S.FILLED, alarm=_OVERFILL),
    Fact.REFUSED: Move(_S.REJECTED),
    Fact.REFUSED_IN_PART: Move(_S.WORKING, pull=True),
    Fact.CANCEL_REFUSED: Move(pull=True, cancel=Overlay.NONE),
    Fact.UNCERTAIN: _DOUBT,
    Fact.UNANSWERED: _DOUBT,
    Fact.ABSENT: _PULL,
    Fact.ABSENT_TWICE: _DOUBT,
    Fact.CANCEL_ASKED: _SEND,
}
"""What IB's answers mean to an order that is under way; rows below say where they differ."""

_CONFIRMED = _UNDER_WAY | {Fact.UNANSWERED: _KEEP, Fact.NEVER_SEEN: _PULL, Fact.MODIFY_ASKED: _SEND}
"""IB has the order: silence makes it stale, not doubtful."""

_OVER: dict[Fact, Move] = {
    **dict.fromkeys(Fact, _KEEP),
    Fact.FILLED_STATUS: _PULL,
    Fact.EXECUTED: Move(alarm=_LATE_FILL),
    Fact.FILLED_UP: Move(_S.FILLED, alarm=_LATE_FILL),
    Fact.OVERFILLED: Move(_S.FILLED, alarm=_OVERFILL),
}
"""An order that is over: stale answers are ignored, but a fill always counts."""


def _alive_after_all(alarm: str) -> dict[Fact, Move]:
    """An order that should not be at IB, and is."""
    return {
        Fact.PENDING: Move(_S.ACCEPTED, pull=True, alarm=alarm),
        Fact.HELD: Move(_S.HELD, pull=True, alarm=alarm),
        Fact.WORKING: Move(_S.WORKING, pull=True, alarm=alarm),
        Fact.CANCELLED: Move(_S.CANCELLED),
        Fact.FILLED_STATUS: Move(_S.WORKING, pull=True, alarm=alarm),
        Fact.EXECUTED: Move(_S.WORKING, pull=True, alarm=_LATE_FILL),
        Fact.LISTED_OPEN: Move(_S.WORKING, alarm=alarm),
        Fact.CANCEL_ASKED: _SEND,
    }


TRANSITIONS: dict[OrderState, dict[Fact, Move]] = {
    _S.DENIED: dict.fromkeys(Fact, _KEEP),
    _S.INTENT: _UNDER_WAY
    | {
        Fact.WRITTEN: Move(_S.SENT),
        Fact.DENIED: Move(_S.DENIED),
        Fact.WITHDRAWN: Move(_S.NOT_PLACED),
        Fact.CANCEL_REFUSED: _KEEP,
        Fact.NEVER_SEEN: Move(_S.NOT_PLACED),
        Fact.CANCEL_ASKED: Move(wish=Wish.WITHDRAW),
        Fact.MODIFY_ASKED: Move(wish=Wish.REPLACE),
    },
    _S.SENT: _UNDER_WAY
    | {
        Fact.WITHDRAWN: Move(_S.NOT_PLACED),
        Fact.CANCEL_REFUSED: _KEEP,
        Fact.NEVER_SEEN: Move(_S.NOT_PLACED),
        Fact.MODIFY_ASKED: Move(wish=Wish.QUEUE),
    },
    _S.ACCEPTED: _CONFIRMED | {Fact.PENDING: _KEEP},
    _S.HELD: _CONFIRMED | {Fact.PENDING: _KEEP, Fact.HELD: _KEEP, Fact.ABSENT: _DOUBT},
    _S.WORKING: _CONFIRMED
    | {
        Fact.PENDING: _KEEP,
        Fact.HELD: Move(_S.HELD),
        Fact.WORKING: _KEEP,
        Fact.FILLED_STATUS: _PULL,
        Fact.ABSENT: _DOUBT,
    },
    _S.INACTIVE: _CONFIRMED
    | {
        Fact.PENDING: _KEEP,
        Fact.INACTIVE: _KEEP,
        Fact.ABSENT: _KEEP,
        Fact.ABSENT_TWICE: _KEEP,
        Fact.MODIFY_ASKED: _KEEP,
    },
    _S.IN_DOUBT: _UNDER_WAY
    | {
        Fact.WITHDRAWN: Move(_S.NOT_PLACED),
        Fact.CANCEL_PENDING: Move(_S.WORKING, cancel=Overlay.REQUESTED),
        Fact.UNCERTAIN: _KEEP,
        Fact.UNANSWERED: _KEEP,
        Fact.ABSENT: _KEEP,
        Fact.ABSENT_TWICE: _KEEP,
        Fact.NEVER_SEEN: Move(_S.NOT_PLACED),
    },
    _S.CONFLICT: dict.fromkeys(Fact, _KEEP) | {Fact.CANCEL_ASKED: _SEND},
    _S.FILLED: _OVER
    | {
        Fact.FILLED_STATUS: _KEEP,
        Fact.EXECUTED: _KEEP,
        Fact.FILLED_UP: _KEEP,
        Fact.OVERFILLED: Move(alarm=_OVERFILL),
        Fact.REVISED: Move(pull=True, alarm=_BUSTED),
        Fact.LISTED_OPEN: Move(_S.WORKING, alarm=_FILLED_LIVES),
    },
    _S.CANCELLED: _OVER
    | {
        # An openOrder outside a snapshot may be a stale one: the snapshot decides.
        Fact.HELD: _PULL,
        Fact.WORKING: _PULL,
        Fact.LISTED_OPEN: Move(_S.WORKING, alarm=_CANCELLED_LIVES),
        Fact.CANCEL_ASKED: Move(wish=Wish.IF_ALARMED),
    },
    _S.REJECTED: _OVER | _alive_after_all(REJECTED_LIVES),
    _S.NOT_PLACED: _OVER
    | _alive_after_all(_PLACED_AFTER_ALL)
    | {
        Fact.CANCEL_PENDING: Move(_S.WORKING, pull=True, alarm=_PLACED_AFTER_ALL, cancel=Overlay.REQUESTED),
        Fact.INACTIVE: Move(_S.INACTIVE, pull=True, alarm=_PLACED_AFTER_ALL),
    },
}
"""A full row for every state; the tests hold every cell to the specification."""

STATUS_FACTS: dict[str, Fact] = {
    "ApiPending": Fact.PENDING,
    "PendingSubmit": Fact.PENDING,
    "PreSubmitted": Fact.HELD,
    "Submitted": Fact.WORKING,
    "PendingCancel": Fact.CANCEL_PENDING,
    "PreCancelled": Fact.CANCEL_PENDING,
    "ApiCancelled": Fact.CANCELLED,
    "Cancelled": Fact.CANCELLED,
    "Filled": Fact.FILLED_STATUS,
    "Inactive": Fact.INACTIVE,
}
"""IB's words for a status."""

_BLOCKED: dict[OrderState, str] = {
    _S.SENT: "",
    _S.INACTIVE: "IB takes no change of an inactive order: cancel and replace it.",
    _S.IN_DOUBT: "IB has not confirmed the order yet: it cannot be modified before.",
    _S.CONFLICT: "IB works this order twice: cancel it, then place a new one.",
}


def why_blocked(state: OrderState, doing: str) -> str:
    """Why an order in this state cannot be `doing` ("cancelled", "modified")."""
    if state in _BLOCKED and doing == "modified":
        return _BLOCKED[state]
    verb = {"cancelled": "cancel", "modified": "modify"}[doing]
    return f"The order is {state}: there is nothing to {verb}."


_LIVE = (_S.INTENT, _S.SENT, _S.ACCEPTED, _S.HELD, _S.WORKING, _S.INACTIVE, _S.IN_DOUBT)


def diagram() -> str:
    """The moves between states as a Mermaid diagram; what all live states share stands once."""
    shared = {
        (fact, to)
        for fact in Fact
        if (to := TRANSITIONS[_S.INTENT][fact].to) is not None
        and all(TRANSITIONS[state][fact].to in (to, None) or state is to for state in _LIVE)
        and sum(TRANSITIONS[state][fact].to is to for state in _LIVE) >= len(_LIVE) - 2
    }
    lines = [
        "stateDiagram-v2",
        "    [*] --> intent",
        "    state live {",
        *(f"        {_name(one)}" for one in _LIVE),
        "    }",
    ]
    lines += _arrows("live", sorted(shared, key=lambda one: list(Fact).index(one[0])))
    for state, row in TRANSITIONS.items():
        own = [
            (fact, move.to)
            for fact, move in row.items()
            if move.to not in (None, state) and not (state in _LIVE and (fact, move.to) in shared)
        ]
        lines += _arrows(_name(state), own)
    return "\n".join(lines)


def _arrows(begin: str, moves: Iterable[tuple[Fact, OrderState | None]]) -> list[str]:
    facts: dict[OrderState, list[str]] = {}
    for fact, to in moves:
        if to is not None:
            facts.setdefault(to, []).append(fact.name.lower().replace("_", " "))
    return [f"    {begin} --> {_name(to)}: {', '.join(names)}" for to, names in facts.items()]


def _name(state: OrderState) -> str:
    return state.value.replace(" ", "_")
