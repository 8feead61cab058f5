"""Excess liquidity against maintenance margin: the ladder that ends where IB begins to liquidate."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core.alerts.rule import Finding
from core.domain.account import AccountSummary
from core.domain.alert import AlertLevel
from core.domain.limits import MARGIN_LADDER, MarginStep

_TITLES = {
    AlertLevel.WATCH: "Margin is getting thin",
    AlertLevel.WARNING: "Margin warning",
    AlertLevel.CRITICAL: "Margin is nearly used up",
    AlertLevel.EMERGENCY: "No margin left: IB liquidates",
}
_RECOVERED = "Margin has recovered"
"""What stands over an alert that is better than all limits, until it has been so for long enough."""


class MarginRatio:
    """Raises at 25, 10, 5 and 0 %, clears a little higher."""

    CAUSE = "margin"

    def __init__(self, ladder: Iterable[MarginStep] = MARGIN_LADDER) -> None:
        self._ladder = tuple(ladder)
        self.CLEAR_AFTER_S = {AlertLevel(step.level): step.clear_after_s for step in self._ladder}

    def judge(self, account: AccountSummary) -> Finding | None:
        ratio = account.margin_ratio
        if ratio is None or not account.ready:
            return None
        raised = [step for step in self._ladder if ratio <= step.raise_at]
        held = [step for step in self._ladder if ratio < step.clear_at]
        worst = max(raised or held, key=lambda step: step.level, default=None)
        limit = worst.raise_at if worst else Decimal(0)
        excess, required = account.excess_liquidity, account.maintenance_margin
        return Finding(
            raises=max((AlertLevel(step.level) for step in raised), default=None),
            holds=max((AlertLevel(step.level) for step in held), default=None),
            title=_TITLES[AlertLevel(worst.level)] if worst else _RECOVERED,
            measured=(
                f"Excess liquidity is {_percent(ratio, 1)} of maintenance margin"
                f" ({_money(excess)} of {_money(required)} {account.currency})".rstrip()
            ),
            limit=_percent(limit, 0),
        )


def _percent(fraction: Decimal, decimals: int) -> str:
    """As every number in the window: a true minus, and a space before the sign."""
    return f"{fraction * 100:.{decimals}f} %".replace("-", "−")


def _money(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{amount:,.0f}".replace("-", "−")
