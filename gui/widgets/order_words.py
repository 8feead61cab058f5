"""Orders in words: what state one is in, whose it is, and why something cannot be done to it."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.contract import ContractDetails
from core.domain.link import LinkView, Socket
from core.domain.order import Order, OrderSpec, OrderState, Overlay
from gui import format as fmt

_WORDS = {
    OrderState.DENIED: "Denied",
    OrderState.INTENT: "Pending send",
    OrderState.SENT: "Sent",
    OrderState.ACCEPTED: "Accepted",
    OrderState.HELD: "Held at IB",
    OrderState.WORKING: "Working",
    OrderState.INACTIVE: "Inactive",
    OrderState.IN_DOUBT: "In doubt",
    OrderState.CONFLICT: "Conflict: worked twice",
    OrderState.FILLED: "Filled",
    OrderState.CANCELLED: "Cancelled",
    OrderState.REJECTED: "Rejected",
    OrderState.NOT_PLACED: "Not placed",
}

_MEANINGS = {
    OrderState.DENIED: "IBDesk's own checks refused it. Nothing was sent.",
    OrderState.INTENT: "Written to the journal, waiting for its turn to be sent.",
    OrderState.SENT: "Sent. IB has not answered yet.",
    OrderState.ACCEPTED: "IB has it, the exchange not yet.",
    OrderState.HELD: "IB holds it until its time or its stop price comes.",
    OrderState.WORKING: "At the exchange.",
    OrderState.INACTIVE: "IB holds it inactive: it does not execute as things are.",
    OrderState.IN_DOUBT: "It was sent and nobody has said what became of it. IBDesk is asking IB, and never "
    "sends it again by itself. Cancelling it is safe.",
    OrderState.CONFLICT: "IB works it twice, under two permanent ids: both may fill. A cancel goes out to both.",
    OrderState.FILLED: "Done.",
    OrderState.CANCELLED: "It no longer works.",
    OrderState.REJECTED: "IB refused it.",
    OrderState.NOT_PLACED: "It is proven that IB never got it.",
}

_TONES = {
    OrderState.DENIED: "danger",
    OrderState.INTENT: "text_dim",
    OrderState.SENT: "text_dim",
    OrderState.ACCEPTED: "accent",
    OrderState.HELD: "accent",
    OrderState.WORKING: "accent",
    OrderState.INACTIVE: "warning",
    OrderState.IN_DOUBT: "warning",
    OrderState.CONFLICT: "danger",
    OrderState.FILLED: "ok",
    OrderState.CANCELLED: "text_dim",
    OrderState.REJECTED: "danger",
    OrderState.NOT_PLACED: "danger",
}

_NO_CHANGE = {
    OrderState.INTENT: "it has not been sent yet",
    OrderState.SENT: "IB has not acknowledged it yet",
    OrderState.INACTIVE: "IB takes no change of an inactive order: cancel and replace it",
    OrderState.IN_DOUBT: "the order is in doubt: only a cancel is safe",
    OrderState.CONFLICT: "IB works it twice: cancel it, then place a new one",
}


def state_words(order: Order) -> str:
    """The state as the blotter shows it; a request on its way or in doubt comes first."""
    if order.is_live and (request := _request_words(order)):
        return request
    words = _WORDS[order.state]
    if order.filled > 0 and order.state is not OrderState.FILLED:
        parts = _filled_of(order)
        words = f"Part filled {parts}" if order.state in _SHOWN_AS_PART else f"{words} {parts}"
    return f"{words} (unconfirmed)" if order.stale and order.is_live else words


def state_meaning(order: Order) -> str:
    """The state in a sentence, with the reason where there is one."""
    stale = "The link was lost since this was confirmed: it may have changed." if order.stale else ""
    return "\n".join(part for part in (_MEANINGS[order.state], _reason(order), stale) if part)


def state_tone(order: Order) -> str:
    """The theme's colour for the state."""
    if is_in_doubt(order) or (order.stale and order.is_live):
        return "warning"
    return _TONES[order.state]


def is_in_doubt(order: Order) -> bool:
    """Something was sent about it and nobody has said what became of that."""
    asked = Overlay.IN_DOUBT in (order.cancel, order.modify)
    return order.state is OrderState.IN_DOUBT or (asked and order.is_live)


