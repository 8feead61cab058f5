"""The price axis: round steps on the contract's tick, never more of them than fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.charts.prices import PriceScale, fitted, step_of, stretched, ticks

TICKS = st.sampled_from([0.01, 0.25, 0.00005, 0.005, 0.03125, 0.1, 5.0])


@given(st.floats(0.001, 1e6), st.integers(1, 30), TICKS)
def test_a_step_is_on_the_tick_and_makes_no_more_than_asked(span: float, most: int, tick: float) -> None:
    step = step_of(span, most, tick)
    assert step >= tick * (1 - 1e-9)
    assert step / tick == pytest.approx(round(step / tick), rel=1e-6)
    assert span / step <= most * (1 + 1e-6) or step == pytest.approx(tick)


def test_steps_are_the_ones_a_trader_would_draw() -> None:
    assert step_of(3.0, 6, 0.01) == 0.5
    assert step_of(30.0, 6, 0.25) == 5.0
    assert step_of(0.8, 4, 0.25) == 0.25
    assert step_of(0.002, 5, 0.00005) == pytest.approx(0.0005)
    assert step_of(0.2, 5, 0.03125) == pytest.approx(0.0625)


def test_ticks_lie_within_the_scale_and_apart() -> None:
    scale = PriceScale(99.3, 104.9, 0, 400)
    found = ticks(scale, 0.01, 50)
    assert found == [100.0, 101.0, 102.0, 103.0, 104.0]


def test_prices_and_pixels_are_each_others_inverse() -> None:
    scale = PriceScale(95.0, 105.0, 20, 420)
    assert scale.y(105) == 20
    assert scale.y(95) == 420
    assert scale.price(scale.y(101.37)) == pytest.approx(101.37)


def test_a_flat_market_still_has_a_range() -> None:
    scale = fitted(100.0, 100.0, 0.01, 0, 300, (20, 20))
    assert scale.low < 100.0 < scale.high
    assert ticks(scale, 0.01, 40)


def test_fitting_leaves_the_room_it_was_asked_for() -> None:
    scale = fitted(100.0, 110.0, 0.01, 0, 300, (40, 20))
    assert scale.y(110.0) == pytest.approx(40)
    assert scale.y(100.0) == pytest.approx(280)


def test_stretching_keeps_the_middle() -> None:
    scale = stretched(PriceScale(100.0, 110.0, 0, 300), 2.0)
    assert (scale.low, scale.high) == (95.0, 115.0)
