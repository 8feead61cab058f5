"""The trading state in words: what it is, what it means, how loud it is."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.link import LinkView, Socket
from core.domain.order import Order, OrderState, Overlay
from core.domain.trading import TradingState, TradingView
from gui import format as fmt
from gui.widgets.mark import State
from gui.widgets.order_words import state_words


@dataclass(frozen=True, slots=True)
class StateRow:
    """One trading state: as a title, its mark, its tone, and what goes out in it."""

    title: str
    mark: State
    tone: str
    meaning: str


STATES: dict[TradingState, StateRow] = {
    TradingState.ACTIVE: StateRow("Active", State.GOOD, "ok", "Orders go out."),
    TradingState.REDUCE_ONLY: StateRow(
        "REDUCE-ONLY",
        State.BUSY,
        "warning",
        "Only orders that make a position smaller go out. Cancels always pass.",
    ),
    TradingState.HALTED: StateRow("HALTED", State.BAD, "danger", "Nothing goes out but cancels."),
}


def trading_words(trading: TradingView, now_s: float) -> str:
    """The whole of it: the state, since when, why, and what it means."""
    row = STATES[trading.state]
    since = "" if trading.since_s is None else f" since {fmt.recent(trading.since_s, now_s)}"
    return " ".join(part for part in (f"{row.title}{since}.", trading.reason, row.meaning) if part)


def why_not_reduce_only(trading: TradingView) -> str:
    """Why reduce-only cannot be chosen now, "" when it can."""
    return {
        TradingState.HALTED: "Trading is halted already, which is tighter: resume first.",
        TradingState.REDUCE_ONLY: "Trading is reduce-only already.",
    }.get(trading.state, "")


def why_not_resume(trading: TradingView) -> str:
    """Why there is nothing to resume, "" when there is."""
    if trading.state is TradingState.ACTIVE:
        return "Trading is active."
    if trading.locked and trading.state is TradingState.REDUCE_ONLY:
        return "A limit of the day was passed: it lifts by itself on the next trading day."
    return ""


def kill_row(order: Order | None, link: LinkView) -> tuple[State, str]:
    """How far the cancel of one order of the kill switch is."""
    if order is None:
        return State.OFF, "Not known any more"
    if not order.is_live:
        gone = State.BUSY if order.state is OrderState.FILLED else State.GOOD
        return gone, state_words(order)
    if order.cancel is Overlay.NONE:
        why = (
            "not connected, so it keeps working"
            if link.socket is not Socket.UP
            else "no cancel is on its way"
        )
        return State.BAD, f"{state_words(order)}: {why}"
    return (State.BAD if order.cancel is Overlay.IN_DOUBT else State.BUSY), state_words(order)


def kill_title(orders: list[Order | None]) -> str:
    """Kill switch: 3 of 5 orders are off."""
    if not orders:
        return "Halted. No order of this desk was working."
    done = sum(order is None or not order.is_live for order in orders)
    noun = "order is" if len(orders) == 1 else "orders are"
    return f"Halted. {done} of {len(orders)} {noun} off."
