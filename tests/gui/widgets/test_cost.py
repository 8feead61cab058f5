"""What an order is worth and about what it costs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.order import OrderType, Side
from core.domain.quote import Quote
from gui.widgets.cost import against_market, commission, notional, price_guess
from tests.gui.panels.stand_in import AAPL, ES, EURUSD, SPX, order_spec

QUOTE = Quote(1, bid=150.24, ask=150.26, last=150.25)


def test_a_limit_is_its_own_price_and_a_market_order_takes_the_near_side() -> None:
    assert price_guess(order_spec(AAPL, Side.BUY, 10, "149"), QUOTE) == (Decimal(149), True)
    assert price_guess(order_spec(AAPL, Side.BUY, 10), QUOTE) == (Decimal("150.26"), False)
    assert price_guess(order_spec(AAPL, Side.SELL, 10), QUOTE) == (Decimal("150.24"), False)
    assert price_guess(order_spec(AAPL, Side.SELL, 10), None) == (None, False)


def test_the_multiplier_counts() -> None:
    assert notional(order_spec(ES, Side.BUY, 2, "6478.25"), Decimal("6478.25")) == Decimal(647_825)


@pytest.mark.parametrize(
    ("details", "quantity", "price", "fee"),
    [
        (AAPL, 100, "150", "1.00"),
        (AAPL, 1000, "150", "5.00"),
        (AAPL, 10, "0.50", "0.05"),
        (ES, 2, "6478.25", "4.50"),
        (EURUSD, 20_000, "1.16", "2.00"),
    ],
)
def test_commission_is_estimated_by_the_fixed_plan(
    details: object, quantity: int, price: str, fee: str
) -> None:
    spec = order_spec(details, Side.BUY, quantity, price)  # type: ignore[arg-type]
    assert commission(spec, notional(spec, spec.limit_price)) == Decimal(fee)


def test_where_no_rate_is_known_none_is_claimed() -> None:
    euro = replace(AAPL.contract, currency="EUR")
    spec = replace(order_spec(AAPL, Side.BUY, 10, "150"), contract=euro)
    assert commission(spec, Decimal(1500)) is None
    assert commission(order_spec(SPX, Side.BUY, 1, "6500"), Decimal(6500)) is None
    assert commission(order_spec(AAPL, Side.BUY, 10), None) is None


@pytest.mark.parametrize(
    ("side", "price", "words"),
    [
        (Side.BUY, "150.26", "may trade now, at the ask"),
        (Side.BUY, "148.76", "waits 1.00 % from the ask"),
        (Side.BUY, "150.255", "waits under 0.01 % from the ask"),
        (Side.SELL, "150.00", "may trade now, at the bid"),
        (Side.SELL, None, "half the spread: about 0.10"),
    ],
)
def test_a_price_is_told_against_the_market(side: Side, price: str | None, words: str) -> None:
    assert against_market(order_spec(AAPL, side, 10, price), QUOTE) == words


def test_a_stop_is_told_by_its_distance() -> None:
    spec = replace(order_spec(AAPL, Side.SELL, 10), order_type=OrderType.STP, stop_price=Decimal("148.7475"))
    assert against_market(spec, QUOTE) == "1.00 % from the market"
    assert against_market(spec, None) == "no two-sided quote"
