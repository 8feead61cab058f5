"""Price steps, labels and sessions."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.contract import Contract, ContractDetails, PriceBand, SecType, TradingSession

CENTS = ContractDetails(Contract(1, "AAPL"))
OPTION = ContractDetails(
    Contract(2, "AAPL", SecType.OPT),
    price_bands=(PriceBand(Decimal(0), Decimal("0.01")), PriceBand(Decimal(3), Decimal("0.05"))),
)
EURUSD = ContractDetails(
    Contract(3, "EUR", SecType.CASH), price_bands=(PriceBand(Decimal(0), Decimal("0.00005")),)
)
ES = ContractDetails(Contract(4, "ES", SecType.FUT), price_bands=(PriceBand(Decimal(0), Decimal("0.25")),))


@pytest.mark.parametrize(
    ("details", "good", "bad"),
    [
        (CENTS, "150.25", "150.255"),
        (OPTION, "2.99", "3.01"),
        (EURUSD, "1.08505", "1.08502"),
        (ES, "6000.75", "6000.80"),
    ],
)
def test_prices_fit_the_contracts_own_steps(details: ContractDetails, good: str, bad: str) -> None:
    assert details.on_tick(Decimal(good))
    assert not details.on_tick(Decimal(bad))


@given(st.floats(min_value=0.01, max_value=1e6))
def test_a_rounded_price_is_always_on_a_step(price: float) -> None:
    for details in (CENTS, OPTION, EURUSD, ES):
        assert details.on_tick(details.round_to_tick(price))


def test_stepping_goes_to_the_next_valid_price() -> None:
    assert OPTION.next_tick(Decimal("2.99"), 1) == Decimal("3.00")
    assert OPTION.next_tick(Decimal("3.00"), 1) == Decimal("3.05")
    assert CENTS.next_tick(Decimal("150.255"), -1) == Decimal("150.25")


def test_decimals_show_every_price_exactly() -> None:
    assert [one.decimals for one in (CENTS, OPTION, EURUSD, ES)] == [2, 2, 5, 2]


@pytest.mark.parametrize(
    ("contract", "label"),
    [
        (Contract(1, "AAPL"), "AAPL"),
        (Contract(1, "EUR", SecType.CASH, currency="USD"), "EUR.USD"),
        (Contract(1, "ES", SecType.FUT, expiry="20261218"), "ES DEC26"),
        (
            Contract(1, "AAPL", SecType.OPT, expiry="20261218", strike=Decimal("150.0"), right="C"),
            "AAPL 18DEC26 150 C",
        ),
        (
            Contract(1, "CL", SecType.FOP, expiry="20261117", strike=Decimal("60"), right="P"),
            "CL 17NOV26 60 P FOP",
        ),
        (
            Contract(1, "AAPL", SecType.WAR, expiry="20271217", strike=Decimal("240"), right="C"),
            "AAPL 17DEC27 240 C WAR",
        ),
        (Contract(1, "AAPL", SecType.CFD), "AAPL CFD"),
        (Contract(1, "BTC", SecType.CRYPTO, currency="USD"), "BTC.USD"),
        (Contract(1, "X", SecType.FUT, expiry="junk"), "X junk"),
    ],
)
def test_a_contract_is_named_as_a_trader_names_it(contract: Contract, label: str) -> None:
    assert contract.label == label


def test_sessions_tell_whether_the_market_is_open() -> None:
    span = TradingSession(datetime(2026, 11, 23, 14, 30, tzinfo=UTC), datetime(2026, 11, 23, 21, tzinfo=UTC))
    details = ContractDetails(Contract(1, "AAPL"), liquid=(span,))
    assert details.is_liquid_at(datetime(2026, 11, 23, 15, tzinfo=UTC))
    assert not details.is_liquid_at(datetime(2026, 11, 23, 21, tzinfo=UTC))
    assert ContractDetails(Contract(1, "AAPL")).is_liquid_at(datetime(2026, 11, 23, 23, tzinfo=UTC))
