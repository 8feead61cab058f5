"""Four ways of sizing: what is typed, what it comes to, and why it comes to nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gui.panels.ticket.sizing import Means, Size, quantity
from tests.gui.panels.stand_in import AAPL

MEANS = Means(equity=Decimal(1_000_000), entry=Decimal(150), stop=Decimal(148))


@pytest.mark.parametrize(
    ("typed", "size", "comes_to", "words"),
    [
        ("120", Size.UNITS, 120, ""),
        ("5000", Size.MONEY, 33, "= 33, $4,950"),
        ("5", Size.FRACTION, 333, "= 333, $49,950"),
        ("251", Size.RISK, 125, "= 125, $18,750, risk $250"),
        ("0.1", Size.RISK_FRACTION, 500, "= 500, $75,000, risk $1,000"),
    ],
)
def test_each_way_comes_to_a_whole_number_rounded_down(
    typed: str, size: Size, comes_to: int, words: str
) -> None:
    found = quantity(typed, size, AAPL, MEANS)
    assert (found.reading.value, found.words) == (Decimal(comes_to), words)


@pytest.mark.parametrize(
    ("typed", "size", "means", "fault"),
    [
        ("100", Size.MONEY, MEANS, "is not enough"),
        ("5", Size.FRACTION, MEANS._replace(equity=None), "net liquidation is not known"),
        ("250", Size.RISK, MEANS._replace(stop=None), "needs a stop"),
        ("250", Size.RISK, MEANS._replace(stop=Decimal(150)), "same price"),
        ("250", Size.RISK, MEANS._replace(entry=None), "no price to size by"),
        ("250", Size.MONEY, MEANS._replace(rate=None), "No exchange rate"),
        ("x", Size.MONEY, MEANS, "not a number"),
        ("", Size.RISK, MEANS, "Enter a risk."),
    ],
)
def test_what_cannot_be_reckoned_says_why(typed: str, size: Size, means: Means, fault: str) -> None:
    reading = quantity(typed, size, AAPL, means).reading
    assert reading.value is None
    assert fault in reading.fault
