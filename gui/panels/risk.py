"""How near the desk is to its own limits: today's counts, the day's result, the pace, what works and what is held."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.domain.topics import Changes, Topic
from core.domain.trading import TradingState
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.widgets.meter import Meter
from gui.widgets.text import label, say
from gui.widgets.trading_words import STATES, trading_words

_NEAR = Decimal("0.8")
_NOBODY = ("", Decimal(0))


@dataclass(frozen=True, slots=True)
class Gauge:
    """One limit: how much is used, of how much, and where asking begins. `None` is no limit, or not known."""

    used: Decimal | None
    hard: Decimal | None
    text: str
    soft: Decimal | None = None
    words: str = ""
    """What stands nearest to the limit: a contract, a side of one."""
    asks_only: bool = False
    """Passing it asks, and denies nothing."""

    @property
    def fraction(self) -> Decimal | None:
        if self.used is None or not self.hard:
            return None
        return max(Decimal(0), self.used / self.hard)

    @property
    def tone(self) -> str:
        """Quiet, near (or asked about), and at the limit."""
        fraction = self.fraction
        if fraction is None:
            return ""
        if fraction >= 1:
            return "warning" if self.asks_only else "danger"
        asked = self.soft is not None and self.used is not None and self.used > self.soft
        return "warning" if fraction >= _NEAR or asked else ""


_TITLES = {
    "loss": ("Loss of the day", "IB's daily P&L against the limit that leaves closing orders only"),
    "orders": ("Orders today", "Against the number that leaves closing orders only"),
    "rate-10": ("Orders in 10 s", "Passing it halts trading until someone resumes"),
    "rate-60": ("Orders in a minute", "Passing it halts trading until someone resumes"),
    "working": ("Working on one side", "The most working orders on one side of one contract"),
    "messages": ("Messages for each fill", "Orders, changes and cancels of today, for each fill of today"),
    "position": ("Largest position", "Worth of the largest position against net liquidation"),
    "executions": ("Fills today", "They have no limit"),
}


class RiskPanel(Panel):
    """Bars that fill towards the limits; a limit that is not set says so."""

    NAME: ClassVar[str] = "risk"
    TITLE: ClassVar[str] = "Risk"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset(
        {Topic.TRADING, Topic.ORDER, Topic.ACCOUNT, Topic.POSITION, Topic.EXECUTION, Topic.LINK}
    )

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.state = label("", name="risk-state", wrap=True)
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, QLabel] = {}
        self._bars: dict[str, Meter] = {}
        self._lay_out()
        self._show()

    def refresh(self, changes: Changes) -> None:
        self._show()

    def age(self, now_s: float) -> None:
        """What counts the last seconds falls by itself."""
        self._show()

    def gauges(self) -> dict[str, Gauge]:
        """Every limit as it stands now."""
        desk = self.bridge.desk
        trading, limits = desk.trading, desk.limits
        ratio = Decimal(trading.messages_today) / max(1, trading.executions_today)
        ten, sixty = (Decimal(len(desk.sent_within(span_s))) for span_s in (10.0, 60.0))
        where, working = self._most_working()
        most = limits.orders_per_day
        return {
            "loss": self._loss(),
            "orders": _count(Decimal(trading.orders_today), None if most is None else Decimal(most)),
            "rate-10": _count(ten, limits.orders_per_10_s.hard, limits.orders_per_10_s.soft),
            "rate-60": _count(sixty, limits.orders_per_60_s.hard, limits.orders_per_60_s.soft),
            "working": _count(working, limits.working_per_side.hard, limits.working_per_side.soft, where),
            "messages": _count(ratio, limits.message_ratio.hard, limits.message_ratio.soft),
            "position": self._position(),
            "executions": Gauge(
                Decimal(trading.executions_today), None, fmt.quantity(trading.executions_today)
            ),
        }

    # --- inside -------------------------------------------------------------------------------

    def _loss(self) -> Gauge:
        desk = self.bridge.desk
        account, limits = desk.account(self.bridge.account), desk.limits
        pnl = desk.trading.daily_pnl
        found = [] if limits.daily_loss is None else [limits.daily_loss]
        equity = None if account is None else account.net_liquidation
        if limits.daily_loss_fraction is not None and equity is not None and equity > 0:
            found.append(limits.daily_loss_fraction * equity)
        most = min(found, default=None)
        shown = fmt.signed_money(pnl, decimals=0)
        return Gauge(
            None if pnl is None else max(Decimal(0), -pnl),
            most,
            shown if most is None else f"{shown} of {fmt.signed_money(-most, decimals=0)}",
        )

    def _most_working(self) -> tuple[str, Decimal]:
        counts = Counter(
            f"{order.spec.side} {order.spec.contract.label}" for order in self.bridge.desk.live_orders()
        )
        found = counts.most_common(1)
        return (found[0][0], Decimal(found[0][1])) if found else _NOBODY

    def _position(self) -> Gauge:
        desk = self.bridge.desk
        account, limit = desk.account(self.bridge.account), desk.limits.position_fraction
        equity = None if account is None else account.net_liquidation
        held = [one for one in desk.positions() if one.quantity and one.market_value is not None]
        if not held or equity is None or equity <= 0:
            return Gauge(None, limit.hard or limit.soft, fmt.DASH)
        largest = max(held, key=lambda one: abs(one.market_value or Decimal(0)))
        share = abs(largest.market_value or Decimal(0)) / equity
        most = limit.hard or limit.soft
        tail = "" if most is None else f" of {fmt.percent(most, 0)}"
        return Gauge(
            share,
            most,
            f"{fmt.percent(share, 1)}{tail}",
            limit.soft,
            largest.contract.label,
            limit.hard is None,
        )

    def _show(self) -> None:
        trading = self.bridge.desk.trading
        tone = "dim" if trading.state is TradingState.ACTIVE else STATES[trading.state].tone
        say(self.state, trading_words(trading, self.bridge.now_s()), tone)
        for key, gauge in self.gauges().items():
            title, meaning = _TITLES[key]
            text, value, bar = gauge.text, self._values[key], self._bars[key]
            if gauge.words:
                title = f"{title.partition(' ')[0]}: {gauge.words}"
            say(self._names[key], title)
            say(value, text, gauge.tone)
            value.setAccessibleName(f"{title}: {text}")
            fraction = gauge.fraction
            ticks = (float(gauge.soft / gauge.hard),) if gauge.soft is not None and gauge.hard else ()
            bar.show_fraction(
                None if fraction is None else float(fraction),
                gauge.tone or "accent",
                f"{title}: {text}. {meaning}.",
                tuple(tick for tick in ticks if tick < 1),
            )

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.px(10), theme.px(8), theme.px(10), theme.px(8))
        column.setSpacing(theme.px(8))
        column.addWidget(self.state)
        for key, (title, meaning) in _TITLES.items():
            column.addLayout(self._line(key, title, meaning))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName("Limits")
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _line(self, key: str, title: str, meaning: str) -> QGridLayout:
        name = self._names[key] = label(title, tone="dim", name=f"risk-name-{key}")
        value = self._values[key] = label("", name=f"risk-{key}")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar = self._bars[key] = Meter(height=5, name=f"risk-bar-{key}")
        for part in (name, value):
            part.setToolTip(meaning)
        grid = QGridLayout()
        grid.setVerticalSpacing(theme.px(3))
        grid.setColumnStretch(1, 1)
        grid.addWidget(name, 0, 0)
        grid.addWidget(value, 0, 1)
        grid.addWidget(bar, 1, 0, 1, 2)
        if key == "executions":
            bar.hide()
        return grid


def _count(used: Decimal, hard: Decimal | None, soft: Decimal | None = None, words: str = "") -> Gauge:
    shown = fmt.quantity(used.quantize(Decimal("0.1")) if used % 1 else used)
    return Gauge(used, hard, shown if hard is None else f"{shown} of {fmt.quantity(hard)}", soft, words)
