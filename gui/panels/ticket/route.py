"""Where the order goes: the contract's own way, or one of the exchanges it is listed at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from core.domain.contract import Contract, ContractDetails
from gui import theme
from gui.panels.ticket.algo import LABEL_PX
from gui.widgets.caption import Caption
from gui.widgets.deliberate import CalmCombo
from gui.widgets.text import label

_SMART = "IB looks for the best price."
_DIRECT = "Straight to {exchange}, whatever other exchanges quote."


class RouteField(QWidget):
    """Signals: edited, by the trader."""

    edited = Signal()

    def __init__(self, closed: Callable[[str], str]) -> None:
        """`closed` says why an exchange is not to be traded at; "" where it is."""
        super().__init__()
        self._closed = closed
        self._own = ""
        self.exchange = CalmCombo("Exchange", "route")
        self.exchange.narrow()
        self._words = Caption("beside-route")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(2))
        grid.setColumnMinimumWidth(0, theme.px(LABEL_PX))
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("Exchange", tone="dim"), 0, 0)
        grid.addWidget(self.exchange, 0, 1)
        grid.addWidget(self._words, 1, 1)
        self.exchange.activated.connect(lambda _row: self.edited.emit())

    @property
    def value(self) -> str:
        """The exchange that was chosen; "" leaves the contract's own way."""
        chosen = str(self.exchange.currentData() or "")
        return "" if chosen == self._own else chosen

    def begin(self, contract: Contract | None) -> None:
        """The contract's own way, and no other until its rules are known."""
        self._own = "" if contract is None else contract.exchange
        self.exchange.clear()
        if self._own:
            self.exchange.addItem(self._own, self._own)

    def load(self, contract: Contract) -> None:
        """The exchange an order is to go to."""
        if contract.exchange and self.exchange.findData(contract.exchange) < 0:
            self.exchange.addItem(contract.exchange, contract.exchange)
        self.exchange.setCurrentIndex(max(0, self.exchange.findData(contract.exchange)))

    def show_details(self, details: ContractDetails | None) -> None:
        """The exchanges the contract lists, the closed ones with the reason; what was chosen stays."""
        for exchange in details.valid_exchanges if details else ():
            if self.exchange.findData(exchange) < 0:
                self.exchange.addItem(exchange, exchange)
        for row in range(self.exchange.count()):
            self.exchange.close_entry(row, self._closed(self.exchange.itemData(row)))
        chosen = str(self.exchange.currentData() or "")
        if shut := self._closed(chosen) if chosen else "":
            self._words.say(shut, "danger")
        elif self.value:
            self._words.say(_DIRECT.format(exchange=chosen), "dim")
        else:
            self._words.say(_SMART if chosen == "SMART" else "", "dim")
        self._words.setVisible(bool(self._words.text()))
