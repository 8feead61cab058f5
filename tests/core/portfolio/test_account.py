"""Account values: IB's text to our names, nothing invented."""

from decimal import Decimal

import pytest

from core.domain.events import AccountReported, PnlReported
from core.portfolio.account import AccountBook, is_garbled, number


def test_known_tags_are_taken_over_and_others_ignored() -> None:
    book = AccountBook()
    values = (
        ("NetLiquidation", "1000000.50", "USD"),
        ("MaintMarginReq", "200000", "USD"),
        ("ExcessLiquidity", "100000", "USD"),
        ("ExcessLiquidity-S", "5", "USD"),
        ("WhatIfPMEnabled", "true", ""),
        ("CashBalance", "12", "EUR"),
        ("CashBalance", "99", "BASE"),
        ("ExchangeRate", "1.08", "EUR"),
    )
    book.reported(AccountReported("DU1", values), 5.0)
    summary = book.account("DU1")
    assert summary is not None
    assert summary.net_liquidation == Decimal("1000000.50")
    assert summary.currency == "USD"
    assert summary.margin_ratio == Decimal("0.5")
    assert summary.cash_by_currency == (("EUR", Decimal(12)),)
    assert summary.exchange_rates == (("EUR", Decimal("1.08")),)


def test_pnl_keeps_the_values_that_were_there() -> None:
    book = AccountBook()
    book.reported(AccountReported("DU1", (("NetLiquidation", "10", "USD"),)), 1.0)
    book.pnl_reported(PnlReported("DU1", Decimal(1), None, Decimal(2)), 2.0)
    summary = book.account("DU1")
    assert summary is not None
    assert (summary.net_liquidation, summary.daily_pnl, summary.unrealised_pnl) == (
        Decimal(10),
        Decimal(1),
        None,
    )


@pytest.mark.parametrize("text", ["", "n/a", "1.7976931348623157E308", "NaN", "Infinity"])
def test_what_is_no_number_is_absent(text: str) -> None:
    assert number(text) is None


def test_a_value_that_is_no_number_is_absent_where_one_was_known() -> None:
    book = AccountBook()
    book.reported(AccountReported("DU1", (("CashBalance", "12", "EUR"), ("ExchangeRate", "1.1", "EUR"))), 1.0)
    book.reported(AccountReported("DU1", (("CashBalance", "?!", "EUR"), ("ExchangeRate", "?!", "EUR"))), 2.0)
    summary = book.account("DU1")
    assert summary is not None
    assert (summary.cash_by_currency, summary.exchange_rates) == ((), ())


@pytest.mark.parametrize(
    ("tag", "text", "garbled"),
    [
        ("ExcessLiquidity", "?!", True),
        ("CashBalance", "12,5", True),
        ("ExchangeRate", "one", True),
        ("ExcessLiquidity", "", False),
        ("Cushion", "N/A", False),
        ("SMA", "1.7976931348623157E308", False),
        ("Leverage", "NaN", False),
        ("NetLiquidation", " -1 ", False),
        ("AccountType", "INDIVIDUAL", False),
    ],
)
def test_what_is_neither_a_number_nor_none_is_garbled(tag: str, text: str, garbled: bool) -> None:
    assert is_garbled(tag, text) is garbled


def test_an_account_that_is_not_ready_says_so() -> None:
    book = AccountBook()
    book.reported(AccountReported("DU1", (("AccountReady", "false", ""),)), 1.0)
    summary = book.account("DU1")
    assert summary is not None
    assert not summary.ready
