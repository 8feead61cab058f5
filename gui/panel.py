"""What every panel is: a widget that reads the desk through the bridge and repaints what changed."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from core.domain.topics import Changes, Topic
from gui.bridge import Bridge


class Panel(QWidget):
    """One dock's content. The window calls `refresh` once a frame, `age` once a second, and keeps its state."""

    NAME: ClassVar[str]
    """Short and stable: layouts are saved under it."""
    TITLE: ClassVar[str]
    TOPICS: ClassVar[frozenset[Topic]]

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.bridge = bridge
        self.setObjectName(f"panel-{self.NAME}")
        self.setAccessibleName(self.TITLE)

    def refresh(self, changes: Changes) -> None:
        """Repaint what `changes` names; called once a frame, and only when one of `TOPICS` is among them."""

    def age(self, now_s: float) -> None:
        """Called once a second: ages, countdowns, dimming of what is no longer fresh."""

    def attend(self) -> None:
        """The trader was sent here to do something: put the cursor where it is done."""

    def save_state(self) -> dict[str, Any]:
        """What should be the same next time: JSON-able."""
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave, of this version or an older one; nonsense is ignored."""
