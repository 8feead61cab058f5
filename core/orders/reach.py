"""From which connection an order can be seen, and from which it can be changed: IB's numbers hold for one alone."""

from __future__ import annotations

from typing import NamedTuple

from core.domain.order import Order


class Here(NamedTuple):
    """The connection there is, or the last one there was."""

    client_id: int | None = None
    gateway: str = ""
    accounts: tuple[str, ...] = ()
    """All that the login may trade; none: it has not said."""


def why_not_listed(order: Order, here: Here) -> str:
    """Why this gateway's lists say nothing about the order, in words; "" when they do."""
    if order.gateway and here.gateway and order.gateway != here.gateway:
        return f"It was placed at {_place(order.gateway)}: only a connection to that gateway tells of it."
    account = order.spec.account
    if account and here.accounts and account not in here.accounts:
        return f"It is of account {account}, which is not of this login: only a connection to that one tells of it."
    return ""


def why_not_changed(order: Order, here: Here, doing: str) -> str:
    """Why an order cannot be `doing` ("cancelled", "modified") from here; "" when it can."""
    verb = {"cancelled": "cancel", "modified": "modify"}[doing]
    if not order.own and order.client_id:
        return (
            f"Another client placed this order (client {order.client_id}); "
            f"only that client or TWS can {verb} it."
        )
    if not order.own:
        return f"Another client or a hand in TWS placed this order; {verb} it there."
    if words := why_not_listed(order, here):
        return words
    if here.client_id is not None and order.client_id != here.client_id:
        return (
            f"It was placed as client {order.client_id}, and this connection is client {here.client_id}: "
            f"connect as client {order.client_id} to {verb} it, or {verb} it in TWS."
        )
    return ""


def _place(gateway: str) -> str:
    return "IB" if gateway == "IB" else f"the {gateway}"
