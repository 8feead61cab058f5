"""The chart widget: what it paints is bounded by its width, and the hand on it moves what it should."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.domain.contract import Contract, ContractDetails, PriceBand
from core.domain.order import Side
from core.domain.quote import Bar
from core.market.bars import BarSeries
from gui import theme
from gui.charts import scene
from gui.charts.canvas import ChartCanvas
from gui.charts.marks import FillMark, LineKind, LiveQuote, Overlay, PriceLine
from gui.charts.scene import Subject
from gui.charts.times import zone_named
from gui.charts.window import LATEST_MARGIN_PX
from tests.gui.charts.market import series, walk

DETAILS = ContractDetails(
    Contract(265598, "AAPL"), price_bands=(PriceBand(Decimal(0), Decimal("0.01")),), time_zone="US/Eastern"
)


def subject_of(bars: BarSeries) -> Subject:
    return Subject(bars, "AAPL · 1m", zone_named("US/Eastern"), DETAILS)


@pytest.fixture
def canvas(qtbot: QtBot) -> ChartCanvas:
    made = ChartCanvas()
    qtbot.addWidget(made)
    made.resize(800, 500)
    return made


def picture(canvas: ChartCanvas) -> QImage:
    return canvas.grab().toImage()


def colours(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}


def wheel(canvas: ChartCanvas, x: float, notches: int, modifiers: Qt.KeyboardModifier) -> None:
    at = QPointF(x, 200)
    event = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


NOTHING = Qt.KeyboardModifier.NoModifier


# --- what is painted ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bar_px", [0.02, 0.5, 1.0, 1.9, 2.0, 3.0, 4.0, 7.3, 20.0])
def test_no_zoom_paints_more_than_two_rectangles_a_pixel(canvas: ChartCanvas, bar_px: float) -> None:
    canvas.show_subject(subject_of(series(40_000)))
    canvas.bar_px = bar_px
    picture(canvas)
    assert 0 < canvas.candles.drawn <= 2 * canvas.window_of_bars.width


def test_only_bars_in_view_are_painted(canvas: ChartCanvas) -> None:
    canvas.show_subject(subject_of(series(40_000)))
    canvas.bar_px = 20.0
    picture(canvas)
    first, last = canvas.window_of_bars.visible()
    assert last - first < 50
    assert canvas.candles.drawn <= 4 * (last - first)


def test_an_empty_chart_is_plain_ground(canvas: ChartCanvas) -> None:
    assert colours(picture(canvas)) == {theme.current().surface}
    canvas.show_subject(subject_of(BarSeries(series(1).key)))
    assert colours(picture(canvas)) == {theme.current().surface}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_chart_of_hardly_any_bars_can_be_painted_and_handled(canvas: ChartCanvas, count: int) -> None:
    canvas.show_subject(subject_of(series(count)))
    canvas.window_of_bars.show_all()
    wheel(canvas, 100, 5, NOTHING)
    picture(canvas)
    assert canvas.candles.drawn


def test_candles_have_sharp_edges_and_rising_ones_are_empty(canvas: ChartCanvas) -> None:
    canvas.show_subject(subject_of(series(400)))
    canvas.bar_px = 16.0
    image = picture(canvas)
    inks = canvas.inks
    plain = {inks.up.name(), inks.down.name(), inks.surface.name(), inks.grid.name(), inks.border.name()}
    row = range(60, 360)
    seen = {image.pixelColor(x, y).name() for x in range(500) for y in row}
    # The last price's dotted line is the only other thing there, in the same colours.
    assert seen <= plain
    rises = [place for place in range(*canvas.window_of_bars.visible()) if _body_px(canvas, place) > 8]
    assert rises
    for place in rises:
        x, bar = int(canvas.window_of_bars.x(place + 0.5)), canvas.subject.series.bar(place)  # type: ignore[union-attr]
        middle = _prices(canvas).y((bar.open + bar.close) / 2)
        if 0 < x < 500:
            inside = image.pixelColor(x, int(middle)).name()
            assert inside == (inks.down.name() if bar.close < bar.open else inks.surface.name())


def _prices(canvas: ChartCanvas) -> scene.PriceScale:
    assert canvas.subject is not None
    return canvas.scene_of(canvas.subject).prices


def _body_px(canvas: ChartCanvas, place: int) -> float:
    assert canvas.subject is not None
    bar = canvas.subject.series.bar(place)
    return abs(bar.open - bar.close) * _prices(canvas).px_per_unit


def test_fading_takes_the_colour_out_and_a_new_theme_changes_it(qtbot: QtBot, canvas: ChartCanvas) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    canvas.show_subject(subject_of(series(400)))
    assert QColor(theme.current().down).name() in colours(picture(canvas))
    canvas.fade(True)
    assert QColor(theme.current().down).name() not in colours(picture(canvas))
    canvas.fade(False)
    before = theme.current()
    other = theme.LIGHT if before.is_dark else theme.DARK
    theme.apply(app, other)
    try:
        assert QColor(other.surface).name() in colours(picture(canvas))
        assert QColor(before.surface).name() not in colours(picture(canvas))
    finally:
        theme.apply(app, before)


def test_orders_fills_and_the_average_price_are_painted_in_their_own_colours(canvas: ChartCanvas) -> None:
    bars = series(400)
    canvas.show_subject(subject_of(bars))
    last = bars.last
    assert last is not None
    start_s = last.start.timestamp()
    plain = colours(picture(canvas))
    canvas.show_overlay(
        Overlay(
            (
                PriceLine(last.close + 0.2, "SELL 100 LMT", LineKind.SELL),
                PriceLine(last.close - 50, "BUY 100 STP", LineKind.BUY),
                PriceLine(last.close - 0.1, "+100 avg", LineKind.POSITION),
            ),
            tuple(FillMark(start_s - 60 * back, last.close, Side.BUY) for back in range(5_000, 0, -1)),
            LiveQuote(last.close + 0.05, last.close, last.close + 0.1, start_s + 10),
        )
    )
    added = colours(picture(canvas)) - plain
    inks = canvas.inks
    assert {inks.lines[kind].name() for kind in LineKind} <= added | plain
    assert inks.lines[LineKind.BUY].name() in added


# --- the newest bar ----------------------------------------------------------------------------------


def test_a_live_price_moves_the_newest_bar_only_within_its_own_time() -> None:
    bars = series(10)
    subject, last = subject_of(bars), bars.last
    assert last is not None
    start_s = last.start.timestamp()
    moved = scene.last_bar(subject, LiveQuote(last.high + 1, None, None, start_s + 59))
    assert moved is not None
    assert (moved.high, moved.low, moved.close) == (last.high + 1, last.low, last.high + 1)
    assert moved.volume == last.volume
    for changed_at_s in (start_s - 1, start_s + 60):
        late = scene.last_bar(subject, LiveQuote(last.high + 1, None, None, changed_at_s))
        assert late is not None
        assert late.close == last.close


def test_moving_the_picture_of_the_newest_bar_never_writes_the_series(canvas: ChartCanvas) -> None:
    bars = series(100)
    before = bars.bars()
    start_s = before[-1].start.timestamp()
    canvas.show_subject(subject_of(bars))
    canvas.show_overlay(Overlay(quote=LiveQuote(before[-1].high + 5, None, None, start_s + 1)))
    picture(canvas)
    assert bars.bars() == before


def test_daily_bars_are_dated_by_the_exchange_not_by_the_zone() -> None:
    subject = Subject(series(3, "1 day"), "AAPL · 1D", zone_named("US/Eastern"), DETAILS)
    assert subject.clock is zone_named("UTC")


# --- the hand ----------------------------------------------------------------------------------------


def test_the_wheel_zooms_about_the_cursor_and_with_shift_it_pans(canvas: ChartCanvas) -> None:
    canvas.show_subject(subject_of(series(4_000)))
    picture(canvas)
    window = canvas.window_of_bars
    wheel(canvas, 300, 20, Qt.KeyboardModifier.ShiftModifier)
    under, zoom = window.place(300), window.bar_px
    wheel(canvas, 300, 2, NOTHING)
    assert window.bar_px > zoom
    assert window.place(300) == pytest.approx(under)


def test_a_button_leads_back_to_the_newest_bar(qtbot: QtBot, canvas: ChartCanvas) -> None:
    canvas.show_subject(subject_of(series(4_000)))
    assert canvas.latest_button.isHidden()
    wheel(canvas, 300, 20, Qt.KeyboardModifier.ShiftModifier)
    assert not canvas.latest_button.isHidden()
    qtbot.mouseClick(canvas.latest_button, Qt.MouseButton.LeftButton)
    assert canvas.window_of_bars.follows
    assert canvas.latest_button.isHidden()


def test_dragging_pans_dragging_the_axis_stretches_and_a_double_click_undoes_both(
    qtbot: QtBot, canvas: ChartCanvas
) -> None:
    canvas.show_subject(subject_of(series(4_000)))
    picture(canvas)
    window, left = canvas.window_of_bars, Qt.MouseButton.LeftButton
    right, fitted = window.right, _prices(canvas)
    _drag(qtbot, canvas, QPoint(200, 200), QPoint(290, 200))
    assert window.right == pytest.approx(right - 90 / window.bar_px)
    _drag(qtbot, canvas, QPoint(790, 100), QPoint(790, 160))
    picture(canvas)
    assert _prices(canvas).high - _prices(canvas).low > fitted.high - fitted.low
    qtbot.mouseDClick(canvas, left, pos=QPoint(300, 200))
    assert window.right == pytest.approx(right)
    assert _prices(canvas) == fitted


def _drag(qtbot: QtBot, canvas: ChartCanvas, begin: QPoint, end: QPoint) -> None:
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(canvas, end)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def test_the_keyboard_does_all_the_mouse_does(qtbot: QtBot, canvas: ChartCanvas) -> None:
    canvas.show_subject(subject_of(series(4_000)))
    window = canvas.window_of_bars
    right, zoom = window.right, window.bar_px
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert window.right < right
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert window.bar_px > zoom
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert window.visible() == (0, 4_000)
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert (window.right, window.bar_px) == (pytest.approx(right), zoom)


def test_the_crosshair_reads_the_bar_under_it(qtbot: QtBot, canvas: ChartCanvas) -> None:
    bars = series(400)
    canvas.show_subject(subject_of(bars))
    picture(canvas)
    seen = canvas.scene_of(subject_of(bars))
    x = seen.window.x(350.5)
    assert canvas.reading_at(x) == scene_bar(bars.bar(350))
    assert canvas.reading_at(None) == scene_bar(bars.bar(-1))
    qtbot.mouseMove(canvas, QPoint(int(x), 200))
    picture(canvas)


def scene_bar(bar: Bar) -> scene.LastBar:
    assert bar.volume is not None
    return scene.LastBar(bar.open, bar.high, bar.low, bar.close, bar.volume)


# --- the series changes under the picture ------------------------------------------------------------


def test_an_appended_bar_is_followed_and_back_fill_moves_nothing(canvas: ChartCanvas) -> None:
    bars = walk(1_000)
    live = BarSeries(series(1).key)
    live.replace(bars[500:900])
    canvas.show_subject(subject_of(live))
    window = canvas.window_of_bars
    live.apply(bars[900])
    canvas.bars_changed()
    assert window.x(len(live)) == pytest.approx(window.width - LATEST_MARGIN_PX)
    window.pan(1_000)
    where = window.x(live.place_of(bars[800].start.timestamp()))
    live.merge(bars[:600])
    canvas.bars_changed()
    assert len(live) == 901
    assert window.x(live.place_of(bars[800].start.timestamp())) == pytest.approx(where)


def test_a_series_that_forgets_its_oldest_bars_moves_nothing(canvas: ChartCanvas) -> None:
    bars = walk(500)
    live = BarSeries(series(1).key, most=400)
    live.replace(bars[:400])
    canvas.show_subject(subject_of(live))
    window = canvas.window_of_bars
    window.pan(500)
    seen_s = bars[370].start.timestamp()
    where = window.x(live.place_of(seen_s))
    for bar in bars[400:]:
        live.apply(bar)
        canvas.bars_changed()
    assert window.x(live.place_of(seen_s)) == pytest.approx(where)


def test_another_series_keeps_the_zoom_and_shows_its_newest_bar(canvas: ChartCanvas) -> None:
    canvas.show_subject(subject_of(series(4_000)))
    canvas.bar_px = 14.0
    canvas.window_of_bars.pan(900)
    canvas.show_subject(replace(subject_of(series(300, "5 mins")), caption="AAPL · 5m"))
    assert canvas.bar_px == 14.0
    assert canvas.window_of_bars.follows


def test_a_huge_jump_of_time_between_bars_takes_no_room(canvas: ChartCanvas) -> None:
    bars = walk(10)
    late = [bar._replace(start=bar.start + timedelta(days=900)) for bar in bars]
    live = BarSeries(series(1).key)
    live.replace([*bars, *late])
    canvas.show_subject(subject_of(live))
    picture(canvas)
    assert canvas.window_of_bars.count == 20
