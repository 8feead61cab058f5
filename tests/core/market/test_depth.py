"""Order books: by position, believed only where the position makes sense."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.domain.depth import DepthChange, DepthRow, DepthStep
from core.market.depth import ROWS_KEPT, DepthBoard

INSERT, UPDATE, DELETE = DepthStep.INSERT, DepthStep.UPDATE, DepthStep.DELETE


def bid(position: int, step: DepthStep, price: float = 10.0, size: float = 1.0) -> DepthChange:
    return DepthChange(position, step, True, price, size, "")


def told(*changes: DepthChange) -> DepthBoard:
    board = DepthBoard()
    board.report(1, changes, 5.0)
    return board


def test_rows_are_put_in_changed_and_taken_out_by_position() -> None:
    board = told(
        bid(0, INSERT, 10.0),
        bid(0, INSERT, 10.1),
        bid(1, UPDATE, 10.0, 7),
        bid(0, DELETE),
        bid(1, INSERT, 9.9),
    )
    book = board.book(1)
    assert book is not None
    assert book.bids == [DepthRow(10.0, 7), DepthRow(9.9, 1)]
    assert (book.asks, book.changed_s, board.refused) == ([], 5.0, 0)


def test_an_update_past_the_last_row_adds_it() -> None:
    book = told(bid(0, UPDATE, 10.0)).book(1)
    assert book is not None
    assert book.bids == [DepthRow(10.0, 1)]


def test_rows_after_a_gap_or_of_nowhere_are_counted_and_not_kept() -> None:
    board = told(bid(2, INSERT), bid(-1, INSERT), bid(0, DELETE), bid(5, UPDATE), bid(10**9, INSERT))
    book = board.book(1)
    assert book is not None
    assert (book.bids, board.refused) == ([], 5)


def test_a_dropped_book_is_told_as_a_change() -> None:
    board = told(bid(0, INSERT))
    board.changed.clear()
    board.drop(1)
    board.drop(1)
    assert board.book(1) is None
    assert board.changed == {1}


@given(
    st.lists(
        st.tuples(st.integers(-2, 80), st.sampled_from(DepthStep), st.booleans(), st.floats(0, 100)),
        max_size=200,
    )
)
def test_no_sequence_of_rows_grows_a_book_without_end(rows) -> None:
    board = told(*(DepthChange(place, step, is_bid, price, 1.0, "") for place, step, is_bid, price in rows))
    book = board.book(1)
    if book is not None:
        assert max(len(book.bids), len(book.asks)) <= ROWS_KEPT
