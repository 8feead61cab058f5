"""Conditions that start or end an order: six kinds, each put together in one line and listed in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.domain.conditions import (
    Condition,
    ExecutionCondition,
    Join,
    MarginCondition,
    PercentCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from core.domain.contract import Contract
from core.domain.order import OrderSpec
from gui import theme
from gui.panels.ticket.algo import LABEL_PX
from gui.panels.ticket.moments import read_moment
from gui.widgets.button import button
from gui.widgets.caption import Caption
from gui.widgets.deliberate import CalmCombo
from gui.widgets.number_text import read_number
from gui.widgets.text import label, set_property
from gui.widgets.tick_box import TickBox

KINDS = (
    ("price", "Price", "the price"),
    ("time", "Time", "15:30 or 2026-11-27 15:30"),
    ("volume", "Volume", "shares traded today"),
    ("percent", "Change %", "per cent from the close"),
    ("margin", "Margin cushion %", "whole per cent"),
    ("execution", "A fill in", "a symbol"),
)
"""Each kind's key, title, and what its field holds."""
_WITHOUT_WAY = frozenset({"time", "execution"})


def make_condition(kind: str, text: str, above: bool, contract: Contract, now_s: float) -> Condition | str:
    """The condition that was typed, or the words why there is none."""
    if kind == "time":
        at, fault = read_moment(text, now_s)
        return fault or "Type the time." if at is None else TimeCondition(at)
    if kind == "execution":
        symbol = text.strip().upper()
        return ExecutionCondition(symbol) if symbol else "Type the symbol whose fill is waited for."
    negative = kind == "percent" and text.strip().startswith(("-", "−"))
    reading = read_number(text.strip().lstrip("-−") if negative else text, "number")
    if reading.value is None:
        return reading.fault
    value = -reading.value if negative else reading.value
    return _measured(kind, value, above, contract)


def _measured(kind: str, value: Decimal, above: bool, contract: Contract) -> Condition | str:
    where, name = contract.exchange or "SMART", contract.label
    if kind == "price":
        return PriceCondition(contract.con_id, where, value, above, label=name)
    if kind == "percent":
        return PercentCondition(contract.con_id, where, value, above, label=name)
    if value != value.to_integral_value():
        return "Only whole numbers are taken here."
    if kind == "volume":
        return VolumeCondition(contract.con_id, where, int(value), above, label=name)
    return MarginCondition(int(value), above)


