"""What few orders need: algorithm, start time, OCA, iceberg and the like, each closed with its reason where IB closes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from core.domain.attributes import ATTRIBUTES, Attribute
from core.domain.choices import Choices
from core.domain.conditions import TriggerMethod
from core.domain.contract import Contract, ContractDetails
from core.domain.order import Oca, OcaKind, OrderSpec
from gui import theme
from gui.panels.ticket.algo import LABEL_PX, AlgoFields
from gui.panels.ticket.conditions import ConditionFields
from gui.panels.ticket.moments import local_words, moment_text, read_moment
from gui.panels.ticket.route import RouteField
from gui.widgets.caption import Caption
from gui.widgets.deliberate import CalmCombo
from gui.widgets.number_text import read_number, read_price
from gui.widgets.text import label, set_property
from gui.widgets.tick_box import TickBox

_OCA_WORDS = {
    OcaKind.CANCEL_WITH_BLOCK: "cancels the others",
    OcaKind.REDUCE_WITH_BLOCK: "reduces the others",
    OcaKind.REDUCE_WITHOUT_BLOCK: "reduces, unblocked",
}


class Extras(NamedTuple):
    """What the fields say, by `OrderSpec`'s names, and the first thing wrong with them."""

    values: dict[str, Any]
    fault: str
    told: tuple[str, ...]
    """What is set, in a word or two each."""
    route: str = ""
    """Where the order goes; "" is the contract's own way."""


