"""IB's objects made into our events: pure translation, no state."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from ib_async.contract import Contract as IbContract
from ib_async.contract import ContractDescription
from ib_async.objects import BarData
from ib_async.objects import CommissionReport as IbCommission
from ib_async.objects import Execution as IbExecution
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState

from core.domain.contract import Contract
from core.domain.events import CommissionReported, OrderReported, OrderStatusReported
from core.domain.execution import Execution
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.quote import Bar
from core.tws.contracts import contract_from
from core.tws.numbers import exact, given, label, number, quantity, size, whole, words

log = logging.getLogger(__name__)

_TYPES = {known.value: known for known in OrderType}
_TIFS = {known.value: known for known in Tif}
_SIDES = {"BUY": Side.BUY, "BOT": Side.BUY, "SELL": Side.SELL, "SLD": Side.SELL, "SSHORT": Side.SELL}


def order_reported(ib: IbContract, order: IbOrder, state: IbOrderState) -> OrderReported:
    """openOrder: the order's terms as IB holds them now."""
    return OrderReported(
        order_id=order.orderId,
        perm_id=whole(order.permId),
        client_id=order.clientId,
        order_ref=label(order.orderRef),
        spec=spec_from(ib, order),
        status=words(state.status, 40),
        terms=_foreign_terms(order),
    )


def completed_reported(ib: IbContract, order: IbOrder, state: IbOrderState) -> OrderReported:
    """completedOrder: it names neither client nor order id, so only the reference and permId identify it."""
    return OrderReported(
        order_id=whole(order.orderId) or 0,
        perm_id=whole(order.permId),
        client_id=order.clientId,
        order_ref=label(order.orderRef),
        spec=spec_from(ib, order),
        status=words(state.status, 40),
        filled=exact(order.filledQuantity),
        completed=True,
        completed_words=words(state.completedStatus, 300),
        terms=_foreign_terms(order),
    )


def spec_from(ib: IbContract, order: IbOrder) -> OrderSpec:
    """The order's terms in our words; types and times in force that we do not offer come as the nearest."""
    limit, stop = given(order.lmtPrice), given(order.auxPrice)
    order_type = _order_type(order.orderType, limit, stop)
    needs_limit = order_type in (OrderType.LMT, OrderType.STP_LMT)
    needs_stop = order_type in (OrderType.STP, OrderType.STP_LMT)
    return OrderSpec(
        contract=contract_from(ib),
        side=_SIDES[order.action],
        quantity=quantity(order.totalQuantity),
        order_type=order_type,
        limit_price=exact(order.lmtPrice) if needs_limit else None,
        stop_price=exact(order.auxPrice) if needs_stop else None,
        tif=_TIFS.get(order.tif, Tif.DAY),
        outside_rth=order.outsideRth,
        account=order.account,
    )


def _order_type(code: str, limit: Decimal | None, stop: Decimal | None) -> OrderType:
    # Orders placed in TWS or by other programs may be of any type: what matters is that they are seen.
    if code in _TYPES:
        return _TYPES[code]
    if limit is not None:
        return OrderType.STP_LMT if stop is not None else OrderType.LMT
    return OrderType.STP if stop is not None else OrderType.MKT


def _foreign_terms(order: IbOrder) -> str:
    known = order.orderType in _TYPES and order.tif in _TIFS
    return "" if known else words(f"{order.orderType} {order.tif}", 40)


def status_reported(
    order_id: int,
    status: str,
    filled: float,
    remaining: float,
    avg_fill_price: float,
    perm_id: int,
    client_id: int,
    why_held: str,
) -> OrderStatusReported:
    return OrderStatusReported(
        order_id=order_id,
        perm_id=whole(perm_id),
        client_id=client_id,
        status=words(status, 40),
        filled=quantity(filled),
        remaining=quantity(remaining),
        avg_fill_price=exact(avg_fill_price) if filled else None,
        why_held=words(why_held, 80),
    )


def execution_from(ib: IbContract, told: IbExecution) -> Execution:
    return Execution(
        exec_id=told.execId,
        account=told.acctNumber,
        contract=contract_from(ib, venue=True),
        side=_SIDES[told.side],
        quantity=quantity(told.shares),
        price=quantity(told.price),
        at=told.time,
        order_id=whole(told.orderId) or 0,
        perm_id=whole(told.permId),
        client_id=told.clientId,
        order_ref=label(told.orderRef),
        exchange=words(told.exchange, 20),
        liquidation=bool(told.liquidation),
    )


def commission_reported(told: IbCommission) -> CommissionReported:
    return CommissionReported(
        exec_id=told.execId,
        commission=quantity(told.commission),
        currency=told.currency,
        realised_pnl=exact(told.realizedPNL),
    )


def bar_from(told: BarData) -> Bar:
    """A bar; times come as epoch seconds, or as YYYYMMDD for a day and longer."""
    return Bar(
        start=moment(str(told.date)),
        open=told.open,
        high=told.high,
        low=told.low,
        close=told.close,
        volume=size(told.volume),
        wap=_average(told.average),
        trades=told.barCount if told.barCount >= 0 else None,
    )


def _average(value: float) -> float | None:
    # Price-only series carry -1 or 0 here.
    return None if value in (0.0, -1.0) else number(value)


def moment(text: str) -> datetime:
    """When a bar began, aware UTC. Raises ValueError for what is no time."""
    if len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return stamp(text)


def stamp(text: str) -> datetime:
    """When something was executed: "20261122 10:00:00 US/Eastern", or "20261122-15:00:00", UTC by definition."""
    day, clock, *zone = text.replace("-", " ", 1).split(maxsplit=2)
    there = datetime.strptime(f"{day} {clock}", "%Y%m%d %H:%M:%S").replace(tzinfo=_zone(*zone))
    return there.astimezone(UTC)


def _zone(name: str = "") -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        log.warning("unknown time zone %r: taken for UTC", name)
        return UTC


def found_contract(found: ContractDescription) -> tuple[Contract, str] | None:
    """A search result with its long name; `None` for security types that the desk does not know."""
    ib = found.contract
    if ib is None:
        return None
    try:
        return contract_from(ib), words(ib.description, 120)
    except LookupError:
        return None
