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
from core.simulator.peer import BOUND_FROM, BY_HAND, Answer, Peer, resolve
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
    order = _amended_by_presets(peer, _of_whom(peer, order_of(asked, peer.client_id)))
    listing = None
    if order.contract.sec_type != "BAG":  # The market makes a combination of its legs.
        listing = resolve(peer, order.order_id, order.contract, "Missing order exchange")
        if listing is None:
            return
        if listing.contract.sec_type == "CONTFUT":
            text = "Error validating request.-'bN' : cause - A continuous future cannot be traded"
            peer.error(order.order_id, 321, text)
            return
    account = peer.account_named(order.account)
    if account is None:
        peer.error(
            order.order_id,
            321,
            "Error validating request.-'bN' : cause - The account code is required for this operation.",
        )
        return
    contract = order.contract
    if listing is not None:
        contract = _routed(listing.contract, contract.exchange, listing.valid_exchanges)
    order = order.with_(contract=contract, account=account)
    if _working(peer, order.client_id, order.order_id) is None or not _change_is_refused(peer, order):
        peer.gateway.perform(peer.market.place(order))


def _change_is_refused(peer: Peer, order: Order) -> bool:
    """The order works on as it was; TWS says so at once and then again, or only when it suits it."""
    faults = peer.gateway.faults
    at_once = faults.bite("change-refused")
    switch = at_once or faults.bite("change-refused-late")
    if switch is None:
        return False
    text = "Order rejected - reason:The change was not accepted."
    refusal = [Refused(order.client_id, order.order_id, 201, text)]
    if at_once:
        peer.gateway.perform(refusal)
    peer.gateway.later(switch.amount, lambda: peer.gateway.perform(refusal))
    return True


def _routed(contract: Contract, exchange: str, valid: str) -> Contract:
    return replace(contract, exchange=exchange) if exchange in valid.split(",") else contract


def _of_whom(peer: Peer, order: Order) -> Order:
    """The market's own name of an order: client 0 may change what was entered in TWS."""
    if _bound(order.order_id) in peer.bound:
        return order.with_(client_id=BY_HAND, order_id=_bound(order.order_id))
    return order


def _amended_by_presets(peer: Peer, order: Order) -> Order:
    faults = peer.gateway.faults
    if order.tif != "DAY" and faults.bite("tif-amended"):
        peer.error(order.order_id, 10349, "Order TIF was set to DAY based on order preset.")
        order = order.with_(tif="DAY")
    if order.quantity > 1 and faults.bite("size-amended"):
        half = float(order.quantity // 2)
        text = f"Order size was reduced from {order.quantity:g} to {half:g}"
        peer.error(order.order_id, 481, f"Order message:{text}")
        order = order.with_(quantity=half)
    return order


def cancel(peer: Peer, asked: Asked) -> None:
    order_id = asked.whole("orderId")
    owner = BY_HAND if _bound(order_id) in peer.bound else peer.client_id
    market_id = _bound(order_id) if owner == BY_HAND else order_id

    def really() -> None:
        peer.gateway.perform(peer.market.cancel(owner, market_id))

    working = _working(peer, owner, market_id)
    if working is not None and (late := peer.gateway.faults.bite("fill-after-cancel")):
        peer.send(messages.order_status(working.with_(status="Cancelled")))
        peer.error(order_id, 202, "Order Canceled - reason:")
        peer.gateway.later(late.amount, really)
    elif working is not None and working.limit_price and peer.gateway.faults.bite("cancel-fill-race"):
        peer.gateway.perform(peer.market.place(_crossing(peer, working)))
        peer.gateway.later(0.5, really)
    else:
        really()


def _working(peer: Peer, client_id: int, order_id: int) -> Order | None:
    found = (o for o in peer.market.open_orders() if (o.client_id, o.order_id) == (client_id, order_id))
    return next(found, None)


def _crossing(peer: Peer, order: Order) -> Order:
    """The order at a price at which it fills at once."""
    quote = peer.market.quote(order.contract.con_id)
    other = (quote.ask if order.action == "BUY" else quote.bid) or order.limit_price
    return order.with_(limit_price=other)


def cancel_all(peer: Peer, asked: Asked) -> None:
    peer.gateway.perform(peer.market.cancel_all())


def own_open_orders(peer: Peer, asked: Asked) -> None:
    working = peer.market.open_orders()
    if peer.client_id == 0:
        # Client 0 is bound to what was entered in TWS by asking for its orders.
        peer.bound.update(o.order_id for o in working if o.client_id == BY_HAND)
    _show_open(peer, [o for o in working if o.client_id == peer.client_id or _is_bound(peer, o)])


def all_open_orders(peer: Peer, asked: Asked) -> None:
    _show_open(peer, peer.market.open_orders())


def _show_open(peer: Peer, orders: list[Order]) -> None:
    for order in (_as_seen(peer, order) for order in orders):
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
    tell_completed(peer, api_only=asked.flag("apiOnly"))
    peer.send(messages.completed_orders_end())


def tell_completed(peer: Peer, *, api_only: bool = False) -> None:
    """The day's finished orders; `api_only` leaves out those entered in TWS."""
    for order in peer.market.completed_orders():
        if api_only and order.client_id == BY_HAND:
            continue
        at = stamp(order.completed_at, GATEWAY_ZONE) if order.completed_at else ""
        peer.send(completed_order(peer.version, order, at))


def next_ids(peer: Peer, asked: Asked) -> None:
    peer.send(messages.next_valid_id(peer.gateway.next_valid_id(peer.client_id)))


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
            peer.send(_details(peer, asked.req_id, execution))
            _tell_commission(peer, execution)
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
        (asked.whole("clientId") or "", max(order.client_id, 0)),
    )
    return all(not want or want == have for want, have in wanted) and (since is None or execution.at >= since)


