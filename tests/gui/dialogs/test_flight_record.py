"""The flight record: an order's life with milliseconds, and every field as it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from core.domain.flight import FlightRow
from core.domain.order import Side
from gui.dialogs.flight_record import FlightRecord
from tests.gui.panels.stand_in import AAPL, EVERYTHING, NOW_S, Floor, order_spec

ROWS = (
    FlightRow(
        NOW_S, "Intent, on disk before anything was sent", (("order_id", "7"), ("spec", '{"side": "BUY"}'))
    ),
    FlightRow(NOW_S + 0.012, "Bytes handed to the socket", ()),
    FlightRow(NOW_S + 0.1, "IB: orderStatus", (("status", "<b>Submitted</b>"),)),
)


@pytest.fixture
def home(show: Callable[..., Any]) -> QWidget:
    """The window it belongs to."""
    widget: QWidget = show(QWidget())
    return widget


def opened(desk_floor: Floor, home: QWidget) -> FlightRecord:
    desk_floor.know(*EVERYTHING)
    desk_floor.quote(AAPL, 150.24, 150.26, 150.25)
    desk_floor.stand_in.submit(order_spec(AAPL, Side.BUY, 10, "150.00"), frozenset())
    order = desk_floor.desk.orders()[0]
    desk_floor.stand_in.flights[order.order_ref] = ROWS
    record = FlightRecord(desk_floor.bridge, home)
    record.open(order.order_ref)
    return record


def test_each_row_says_when_what_and_how_long_after(desk_floor: Floor, home: QWidget) -> None:
    record = opened(desk_floor, home)
    after = [record.model.text(key, "since") for key in record.model.keys]
    assert after == ["–", "+12 ms", "+88 ms"]
    assert [len(record.model.text(key, "at")) for key in record.model.keys] == [12, 12, 12]
    assert record.title.text() == "BUY 10 AAPL LMT 150.00 DAY"
    record.close()


def test_a_chosen_row_spells_its_fields_out_as_text(desk_floor: Floor, home: QWidget) -> None:
    record = opened(desk_floor, home)
    read = []
    for key in record.model.keys:
        record.view.select_key(key)
        read.append(record.raw.toPlainText())
    assert read == [
        'order_id: 7\nspec: {\n  "side": "BUY"\n}',
        "This row has no fields.",
        "status: <b>Submitted</b>",
    ]
    record.close()


def test_what_happens_meanwhile_is_added(desk_floor: Floor, home: QWidget) -> None:
    record = opened(desk_floor, home)
    more = (*ROWS, FlightRow(NOW_S + 3, "You asked to cancel", ()))
    desk_floor.stand_in.flights[record.order_ref] = more
    record.reload()
    assert record.model.text(3, "what") == "You asked to cancel"
    record.close()
