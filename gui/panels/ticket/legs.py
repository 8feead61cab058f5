"""Legs put together to one combo: contracts taken from the ticket one after the other, then traded as one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.domain.combo import LEG_TYPES, MOST_LEGS
from core.domain.contract import Contract
from core.domain.order import Side
from gui import theme
from gui.widgets.button import button
from gui.widgets.text import label, say

MOST_RATIO = 99


class Leg(NamedTuple):
    contract: Contract
    side: Side
    ratio: int = 1


def why_not_leg(contract: Contract | None, legs: list[Leg]) -> str:
    """Why the contract in the ticket cannot be the next leg; "" when it can."""
    if contract is None:
        return "There is no contract in the ticket."
    if contract.sec_type not in LEG_TYPES:
        return f"{contract.label} cannot be a leg: combos are of options, futures and stocks."
    if any(leg.contract.con_id == contract.con_id for leg in legs):
        return f"{contract.label} is a leg already."
    return f"A combo has at most {MOST_LEGS} legs." if len(legs) >= MOST_LEGS else ""


class Legs(QWidget):
    """A strip over the fields, in sight while there are legs."""

    def __init__(self, combine: Callable[[list[Leg]], str]) -> None:
        """`combine` takes the legs as one contract into the ticket; "" when done, else why not."""
        super().__init__()
        self._combine = combine
        self._legs: list[Leg] = []
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.px(2))
        self.words = label("", name="legs-words", wrap=True)
        self.trade = button("Trade as one", "legs-trade", self._trade, kind="primary")
        self.drop = button("Drop", "legs-drop", self.clear, kind="quiet")
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(6))
        foot.addWidget(self.drop)
        foot.addStretch(1)
        foot.addWidget(self.trade)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(label("COMBO LEGS", role="heading"))
        column.addLayout(self._lines)
        column.addWidget(self.words)
        column.addLayout(foot)
        self._show()

    @property
    def legs(self) -> list[Leg]:
        return list(self._legs)

    def add(self, contract: Contract, side: Side) -> None:
        if not why_not_leg(contract, self._legs):
            self._legs.append(Leg(contract, side))
            self._show()

    def clear(self) -> None:
        self._legs = []
        self._show()

    def _trade(self) -> None:
        words = self._combine(self._legs)
        if words:
            say(self.words, words, "danger")
            self.words.show()
        else:
            self.clear()

    def _turn(self, at: int) -> None:
        self._legs[at] = self._legs[at]._replace(side=self._legs[at].side.opposite)
        self._show()

    def _change_ratio(self, at: int, by: int) -> None:
        ratio = min(MOST_RATIO, max(1, self._legs[at].ratio + by))
        self._legs[at] = self._legs[at]._replace(ratio=ratio)
        self._show()

    def _remove(self, at: int) -> None:
        del self._legs[at]
        self._show()

    def _show(self) -> None:
        while self._lines.count():
            item = self._lines.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, leg in enumerate(self._legs):
            self._lines.addWidget(self._line(at, leg))
        few = len(self._legs) < 2
        self.trade.setEnabled(not few)
        say(self.words, "Look the next leg up, then take it from the Presets menu." if few else "", "dim")
        self.words.setVisible(few)
        self.setVisible(bool(self._legs))

    def _line(self, at: int, leg: Leg) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(3))
        side = button(leg.side, f"leg-side-{at}", partial(self._turn, at), kind=leg.side.lower())
        side.setToolTip("Press to turn it round.")
        row.addWidget(side)
        row.addWidget(label(f"{leg.ratio} × {leg.contract.label}", name=f"leg-{at}"), 1)
        for text, name, act, tip in (
            ("−", "less", partial(self._change_ratio, at, -1), "Smaller ratio"),
            ("+", "more", partial(self._change_ratio, at, 1), "Larger ratio"),
            ("×", "remove", partial(self._remove, at), "Take the leg out"),
        ):
            part = button(text, f"leg-{name}-{at}", act, kind="quiet", tip=tip)
            part.setFixedWidth(theme.px(28))
            row.addWidget(part)
        return made
