"""Tags on the price axis: legible, in order, and the last price where it belongs."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gui.charts.marks import spread


def test_tags_that_do_not_meet_stay_where_they_are() -> None:
    assert spread([100, 200, 50], 17, 0, 400) == [100, 200, 50]


def test_the_first_keeps_its_place_and_the_others_make_way_to_their_own_side() -> None:
    assert spread([100, 105, 98], 20, 0, 400) == [100, 120, 80]


def test_tags_out_of_view_are_brought_to_the_edge() -> None:
    assert spread([100, -500, 900], 20, 0, 400) == [100, 10, 390]


def test_no_tags_need_no_room() -> None:
    assert spread([], 20, 0, 400) == []


@given(st.lists(st.floats(-200, 700), min_size=1, max_size=18))
def test_however_many_there_are_none_covers_another(wanted: list[float]) -> None:
    centres = spread(wanted, 20, 0, 400)
    ordered = sorted(centres)
    assert all(below - above >= 20 - 1e-6 for above, below in pairwise(ordered))
    assert ordered[0] >= 10 - 1e-6
    assert ordered[-1] <= 390 + 1e-6
    assert [c for _, c in sorted(zip(wanted, centres, strict=True))] == ordered
