"""Arming: typed words before an order may go to what is not proven harmless, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gui import theme
from gui.widgets.button import button
from gui.widgets.text import label, say


class ArmingForm(QWidget):
    """Shown where something needs arming. It never types for the trader, and forgets what was typed."""

    def __init__(self, arm: Callable[[str], str], disarm: Callable[[], None]) -> None:
        """`arm` answers "" or why not."""
        super().__init__()
        self._arm_with = arm
        self._disarm_with = disarm
        self._phrase = ""
        self.words = label("", name="arming-words", wrap=True)
        self.typed = QLineEdit()
        self.typed.setObjectName("arming-phrase")
        self.typed.setAccessibleName("Words that arm")
        self.typed.setMaxLength(64)
        self.arm_button = button("Arm", "arming-arm", self._arm, kind="danger")
        self.disarm_button = button("Disarm", "arming-disarm", self._disarm)
        self.refusal = label("", tone="danger", name="arming-refusal", wrap=True)
        self.refusal.hide()
        row = QHBoxLayout()
        row.setSpacing(theme.px(6))
        row.addWidget(self.typed, 1)
        row.addWidget(self.arm_button)
        row.addWidget(self.disarm_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(self.words)
        column.addLayout(row)
        column.addWidget(self.refusal)
        self.typed.returnPressed.connect(self._arm)
        self.typed.textEdited.connect(lambda _text: self._refuse(""))
        self.hide()

    def show_arming(self, phrase: str, armed: bool) -> None:
        """`phrase` is what must be typed, "" where nothing needs arming."""
        if phrase != self._phrase:
            self._phrase = phrase
            self.typed.clear()
            self._refuse("")
        self.setVisible(bool(phrase))
        words = "ARMED: orders go out for real." if armed else f"To send orders, type {phrase}"
        say(self.words, words, "danger" if armed else "warning")
        had_focus = self.typed.hasFocus() or self.arm_button.hasFocus()
        self.disarm_button.setVisible(armed)
        if armed and had_focus:
            # Else it would go to the next field, which no key or wheel should change now.
            self.disarm_button.setFocus(Qt.FocusReason.OtherFocusReason)
        for part in (self.typed, self.arm_button):
            part.setVisible(not armed)

    def _arm(self) -> None:
        refusal = self._arm_with(self.typed.text())
        self._refuse(refusal)
        if not refusal:
            self.typed.clear()

    def _disarm(self) -> None:
        self._disarm_with()

    def _refuse(self, words: str) -> None:
        say(self.refusal, words)
        self.refusal.setVisible(bool(words))
