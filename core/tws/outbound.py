"""Orders onto the wire: the one module that may call `placeOrder` and `cancelOrder`, and only with what the gate approved."""

from __future__ import annotations

from ib_async.order import Order as IbOrder

from core.domain.order import OrderSpec
from core.domain.requests import CancelOrder, PlaceOrder
from core.tws.contracts import contract_to
from core.tws.numbers import plain
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


def cancel(wire: Wire, request: CancelOrder) -> None:
    wire.client.cancelOrder(request.order_id, _AT_ONCE)


def _account(spec: OrderSpec, accounts: tuple[str, ...]) -> str:
    # 435: with several accounts, an order without one is refused; with one, it is meant.
    account = spec.account or (accounts[0] if len(accounts) == 1 else "")
    if account not in accounts:
        raise NotPlaceable("The order names no account of this connection.")
    return account


def order_to(spec: OrderSpec, order_ref: str, account: str) -> IbOrder:
    """IB's order: every field the specification decides is written, time in force and account included."""
    order = IbOrder(
        action=spec.side.value,
        orderType=spec.order_type.value,
        tif=spec.tif.value,
        outsideRth=spec.outside_rth,
        account=account,
        orderRef=order_ref,
        transmit=True,
    )
    # Text, so that no digit changes and no exponent appears: the encoder writes it as it is.
    order.totalQuantity = plain(spec.quantity)  # type: ignore[assignment]
    if spec.limit_price is not None:
        order.lmtPrice = plain(spec.limit_price)  # type: ignore[assignment]
    if spec.stop_price is not None:
        order.auxPrice = plain(spec.stop_price)  # type: ignore[assignment]
    return order
