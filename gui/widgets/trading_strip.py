"""The strip that says trading is not active, why, since when, and where the words are typed that lift it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

from core.domain.trading import TradingState, TradingView
from gui import theme
from gui.widgets.button import button
from gui.widgets.strips import Strip
from gui.widgets.text import label, say, set_property
from gui.widgets.trading_words import trading_words, why_not_resume


class TradingStrip(Strip):
    """Hidden while trading is active. It never types for the trader, and forgets what was typed.

    Signals: kill_asked, to see the orders of the last kill.
    """

    kill_asked = Signal()

    def __init__(self, resume: Callable[[str], str]) -> None:
        """`resume` answers "" or why not."""
        super().__init__("trading-strip")
        self._resume_with = resume
        self._phrase = ""
        self.words = label("", name="trading-words", wrap=True)
        self.refusal = label("", name="trading-refusal")
        self.kill_button = button("Show the orders", "trading-kill", self.kill_asked.emit)
        self.typed = QLineEdit()
        self.typed.setObjectName("trading-phrase")
        self.typed.setAccessibleName("Words that resume trading")
        self.typed.setMaxLength(64)
        self.typed.setFixedWidth(theme.px(190))
        self.resume_button = button("Resume", "trading-resume", self._resume)
        self.row.addWidget(self.words, 1)
        for part in (self.refusal, self.kill_button, self.typed, self.resume_button):
            self.row.addWidget(part)
        self.refusal.hide()
        self.typed.returnPressed.connect(self._resume)
        self.typed.textEdited.connect(lambda _text: self._refuse(""))
        self.hide()

    def show_trading(self, trading: TradingView, now_s: float) -> None:
        if trading.phrase != self._phrase:
            self._phrase = trading.phrase
            self.typed.clear()
            self._refuse("")
        say(self.words, trading_words(trading, now_s))
        state = "halted" if trading.state is TradingState.HALTED else "reduce-only"
        for part in (self, self.words, self.refusal, self.kill_button, self.resume_button):
            set_property(part, "state", state)
        self.kill_button.setVisible(bool(trading.kill))
        liftable = not why_not_resume(trading)
        self.typed.setVisible(liftable)
        self.resume_button.setVisible(liftable)
        self.typed.setPlaceholderText(f"Type {trading.phrase}")
        self.setVisible(trading.state is not TradingState.ACTIVE)

    def attend(self) -> None:
        """To where the words are typed."""
        self.typed.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _resume(self) -> None:
        refusal = self._resume_with(self.typed.text())
        self.typed.clear()
        self._refuse(refusal)

    def _refuse(self, words: str) -> None:
        say(self.refusal, words)
        self.refusal.setVisible(bool(words))
