"""Where IB's ways of saying "absent" end."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tws import numbers


@pytest.mark.parametrize(
    "absent", [1.7976931348623157e308, -1.7976931348623157e308, math.nan, math.inf, "", "x", None]
)
def test_unset_and_nonsense_are_absent(absent: object) -> None:
    assert numbers.number(absent) is None  # type: ignore[arg-type]
    assert numbers.exact(absent) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "exact"),
    [(100.0, "100"), (0.1, "0.1"), (1e-07, "1E-7"), ("150.2500", "150.2500"), (-5.5, "-5.5")],
)
def test_digits_are_kept(told: float | str, exact: str) -> None:
    assert str(numbers.exact(told)) == exact


@pytest.mark.parametrize(
    ("value", "size", "price"),
    [(-1.0, 0.0, None), (0.0, 0.0, None), (-1.0, 100.0, -1.0), (-37.63, 5.0, -37.63), (150.0, 0.0, 150.0)],
)
def test_minus_one_is_a_price_only_when_somebody_stands_behind_it(
    value: float, size: float, price: float | None
) -> None:
    assert numbers.price(value, size) == price


def test_zero_and_unset_identifiers_are_absent() -> None:
    assert [numbers.whole(value) for value in (0, None, 2**31 - 1, 2**63 - 1, 7)] == [
        None,
        None,
        None,
        None,
        7,
    ]


@given(st.floats() | st.text(max_size=400))
def test_nothing_makes_the_boundary_itself_fail(told: float | str) -> None:
    exact = numbers.exact(told)
    assert exact is None or exact.is_finite()
    assert isinstance(numbers.quantity(told), Decimal)


@given(st.text(max_size=5000))
def test_words_are_one_clean_line_of_bounded_length(text: str) -> None:
    words = numbers.words(text)
    assert len(words) <= 2000
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in words)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_the_wire_never_sees_an_exponent(value: Decimal) -> None:
    written = numbers.plain(value)
    assert "E" not in written
    assert Decimal(written) == value
