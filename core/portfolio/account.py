"""The account book: IB's tags to our names."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from core.domain.account import AccountSummary
from core.domain.events import AccountReported, PnlReported
from core.domain.replacing import replace

FIELDS: dict[str, str] = {
    "NetLiquidation": "net_liquidation",
    "TotalCashValue": "cash",
    "SettledCash": "settled_cash",
    "BuyingPower": "buying_power",
    "EquityWithLoanValue": "equity_with_loan",
    "GrossPositionValue": "gross_position_value",
    "InitMarginReq": "initial_margin",
    "MaintMarginReq": "maintenance_margin",
    "AvailableFunds": "available_funds",
    "ExcessLiquidity": "excess_liquidity",
    "LookAheadExcessLiquidity": "look_ahead_excess_liquidity",
    "LookAheadMaintMarginReq": "look_ahead_maintenance_margin",
    "SMA": "sma",
    "Cushion": "cushion",
    "Leverage": "leverage",
}
"""IB's tag to our field; tags of segments (-S, -C) and the rest are not kept yet."""

_CASH_TAGS = frozenset({"CashBalance", "TotalCashBalance"})
_RATE_TAG = "ExchangeRate"
_NUMBERS = frozenset({*FIELDS, *_CASH_TAGS, _RATE_TAG})
_SAYS_NONE = frozenset({"", "n/a"})
_LARGEST = Decimal("1e300")


class AccountBook:
    """`changed` collects the accounts touched since it was last cleared."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self._accounts: dict[str, AccountSummary] = {}

    def account(self, account: str) -> AccountSummary | None:
        return self._accounts.get(account)

    def accounts(self) -> tuple[AccountSummary, ...]:
        return tuple(self._accounts.values())

    def reported(self, event: AccountReported, now_s: float) -> None:
        """Take over the values that are known by name; a value that is no number becomes absent."""
        summary = self._accounts.get(event.account) or AccountSummary(event.account)
        changes: dict[str, object] = {}
        cash: dict[str, Decimal | None] = dict(summary.cash_by_currency)
        rates: dict[str, Decimal | None] = dict(summary.exchange_rates)
        for tag, value, currency in event.values:
            if tag in FIELDS:
                changes[FIELDS[tag]] = number(value)
                if tag == "NetLiquidation" and currency:
                    changes["currency"] = currency
            elif tag in _CASH_TAGS and currency not in ("", "BASE"):
                cash[currency] = number(value)
            elif tag == _RATE_TAG and currency not in ("", "BASE"):
                rates[currency] = number(value)
            elif tag == "AccountReady":
                changes["ready"] = value.strip().lower() != "false"
        changes["cash_by_currency"] = _known(cash)
        changes["exchange_rates"] = _known(rates)
        self._accounts[event.account] = replace(
            summary,
            reported_at_s=now_s,
            **changes,  # type: ignore[arg-type]
        )
        self.changed.add(event.account)

    def pnl_reported(self, event: PnlReported, now_s: float) -> None:
        summary = self._accounts.get(event.account) or AccountSummary(event.account)
        self._accounts[event.account] = replace(
            summary,
            daily_pnl=event.daily,
            unrealised_pnl=event.unrealised,
            realised_pnl=event.realised,
            pnl_at_s=now_s,
        )
        self.changed.add(event.account)


def number(text: str) -> Decimal | None:
    """IB's text as a number; `None` for what is no number or stands for none."""
    value = _decimal(text)
    return value if value is not None and value.is_finite() and abs(value) < _LARGEST else None


def is_garbled(tag: str, text: str) -> bool:
    """Whether a value that is read as a number is neither one nor a way of saying that there is none."""
    return tag in _NUMBERS and _decimal(text) is None and text.strip().lower() not in _SAYS_NONE


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None


def _known(by_currency: dict[str, Decimal | None]) -> tuple[tuple[str, Decimal], ...]:
    return tuple(sorted((name, amount) for name, amount in by_currency.items() if amount is not None))
