"""What cannot wait to be seen: orders worked twice, in doubt, unconfirmed, or working while the link is down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.domain.link import Socket
from core.domain.order import Leg, Order, OrderState, Settlement
from core.portfolio.cover import protects
from gui.widgets.order_words import doubt_words, is_in_doubt, named, order_sentence

if TYPE_CHECKING:
    from core.desk import Desk

CANCEL = "cancel"
_NEVER = "IBDesk asks IB, and never sends it again by itself."


class Choice(NamedTuple):
    """A button: what it says, and what it does ("cancel", or how the trader says that it ended)."""

    text: str
    act: str
    kind: str = ""


class Pressing(NamedTuple):
    """Words, their tone, the order the buttons are about, the buttons, and all that is known."""

    words: str
    tone: str
    order_ref: str = ""
    choices: tuple[Choice, ...] = ()
    known: str = ""
    """Too much for the strip: its tooltip, and what the question before settling begins with."""


_SETTLED = {
    Settlement.NOT_PLACED: ("Not in TWS…", "is not in TWS, neither working nor done"),
    Settlement.CANCELLED: ("Cancelled in TWS…", "is cancelled in TWS"),
}


def pressing(desk: Desk, chosen: Sequence[Order]) -> Pressing | None:
    """The most pressing thing there is; of several orders alike, the `chosen` one first."""
    live = desk.live_orders()
    odd = [one for one in live if one.state is OrderState.CONFLICT or is_in_doubt(one)]
    for state in (OrderState.CONFLICT, OrderState.IN_DOUBT, None) if odd else ():
        found = [one for one in odd if state in (None, one.state)]
        if found:
            picked = [one for one in found if one in chosen] or found[-1:]
            return _about(desk, picked[0], found)
    if live and desk.link.socket not in (Socket.UP, Socket.STALE, Socket.SYNCING):
        return Pressing(unseen_words(desk, live), "warning")
    return None


def settle_question(order: Order, settlement: Settlement, known: str = "") -> str:
    """What is known, and what the trader has to have seen before they say so."""
    return (
        f"{known} You have looked in TWS, and {order_sentence(order.spec, None)} {_SETTLED[settlement][1]}? "
        "IBDesk then stops asking. A fill that comes late still counts."
    ).strip()


def unseen_words(desk: Desk, live: Sequence[Order]) -> str:
    """Which orders work on while nobody here can see them, and which of them guard a position."""
    verb = "keeps" if len(live) == 1 else "keep"
    count = "1 order" if len(live) == 1 else f"{len(live)} orders"
    guards = [one for one in live if any(protects(one, held) for held in desk.positions())]
    guarding = ""
    if guards:
        verb_of_guards = "protects" if len(guards) == 1 else "protect"
        guarding = f" {len(guards)} of them {verb_of_guards} a position: {named(guards)}."
    return f"No link: {count} {verb} working at IBKR. {named(live)}.{guarding}"


def _about(desk: Desk, order: Order, alike: Sequence[Order]) -> Pressing:
    more = f" Select one of the {len(alike) - 1} others to see what is known of it." if len(alike) > 1 else ""
    stop = (
        ()
        if order.cancel.value == "requested" or desk.why_not_cancel(order.order_ref)
        else (Choice("Cancel it", CANCEL, "danger"),)
    )
    doubt = desk.doubt(order.order_ref)
    say = "Look in TWS, and say here what you found." if doubt and doubt.choices else ""
    settle = tuple(Choice(_SETTLED[one][0], one.value) for one in doubt.choices) if doubt else ()
    if order.state is OrderState.CONFLICT:
        legs = ", ".join(_leg_words(leg, order) for leg in order.legs)
        both = tuple(Choice("Cancel both", CANCEL, "danger") for _ in stop)
        words = (
            f"Conflict: {order_sentence(order.spec, None)}. IB works it under several permanent ids: {legs}. "
            f"Each may fill. A cancel goes out to all of them. {say}".rstrip()
            + more
        )
        known = " ".join(doubt.known) if doubt else ""
        return Pressing(words, "danger", order.order_ref, both + settle, known)
    if doubt is None:
        return Pressing(doubt_words([order]) + more, "warning", order.order_ref, stop)
    known = f"{' '.join(doubt.known)} {doubt.asking}"
    can = "Cancelling is safe. " if stop else ""
    words = f"In doubt: {order_sentence(order.spec, None)}. {order.reason} {_NEVER} {can}{say or doubt.why_not}{more}"
    return Pressing(words, "warning", order.order_ref, stop + settle, known)


def _leg_words(leg: Leg, order: Order) -> str:
    """Its permanent id and what has become of it; its terms where they are not the order's."""
    terms = "" if leg.spec is None else order_sentence(leg.spec, None)
    other = f" ({terms})" if terms not in ("", order_sentence(order.spec, None)) else ""
    return f"{leg.perm_id} {leg.state}{other}"
