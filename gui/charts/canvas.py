"""The chart widget: candles, volume, axes and crosshair, painted on demand from what is in view.

One widget with one paint method, and pyqtgraph for its batched primitives only: a scene of plot items
spends its time on axes, transforms and signals, several times what the bars themselves cost.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolButton, QWidget

from gui import theme as themes
from gui.charts import overlays, reading, scene
from gui.charts.axes import GAP_PX, Axes, Taken
from gui.charts.candles import CandlePainter
from gui.charts.inks import Inks
from gui.charts.marks import Overlay
from gui.charts.prices import PriceScale, stretched
from gui.charts.scene import Scene, Subject
from gui.charts.window import TimeWindow

_ZOOM_A_NOTCH = 1.15
_NOTCH = 120.0
_AXIS_HEIGHT_PX = 24
_LEAST_AXIS_PX = 56


class ChartCanvas(QWidget):
    """Shows one subject; the trader pans, zooms and reads it. Knows nothing of desks.

    Signals:
        scrolled: the newest bar came into view (True) or went out of it (False).
    """

    scrolled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chart-canvas")
        self.setAccessibleName("Price chart")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.window_of_bars = TimeWindow()
        self.candles = CandlePainter()
        self._axes = Axes()
        self._subject: Subject | None = None
        self._overlay = Overlay()
        self.inks = Inks(themes.current())
        self._faded = False
        self._manual: PriceScale | None = None
        self._axis_width = float(themes.px(_LEAST_AXIS_PX))
        self._held = (0.0, 0.0, 0)
        """First start, last start and place of the last, when the bars were last counted."""
        self._pointer: QPointF | None = None
        self._drag: tuple[QPointF, bool] | None = None
        self.latest_button = self._make_latest()

    def sizeHint(self) -> QSize:
        return QSize(720, 460)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 160)

    # --- what to show ---------------------------------------------------------------------------

    @property
    def subject(self) -> Subject | None:
        return self._subject

    @property
    def bar_px(self) -> float:
        """The zoom: pixels a bar."""
        return self.window_of_bars.bar_px

    @bar_px.setter
    def bar_px(self, bar_px: float) -> None:
        self.window_of_bars.zoom(bar_px / self.window_of_bars.bar_px, self.window_of_bars.width)
        self._moved()

    def show_subject(self, subject: Subject | None) -> None:
        """Another series: its newest bars in view, at the zoom the trader chose. `None` shows nothing."""
        same = subject and self._subject and subject.series is self._subject.series
        self._subject = subject
        if not same:
            self._manual = None
            self._axis_width = float(themes.px(_LEAST_AXIS_PX))
            self.window_of_bars.count = 0
        self.bars_changed()

    def bars_changed(self) -> None:
        """The series was written: follow it if the newest bar is in view, else stay where the trader looks."""
        if self._subject is not None and len(self._subject.series):
            self.window_of_bars.grow(len(self._subject.series), self._shift())
        self._moved()

    def show_overlay(self, overlay: Overlay) -> None:
        if overlay != self._overlay:
            self._overlay = overlay
            self.update()

    def fade(self, faded: bool) -> None:
        """Dims what is not fresh."""
        if faded != self._faded:
            self._faded = faded
            self.inks = Inks(themes.current(), faded=faded)
            self.update()

    def to_latest(self) -> None:
        self.window_of_bars.to_latest()
        self._moved()

    def reset(self) -> None:
        """Default zoom, newest bar, fitted prices."""
        self._manual = None
        self.window_of_bars.reset()
        self._moved()

    def _shift(self) -> int:
        """By how many places the bars shown have moved, because older ones came or went before them."""
        assert self._subject is not None
        series = self._subject.series
        first_s, held_s, held_place = self._held
        shift = series.place_of(held_s) - held_place if first_s != series.start[0] else 0
        self._held = (float(series.start[0]), float(series.start[-1]), len(series) - 1)
        return shift if self.window_of_bars.count else 0

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.inks.surface)
        if self._subject is None or not len(self._subject.series):
            return
        seen = self.scene_of(self._subject)
        if self._widen_axis(seen):
            seen = self.scene_of(self._subject)
        frame = seen.frame
        marks = self._axes.marks(seen)
        self._axes.paint_grid(painter, seen, marks)
        painter.setClipRect(0, 0, int(frame.plot_width), int(frame.plot_bottom))
        self.candles.paint(painter, seen.bars, seen.window, seen.prices, seen.volumes, seen.inks, seen.ratio)
        painter.setClipRect(0, 0, int(frame.plot_width), int(frame.prices_bottom))
        overlays.paint_lines(painter, seen)
        overlays.paint_fills(painter, seen)
        painter.setClipping(False)
        tags = overlays.tags_of(seen)
        cross = None if self._pointer is None else reading.crosshair_at(seen, self._pointer)
        if cross is not None:
            reading.paint_crosshair(painter, seen, cross)
        self._axes.paint_labels(painter, seen, marks, _taken(tags, cross))
        overlays.paint_tags(painter, seen, tags)
        if cross is not None:
            reading.paint_readings(painter, seen, cross)
        told = reading.reading_at(seen, None if self._pointer is None else self._pointer.x())
        if told is not None:
            reading.paint_legend(painter, seen, told)

    def _frame(self, subject: Subject) -> scene.Frame:
        return scene.frame_of(
            self.width(), self.height(), self._axis_width, themes.px(_AXIS_HEIGHT_PX), subject.has_volume
        )

    def reading_at(self, x: float | None) -> scene.LastBar | None:
        """The bar the legend tells of when the pointer is at `x`, or nowhere."""
        if self._subject is None:
            return None
        told = reading.reading_at(self.scene_of(self._subject), x)
        return None if told is None else told.bar

    def scene_of(self, subject: Subject) -> Scene:
        """Everything one frame of `subject` needs, as the widget stands now."""
        ratio = self.devicePixelRatioF()
        frame = self._frame(subject)
        window = self.window_of_bars
        window.resize(frame.plot_width)
        last = scene.last_bar(subject, self._overlay.quote)
        bars = scene.seen(subject, window, last, ratio)
        volumes, most = scene.volume_scale(bars, frame, self.inks)
        prices = self._manual or scene.price_scale(bars, subject, self._overlay, frame, self.inks)
        return Scene(
            frame, window, subject, self._overlay, self.inks, bars, last, prices, volumes, most, ratio
        )

    def _widen_axis(self, seen: Scene) -> bool:
        """Only ever wider for one subject: an axis that breathes makes the bars jump."""
        words = [text for _, text in self._axes.price_ticks(seen)]
        if seen.last is not None:
            words.append(seen.subject.price(seen.last.close))
        needed = max((seen.inks.width(text, True) for text in words), default=0.0) + 2 * GAP_PX + 2
        if needed <= self._axis_width:
            return False
        self._axis_width = float(round(needed))
        return True

    # --- the trader's hand ----------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if abs(turned.x()) > abs(turned.y()):
            self.window_of_bars.pan(turned.x())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.window_of_bars.pan(turned.y())
        else:
            self.window_of_bars.zoom(_ZOOM_A_NOTCH ** (turned.y() / _NOTCH), event.position().x())
        event.accept()
        self._moved()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._subject is not None:
            on_prices = event.position().x() >= self._frame(self._subject).plot_width
            self._drag = (event.position(), on_prices)
            self.setCursor(Qt.CursorShape.SizeVerCursor if on_prices else Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag is not None:
            before, on_prices = self._drag
            self._drag = (at, on_prices)
            if on_prices:
                self._stretch(at.y() - before.y())
            else:
                self._pan(at - before)
        self._pointer = at
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer = event.position()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = {
            Qt.Key.Key_Left: lambda: self.window_of_bars.pan(3 * self.window_of_bars.bar_px),
            Qt.Key.Key_Right: lambda: self.window_of_bars.pan(-3 * self.window_of_bars.bar_px),
            Qt.Key.Key_PageUp: lambda: self.window_of_bars.pan(0.8 * self.window_of_bars.width),
            Qt.Key.Key_PageDown: lambda: self.window_of_bars.pan(-0.8 * self.window_of_bars.width),
            Qt.Key.Key_Plus: lambda: self._zoom_at_edge(_ZOOM_A_NOTCH),
            Qt.Key.Key_Equal: lambda: self._zoom_at_edge(_ZOOM_A_NOTCH),
            Qt.Key.Key_Minus: lambda: self._zoom_at_edge(1 / _ZOOM_A_NOTCH),
            Qt.Key.Key_Home: self.window_of_bars.show_all,
            Qt.Key.Key_End: self.window_of_bars.to_latest,
            Qt.Key.Key_0: self.reset,
        }.get(Qt.Key(event.key()))
        if act is None:
            super().keyPressEvent(event)
            return
        act()
        self._moved()

    def _zoom_at_edge(self, factor: float) -> None:
        """Without a pointer, the newest bar in view is what stays."""
        window = self.window_of_bars
        window.zoom(factor, min(window.width, window.x(window.count)))

    def _pan(self, by: QPointF) -> None:
        self.window_of_bars.pan(by.x())
        if self._manual is not None:
            scale = self._manual
            move = by.y() / scale.px_per_unit
            self._manual = PriceScale(scale.low + move, scale.high + move, scale.top, scale.bottom)
        self._moved()

    def _stretch(self, by_y: float) -> None:
        """Dragging the price axis takes it over from the automatic fit, until a double click."""
        if self._subject is not None and len(self._subject.series):
            self._manual = stretched(self.scene_of(self._subject).prices, 1.006**by_y)

    # --- Qt -------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._manual is not None and self._subject is not None:
            scale = self._manual
            bottom = self._frame(self._subject).prices_bottom
            self._manual = PriceScale(scale.low, scale.high, scale.top, bottom)
        self._place_latest()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.inks = Inks(themes.current(), faded=self._faded)
            self._axes = Axes()
            self._axis_width = float(themes.px(_LEAST_AXIS_PX))
            self._place_latest()
            self.update()
        super().changeEvent(event)

    def _make_latest(self) -> QToolButton:
        button = QToolButton(self)
        button.setText("To latest »")
        button.setObjectName("chart-to-latest")
        button.setAccessibleName("To the latest bar")
        button.setToolTip("Back to the newest bar (End)")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(self.to_latest)
        button.hide()
        return button

    def _place_latest(self) -> None:
        self.latest_button.adjustSize()
        right = self.width() - self._axis_width - themes.px(12)
        bottom = self.height() - themes.px(_AXIS_HEIGHT_PX) - themes.px(10)
        self.latest_button.move(
            int(right - self.latest_button.width()), int(bottom - self.latest_button.height())
        )

    def _moved(self) -> None:
        """The window of bars changed."""
        shown = self._subject is not None and len(self._subject.series) > 0
        away = shown and not self.window_of_bars.follows
        if away is self.latest_button.isHidden():
            self._place_latest()
            self.latest_button.setVisible(away)
            self.scrolled.emit(not away)
        self.update()


def _taken(tags: list[overlays.Tag], cross: reading.Crosshair | None) -> Taken:
    ys = [tag.y for tag in tags]
    return Taken(ys) if cross is None else Taken([*ys, cross.y], (cross.left, cross.right))
