"""A strip inside a panel that says something and offers what can be done: confirmation without a message box."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout

from gui import theme
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.text import label, say

_BUTTONS_MOST = 0.45
"""Of the width, for buttons beside the words."""

Offer = tuple[str, str, Callable[[], None]]
"""What a button says, its kind ("", "primary", "danger", "quiet"), and what it does."""


class Notice(QFrame):
    """Words and up to three buttons; hidden while there is nothing to say. It never takes the focus."""

    def __init__(self, name: str, *, wide: bool = False) -> None:
        """In `wide` panels the buttons stand beside the words, while there is room."""
        super().__init__()
        self.setObjectName(name)
        self._tone = ""
        self._wide = wide
        self._direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._words = label(wrap=True, name=f"{name}-words")
        self._buttons: list[DeliberateButton] = []
        self._acts: tuple[Callable[[], None], ...] = ()
        self._offers = QHBoxLayout()
        self._offers.setSpacing(theme.px(6))
        column = self._column = QBoxLayout(self._direction, self)
        column.setContentsMargins(theme.px(11), theme.px(5), theme.px(8), theme.px(5))
        column.setSpacing(theme.px(4))
        column.addWidget(self._words, 1)
        column.addLayout(self._offers)
        self.hide()

    @property
    def words(self) -> str:
        """What it says; "" while hidden."""
        return "" if self.isHidden() else self._words.text()

    def show_notice(self, words: str, tone: str = "", offers: tuple[Offer, ...] = ()) -> None:
        """Say `words`; `tone` ("warning", "danger", "ok", "accent") colours the edge and the text."""
        say(self._words, words, tone)
        self.setAccessibleName(words)
        self._edge(tone)
        self._make_buttons(offers)
        self.show()

    def say(self, words: str, tone: str = "") -> None:
        """Change the words and leave the buttons."""
        say(self._words, words, tone)
        self._edge(tone)

    def button(self, text: str) -> DeliberateButton:
        """The button that says `text`."""
        return next(button for button in self._buttons if button.words == text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """The buttons below the words where they would leave these too little room."""
        beside = self._wide and self._offers.sizeHint().width() <= self.width() * _BUTTONS_MOST
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if direction is not self._direction:
            self._direction = direction
            self._column.setDirection(direction)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(worn.raised))
            edge = self.rect()
            edge.setWidth(theme.px(3))
            painter.fillRect(edge, QColor(getattr(worn, self._tone or "border_strong")))

    def _edge(self, tone: str) -> None:
        if tone != self._tone:
            self._tone = tone
            self.update()

    def _make_buttons(self, offers: tuple[Offer, ...]) -> None:
        self._acts = tuple(act for _, _, act in offers)
        if [button.words for button in self._buttons] == [text for text, _, _ in offers]:
            # The same buttons: one that is being pressed stays under the hand.
            for button, (text, kind, _) in zip(self._buttons, offers, strict=True):
                button.say(text, kind)
            return
        while self._offers.count():
            item = self._offers.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._buttons = []
        for place, (text, kind, _) in enumerate(offers):
            slug = text.lower().replace(" ", "-")
            button = DeliberateButton(text, f"{self.objectName()}-{slug}", kind)
            button.clicked.connect(lambda _checked=False, place=place: self._acts[place]())
            self._offers.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self._buttons.append(button)
        self._offers.addStretch(1)
        self._turn()
