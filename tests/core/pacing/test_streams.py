"""How many books and tapes IB gives for so many market-data lines."""

from __future__ import annotations

import pytest

from core.pacing.streams import depth_most, tapes_most


@pytest.mark.parametrize(
    ("lines", "books", "tapes"),
    [(1, 3, 1), (100, 3, 5), (399, 3, 19), (400, 4, 20), (1_000, 10, 50), (9_000, 60, 450)],
)
def test_more_lines_bring_more_books_and_tapes(lines: int, books: int, tapes: int) -> None:
    assert (depth_most(lines), tapes_most(lines)) == (books, tapes)
