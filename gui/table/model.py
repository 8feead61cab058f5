"""The model: its own row order, ready cells, and a repaint for what changed in sight and nothing else."""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import compress, count
from operator import ne
from typing import Any, Generic

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gui.table.as_csv import csv_text
from gui.table.column import BLANK, Align, Cell, Column, R, SortKey

_ROOT = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex
_ALIGNMENT = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    Align.CENTRE: Qt.AlignmentFlag.AlignCenter,
}


class TableModel(QAbstractTableModel, Generic[R]):
    """Rows are keys; `fetch` gives a key's row value when it must be worded, never before.

    `touch` costs one look-up for a row out of sight. Sorting happens on a click and on `resort`, never per
    change, and leaves the row under the trader's hand where it is.
    """

    def __init__(
        self,
        columns: Sequence[Column[R]],
        fetch: Callable[[Hashable], R | None],
        row_tone: Callable[[R], str] | None = None,
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.sight: Callable[[], range] = lambda: range(0)
        """The rows on screen; the view says."""
        self.needs_room: Callable[[int], None] = lambda row: None
        """Told of a row whose words changed in a column that widens by itself."""
        self.hand: Callable[[], Hashable | None] = lambda: None
        """The row under the mouse; the view says."""
        self._fetch = fetch
        self._row_tone = row_tone
        self._shown = frozenset(range(len(self.columns)))
        self._in_order = sorted(self._shown)
        self._natural: list[Hashable] = []
        self._heads: Mapping[Any, Hashable] = {}
        self._order: list[Hashable] = []
        self._row_of: dict[Hashable, int] = {}
        self._cells: dict[Hashable, list[Cell]] = {}
        self._sort_column: int | None = None
        self._descending = False
        self._touched = False

    # --- what panels say -------------------------------------------------------------------------

    def set_rows(self, keys: Iterable[Hashable], heads: Mapping[Any, Hashable] | None = None) -> None:
        """Exactly these rows, in this order where no column sorts them.

        `heads` names the row that leads a family for each of its rows: sorted by its head, it stays together.
        """
        self._natural = list(dict.fromkeys(keys))
        self._heads = heads or {}
        self._settle()

    def touch(self, keys: Iterable[Hashable]) -> None:
        """These rows changed: repaint the cells that differ and are in sight, forget the others."""
        sight = self.sight()
        for key in keys:
            row = self._row_of.get(key)
            if row is None:
                continue
            self._touched = True
            if row in sight:
                self._repaint(key, row)
            else:
                self._cells.pop(key, None)

    def touch_sight(self) -> None:
        """What is on screen may read differently now (ages); the rest is worded when it comes into sight."""
        sight = self.sight()
        seen = self._order[sight.start : sight.stop]
        kept = set(seen)
        self._cells = {key: cells for key, cells in self._cells.items() if key in kept}
        self.touch(seen)

    def resort(self) -> None:
        """Put changed rows where they belong; call at 1 to 2 Hz, not per change."""
        if self._touched and self._sort_column is not None:
            self._settle()
        self._touched = False

    def forget_cells(self) -> None:
        """Word everything afresh, after a change of theme, of shown columns or of zoom."""
        self._cells.clear()
        if self._order:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, len(self.columns) - 1))

    def show_columns(self, columns: Iterable[int]) -> None:
        """Only these are worded: a hidden column costs nothing."""
        self._shown = frozenset(columns)
        self._in_order = sorted(self._shown)
        self.forget_cells()

    # --- what views and tests ask ----------------------------------------------------------------

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The rows from the top."""
        return tuple(self._order)

    @property
    def row_count(self) -> int:
        return len(self._order)

    def key_at(self, row: int) -> Hashable | None:
        return self._order[row] if 0 <= row < len(self._order) else None

    def row_of(self, key: Hashable) -> int | None:
        return self._row_of.get(key)

    def row_value(self, key: Hashable) -> R | None:
        return self._fetch(key)

    def cell(self, row: int, column: int) -> Cell:
        """The ready cell."""
        return self.cells(row)[column]

    def cells(self, row: int) -> Sequence[Cell]:
        """A row's ready cells: worded once, then a look-up until the row is touched."""
        key = self._order[row]
        cells = self._cells.get(key)
        if cells is None:
            cells = self._cells[key] = self._worded(key)
        return cells

    def text(self, key: Hashable, column_key: str) -> str:
        """What a row shows under a column, hidden or not."""
        value = self._fetch(key)
        column = next(column for column in self.columns if column.key == column_key)
        return "" if value is None else column.text(value)

    @property
    def sorting(self) -> tuple[str, bool] | None:
        """The column that sorts, and whether downwards from the largest."""
        return None if self._sort_column is None else (self.columns[self._sort_column].key, self._descending)

    def csv(self, keys: Iterable[Hashable], columns: Sequence[int]) -> str:
        """These rows and columns as CSV, with a header."""
        picked = [self.columns[column] for column in columns]
        values = (self._fetch(key) for key in keys)
        return csv_text(
            [column.full_name for column in picked],
            ([_csv_of(column, value) for column in picked] for value in values if value is not None),
        )

    # --- Qt's model ------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), index.column()).text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENT[self.columns[index.column()].align]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            column = self.columns[index.column()]
            return f"{column.full_name} {self.cell(index.row(), index.column()).text}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(index)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENT[column.align]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.full_name
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort at once by `column`; -1 goes back to the rows' own order."""
        self._sort_column = column if 0 <= column < len(self.columns) else None
        self._descending = order is Qt.SortOrder.DescendingOrder
        self._settle()

    def _tooltip(self, index: _Index) -> str | None:
        column = self.columns[index.column()]
        value = self._fetch(self._order[index.row()])
        if column.tooltip is None or value is None or not (words := column.tooltip(value)):
            return None
        # Escaped: words out of the network must never be read as rich text.
        return f"<qt>{html.escape(words).replace(chr(10), '<br>')}</qt>"

    # --- cells -----------------------------------------------------------------------------------

    def _worded(self, key: Hashable) -> list[Cell]:
        value = self._fetch(key)
        if value is None:
            return [BLANK] * len(self.columns)
        fill = "" if self._row_tone is None else self._row_tone(value)
        return [
            Cell(column.text(value), "" if column.tone is None else column.tone(value), fill)
            if position in self._shown
            else BLANK
            for position, column in enumerate(self.columns)
        ]

    def _repaint(self, key: Hashable, row: int) -> None:
        was = self._cells.get(key)
        now = self._cells[key] = self._worded(key)
        changed = [column for column in self._in_order if was is None or was[column] != now[column]]
        for first, last in _runs(changed):
            self.dataChanged.emit(self.index(row, first), self.index(row, last))
        if any(self.columns[column].grows for column in changed):
            self.needs_room(row)

    # --- the order of rows -----------------------------------------------------------------------

    def _settle(self) -> None:
        """Make the rows what `_natural`, the sorting column and the hand say."""
        wanted = self._pinned(self._sorted())
        if wanted == self._order:
            return
        if (block := _new_block(self._order, wanted)) is not None:
            self._insert_block(block, wanted)
            return
        self._remove(self._row_of.keys() - set(wanted))
        self._insert(wanted)
        if wanted != self._order:
            self._reorder(wanted)

    def _sorted(self) -> list[Hashable]:
        if self._sort_column is None:
            return self._natural
        column = self.columns[self._sort_column]
        ranked: list[tuple[Any, Hashable]] = []
        absent: list[Hashable] = []
        for key in self._natural:
            value = self._fetch(key)
            rank = None if value is None else _rank(column, value)
            if rank is None:
                absent.append(key)
            else:
                ranked.append((rank, key))
        ranked.sort(key=lambda pair: pair[0], reverse=self._descending)
        return self._with_families([key for _, key in ranked] + absent)

    def _with_families(self, ranked: list[Hashable]) -> list[Hashable]:
        if not self._heads:
            return ranked
        families: dict[Hashable, list[Hashable]] = {}
        for key in self._natural:
            if (head := self._heads.get(key)) is not None:
                families.setdefault(head, []).append(key)
        leading = (key for key in ranked if self._heads.get(key, key) == key)
        return [member for key in leading for member in families.get(key, (key,))]

    def _pinned(self, wanted: list[Hashable]) -> list[Hashable]:
        """`wanted` with the row under the hand where it is now: a click lands on what was aimed at."""
        held = self.hand()
        row = self._row_of.get(held)
        if held is None or row is None or row >= len(wanted) or wanted[row] == held or held not in wanted:
            return wanted
        others = [key for key in wanted if key != held]
        return [*others[:row], held, *others[row:]]

    def _remove(self, gone: set[Hashable]) -> None:
        if not gone:
            return
        rows = sorted(self._row_of[key] for key in gone)
        if rows[-1] - rows[0] + 1 != len(rows):
            # Scattered: bring them to the end first, so that one removal does.
            kept = [key for key in self._order if key not in gone]
            self._reorder([*kept, *(self._order[row] for row in rows)])
            rows = list(range(len(kept), len(self._order)))
        self.beginRemoveRows(_ROOT, rows[0], rows[-1])
        del self._order[rows[0] : rows[-1] + 1]
        self._index_rows()
        for key in gone:
            self._cells.pop(key, None)
        self.endRemoveRows()

    def _insert(self, wanted: list[Hashable]) -> None:
        new = [key for key in wanted if key not in self._row_of]
        if not new:
            return
        at = wanted.index(new[0])
        if [*wanted[:at], *wanted[at + len(new) :]] != self._order:
            at = len(self._order)
        self._insert_block(range(at, at + len(new)), [*self._order[:at], *new, *self._order[at:]])

    def _insert_block(self, block: range, wanted: list[Hashable]) -> None:
        self.beginInsertRows(_ROOT, block.start, block.stop - 1)
        self._order = list(wanted)
        self._index_rows()
        self.endInsertRows()

    def _reorder(self, wanted: list[Hashable]) -> None:
        # Without arguments: PySide6 6.11 crashes in emitting the list this signal can carry.
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        keys = [self._order[index.row()] for index in held]
        self._order = list(wanted)
        self._index_rows()
        moved = [self.index(self._row_of[key], index.column()) for key, index in zip(keys, held, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _index_rows(self) -> None:
        self._row_of = dict(zip(self._order, range(len(self._order)), strict=True))


def _new_block(before: list[Hashable], wanted: list[Hashable]) -> range | None:
    """The rows of `wanted` that are all there is to it beside `before`: the news of a busy table is one row."""
    grown = len(wanted) - len(before)
    if grown <= 0:
        return None
    at = next(compress(count(), map(ne, before, wanted)), len(before))
    return range(at, at + grown) if before[at:] == wanted[at + grown :] else None


def _runs(columns: list[int]) -> list[tuple[int, int]]:
    """Neighbours together: one signal for cells side by side."""
    runs: list[tuple[int, int]] = []
    for column in columns:
        if runs and runs[-1][1] == column - 1:
            runs[-1] = (runs[-1][0], column)
        else:
            runs.append((column, column))
    return runs


def _rank(column: Column[R], value: R) -> SortKey | None:
    return column.text(value).casefold() if column.sort is None else column.sort(value)


def _csv_of(column: Column[R], value: R) -> str:
    return (column.text if column.csv is None else column.csv)(value)
