"""Controls that act only on a deliberate act: no double click, no held key, no passing wheel counts twice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QPushButton

from gui.widgets.text import set_property

_PRESSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class DeliberateButton(QPushButton):
    """A button on which the second press of a double click, and a held key, do nothing.

    Review turns into Send under the same mouse: without this a double click would do both.
    """

    def __init__(self, text: str, name: str, kind: str = "") -> None:
        super().__init__()
        self.words = ""
        self.setObjectName(name)
        self.setAutoDefault(False)
        self.say(text)
        if kind:
            set_property(self, "kind", kind)

    def say(self, text: str, kind: str | None = None) -> None:
        """Show `text`, to eyes and screen readers alike."""
        if self.words != text:
            self.words = text
            # An ampersand in a name is a letter, not a shortcut.
            self.setText(text.replace("&", "&&"))
            self.setAccessibleName(text)
        if kind is not None:
            set_property(self, "kind", kind)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _PRESSES:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()


class CalmCombo(QComboBox):
    """A choice the wheel changes only where the focus is, and whose closed entries say why."""

    def __init__(self, name: str, object_name: str) -> None:
        super().__init__()
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        self.view().setObjectName(f"{object_name}-entries")
        self.view().setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def narrow(self) -> None:
        """Never wider than its place, however long its entries are."""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)

    def close_entry(self, row: int, why_not: str) -> None:
        """Make entry `row` impossible, with the reason as its tooltip; "" opens it again."""
        index = self.model().index(row, self.modelColumn())
        flags = (
            Qt.ItemFlag.NoItemFlags if why_not else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        )
        self.model().setData(index, flags.value, Qt.ItemDataRole.UserRole - 1)
        self.setItemData(row, why_not, Qt.ItemDataRole.ToolTipRole)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