class ConditionFields(QWidget):
    """Signals: edited, by the trader."""

    edited = Signal()

    def __init__(self, now_s: Callable[[], float]) -> None:
        super().__init__()
        self._now_s = now_s
        self._contract: Contract | None = None
        self._conditions: list[Condition] = []
        self.purpose = CalmCombo("What the conditions do", "conditions-purpose")
        self.purpose.addItem("Send when", False)
        self.purpose.addItem("Cancel when", True)
        self.kind = CalmCombo("Kind of condition", "condition-kind")
        for key, title, _ in KINDS:
            self.kind.addItem(title, key)
        self.way = CalmCombo("Above or below", "condition-way")
        self.way.addItem("≥", True)
        self.way.addItem("≤", False)
        for combo in (self.purpose, self.kind, self.way):
            combo.narrow()
        self.typed = QLineEdit()
        self.typed.setObjectName("condition-value")
        self.typed.setAccessibleName("What the condition is measured against")
        self.typed.setMaxLength(24)
        self.add = button("Add", "condition-add", self._add)
        self.outside = TickBox("Watched outside regular hours too", "conditions-outside")
        self.words = Caption("beside-conditions")
        self._list = QVBoxLayout()
        self._lay_out()
        self.kind.currentIndexChanged.connect(lambda _row: self._show_kind())
        self.purpose.activated.connect(lambda _row: self.edited.emit())
        self.outside.clicked.connect(lambda _on: self.edited.emit())
        self._show_kind()

    @property
    def cancels(self) -> bool:
        return bool(self.purpose.currentData())

    @property
    def outside_rth(self) -> bool:
        return self.outside.isChecked()

    def value(self) -> tuple[Condition, ...]:
        return tuple(self._conditions)

    def begin(self, contract: Contract | None) -> None:
        self._contract, self._conditions = contract, []
        self.typed.clear()
        self.purpose.setCurrentIndex(0)
        self.outside.setChecked(False)
        self._show_list()

    def load(self, spec: OrderSpec) -> None:
        self._contract, self._conditions = spec.contract, list(spec.conditions)
        self.purpose.setCurrentIndex(int(spec.conditions_cancel))
        self.outside.setChecked(spec.conditions_outside_rth)
        self._show_list()

    def show_choices(self, why_not_start: str, why_not_cancel: str) -> None:
        """Shut what this order cannot wait for or end by."""
        self.purpose.close_entry(0, why_not_start)
        self.purpose.close_entry(1, why_not_cancel)
        closed = why_not_cancel if self.cancels else why_not_start
        both = bool(why_not_start and why_not_cancel)
        for part in (self.kind, self.way, self.typed, self.add):
            part.setEnabled(not both)
        wrong = bool(closed and self._conditions)
        self.words.say(closed, "danger" if wrong else "faint")
        self.words.setVisible(bool(closed))

    # --- inside ----------------------------------------------------------------------------------

    def _add(self) -> None:
        if self._contract is None:
            return
        made = make_condition(
            str(self.kind.currentData()),
            self.typed.text(),
            bool(self.way.currentData()),
            self._contract,
            self._now_s(),
        )
        set_property(self.typed, "wrong", isinstance(made, str))
        if isinstance(made, str):
            self.words.say(made, "danger")
            self.words.show()
            return
        self.typed.clear()
        self.words.say("")
        self._conditions.append(made)
        self._show_list()
        self.edited.emit()

    def _remove(self, at: int) -> None:
        del self._conditions[at]
        self._show_list()
        self.edited.emit()

    def _turn(self, at: int) -> None:
        """And becomes or, and back."""
        one = self._conditions[at]
        self._conditions[at] = replace(one, join=Join.OR if one.join is Join.AND else Join.AND)
        self._show_list()
        self.edited.emit()

    def _show_list(self) -> None:
        while self._list.count():
            item = self._list.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, one in enumerate(self._conditions):
            self._list.addWidget(self._row(at, one))
        self.outside.setVisible(bool(self._conditions))

    def _row(self, at: int, one: Condition) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        row.addWidget(label(one.words, wrap=True), 1)
        if at + 1 < len(self._conditions):
            join = button(one.join, f"condition-join-{at}", partial(self._turn, at), kind="quiet")
            join.setToolTip("Press to turn and into or, or back.")
            row.addWidget(join)
        row.addWidget(
            button("×", f"condition-remove-{at}", partial(self._remove, at), kind="quiet", tip="Remove")
        )
        return made

    def _show_kind(self) -> None:
        key, _, hint = KINDS[max(0, self.kind.currentIndex())]
        self.typed.setPlaceholderText(hint)
        self.way.setVisible(key not in _WITHOUT_WAY)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(3))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(2))
        grid.setColumnMinimumWidth(0, theme.px(LABEL_PX))
        grid.setColumnStretch(1, 1)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(theme.px(4))
        first.addWidget(self.purpose, 1)
        first.addWidget(self.kind, 1)
        self.way.setFixedWidth(theme.px(46))
        second.addWidget(self.way)
        second.addWidget(self.typed, 1)
        second.addWidget(self.add)
        grid.addWidget(label("Conditions", tone="dim"), 0, 0)
        grid.addLayout(first, 0, 1)
        grid.addLayout(second, 1, 1)
        grid.addWidget(self.words, 2, 1)
        column.addLayout(grid)
        column.addLayout(self._list)
        column.addWidget(self.outside)
