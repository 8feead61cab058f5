"""IB's algorithms as fields: which one, and its parameters."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from core.domain.algos import ALGOS, Param
from core.domain.order import Algo
from gui import theme
from gui.widgets.caption import Caption
from gui.widgets.deliberate import CalmCombo
from gui.widgets.text import label

LABEL_PX = 92
"""How wide the names are, here and in all that stands below."""
_FLAGS = {"0": "no", "1": "yes"}


class AlgoFields(QWidget):
    """Signals: edited, by the trader."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.strategy = CalmCombo("Algorithm", "algo")
        self.strategy.addItem("None", "")
        for name, row in ALGOS.items():
            self.strategy.addItem(row.title, name)
        self.strategy.narrow()
        self.words = Caption("beside-algo")
        self._params: dict[str, QWidget] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(8))
        self._grid.setVerticalSpacing(theme.px(2))
        self._grid.setColumnMinimumWidth(0, theme.px(LABEL_PX))
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(label("Algorithm", tone="dim"), 0, 0)
        self._grid.addWidget(self.strategy, 0, 1)
        self._grid.addWidget(self.words, 1, 1)
        self.strategy.activated.connect(lambda _row: self._on_picked())

    def value(self) -> Algo | None:
        """The algorithm with what its fields say; `None` where none is chosen."""
        strategy = str(self.strategy.currentData())
        if not strategy:
            return None
        told = ((tag, _text(field)) for tag, field in self._params.items())
        return Algo(strategy, tuple((tag, text) for tag, text in told if text))

    def load(self, algo: Algo | None) -> None:
        self.strategy.setCurrentIndex(max(0, self.strategy.findData(algo.strategy if algo else "")))
        self._make_params(dict(algo.params) if algo else {})

    def show_choices(self, closed: Mapping[str, str], why_none: str) -> None:
        """Shut what cannot be taken; `why_none` shuts them all."""
        for row in range(1, self.strategy.count()):
            self.strategy.close_entry(row, why_none or closed[self.strategy.itemData(row)])
        chosen = str(self.strategy.currentData())
        words = ALGOS[chosen].meaning if chosen else ""
        wrong = (why_none or closed.get(chosen, "")) if chosen else ""
        all_shut = next(iter(closed.values()), "") if all(closed.values()) else ""
        told = wrong or why_none or words or all_shut
        self.words.say(told, "danger" if wrong else "dim")
        self.words.setVisible(bool(told))

    def _on_picked(self) -> None:
        chosen = str(self.strategy.currentData())
        self._make_params(dict(ALGOS[chosen].initial.params) if chosen else {})
        self.edited.emit()

    def _make_params(self, given: Mapping[str, str]) -> None:
        while self._grid.count() > 3:
            item = self._grid.takeAt(3)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._params = {}
        chosen = str(self.strategy.currentData())
        for line, param in enumerate(ALGOS[chosen].params if chosen else (), 2):
            field = self._params[param.tag] = self._field(param, given.get(param.tag, ""))
            self._grid.addWidget(label(param.title, tone="dim"), line, 0)
            self._grid.addWidget(field, line, 1)

    def _field(self, param: Param, value: str) -> QWidget:
        name = f"algo-{param.tag}"
        field: QWidget
        if param.choices:
            box = CalmCombo(param.title, name)
            for choice in param.choices:
                box.addItem(_FLAGS.get(choice, choice) if param.kind == "flag" else choice, choice)
            box.setCurrentIndex(max(0, box.findData(value or param.default)))
            box.activated.connect(lambda _row: self.edited.emit())
            box.narrow()
            field = box
        else:
            line = QLineEdit(value)
            line.setObjectName(name)
            line.setAccessibleName(param.title)
            line.setMaxLength(32)
            line.textEdited.connect(lambda _text: self.edited.emit())
            field = line
        field.setToolTip(param.meaning)
        return field


def _text(field: QWidget) -> str:
    if isinstance(field, QComboBox):
        return str(field.currentData())
    return field.text().strip() if isinstance(field, QLineEdit) else ""
