"""Hotkeys: off until switched on, never sending by themselves, deaf to a held key; and the sheet that lists them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from core.domain.order import Side


class Hotkey(NamedTuple):
    """A key anywhere in the window, and the order it stages for review."""

    keys: str
    side: Side
    source: str
    """Whose price becomes the limit: "bid", "mid" or "ask"."""

    @property
    def words(self) -> str:
        return f"{self.keys}  {self.side} limit at the {self.source}"


class Flatten(NamedTuple):
    """A key that stages what closes the ticket's position at the market."""

    keys: str

    @property
    def words(self) -> str:
        return f"{self.keys}  close the position at the market"


HOTKEYS: tuple[Hotkey | Flatten, ...] = (
    Hotkey("Alt+1", Side.BUY, "bid"),
    Hotkey("Alt+2", Side.BUY, "mid"),
    Hotkey("Alt+3", Side.BUY, "ask"),
    Hotkey("Alt+4", Side.SELL, "ask"),
    Hotkey("Alt+5", Side.SELL, "mid"),
    Hotkey("Alt+6", Side.SELL, "bid"),
    Flatten("Alt+0"),
)
IN_TICKET = (
    "Alt+B, Alt+S  the side",
    "B M A L  in a price: bid, mid, ask, last",
    "U $ % R K  in the quantity: units, money, % of net, risk, risk %",
    "P O % R T K  in target and stop: price, offset, per cent, R, trail, trail %",
    "↑ ↓ PgUp PgDn  one tick, ten ticks",
    "Enter  review, then send; Esc  back",
    "Ctrl+K  command line",
)
"""What works in the ticket's own fields, switched on or not."""


class Hotkeys:
    """The shortcuts, once they are on; each press stages, with the same checks and the same review."""

    def __init__(self, owner: QWidget, act: Callable[[Hotkey | Flatten], None]) -> None:
        self._shortcuts = [self._make(owner, one, act) for one in HOTKEYS]

    @property
    def on(self) -> bool:
        return self._shortcuts[0].isEnabled()

    def switch(self, on: bool) -> None:
        for shortcut in self._shortcuts:
            shortcut.setEnabled(on)

    def sheet(self) -> str:
        """The cheat sheet."""
        head = (
            "Hotkeys are on: each fills the ticket and opens its review." if self.on else "Hotkeys are off."
        )
        return "\n".join([head, *(one.words for one in HOTKEYS), *IN_TICKET])

    def _make(
        self, owner: QWidget, one: Hotkey | Flatten, act: Callable[[Hotkey | Flatten], None]
    ) -> QShortcut:
        shortcut = QShortcut(QKeySequence(one.keys), owner)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        # A key that is held must not stage over and over.
        shortcut.setAutoRepeat(False)
        shortcut.setEnabled(False)
        shortcut.activated.connect(partial(act, one))
        return shortcut
