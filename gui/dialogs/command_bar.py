"""The command line (Ctrl+K): completes as typed, and ends in the ticket's review; it never sends by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QVBoxLayout, QWidget

from core.domain.bracket import BracketSpec
from core.domain.command_completion import Candidate, complete
from core.domain.command_line import (
    CancelCommand,
    ChartCommand,
    Command,
    Fault,
    FlattenCommand,
    OrderCommand,
    parse,
)
from core.domain.contract import Contract, ContractQuery
from core.domain.order import Order, OrderSpec
from core.domain.topics import Changes, Topic
from gui import theme
from gui.bridge import Bridge
from gui.dialogs.command_orders import cancelled_by, closing, known_contracts, meant, staged
from gui.widgets.order_words import named
from gui.widgets.text import label, say

OWNER = "command line"
_WIDTH_PX = 560
_ROWS = 8
_FROM_TOP = 0.14
_EXAMPLES = (
    "buy 100 aapl lmt 150.25 stop 148 target 155   ·   cancel all aapl   ·   flatten aapl   ·   chart es 5m"
)
_WAITED_FOR = frozenset({Topic.SEARCH, Topic.CONTRACT, Topic.QUOTE, Topic.LINK})


class CommandBar(QFrame):
    """A line over the window with what could come next under it. Esc, or a click elsewhere, takes it away."""

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._window = bridge, window
        self._waiting: Command | None = None
        self._watched: int | None = None
        self._to_cancel: list[Order] = []
        self.setObjectName("command-bar")
        self.setAccessibleName("Command line")
        self.line = _Line(self)
        self.words = label("", name="command-words", wrap=True)
        self.offers = QListWidget()
        self.offers.setObjectName("command-offers")
        self.offers.setAccessibleName("What could come next")
        self.offers.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.offers.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.offers.setSpacing(1)
        self._candidates: tuple[Candidate, ...] = ()
        column = QVBoxLayout(self)
        gap = theme.px(8)
        column.setContentsMargins(gap, gap, gap, gap)
        column.setSpacing(theme.px(6))
        for part in (self.line, self.offers, self.words):
            column.addWidget(part)
        self.line.textEdited.connect(self._on_edited)
        self.offers.itemClicked.connect(lambda item: self.take(self.offers.row(item)))
        bridge.changed.connect(self._on_changed)
        window.installEventFilter(self)
        self.hide()

    # --- opening and leaving ---------------------------------------------------------------------

    def open(self) -> None:
        self.line.clear()
        self._forget()
        self._show_offers()
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        self._forget()
        self.hide()

    # --- typing ----------------------------------------------------------------------------------

    def take(self, row: int | None = None) -> None:
        """The candidate in the list becomes the word that is being typed."""
        at = self.offers.currentRow() if row is None else row
        if not 0 <= at < len(self._candidates):
            return
        text = self.line.text()
        typed = "" if not text or text[-1].isspace() else text.split()[-1]
        self.line.setText(f"{text[: len(text) - len(typed)]}{self._candidates[at].word} ")
        self.line.setFocus()
        self._on_edited()

    def step(self, by: int) -> None:
        if self._candidates:
            row = min(len(self._candidates) - 1, max(0, self.offers.currentRow() + by))
            self.offers.setCurrentRow(row)

    def enter(self) -> None:
        """Do what the line says; a cancel wants a second Enter."""
        if self._to_cancel:
            self._cancel()
            return
        command = parse(self.line.text())
        if isinstance(command, Fault):
            self._say(command.words, "warning" if command.unfinished else "danger")
            return
        self._waiting = command
        self._go(ask=True)

    def _on_edited(self) -> None:
        self._forget()
        self._show_offers()

    def _show_offers(self) -> None:
        text = self.line.text()
        contracts = known_contracts(self._bridge.desk, self._bridge.selected)
        symbols = sorted({one.symbol.lower() for one in contracts})
        self._candidates = complete(text, symbols)[:_ROWS]
        self.offers.clear()
        for one in self._candidates:
            self.offers.addItem(f"{one.word}    {one.meaning}".rstrip())
        self.offers.setCurrentRow(0 if self._candidates else -1)
        found = parse(text)
        if not text.strip():
            self._say(_EXAMPLES, "dim")
        elif isinstance(found, Fault):
            self._say(found.words, "dim" if found.unfinished else "danger")
        else:
            self._say(_way_on(found), "ok")
        self._place()

    # --- doing -----------------------------------------------------------------------------------

    def _go(self, *, ask: bool = False) -> None:
        """As far as it goes now; the rest when the desk has heard more."""
        desk = self._bridge.desk
        match self._waiting:
            case CancelCommand() as command:
                self._waiting = None
                self._to_cancel = cancelled_by(command, desk)
                self._say_cancel()
            case FlattenCommand(symbol):
                self._waiting = None
                self._hand_over(closing(desk, symbol))
            case OrderCommand() | ChartCommand() as command:
                contract = self._contract(command.symbol, ask=ask)
                if contract is not None:
                    self._with_contract(command, contract, ask=ask)
            case None:
                return

    def _with_contract(self, command: OrderCommand | ChartCommand, contract: Contract, *, ask: bool) -> None:
        if isinstance(command, ChartCommand):
            self._bridge.select(contract)
            self._bridge.show_panel.emit("chart")
            if command.bar:
                self._bridge.frame_asked.emit(command.bar)
            self.leave()
            return
        details = self._bridge.desk.details(contract.con_id)
        if details is None:
            if ask:
                self._bridge.find(ContractQuery(con_id=contract.con_id))
            elif self._watched is None:
                self._watch(contract)
            self._say(self._asking(f"Asking for the rules of {contract.label}…"), "dim")
            return
        wish = staged(command, details, self._bridge.desk, self._bridge.account)
        if isinstance(wish, str) and self._bridge.desk.quote(contract.con_id) is None:
            self._watch(contract)
        self._hand_over(wish)

    def _contract(self, symbol: str, *, ask: bool) -> Contract | None:
        desk = self._bridge.desk
        found = desk.search_result(symbol)
        known = meant(symbol, known_contracts(desk, self._bridge.selected))
        contract = known or meant(symbol, found.contracts if found else ())
        if contract is None:
            if ask:
                self._bridge.search(symbol)
            none = found is not None and not ask
            looking = self._asking(f"Looking for {symbol}…")
            self._say(f"No contract is called {symbol}." if none else looking, "warning")
        return contract

    def _asking(self, words: str) -> str:
        """What is said while IBKR is asked, or that it cannot be."""
        if self._bridge.desk.link.synchronised:
            return words
        return "Not connected: IBKR cannot be asked. Press Enter again when the connection is back."

    def _hand_over(self, wish: OrderSpec | BracketSpec | str) -> None:
        if isinstance(wish, str):
            self._say(wish, "warning")
            return
        self.leave()
        self._bridge.stage_for_review(wish)

    def _say_cancel(self) -> None:
        orders = self._to_cancel
        if not orders:
            self._say("There is no such order of this desk.", "warning")
            return
        what = "1 order" if len(orders) == 1 else f"{len(orders)} orders"
        self._say(f"Enter again cancels {what}: {named(orders)}.", "danger")

    def _cancel(self) -> None:
        refused = [
            answer.words for order in self._to_cancel if (answer := self._bridge.cancel(order.order_ref))
        ]
        asked = len(self._to_cancel) - len(refused)
        words = f"{asked} {'cancel' if asked == 1 else 'cancels'} asked for. {' '.join(refused)}".strip()
        self._bridge.said.emit("warning" if refused else "info", words)
        self.leave()

    def _watch(self, contract: Contract) -> None:
        self._watched = contract.con_id
        self._bridge.watch(contract, OWNER)

    def _forget(self) -> None:
        self._waiting, self._to_cancel = None, []
        if self._watched is not None:
            self._bridge.unwatch(self._watched, OWNER)
            self._watched = None

    def _on_changed(self, changes: Changes) -> None:
        if self._waiting is not None and changes.keys() & _WAITED_FOR:
            self._go()

    # --- showing ---------------------------------------------------------------------------------

    def _say(self, words: str, tone: str) -> None:
        say(self.words, words, tone)
        self._place()

    def _place(self) -> None:
        window = self._window
        rows = len(self._candidates)
        self.offers.setVisible(bool(rows))
        self.offers.setFixedHeight(max(1, rows * (self.offers.sizeHintForRow(0) + 2) + 4))
        width = min(theme.px(_WIDTH_PX), window.width() - theme.px(16))
        self.setFixedWidth(width)
        layout = self.layout()
        assert layout is not None
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else self.sizeHint().height()
        self.resize(width, height)
        self.move((window.width() - width) // 2, round(window.height() * _FROM_TOP))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = theme.current()
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(worn.raised))
            painter.setPen(QColor(worn.border_strong))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class _Line(QLineEdit):
    """Tab takes the word that is offered, arrows choose among them, Return does it."""

    def __init__(self, bar: CommandBar) -> None:
        super().__init__()
        self._bar = bar
        self.setObjectName("command-line")
        self.setAccessibleName("Command")
        self.setPlaceholderText("buy 100 aapl lmt 150.25")
        self.setMaxLength(200)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            if event.type() is QEvent.Type.KeyPress:
                self._bar.take()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self._bar.enter()
        elif key == Qt.Key.Key_Escape:
            self._bar.leave()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._bar.step(1 if key == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.ActiveWindowFocusReason:
            self._bar.leave()


def _way_on(command: Command) -> str:
    """What Return will do."""
    match command:
        case OrderCommand():
            return "Enter fills the ticket and opens its review."
        case FlattenCommand(symbol):
            return f"Enter reviews the order that closes {symbol}."
        case CancelCommand():
            return "Enter lists what would be cancelled."
        case ChartCommand(symbol):
            return f"Enter shows {symbol} in the chart."
