"""The small widgets: what they show, and that they paint whatever they are handed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.domain.link import Mode
from gui import theme
from gui.widgets.board import Board, BoardCell, BoardColumn
from gui.widgets.button import button
from gui.widgets.curve import Curve
from gui.widgets.facts import FactGroup, Facts
from gui.widgets.figure import Figure
from gui.widgets.fitting import fit_row
from gui.widgets.gauge import Gauge
from gui.widgets.icons import app_icon
from gui.widgets.links import Leg, TwoLinks
from gui.widgets.mark import Mark, State
from gui.widgets.meter import Meter
from gui.widgets.mode_frame import EDGE, ModeFrame
from gui.widgets.notice import Notice
from gui.widgets.text import label, say

COLUMNS = (BoardColumn("What", 2, right=False), BoardColumn("Much", 1))


def colours(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }


def test_a_label_never_reads_markup() -> None:
    assert label("<b>x</b>").textFormat() is Qt.TextFormat.PlainText


def test_a_button_hands_over_its_click_alone(qtbot: Any) -> None:
    clicked: list[tuple[object, ...]] = []
    made = button("Go", "go", lambda *more: clicked.append(more))
    qtbot.addWidget(made)
    made.click()
    assert clicked == [()]
    assert made.accessibleName() == "Go"


def test_saying_the_same_again_changes_nothing(qtbot: Any) -> None:
    shown = label("one")
    qtbot.addWidget(shown)
    say(shown, "two", "up")
    assert (shown.text(), shown.property("tone"), shown.accessibleName()) == ("two", "up", "two")
    assert shown.palette().color(shown.foregroundRole()).name() == theme.DARK.up


def test_a_figure_does_not_jump_as_its_digits_change(qtbot: Any) -> None:
    figure = Figure("Net liquidation", widest="$1,234,567.89")
    qtbot.addWidget(figure)
    wide = figure.minimumSizeHint().width()
    figure.show_value("$7.00")
    assert figure.minimumSizeHint().width() == wide
    figure.show_value("−$123,456,789,012.34")
    assert figure.minimumSizeHint().width() > wide
    figure.show_value("$7.00")
    assert figure.accessibleName() == "Net liquidation: $7.00"


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_mark_of_its_own_shape(qtbot: Any, state: State, show: Callable[..., Any]) -> None:
    mark = show(Mark(20), 20, 20)
    mark.show_state(state, "words")
    alone = {other: Mark(20) for other in State}
    pictures = {}
    for other, made in alone.items():
        qtbot.addWidget(made)
        made.show_state(other, "")
        pictures[other] = made.grab().toImage()
    same = [other for other, picture in pictures.items() if picture == mark.grab().toImage()]
    assert same == [state]


def test_a_meter_fills_to_its_fraction_and_is_empty_when_nobody_knows(show: Callable[..., Any]) -> None:
    meter = show(Meter(), 100, 8)
    meter.show_fraction(0.5, "ok", "half")
    image = meter.grab().toImage()
    assert image.pixelColor(25, 4).name() == theme.DARK.ok
    assert image.pixelColor(75, 4).name() == theme.DARK.border
    meter.show_fraction(None, "ok", "not known")
    assert theme.DARK.ok not in colours(meter)


def test_a_curve_thins_its_past_but_keeps_its_beginning_and_its_end(show: Callable[..., Any]) -> None:
    curve = show(Curve(str), 200, 60)
    for at in range(10_000):
        curve.add(float(at), float(at % 7))
    assert len(curve.points) <= 1_200
    assert curve.points[0][0] == 0.0
    assert curve.points[-1][0] == 9_999.0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e12, 1e12), max_size=30))
def test_a_curve_paints_whatever_it_is_given(qapp: QApplication, values: list[float]) -> None:
    curve = Curve(lambda value: f"{value:.0f}")
    curve.resize(160, 60)
    for at, value in enumerate(values):
        curve.add(float(at // 2), value)
    assert not curve.grab().isNull()


def test_a_board_counts_what_does_not_fit(show: Callable[..., Any]) -> None:
    board = show(Board("Positions", COLUMNS, "None."), 300, 150)
    board.show_rows([(BoardCell(f"row {at}"), BoardCell(str(at), "up", at / 50)) for at in range(50)])
    assert not board.grab().isNull()
    assert "row 49" in board.accessibleName()
    board.show_rows([])
    assert board.accessibleName() == "Positions: None."


@pytest.mark.parametrize("fraction", [None, -0.4, 0.0, 0.5, 1.0, 7.0])
def test_a_gauge_paints_any_fraction(show: Callable[..., Any], fraction: float | None) -> None:
    gauge = show(Gauge("gauge"), 240, 200)
    gauge.show_value(fraction, "x", "words", "ok")
    # Even nothing left is a sliver of its colour; not known is none.
    assert (theme.DARK.ok in colours(gauge)) is (fraction is not None)


def test_the_two_links_say_both_in_words(show: Callable[..., Any]) -> None:
    links = show(TwoLinks(), 300, 44)
    links.show_links(("IBDesk", "TWS", "IBKR"), Leg(State.GOOD, "3 ms"), Leg(State.BAD, "out of reach"))
    assert links.accessibleName() == "IBDesk to TWS: 3 ms. TWS to IBKR: out of reach."
    assert {theme.DARK.ok, theme.DARK.danger} <= colours(links)


@pytest.mark.parametrize("mode", Mode)
def test_the_frame_has_the_colour_of_whose_money_it_is(show: Callable[..., Any], mode: Mode) -> None:
    frame = show(ModeFrame(), 100, 60)
    frame.show_mode(mode)
    image = frame.grab().toImage()
    for at in (0, EDGE - 1):
        assert image.pixelColor(at, 30).name() == image.pixelColor(50, at).name() == theme.DARK.mode(mode)


def test_facts_stand_side_by_side_where_there_is_room(show: Callable[..., Any]) -> None:
    groups = [FactGroup(name, [(f"{name}-{at}", "caption", "meaning") for at in range(3)]) for name in "abc"]
    facts = show(Facts(groups), 260, 500)
    assert len({group.x() for group in groups}) == 1
    facts.resize(900, 300)
    QApplication.processEvents()
    assert len({group.x() for group in groups}) == 3


def test_the_programs_icon_can_be_drawn_in_every_size() -> None:
    assert len(app_icon().availableSizes()) >= 5


def test_a_row_gives_up_its_least_important_parts_first(show: Callable[..., Any]) -> None:
    from PySide6.QtWidgets import QHBoxLayout

    whole = show(QWidget(), 500, 30)
    row = QHBoxLayout(whole)
    parts = [QWidget() for _ in range(3)]
    for part in parts:
        part.setMinimumWidth(100)
        row.addWidget(part)
    QApplication.processEvents()
    fit_row(row, 500, parts[:2])
    assert [part.isHidden() for part in parts] == [False, False, False]
    fit_row(row, 250, parts[:2])
    assert [part.isHidden() for part in parts] == [True, False, False]
    fit_row(row, 10, parts[:2])
    assert [part.isHidden() for part in parts] == [True, True, False]
    fit_row(row, 500, parts[:2])
    assert not any(part.isHidden() for part in parts)


def test_a_notice_that_says_the_same_offers_again_keeps_its_buttons(
    qtbot: Any, show: Callable[..., Any]
) -> None:
    """A press that has begun is not lost to a fresh sentence, and does what stands there at its end."""
    done: list[int] = []
    notice = Notice("n")
    show(notice, 300, 80)
    notice.show_notice("one", "", (("Go", "", lambda: done.append(1)),))
    button = notice.button("Go")
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    notice.show_notice("two", "", (("Go", "", lambda: done.append(2)),))
    assert notice.button("Go") is button
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert done == [2]
    notice.show_notice("three", "", (("Stop", "", lambda: done.append(3)),))
    notice.button("Stop").click()
    assert done == [2, 3]
