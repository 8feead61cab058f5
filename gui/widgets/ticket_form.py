"""The fields of an order: side, quantity, type, prices, time in force; each says beside it what is wrong or closed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QWidget

from core.domain.contract import Contract, ContractDetails
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.order_types import ORDER_TYPES, TIFS, why_not
from gui import theme
from gui.widgets.caption import Caption
from gui.widgets.deliberate import CalmCombo
from gui.widgets.lots import lot, next_lot
from gui.widgets.number_field import NumberField
from gui.widgets.number_text import Reading, read_price, read_quantity
from gui.widgets.text import label, set_property
from gui.widgets.tick_box import TickBox

Fill = Callable[[NumberField, str], None]
"""Fill a price field from the quote: "bid", "mid", "ask" or "last"."""


class Terms(NamedTuple):
    """What the form holds, each number read or with its fault."""

    side: Side
    quantity: Reading
    order_type: OrderType
    limit: Reading
    stop: Reading
    tif: Tif
    outside_rth: bool
    closed: str
    """Why type, time in force and session do not go together here; "" when they do."""

    def spec(self, contract: Contract, account: str) -> OrderSpec | None:
        """The order, once nothing is missing or wrong."""
        row = ORDER_TYPES[self.order_type]
        needed = [
            self.quantity,
            *([self.limit] if row.needs_limit else []),
            *([self.stop] if row.needs_stop else []),
        ]
        if self.closed or any(reading.value is None for reading in needed):
            return None
        assert self.quantity.value is not None
        return OrderSpec(
            contract,
            self.side,
            self.quantity.value,
            self.order_type,
            self.limit.value if row.needs_limit else None,
            self.stop.value if row.needs_stop else None,
            self.tif,
            self.outside_rth,
            account,
        )


class TicketForm(QWidget):
    """The fields. Only the trader's hand changes them, or `load` and `begin` when the panel says so.

    Signals:
        edited: the trader changed something.
        entered: Return in a field.
    """

    edited = Signal()
    entered = Signal()

    def __init__(self, fill: Fill, seed: Callable[[Side], Decimal | None]) -> None:
        """`seed` is the price a step from an empty field begins at."""
        super().__init__()
        self._fill, self._seed = fill, seed
        self._contract: Contract | None = None
        self._details: ContractDetails | None = None
        self._fixed = False
        self._captions: dict[str, Caption] = {}
        self._make_fields()
        self._lay_out()
        self._connect()
        self.begin(None, None)

    # --- what the panel says ---------------------------------------------------------------------

    def begin(self, contract: Contract | None, details: ContractDetails | None) -> None:
        """An empty ticket for `contract`: a round quantity and no price."""
        self._contract, self._details = contract, details
        self.quantity.set_value(None if contract is None else lot(contract, details))
        self.limit.set_value(None)
        self.stop.set_value(None)
        self.outside.setChecked(False)
        self.set_fixed(False)

    def set_details(self, details: ContractDetails | None) -> None:
        """The contract's rules have come in; what was typed stays."""
        self._details = details
        self.show_state()

    def load(self, spec: OrderSpec, details: ContractDetails | None) -> None:
        """Take over the terms of `spec`."""
        self._contract, self._details = spec.contract, details
        self._sides[spec.side].setChecked(True)
        self.quantity.set_value(spec.quantity)
        self.order_type.setCurrentIndex(self.order_type.findData(spec.order_type))
        self.limit.set_value(spec.limit_price)
        self.stop.set_value(spec.stop_price)
        self.tif.setCurrentIndex(self.tif.findData(spec.tif))
        self.outside.setChecked(spec.outside_rth)
        self.show_state()

    def set_fixed(self, fixed: bool) -> None:
        """For a modification: IB takes no other side or type for an order it has."""
        self._fixed = fixed
        self.show_state()

    def pick_side(self, side: Side) -> None:
        """The trader's own choice, by key or button."""
        if not self._fixed:
            self._sides[side].setChecked(True)
            self.edited.emit()

    @property
    def side(self) -> Side:
        return Side.SELL if self._sides[Side.SELL].isChecked() else Side.BUY

    def price_field(self) -> NumberField | None:
        """The price field a quote goes to: the one with the focus, else the limit, else the stop."""
        open_fields = [field for field in (self.limit, self.stop) if field.isEnabled()]
        focused = [field for field in open_fields if field.edit.hasFocus()]
        return next(iter([*focused, *open_fields]), None)

    def terms(self) -> Terms:
        """What the fields hold now."""
        order_type, tif, outside = (
            OrderType(self.order_type.currentData()),
            Tif(self.tif.currentData()),
            self.outside,
        )
        return Terms(
            self.side,
            read_quantity(self.quantity.text, self._details),
            order_type,
            read_price(self.limit.text, self._details, "limit price"),
            read_price(self.stop.text, self._details, "stop price"),
            tif,
            outside.isChecked(),
            self._why_not(order_type, tif, outside.isChecked()),
        )

    def say_beside(self, field: str, words: str, tone: str = "dim") -> None:
        """A line beside "quantity", "type", "limit", "stop" or "tif"; faults of the field come before it."""
        self._captions[field].say(words, tone)

    def show_state(self) -> None:
        """Open, close and mark the fields as the terms say."""
        terms = self.terms()
        row = ORDER_TYPES[terms.order_type]
        self._close_entries(terms)
        needs = {
            "limit": (self.limit, row.needs_limit, terms.limit),
            "stop": (self.stop, row.needs_stop, terms.stop),
        }
        for name, (field, needed, reading) in needs.items():
            field.setEnabled(needed)
            if needed:
                self._mark(name, field, reading)
            else:
                field.set_fault(False)
                self.say_beside(name, f"A {row.title.lower()} order has no {name} price.", "faint")
        self._mark("quantity", self.quantity, terms.quantity)
        self.say_beside("type", terms.closed or row.meaning, "danger" if terms.closed else "dim")
        set_property(self.order_type, "wrong", bool(terms.closed))

    # --- inside ----------------------------------------------------------------------------------

    def _mark(self, name: str, field: NumberField, reading: Reading) -> None:
        wrong = bool(reading.fault) and not reading.missing
        field.set_fault(wrong)
        field.edit.setAccessibleDescription(reading.fault)
        self.say_beside(name, reading.fault, "danger" if wrong else "dim")

    def _why_not(self, order_type: OrderType, tif: Tif, outside_rth: bool) -> str:
        if self._contract is None:
            return ""
        tokens = frozenset() if self._details is None else self._details.order_types
        return why_not(order_type, self._contract.sec_type, tif, outside_rth, tokens)

    def _close_entries(self, terms: Terms) -> None:
        for row, each in enumerate(OrderType):
            fixed = "IB does not change the type of an order it has." if self._fixed else ""
            why = (
                fixed
                if each is not terms.order_type and fixed
                else self._why_not(each, terms.tif, terms.outside_rth)
            )
            self.order_type.close_entry(row, why)
        for row, tif in enumerate(Tif):
            self.tif.close_entry(row, self._why_not(terms.order_type, tif, terms.outside_rth))
        outside = "" if self.outside.isChecked() else self._why_not(terms.order_type, terms.tif, True)
        self.outside.setEnabled(not outside)
        self.outside.setToolTip(outside or "Also before the open and after the close.")
        self.say_beside("tif", outside or TIFS[terms.tif].meaning, "faint" if outside else "dim")
        for side, button in self._sides.items():
            shut = self._fixed and side is not self.side
            button.setEnabled(not shut)
            button.setToolTip("IB does not change the side of an order it has." if shut else f"Alt+{side[0]}")

    def _make_fields(self) -> None:
        self._sides = {side: self._side_button(side) for side in Side}
        group = QButtonGroup(self)
        for button in self._sides.values():
            group.addButton(button)
        self.quantity = NumberField("Quantity", self._step_quantity)
        self.order_type = CalmCombo("Order type", "order-type")
        for order_type in OrderType:
            self.order_type.addItem(f"{order_type}  {ORDER_TYPES[order_type].title}", order_type)
        self.order_type.setCurrentIndex(self.order_type.findData(OrderType.LMT))
        self.limit = self._price_field("Limit price")
        self.stop = self._price_field("Stop price")
        self.tif = CalmCombo("Time in force", "tif")
        for tif in Tif:
            self.tif.addItem(tif, tif)
        self.outside = TickBox("Outside RTH", "outside-rth", "Outside regular trading hours")
        self._sides[Side.BUY].setChecked(True)

    def _side_button(self, side: Side) -> QPushButton:
        button = QPushButton(side)
        button.setObjectName(f"side-{side.lower()}")
        button.setAccessibleName(f"{side.capitalize()} side")
        button.setCheckable(True)
        button.toggled.connect(lambda on: set_property(button, "kind", side.lower() if on else ""))
        return button

    def _price_field(self, name: str) -> NumberField:
        keys = {"b": "bid", "m": "mid", "a": "ask", "l": "last"}
        commands: dict[str, Callable[[], None]] = {}
        field = NumberField(name, self._step_price, commands)
        for letter, source in keys.items():
            field.edit.commands[letter] = partial(self._fill, field, source)
        field.edit.setToolTip(
            "Arrows and the wheel step by tick, PgUp and PgDn by ten.\nB bid, M mid, A ask, L last."
        )
        return field

    def _step_quantity(self, value: Decimal | None, steps: int) -> Decimal | None:
        return None if self._contract is None else next_lot(value, steps, lot(self._contract, self._details))

    def _step_price(self, value: Decimal | None, steps: int) -> Decimal | None:
        if self._details is None:
            return None
        if value is None:
            return self._seed(self.side)
        moved = self._details.next_tick(value, steps)
        return moved if moved > 0 else None

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(1))
        grid.setColumnStretch(1, 1)
        sides = QHBoxLayout()
        sides.setSpacing(theme.px(4))
        for button in self._sides.values():
            button.setMinimumHeight(theme.px(28))
            sides.addWidget(button, 1)
        grid.addLayout(sides, 0, 0, 1, 2)
        grid.setRowMinimumHeight(1, theme.px(5))
        last = QHBoxLayout()
        last.setSpacing(theme.px(10))
        last.addWidget(self.tif, 1)
        last.addWidget(self.outside)
        rows: tuple[tuple[str, str, QWidget | QHBoxLayout], ...] = (
            ("quantity", "Quantity", self.quantity),
            ("type", "Type", self.order_type),
            ("limit", "Limit", self.limit),
            ("stop", "Stop", self.stop),
            ("tif", "Time", last),
        )
        for number, (key, title, field) in enumerate(rows):
            line = 2 + 2 * number
            grid.addWidget(label(title, tone="dim"), line, 0, Qt.AlignmentFlag.AlignVCenter)
            if isinstance(field, QWidget):
                grid.addWidget(field, line, 1)
            else:
                grid.addLayout(field, line, 1)
            caption = self._captions[key] = Caption(f"beside-{key}")
            grid.addWidget(caption, line + 1, 1)

    def _connect(self) -> None:
        for field in (self.quantity, self.limit, self.stop):
            field.edited.connect(self.edited)
            field.entered.connect(self.entered)
        for combo in (self.order_type, self.tif):
            combo.activated.connect(lambda _row: self.edited.emit())
        self.outside.clicked.connect(lambda _on: self.edited.emit())
        for button in self._sides.values():
            button.clicked.connect(lambda _on: self.edited.emit())
        self.edited.connect(self.show_state)
