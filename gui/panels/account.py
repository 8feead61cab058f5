"""The account as IB last stated it: every value with its name, and how old it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from core.domain.account import AccountSummary
from core.domain.link import Socket
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.widgets.curve import Curve
from gui.widgets.cushion import margin_tone, margin_words
from gui.widgets.facts import FactGroup, Facts
from gui.widgets.figure import Figure
from gui.widgets.meter import Meter
from gui.widgets.text import label, say

_OLD_S = 210.0
"""IB sends account values every three minutes: older than half a minute more is late."""


def _money(value: Decimal | None) -> str:
    return fmt.money(value)


def _times(value: Decimal | None) -> str:
    return fmt.DASH if value is None else f"{value:.2f} ×"


@dataclass(frozen=True, slots=True)
class _Row:
    """One value: the field of `AccountSummary`, its name, how it is worded, and what it means."""

    field: str
    caption: str
    meaning: str
    text: Callable[[Decimal | None], str] = _money
    signed: bool = False


_GROUPS: tuple[tuple[str, tuple[_Row, ...]], ...] = (
    (
        "Funds",
        (
            _Row("buying_power", "Buying power", "What securities could be bought for, margin included."),
            _Row("available_funds", "Available funds", "Equity with loan value less initial margin."),
            _Row("cash", "Cash", "All cash, in the base currency."),
            _Row("settled_cash", "Settled cash", "Cash of trades that have settled."),
            _Row("gross_position_value", "Gross positions", "Long and short stock and option value, added."),
            _Row("equity_with_loan", "Equity with loan", "What margin is measured against."),
        ),
    ),
    (
        "Margin",
        (
            _Row("excess_liquidity", "Excess liquidity", "Equity with loan value less maintenance margin."),
            _Row("initial_margin", "Initial margin", "What opening the present positions would need."),
            _Row(
                "maintenance_margin", "Maintenance margin", "What holding them needs; under it IB liquidates."
            ),
            _Row(
                "look_ahead_excess_liquidity",
                "Look-ahead excess",
                "Excess liquidity after the next margin change.",
            ),
            _Row(
                "look_ahead_maintenance_margin",
                "Look-ahead maint.",
                "Maintenance margin after the next change.",
            ),
            _Row("sma", "SMA", "Special memorandum account: must not be negative at the Reg T time."),
            _Row("leverage", "Leverage", "Gross positions over net liquidation.", _times),
        ),
    ),
    (
        "Profit and loss",
        (
            _Row("daily_pnl", "Daily", "Since the last session's close.", fmt.signed_money, True),
            _Row(
                "unrealised_pnl",
                "Unrealised",
                "Of open positions, against their cost.",
                fmt.signed_money,
                True,
            ),
            _Row("realised_pnl", "Realised", "Of positions closed today.", fmt.signed_money, True),
        ),
    ),
)


class AccountPanel(Panel):
    """Net liquidation and the day, the cushion, then everything else."""

    NAME: ClassVar[str] = "account"
    TITLE: ClassVar[str] = "Account"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.ACCOUNT, Topic.LINK})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.net_liquidation = Figure("Net liquidation", name="account-net-liquidation")
        self.day = Figure("Day P&L", align_right=True, name="account-day")
        self.curve = Curve(lambda value: fmt.money(value, decimals=0), name="account-curve")
        self.cushion = Meter(height=6, name="account-cushion")
        self.cushion_words = label("", tone="dim", name="account-cushion-words", wrap=True)
        self.fresh = label("", role="caption", name="account-fresh", wrap=True)
        self._groups = {
            heading: FactGroup(heading, [(row.field, row.caption, row.meaning) for row in rows])
            for heading, rows in _GROUPS
        }
        self._cash = FactGroup("Cash by currency", ())
        self._cash.hide()
        self._lay_out()
        self._show()

    def refresh(self, changes: Changes) -> None:
        self._show()

    def age(self, now_s: float) -> None:
        self._show_freshness(now_s)

    # --- inside -------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.net_liquidation)
        top.addStretch(1)
        top.addWidget(self.day)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.px(10), theme.px(8), theme.px(10), theme.px(8))
        column.setSpacing(theme.px(6))
        column.addLayout(top)
        column.addWidget(self.curve)
        column.addWidget(self.cushion)
        column.addWidget(self.cushion_words)
        column.addSpacing(theme.px(4))
        column.addWidget(Facts([*self._groups.values(), self._cash]))
        column.addWidget(self.fresh)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName("Account values")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _show(self) -> None:
        known = self.bridge.desk.account(self.bridge.account)
        summary = known or AccountSummary(self.bridge.account)
        stale = self._is_stale()
        base = "faint" if stale else ""
        self.net_liquidation.show_value(fmt.money(summary.net_liquidation, summary.currency), base)
        self.day.show_value(*self._day(summary, stale))
        self._show_cushion(summary, stale)
        for heading, rows in _GROUPS:
            for row in rows:
                value = getattr(summary, row.field)
                tone = base or (signed_tone(value) if row.signed else "")
                self._groups[heading].show_value(row.field, row.text(value), tone)
        self._show_cash(summary, base)
        self._grow_curve(summary, stale)
        self._show_freshness(self.bridge.now_s())

    def _is_stale(self) -> bool:
        return self.bridge.desk.link.socket is not Socket.UP

    def _day(self, summary: AccountSummary, stale: bool) -> tuple[str, str]:
        pnl = summary.daily_pnl
        text = fmt.signed_money(pnl, summary.currency)
        return text, "faint" if stale else signed_tone(pnl)

    def _show_cushion(self, summary: AccountSummary, stale: bool) -> None:
        words = margin_words(summary)
        fraction = None if summary.cushion is None else float(summary.cushion)
        tone = "text_faint" if stale else margin_tone(summary)
        self.cushion.show_fraction(fraction, tone, words)
        say(self.cushion_words, words)

    def _show_cash(self, summary: AccountSummary, tone: str) -> None:
        rates = dict(summary.exchange_rates)
        for currency, amount in summary.cash_by_currency:
            if currency not in self._cash:
                self._cash.add(currency, currency)
            self._cash.show_value(currency, fmt.money(amount), tone)
            if currency in rates and currency != summary.currency:
                worth = fmt.price(rates[currency], None)
                self._cash.explain(currency, f"1 {currency} is {worth} {summary.currency}")
        self._cash.setVisible(len(summary.cash_by_currency) > 1)

    def _grow_curve(self, summary: AccountSummary, stale: bool) -> None:
        self.curve.set_dimmed(stale)
        if summary.net_liquidation is None or stale:
            return
        value = float(summary.net_liquidation)
        if not self.curve.points or self.curve.points[-1][1] != value:
            self.curve.add(self.bridge.now_s(), value)

    def _show_freshness(self, now_s: float) -> None:
        summary = self.bridge.desk.account(self.bridge.account)
        if summary is None or summary.reported_at_s is None:
            say(self.fresh, "No account values yet.", "faint")
            return
        age_s = now_s - summary.reported_at_s
        when = f"IB last sent these {fmt.age(age_s)} ago, at {fmt.clock(summary.reported_at_s)}."
        if self._is_stale():
            say(self.fresh, f"Not fresh: the link is down. {when}", "warning")
        elif not summary.ready:
            say(self.fresh, f"IB says its account values are not reliable just now. {when}", "warning")
        elif age_s > _OLD_S:
            say(self.fresh, f"{when} That is late: it sends them every 3 minutes.", "warning")
        else:
            say(self.fresh, when, "faint")


def signed_tone(value: Decimal | None) -> str:
    """Up, down, or plain."""
    return "" if not value else "up" if value > 0 else "down"
