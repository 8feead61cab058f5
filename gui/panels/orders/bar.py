"""The bar above the blotter: which orders, and what to do with the selected ones."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QPushButton, QWidget

from gui import theme
from gui.panels.orders.listing import SIDES, STATES
from gui.widgets.caption import Caption
from gui.widgets.deliberate import DeliberateButton

ROOM_FOR_SIDES = 760


class OrdersBar(QWidget):
    """Filters on the left, actions on the right, and why those are closed between them.

    Signals:
        state_chosen: "all", "working" or "done".
        side_chosen: "BUY", "SELL", or "" for both.
    """

    state_chosen = Signal(str)
    side_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("orders-bar")
        self.why = Caption("orders-why")
        self.states: dict[str, QPushButton] = {}
        self.sides: dict[str, QPushButton] = {}
        self.words = QLineEdit()
        self.modify_button = DeliberateButton("Modify", "orders-modify")
        self.cancel_button = DeliberateButton("Cancel", "orders-cancel")
        self.cancel_all_button = DeliberateButton("Cancel all…", "orders-cancel-all")
        self._make_filters()
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the words find a side too; the actions must never be cut."""
        super().resizeEvent(event)
        for button in self.sides.values():
            button.setVisible(self.width() >= theme.px(ROOM_FOR_SIDES) or button.isChecked())

    def count(self, all_of_them: int, working: int) -> None:
        counts = {"all": all_of_them, "working": working, "done": all_of_them - working}
        for key, title in STATES:
            self.states[key].setText(f"{title} {counts[key]}")

    def show_side(self, side: str) -> None:
        for key, button in self.sides.items():
            button.setChecked(key == side)

    def open_actions(self, selected: int, no_modify: str, no_cancel: str, some_work: bool) -> None:
        """Open what can be done to the selected orders; the others say why not in their tooltips."""
        self.modify_button.setEnabled(selected == 1 and not no_modify)
        self.cancel_button.setEnabled(bool(selected) and not no_cancel)
        self.cancel_button.say("Cancel" if selected < 2 else f"Cancel {selected}")
        self.cancel_all_button.setEnabled(some_work)
        ready = "Loads it into the ticket. To change it here: F2." if selected else "Select an order."
        self.modify_button.setToolTip(no_modify or ready)
        self.cancel_button.setToolTip(no_cancel or ("Del" if selected else "Select an order."))
        self.cancel_all_button.setToolTip("" if some_work else "No order of this desk works.")

    def _make_filters(self) -> None:
        group = QButtonGroup(self)
        for key, title in STATES:
            button = self.states[key] = _toggle(title, f"orders-{key}", f"Show {title.lower()} orders")
            button.setChecked(key == "all")
            button.clicked.connect(partial(self._on_state, key))
            group.addButton(button)
        for key, title in SIDES:
            if key:
                button = self.sides[key] = _toggle(
                    title, f"orders-side-{key.lower()}", f"Show only {title.lower()}s"
                )
                button.clicked.connect(lambda checked, side=key: self._on_side(side, checked))
        self.words.setObjectName("orders-words")
        self.words.setAccessibleName("Show only orders that say")
        self.words.setToolTip("Contract, side, type, state, owner, id or reason: sell aapl")
        self.words.setPlaceholderText("Find…")
        self.words.setClearButtonEnabled(True)
        self.words.setMaximumWidth(theme.px(150))
        self.words.setMinimumWidth(theme.px(70))

    def _on_state(self, key: str, _checked: bool = True) -> None:
        self.state_chosen.emit(key)

    def _on_side(self, key: str, checked: bool) -> None:
        """One side or both: a second press takes it back."""
        side = key if checked else ""
        self.show_side(side)
        self.side_chosen.emit(side)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(5), theme.px(4), theme.px(6), theme.px(4))
        row.setSpacing(theme.px(4))
        for button in (*self.states.values(), *self.sides.values()):
            row.addWidget(button)
        row.addWidget(self.words, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(theme.px(6))
        row.addWidget(self.why, 2)
        for action in (self.modify_button, self.cancel_button, self.cancel_all_button):
            row.addWidget(action)


def _toggle(title: str, name: str, tells: str) -> QPushButton:
    button = QPushButton(title)
    button.setObjectName(name)
    button.setAccessibleName(tells)
    button.setProperty("kind", "quiet")
    button.setCheckable(True)
    return button
