"""The window of bars: it follows when it should and stays when it should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.charts.window import LATEST_MARGIN_PX, MOST_BAR_PX, TimeWindow


def window_of(count: int = 1_000, width: float = 800.0) -> TimeWindow:
    made = TimeWindow(width=width)
    made.grow(count)
    return made


def test_the_first_bars_come_into_view_with_the_newest_at_the_right() -> None:
    window = window_of()
    assert window.follows
    assert window.x(1_000) == pytest.approx(800 - LATEST_MARGIN_PX)
    assert window.visible()[1] == 1_000


def test_a_new_bar_is_followed_when_the_newest_was_in_view() -> None:
    window = window_of()
    before = window.x(1_000)
    window.grow(1_001)
    assert window.x(1_001) == pytest.approx(before)


def test_a_new_bar_moves_nothing_when_the_trader_looks_at_the_past() -> None:
    window = window_of()
    window.pan(3_000)
    before = window.x(600)
    window.grow(1_005)
    assert window.x(600) == pytest.approx(before)
    assert not window.follows


def test_older_bars_added_or_forgotten_move_nothing_either() -> None:
    for shift in (500, -200):
        window = window_of()
        window.pan(2_000)
        before = window.x(700)
        window.grow(1_000 + shift, shift)
        assert window.x(700 + shift) == pytest.approx(before)


@given(
    st.lists(st.tuples(st.floats(0.2, 5), st.floats(0, 800)), max_size=12),
    st.integers(1, 100_000),
    st.floats(-5_000, 5_000),
)
def test_zooming_and_panning_keep_the_bars_within_reach(
    zooms: list[tuple[float, float]], count: int, pan_px: float
) -> None:
    window = window_of(count)
    for factor, x in zooms:
        window.zoom(factor, x)
        window.pan(pan_px)
        first, last = window.visible()
        assert 0 <= first < last <= count
        assert 0 < window.bar_px <= MOST_BAR_PX


def test_zooming_holds_the_place_under_the_cursor() -> None:
    window = window_of()
    window.pan(2_000)
    before = window.place(300)
    window.zoom(1.5, 300)
    assert window.place(300) == pytest.approx(before)


def test_all_bars_can_be_shown_and_the_way_back_is_one_step() -> None:
    window = window_of(50_000)
    window.show_all()
    assert window.visible() == (0, 50_000)
    window.reset()
    assert window.follows
    assert window.visible()[0] > 49_000


def test_pixels_and_places_are_each_others_inverse() -> None:
    window = window_of()
    assert window.place(window.x(123.5)) == pytest.approx(123.5)
