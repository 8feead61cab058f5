"""Strips under the top bar: what is wrong with the link, and what to try in the first minutes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import theme
from gui.widgets.button import button
from gui.widgets.fitting import fit_row
from gui.widgets.mark import Mark, State
from gui.widgets.text import label, say, set_property


class _Strip(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(theme.px(12), theme.px(4), theme.px(8), theme.px(4))
        self.row.setSpacing(theme.px(8))


class LinkStrip(_Strip):
    """Says that the link is not up, since when, what keeps working without it, and what to do.

    Signals: retry, stop, simulator (start it again).
    """

    retry = Signal()
    stop = Signal()
    simulator = Signal()

    def __init__(self) -> None:
        super().__init__("link-strip")
        self.mark = Mark(11, name="link-strip-mark")
        self.words = label("", name="link-strip-words", wrap=True)
        self.retry_button = button("Retry now", "strip-retry", self.retry.emit)
        self.stop_button = button("Stop", "strip-stop", self.stop.emit)
        self.simulator_button = button("Start the simulator again", "strip-simulator", self.simulator.emit)
        self.row.addWidget(self.mark)
        self.row.addWidget(self.words, 1)
        for each in (self.simulator_button, self.retry_button, self.stop_button):
            self.row.addWidget(each)
        self.hide()

    def show_trouble(self, words: str, state: State, *, retrying: bool, simulator: bool) -> None:
        """Appear with `words`; which buttons make sense is the caller's to say."""
        self.mark.show_state(state, words)
        set_property(self, "state", state.name.lower())
        say(self.words, words)
        self.retry_button.setVisible(retrying)
        self.stop_button.setVisible(retrying)
        self.simulator_button.setVisible(simulator)
        self.show()


class TryStrip(_Strip):
    """Three things worth trying on the simulator; gone for good once dismissed.

    Signals: order, outage, margin, dismissed.
    """

    order = Signal()
    outage = Signal()
    margin = Signal()
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__("try-strip")
        self.row.addWidget(label("Try this on the simulator", tone="dim"))
        self.order_button = button("Place an order", "try-order", self.order.emit)
        self.outage_button = button("Break the connection", "try-outage", self.outage.emit)
        self.margin_button = button("Trigger a margin call", "try-margin", self.margin.emit)
        for each in (self.order_button, self.outage_button, self.margin_button):
            self.row.addWidget(each)
        words = "Prices, account and fills are simulated; the gateway is real TCP."
        self.meaning = label(words, role="caption")
        self.row.addWidget(self.meaning)
        self.row.addStretch(1)
        self.row.addWidget(button("Hide", "try-hide", self.dismissed.emit, kind="quiet"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fit_row(self.row, self.width(), (self.meaning,))