# --- Who hears of what --------------------------------------------------------------------------


def _bound(order_id: int) -> int:
    """The market's id of an order entered in TWS from client 0's, and the other way round."""
    return -BOUND_FROM - order_id


def _is_bound(peer: Peer, order: Order) -> bool:
    return order.client_id == BY_HAND and order.order_id in peer.bound


def _hears(peer: Peer, order: Order) -> bool:
    """An order is told to its own client and to the master; one entered in TWS to client 0 once bound."""
    if order.client_id == BY_HAND and peer.auto_open_orders:
        peer.bound.add(order.order_id)
    mine = order.client_id == peer.client_id or _is_bound(peer, order)
    return mine or peer.client_id == peer.gateway.master_client_id


def _as_seen(peer: Peer, order: Order) -> Order:
    """An order entered in TWS has no client: its id is negative to who is bound to it, else 0."""
    if order.client_id != BY_HAND:
        return order
    return order.with_(client_id=0, order_id=_bound(order.order_id) if order.order_id in peer.bound else 0)


# --- Notices ------------------------------------------------------------------------------------


def order_changed(peer: Peer, notice: OrderChanged) -> None:
    if not _hears(peer, notice.order):
        return
    order = _as_seen(peer, notice.order)
    # TWS often says the same thing again; a client must cope.
    for _ in range(1 + notice.duplicates):
        if notice.open_order:
            peer.send(open_order(peer.version, order))
        peer.send(messages.order_status(order))


def executed(peer: Peer, notice: Executed) -> None:
    if _hears(peer, notice.execution.order):
        peer.send(_details(peer, -1, notice.execution))


def commission_charged(peer: Peer, notice: Executed) -> None:
    """Told apart from `executed`: TWS sends it after the order's new status."""
    if _hears(peer, notice.execution.order):
        _tell_commission(peer, notice.execution)


def _tell_commission(peer: Peer, execution: Execution) -> None:
    # A combination is charged by its legs: there is no report of the whole.
    if execution.order.contract.sec_type != "BAG":
        peer.send(messages.commission_report(execution))


def _details(peer: Peer, req_id: int, execution: Execution) -> bytes:
    seen = replace(execution, order=_as_seen(peer, execution.order))
    return messages.execution_details(peer.version, req_id, seen, stamp(execution.at, GATEWAY_ZONE))


def refused(peer: Peer, notice: Refused) -> None:
    if notice.client_id == BY_HAND and notice.order_id in peer.bound:
        peer.error(_bound(notice.order_id), notice.code, notice.text, notice.advanced_json)
    elif notice.client_id == peer.client_id:
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