def doubt_words(orders: Sequence[Order]) -> str:
    """What is known of orders in doubt, what is being asked, and what the trader can do."""
    unknown = [order for order in orders if order.state is OrderState.IN_DOUBT]
    if unknown:
        return (
            f"In doubt: {named(unknown)}. Sent, and nobody has said what became of it. IBDesk is asking IB and never "
            "sends it again by itself. Cancelling is safe; look in TWS before you place it anew."
        )
    return (
        f"Unconfirmed: {named(orders)}. IB has not answered the change or cancel, so the order may still trade on "
        "its old terms. IBDesk is asking IB; cancelling once more is safe."
    )


def order_sentence(spec: OrderSpec, details: ContractDetails | None) -> str:
    """BUY 100 AAPL LMT 150.20 DAY: as `spec.sentence()`, with the digits the contract trades in."""
    prices = [fmt.price(price, details) for price in (spec.stop_price, spec.limit_price) if price is not None]
    size = [fmt.quantity(spec.quantity)] if spec.quantity else []
    words = [spec.side, *size, spec.contract.label, spec.order_type]
    outside = ["outside RTH"] if spec.outside_rth else []
    return " ".join([*words, *prices, spec.tif, *outside])


def named(orders: Sequence[Order]) -> str:
    """The first two orders as sentences, and how many more."""
    more = f" and {len(orders) - 2} more" if len(orders) > 2 else ""
    return "; ".join(order_sentence(order.spec, None) for order in orders[:2]) + more


def owner_words(order: Order) -> str:
    if order.own:
        return "This desk"
    if order.client_id is None:
        return "Not told"
    return f"Client {order.client_id}" if order.client_id else "TWS"


def reason_words(order: Order) -> str:
    """Why it was denied, rejected, cancelled or is held; what is odd about it, and what others changed, come first."""
    external = f"Changed at IB: {order.external}." if order.external else ""
    return " ".join(part for part in (order.alarm, external, _reason(order) if order.reason else "") if part)


def _reason(order: Order) -> str:
    """With IB's code behind it, once: some reasons name it themselves."""
    code = "" if order.code is None else f"(IB {order.code})"
    return order.reason if code and code in order.reason else f"{order.reason} {code}".strip()


def why_not_cancel(order: Order, link: LinkView) -> str:
    """Why this order cannot be cancelled now, "" when it can."""
    if order.state.is_final:
        return f"it is {_WORDS[order.state].lower()}"
    if not order.own:
        return _foreign(order)
    if order.cancel is Overlay.REQUESTED:
        return "a cancel is already on its way"
    return _elsewhere(order, link) if link.socket in (Socket.UP, Socket.STALE) else "not connected"


def why_not_modify(order: Order, link: LinkView) -> str:
    """Why this order cannot be changed now, "" when it can."""
    if order.state.is_final:
        return f"it is {_WORDS[order.state].lower()}"
    if not order.own:
        return _foreign(order)
    if order.cancel is not Overlay.NONE:
        return "a cancel is already on its way"
    if order.modify is not Overlay.NONE:
        return "another change is on its way"
    return _NO_CHANGE.get(order.state, "") or (_elsewhere(order, link) if link.is_ready else "not connected")


def _elsewhere(order: Order, link: LinkView) -> str:
    """Order ids are each client's own, and a login reaches its own accounts only."""
    if order.client_id != link.client_id:
        return f"placed as client {order.client_id}: connect as that client, or use TWS"
    account = order.spec.account
    if account and link.accounts and account not in link.accounts:
        return f"of account {account}: connect to the login that has it"
    return ""


_SHOWN_AS_PART = frozenset({OrderState.WORKING, OrderState.HELD, OrderState.ACCEPTED, OrderState.SENT})


def _request_words(order: Order) -> str:
    filled = f" {_filled_of(order)}" if order.filled > 0 else ""
    if order.cancel is Overlay.REQUESTED:
        return f"Cancel requested{filled}"
    if order.cancel is Overlay.IN_DOUBT:
        return f"Cancel in doubt{filled}"
    if order.modify is Overlay.REQUESTED:
        return f"Change requested{filled}"
    return f"Change in doubt{filled}" if order.modify is Overlay.IN_DOUBT else ""


def _foreign(order: Order) -> str:
    place = f"client {order.client_id}" if order.client_id else "TWS"
    place = "another program or in TWS" if order.client_id is None else place
    return f"placed by {place}: change or cancel it there"


def _filled_of(order: Order) -> str:
    return f"{_plain(order.filled)}/{_plain(order.spec.quantity) if order.spec.quantity else fmt.DASH}"


def _plain(quantity: object) -> str:
    return f"{quantity:,f}".rstrip("0").rstrip(".") if "." in f"{quantity:f}" else f"{quantity:,f}"
