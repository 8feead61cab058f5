"""The depth panel: asks only while it is looked at, holds still under the hand, and never sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest

from core.domain.depth import DepthChange, DepthStep
from core.domain.events import DepthReported, PrintsReported, StreamRefused
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.requests import SubscribeStream
from core.domain.stream import StreamKind
from core.domain.tape import Print
from gui.panels.depth import DepthPanel
from tests.gui.panels.stand_in import AAPL, EVERYTHING, MSFT, Floor

Show = Callable[..., Any]
BOTH = {StreamKind.DEPTH, StreamKind.TAPE}


class Bench:
    def __init__(self, floor: Floor, panel: DepthPanel, qtbot: Any) -> None:
        self.floor, self.panel, self.qtbot = floor, panel, qtbot
        self.staged: list[OrderSpec] = []
        floor.bridge.staged.connect(self.staged.append)

    def choose(self, details: Any) -> None:
        self.floor.bridge.select(details.contract)
        self.qtbot.waitUntil(lambda: self.panel.watched == details.contract)

    def asked(self, details: Any) -> set[StreamKind]:
        """Which streams of a contract were asked for."""
        streams = [one for one in self.floor.stand_in.requests if isinstance(one, SubscribeStream)]
        return {one.kind for one in streams if one.contract.con_id == details.contract.con_id}

    def used(self) -> tuple[int, int]:
        """Of the budgets of depth and of tick-by-tick."""
        pacing = self.floor.desk.pacing
        return pacing.depth_used, pacing.tape_used

    def book(self, *rows: tuple[int, bool, float, float]) -> None:
        changes = tuple(
            DepthChange(at, DepthStep.INSERT, bid, price, size, "") for at, bid, price, size in rows
        )
        self.tell(DepthReported(AAPL.contract.con_id, changes))

    def tell(self, event: Any) -> None:
        self.floor.say(event)
        self.floor.show(self.panel)

    def prices(self) -> list[tuple[Side, float, float | None]]:
        return [(rung.side, rung.price, rung.size) for rung in self.panel.ladder.rungs()]

    def press(self, at: int) -> None:
        place = self.panel.ladder.rect_of(at).center()
        QTest.mouseClick(self.panel.ladder, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


@pytest.fixture
def bench(desk_floor: Floor, show: Show, qtbot: Any) -> Bench:
    desk_floor.know(*EVERYTHING)
    panel = show(DepthPanel(desk_floor.bridge), 300, 700)
    return Bench(desk_floor, panel, qtbot)


@pytest.fixture
def booked(bench: Bench) -> Bench:
    bench.choose(AAPL)
    bench.book(
        (0, True, 190.01, 300), (1, True, 190.0, 200), (0, False, 190.03, 100), (1, False, 190.04, 500)
    )
    return bench


def test_the_streams_are_asked_for_while_it_is_in_sight_and_given_up_when_it_is_not(bench: Bench) -> None:
    bench.choose(AAPL)
    assert bench.asked(AAPL) == BOTH
    assert bench.used() == (1, 1)
    bench.panel.hide()
    assert bench.used() == (0, 0)
    assert bench.panel.watched is None


def test_out_of_sight_another_contract_asks_for_nothing(bench: Bench) -> None:
    bench.panel.hide()
    bench.floor.bridge.select(MSFT.contract)
    assert not bench.asked(MSFT)
    bench.panel.show()
    bench.qtbot.waitUntil(lambda: bench.panel.watched == MSFT.contract)
    assert bench.asked(MSFT) == BOTH


def test_it_follows_the_contract_that_is_chosen(booked: Bench) -> None:
    booked.choose(MSFT)
    assert booked.used() == (1, 1)
    assert booked.floor.desk.depth(AAPL.contract.con_id) is None
    assert booked.floor.desk.depth(MSFT.contract.con_id) is not None
    assert booked.prices() == []
    assert booked.panel.depth_words.text() == "Asked for; nothing has come yet."


def test_asks_stand_above_bids_with_their_sums_towards_the_outside(booked: Bench) -> None:
    assert booked.prices() == [
        (Side.SELL, 190.04, 500), (Side.SELL, 190.03, 100), (Side.BUY, 190.01, 300), (Side.BUY, 190.0, 200)
    ]  # fmt: skip
    assert [rung.total for rung in booked.panel.ladder.rungs()] == [600, 100, 300, 500]
    assert booked.panel.depth_words.isHidden()


def test_a_press_on_an_ask_stages_a_buy_at_it_and_sends_nothing(booked: Bench) -> None:
    booked.press(1)
    (spec,) = booked.staged
    assert (spec.side, spec.order_type, spec.limit_price) == (Side.BUY, OrderType.LMT, Decimal("190.03"))
    assert booked.floor.stand_in.submitted == []


def test_the_keys_choose_a_row_and_enter_stages_its_price(booked: Bench) -> None:
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(booked.panel.ladder, key)
    (spec,) = booked.staged
    assert (spec.side, spec.limit_price) == (Side.SELL, Decimal("190.0"))


def test_under_the_pointer_prices_stay_where_they_are_until_it_leaves(booked: Bench) -> None:
    ladder, at = booked.panel.ladder, QPointF(5, 5)
    ladder.enterEvent(QEnterEvent(at, at, at))
    booked.book((0, False, 190.02, 700))
    assert [price for _, price, _ in booked.prices()] == [190.04, 190.03, 190.01, 190.0]
    ladder.leaveEvent(QEvent(QEvent.Type.Leave))
    assert [price for _, price, _ in booked.prices()] == [190.04, 190.03, 190.02, 190.01, 190.0]


def test_a_refusal_is_said_in_words(bench: Bench) -> None:
    bench.choose(AAPL)
    bench.tell(StreamRefused(StreamKind.DEPTH, AAPL.contract.con_id, 354, "Not subscribed"))
    view = bench.floor.desk.depth(AAPL.contract.con_id)
    assert view is not None
    assert bench.panel.depth_words.text() == view.words != ""
    assert bench.panel.depth_words.property("tone") == "warning"


def test_a_lost_link_is_said_over_what_was_shown(booked: Bench) -> None:
    booked.floor.lose_link()
    booked.floor.show(booked.panel)
    assert "Not fresh" in booked.panel.depth_words.text()


def test_the_newest_trade_is_on_top_and_what_was_paged_back_to_stands_still(bench: Bench) -> None:
    bench.choose(AAPL)
    one = Print(datetime(2026, 6, 3, 15, tzinfo=UTC), 190.0, 100, "NASDAQ", aggressor=Side.BUY)
    old = tuple(one._replace(price=190.0 + number) for number in range(100))
    bench.tell(PrintsReported(AAPL.contract.con_id, old))
    prints = bench.panel.prints
    assert prints.prints()[0].price == 289.0
    QTest.keyClick(prints, Qt.Key.Key_Down)
    assert prints.prints()[0].price == 288.0
    bench.tell(PrintsReported(AAPL.contract.con_id, (one._replace(price=400.0),)))
    assert prints.prints()[0].price == 288.0
    QTest.keyClick(prints, Qt.Key.Key_Home)
    assert prints.prints()[0].price == 400.0
