"""What a typed number means, and the words for what is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gui.widgets.number_text import price_text, read_price, read_quantity
from tests.gui.panels.stand_in import AAPL, ES, EURUSD

NONSENSE = (
    "",
    "   ",
    "-1",
    "−5",
    "0",
    "0.00",
    "+5",
    "abc",
    "1e5",
    "1E+3",
    "1e309",
    "nan",
    "inf",
    "1,000",
    "150,25",
    "1 000",
    "1_000",
    "0x10",
    "١٢",
    "²",
    "--",
    ".",
    "9" * 13,
    "1." + "0" * 11,
    "150.25.1",
    "$5",
)


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_is_no_quantity_and_no_price_and_says_why(typed: str) -> None:
    for reading in (read_quantity(typed, AAPL), read_price(typed, AAPL, "limit price")):
        assert reading.value is None
        assert reading.fault.endswith(".")
        assert reading.missing is (typed.strip() == "")


@pytest.mark.parametrize(
    ("value", "text"),
    [("257.5", "257.50"), ("257", "257.00"), ("1E+3", "1000.00"), ("257.501", "257.501"), ("-1.5", "-1.50")],
)
def test_a_price_is_written_in_its_contracts_digits_and_in_no_fewer_than_it_has(
    value: str, text: str
) -> None:
    assert price_text(Decimal(value), AAPL) == text
    assert read_price(text, None, "price", signed=True).value == Decimal(value)


@pytest.mark.parametrize("typed", ["1e5", "abc", "1 000", "1,000", "0.12345678901", "-1"])
def test_what_is_wrong_with_a_number_names_its_field(typed: str) -> None:
    assert "limit price" in read_price(typed, AAPL, "limit price").fault


@pytest.mark.parametrize(
    ("typed", "value"), [("150.25", "150.25"), (" 7 ", "7"), ("007", "7"), (".5", "0.5"), ("5.", "5")]
)
def test_plain_numbers_are_exact(typed: str, value: str) -> None:
    assert read_price(typed, AAPL, "limit price").value == Decimal(value)


def test_a_price_off_the_tick_names_its_neighbours() -> None:
    assert read_price("150.255", AAPL, "limit price").fault == "Steps of 0.01: 150.25 or 150.26."
    assert read_price("6470.1", ES, "limit price").fault == "Steps of 0.25: 6470.00 or 6470.25."
    assert read_price("1.164251", EURUSD, "limit price").fault == "Steps of 0.00005: 1.16425 or 1.16430."


def test_below_the_first_tick_only_the_one_above_is_named() -> None:
    assert read_price("0.001", AAPL, "limit price").fault == "Steps of 0.01: 0.01."


def test_a_quantity_comes_in_the_contracts_own_steps() -> None:
    assert read_quantity("1.5", ES).fault == "In steps of 1."
    assert read_quantity("0.5", AAPL).fault == "At least 1."
