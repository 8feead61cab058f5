"""Orders and executions: what clients send, what they hear of what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.simulator.model import (
    Contract,
    Executed,
    Execution,
    Order,
    OrderChanged,
    Refused,
    WhatIfAnswered,
)
from core.simulator.peer import Answer, Peer, resolve
from core.simulator.wire import messages
from core.simulator.wire.open_order import completed_order, open_order
from core.simulator.wire.place_order import order_of
from core.simulator.wire.requests import Asked
from core.simulator.wire.times import GATEWAY_ZONE, parse_stamp, stamp

_SIDES = {
    "BUY": "BOT",
    "BOT": "BOT",
    "BOUGHT": "BOT",
    "SELL": "SLD",
    "SLD": "SLD",
    "SOLD": "SLD",
    "SSHORT": "SLD",
}

# --- Requests -----------------------------------------------------------------------------------


def place(peer: Peer, asked: Asked) -> None:
    order = order_of(asked, peer.client_id)
    if order.contract.sec_type == "BAG":
        peer.error(order.order_id, 201, "Order rejected - reason:Combination orders are not available.")
        return
    listing = resolve(peer, order.order_id, order.contract, "Missing order exchange")
    if listing is None:
        return
    account = peer.account_named(order.account)
    if account is None:
        peer.error(
            order.order_id,
            321,
            "Error validating request.-'bN' : cause - The account code is required for this operation.",
        )
        return
    contract = _routed(listing.contract, order.contract.exchange, listing.valid_exchanges)
    peer.gateway.perform(peer.market.place(order.with_(contract=contract, account=account)))


def _routed(contract: Contract, exchange: str, valid: str) -> Contract:
    return replace(contract, exchange=exchange) if exchange in valid.split(",") else contract


def cancel(peer: Peer, asked: Asked) -> None:
    peer.gateway.perform(peer.market.cancel(peer.client_id, asked.whole("orderId")))


def cancel_all(peer: Peer, asked: Asked) -> None:
    peer.gateway.perform(peer.market.cancel_all())


def own_open_orders(peer: Peer, asked: Asked) -> None:
    _show_open(peer, [o for o in peer.market.open_orders() if o.client_id == peer.client_id])


def all_open_orders(peer: Peer, asked: Asked) -> None:
    _show_open(peer, peer.market.open_orders())


def _show_open(peer: Peer, orders: list[Order]) -> None:
    for order in orders:
        peer.send(open_order(peer.version, order), messages.order_status(order))
    peer.send(messages.open_orders_end())


def auto_open_orders(peer: Peer, asked: Asked) -> None:
    if peer.client_id != 0:
        peer.error(
            -1,
            321,
            "Error validating request.-'bO' : cause - Only the default client (i.e 0) can auto bind orders.",
        )
        return
    peer.auto_open_orders = asked.flag("autoBind")


def completed_orders(peer: Peer, asked: Asked) -> None:
    for order in peer.market.completed_orders():
        at = stamp(order.completed_at, GATEWAY_ZONE) if order.completed_at else ""
        peer.send(completed_order(peer.version, order, at))
    peer.send(messages.completed_orders_end())


def next_ids(peer: Peer, asked: Asked) -> None:
    peer.send(messages.next_valid_id(peer.market.next_valid_id(peer.client_id)))


def executions(peer: Peer, asked: Asked) -> None:
    try:
        since = parse_stamp(asked.text("time"), GATEWAY_ZONE)
    except ValueError:
        peer.error(
            asked.req_id,
            321,
            "Error validating request.-'bR' : cause - Invalid time format in execution filter.",
        )
        return
    for execution in peer.market.executions():
        if _passes(execution, asked, since):
            peer.send(_details(peer, asked.req_id, execution), messages.commission_report(execution))
    peer.send(messages.executions_end(asked.req_id))


def _passes(execution: Execution, asked: Asked, since: datetime | None) -> bool:
    order, contract = execution.order, execution.order.contract
    side = asked.text("side").upper()
    wanted = (
        (asked.text("account"), order.account),
        (asked.text("symbol").upper(), contract.symbol),
        (asked.text("secType").upper(), contract.sec_type),
        (asked.text("exchange").upper(), execution.exchange),
        (_SIDES.get(side, side), execution.side),
        # Client 0 filters nothing.
        (asked.whole("clientId") or "", order.client_id),
    )
    return all(not want or want == have for want, have in wanted) and (since is None or execution.at >= since)


# --- Notices ------------------------------------------------------------------------------------


def order_changed(peer: Peer, notice: OrderChanged) -> None:
    order = notice.order
    if order.client_id != peer.client_id:
        return
    # TWS often says the same thing again; a client must cope.
    for _ in range(1 + notice.duplicates):
        if notice.open_order:
            peer.send(open_order(peer.version, order))
        peer.send(messages.order_status(order))


def executed(peer: Peer, notice: Executed) -> None:
    if notice.execution.order.client_id == peer.client_id:
        peer.send(_details(peer, -1, notice.execution))


def commission_charged(peer: Peer, notice: Executed) -> None:
    """Told apart from `executed`: TWS sends it after the order's new status."""
    if notice.execution.order.client_id == peer.client_id:
        peer.send(messages.commission_report(notice.execution))


def _details(peer: Peer, req_id: int, execution: Execution) -> bytes:
    return messages.execution_details(peer.version, req_id, execution, stamp(execution.at, GATEWAY_ZONE))


def refused(peer: Peer, notice: Refused) -> None:
    if notice.client_id == peer.client_id:
        peer.error(notice.order_id, notice.code, notice.text, notice.advanced_json)


def what_if_answered(peer: Peer, notice: WhatIfAnswered) -> None:
    if notice.order.client_id == peer.client_id:
        peer.send(open_order(peer.version, notice.order, notice.preview))


ANSWERS: dict[int, Answer] = {
    3: place,
    4: cancel,
    5: own_open_orders,
    7: executions,
    8: next_ids,
    15: auto_open_orders,
    16: all_open_orders,
    58: cancel_all,
    99: completed_orders,
}
