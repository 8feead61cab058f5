"""The bottom line: farms, last event, journal, how late the event loop runs, version."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.domain.link import Farm
from gui import format as fmt
from gui import theme
from gui.widgets.link_words import farm_words, farms_are_well
from gui.widgets.mark import Mark, State
from gui.widgets.text import label, say

_LATE_MS = 100.0


class StatusBar(QWidget):
    """Shows what it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status-bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.px(24))
        self.farms_mark = Mark(8, name="status-farms-mark")
        self.farms = label("", role="caption", name="status-farms")
        self.happened = label("", role="caption", name="status-event")
        self.happened.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.journal_mark = Mark(8, name="status-journal-mark")
        self.journal = label("", role="caption", name="status-journal")
        self.lag = label("", role="caption", name="status-lag")
        self.lag.setToolTip("The longest the event loop was held up in the last second")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(10), 0, theme.px(10), 0)
        row.setSpacing(theme.px(6))
        row.addWidget(self.farms_mark)
        row.addWidget(self.farms)
        row.addSpacing(theme.px(10))
        row.addWidget(self.happened, 1)
        row.addSpacing(theme.px(10))
        row.addWidget(self.journal_mark)
        row.addWidget(self.journal)
        row.addSpacing(theme.px(10))
        row.addWidget(self.lag)
        row.addSpacing(theme.px(10))
        self.version = label("IBDesk", role="caption", name="status-version")
        row.addWidget(self.version)

    def show_version(self, version: str) -> None:
        say(self.version, f"IBDesk {version}")

    def show_farms(self, farms: tuple[Farm, ...], *, fresh: bool) -> None:
        """What IBKR last said of its farms; without `fresh` nobody knows whether it still holds."""
        if not fresh:
            farms = ()
        # One that sleeps is not broken: it wakes when it is asked.
        well = sum(farm.well is not False for farm in farms)
        state = State.OFF if not farms else State.GOOD if farms_are_well(farms) else State.BAD
        words = farm_words(farms) or "No word of IBKR's data farms."
        self.farms_mark.show_state(state, words)
        say(self.farms, f"Farms {well}/{len(farms)}" if farms else "Farms –")
        self.farms.setToolTip(words)

    def show_event(self, at_s: float, words: str, tone: str = "") -> None:
        """The last thing that happened; longer than the bar is elided, whole in the tooltip."""
        whole = f"{fmt.clock(at_s)}  {words}"
        shown = self.happened.fontMetrics().elidedText(
            whole, Qt.TextElideMode.ElideRight, max(200, self.happened.width())
        )
        say(self.happened, shown, tone)
        self.happened.setToolTip(whole)

    def show_journal(self, state: State, words: str, tip: str = "") -> None:
        self.journal_mark.show_state(state, tip or words)
        say(self.journal, words)
        self.journal.setToolTip(tip)

    def show_lag(self, lag_ms: float) -> None:
        say(self.lag, f"Loop {lag_ms:.0f} ms", "warning" if lag_ms >= _LATE_MS else "")
