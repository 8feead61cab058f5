"""Orders onto the wire: the one module that may place and cancel, and it places only what the gate approved."""

from __future__ import annotations

from core.domain.order import OrderSpec
from core.domain.preview import plain_order
from core.domain.requests import CancelOrder, PlaceOrder, PreviewOrder
from core.tws.contracts import contract_to
from core.tws.orders import order_to
from core.tws.wire import Wire

_AT_ONCE = ""
"""manualCancelOrderTime of a cancel that no regulator asks the time of."""


class NotPlaceable(Exception):
    """Our own adapter refuses: nothing was written."""


def place(wire: Wire, request: PlaceOrder, accounts: tuple[str, ...]) -> None:
    """Write the order, or its modification, to an open socket. Raises `NotPlaceable` with words."""
    spec = request.approved.spec
    order = order_to(spec, request.order_ref, _account(spec, accounts))
    if not wire.client.is_open:
        raise NotPlaceable("The connection is closed.")
    wire.client.placeOrder(request.order_id, contract_to(spec.contract), order)


def preview(wire: Wire, request: PreviewOrder, accounts: tuple[str, ...]) -> None:
    """Ask what the order would do. It is a what-if whatever the specification says: nothing is ever placed here."""
    order = order_to(plain_order(request.spec), "", _account(request.spec, accounts))
    if not wire.client.is_open:
        raise NotPlaceable("The connection is closed.")
    # 413: a what-if is always transmitted.
    order.transmit = True
    order.whatIf = True
    wire.client.placeOrder(request.order_id, contract_to(request.spec.contract), order)


def cancel(wire: Wire, request: CancelOrder) -> None:
    wire.client.cancelOrder(request.order_id, _AT_ONCE)


def cancel_everywhere(wire: Wire) -> None:
    """Not this desk's orders alone: every order of the login."""
    wire.client.reqGlobalCancel()


def _account(spec: OrderSpec, accounts: tuple[str, ...]) -> str:
    # 435: with several accounts, an order without one is refused; with one, it is meant.
    account = spec.account or (accounts[0] if len(accounts) == 1 else "")
    if account not in accounts:
        raise NotPlaceable("The order names no account of this connection.")
    return account
