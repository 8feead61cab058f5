"""IB's objects made into our events: pure translation, no state."""

from __future__ import annotations

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
from core.domain.quote import Bar
from core.tws.contracts import contract_from
from core.tws.numbers import exact, label, number, quantity, size, whole, words
from core.tws.orders import SIDES, foreign_terms, spec_from
from core.tws.times import moment


def order_reported(ib: IbContract, order: IbOrder, state: IbOrderState) -> OrderReported:
    """openOrder: the order's terms as IB holds them now."""
    return OrderReported(
        order_id=order.orderId,
        perm_id=whole(order.permId),
        client_id=order.clientId,
        order_ref=label(order.orderRef),
        spec=spec_from(ib, order),
        status=words(state.status, 40),
        terms=foreign_terms(order),
    )


def completed_reported(ib: IbContract, order: IbOrder, state: IbOrderState) -> OrderReported:
    """completedOrder: it names neither client nor order id, so only the reference and permId identify it.

    TWS tells a total quantity of 0 here: it is not known then.
    """
    return OrderReported(
        order_id=whole(order.orderId) or 0,
        perm_id=whole(order.permId),
        client_id=None,
        order_ref=label(order.orderRef),
        spec=spec_from(ib, order),
        status=words(state.status, 40),
        filled=exact(order.filledQuantity),
        completed=True,
        completed_words=words(state.completedStatus, 300),
        terms=foreign_terms(order),
    )


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
        exec_id=label(told.execId),
        account=label(told.acctNumber, 40),
        contract=contract_from(ib, venue=True),
        side=SIDES[told.side],
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
        exec_id=label(told.execId),
        commission=quantity(told.commission),
        currency=label(told.currency, 10),
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


def found_contract(found: ContractDescription) -> tuple[Contract, str] | None:
    """A search result with its long name; `None` for security types that the desk does not know."""
    ib = found.contract
    if ib is None:
        return None
    try:
        return contract_from(ib), words(ib.description, 120)
    except LookupError:
        return None
