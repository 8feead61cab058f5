"""The price fields of the ticket, made from the table: which there are, how they are called, what they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.domain.contract import ContractDetails
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.order_types import FIELDS, MAY_BE_NEGATIVE, ORDER_TYPES, Need, PriceField
from gui.panels.ticket.terms import TRAILING, read_field, taken
from gui.widgets.number_field import NumberField
from gui.widgets.number_text import Reading, price_text
from gui.widgets.unit_field import Unit, UnitField

Fill = Callable[[NumberField, str], None]
"""Fill a price field from the quote: "bid", "mid", "ask" or "last"."""

AMOUNT, PER_CENT = PriceField.TRAIL_AMOUNT.value, PriceField.TRAIL_PERCENT.value
TRAIL_UNITS = (
    Unit(AMOUNT, "price", "Trails by this much", "p"),
    Unit(PER_CENT, "%", "Trails by per cent", "%"),
)
SOURCES = {"b": "bid", "m": "mid", "a": "ask", "l": "last"}
ROWS = ("limit", "stop", "trail", "limit-offset", "offset")
"""The rows of the form, by the name of the caption beside each."""
_TOUCHED = frozenset({OrderType.MIT, OrderType.LIT})
_TENTH = Decimal("0.1")


class PriceFields(QObject):
    """Five fields that the form lays out; a row is in sight where the type takes it, or always for limit and stop.

    Signals:
        edited: the trader changed one.
        entered: Return in one.
    """

    edited = Signal()
    entered = Signal()

    def __init__(
        self,
        fill: Fill,
        seed: Callable[[Side], Decimal | None],
        side: Callable[[], Side],
        details: Callable[[], ContractDetails | None],
    ) -> None:
        """`seed` is the price a step from an empty field begins at."""
        super().__init__()
        self._fill, self._seed, self._side, self._details = fill, seed, side, details
        self.limit = self._price("Limit price")
        self.stop = self._price("Stop price")
        self.trail = UnitField("Trailing", TRAIL_UNITS, self._step_trail, writer=self._trail_text)
        self.limit_offset = NumberField("Limit offset", self._step_distance, writer=self._text)
        self.offset = NumberField("Offset", self._step_distance, writer=self._text)
        self.rows: dict[str, NumberField] = dict(
            zip(ROWS, (self.limit, self.stop, self.trail, self.limit_offset, self.offset), strict=True)
        )
        for field in self.rows.values():
            field.edited.connect(self.edited)
            field.entered.connect(self.entered)

    def clear(self) -> None:
        for field in self.rows.values():
            field.set_value(None)

    def load(self, spec: OrderSpec) -> None:
        self.limit.set_value(spec.limit_price)
        self.stop.set_value(spec.stop_price)
        self.limit_offset.set_value(spec.limit_offset)
        self.offset.set_value(spec.offset)
        self.trail.choose(PER_CENT if spec.trail_percent is not None else AMOUNT)
        self.trail.set_value(spec.trail_percent if spec.trail_percent is not None else spec.trail_amount)

    def read(self, order_type: OrderType) -> dict[PriceField, Reading]:
        """What the fields that the type takes hold."""
        found: dict[PriceField, Reading] = {}
        for name in taken(order_type):
            row = self.row_of(name)
            if name in TRAILING and name.value != self.trail.unit:
                continue
            found[name] = read_field(name, self.rows[row].text, self._details())
        return found

    def row_of(self, name: PriceField) -> str:
        return (
            "trail"
            if name in TRAILING
            else {
                PriceField.LIMIT: "limit",
                PriceField.STOP: "stop",
                PriceField.LIMIT_OFFSET: "limit-offset",
                PriceField.OFFSET: "offset",
            }[name]
        )

    def current(self) -> NumberField | None:
        """The field a quote goes to: the one with the focus, else the limit, else the stop."""
        open_fields = [field for field in (self.limit, self.stop) if field.isEnabled()]
        focused = [field for field in open_fields if field.edit.hasFocus()]
        return next(iter([*focused, *open_fields]), None)

    def titles(self, order_type: OrderType) -> Mapping[str, str]:
        """How each row is called for this type."""
        row = ORDER_TYPES[order_type]
        first = row.need(PriceField.TRAIL_AMOUNT) is not Need.NEVER
        stop = "Touch" if order_type in _TOUCHED else "First stop" if first else "Stop"
        cap = row.need(PriceField.LIMIT) is Need.MAY
        return {
            "limit": "Cap" if cap else "Limit",
            "stop": stop,
            "trail": "Trail by",
            "limit-offset": "Lmt offset",
            "offset": "Offset",
        }

    def hints(self, order_type: OrderType) -> Mapping[str, str]:
        """What stands beside each row that is empty and may be."""
        row = ORDER_TYPES[order_type]
        told: dict[str, str] = {}
        for name in taken(order_type):
            need = row.need(name)
            words = FIELDS[name].meaning
            if need is Need.MAY:
                words = f"May stay empty. {words}"
            elif need is Need.ALTERNATIVE and name not in TRAILING:
                words = "A limit price or a limit offset, not both."
            elif name in TRAILING:
                words = "Price, or P % for the unit. " + words
            told[self.row_of(name)] = words
        return told

    # --- inside ----------------------------------------------------------------------------------

    def _price(self, name: str) -> NumberField:
        field = NumberField(name, self._step_price, writer=self._text)
        for letter, source in SOURCES.items():
            field.edit.commands[letter] = partial(self._fill, field, source)
        field.edit.setToolTip(
            "Arrows and the wheel step by tick, PgUp and PgDn by ten.\nB bid, M mid, A ask, L last."
        )
        return field

    def _step_price(self, value: Decimal | None, steps: int) -> Decimal | None:
        details = self._details()
        if details is None:
            return None
        if value is None:
            return self._seed(self._side())
        moved = details.next_tick(value, steps)
        return moved if moved > 0 or details.contract.sec_type in MAY_BE_NEGATIVE else None

    def _step_distance(self, value: Decimal | None, steps: int) -> Decimal | None:
        details = self._details()
        if details is None:
            return None
        moved = details.next_tick(value or Decimal(0), steps)
        return moved if moved > 0 else None

    def _step_trail(self, value: Decimal | None, steps: int) -> Decimal | None:
        if self.trail.unit == AMOUNT:
            return self._step_distance(value, steps)
        moved = (value or Decimal(0)) + steps * _TENTH
        return moved if 0 < moved < 100 else None

    def _text(self, value: Decimal) -> str:
        return price_text(value, self._details())

    def _trail_text(self, value: Decimal) -> str:
        return self._text(value) if self.trail.unit == AMOUNT else f"{value:f}"
