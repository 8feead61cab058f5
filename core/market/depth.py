"""Order books row by row, as IB tells them: by position, and believed only where the position makes sense."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.depth import DepthChange, DepthRow, DepthStep

ROWS_KEPT = 64
"""A side's rows beyond this are not kept: far more than is ever asked for."""


@dataclass(slots=True)
class Book:
    """One contract's book, changed in place."""

    bids: list[DepthRow] = field(default_factory=list)
    asks: list[DepthRow] = field(default_factory=list)
    changed_s: float | None = None


class DepthBoard:
    """`changed` collects the contracts touched since it was last cleared; `refused` counts rows that made no sense."""

    def __init__(self) -> None:
        self.changed: set[int] = set()
        self.refused = 0
        self._books: dict[int, Book] = {}

    def book(self, con_id: int) -> Book | None:
        return self._books.get(con_id)

    def report(self, con_id: int, changes: tuple[DepthChange, ...], now_s: float) -> None:
        book = self._books.get(con_id)
        if book is None:
            book = self._books[con_id] = Book()
        for change in changes:
            if not _apply(book.bids if change.is_bid else book.asks, change):
                self.refused += 1
        book.changed_s = now_s
        self.changed.add(con_id)

    def drop(self, con_id: int) -> None:
        """Reset by IB, asked for anew, or nobody's any more: no row of it may be taken for a present one."""
        if self._books.pop(con_id, None) is not None:
            self.changed.add(con_id)

    def lost(self) -> None:
        """The link is gone, and every book with it."""
        self.changed.update(self._books)
        self._books.clear()


def _apply(side: list[DepthRow], change: DepthChange) -> bool:
    """Whether the change made sense. A row after a gap, or with no price, is not one that may be traded on."""
    place = change.position
    if change.step is DepthStep.DELETE:
        if not 0 <= place < len(side):
            return False
        del side[place]
        return True
    row = DepthRow(change.price, change.size, change.maker)
    if not 0 <= place <= len(side) or place >= ROWS_KEPT:
        return False
    if change.step is DepthStep.UPDATE and place < len(side):
        side[place] = row
        return True
    # An update of the row after the last is how some gateways add it.
    side.insert(place, row)
    del side[ROWS_KEPT:]
    return True
