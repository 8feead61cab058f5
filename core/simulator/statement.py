"""The account in IB's keys: what account updates and the account summary send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core.simulator.account import BASE, Account, Segment, Totals, worth_of
from core.simulator.model import Position

Row = tuple[str, str, str]
"""(key, value, currency)"""

NEVER: Final = "0"


def _money(amount: float) -> str:
    return f"{amount:.2f}"


SEGMENTED: Final[dict[str, Callable[[Segment], float]]] = {
    "AccruedCash": lambda s: 0.0,
    "AvailableFunds": lambda s: s.equity_with_loan - s.margin.initial,
    "EquityWithLoanValue": lambda s: s.equity_with_loan,
    "ExcessLiquidity": lambda s: s.equity_with_loan - s.margin.maintenance,
    "FullAvailableFunds": lambda s: s.equity_with_loan - s.full.initial,
    "FullExcessLiquidity": lambda s: s.equity_with_loan - s.full.maintenance,
    "FullInitMarginReq": lambda s: s.full.initial,
    "FullMaintMarginReq": lambda s: s.full.maintenance,
    "InitMarginReq": lambda s: s.margin.initial,
    "LookAheadAvailableFunds": lambda s: s.equity_with_loan - s.ahead.initial,
    "LookAheadExcessLiquidity": lambda s: s.equity_with_loan - s.ahead.maintenance,
    "LookAheadInitMarginReq": lambda s: s.ahead.initial,
    "LookAheadMaintMarginReq": lambda s: s.ahead.maintenance,
    "MaintMarginReq": lambda s: s.margin.maintenance,
    "NetLiquidation": lambda s: s.net,
    "PostExpirationExcess": lambda s: s.equity_with_loan - (s.expired or s.margin).maintenance,
    "PostExpirationMargin": lambda s: s.expired.maintenance if s.expired else 0.0,
    "TotalCashValue": lambda s: s.cash,
}
"""Given for the account, for its securities (-S) and for its commodities (-C)."""

SECURITIES: Final[dict[str, Callable[[Totals], float]]] = {
    "GrossPositionValue": lambda t: t.securities.gross,
    "RegTEquity": lambda t: t.securities.equity_with_loan,
    "RegTMargin": lambda t: t.securities.margin.reg_t,
    "SMA": lambda t: t.sma,
}
"""Given for the account and for its securities."""

WHOLE: Final[dict[str, Callable[[Totals], float]]] = {
    "BuyingPower": lambda t: max(4 * SEGMENTED["AvailableFunds"](t.whole), 0.0),
    "PreviousDayEquityWithLoanValue": lambda t: t.whole.equity_with_loan - t.daily,
    "SettledCash": lambda t: t.whole.cash,
}

PLAIN: Final[dict[str, str]] = {
    "AccountReady": "true",
    "AccountType": "INDIVIDUAL",
    "DayTradesRemaining": "-1",
    "DayTradesRemainingT+1": "-1",
    "DayTradesRemainingT+2": "-1",
    "DayTradesRemainingT+3": "-1",
    "DayTradesRemainingT+4": "-1",
    "HighestSeverity": "0",
    "NLVAndMarginInReview": "false",
    "WhatIfPMEnabled": "true",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """One currency's ledger, in that currency ("BASE": all of them, in dollars)."""

    currency: str
    cash: float
    worth: Mapping[str, float]
    """What each kind of contract adds to the net liquidation."""
    unrealised: float
    realised: float
    rate: float


def _worth(kind: str) -> Callable[[Ledger], str]:
    return lambda one: _money(one.worth.get(kind, 0.0))


