"""Finding a contract as one types: symbol, name or conId; arrow keys; Enter takes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.domain.contract import Contract, ContractQuery, SecType
from core.domain.events import ContractsFound
from gui import theme
from gui.widgets.text import label, say

DEBOUNCE_MS = 200
_MOST_SHOWN = 8
_MOST_RESULTS = 40
_PAIR = re.compile(r"([A-Z]{3})[./ ]([A-Z]{3})", re.ASCII)
_CURRENCIES = frozenset(
    [
        "AED",
        "AUD",
        "CAD",
        "CHF",
        "CNH",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "ILS",
        "JPY",
        "KRW",
        "MXN",
        "NOK",
        "NZD",
        "PLN",
        "RON",
        "SAR",
        "SEK",
        "SGD",
        "TRY",
        "USD",
        "ZAR",
    ]
)
"""What IB trades in pairs."""
_TYPED = re.compile(r"([A-Z0-9]{1,12})\s+(STK|FUT|CASH|IND|OPT|FOP|CRYPTO|CFD|WAR)", re.ASCII)
_CON_ID = re.compile(r"\d{3,12}", re.ASCII)
_LARGEST_CON_ID = 2**31 - 1
_EXCHANGES = {
    SecType.FUT: "",
    SecType.FOP: "",
    SecType.CASH: "IDEALPRO",
    SecType.IND: "",
    SecType.CRYPTO: "PAXOS",
}
"""Where a security type is asked for when nobody said: futures, their options and indices by symbol alone."""


class Catalogue(NamedTuple):
    """What a search needs of the desk, as plain calls."""

    search: Callable[[str], None]
    find: Callable[[ContractQuery], None]
    found: Callable[[str], ContractsFound | None]
    contract: Callable[[int], Contract | None]
    can_answer: Callable[[], bool]
    """Somebody is there to answer a question now."""


class _Result(NamedTuple):
    contract: Contract
    name: str


def query_for(typed: str) -> ContractQuery | None:
    """The exact question in "265598", "EUR.USD" or "ES FUT"; `None` where only a search can tell."""
    text = typed.strip().upper()
    if _CON_ID.fullmatch(text) and 0 < int(text) <= _LARGEST_CON_ID:
        return ContractQuery(con_id=int(text))
    if pair := _PAIR.fullmatch(text):
        if pair[2] in SecType.__members__:
            return _of_type(pair[1], SecType(pair[2]))
        # BTC.USD reads as a pair of currencies, but only the search by name finds it.
        if {pair[1], pair[2]} <= _CURRENCIES:
            return ContractQuery(pair[1], SecType.CASH, "IDEALPRO", pair[2])
    if typed_pair := _TYPED.fullmatch(text):
        return _of_type(typed_pair[1], SecType(typed_pair[2]))
    return None


def _of_type(symbol: str, sec_type: SecType) -> ContractQuery:
    return ContractQuery(symbol, sec_type, _EXCHANGES.get(sec_type, "SMART"))


def answers(contract: Contract, query: ContractQuery) -> bool:
    """Whether `contract` is one of those `query` asked for."""
    if query.con_id:
        return contract.con_id == query.con_id
    same = contract.symbol.upper() == query.symbol.upper() and contract.sec_type is query.sec_type
    return same and (query.sec_type is not SecType.CASH or contract.currency == query.currency)


class ContractSearch(QLineEdit):
    """A search box with its results under it.

    Signals:
        picked: the `Contract` the trader took.
    """

    picked = Signal(object)

    def __init__(self, catalogue: Catalogue, name: str, object_name: str) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._asked = ""
        self._query: ContractQuery | None = None
        self._eager = False
        self._could_answer = True
        self._exact: list[Contract] = []
        self.results = ResultList(self)
        self.setObjectName(object_name)
        self.setAccessibleName(name)
        self.setMaxLength(64)
        self.setClearButtonEnabled(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DEBOUNCE_MS)
        self._pause.timeout.connect(self._ask)
        self.textEdited.connect(self._on_edited)
        self.results.taken.connect(self._take)

    # --- what the panel says ---------------------------------------------------------------------

    def on_found(self, texts: frozenset[Hashable]) -> None:
        """Answers to these searched texts have come in."""
        if self._asked and self._asked in texts:
            self._show_answer()

    def on_contracts(self, con_ids: frozenset[Hashable]) -> None:
        """Details of these contracts have come in."""
        if self._query is None:
            return
        seen = {contract.con_id for contract in self._exact}
        for con_id in con_ids:
            contract = self._catalogue.contract(con_id) if isinstance(con_id, int) else None
            if contract is not None and contract.con_id not in seen and answers(contract, self._query):
                self._exact.append(contract)
        if self._exact:
            self._exact.sort(key=lambda contract: (contract.expiry, contract.con_id))
            self._show_answer()

    def on_link(self) -> None:
        """The link has changed: a question that nobody could answer is asked again, or said to wait."""
        if self._asked and self._catalogue.found(self._asked) is None:
            can_answer = self._catalogue.can_answer()
            if can_answer and not self._could_answer:
                self._ask()
            elif can_answer is not self._could_answer:
                self._could_answer = False
                self._show_answer()

    def dismiss(self) -> None:
        """Close the results and forget what was typed."""
        self._pause.stop()
        self._asked, self._query, self._eager, self._exact = "", None, False, []
        self.results.hide()
        self.clear()

    # --- Qt's events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.results.step(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self._on_enter()
        elif key == Qt.Key.Key_Escape and (self.text() or self.results.isVisible()):
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.ActiveWindowFocusReason:
            self.results.hide()

    # --- asking ----------------------------------------------------------------------------------

    def _on_edited(self, text: str) -> None:
        self._eager = False
        if text.strip():
            self._pause.start()
        else:
            self.dismiss()

    def _ask(self) -> None:
        self._pause.stop()
        text = self.text().strip()
        if not text:
            return
        self._asked, self._exact, self._query = text, [], query_for(text)
        self._could_answer = self._catalogue.can_answer()
        if self._query is not None:
            known = self._catalogue.contract(self._query.con_id) if self._query.con_id else None
            self._exact = [] if known is None else [known]
            self._catalogue.find(self._query)
        # A number may be a symbol too: 700 is Tencent in Hong Kong.
        self._catalogue.search(text)
        self._show_answer()

    def _on_enter(self) -> None:
        text = self.text().strip()
        if not text:
            return
        if text == self._asked and (contract := self.results.current()) is not None:
            self._take(contract)
            return
        # Typed faster than the answer: take the exact one as soon as it is known.
        self._eager = True
        self._ask()

    def _show_answer(self) -> None:
        found = self._catalogue.found(self._asked)
        results = [_Result(contract, "") for contract in self._exact]
        if found is not None:
            names = [*found.names, *[""] * len(found.contracts)]
            seen = {contract.con_id for contract in self._exact}
            results += [
                _Result(contract, name)
                for contract, name in zip(found.contracts, names, strict=False)
                if contract.con_id not in seen
            ]
        if self._eager and (exact := self._exact_match(results)) is not None:
            self._take(exact)
        elif self.hasFocus() or self.results.isVisible():
            self.results.show_results(self, results[:_MOST_RESULTS], self._words(found))

    def _words(self, found: ContractsFound | None) -> str:
        if found is None and not self._catalogue.can_answer():
            return "Not connected: the search goes on by itself once IBKR can be asked."
        if found is None:
            return "Searching…"
        return f"No contract found for “{self._asked}”."

    def _exact_match(self, results: list[_Result]) -> Contract | None:
        typed = self._asked.upper()
        matches = (each.contract for each in results if typed in (each.contract.symbol, each.contract.label))
        if self._query is not None:
            matches = (contract for contract in self._exact)
        return next(matches, None)

    def _take(self, contract: Contract) -> None:
        self.dismiss()
        self.picked.emit(contract)


class ResultList(QFrame):
    """The results, laid over the window right under the box; never takes the focus.

    A child of the window and not a window of its own: it cannot be misplaced by a window system, nor steal the focus.
    """

    taken = Signal(object)

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self.setObjectName("contract-results")
        self._contracts: list[Contract] = []
        self._list = QListWidget()
        self._list.setAccessibleName("Contracts found")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setItemDelegate(_ResultPainter(self._list))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        self._list.itemClicked.connect(self._on_clicked)
        self._none = label(wrap=True, tone="dim", name="contract-results-words")
        self._none.setMargin(theme.px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._list)
        column.addWidget(self._none)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def contracts(self) -> list[Contract]:
        return list(self._contracts)

    def current(self) -> Contract | None:
        row = self._list.currentRow()
        return self._contracts[row] if self.isVisible() and 0 <= row < len(self._contracts) else None

    def step(self, key: int) -> None:
        """Step through the results by an arrow or page key."""
        if not self._contracts:
            return
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _MOST_SHOWN}.get(
            Qt.Key(key), -_MOST_SHOWN
        )
        row = min(len(self._contracts) - 1, max(0, self._list.currentRow() + step))
        self._list.setCurrentRow(row)

    def show_results(self, box: QWidget, results: list[_Result], words: str) -> None:
        """Show `results`, or `words` when there are none, under `box`."""
        held = self.current()
        self._contracts = [each.contract for each in results]
        self._list.clear()
        for each in results:
            item = QListWidgetItem(f"{each.contract.label} {each.name}")
            item.setData(Qt.ItemDataRole.UserRole, each)
            self._list.addItem(item)
        self._list.setVisible(bool(results))
        self._none.setVisible(not results)
        say(self._none, "" if results else words)
        # The row the arrows stand on stays when more results come in.
        self._list.setCurrentRow(self._contracts.index(held) if held in self._contracts else 0)
        self._place(box)

    def _place(self, box: QWidget) -> None:
        window = box.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        corner = box.mapTo(window, QPoint(0, box.height() + theme.px(2)))
        width = min(max(box.width(), theme.px(340)), window.width() - theme.px(8))
        rows = min(_MOST_SHOWN, len(self._contracts))
        height = rows * self._list.sizeHintForRow(0) + 2 if rows else self._none.sizeHint().height() + 2
        left = max(theme.px(4), min(corner.x(), window.width() - width - theme.px(4)))
        self.setGeometry(
            left, corner.y(), width, min(height, max(theme.px(40), window.height() - corner.y()))
        )
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(worn.raised))
            painter.setPen(QColor(worn.border_strong))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _on_clicked(self, item: QListWidgetItem) -> None:
        row = self._list.row(item)
        self.taken.emit(self._contracts[row])


class _ResultPainter(QStyledItemDelegate):
    """Symbol and name on the left, type, exchange and currency on the right; two lines a result."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(theme.px(200), theme.px(38))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        each: _Result = index.data(Qt.ItemDataRole.UserRole)
        worn = theme.current()
        chosen = bool(option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver))
        painter.fillRect(option.rect, QColor(worn.selection if chosen else worn.raised))
        box = option.rect.adjusted(theme.px(8), theme.px(3), -theme.px(8), -theme.px(3))
        right = Qt.AlignmentFlag.AlignRight
        left = Qt.AlignmentFlag.AlignLeft
        upper, lower = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        place = each.contract.primary_exchange or each.contract.exchange
        painter.setFont(theme.numeric_font(13, QFont.Weight.DemiBold))
        painter.setPen(worn.text)
        painter.drawText(box, left | upper, each.contract.label)
        small = theme.numeric_font(11)
        painter.setFont(small)
        painter.setPen(worn.text_dim)
        facts = " · ".join(part for part in (each.contract.sec_type, place, each.contract.currency) if part)
        painter.drawText(box, right | upper, facts)
        name = each.name or f"conId {each.contract.con_id}"
        painter.drawText(
            box, left | lower, QFontMetrics(small).elidedText(name, Qt.TextElideMode.ElideRight, box.width())
        )
