"""Labels that show text as text, whoever sent it, and change their tone without a flicker."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


def label(text: str = "", *, role: str = "", tone: str = "", name: str = "", wrap: bool = False) -> QLabel:
    """A plain-text label; `role` and `tone` are looked up in the style sheet."""
    made = QLabel(text)
    # A server's text may hold anything: never let it be read as rich text.
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if wrap:
        made.setMinimumWidth(40)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    if name:
        made.setObjectName(name)
    return made


def say(shown: QLabel, text: str, tone: str | None = None) -> None:
    """Show `text`, in `tone` if one is given; costs nothing when neither changed."""
    if shown.text() != text:
        shown.setText(text)
        shown.setAccessibleName(text)
    if tone is not None:
        set_property(shown, "tone", tone)


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet selects by, and let the style look again if it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)
        widget.update()
