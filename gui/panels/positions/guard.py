"""A stop for a position, with a target beside it or without: prices typed here, then reviewed in the ticket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core.domain.bracket import Exit, ExitsSpec
from core.domain.contract import ContractDetails
from core.domain.order import OrderSpec, OrderType, Side
from gui import format as fmt
from gui import theme
from gui.widgets.caption import Caption
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.number_field import NumberField
from gui.widgets.number_text import price_text, read_price
from gui.widgets.text import label, say

Wish = OrderSpec | ExitsSpec


class Guard(QWidget):
    """A strip in the panel: Enter or Review stages what was typed, Esc takes it back.

    Signals:
        staged: a stop order, or a target and a stop in a group of which a fill of one reduces the other.
    """

    staged = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("positions-guard")
        self._closing: OrderSpec | None = None
        self._details: ContractDetails | None = None
        self._price: Callable[[], Decimal | None] = lambda: None
        self.what = label(name="guard-what")
        self.stop = NumberField("Guard stop price", self._step, writer=self._text)
        self.target = NumberField("Guard target price", self._step, writer=self._text)
        self.words = Caption("guard-words")
        self.review = DeliberateButton("Review", "guard-review", "primary")
        self.close_button = DeliberateButton("Close", "guard-close", "quiet")
        self._lay_out()
        for field in (self.stop, self.target):
            field.edited.connect(self._check)
            field.entered.connect(self._stage)
        self.review.clicked.connect(lambda _checked=False: self._stage())
        self.close_button.clicked.connect(lambda _checked=False: self.hide())
        self.hide()

    def open(
        self, closing: OrderSpec, details: ContractDetails | None, price: Callable[[], Decimal | None]
    ) -> None:
        """Ask for prices to leave by `closing` at; `price` is where the market stands, to step from."""
        self._closing, self._details, self._price = closing, details, price
        say(self.what, f"{closing.side} {fmt.quantity(closing.quantity)} {closing.contract.label} GTC")
        self.stop.set_value(None)
        self.target.set_value(None)
        self._check()
        self.show()
        self.stop.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def wish(self) -> Wish | str:
        """What would be staged, or in words what is missing or wrong."""
        if self._closing is None:
            return ""
        stop = read_price(self.stop.text, self._details, "stop price")
        target = read_price(self.target.text, self._details, "target price")
        for field, reading in ((self.stop, stop), (self.target, target)):
            field.set_fault(bool(reading.fault) and not reading.missing)
        if stop.value is None:
            return stop.fault
        if target.fault and not target.missing:
            return target.fault
        if target.value is None:
            return replace(self._closing, order_type=OrderType.STP, stop_price=stop.value)
        # Side by side, each would close the whole: only as a group does one fill take back the other.
        group = ExitsSpec(
            self._closing, (Exit(target=target.value, stop=stop.value),), f"exits-{uuid4().hex[:12]}"
        )
        below, above = sorted((stop.value, target.value))
        stop_side = below if self._closing.side is Side.SELL else above
        return (
            group
            if stop.value == stop_side and below != above
            else "Target and stop are the wrong way round."
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _check(self) -> None:
        wish = self.wish
        self.review.setEnabled(not isinstance(wish, str))
        if isinstance(wish, str):
            typed = self.stop.text.strip() or self.target.text.strip()
            self.words.say(wish, "warning" if typed else "dim")
        else:
            self.words.say(wish.sentence())

    def _stage(self) -> None:
        wish = self.wish
        if not isinstance(wish, str):
            self.hide()
            self.staged.emit(wish)

    def _step(self, value: Decimal | None, steps: int) -> Decimal | None:
        from_here = value if value is not None else self._price()
        if from_here is None or self._details is None:
            return None
        return self._details.next_tick(from_here, steps)

    def _text(self, value: Decimal) -> str:
        return price_text(value, self._details)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(7), theme.px(3), theme.px(6), theme.px(3))
        row.setSpacing(theme.px(5))
        row.addWidget(self.what)
        for name, field in (("stop", self.stop), ("target", self.target)):
            title: QLabel = label(name, tone="dim")
            row.addWidget(title)
            field.setMaximumWidth(theme.px(150))
            row.addWidget(field, 1)
        row.addWidget(self.words, 2)
        row.addWidget(self.review)
        row.addWidget(self.close_button)
