"""Tables: what is repainted, what moves, what is copied, and what comes back with a layout."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from gui import theme
from gui.table import Align, Column, TableModel, TableView

Show = Callable[..., Any]


class Row(NamedTuple):
    name: str
    price: Decimal | None
    volume: int = 0


COLUMNS: tuple[Column[Row], ...] = (
    Column("name", "Name", lambda row: row.name, align=Align.LEFT, tooltip=lambda row: row.name, strong=True),
    Column(
        "price", "Price", lambda row: "–" if row.price is None else f"{row.price:,}", lambda row: row.price
    ),
    Column(
        "volume",
        "Vol",
        lambda row: f"{row.volume:,}",
        lambda row: row.volume,
        name="Volume",
        yields=1,
        chars=20,
    ),
    Column("hidden", "Hidden", lambda row: "seldom", shown=False),
)


class Book:
    """Rows by key, counting how often each is read."""

    def __init__(self, rows: dict[Hashable, Row]) -> None:
        self.rows = rows
        self.read: list[Hashable] = []
        self.model = TableModel(COLUMNS, self._fetch)
        self.painted: list[tuple[int, int]] = []
        self.model.dataChanged.connect(self._count)

    def put(self, key: Hashable, row: Row) -> None:
        self.rows[key] = row
        self.model.touch([key])

    def _fetch(self, key: Hashable) -> Row | None:
        self.read.append(key)
        return self.rows.get(key)

    def _count(self, first: QModelIndex, last: QModelIndex) -> None:
        for row in range(first.row(), last.row() + 1):
            self.painted += [(row, column) for column in range(first.column(), last.column() + 1)]


@pytest.fixture
def book() -> Book:
    made = Book(
        {
            "a": Row("AAPL", Decimal("231.40"), 9),
            "m": Row("MSFT", Decimal("1012.10"), 30),
            "n": Row("NVDA", None, 100),
            "t": Row("TSLA", Decimal("9.50"), 20),
        }
    )
    made.model.set_rows(made.rows)
    return made


@pytest.fixture
def view(book: Book, show: Show) -> TableView:
    made: TableView = show(TableView(book.model, "Things", "Nothing here.", stretch="name"), 500, 300)
    book.painted.clear()
    return made


def click_header(view: TableView, column: int) -> None:
    header = view.horizontalHeader()
    x = header.sectionViewportPosition(column) + 12
    QTest.mouseClick(
        header.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, 8)
    )


def hover(view: TableView, row: int) -> None:
    at = QPointF(20, view.rowViewportPosition(row) + 4)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        view.viewport().mapToGlobal(at),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view.viewport(), event)


def click_row(view: TableView, row: int) -> None:
    at = QPoint(20, view.rowViewportPosition(row) + 4)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


# --- sorting --------------------------------------------------------------------------------------


def test_a_click_sorts_numbers_as_numbers_and_the_absent_last(book: Book, view: TableView) -> None:
    click_header(view, 1)
    assert book.model.keys == ("t", "a", "m", "n")


def test_the_absent_stay_last_downwards_and_a_third_click_gives_the_own_order_back(
    book: Book, view: TableView
) -> None:
    click_header(view, 1)
    click_header(view, 1)
    assert book.model.keys == ("m", "a", "t", "n")
    click_header(view, 1)
    assert book.model.keys == ("a", "m", "n", "t")


def test_a_change_moves_no_row_before_the_next_resort(book: Book, view: TableView) -> None:
    view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    book.put("t", Row("TSLA", Decimal(5000)))
    assert book.model.keys == ("t", "a", "m", "n")
    book.model.resort()
    assert book.model.keys == ("a", "m", "t", "n")


def test_a_resort_with_nothing_changed_reads_nothing(book: Book, view: TableView) -> None:
    view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    book.model.resort()
    book.read.clear()
    book.model.resort()
    assert book.read == []


def test_the_row_under_the_hand_stays_where_it_is(book: Book, view: TableView) -> None:
    view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    hover(view, 0)
    book.put("t", Row("TSLA", Decimal(5000)))
    book.model.resort()
    assert book.model.keys == ("t", "a", "m", "n")
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    book.put("t", Row("TSLA", Decimal(5001)))
    book.model.resort()
    assert book.model.keys == ("a", "m", "t", "n")


def test_a_new_row_on_top_does_not_push_the_row_under_the_hand_away(book: Book, view: TableView) -> None:
    hover(view, 1)
    book.rows = {"new": Row("SPY", Decimal(645)), **book.rows}
    book.model.set_rows(book.rows)
    assert book.model.keys[1] == "m"


def test_the_selection_follows_its_row(book: Book, view: TableView) -> None:
    view.select_key("a")
    view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert view.current_key() == "a"
    book.rows = {"new": Row("SPY", Decimal(9999)), **book.rows}
    book.model.set_rows(book.rows)
    assert (view.current_key(), view.selected_keys()) == ("a", ["a"])


def test_when_the_selected_row_goes_nothing_is_selected_in_its_place(book: Book, view: TableView) -> None:
    told: list[Hashable | None] = []
    view.current_changed.connect(told.append)
    view.select_key("m")
    book.model.set_rows(["a", "n", "t"])
    assert view.selected_keys() == []
    assert view.current_key() is None
    assert told == ["m", None]


def test_scattered_rows_can_go_and_come_in_one_go(book: Book, view: TableView) -> None:
    view.select_key("m")
    book.model.set_rows(["m", "t"])
    assert (book.model.keys, view.current_key()) == (("m", "t"), "m")
    book.model.set_rows(["t", "a", "m", "n"])
    assert (book.model.keys, view.current_key()) == (("t", "a", "m", "n"), "m")


# --- painting -------------------------------------------------------------------------------------


def test_only_the_cells_that_differ_are_repainted(book: Book, view: TableView) -> None:
    view.grab()
    book.put("a", Row("AAPL", Decimal("231.41"), 9))
    assert book.painted == [(0, 1)]
    book.put("a", Row("AAPL", Decimal("231.41"), 9))
    assert len(book.painted) == 1


def test_of_ten_thousand_changed_rows_only_those_in_sight_are_read_and_repainted(show: Show) -> None:
    book = Book({number: Row(f"S{number}", Decimal(number)) for number in range(10_000)})
    book.model.set_rows(book.rows)
    view = show(TableView(book.model, "Many", "", stretch="name"), 500, 300)
    view.grab()
    in_sight = len(book.model.sight())
    book.painted.clear()
    book.read.clear()
    book.rows = {number: Row(f"S{number}", Decimal(number + 1)) for number in range(10_000)}
    book.model.touch(range(10_000))
    assert sorted(book.painted) == [(row, 1) for row in range(in_sight)]
    assert in_sight < 20
    assert set(book.read) == set(range(in_sight))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    view.grab()
    assert book.model.cell(9_999, 1).text == "10,000"


def test_a_hidden_column_is_never_worded(show: Show) -> None:
    worded: list[str] = []
    columns: tuple[Column[str], ...] = (
        Column("a", "A", lambda row: row),
        Column("b", "B", lambda row: worded.append(row) or "", shown=False),
    )
    model: TableModel[str] = TableModel(columns, str)
    model.set_rows(["x", "y"])
    show(TableView(model, "Few", "")).grab()
    assert worded == []


def test_a_hidden_table_is_not_repainted(book: Book, view: TableView) -> None:
    view.hide()
    book.put("a", Row("AAPL", Decimal(1), 9))
    assert book.painted == []


def test_half_a_number_is_never_shown(book: Book, view: TableView) -> None:
    painter: Any = view.itemDelegate()
    assert painter._fitted("1,012.10", 200, COLUMNS[1]) == "1,012.10"
    assert painter._fitted("1,012.10", 30, COLUMNS[1]) == "…"
    assert painter._fitted("A long name", 40, COLUMNS[0]).startswith("A")


def test_both_themes_and_an_empty_table_paint(view: TableView, book: Book, qapp: QApplication) -> None:
    dark = view.grab().toImage()
    theme.apply(qapp, theme.LIGHT)
    assert view.grab().toImage() != dark
    book.model.set_rows([])
    assert not view.grab().isNull()


def test_words_out_of_the_network_are_never_rich_text(book: Book, view: TableView) -> None:
    book.put("a", Row("<b>AAPL</b>\nInc", None))
    tip = book.model.data(book.model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert tip == "<qt>&lt;b&gt;AAPL&lt;/b&gt;<br>Inc</qt>"


def test_screen_readers_hear_the_column_with_the_value(book: Book, view: TableView) -> None:
    assert book.model.data(book.model.index(0, 2), Qt.ItemDataRole.AccessibleTextRole) == "Volume 9"
    assert view.accessibleName() == "Things"


# --- keyboard and mouse ---------------------------------------------------------------------------


def test_keys_move_by_rows_and_enter_chooses(view: TableView, qtbot: Any) -> None:
    chosen: list[Hashable] = []
    view.chosen.connect(chosen.append)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.current_key() == "t"
    qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert (chosen, view.current_key()) == (["n"], "a")


def test_a_held_enter_chooses_once(view: TableView) -> None:
    chosen: list[Hashable] = []
    view.chosen.connect(chosen.append)
    view.select_key("a")
    held = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True
    )
    QApplication.sendEvent(view, held)
    assert chosen == []


def test_tab_into_the_table_chooses_nothing(view: TableView) -> None:
    told: list[Hashable | None] = []
    view.current_changed.connect(told.append)
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert (view.current_key(), told) == (None, [])


def test_a_click_selects_and_a_double_click_chooses(view: TableView) -> None:
    told: list[Hashable] = []
    view.chosen.connect(told.append)
    click_row(view, 2)
    assert view.selected_keys() == ["n"]
    at = QPoint(20, view.rowViewportPosition(3) + 4)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert told == ["t"]


# --- columns --------------------------------------------------------------------------------------


def action(menu: QMenu, text: str) -> QAction:
    return next(each for each in menu.actions() if each.text() == text)


def test_the_column_menu_hides_and_brings_back(view: TableView) -> None:
    menu = view.column_menu()
    action(menu, "Price").trigger()
    action(menu, "Hidden").trigger()
    assert view.shown_columns() == [0, 2, 3]
    action(menu, "Reset columns").trigger()
    assert view.shown_columns() == [0, 1, 2]


def test_the_last_column_cannot_be_hidden(view: TableView) -> None:
    view.show_column("price", False)
    view.show_column("volume", False)
    view.show_column("name", False)
    assert view.shown_columns() == [0]
    assert not action(view.column_menu(), "Name").isEnabled()


def test_without_room_the_columns_that_yield_do_and_come_back(view: TableView) -> None:
    view.resize(160, 300)
    assert view.shown_columns() == [0, 1]
    view.resize(500, 300)
    assert view.shown_columns() == [0, 1, 2]


def test_a_column_of_names_grows_for_a_long_one_and_no_further_than_it_may(show: Show) -> None:
    columns: tuple[Column[str], ...] = (
        Column("name", "Name", lambda row: row, align=Align.LEFT, chars=4, grows=12),
        Column("rest", "Rest", lambda row: ""),
    )
    model: TableModel[str] = TableModel(columns, str)
    model.set_rows(["AAPL"])
    view = show(TableView(model, "Names", "", stretch="rest"), 500, 300)
    before = view.columnWidth(0)
    model.set_rows(["AAPL", "AAPL 18DEC26"])
    grown = view.columnWidth(0)
    model.set_rows(["AAPL", "W" * 100])
    assert before < grown <= view.columnWidth(0) < 3 * before + 60


def test_a_column_grows_too_for_words_that_change_later(show: Show) -> None:
    words = {"a": "Working"}
    columns: tuple[Column[str], ...] = (
        Column("state", "State", lambda key: words[key], align=Align.LEFT, chars=4, grows=24),
        Column("rest", "Rest", lambda row: ""),
    )
    model: TableModel[str] = TableModel(columns, str)
    model.set_rows(["a"])
    view = show(TableView(model, "States", "", stretch="rest"), 500, 300)
    before = view.columnWidth(0)
    words["a"] = "Working (unconfirmed)"
    model.touch(["a"])
    assert view.columnWidth(0) > before


def test_what_the_trader_chose_does_not_yield(view: TableView) -> None:
    view.show_column("hidden", True)
    view.resize(160, 300)
    assert view.shown_columns() == [0, 1, 2, 3]


# --- copy and state -------------------------------------------------------------------------------


def test_the_selected_rows_are_copied_as_csv(view: TableView, qtbot: Any) -> None:
    view.select_key("m")
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Name,Price,Volume\nMSFT,1012.10,30\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_spreadsheet_runs_what_the_network_sent(book: Book, view: TableView, start: str) -> None:
    book.put("a", Row(f'{start}cmd("x")', Decimal("-2.50"), 1))
    line = view.csv(["a"]).splitlines()[1]
    assert line.startswith(f"\"'{start}cmd")
    assert ",-2.50," in line


def test_state_comes_back_with_order_width_visibility_and_sorting(
    book: Book, view: TableView, show: Show
) -> None:
    view.horizontalHeader().moveSection(2, 0)
    view.horizontalHeader().resizeSection(1, 123)
    view.show_column("hidden", True)
    view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    other = Book(book.rows)
    other.model.set_rows(other.rows)
    twin = show(TableView(other.model, "Twin", "", stretch="name"), 500, 300)
    twin.restore_state(view.save_state())
    assert twin.save_state() == view.save_state()
    assert other.model.keys == ("m", "a", "t", "n")


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {"columns": "all"},
        {"columns": [{"key": "gone"}, 7, {"key": "price", "width": 10**9}]},
        {"columns": [{"key": key, "shown": False} for key in ("name", "price", "volume")], "chosen": True},
        {"sort": ["gone", True]},
        {"sort": 5},
    ],
)
def test_nonsense_in_a_saved_layout_is_ignored(view: TableView, state: object) -> None:
    view.restore_state(state)
    assert view.shown_columns()
    assert view.horizontalHeader().sectionSize(1) < 500
