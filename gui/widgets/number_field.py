"""A number the trader types or steps: only their hand changes it, and what is wrong stands beside it in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from gui import theme
from gui.widgets.text import set_property

Stepper = Callable[[Decimal | None, int], Decimal | None]
"""From the value there is (or none) by so many steps; `None` leaves the field as it is."""
Writer = Callable[[Decimal], str]
"""How a value that was not typed is written into the field."""

_STEPS = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
}
_NOTCH = 120
_PLAIN_MODIFIERS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class NumberEdit(QLineEdit):
    """The text of a number field: arrows and PgUp/PgDn step, the wheel only where the focus is.

    Signals:
        stepped: by how many steps, up or down.
        entered: Return was pressed, not held.
    """

    stepped = Signal(int)
    entered = Signal()

    def __init__(self, commands: Mapping[str, Callable[[], None]]) -> None:
        super().__init__()
        self.commands = dict(commands)
        self._turned = 0
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setMaxLength(32)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in _PLAIN_MODIFIERS
        if plain and (steps := _STEPS.get(Qt.Key(event.key()))) is not None:
            self.stepped.emit(steps)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.entered.emit()
        elif plain and (command := self.commands.get(event.text())) is not None:
            command()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            # Scrolling past must not change an order.
            event.ignore()
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self.stepped.emit(notches)
        event.accept()


class NumberField(QWidget):
    """[-] text [+]. `commands` are single letters that fill the field, as no number has letters.

    Signals:
        edited: the trader changed it, by typing, stepping or a command.
        entered: Return.
    """

    edited = Signal()
    entered = Signal()

    def __init__(
        self,
        name: str,
        stepper: Stepper,
        commands: Mapping[str, Callable[[], None]] | None = None,
        writer: Writer = "{:f}".format,
    ) -> None:
        super().__init__()
        self._stepper, self._writer = stepper, writer
        self.edit = NumberEdit(commands or {})
        slug = name.lower().replace(" ", "-")
        self.setObjectName(f"field-{slug}")
        self.edit.setObjectName(slug)
        self.edit.setAccessibleName(name)
        self.setFocusProxy(self.edit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(3))
        row.addWidget(self._button("−", -1, f"{name}: one step down", f"{slug}-down"))
        row.addWidget(self.edit, 1)
        row.addWidget(self._button("+", 1, f"{name}: one step up", f"{slug}-up"))
        self.edit.textEdited.connect(lambda _text: self.edited.emit())
        self.edit.stepped.connect(self._on_stepped)
        self.edit.entered.connect(self.entered)

    @property
    def text(self) -> str:
        return self.edit.text()

    def set_value(self, value: Decimal | None) -> None:
        """Show `value` as the trader's; says nothing by signal."""
        self.edit.setText("" if value is None else self._writer(value))

    def fill(self, value: Decimal | None) -> None:
        """The trader asked for this value: like typing it. `None` does nothing."""
        if value is not None and self.isEnabled():
            self.set_value(value)
            self.edit.selectAll()
            self.edited.emit()

    def set_fault(self, wrong: bool) -> None:
        """Frame the field as wrong, or not."""
        set_property(self.edit, "wrong", wrong)

    def _on_stepped(self, steps: int) -> None:
        try:
            value = Decimal(self.text.strip()) if self.text.strip() else None
        except ArithmeticError:
            return
        if value is None or value.is_finite():
            self.fill(self._stepper(value, steps))

    def _button(self, text: str, steps: int, name: str, object_name: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(object_name)
        button.setAccessibleName(name)
        button.setAutoRepeat(True)
        # The keyboard has the arrow keys for this: one stop less on the way.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setFixedWidth(theme.px(26))
        button.clicked.connect(lambda _checked=False: self._on_stepped(steps))
        return button
