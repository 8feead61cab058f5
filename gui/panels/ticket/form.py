"""The fields of an order, all from the tables; each says beside it what is wrong, closed or worth knowing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.domain.attributes import Attribute
from core.domain.bracket import BracketSpec
from core.domain.choices import Choices, choices
from core.domain.contract import Contract, ContractDetails
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.order_types import ORDER_TYPES, TIFS, PriceField
from gui import theme
from gui.panels.ticket.exit_terms import Frame
from gui.panels.ticket.exits import ExitFields
from gui.panels.ticket.moments import local_words, moment_text, read_moment
from gui.panels.ticket.more import MoreFields
from gui.panels.ticket.prices import Fill, PriceFields
from gui.panels.ticket.sizing import SIZE_UNITS, Means, Size, quantity
from gui.panels.ticket.terms import Terms
from gui.widgets.caption import Caption
from gui.widgets.deliberate import CalmCombo
from gui.widgets.lots import lot, next_lot
from gui.widgets.number_field import NumberField
from gui.widgets.number_text import Reading
from gui.widgets.section import Section
from gui.widgets.text import label, say, set_property
from gui.widgets.tick_box import TickBox
from gui.widgets.unit_field import UnitField

_FIXED_TYPE = "IB does not change the type of an order it has."
_STEPS = {
    Size.MONEY: Decimal(1000),
    Size.FRACTION: Decimal(1),
    Size.RISK: Decimal(50),
    Size.RISK_FRACTION: Decimal("0.1"),
}


class TicketForm(QWidget):
    """The fields. Only the trader's hand changes them, or `load` and `begin` when the panel says so.

    Signals:
        edited: the trader changed something.
        entered: Return in a field.
    """

    edited = Signal()
    entered = Signal()

    def __init__(
        self,
        fill: Fill,
        seed: Callable[[Side], Decimal | None],
        means: Callable[[Side], Means],
        now_s: Callable[[], float],
        closed_route: Callable[[str], str] = lambda _exchange: "",
    ) -> None:
        """`seed` is the price a step from an empty field begins at; `means` what sizing goes by, at the market."""
        super().__init__()
        self._means, self._now_s, self._closed_route = means, now_s, closed_route
        self._contract: Contract | None = None
        self._details: ContractDetails | None = None
        self._base: OrderSpec | None = None
        self._fixed = self._one_sided = False
        self._captions: dict[str, Caption] = {}
        self._rows: dict[str, tuple[QLabel, QWidget, Caption]] = {}
        self._make_fields(fill, seed)
        self._lay_out()
        self._connect()
        self.begin(None, None)

    # --- what the panel says ---------------------------------------------------------------------

    def begin(self, contract: Contract | None, details: ContractDetails | None) -> None:
        """An empty ticket for `contract`: a round quantity and no price."""
        self._contract, self._details = contract, details
        self.quantity.choose(Size.UNITS)
        self.quantity.set_value(None if contract is None else lot(contract, details))
        self.prices.clear()
        self.outside.setChecked(False)
        self.till.clear()
        self.exits.clear()
        self.more.begin(contract)
        self.set_fixed(None)

    def set_details(self, details: ContractDetails | None) -> None:
        """The contract's rules have come in; what was typed stays."""
        self._details = details
        self.show_state()

    def load(self, order: OrderSpec | BracketSpec, details: ContractDetails | None) -> None:
        """Take over the terms of an order, with its exits where it has any."""
        spec = order.parent if isinstance(order, BracketSpec) else order
        self._contract, self._details = spec.contract, details
        self._sides[spec.side].setChecked(True)
        self.quantity.choose(Size.UNITS)
        self.quantity.set_value(spec.quantity)
        self.order_type.setCurrentIndex(self.order_type.findData(spec.order_type))
        self.prices.load(spec)
        self.tif.setCurrentIndex(self.tif.findData(spec.tif))
        self.outside.setChecked(spec.outside_rth)
        self.till.setText(moment_text(spec.good_till))
        self.more.load(spec)
        if isinstance(order, BracketSpec) and order.exits:
            self.exits.load(order.exits, details)
            self.exits_section.open()
        else:
            self.exits.clear()
        self.show_state()

    def set_fixed(self, base: OrderSpec | None, *, replaces: bool = False) -> None:
        """For a modification of `base`: IB takes no other side or type for an order it has; in its place it does."""
        self._base = None if replaces else base
        self._fixed, self._one_sided = self._base is not None, base is not None
        self.exits_section.setVisible(not self._one_sided)
        self.more_section.setVisible(not self._fixed)
        self.show_state()

    def pick_side(self, side: Side) -> None:
        """The trader's own choice, by key or button."""
        if not self._one_sided:
            self._sides[side].setChecked(True)
            self.edited.emit()

    @property
    def side(self) -> Side:
        return Side.SELL if self._sides[Side.SELL].isChecked() else Side.BUY

    @property
    def limit(self) -> NumberField:
        return self.prices.limit

    @property
    def stop(self) -> NumberField:
        return self.prices.stop

    def terms(self) -> Terms:
        """What the fields hold now."""
        order_type, tif = OrderType(self.order_type.currentData()), Tif(self.tif.currentData())
        prices = self.prices.read(order_type)
        market = self._means(self.side)
        entry = self._entry(order_type, prices) or market.entry
        frame = Frame(self.side, entry, self._details)
        # Risk needs the stop first, the targets' parts need the quantity: the stop is read twice.
        stop = self.exits.read(frame, None).stop_price
        size = Size(self.quantity.unit)
        sized = quantity(self.quantity.text, size, self._details, market._replace(entry=entry, stop=stop))
        exits = self.exits.read(frame, sized.reading.value)
        extras = self.more.read(self._details)
        till = read_moment(self.till.text(), self._now_s()) if tif is Tif.GTD else None
        values = {
            **extras.values,
            "outside_rth": self.outside.isChecked(),
            "good_till": till.at if till else None,
        }
        fault = extras.fault or (till.fault if till else "")
        wanted = None if exits.is_empty or self._one_sided else exits
        return Terms(
            self.side, order_type, tif, sized.reading, prices, values, fault, wanted, self._details,
            self._base, sized.words, extras.route,
        )  # fmt: skip

    def say_beside(self, field: str, words: str, tone: str = "dim") -> None:
        """A line beside "quantity", "type", "limit", "stop" or "tif"; faults of the field come before it."""
        self._captions[field].say(words, tone)

    def show_state(self) -> None:
        """Open, close and mark the fields as the terms say."""
        terms = self.terms()
        if self._contract is None:
            return
        open_to = choices(self._details, terms.draft(self._contract))
        closed = terms.closed(self._contract)
        self._close_entries(terms, open_to)
        self._show_prices(terms)
        self._mark("quantity", self.quantity, terms.quantity)
        self.say_beside(
            "type", closed or ORDER_TYPES[terms.order_type].meaning, "danger" if closed else "dim"
        )
        set_property(self.order_type, "wrong", bool(closed))
        self._show_till(terms)
        self._show_sections(terms, open_to)

    # --- inside ----------------------------------------------------------------------------------

    def _entry(self, order_type: OrderType, prices: Mapping[PriceField, Reading]) -> Decimal | None:
        """The price the order itself names as where it gets in."""
        named = {name.value: reading.value for name, reading in prices.items()}
        row = ORDER_TYPES[order_type]
        if row.triggered and not row.needs_limit:
            return named.get("stop_price")
        limit = named.get("limit_price")
        return named.get("stop_price") if limit is None else limit

    def _mark(self, name: str, field: NumberField, reading: Reading) -> None:
        wrong = bool(reading.fault) and not reading.missing
        field.set_fault(wrong)
        field.edit.setAccessibleDescription(reading.fault)
        self.say_beside(name, reading.fault, "danger" if wrong else "dim")

    def _show_prices(self, terms: Terms) -> None:
        """Limit and stop always stand there, for the eye; the others come with the types that take them."""
        row = ORDER_TYPES[terms.order_type]
        titles, hints = self.prices.titles(terms.order_type), self.prices.hints(terms.order_type)
        readings = {self.prices.row_of(name): reading for name, reading in terms.prices.items()}
        for name, field in self.prices.rows.items():
            title, _, caption = self._rows[name]
            reading = readings.get(name)
            always = name in ("limit", "stop")
            for widget in (title, field, caption):
                widget.setVisible(always or reading is not None)
            say(title, titles[name])
            field.setEnabled(reading is not None)
            if reading is None:
                field.set_fault(False)
                self.say_beside(name, f"A {row.title.lower()} order has no {name} price.", "faint")
            else:
                self._mark(name, field, reading)
                asked_for = {"limit": row.needs_limit, "stop": row.needs_stop}.get(name, False)
                if (reading.missing and not asked_for) or (reading.value is not None and not always):
                    self.say_beside(name, hints.get(name, ""))

    def _close_entries(self, terms: Terms, open_to: Choices) -> None:
        for row, each in enumerate(OrderType):
            fixed = self._fixed and each is not terms.order_type
            self.order_type.close_entry(row, _FIXED_TYPE if fixed else open_to.order_types[each])
        for row, tif in enumerate(Tif):
            self.tif.close_entry(row, open_to.tifs[tif])
        outside = "" if self.outside.isChecked() else open_to.attributes[Attribute.OUTSIDE_RTH]
        self.outside.setEnabled(not outside)
        self.outside.setToolTip(outside or "Also before the open and after the close.")
        self.say_beside("tif", outside or TIFS[terms.tif].meaning, "faint" if outside else "dim")
        for side, button in self._sides.items():
            shut = self._one_sided and side is not self.side
            button.setEnabled(not shut)
            button.setToolTip("An order keeps its side." if shut else f"Alt+{side[0]}")

    def _show_till(self, terms: Terms) -> None:
        for widget in self._rows["till"]:
            widget.setVisible(terms.tif is Tif.GTD)
        if terms.tif is Tif.GTD:
            found = read_moment(self.till.text(), self._now_s())
            set_property(self.till, "wrong", bool(found.fault))
            words = local_words(found.at) if found.at else "15:30 or 2026-11-27 15:30."
            self.say_beside("till", found.fault or words, "danger" if found.fault else "dim")

    def _show_sections(self, terms: Terms, open_to: Choices) -> None:
        closed = open_to.attributes[Attribute.BRACKET]
        exits = terms.exits
        frame_exits = self.exits.read(self._frame(terms), terms.quantity.value)
        currency = self._contract.currency if self._contract else ""
        wants_stop = Size(self.quantity.unit).by_risk
        if wants_stop and not self.exits_section.is_open:
            self.exits_section.open()
        self.exits.show_exits(frame_exits, terms.quantity.value, currency, wants_stop=wants_stop)
        self.exits.setEnabled(not closed or exits is not None)
        self.exits.setToolTip(closed)
        self.exits_section.head.say(closed or (self.exits.summary(exits) if exits else "none"))
        self.more.show_choices(open_to)
        told = self.more.read(self._details).told
        self.more_section.head.say(", ".join(told) or "exchange, algorithm, OCA, conditions")

    def _frame(self, terms: Terms) -> Frame:
        entry = self._entry(terms.order_type, terms.prices) or self._means(self.side).entry
        return Frame(self.side, entry, self._details)

    def _make_fields(self, fill: Fill, seed: Callable[[Side], Decimal | None]) -> None:
        self._sides = {side: self._side_button(side) for side in Side}
        group = QButtonGroup(self)
        for button in self._sides.values():
            group.addButton(button)
        self.quantity = UnitField("Quantity", SIZE_UNITS, self._step_quantity)
        self.order_type = CalmCombo("Order type", "order-type")
        for order_type in OrderType:
            self.order_type.addItem(f"{order_type}  {ORDER_TYPES[order_type].title}", order_type)
        self.order_type.setCurrentIndex(self.order_type.findData(OrderType.LMT))
        self.order_type.setMaxVisibleItems(len(OrderType))
        self.prices = PriceFields(fill, seed, lambda: self.side, lambda: self._details)
        self.tif = CalmCombo("Time in force", "tif")
        for tif in Tif:
            self.tif.addItem(tif, tif)
        self.outside = TickBox("Outside RTH", "outside-rth", "Outside regular trading hours")
        self.till = QLineEdit()
        self.till.setObjectName("good-till")
        self.till.setAccessibleName("Good till")
        self.till.setMaxLength(24)
        self.exits = ExitFields(fill)
        self.more = MoreFields(self._now_s, self._closed_route)
        self.exits_section = Section("Target and stop", "section-exits", self.exits)
        self.more_section = Section("More", "section-more", self.more)
        self._sides[Side.BUY].setChecked(True)

    def _side_button(self, side: Side) -> QPushButton:
        button = QPushButton(side)
        button.setObjectName(f"side-{side.lower()}")
        button.setAccessibleName(f"{side.capitalize()} side")
        button.setCheckable(True)
        button.toggled.connect(lambda on: set_property(button, "kind", side.lower() if on else ""))
        return button

    def _step_quantity(self, value: Decimal | None, steps: int) -> Decimal | None:
        if self._contract is None:
            return None
        size = Size(self.quantity.unit)
        if size is Size.UNITS:
            return next_lot(value, steps, lot(self._contract, self._details))
        moved = (value or Decimal(0)) + steps * _STEPS[size]
        return moved if moved > 0 else None

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(1))
        grid.setColumnMinimumWidth(0, theme.px(50))
        grid.setColumnStretch(1, 1)
        sides = QHBoxLayout()
        sides.setSpacing(theme.px(4))
        for button in self._sides.values():
            button.setMinimumHeight(theme.px(28))
            sides.addWidget(button, 1)
        grid.addLayout(sides, 0, 0, 1, 2)
        grid.setRowMinimumHeight(1, theme.px(5))
        time = QWidget()
        last = QHBoxLayout(time)
        last.setContentsMargins(0, 0, 0, 0)
        last.setSpacing(theme.px(10))
        last.addWidget(self.tif, 1)
        last.addWidget(self.outside)
        rows: tuple[tuple[str, str, QWidget], ...] = (
            ("quantity", "Quantity", self.quantity),
            ("type", "Type", self.order_type),
            *((name, name.capitalize(), field) for name, field in self.prices.rows.items()),
            ("tif", "Time", time),
            ("till", "Till", self.till),
        )
        for number, (key, title, field) in enumerate(rows):
            line = 2 + 2 * number
            name = label(title, tone="dim")
            caption = self._captions[key] = Caption(f"beside-{key}")
            grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(field, line, 1)
            grid.addWidget(caption, line + 1, 1)
            self._rows[key] = (name, field, caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(5))
        column.addLayout(grid)
        column.addWidget(self.exits_section)
        column.addWidget(self.more_section)

    def _connect(self) -> None:
        self.quantity.edited.connect(self.edited)
        self.quantity.entered.connect(self.entered)
        self.prices.edited.connect(self.edited)
        self.prices.entered.connect(self.entered)
        for combo in (self.order_type, self.tif):
            combo.activated.connect(lambda _row: self.edited.emit())
        self.outside.clicked.connect(lambda _on: self.edited.emit())
        self.till.textEdited.connect(lambda _text: self.edited.emit())
        for button in self._sides.values():
            button.clicked.connect(lambda _on: self.edited.emit())
        self.exits.edited.connect(self.edited)
        self.exits.entered.connect(self.entered)
        self.more.edited.connect(self.edited)
        self.edited.connect(self.show_state)
