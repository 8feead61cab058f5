"""Order terms between IB's shape and ours, both ways: what goes out must come back the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ib_async import order as ib
from ib_async.contract import Contract as IbContract
from ib_async.contract import TagValue
from ib_async.order import Order as IbOrder

from core.domain.conditions import (
    Condition,
    ExecutionCondition,
    Join,
    MarginCondition,
    PercentCondition,
    PriceCondition,
    TimeCondition,
    TriggerMethod,
    VolumeCondition,
)
from core.domain.order import TRAILS, Algo, Oca, OcaKind, OrderSpec, OrderType, Side, Tif
from core.domain.order_types import ORDER_TYPES, Need, PriceField
from core.tws.contracts import contract_from
from core.tws.numbers import exact, given, label, number, plain, quantity, whole, words
from core.tws.times import stamp, stamp_to

log = logging.getLogger(__name__)

TYPES = {known.value: known for known in OrderType} | {
    "MIDPX": OrderType.MIDPRICE,
    "PEGMID": OrderType.PEG_MID,
    "SNAPMID": OrderType.SNAP_MID,
    "SNAPMKT": OrderType.SNAP_MKT,
    "SNAPREL": OrderType.SNAP_PRIM,
    "STPLMT": OrderType.STP_LMT,
    "TRAILLMT": OrderType.TRAIL_LIMIT,
}
TIFS = {known.value: known for known in Tif}
SIDES = {"BUY": Side.BUY, "BOT": Side.BUY, "SELL": Side.SELL, "SLD": Side.SELL, "SSHORT": Side.SELL}

# --- out ----------------------------------------------------------------------------------------------


def order_to(spec: OrderSpec, order_ref: str, account: str) -> IbOrder:
    """IB's order: every field the specification decides is written, time in force and account included."""
    order = IbOrder(
        action=spec.side.value,
        orderType=spec.order_type.value,
        tif=spec.tif.value,
        outsideRth=spec.outside_rth,
        account=account,
        orderRef=order_ref,
        transmit=spec.transmit,
        parentId=spec.parent_id,
        hidden=spec.hidden,
        allOrNone=spec.all_or_none,
        triggerMethod=int(spec.trigger_method),
        goodAfterTime="" if spec.good_after is None else stamp_to(spec.good_after),
        goodTillDate="" if spec.good_till is None else stamp_to(spec.good_till),
    )
    # Text, so that no digit changes and no exponent appears: the encoder writes it as it is.
    for name, value in _numbers(spec).items():
        if value is not None:
            setattr(order, name, plain(value))
    if spec.oca is not None:
        order.ocaGroup, order.ocaType = spec.oca.group, int(spec.oca.kind)
    if spec.algo is not None:
        order.algoStrategy = spec.algo.strategy
        order.algoParams = [TagValue(tag, value) for tag, value in spec.algo.params]
    if spec.conditions:
        order.conditions = [_CONDITIONS_OUT[type(one)](one) for one in spec.conditions]
        order.conditionsCancelOrder = spec.conditions_cancel
        order.conditionsIgnoreRth = spec.conditions_outside_rth
    return order


def _numbers(spec: OrderSpec) -> dict[str, Decimal | None]:
    """IB's fields for our numbers: a trailing order keeps its distance where others keep their stop price."""
    trails = spec.order_type in TRAILS
    distance = spec.trail_amount if trails else spec.offset
    return {
        "totalQuantity": spec.quantity,
        "lmtPrice": spec.limit_price,
        "auxPrice": spec.stop_price if spec.stop_price is not None and not trails else distance,
        "trailStopPrice": spec.stop_price if trails else None,
        "trailingPercent": spec.trail_percent,
        "lmtPriceOffset": spec.limit_offset,
        "displaySize": spec.display_size,
        "minQty": spec.minimum_quantity,
        "discretionaryAmt": spec.discretionary,
    }


def _text(value: Decimal) -> Any:
    return plain(value)


_CONDITIONS_OUT: dict[type[Condition], Callable[[Any], ib.OrderCondition]] = {
    PriceCondition: lambda one: ib.PriceCondition(
        conjunction=one.join[0],
        isMore=one.above,
        price=_text(one.price),
        conId=one.con_id,
        exch=one.exchange,
        triggerMethod=int(one.method),
    ),
    TimeCondition: lambda one: ib.TimeCondition(conjunction=one.join[0], isMore=True, time=stamp_to(one.at)),
    MarginCondition: lambda one: ib.MarginCondition(
        conjunction=one.join[0], isMore=one.above, percent=one.percent
    ),
    ExecutionCondition: lambda one: ib.ExecutionCondition(
        conjunction=one.join[0], secType=one.sec_type, exch=one.exchange, symbol=one.symbol
    ),
    VolumeCondition: lambda one: ib.VolumeCondition(
        conjunction=one.join[0], isMore=one.above, volume=one.volume, conId=one.con_id, exch=one.exchange
    ),
    PercentCondition: lambda one: ib.PercentChangeCondition(
        conjunction=one.join[0],
        isMore=one.above,
        changePercent=_text(one.percent),
        conId=one.con_id,
        exch=one.exchange,
    ),
}

# --- in -----------------------------------------------------------------------------------------------


