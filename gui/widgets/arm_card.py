"""ARM's card: the same form as in the connection panel, at hand from wherever one is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.domain.link import LinkView
from gui.widgets.arming import ArmingForm
from gui.widgets.card import Card

_WIDTH = 420


class ArmCard(Card):
    """Shows itself only when it is asked for, and goes when there is nothing to arm any more."""

    def __init__(
        self,
        anchor: QWidget,
        strip: QWidget,
        home: QWidget,
        arm: Callable[[str], str],
        disarm: Callable[[], None],
    ) -> None:
        super().__init__(anchor, strip, home, "arm-card", _WIDTH)
        self.arming = ArmingForm(arm, disarm)
        self.column.addWidget(self.arming)

    def show_link(self, link: LinkView) -> None:
        title = (
            f"Armed: orders go to {link.mode} account {link.account}" if link.armed else "Arm this session"
        )
        self.entitle(title, "danger" if link.armed else "warning")
        self.arming.show_arming(link.arm_phrase, link.armed)
        if not link.arm_phrase:
            self.hide()
        elif self.isVisible():
            self.place()

    def ask(self) -> None:
        """Show it, with the cursor where the words are typed."""
        self.bring()
        target = self.arming.disarm_button if self.arming.typed.isHidden() else self.arming.typed
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