class MoreFields(QWidget):
    """Signals: edited, by the trader."""

    edited = Signal()

    def __init__(self, now_s: Callable[[], float], closed_route: Callable[[str], str]) -> None:
        """`closed_route` says why an exchange is not to be traded at; "" where it is."""
        super().__init__()
        self._now_s = now_s
        self.route = RouteField(closed_route)
        self._details: ContractDetails | None = None
        self.algo = AlgoFields()
        self.good_after = self._line("good-after", "Not before", "15:30 or 2026-11-27 15:30")
        self.oca_group = self._line("oca-group", "OCA group", "a name of your own", 48)
        self.oca_kind = CalmCombo("What a fill does to the group", "oca-kind")
        for kind, words in _OCA_WORDS.items():
            self.oca_kind.addItem(words, kind)
        self.display = self._line("display-size", "Quantity shown")
        self.hidden = TickBox("Hidden from the market", "hidden")
        self.whole = TickBox("All or none", "all-or-none")
        self.discretionary = self._line("discretionary", "Discretionary amount")
        self.least = self._line("minimum-quantity", "Minimum quantity")
        self.trigger = CalmCombo("Trigger method", "trigger-method")
        for method in TriggerMethod:
            self.trigger.addItem(method.words, method)
        for combo in (self.oca_kind, self.trigger):
            combo.narrow()
        self.conditions = ConditionFields(now_s)
        self._captions: dict[Attribute, Caption] = {}
        self._fields: dict[Attribute, tuple[QWidget, ...]] = {
            Attribute.GOOD_AFTER: (self.good_after,),
            Attribute.OCA: (self.oca_group, self.oca_kind),
            Attribute.ICEBERG: (self.display,),
            Attribute.HIDDEN: (self.hidden,),
            Attribute.ALL_OR_NONE: (self.whole,),
            Attribute.DISCRETIONARY: (self.discretionary,),
            Attribute.MIN_QUANTITY: (self.least,),
            Attribute.TRIGGER_METHOD: (self.trigger,),
        }
        self._faults: dict[Attribute, str] = {}
        self._lay_out()
        self._connect()

    # --- what the form says ----------------------------------------------------------------------

    def begin(self, contract: Contract | None) -> None:
        self.route.begin(contract)
        self._clear(contract)

    def _clear(self, contract: Contract | None) -> None:
        self.conditions.begin(contract)
        self.algo.load(None)
        for line in (self.good_after, self.oca_group, self.display, self.discretionary, self.least):
            line.clear()
        for box in (self.hidden, self.whole):
            box.setChecked(False)
        self.oca_kind.setCurrentIndex(0)
        self.trigger.setCurrentIndex(0)

    def load(self, spec: OrderSpec) -> None:
        self._clear(spec.contract)
        self.algo.load(spec.algo)
        self.route.load(spec.contract)
        self.good_after.setText(moment_text(spec.good_after))
        if spec.oca is not None:
            self.oca_group.setText(spec.oca.group)
            self.oca_kind.setCurrentIndex(self.oca_kind.findData(spec.oca.kind))
        for line, value in (
            (self.display, spec.display_size),
            (self.discretionary, spec.discretionary),
            (self.least, spec.minimum_quantity),
        ):
            line.setText("" if value is None else f"{value:f}")
        self.hidden.setChecked(spec.hidden)
        self.whole.setChecked(spec.all_or_none)
        self.trigger.setCurrentIndex(self.trigger.findData(spec.trigger_method))
        self.conditions.load(spec)

    def read(self, details: ContractDetails | None) -> Extras:
        self._details, self._faults = details, {}
        values: dict[str, Any] = {
            "algo": self.algo.value(),
            "hidden": self.hidden.isChecked(),
            "all_or_none": self.whole.isChecked(),
            "trigger_method": TriggerMethod(self.trigger.currentData()),
            "good_after": self._moment(),
            "oca": self._oca(),
            "display_size": self._number(Attribute.ICEBERG, self.display, "quantity"),
            "minimum_quantity": self._number(Attribute.MIN_QUANTITY, self.least, "quantity"),
            "discretionary": self._number(Attribute.DISCRETIONARY, self.discretionary, "amount", price=True),
        }
        conditions = self.conditions.value()
        values.update(
            conditions=conditions,
            conditions_cancel=bool(conditions) and self.conditions.cancels,
            conditions_outside_rth=bool(conditions) and self.conditions.outside_rth,
        )
        self.route.show_details(details)
        told = [f"via {self.route.value}"] if self.route.value else []
        told += [str(values["algo"].strategy)] if values["algo"] else []
        told += [attribute.value for attribute in self._fields if self._is_set(attribute, values)]
        told += [f"{len(conditions)} condition{'' if len(conditions) == 1 else 's'}"] if conditions else []
        return Extras(values, next(iter(self._faults.values()), ""), tuple(told), self.route.value)

    def show_choices(self, open_to: Choices) -> None:
        """Shut what this order cannot have, with the reason in the tooltip and beside the field."""
        self.algo.show_choices(open_to.algos, open_to.attributes[Attribute.ALGO])
        for row, kind in enumerate(OcaKind):
            self.oca_kind.close_entry(row, open_to.oca_kinds[kind])
        for row, method in enumerate(TriggerMethod):
            self.trigger.close_entry(row, open_to.trigger_methods[method])
        for attribute, fields in self._fields.items():
            closed = open_to.attributes[attribute]
            held = self._holds(attribute)
            for field in fields:
                # What is set already must be possible to take back.
                field.setEnabled(not closed or held)
                field.setToolTip(closed or ATTRIBUTES[attribute].meaning)
            fault = self._faults.get(attribute, "")
            set_property(fields[0], "wrong", bool(fault or (closed and held)))
            words = fault or closed or self._told(attribute)
            caption = self._captions[attribute]
            caption.say(words, "danger" if fault or (closed and held) else "faint" if closed else "dim")
            caption.setVisible(bool(words))
        self.conditions.show_choices(
            open_to.attributes[Attribute.CONDITIONS], open_to.attributes[Attribute.CONDITIONS_CANCEL]
        )

    # --- inside ----------------------------------------------------------------------------------

    def _holds(self, attribute: Attribute) -> bool:
        field = self._fields[attribute][0]
        if isinstance(field, QLineEdit):
            return bool(field.text().strip())
        return field.isChecked() if isinstance(field, TickBox) else bool(self.trigger.currentIndex())

    def _is_set(self, attribute: Attribute, values: dict[str, Any]) -> bool:
        return self._holds(attribute) and not self._faults.get(attribute)

    def _told(self, attribute: Attribute) -> str:
        if attribute is Attribute.GOOD_AFTER and (at := self._moment()) is not None:
            return f"From {local_words(at)}."
        return ATTRIBUTES[attribute].meaning if self._holds(attribute) else ""

    def _moment(self) -> Any:
        found = read_moment(self.good_after.text(), self._now_s())
        if found.fault:
            self._faults[Attribute.GOOD_AFTER] = found.fault
        return found.at

    def _oca(self) -> Oca | None:
        group = self.oca_group.text().strip()
        return Oca(group, OcaKind(self.oca_kind.currentData())) if group else None

    def _number(self, attribute: Attribute, line: QLineEdit, what: str, *, price: bool = False) -> Any:
        if not line.text().strip():
            return None
        reading = read_price(line.text(), self._details, what) if price else read_number(line.text(), what)
        if reading.fault:
            self._faults[attribute] = reading.fault
        return reading.value

    def _line(self, name: str, accessible: str, hint: str = "", most: int = 24) -> QLineEdit:
        line = QLineEdit()
        line.setObjectName(name)
        line.setAccessibleName(accessible)
        line.setPlaceholderText(hint)
        line.setMaxLength(most)
        return line

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(2))
        grid.setColumnMinimumWidth(0, theme.px(LABEL_PX))
        grid.setColumnStretch(1, 1)
        line = 0
        for attribute, fields in self._fields.items():
            if not isinstance(fields[0], TickBox):
                grid.addWidget(label(ATTRIBUTES[attribute].title, tone="dim"), line, 0)
            for field in fields:
                grid.addWidget(field, line, 1)
                line += 1
            caption = self._captions[attribute] = Caption(f"beside-{attribute.value.replace(' ', '-')}")
            grid.addWidget(caption, line, 1)
            line += 1
        column.addWidget(self.route)
        column.addWidget(self.algo)
        column.addLayout(grid)
        column.addWidget(self.conditions)

    def _connect(self) -> None:
        for line in (self.good_after, self.oca_group, self.display, self.discretionary, self.least):
            line.textEdited.connect(lambda _text: self.edited.emit())
        for box in (self.hidden, self.whole):
            box.clicked.connect(lambda _on: self.edited.emit())
        for combo in (self.oca_kind, self.trigger):
            combo.activated.connect(lambda _row: self.edited.emit())
        self.route.edited.connect(self.edited)
        self.algo.edited.connect(self.edited)
        self.conditions.edited.connect(self.edited)