def spec_from(contract: IbContract, order: IbOrder) -> OrderSpec:
    """The order's terms in our words; types and times in force that we do not offer come as the nearest."""
    limit, stop = given(order.lmtPrice), given(order.auxPrice)
    order_type = type_from(order.orderType, limit, stop)
    row = ORDER_TYPES[order_type]
    trails = order_type in TRAILS
    aux = exact(order.auxPrice)
    needs_aux = row.need(PriceField.STOP) is Need.MUST and not trails
    display = whole(order.displaySize)
    return OrderSpec(
        contract=contract_from(contract),
        side=SIDES[order.action],
        quantity=quantity(order.totalQuantity),
        order_type=order_type,
        limit_price=_limit_from(order_type, order),
        stop_price=given(order.trailStopPrice) if trails else aux if needs_aux else None,
        tif=TIFS.get(order.tif, Tif.DAY),
        outside_rth=order.outsideRth,
        account=order.account,
        trail_amount=given(order.auxPrice) if trails else None,
        trail_percent=given(order.trailingPercent) if trails else None,
        limit_offset=_offset_from(order_type, order),
        offset=given(order.auxPrice) if row.need(PriceField.OFFSET) is Need.MAY else None,
        good_after=_moment(order.goodAfterTime),
        good_till=_moment(order.goodTillDate) if order.tif == Tif.GTD else None,
        oca=_oca_from(order),
        display_size=None if display is None else Decimal(display),
        hidden=order.hidden,
        all_or_none=order.allOrNone,
        discretionary=given(order.discretionaryAmt),
        minimum_quantity=None if whole(order.minQty) is None else Decimal(order.minQty),
        trigger_method=_method(order.triggerMethod),
        conditions=tuple(found for one in order.conditions if (found := _condition_from(one))),
        conditions_cancel=bool(order.conditions) and order.conditionsCancelOrder,
        conditions_outside_rth=bool(order.conditions) and order.conditionsIgnoreRth,
        algo=_algo_from(order),
        parent_id=order.parentId,
    )


def type_from(code: str, limit: Decimal | None, stop: Decimal | None) -> OrderType:
    # Orders placed in TWS or by other programs may be of any type: what matters is that they are seen.
    if code in TYPES:
        return TYPES[code]
    if limit is not None:
        return OrderType.STP_LMT if stop is not None else OrderType.LMT
    return OrderType.STP if stop is not None else OrderType.MKT


def foreign_terms(order: IbOrder) -> str:
    """IB's own words where our types have none; "" where they have."""
    known = order.orderType in TYPES and order.tif in TIFS
    return "" if known else words(f"{order.orderType} {order.tif}", 40)


def _limit_from(order_type: OrderType, order: IbOrder) -> Decimal | None:
    need = ORDER_TYPES[order_type].need(PriceField.LIMIT)
    if need is Need.MUST:
        return exact(order.lmtPrice)
    if need is Need.ALTERNATIVE and _offset_from(order_type, order) is not None:
        return None  # IB fills in the limit that the offset makes.
    return None if need is Need.NEVER else given(order.lmtPrice)


def _offset_from(order_type: OrderType, order: IbOrder) -> Decimal | None:
    return exact(order.lmtPriceOffset) if order_type is OrderType.TRAIL_LIMIT else None


def _oca_from(order: IbOrder) -> Oca | None:
    # IB names a group of its own for the children of a bracket: they keep their parent instead.
    if not order.ocaGroup or order.parentId:
        return None
    kinds = {int(kind): kind for kind in OcaKind}
    return Oca(label(order.ocaGroup), kinds.get(order.ocaType, OcaKind.CANCEL_WITH_BLOCK))


def _algo_from(order: IbOrder) -> Algo | None:
    if not order.algoStrategy:
        return None
    params = tuple((words(one.tag, 40), words(one.value, 80)) for one in order.algoParams or ())
    return Algo(words(order.algoStrategy, 40), params)


def _method(code: int) -> TriggerMethod:
    known = {int(method): method for method in TriggerMethod}
    return known.get(code, TriggerMethod.DEFAULT)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return stamp(text)
    except ValueError:
        log.warning("unreadable time of an order: %r", text)
        return None


def _condition_from(one: ib.OrderCondition) -> Condition | None:
    read = _CONDITIONS_IN.get(type(one))
    try:
        return read(one) if read else None
    except ValueError:
        log.warning("unreadable condition of an order: %r", one)
        return None


def _join(one: Any) -> Join:
    return Join.OR if one.conjunction == "o" else Join.AND


_CONDITIONS_IN: dict[type[ib.OrderCondition], Callable[[Any], Condition]] = {
    ib.PriceCondition: lambda one: PriceCondition(
        int(one.conId), one.exch, quantity(one.price), one.isMore, _method(one.triggerMethod), _join(one)
    ),
    ib.TimeCondition: lambda one: TimeCondition(stamp(one.time), _join(one)),
    ib.MarginCondition: lambda one: MarginCondition(int(number(one.percent) or 0), one.isMore, _join(one)),
    ib.ExecutionCondition: lambda one: ExecutionCondition(one.symbol, one.secType, one.exch, _join(one)),
    ib.VolumeCondition: lambda one: VolumeCondition(
        int(one.conId), one.exch, int(one.volume), one.isMore, _join(one)
    ),
    ib.PercentChangeCondition: lambda one: PercentCondition(
        int(one.conId), one.exch, quantity(one.changePercent), one.isMore, _join(one)
    ),
}
