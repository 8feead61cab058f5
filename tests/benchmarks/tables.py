"""Tables with real views and a real painter."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtGui import QImage

from gui.table import Column, TableModel, TableView
from tests.benchmarks.charts import application

COLUMNS = 12
FRAMES = 200


def watchlist_frame() -> list[float]:
    """500 rows, every one of them changed since the last frame: what is told, worded and painted."""
    view, model, values = _table(500)
    count = iter(range(10**9))

    def change() -> None:
        number = next(count)
        for row in values:
            row[1] = number
        model.touch(range(500))

    return _frames(view, change)


def scroll_frame() -> list[float]:
    view, _, _ = _table(10_000)
    bar = view.verticalScrollBar()
    return _frames(view, lambda: bar.setValue((bar.value() + 37) % bar.maximum()))


def _table(rows: int) -> tuple[TableView, TableModel[list[float]], list[list[float]]]:
    application()
    values = [[float(row + column) for column in range(COLUMNS)] for row in range(rows)]
    columns: list[Column[list[float]]] = [
        Column(f"c{place}", f"Column {place}", lambda row, at=place: f"{row[at]:,.2f}")
        for place in range(COLUMNS)
    ]
    model = TableModel(columns, lambda key: values[key])  # type: ignore[index,call-overload]
    view = TableView(model, "bench", "Nothing.")
    view.resize(900, 600)
    view.show()
    model.set_rows(range(rows))
    return view, model, values


def _frames(view: TableView, change: Callable[[], None]) -> list[float]:
    image = QImage(view.size(), QImage.Format.Format_ARGB32_Premultiplied)
    view.render(image)
    samples = []
    for _ in range(FRAMES):
        began = perf_counter()
        change()
        view.render(image)
        samples.append((perf_counter() - began) * 1e3)
    return samples
