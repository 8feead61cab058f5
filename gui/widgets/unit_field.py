"""A number with its unit: a letter typed into the field, or the button beside it, says what the number means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from gui import theme
from gui.widgets.number_field import NumberField, Stepper, Writer

_WIDTH_PX = 62


class Unit(NamedTuple):
    """One meaning of the number."""

    key: str
    title: str
    """On the button."""
    meaning: str
    """In the menu."""
    letter: str
    """Typed into the field it chooses this unit."""


class UnitField(NumberField):
    """[-] number [+] [unit]. No number has letters, so a letter is free to choose its unit."""

    def __init__(
        self,
        name: str,
        units: Sequence[Unit],
        stepper: Stepper,
        commands: Mapping[str, Callable[[], None]] | None = None,
        writer: Writer = "{:f}".format,
    ) -> None:
        super().__init__(name, stepper, commands, writer)
        self._units = {unit.key: unit for unit in units}
        self._unit = units[0].key
        slug = self.edit.objectName()
        self.button = QToolButton()
        self.button.setObjectName(f"{slug}-unit")
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setFixedWidth(theme.px(_WIDTH_PX))
        self.menu = QMenu(self.button)
        self.menu.setObjectName(f"{slug}-units")
        self.menu.setAccessibleName(f"What the {name.lower()} is given in")
        for unit in units:
            action = QAction(f"{unit.meaning}\t{unit.letter}", self.menu)
            action.triggered.connect(lambda _on=False, key=unit.key: self.pick(key))
            self.menu.addAction(action)
            self.edit.commands[unit.letter] = partial(self.pick, unit.key)
        self.button.setMenu(self.menu)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.button)
        self._name = name
        self._say()

    @property
    def unit(self) -> str:
        return self._unit

    def choose(self, key: str) -> None:
        """Another unit, said by nobody's hand: no signal."""
        if key in self._units:
            self._unit = key
            self._say()

    def pick(self, key: str) -> None:
        """The trader's choice; the number stays as it was typed."""
        if key != self._unit:
            self.choose(key)
            self.edited.emit()

    def _say(self) -> None:
        unit = self._units[self._unit]
        self.button.setText(unit.title)
        self.button.setAccessibleName(f"{self._name} in {unit.title}")
        ways = "\n".join(f"{one.letter}  {one.meaning}" for one in self._units.values())
        self.button.setToolTip(f"{unit.meaning}.\nType a letter in the field, or press here:\n{ways}")
