"""Buttons that are named for those who cannot see them, and hand their click over without Qt's extra argument."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton


def button(text: str, name: str, slot: Callable[[], object], *, kind: str = "", tip: str = "") -> QPushButton:
    """A push button; `kind` is looked up in the style sheet: primary, danger, buy, sell, quiet."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAccessibleName(tip or text)
    made.setToolTip(tip)
    if kind:
        made.setProperty("kind", kind)
    made.clicked.connect(lambda checked=False: slot())
    return made
