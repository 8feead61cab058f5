"""What happens to the gateway itself: the deed of each event of the fault table."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from core.simulator.faults import RESTORED_DATA_KEPT, RESTORED_DATA_LOST
from core.simulator.faults.events import LOST
from core.simulator.model import Contract, Market, Notice, Order, Refused
from core.simulator.peer import BY_HAND, Cadence, Peer

NO_DATA_WHILE_COMPETING: Final = "No market data during competing live session"
_TWS_CADENCE: Final = Cadence(account_s=180.0, summary_s=180.0)


class Gateway(Protocol):
    """What a deed may do; implemented by `hub.Hub`."""

    market: Market
    cadence: Cadence
    farm_down: bool
    competing: bool

    def peers(self) -> list[Peer]: ...
    def broadcast(self, code: int, text: str = "") -> None: ...
    def cut_off(self) -> None: ...
    def until(self, lasts_s: float, over: Callable[[], None]) -> None: ...
    def perform(self, notices: list[Notice]) -> None: ...
    def kill(self) -> None: ...


Deed = Callable[[Gateway, float], None]


def _outage(lost: int, restored: int) -> Deed:
    def deed(gateway: Gateway, lasts_s: float) -> None:
        gateway.cut_off()
        gateway.broadcast(lost)
        gateway.until(lasts_s, lambda: gateway.broadcast(restored))

    return deed


def _market_data_farm(gateway: Gateway, lasts_s: float) -> None:
    gateway.farm_down = True
    gateway.broadcast(2103)

    def restored() -> None:
        gateway.farm_down = False
        gateway.broadcast(2104)

    gateway.until(lasts_s, restored)


def _history_farm(gateway: Gateway, lasts_s: float) -> None:
    gateway.broadcast(2105)
    for peer in gateway.peers():
        for req_id in peer.subscriptions.ids("history"):
            peer.subscriptions.cancel(("history", req_id))
            peer.error(req_id, 10182, "Failed to request live updates (disconnected).")
    gateway.until(lasts_s, lambda: gateway.broadcast(2106))


def _competing_session(gateway: Gateway, lasts_s: float) -> None:
    gateway.competing = True
    for peer in gateway.peers():
        for req_id in peer.subscriptions.ids("line"):
            peer.subscriptions.cancel(("line", req_id))
            peer.error(req_id, 10197, NO_DATA_WHILE_COMPETING)

    def over() -> None:
        gateway.competing = False

    gateway.until(lasts_s, over)


def _depth_reset(gateway: Gateway, _amount: float) -> None:
    text = (
        "Market depth data has been RESET. Please empty deep book contents before applying any new entries."
    )
    for peer in gateway.peers():
        for req_id in peer.subscriptions.ids("depth"):
            peer.error(req_id, 317, text)
            peer.books[req_id]()


def _port_changed(gateway: Gateway, port: float) -> None:
    gateway.broadcast(
        1300, f"TWS socket port has been reset and this connection is being dropped. {int(port)}"
    )
    gateway.kill()


def _three_minute_account(gateway: Gateway, _amount: float) -> None:
    before, gateway.cadence = gateway.cadence, _TWS_CADENCE

    def over() -> None:
        gateway.cadence = before

    gateway.until(math.inf, over)


def _unsolicited_completed(gateway: Gateway, _amount: float) -> None:
    for peer in gateway.peers():
        peer.tell_completed()


def _tws_cancels(gateway: Gateway, _amount: float) -> None:
    gateway.perform(gateway.market.cancel_all())


def _tws_order(gateway: Gateway, _amount: float) -> None:
    listing = gateway.market.matching("A")[0]
    gateway.perform(gateway.market.place(by_hand(gateway.market, listing.contract)))


def _tws_changes(gateway: Gateway, _amount: float) -> None:
    for order in gateway.market.open_orders():
        changed = _changed_by_hand(order, gateway.market.now_s)
        notices = gateway.market.place(changed) if changed is not None and order.transmit else []
        # A refusal TWS tells him who asked for the change; the order's client hears nothing.
        gateway.perform([one for one in notices if not isinstance(one, Refused)])


def _changed_by_hand(order: Order, now_s: float) -> Order | None:
    """The order with the first of the terms that it has changed; `None` for one that has none of them."""
    terms = order.attributes
    percent = terms.get("trailingPercent")
    if order.order_type == "TRAIL" and not percent and order.aux_price:
        return order.with_(aux_price=2 * order.aux_price)
    if order.order_type == "TRAIL" and percent:
        new: dict[str, object] = {"trailingPercent": 2 * float(str(percent))}
    elif order.tif == "GTD":  # of any other order TWS refuses to make one
        till = datetime.fromtimestamp(now_s, UTC) + timedelta(days=1)
        new = {"goodTillDate": f"{till:%Y%m%d-%H:%M:%S}"}
    elif order.order_type == "LMT" and order.contract.sec_type == "STK" and order.quantity > 1:
        new = {"displaySize": 1}
    else:
        return None
    return order.with_(attributes=terms | new)


def by_hand(market: Market, contract: Contract, quantity: float = 1.0) -> Order:
    """An order for the trader's next ticket in TWS: a share at half its price, good for today."""
    bid = market.quote(contract.con_id).bid or 2.0
    order_id = market.next_valid_id(BY_HAND)
    return Order(BY_HAND, order_id, contract, "BUY", quantity, "LMT", round(bid / 2, 2), None).with_(
        account=market.accounts[0]
    )


def _kill(gateway: Gateway, _amount: float) -> None:
    gateway.kill()


DEEDS: Final[dict[str, Deed]] = {
    "outage-data-lost": _outage(LOST, RESTORED_DATA_LOST),
    "outage-data-kept": _outage(LOST, RESTORED_DATA_KEPT),
    "server-broken": _outage(2110, RESTORED_DATA_KEPT),
    "market-data-farm": _market_data_farm,
    "history-farm": _history_farm,
    "competing-session": _competing_session,
    "depth-reset": _depth_reset,
    "port-changed": _port_changed,
    "three-minute-account": _three_minute_account,
    "unsolicited-completed": _unsolicited_completed,
    "tws-cancels": _tws_cancels,
    "tws-order": _tws_order,
    "tws-changes": _tws_changes,
    "kill": _kill,
}