LEDGER: Final[dict[str, Callable[[Ledger], str]]] = {
    "Currency": lambda one: one.currency,
    "RealCurrency": lambda one: one.currency,
    "CashBalance": lambda one: _money(one.cash),
    "TotalCashBalance": lambda one: _money(one.cash),
    "FxCashBalance": lambda one: "0.00",
    "AccruedCash": lambda one: "0.00",
    "StockMarketValue": _worth("STK"),
    "OptionMarketValue": _worth("OPT"),
    "FutureOptionValue": _worth("FOP"),
    "FuturesPNL": _worth("FUT"),
    "NetLiquidationByCurrency": lambda one: _money(one.cash + sum(one.worth.values())),
    "UnrealizedPnL": lambda one: _money(one.unrealised),
    "RealizedPnL": lambda one: _money(one.realised),
    "ExchangeRate": lambda one: f"{one.rate:.7g}",
    "NetDividend": lambda one: "0.00",
    "FundValue": lambda one: "0.00",
    "MutualFundValue": lambda one: "0.00",
    "MoneyMarketFundValue": lambda one: "0.00",
    "CorporateBondValue": lambda one: "0.00",
    "TBondValue": lambda one: "0.00",
    "TBillValue": lambda one: "0.00",
    "WarrantValue": _worth("WAR"),
    "IssuerOptionValue": lambda one: "0.00",
    "Cryptocurrency": _worth("CRYPTO"),
}


def values(account: Account) -> list[Row]:
    """Everything reqAccountUpdates sends, ledgers last."""
    totals = account.totals()
    rows: list[Row] = [("AccountCode", account.name, "")]
    rows += [(key, value, "") for key, value in PLAIN.items()]
    rows += _ratios(totals)
    rows.append(("LookAheadNextChange", _next_change(account, totals), ""))
    for suffix, segment in (("", totals.whole), ("-S", totals.securities), ("-C", totals.commodities)):
        rows += [(key + suffix, _money(sum_(segment)), BASE) for key, sum_ in SEGMENTED.items()]
    for suffix in ("", "-S"):
        rows += [(key + suffix, _money(sum_(totals)), BASE) for key, sum_ in SECURITIES.items()]
    rows += [(key, _money(sum_(totals)), BASE) for key, sum_ in WHOLE.items()]
    return rows + ledger_rows(account, totals)


def _next_change(account: Account, totals: Totals) -> str:
    """When the margin changes next, in epoch seconds."""
    changes = totals.commodities.margin != totals.commodities.ahead
    return str(int(account.prices.next_change_s())) if changes else NEVER


def _ratios(totals: Totals) -> list[Row]:
    whole, securities = totals.whole, totals.securities
    cushion = (whole.equity_with_loan - whole.margin.maintenance) / whole.net if whole.net > 0 else 0.0
    leverage = securities.gross / securities.net if securities.net > 0 else 0.0
    return [
        ("Cushion", f"{cushion:.6f}", ""),
        ("Leverage", f"{leverage:.2f}", ""),
        ("Leverage-S", f"{leverage:.2f}", ""),
    ]


def summary(account: Account, tags: tuple[str, ...]) -> list[Row]:
    """The summary's rows for `tags`; $LEDGER is the base currency's ledger, $LEDGER:ALL every one."""
    wanted = set(tags)
    rows = [row for row in values(account) if row[0] in wanted and row[2] in ("", BASE)]
    rows = [row for row in rows if row[0] not in LEDGER or row[0] in SEGMENTED]
    for tag in tags:
        if tag.startswith("$LEDGER"):
            currency = tag.partition(":")[2] or "BASE"
            ledgers = ledger_rows(account, account.totals())
            rows += [row for row in ledgers if currency in ("ALL", row[2])]
    return list(dict.fromkeys(rows))


def ledger_rows(account: Account, totals: Totals) -> list[Row]:
    return [
        (key, text(ledger), ledger.currency)
        for ledger in _ledgers(account, totals)
        for key, text in LEDGER.items()
    ]


def _ledgers(account: Account, totals: Totals) -> list[Ledger]:
    positions = [account.position(con_id) for con_id in account.holdings]
    cash = account.cash
    ledgers = [
        _ledger(
            currency, cash.get(currency, 0.0), [p for p in positions if p.contract.currency == currency], rate
        )
        for currency, rate in account.rates().items()
    ]
    cash_in_all = totals.whole.cash
    return [*ledgers, Ledger("BASE", cash_in_all, totals.worth, totals.unrealised, totals.realised, 1.0)]


def _ledger(currency: str, cash: float, own: list[Position], rate: float) -> Ledger:
    return Ledger(
        currency=currency,
        cash=cash,
        worth=worth_of(own),
        unrealised=sum(p.unrealised_pnl for p in own),
        realised=sum(p.realised_pnl for p in own),
        rate=rate,
    )
