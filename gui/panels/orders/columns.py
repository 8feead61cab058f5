"""What the blotter shows of an order, column by column."""

from __future__ import annotations

from typing import Any, NamedTuple

from core.domain.contract import ContractDetails
from core.domain.link import LinkView
from core.domain.order import OcaKind, Order, OrderState
from core.domain.quote import Quote
from core.domain.replacement import Replacement
from core.orders.families import Kin
from gui import format as fmt
from gui.table import Align, Column
from gui.widgets.order_words import (
    is_in_doubt,
    order_sentence,
    owner_words,
    state_meaning,
    state_tone,
    state_words,
    why_not_cancel,
    why_not_modify,
)
from gui.widgets.replacement_words import has_failed, why_words


class OrderRow(NamedTuple):
    order: Order
    details: ContractDetails | None
    quote: Quote | None
    link: LinkView
    now_s: float
    kin: Kin | None = None
    replaced: tuple[Replacement, ...] = ()
    """Those that it is a part of."""


def _limit(row: OrderRow) -> str:
    return fmt.price(row.order.spec.limit_price, row.details)


def _stop(row: OrderRow) -> str:
    """The stop price, else how far behind the market it follows."""
    spec = row.order.spec
    if spec.stop_price is None and spec.trail_percent is not None:
        return f"{spec.trail_percent.normalize():f} % off"
    if spec.stop_price is None and spec.trail_amount is not None:
        return f"{fmt.price(spec.trail_amount, row.details)} off"
    return fmt.price(spec.stop_price, row.details)


def _type(row: OrderRow) -> str:
    """IB's own words where ours only come near."""
    spec = row.order.spec
    return row.order.terms or (
        spec.order_type if spec.algo is None else f"{spec.algo.strategy} {spec.order_type}"
    )


def _away(row: OrderRow) -> float | None:
    """How far the market is from the order's price, as a fraction; only while it works."""
    price = row.order.spec.limit_price or row.order.spec.stop_price
    market = None if row.quote is None or row.quote.lost_at_s is not None else row.quote.reference
    if price is None or not market or not row.order.is_live:
        return None
    return abs(float(price) / market - 1)


def _terms(row: OrderRow) -> str:
    """What it is, and what a change on its way asks for."""
    asked, words = row.order.pending, row.order.spec.sentence()
    return words if asked is None else f"{words}\nasked for: {order_sentence(asked, row.details)}"


def _allowed(row: OrderRow) -> str:
    """What can be done to it, and why the rest cannot."""
    lines = []
    for what, closed in (
        ("Change: F2 or a double click on quantity or price", why_not_modify(row.order, row.link)),
        ("Cancel: Del", why_not_cancel(row.order, row.link)),
    ):
        name, _, how = what.partition(": ")
        lines.append(f"{name}: {closed}." if closed else f"{name}: {how}.")
    return "\n".join([*lines, "Flight record: Enter."])


def _state_tooltip(row: OrderRow) -> str:
    return f"{state_meaning(row.order)}\n{_allowed(row)}"


def _kin_words(row: OrderRow) -> str:
    return "" if row.kin is None else row.kin.words


def _kin_meaning(row: OrderRow) -> str:
    spec = row.order.spec
    if row.kin is None:
        return ""
    if spec.oca is not None and not spec.parent_id:
        return f"Group {spec.oca.group}: {_OCA[spec.oca.kind]}"
    if row.kin.role == "entry":
        return "The entry of a bracket. Cancelling it cancels its exits."
    return "An exit of a bracket: it works for as much as its entry has filled; one fill reduces the other."


def _age_s(row: OrderRow) -> float | None:
    return row.now_s - row.order.created_at_s if row.order.is_live else None


def row_tone(row: OrderRow) -> str:
    """A conflict, and what is odd about an order that is over, are louder than a doubt."""
    order = row.order
    if order.state is OrderState.CONFLICT or (order.alarm and not order.sealed):
        return "danger"
    if has_failed(row.replaced, order) and not order.sealed:
        return "danger"
    return "warning" if is_in_doubt(order) else ""


def _reason(row: OrderRow) -> str:
    return why_words(row.order, row.replaced)


def _reason_tone(row: OrderRow) -> str:
    if (row.order.alarm or has_failed(row.replaced, row.order)) and not row.order.sealed:
        return "danger"
    return "warning" if row.order.external and row.order.is_live else "text_dim"


def _final_dim(tone: str = "") -> Any:
    return lambda row: tone if row.order.is_live else "text_dim"


