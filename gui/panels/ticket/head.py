"""The head of a ticket: its search, its contract, its menu, and the four prices that can be taken over."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from core.domain.contract import Contract, ContractDetails
from core.domain.quote import Quote
from gui import format as fmt
from gui import theme
from gui.widgets.caption import Caption
from gui.widgets.contract_search import Catalogue, ContractSearch
from gui.widgets.quote_chips import QuoteChips
from gui.widgets.quote_words import Freshness, age_words, freshness
from gui.widgets.text import label, say


class TicketHead(QWidget):
    """Signals:
    picked: the `Contract` found in the search.
    asked: "bid", "mid", "ask" or "last" is to be taken over.
    """

    picked = Signal(object)
    asked = Signal(str)

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.search = ContractSearch(catalogue, "Contract", "ticket-search")
        self.search.setPlaceholderText("Contract: symbol, name or conId")
        self.title = label(role="title", name="ticket-contract", wrap=True)
        self.facts = Caption("ticket-facts")
        self.chips = QuoteChips()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(6))
        self.menu = QMenu(self)
        self.menu.setObjectName("ticket-menu")
        self.menu.setAccessibleName("Ticket menu")
        self.menu.setToolTipsVisible(True)
        self.menu_button = QToolButton()
        self.menu_button.setObjectName("ticket-menu-button")
        self.menu_button.setAccessibleName("Presets and hotkeys")
        self.menu_button.setText("Presets")
        self.menu_button.setProperty("kind", "quiet")
        # Opened by its key or the mouse: one stop less between search and quantity.
        self.menu_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setMenu(self.menu)
        words = QGridLayout()
        words.setVerticalSpacing(0)
        words.setColumnStretch(0, 1)
        words.addWidget(self.title, 0, 0)
        words.addWidget(self.facts, 1, 0, 1, 2)
        words.addWidget(self.menu_button, 0, 1)
        column.addWidget(self.search)
        column.addLayout(words)
        column.addWidget(self.chips)
        self.search.picked.connect(self.picked)
        self.chips.asked.connect(self.asked)

    def show_contract(
        self, contract: Contract | None, details: ContractDetails | None, verb: str = ""
    ) -> None:
        """Which contract it is; `verb` in front when a working order is changed."""
        if contract is None:
            say(self.title, "No contract")
            self.facts.say("Search above, or select one in the watchlist.")
            return
        place = contract.primary_exchange or contract.exchange
        # A combo has no name but its legs, which stand above already.
        legs = len(contract.legs)
        name, kind = (
            ("", f"Combo of {legs} legs") if legs else (details and details.long_name, contract.sec_type)
        )
        parts = [name, kind, place, contract.currency]
        say(self.title, f"{verb} {contract.label}".strip())
        self.facts.say(" · ".join(part for part in parts if part))

    def show_quote(self, quote: Quote | None, details: ContractDetails | None, now_s: float) -> None:
        state = freshness(quote, details, now_s)
        prices = (
            {} if quote is None else {name: getattr(quote, name) for name in ("bid", "mid", "ask", "last")}
        )
        texts = {name: fmt.price(price, details) for name, price in prices.items()}
        self.chips.show_prices(texts, age_words(quote, state, now_s), fresh=state is Freshness.FRESH)
