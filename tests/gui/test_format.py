"""Numbers as the trader reads them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.contract import Contract, ContractDetails, PriceBand
from gui import format as fmt

ES = ContractDetails(Contract(1, "ES"), price_bands=(PriceBand(Decimal(0), Decimal("0.25")),))
EURUSD = ContractDetails(Contract(2, "EUR"), price_bands=(PriceBand(Decimal(0), Decimal("0.00005")),))


def test_what_is_absent_is_a_dash_everywhere() -> None:
    assert {
        fmt.price(None, None),
        fmt.change(None, ES),
        fmt.quantity(None),
        fmt.signed_quantity(None),
        fmt.money(None),
        fmt.signed_money(None, "USD"),
        fmt.percent(None),
        fmt.signed_percent(None),
        fmt.compact(None),
        fmt.age(None),
        fmt.clock(None),
        fmt.clock_ms(None),
        fmt.date_time(None),
        fmt.recent(None, 0.0),
        fmt.milliseconds(None),
    } == {fmt.DASH}


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash_too(nonsense: float) -> None:
    assert (
        fmt.price(nonsense, ES)
        == fmt.money(nonsense)
        == fmt.compact(nonsense)
        == fmt.age(nonsense)
        == fmt.DASH
    )


@pytest.mark.parametrize(
    ("value", "details", "text"),
    [
        (5987.25, ES, "5,987.25"),
        (5987, ES, "5,987.00"),
        (1.05432, EURUSD, "1.05432"),
        (Decimal("150.2"), None, "150.20"),
        (1.05432, None, "1.05432"),
        (-37.63, ES, "−37.63"),
        (-0.0, ES, "0.00"),
    ],
)
def test_a_price_has_the_digits_its_contract_trades_in(
    value: float, details: ContractDetails | None, text: str
) -> None:
    assert fmt.price(value, details) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(100, "100"), (Decimal("1234567"), "1,234,567"), (0.5, "0.5"), (-250, "−250"), (0, "0")],
)
def test_a_quantity_has_a_fraction_only_where_there_is_one(value: float, text: str) -> None:
    assert fmt.quantity(value) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (15025, "USD", "$15,025.00"),
        (-3, "EUR", "−€3.00"),
        (1.5, "CHF", "CHF 1.50"),
        (Decimal("1234.565"), "", "1,234.56"),
        (-0.001, "USD", "$0.00"),
    ],
)
def test_money_says_its_currency_and_never_minus_nought(value: float, currency: str, text: str) -> None:
    assert fmt.money(value, currency) == text


def test_a_signed_number_says_its_sign_without_colour() -> None:
    assert fmt.signed_money(12.5, "USD") == "+$12.50"
    assert fmt.signed_money(-12.5, "USD") == "−$12.50"
    assert fmt.signed_money(0, "USD") == "$0.00"
    assert fmt.signed_money(0.001) == "0.00"
    assert fmt.signed_percent(0.0123) == "+1.23 %"
    assert fmt.signed_percent(-0.000001) == "0.00 %"
    assert fmt.signed_quantity(-100) == "−100"
    assert fmt.change(0.25, ES) == "+0.25"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (789, "789"),
        (45_600, "45.6K"),
        (999_950, "1.00M"),
        (1_234_567, "1.23M"),
        (2.5e9, "2.50B"),
        (-45_600, "−45.6K"),
    ],
)
def test_a_volume_is_three_digits_and_a_letter(value: float, text: str) -> None:
    assert fmt.compact(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.9, "59 s"), (65, "1 m 05 s"), (3_720, "1 h 02 m"), (90_000, "1 d 1 h"), (-3, "0 s")],
)
def test_an_age_is_as_coarse_as_it_matters(seconds: float, text: str) -> None:
    assert fmt.age(seconds) == text


def test_a_time_of_another_day_says_the_day() -> None:
    now = datetime(2026, 6, 3, 12, 0, 0).astimezone()
    assert fmt.recent(now, now.timestamp()) == "12:00:00"
    assert fmt.recent(now - timedelta(days=1), now.timestamp()) == "02 Jun 12:00:00"
    assert fmt.date_time(now.astimezone(UTC)) == "2026-06-03 12:00:00"
    assert fmt.clock_ms(now.timestamp() + 0.25) == "12:00:00.250"


def test_a_round_trip_shows_tenths_only_where_they_matter() -> None:
    assert [fmt.milliseconds(value) for value in (0.44, 9.94, 9.96, 120.0)] == [
        "0.4 ms",
        "9.9 ms",
        "10 ms",
        "120 ms",
    ]


def test_an_account_can_be_shown_to_a_room() -> None:
    assert fmt.mask_account("DU1234567") == "DU•••567"
    assert fmt.mask_account("DU1") == "DU1"


@given(st.decimals(-(10**12), 10**12, places=4), st.integers(0, 4))
def test_money_read_back_is_the_money_shown(value: Decimal, decimals: int) -> None:
    shown = Decimal(fmt.plain(fmt.money(value, decimals=decimals)).replace(",", ""))
    assert abs(shown - value) <= Decimal(1).scaleb(-decimals)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_nothing_shown_ever_holds_an_ascii_minus_or_scientific_digits(value: float) -> None:
    for text in (fmt.price(value, ES), fmt.money(value), fmt.signed_percent(value), fmt.compact(value)):
        assert "-" not in text
        assert "e" not in text
