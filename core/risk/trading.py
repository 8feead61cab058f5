"""The only writer of the trading state: halts, lockouts of the day, the kill switch, and what lifts them."""

from __future__ import annotations

from decimal import Decimal

from core.domain.days import session_day
from core.domain.limits import RiskLimits
from core.domain.replacing import replace
from core.domain.trading import RESUME_PHRASE, TradingState, TradingView
from core.risk.rule import money, plain

_LOCKED = "A limit of the day was passed. Reduce-only until the next trading day."


class TradingBook:
    """Changes are told by `changes` (reasons, oldest first), which the desk takes out and journals."""

    def __init__(self) -> None:
        self.changed = False
        self.changes: list[TradingView] = []
        self._view = TradingView()
        self._day: int | None = None
        self._lock_day: int | None = None
        self._day_began_anew = True
        """Whether IB's result is this day's: after the turn it may still be yesterday's for hours."""

    def view(self, now_s: float) -> TradingView:
        self._turn_the_day(now_s)
        return self._view

    @property
    def current(self) -> TradingView:
        return self._view

    # --- what the trader says ------------------------------------------------------------------------

    def halt(self, reason: str, now_s: float) -> None:
        """Nothing goes out but cancels."""
        self._enter(TradingState.HALTED, reason, now_s)

    def reduce_only(self, reason: str, now_s: float) -> None:
        """Only orders that take risk off go out. A halt is not loosened by it."""
        if self._view.state is not TradingState.HALTED:
            self._enter(TradingState.REDUCE_ONLY, reason, now_s)

    def kill(self, order_refs: tuple[str, ...], now_s: float) -> None:
        """Halted by the kill switch, with the orders it cancels."""
        self._set(kill=order_refs)
        self._enter(TradingState.HALTED, "The kill switch was used.", now_s)

    def resume(self, typed: str, now_s: float) -> str:
        """Trade again: "" when it is so, else in words why not."""
        view = self.view(now_s)
        if view.state is TradingState.ACTIVE:
            return "Trading is not halted."
        if typed.strip() != RESUME_PHRASE:
            return f"Type {RESUME_PHRASE} to trade again."
        if view.locked:
            if view.state is TradingState.HALTED:
                self._set(kill=())
                self._enter(TradingState.REDUCE_ONLY, _LOCKED, now_s)
                return "A limit of the day is passed: positions can be reduced, not opened, until the next trading day."
            return f"{view.reason} This cannot be lifted before the next trading day."
        self._set(
            state=TradingState.ACTIVE, reason="Resumed by the trader.", since_s=now_s, phrase="", kill=()
        )
        self._tell()
        return ""

    # --- what happens ----------------------------------------------------------------------------------

    def order_sent(self, now_s: float, limits: RiskLimits) -> None:
        """A new order went out: it counts, whatever becomes of it."""
        self._turn_the_day(now_s)
        self._set(orders_today=self._view.orders_today + 1, messages_today=self._view.messages_today + 1)
        most = limits.orders_per_day
        if most is not None and self._view.orders_today >= most:
            self._lock(f"{plain(Decimal(most))} orders today: the limit of the day is reached.", now_s)

    def message_sent(self, now_s: float) -> None:
        """A modification or a cancel went out."""
        self._turn_the_day(now_s)
        self._set(messages_today=self._view.messages_today + 1)

    def executed(self, now_s: float) -> None:
        self._turn_the_day(now_s)
        self._set(executions_today=self._view.executions_today + 1)

    def pnl_reported(
        self, daily: Decimal | None, equity: Decimal | None, currency: str, limits: RiskLimits, now_s: float
    ) -> None:
        """The day's profit and loss as IB states it, against the limits of the day."""
        self._turn_the_day(now_s)
        self._set(daily_pnl=daily)
        most = _most_loss(equity, limits)
        if daily is None or most is None:
            return
        if -daily < most:
            self._day_began_anew = True
        elif self._day_began_anew:
            words = f"The day lost {money(-daily, currency)}; the limit is {money(most, currency)}."
            self._lock(words, now_s)

    def denied(self, rule: str, words: str, now_s: float) -> None:
        """More orders than a person sends: halted until someone looks."""
        if rule == "OrderRate" and self._view.state is not TradingState.HALTED:
            self.halt(words, now_s)

    def restore(
        self,
        state: TradingState,
        reason: str,
        since_s: float,
        lock_day: int | None,
        kill: tuple[str, ...] = (),
    ) -> None:
        """As the journal last had it. A lock of a day that is over is not put back."""
        self._lock_day = lock_day
        self._view = TradingView(
            state=state,
            reason=reason,
            since_s=since_s,
            locked=lock_day is not None,
            phrase="" if state is TradingState.ACTIVE else RESUME_PHRASE,
            kill=kill,
        )
        self.changed = True

    @property
    def lock_day(self) -> int | None:
        """The trading day that a limit locked; `None` when none did."""
        return self._lock_day

    # --- inside ------------------------------------------------------------------------------------------

    def _lock(self, reason: str, now_s: float) -> None:
        if self._lock_day == session_day(now_s):
            return
        self._lock_day = session_day(now_s)
        self._set(locked=True)
        self.reduce_only(f"{reason} Reduce-only until the next trading day.", now_s)

    def _turn_the_day(self, now_s: float) -> None:
        today = session_day(now_s)
        if self._day not in (None, today):
            self._set(orders_today=0, messages_today=0, executions_today=0, daily_pnl=None)
            self._day_began_anew = False
        self._day = today
        if self._lock_day is None or self._lock_day >= today:
            return
        self._lock_day = None
        self._set(locked=False)
        if self._view.state is TradingState.REDUCE_ONLY:
            self._set(
                state=TradingState.ACTIVE, reason="A new trading day has begun.", since_s=now_s, phrase=""
            )
            self._tell()

    def _enter(self, state: TradingState, reason: str, now_s: float) -> None:
        self._set(state=state, reason=reason, since_s=now_s, phrase=RESUME_PHRASE)
        self._tell()

    def _set(self, **terms: object) -> None:
        new = replace(self._view, **terms)  # type: ignore[arg-type]
        if new != self._view:
            self._view = new
            self.changed = True

    def _tell(self) -> None:
        self.changes.append(self._view)


def _most_loss(equity: Decimal | None, limits: RiskLimits) -> Decimal | None:
    """The tighter of the money limit and the fraction of net liquidation."""
    found = [] if limits.daily_loss is None else [limits.daily_loss]
    if limits.daily_loss_fraction is not None and equity is not None and equity > 0:
        found.append(limits.daily_loss_fraction * equity)
    return min(found, default=None)
