"""Cancel and replace in words: how far it is, for how long no order stood, and why it cannot be asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.domain.order import Order
from core.domain.replacement import Replacement
from gui.widgets.order_words import order_sentence, reason_words, why_not_cancel

if TYPE_CHECKING:
    from core.desk import Desk

_LONG_S = 10.0


def gap_words(seconds: float) -> str:
    """84 ms, or 12.4 s"""
    return f"{seconds:.1f} s" if seconds >= _LONG_S else f"{seconds * 1000:,.0f} ms"


def why_words(order: Order, parts: Iterable[Replacement]) -> str:
    """What it takes the place of and what takes its own, then why it was denied, rejected, cancelled or is held."""
    told = [_as_old(one) if one.order_ref == order.order_ref else _as_new(one) for one in parts]
    return " ".join(words for words in (*told, reason_words(order)) if words)


def expected_gap(desk: Desk) -> str:
    """Before it is sent: how long no order will stand."""
    last_s = desk.last_gap_s
    measured = "not measured yet in this session" if last_s is None else f"{gap_words(last_s)} the last time"
    return f"until IB confirms the new one; {measured}"


def has_failed(parts: Iterable[Replacement], order: Order) -> bool:
    """The order is gone, and none took its place."""
    return any(one.order_ref == order.order_ref and one.fault and not order.is_live for one in parts)


def why_not_replace(order: Order, desk: Desk) -> str:
    """Why this order cannot be cancelled and replaced now, "" when it can."""
    if closed := why_not_cancel(order, desk.link):
        return closed
    if not desk.link.is_ready:
        return "not connected"
    words = desk.why_not_replace(order.order_ref).rstrip(".")
    return words if words.startswith("IB") else words[:1].lower() + words[1:]


def _as_old(one: Replacement) -> str:
    if one.fault:
        return f"Not replaced: {one.fault}"
    if one.stood_at_s is not None:
        return f"Replaced. {_gap(one)}"
    if one.new_ref or one.gone_at_s is not None:
        return "Gone, and the one in its place is not confirmed yet: no order stands."
    return f"To be replaced by {order_sentence(one.spec, None)}: IB is asked to cancel it first."


def _as_new(one: Replacement) -> str:
    if one.stood_at_s is None:
        return f"In the place of a cancelled order. {one.fault or 'Until IB confirms it, none stands.'}"
    return f"In the place of a cancelled order. {_gap(one)}"


def _gap(one: Replacement) -> str:
    if one.gap_s is None or one.gap_at_most_s is None:
        return ""
    return f"No order stood for {gap_words(one.gap_s)}, at most {gap_words(one.gap_at_most_s)}."