_OCA = {
    OcaKind.CANCEL_WITH_BLOCK: "a fill of one cancels the others.",
    OcaKind.REDUCE_WITH_BLOCK: "a fill of one reduces the others.",
    OcaKind.REDUCE_WITHOUT_BLOCK: "a fill of one reduces the others; both may fill at once.",
}

COLUMNS: tuple[Column[OrderRow], ...] = (
    Column(
        "time",
        "Time",
        lambda row: fmt.recent(row.order.created_at_s, row.now_s),
        lambda row: row.order.created_at_s,
        tone=lambda row: "text_dim",
        tooltip=lambda row: f"Last change {fmt.date_time(row.order.changed_at_s)}",
        csv=lambda row: fmt.date_time(row.order.created_at_s),
        chars=8,
        yields=2,
    ),
    Column(
        "state",
        "State",
        lambda row: state_words(row.order),
        align=Align.LEFT,
        tone=lambda row: state_tone(row.order),
        tooltip=_state_tooltip,
        chars=10,
        grows=24,
        strong=True,
    ),
    Column(
        "kin",
        "",
        _kin_words,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        tooltip=_kin_meaning,
        chars=1,
        grows=9,
        name="Family",
    ),
    Column(
        "side",
        "Side",
        lambda row: row.order.spec.side,
        align=Align.LEFT,
        tone=lambda row: row.order.spec.side.lower(),
        chars=4,
    ),
    Column(
        "quantity",
        "Qty",
        lambda row: fmt.quantity(row.order.spec.quantity or None),
        lambda row: row.order.spec.quantity,
        tone=_final_dim(),
        chars=6,
        name="Quantity",
        edits=True,
    ),
    Column(
        "filled",
        "Filled",
        lambda row: fmt.quantity(row.order.filled) if row.order.filled else fmt.DASH,
        lambda row: row.order.filled,
        tone=_final_dim(),
        chars=5,
        yields=5,
    ),
    Column(
        "contract",
        "Contract",
        lambda row: row.order.spec.contract.label,
        align=Align.LEFT,
        tooltip=_terms,
        chars=8,
        grows=25,
        strong=True,
    ),
    Column(
        "type",
        "Type",
        _type,
        align=Align.LEFT,
        tone=_final_dim(),
        tooltip=_terms,
        chars=4,
        grows=12,
    ),
    Column(
        "limit",
        "Limit",
        _limit,
        lambda row: row.order.spec.limit_price,
        tone=_final_dim(),
        tooltip=_terms,
        chars=6,
        grows=11,
        name="Limit price",
        edits=True,
    ),
    Column(
        "stop",
        "Stop",
        _stop,
        lambda row: row.order.spec.stop_price,
        tone=_final_dim(),
        tooltip=_terms,
        chars=6,
        grows=11,
        name="Stop price",
        edits=True,
    ),
    Column(
        "tif",
        "TIF",
        lambda row: f"{row.order.spec.tif} +" if row.order.spec.outside_rth else row.order.spec.tif,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        tooltip=lambda row: "Also outside regular hours" if row.order.spec.outside_rth else "Regular hours",
        chars=4,
        name="Time in force",
        yields=4,
    ),
    Column(
        "average",
        "Avg price",
        lambda row: fmt.price(row.order.avg_fill_price, row.details),
        lambda row: row.order.avg_fill_price,
        chars=7,
        grows=11,
        name="Average fill price",
        yields=3,
    ),
    Column(
        "away",
        "Away",
        lambda row: fmt.percent(_away(row)),
        _away,
        tone=lambda row: "text_dim",
        tooltip=lambda row: "How far the order's price is from the market.",
        chars=6,
        name="Away from the market",
        yields=7,
    ),
    Column(
        "age",
        "Age",
        lambda row: fmt.age(_age_s(row)),
        _age_s,
        tone=lambda row: "text_dim",
        chars=7,
        yields=6,
    ),
    Column(
        "owner",
        "Owner",
        lambda row: owner_words(row.order),
        align=Align.LEFT,
        tone=lambda row: "text_dim" if row.order.own else "warning",
        tooltip=lambda row: (
            f"order id {row.order.order_id or fmt.DASH}, permanent id {row.order.perm_id or fmt.DASH}"
        ),
        chars=8,
        yields=1,
    ),
    Column(
        "reason",
        "Reason",
        _reason,
        align=Align.LEFT,
        tone=_reason_tone,
        tooltip=_reason,
        chars=6,
    ),
)
