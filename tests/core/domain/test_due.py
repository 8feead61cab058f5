"""The first of several moments."""

from core.domain.due import earliest


def test_the_first_of_the_moments_counts_and_none_is_no_moment() -> None:
    assert earliest(3.0, None, 2.0, 4.0) == 2.0
    assert earliest(0.0, None) == 0.0
    assert earliest(None, None) is None
    assert earliest() is None
