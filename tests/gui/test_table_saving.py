"""A table saved as a CSV file: whole or not at all, and nothing waits for the dialog."""

from __future__ import annotations

import errno
import os
from collections.abc import Hashable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from gui.table import Column, TableModel, TableView

ROWS: dict[Hashable, tuple[str, Decimal]] = {
    "a": ("AAPL", Decimal("-2.50")),
    "m": ('=cmd("x")', Decimal("1012.10")),
}
COLUMNS: tuple[Column[tuple[str, Decimal]], ...] = (
    Column("name", "Name", lambda row: row[0]),
    Column("price", "Price", lambda row: f"{row[1]:,}"),
)
SAVED = 'Name,Price\nAAPL,-2.50\n"\'=cmd(""x"")",1012.10\n'


@pytest.fixture
def view(qtbot: Any) -> TableView:
    model = TableModel(COLUMNS, ROWS.get)
    model.set_rows(ROWS)
    view = TableView(model, "Executions", "None.")
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    return view


def test_the_file_holds_all_rows_and_the_window_says_so(view: TableView, tmp_path: Path) -> None:
    view.save_csv_to(tmp_path / "fills.csv")
    assert (tmp_path / "fills.csv").read_text(encoding="utf-8-sig") == SAVED
    assert view.said.words == f"2 rows saved to {tmp_path / 'fills.csv'}."
    assert os.listdir(tmp_path) == ["fills.csv"]


def test_what_is_said_leaves_the_rows_in_sight(view: TableView, tmp_path: Path) -> None:
    folder = tmp_path / ("a rather long name of a folder " * 6)
    folder.mkdir()
    for width, height in ((400, 300), (900, 160), (260, 200)):
        view.resize(width, height)
        view.save_csv_to(folder / "fills.csv")
        assert view.said.isVisible()
        assert view.said.height() <= max(view.viewport().height() // 3, 30)
        assert view.said.geometry().top() > view.visualRect(view.model().index(0, 0)).bottom()


def test_a_folder_that_is_not_there_is_said_in_words(view: TableView, tmp_path: Path) -> None:
    view.save_csv_to(tmp_path / "gone" / "fills.csv")
    assert view.said.words.endswith("was not saved: there is no such folder.")


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "you may not write there")],
)
def test_what_fails_leaves_the_earlier_file_whole(
    view: TableView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    (tmp_path / "fills.csv").write_text("earlier")

    def fails(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    view.save_csv_to(tmp_path / "fills.csv")
    assert view.said.words.endswith(f"was not saved: {words}.")
    assert (tmp_path / "fills.csv").read_text() == "earlier"
    assert os.listdir(tmp_path) == ["fills.csv"]


def test_the_dialog_blocks_nothing(view: TableView, tmp_path: Path) -> None:
    view.save_csv()
    dialog = view.findChild(QFileDialog, "save-csv")
    assert dialog is not None
    assert not dialog.isModal()
    assert dialog.windowModality() is Qt.WindowModality.NonModal
    dialog.fileSelected.emit(str(tmp_path / "named.csv"))
    assert (tmp_path / "named.csv").exists()
    dialog.close()
