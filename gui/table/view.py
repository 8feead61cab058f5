"""The view: keyboard, column menu, copy as CSV, and rows that stay put under the hand."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView, QWidget

from gui import theme
from gui.table import saving
from gui.table.column import Column
from gui.table.model import TableModel
from gui.table.painter import Pane, Place, RowPainter
from gui.widgets.notice import Notice

_MIN_COLUMN_PX = 24
_MOST_COLUMN_PX = 1200
_MOST_MEASURED = 200
"""Of so many new rows at once the width is measured; ten thousand would hold up the first paint."""
_SELECT_ROW = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


class TableView(QTableView):
    """Shows a `TableModel`.

    Signals:
        current_changed: the key of the row the keyboard is on, or `None`.
        selection_changed: other rows are selected than before.
        chosen: the key of a row on Enter or a double click.
        menu_asked: where (global) to open the panel's own row menu.
        delete_asked: Delete was pressed, once, with rows selected.
        edit_asked: a row's key and the column to edit, on F2 ("": the panel's choice) or a double click on it.
        moved: cells are elsewhere than before: scrolled, resized or in another order.
    """

    current_changed = Signal(object)
    selection_changed = Signal()
    chosen = Signal(object)
    menu_asked = Signal(QPoint)
    delete_asked = Signal()
    edit_asked = Signal(object, str)
    moved = Signal()

    def __init__(self, model: TableModel[Any], name: str, empty: str, stretch: str = "") -> None:
        """`name` is for screen readers, `empty` what is said when there is no row, `stretch` the column that fills."""
        super().__init__()
        self.table = model
        self.empty_words = empty
        self._hand: QPoint | None = None
        self._stretch = stretch
        self._chosen_by_hand = False
        self._told_key: Hashable | None = None
        self._grown: dict[int, int] = {}
        self._painter = RowPainter(model, self)
        self.said = Notice(f"table-{name.lower().replace(' ', '-')}-said", wide=True)
        self.said.setParent(self)
        self.said.setAutoFillBackground(True)
        self.setObjectName(f"table-{name.lower().replace(' ', '-')}")
        self.setAccessibleName(name)
        self.setModel(model)
        self.setItemDelegate(self._painter)
        model.sight = self._rows_in_sight
        model.hand = self._row_under_hand
        model.needs_room = lambda row: self._grow(row, row)
        self._behave()
        self._set_up_header()
        self.reset_columns()
        model.rowsInserted.connect(lambda _parent, first, last: self._grow(first, last))
        self._grow(0, len(model.keys) - 1)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.selectionModel().currentRowChanged.connect(self._on_selection)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(lambda _value: self.moved.emit())
        for changed in (model.layoutChanged, model.rowsInserted, model.rowsRemoved):
            changed.connect(lambda *_: self.moved.emit())
        self.horizontalHeader().sectionResized.connect(lambda *_: self.moved.emit())

    # --- selection -------------------------------------------------------------------------------

    def current_key(self) -> Hashable | None:
        """The row the keyboard is on, if it is selected: Tab into the table alone chooses nothing."""
        index = self.currentIndex()
        chosen = index.isValid() and self.selectionModel().isRowSelected(index.row(), QModelIndex())
        return self.table.key_at(index.row()) if chosen else None

    def selected_keys(self) -> list[Hashable]:
        """From the top of the table."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [key for row in rows if (key := self.table.key_at(row)) is not None]

    def select_key(self, key: Hashable) -> None:
        """Select this row, and bring it into sight."""
        row = self.table.row_of(key)
        if row is not None:
            index = self.table.index(row, self._first_shown_column())
            self.selectionModel().setCurrentIndex(index, _SELECT_ROW)
            self.scrollTo(index)

    def cell_rect(self, key: Hashable, column_key: str) -> QRect:
        """Where a cell is in the viewport; empty when its row or column is not shown."""
        row = self.table.row_of(key)
        for column in self.shown_columns():
            if row is not None and self.table.columns[column].key == column_key:
                return self.visualRect(self.table.index(row, column))
        return QRect()

    # --- columns ---------------------------------------------------------------------------------

    def reset_columns(self) -> None:
        """Every column where, as wide and as visible as it was shipped; no sorting."""
        header = self.horizontalHeader()
        self._chosen_by_hand = False
        for column, what in enumerate(self.table.columns):
            header.moveSection(header.visualIndex(column), column)
            header.setSectionHidden(column, not what.shown)
            header.resizeSection(column, self._shipped_width(what))
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self._tell_shown_columns()
        self._fit_columns()

    def show_column(self, key: str, shown: bool) -> None:
        """Show or hide a column; the last one cannot be hidden."""
        self._chosen_by_hand = True
        for column, what in enumerate(self.table.columns):
            if what.key == key and (shown or len(self.shown_columns()) > 1):
                self.horizontalHeader().setSectionHidden(column, not shown)
        self._tell_shown_columns()

    def shown_columns(self) -> list[int]:
        """Columns in the order they are seen in."""
        header = self.horizontalHeader()
        places = (header.logicalIndex(place) for place in range(header.count()))
        return [column for column in places if not header.isSectionHidden(column)]

    def column_menu(self) -> QMenu:
        """Which columns are shown, and back to the shipped ones; the caller pops it up."""
        menu = QMenu("Columns", self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        header = self.horizontalHeader()
        shown = self.shown_columns()
        for column, what in enumerate(self.table.columns):
            action = menu.addAction(what.full_name)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(column))
            action.setEnabled(shown != [column])
            action.toggled.connect(lambda on, key=what.key: self.show_column(key, on))
        menu.addSeparator()
        menu.addAction("Reset columns", self.reset_columns)
        return menu

    # --- copy and state --------------------------------------------------------------------------

    def csv(self, keys: Iterable[Hashable] | None = None) -> str:
        """The given rows, or all, in the columns and the order on screen."""
        return self.table.csv(self.table.keys if keys is None else keys, self.shown_columns())

    def copy(self) -> None:
        """The selected rows, or all when none is, to the clipboard as CSV."""
        # As text: Qt would free a QMimeData of ours after Python has ended, and the process would crash.
        QGuiApplication.clipboard().setText(self.csv(self.selected_keys() or None))

    def copy_all(self) -> None:
        self.clearSelection()
        self.copy()

    def save_csv(self) -> None:
        """Ask for a file, without holding anything up, and save all rows there as they are when it is named."""
        saving.ask_where(self, self.accessibleName(), self.save_csv_to)

    def save_csv_to(self, path: Path) -> None:
        """All rows into this file; what became of it is said in the table."""
        rows = self.table.row_count
        fault = saving.write(path, self.csv())
        said = fault or f"{rows} row{'' if rows == 1 else 's'} saved to {path}."
        self.said.show_notice(said, "danger" if fault else "ok", (("Close", "quiet", self.said.hide),))
        self._place_notice()

    def _place_notice(self) -> None:
        """Over the last rows: those above must not move under the hand, and the first ones stay in sight."""
        area = self.viewport().geometry()
        wanted = self.said.heightForWidth(area.width())
        room = max(area.height() // 3, theme.px(30))
        height = min(wanted if wanted > 0 else self.said.minimumSizeHint().height(), room)
        self.said.setGeometry(area.left(), area.bottom() + 1 - height, area.width(), height)
        self.said.raise_()

    def save_state(self) -> dict[str, Any]:
        """Order, width and visibility of the columns, and the sorting: JSON-able."""
        header = self.horizontalHeader()
        places = [header.logicalIndex(place) for place in range(header.count())]
        columns = [
            {
                "key": self.table.columns[column].key,
                "width": self._width_of(column),
                "shown": not header.isSectionHidden(column),
            }
            for column in places
        ]
        sorting = self.table.sorting
        return {
            "columns": columns,
            "chosen": self._chosen_by_hand,
            "sort": None if sorting is None else list(sorting),
        }

    def restore_state(self, state: object) -> None:
        """Take back `save_state`'s answer; columns it does not know keep their place at the end."""
        if not isinstance(state, dict):
            return
        known = {what.key: column for column, what in enumerate(self.table.columns)}
        rows = state.get("columns")
        rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        header = self.horizontalHeader()
        for place, row in enumerate(row for row in rows if row.get("key") in known):
            column = known[row["key"]]
            header.moveSection(header.visualIndex(column), place)
            if state.get("chosen") is True:
                header.setSectionHidden(column, row.get("shown") is False)
            if isinstance(width := row.get("width"), int) and _MIN_COLUMN_PX <= width <= _MOST_COLUMN_PX:
                header.resizeSection(column, width)
        self._chosen_by_hand = state.get("chosen") is True
        if not self.shown_columns():
            self.reset_columns()
        self._fit_columns()
        self._tell_shown_columns()
        match state.get("sort"):
            case [str(key), bool(descending)] if key in known:
                order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
                self.sortByColumn(known[key], order)

    # --- Qt's events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if (key := self.current_key()) is not None and not event.isAutoRepeat():
                self.chosen.emit(key)
        elif event.key() == Qt.Key.Key_F2:
            if (key := self.current_key()) is not None and not event.isAutoRepeat():
                self.edit_asked.emit(key, "")
        elif event.key() == Qt.Key.Key_Delete:
            if self.selected_keys() and not event.isAutoRepeat():
                self.delete_asked.emit()
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and not event.modifiers():
            last = self.table.row_count - 1
            key = self.table.key_at(0 if event.key() == Qt.Key.Key_Home else last)
            if key is not None:
                self.select_key(key)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        at = event.position().toPoint()
        key, column = self.table.key_at(self.rowAt(at.y())), self.columnAt(at.x())
        if key is None:
            return
        if column >= 0 and self.table.columns[column].edits:
            self.edit_asked.emit(key, self.table.columns[column].key)
        else:
            self.chosen.emit(key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hand = event.position().toPoint()
        super().mouseMoveEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # What changed out of sight was never measured.
        self._grow(0, self.table.row_count - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()
        self._place_notice()
        self.moved.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self._hand = None
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            below = self.visualRect(self.currentIndex()).bottomLeft()
            self.menu_asked.emit(self.viewport().mapToGlobal(below))
        else:
            self.menu_asked.emit(event.globalPos())
        event.accept()

    def rowsAboutToBeRemoved(self, parent: QModelIndex, start: int, end: int) -> None:  # type: ignore[override]
        # Qt would select the neighbour: an order nobody chose must not be the one that is cancelled next.
        if start <= self.currentIndex().row() <= end:
            self.selectionModel().clear()
        super().rowsAboutToBeRemoved(parent, start, end)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_painter"):
            self._painter.restyle()
            self.verticalHeader().setDefaultSectionSize(self._painter.row_height)
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            self._painter.paint_region(painter, event.region(), self._pane())
            if not self.table.row_count and self.empty_words:
                painter.setPen(theme.current().text_faint)
                margin = theme.px(16)
                room = self.viewport().rect().adjusted(margin, margin, -margin, -margin)
                painter.drawText(
                    room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.empty_words
                )

    def _pane(self) -> Pane:
        width, selection, root = self.viewport().width(), self.selectionModel(), QModelIndex()
        places = (
            Place(column, self.columnViewportPosition(column), self.columnWidth(column))
            for column in self.shown_columns()
        )
        seen = tuple(place for place in places if place.left < width and place.left + place.width > 0)
        return Pane(
            self.table.row_count,
            self.verticalOffset(),
            width,
            seen,
            lambda row: selection.isRowSelected(row, root),
        )

    # --- set-up ----------------------------------------------------------------------------------

    def _behave(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        # Tab leaves the table: the arrow keys are for moving inside it.
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(self._painter.row_height)

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(_MIN_COLUMN_PX)
        header.setSortIndicatorClearable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(
            lambda at: self.column_menu().popup(header.viewport().mapToGlobal(at))
        )
        for column, what in enumerate(self.table.columns):
            if what.key == self._stretch:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def _shipped_width(self, what: Column[Any]) -> int:
        # The arrow of a sorted column must not cut its title.
        return max(self._painter.width_of("0" * what.chars), self._painter.width_of(what.title) + theme.px(8))

    def _grow(self, first: int, last: int) -> None:
        """Widen the columns that may for what these new rows need; never narrow one the trader widened."""
        for column, what in enumerate(self.table.columns):
            if not what.grows:
                continue
            measured = range(first, min(last + 1, first + _MOST_MEASURED))
            keys = (key for row in measured if (key := self.table.key_at(row)) is not None)
            needs = (self._painter.width_of(self.table.text(key, what.key), what.strong) for key in keys)
            need = min(max(needs, default=0), self._painter.width_of("0" * what.grows))
            if need > self._grown.get(column, self._shipped_width(what)):
                self._grown[column] = need
                if what.key != self._stretch and need > self._width_of(column):
                    self.horizontalHeader().resizeSection(column, need)
                self._fit_columns()

    def _width_of(self, column: int) -> int:
        header = self.horizontalHeader()
        if not header.isSectionHidden(column):
            return header.sectionSize(column)
        return self._shipped_width(self.table.columns[column])

    def _fit_columns(self) -> None:
        """Where there is no room, the columns that give way do; never once the trader has chosen."""
        if self._chosen_by_hand:
            return
        columns = self.table.columns
        kept = self._columns_with_room()
        if sorted(self.shown_columns()) != sorted(kept):
            for column in range(len(columns)):
                self.horizontalHeader().setSectionHidden(column, column not in kept)
            self._tell_shown_columns()

    def _columns_with_room(self) -> list[int]:
        """As many as fit: those that yield at the same rank go together, and come back if it was too many."""
        columns = self.table.columns
        shipped = [column for column, what in enumerate(columns) if what.shown]
        widths = {
            column: max(self._shipped_width(columns[column]), self._grown.get(column, 0))
            if columns[column].key == self._stretch
            else self._width_of(column)
            for column in shipped
        }
        room = self.viewport().width() - sum(
            widths[column] for column in shipped if not columns[column].yields
        )
        kept = [column for column in shipped if not columns[column].yields]
        for rank in sorted({columns[column].yields for column in shipped} - {0}):
            group = [column for column in shipped if columns[column].yields == rank]
            cost = sum(widths[column] for column in group)
            if cost <= room:
                room -= cost
                kept += group
        return sorted(kept)

    def _tell_shown_columns(self) -> None:
        self.table.show_columns(self.shown_columns())

    def _first_shown_column(self) -> int:
        return next(iter(self.shown_columns()), 0)

    # --- what the model asks ---------------------------------------------------------------------

    def _rows_in_sight(self) -> range:
        if not self.isVisible():
            return range(0)
        first = self.rowAt(0)
        last = self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return range(0)
        return range(first, (last if last >= 0 else self.table.row_count - 1) + 1)

    def _row_under_hand(self) -> Hashable | None:
        return None if self._hand is None else self.table.key_at(self.rowAt(self._hand.y()))

    def _on_selection(self) -> None:
        key = self.current_key()
        if key != self._told_key:
            self._told_key = key
            self.current_changed.emit(key)
        self.selection_changed.emit()


def row_action(menu: QMenu, text: str, slot: Callable[[], object], *, why_not: str = "") -> QAction:
    """An entry of a row menu; closed ones say why in their own words."""
    action = menu.addAction((f"{text} – {why_not}" if why_not else text).replace("&", "&&"))
    action.setEnabled(not why_not)
    action.triggered.connect(lambda _checked=False: slot())
    return action


def rows_menu(view: TableView, parent: QWidget) -> QMenu:
    """A row menu with what every table offers; the panel puts its own actions in front."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addSeparator()
    menu.addAction("Copy as CSV", view.copy)
    menu.addAction("Copy all as CSV", view.copy_all)
    menu.addAction("Save all as CSV…", view.save_csv)
    menu.addMenu(view.column_menu())
    return menu
