"""The alerts there were and are: level, measure, limit, since when; acknowledge here too."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from core.domain.alert import Alert
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.table import Align, Column, TableModel, TableView
from gui.widgets.button import button
from gui.widgets.levels import LEVEL_SHAPES, LEVEL_TONES, state_words
from gui.widgets.text import label, say


def _tone(alert: Alert) -> str:
    return LEVEL_TONES[alert.level] if alert.is_active else "text_dim"


COLUMNS: tuple[Column[Alert], ...] = (
    Column(
        "since",
        "Since",
        lambda a: fmt.clock(a.raised_at_s),
        sort=lambda a: a.raised_at_s,
        align=Align.LEFT,
        chars=9,
    ),
    Column(
        "level",
        "Level",
        lambda a: f"{LEVEL_SHAPES[a.level]} {a.level.word}",
        sort=lambda a: int(a.level),
        align=Align.LEFT,
        tone=_tone,
        chars=12,
    ),
    Column("title", "Alert", lambda a: a.title, align=Align.LEFT, chars=16, grows=44, strong=True),
    Column(
        "measured",
        "Measured",
        lambda a: f"{a.measured}{' (estimate)' if a.estimated else ''}",
        align=Align.LEFT,
        tooltip=lambda a: a.measured,
        chars=50,
    ),
    Column("limit", "Limit", lambda a: a.limit, align=Align.LEFT, chars=8, yields=2),
    Column("account", "Account", lambda a: a.account, align=Align.LEFT, chars=10, yields=1),
    Column(
        "state",
        "State",
        state_words,
        align=Align.LEFT,
        tone=lambda a: "" if a.is_active else "text_dim",
        chars=9,
        grows=24,
    ),
)


class AlertsPanel(Panel):
    """History, newest first."""

    NAME: ClassVar[str] = "alerts"
    TITLE: ClassVar[str] = "Alerts"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.ALERT})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._shown: dict[Hashable, Alert] = {}
        self.model: TableModel[Alert] = TableModel(COLUMNS, self._shown.get)
        self.view = TableView(
            self.model, "Alerts", "No alerts. That is how it should be.", stretch="measured"
        )
        self.summary = label("", tone="dim", name="alerts-summary")
        self.acknowledge = button("Acknowledge", "alerts-acknowledge", self._acknowledge)
        self._lay_out()
        self._show()

    def refresh(self, changes: Changes) -> None:
        self._show()
        self.model.touch(changes.get(Topic.ALERT, frozenset()))

    def save_state(self) -> dict[str, Any]:
        return {"table": self.view.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.px(8), theme.px(4), theme.px(8), theme.px(4))
        bar.addWidget(self.summary, 1)
        bar.addWidget(self.acknowledge)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view, 1)

    def _show(self) -> None:
        alerts = self.bridge.desk.alerts()
        self._shown.clear()
        self._shown.update((alert.alert_id, alert) for alert in alerts)
        self.model.set_rows(self._shown)
        active = sum(alert.is_active for alert in alerts)
        waiting = sum(alert.wants_attention for alert in alerts)
        words = f"{active} active, {waiting} not acknowledged" if active else "No active alerts"
        say(self.summary, words)
        self.acknowledge.setEnabled(bool(waiting))
        self.acknowledge.setToolTip("" if waiting else "Nothing waits to be acknowledged")

    def _acknowledge(self) -> None:
        chosen = self.view.selected_keys() or list(self._shown)
        for key in chosen:
            alert = self._shown.get(key)
            if alert is not None and alert.wants_attention:
                self.bridge.acknowledge(alert.alert_id)
