"""The bracket's fields: targets and a stop that work once the order fills; each tells the price it comes to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from core.domain.bracket import Exit
from core.domain.contract import ContractDetails
from core.domain.order import Side
from gui import format as fmt
from gui import theme
from gui.panels.ticket.exit_terms import STOP_UNITS, TARGET_UNITS, By, Exits, Frame, Typed, read_exits
from gui.widgets.button import button
from gui.widgets.caption import Caption
from gui.widgets.number_field import NumberField
from gui.widgets.number_text import Reading, price_text
from gui.widgets.text import label, set_property
from gui.widgets.unit_field import UnitField

MOST_TARGETS = 4
_TENTH = Decimal("0.1")
_RELATIVE = frozenset({By.PER_CENT, By.R, By.TRAIL_PER_CENT})
"""What is no price and no distance of prices."""


class ExitFields(QWidget):
    """Signals:
    edited: the trader changed something.
    entered: Return in a field.
    """

    edited = Signal()
    entered = Signal()

    def __init__(self, fill: Callable[[NumberField, str], None]) -> None:
        """`fill` puts "bid", "mid", "ask" or "last" into a field."""
        super().__init__()
        self._frame = Frame(Side.BUY, None, None)
        self._fill = fill
        self.stop = self._field("Exit stop", STOP_UNITS)
        self.stop_limit = NumberField("Exit stop limit", self._step_price, writer=self._price_text)
        self.targets = [self._field(_target_name(at), TARGET_UNITS) for at in range(MOST_TARGETS)]
        self.parts = [self._part(at) for at in range(MOST_TARGETS)]
        self.more = button("Add a target", "add-target", self._add_target, kind="quiet")
        self.more.setToolTip("The quantity is split; each part gets the same stop.")
        self._shown = 1
        self._with_limit = False
        self._captions: dict[str, Caption] = {}
        self._lines: dict[str, list[QWidget]] = {}
        self._lay_out()
        self._connect()
        self._show_lines()

    # --- what the form says ----------------------------------------------------------------------

    def clear(self) -> None:
        for field in (self.stop, *self.targets):
            field.set_value(None)
            field.choose(By.PRICE)
        self.stop_limit.set_value(None)
        for part in self.parts:
            part.clear()
        self._shown, self._with_limit = 1, False
        self._show_lines()

    def load(self, exits: tuple[Exit, ...], details: ContractDetails | None) -> None:
        """Take over exits whose prices are known."""
        self.clear()
        self._frame = self._frame._replace(details=details)
        for at, one in enumerate(exits[:MOST_TARGETS]):
            self.targets[at].set_value(one.target)
            self.parts[at].setText("" if one.quantity is None else f"{one.quantity:f}")
        first = exits[0]
        trail = first.trail_amount if first.trail_amount is not None else first.trail_percent
        if first.trails:
            self.stop.choose(By.TRAIL if first.trail_amount is not None else By.TRAIL_PER_CENT)
        self.stop.set_value(trail if first.trails else first.stop)
        self.stop_limit.set_value(first.stop_limit)
        self._with_limit = first.stop_limit is not None
        self._shown = max(1, min(len(exits), MOST_TARGETS))
        self._show_lines()

    def typed(self) -> tuple[Typed, tuple[Typed, ...]]:
        """The stop and the targets as they stand: presets keep the relative ones."""
        stop = Typed(self.stop.text, By(self.stop.unit))
        targets = tuple(
            Typed(field.text, By(field.unit), part.text() if self._shown > 1 else "")
            for field, part in zip(self.targets[: self._shown], self.parts, strict=False)
        )
        return stop, targets

    def show_typed(self, stop: Typed, targets: tuple[Typed, ...]) -> None:
        self.clear()
        self._shown = max(1, min(len(targets), MOST_TARGETS))
        for field, typed in ((self.stop, stop), *zip(self.targets, targets, strict=False)):
            field.edit.setText(typed.text)
            field.choose(typed.by)
        self._show_lines()

    def read(self, frame: Frame, quantity: Decimal | None) -> Exits:
        self._frame = frame
        stop, targets = self.typed()
        limit = self.stop_limit.text if self._with_limit and not stop.by.trails else ""
        return read_exits(stop, limit, targets, frame, quantity)

    def show_exits(self, exits: Exits, quantity: Decimal | None, currency: str, *, wants_stop: bool) -> None:
        """Beside each field the price it comes to and what that gains or loses; or what is wrong."""
        words = self._stop_words(exits, quantity, currency)
        if wants_stop and exits.stop.missing:
            words = "Sizing by risk needs a stop: type it here."
        self._say("stop", self.stop, exits.stop, words)
        self._say("limit", self.stop_limit, exits.stop_limit, "The worst price the stop may trade at.")
        for at, (field, reading, part) in enumerate(
            zip(self.targets, exits.targets, exits.parts, strict=False)
        ):
            share = part.value if self._shown > 1 else quantity
            words = self._target_words(reading, share, currency)
            if self._shown > 1 and part.value is not None:
                words = f"{fmt.quantity(part.value)}: {words}"
            self._say(f"target-{at}", field, reading, words)
            set_property(self.parts[at], "wrong", bool(part.fault) and not part.missing)
            if part.fault and not part.missing and reading.value is not None:
                self._captions[f"target-{at}"].say(part.fault, "danger")

    def summary(self, exits: Exits) -> str:
        """target 155.00, stop 148.00"""
        details = self._frame.details
        told = [f"target {fmt.price(one.value, details)}" for one in exits.targets if one.value is not None]
        if exits.stop.value is not None:
            unit = " %" if exits.stop_by is By.TRAIL_PER_CENT else ""
            verb = "trail" if exits.stop_by.trails else "stop"
            digits = None if unit else details
            told.append(f"{verb} {fmt.price(exits.stop.value, digits)}{unit}")
        return ", ".join(told)

    # --- inside ----------------------------------------------------------------------------------

    def _say(self, key: str, field: NumberField, reading: Reading, words: str) -> None:
        wrong = bool(reading.fault) and not reading.missing
        field.set_fault(wrong)
        field.edit.setAccessibleDescription(reading.fault)
        self._captions[key].say(reading.fault if wrong else words, "danger" if wrong else "dim")

    def _stop_words(self, exits: Exits, quantity: Decimal | None, currency: str) -> str:
        if exits.stop.missing:
            return "Price, or P O % T K: offset, per cent, trailing."
        if exits.stop_by.trails:
            return "Follows the market; never goes back."
        return self._result_words(exits.stop_price, quantity, currency)

    def _target_words(self, reading: Reading, quantity: Decimal | None, currency: str) -> str:
        if reading.missing:
            return "Price, or P O % R: offset, per cent, R."
        return self._result_words(reading.value, quantity, currency)

    def _result_words(self, price: Decimal | None, quantity: Decimal | None, currency: str) -> str:
        entry, details = self._frame.entry, self._frame.details
        if price is None:
            return ""
        words = [fmt.price(price, details)]
        if entry:
            words.append(fmt.signed_percent(price / entry - 1))
            if quantity and details is not None:
                moved = (price - entry) * self._frame.side.sign * quantity * details.contract.multiplier
                words.append(fmt.signed_money(moved, currency, 0))
        return ", ".join(words)

    def _field(self, name: str, units: tuple[object, ...]) -> UnitField:
        def step(value: Decimal | None, steps: int) -> Decimal | None:
            return self._step(field, value, steps)

        def text(value: Decimal) -> str:
            return f"{value:f}" if By(field.unit) in _RELATIVE else self._price_text(value)

        field = UnitField(name, units, step, writer=text)  # type: ignore[arg-type]
        for letter, source in {"b": "bid", "m": "mid", "a": "ask", "l": "last"}.items():
            field.edit.commands[letter] = partial(self._fill_price, field, source)
        return field

    def _fill_price(self, field: UnitField, source: str) -> None:
        field.choose(By.PRICE)
        self._fill(field, source)

    def _part(self, at: int) -> QLineEdit:
        part = QLineEdit()
        part.setObjectName(f"target-part-{at + 1}")
        part.setAccessibleName(f"Quantity of target {at + 1}")
        part.setPlaceholderText("part")
        part.setMaxLength(16)
        part.setFixedWidth(theme.px(52))
        return part

    def _price_text(self, value: Decimal) -> str:
        return price_text(value, self._frame.details)

    def _step(self, field: UnitField, value: Decimal | None, steps: int) -> Decimal | None:
        by = By(field.unit)
        if by in _RELATIVE:
            moved = (value or Decimal(0)) + steps * (_TENTH * 5 if by is By.R else _TENTH)
            return moved if moved > 0 else None
        if by in (By.OFFSET, By.TRAIL) and value is None:
            value = Decimal(0)
        return self._step_price(value, steps)

    def _step_price(self, value: Decimal | None, steps: int) -> Decimal | None:
        entry, details = self._frame.entry, self._frame.details
        if details is None or (value is None and entry is None):
            return None
        moved = details.next_tick(entry if value is None else value, steps)  # type: ignore[arg-type]
        return moved if moved > 0 else None

    def _add_target(self) -> None:
        self._shown = min(MOST_TARGETS, self._shown + 1)
        self._show_lines()
        self.targets[self._shown - 1].setFocus()
        self.edited.emit()

    def _toggle_limit(self) -> None:
        self._with_limit = not self._with_limit
        self._show_lines()
        self.edited.emit()

    def _show_lines(self) -> None:
        for at in range(MOST_TARGETS):
            for widget in self._lines[f"target-{at}"]:
                widget.setVisible(at < self._shown)
            self.parts[at].setVisible(1 < self._shown > at)
        for widget in self._lines["limit"]:
            widget.setVisible(self._with_limit)
        self.more.setEnabled(self._shown < MOST_TARGETS)
        self.limit_button.setText("Plain stop" if self._with_limit else "Stop limit")

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(1))
        grid.setColumnMinimumWidth(0, theme.px(50))
        grid.setColumnStretch(1, 1)
        rows: list[tuple[str, str, QWidget]] = [
            (f"target-{at}", "Target" if at == 0 else f"Target {at + 1}", self._with_part(at))
            for at in range(MOST_TARGETS)
        ]
        rows += [("stop", "Stop", self.stop), ("limit", "Limit", self.stop_limit)]
        for number, (key, title, field) in enumerate(rows):
            caption = self._captions[key] = Caption(f"beside-exit-{key}")
            name = label(title, tone="dim")
            grid.addWidget(name, 2 * number, 0)
            grid.addWidget(field, 2 * number, 1)
            grid.addWidget(caption, 2 * number + 1, 1)
            self._lines[key] = [name, field, caption]
        self.limit_button = button("Stop limit", "exit-stop-limit-toggle", self._toggle_limit, kind="quiet")
        self.limit_button.setToolTip("Whether the stop becomes a limit order once it triggers.")
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(4))
        foot.addStretch(1)
        foot.addWidget(self.limit_button)
        foot.addWidget(self.more)
        grid.addLayout(foot, 2 * len(rows), 0, 1, 2)

    def _with_part(self, at: int) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        row.addWidget(self.parts[at])
        row.addWidget(self.targets[at], 1)
        return made

    def _connect(self) -> None:
        for field in (self.stop, self.stop_limit, *self.targets):
            field.edited.connect(self.edited)
            field.entered.connect(self.entered)
        for part in self.parts:
            part.textEdited.connect(lambda _text: self.edited.emit())


def _target_name(at: int) -> str:
    return "Exit target" if at == 0 else f"Exit target {at + 1}"
