"""Strips under the top bar: what is wrong with the link, and what to try in the first minutes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import theme
from gui.widgets.button import button
from gui.widgets.fitting import fit_row
from gui.widgets.mark import Mark, State
from gui.widgets.practice_words import BY_NAME, CALM, MEND, OUTAGE
from gui.widgets.text import label, say, set_property

MARGIN = "margin-call"
_ALL_SIMULATED = "Prices, account and fills are simulated; the gateway is real TCP."


class Strip(QWidget):
    """A row across the window, under the top bar."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(theme.px(12), theme.px(4), theme.px(8), theme.px(4))
        self.row.setSpacing(theme.px(8))


class ArmedStrip(Strip):
    """As loud as the window gets: orders go out for real, and the way to stop that.

    Signals: disarm.
    """

    disarm = Signal()

    def __init__(self) -> None:
        super().__init__("armed-strip")
        self.words = label("", name="armed-words")
        self.row.addStretch(1)
        self.row.addWidget(self.words)
        self.row.addWidget(button("Disarm", "armed-disarm", self.disarm.emit))
        self.row.addStretch(1)
        self.hide()

    def show_armed(self, armed: bool, account: str) -> None:
        say(self.words, f"ARMED: orders go to LIVE account {account} for real" if armed else "")
        self.setVisible(armed)


class LinkStrip(Strip):
    """Says that the link is not up, since when, what keeps working without it, and what to do.

    Signals: retry, stop, simulator (start it again), arm (show where that is done).
    """

    retry = Signal()
    stop = Signal()
    simulator = Signal()
    arm = Signal()

    def __init__(self) -> None:
        super().__init__("link-strip")
        self.mark = Mark(11, name="link-strip-mark")
        self.words = label("", name="link-strip-words", wrap=True)
        self.retry_button = button("Retry now", "strip-retry", self.retry.emit)
        self.stop_button = button("Stop", "strip-stop", self.stop.emit)
        self.simulator_button = button("Start the simulator again", "strip-simulator", self.simulator.emit)
        self.row.addWidget(self.mark)
        self.row.addWidget(self.words, 1)
        self.arm_button = button("Arm …", "strip-arm", self.arm.emit)
        for each in (self.arm_button, self.simulator_button, self.retry_button, self.stop_button):
            self.row.addWidget(each)
        self.hide()

    def show_trouble(
        self, words: str, state: State, *, retrying: bool, simulator: bool, arming: bool = False
    ) -> None:
        """Appear with `words`; which buttons make sense is the caller's to say."""
        self.mark.show_state(state, words)
        set_property(self, "state", state.name.lower())
        say(self.words, words)
        self.retry_button.setVisible(retrying)
        self.stop_button.setVisible(retrying)
        self.simulator_button.setVisible(simulator)
        self.arm_button.setVisible(arming)
        self.show()


class TryStrip(Strip):
    """Three things worth trying on the simulator, or the exercise that is on and the way out of it.

    Signals: order; asked, with an exercise's name, MEND or CALM; dismissed.
    """

    order = Signal()
    asked = Signal(str)
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__("try-strip")
        self._going = ""
        self.mark = Mark(10, name="try-mark")
        self.heading = label("Try this on the simulator", tone="dim", name="try-heading")
        self.order_button = button("Place an order", "try-order", self.order.emit)
        self.outage_button = button("Break the connection", "try-outage", lambda: self.asked.emit(OUTAGE))
        self.margin_button = button("Trigger a margin call", "try-margin", lambda: self.asked.emit(MARGIN))
        self.end_button = button("Back to calm", "try-end", self._end)
        self.meaning = label("", role="caption", name="try-meaning")
        self.hide_button = button("Hide", "try-hide", self.dismissed.emit, kind="quiet")
        self._offers = (self.order_button, self.outage_button, self.margin_button)
        self.row.addWidget(self.mark)
        self.row.addWidget(self.heading)
        for each in (*self._offers, self.meaning):
            self.row.addWidget(each)
        self.row.addStretch(1)
        for each in (self.end_button, self.hide_button):
            self.row.addWidget(each)
        self.show_exercise("")

    @property
    def is_going(self) -> bool:
        return bool(self._going)

    def show_exercise(self, name: str) -> None:
        """The exercise that is on, by name; "" offers the first three again."""
        self._going = name
        exercise = BY_NAME.get(name)
        say(
            self.heading,
            "Try this on the simulator" if exercise is None else f"Practising: {exercise.title}.",
        )
        set_property(self.heading, "tone", "dim" if exercise is None else "")
        say(self.meaning, _ALL_SIMULATED if exercise is None else exercise.words)
        self.mark.show_state(State.BUSY, self.heading.text())
        self.end_button.setText("Mend it now" if name == OUTAGE else "Back to calm")
        self.end_button.setAccessibleName(self.end_button.text())
        for each in (self.mark, self.end_button):
            each.setVisible(exercise is not None)
        for offer in (*self._offers, self.hide_button):
            offer.setVisible(exercise is None)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        fit_row(self.row, self.width(), (self.meaning,))

    def _end(self) -> None:
        self.asked.emit(MEND if self._going == OUTAGE else CALM)
