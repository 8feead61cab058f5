"""Changing an order in its row: the value in the cell, what the gate says of it right beneath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from core.domain.contract import ContractDetails
from core.domain.order import Order, OrderSpec
from core.domain.verdict import Ask, Denied, Objection
from gui import theme
from gui.bridge import Bridge
from gui.table import TableView
from gui.widgets.notice import Notice, Offer
from gui.widgets.number_field import NumberEdit
from gui.widgets.number_text import Reading, price_text, read_number, read_order_price, read_quantity
from gui.widgets.order_words import why_not_modify
from gui.widgets.text import set_property

Reader = Callable[[str, ContractDetails | None], Reading]


class Term(NamedTuple):
    """One value of an order that its row lets be changed."""

    column: str
    field: str
    """The name `OrderSpec` has for it."""
    name: str
    read: Reader
    is_price: bool = True


_QUANTITY = Term("quantity", "quantity", "quantity", read_quantity, False)
_LIMIT = Term(
    "limit",
    "limit_price",
    "limit price",
    lambda text, details: read_order_price(text, details, "limit price"),
)
_STOP = Term(
    "stop", "stop_price", "stop price", lambda text, details: read_order_price(text, details, "stop price")
)
_TRAIL = Term(
    "stop",
    "trail_amount",
    "trailing amount",
    lambda text, _details: read_number(text, "trailing amount"),
    False,
)
_TRAIL_PERCENT = Term(
    "stop",
    "trail_percent",
    "trailing per cent",
    lambda text, _details: read_number(text, "trailing per cent"),
    False,
)
_TERMS = (_LIMIT, _TRAIL, _TRAIL_PERCENT, _STOP, _QUANTITY)
"""The first that an order has is what F2 changes. A trailing stop moves by itself: its distance is what is set."""


def term_of(spec: OrderSpec, column: str) -> Term | None:
    """What a double click in `column` changes ("" for any); `None` where this order has nothing there."""
    terms = (term for term in _TERMS if column in ("", term.column))
    return next((term for term in terms if getattr(spec, term.field) is not None), None)


class RowChange(QObject):
    """One cell at a time. Enter asks the gate and sends; Esc, or leaving it, takes everything back.

    Signals:
        changed: the order_ref of an order for which new terms went out.
    """

    changed = Signal(str)

    def __init__(self, bridge: Bridge, view: TableView) -> None:
        super().__init__(view)
        self._bridge = bridge
        self._view = view
        self._order_ref = ""
        self._term = _LIMIT
        self._taken_on: frozenset[str] = frozenset()
        self.edit = NumberEdit({})
        self.edit.setObjectName("orders-change")
        self.edit.setParent(view.viewport())
        self.edit.hide()
        self.notice = Notice("orders-change-notice", wide=True)
        self.notice.setParent(view.viewport())
        self.edit.installEventFilter(self)
        self.edit.textEdited.connect(lambda _text: self._check())
        self.edit.entered.connect(self._enter)
        self.edit.stepped.connect(self._step)
        view.moved.connect(self._place)

    @property
    def order_ref(self) -> str:
        """The order being changed, "" while none is."""
        return self._order_ref

    def open(self, order_ref: str, column: str = "") -> str:
        """Put the cursor into a value of this order; in words why not, "" when it is there."""
        order = self._bridge.desk.order(order_ref)
        if order is None:
            return ""
        if closed := why_not_modify(order, self._bridge.desk.link):
            return f"It cannot be changed: {closed}."
        term = term_of(order.spec, column)
        if term is None:
            return "This order has no such price."
        self.close()
        self._order_ref, self._term = order_ref, term
        self._view.select_key(order_ref)
        self.edit.setAccessibleName(f"New {term.name} of {order.spec.sentence()}")
        self._write(getattr(order.spec, term.field), self._details(order))
        set_property(self.edit, "wrong", False)
        self._place()
        if not self._order_ref:
            return "That column is hidden: show it, or change the order in the ticket."
        self.edit.show()
        self.edit.selectAll()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        return ""

    def close(self) -> None:
        """Take it back; the order stays as it is."""
        had_focus = self._has_focus()
        self._order_ref, self._taken_on = "", frozenset()
        self.edit.hide()
        self.notice.hide()
        if had_focus:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self) -> None:
        """The desk has changed: an order that can no longer be changed says so, and keeps what was typed."""
        if not self._order_ref:
            return
        order = self._bridge.desk.order(self._order_ref)
        if order is None:
            self.close()
        elif closed := why_not_modify(order, self._bridge.desk.link):
            self._say(f"Not sent: {closed}.", "danger")

    # --- the value -------------------------------------------------------------------------------

    def _wanted(self, order: Order) -> OrderSpec | str:
        """The order with the typed value, or in words what is wrong with that."""
        reading = self._term.read(self.edit.text(), self._details(order))
        if reading.value is None:
            return reading.fault
        changed: dict[str, Any] = {self._term.field: reading.value}
        return replace(order.spec, **changed)

    def _check(self) -> None:
        """What the gate would say, while it is typed."""
        self._taken_on = frozenset()
        order = self._bridge.desk.order(self._order_ref)
        if order is None:
            return
        wanted = self._wanted(order)
        if isinstance(wanted, str):
            self._say(wanted, "danger")
            return
        found = self._bridge.desk.assess(wanted, self._bridge.now_s(), self._order_ref)
        first = next(iter(found), None)
        if first is None:
            self._say("")
        else:
            self._say(first.words, "danger" if first.hard else "warning")

    def _step(self, steps: int) -> None:
        order = self._bridge.desk.order(self._order_ref)
        if order is None or isinstance(wanted := self._wanted(order), str):
            return
        value: Decimal = getattr(wanted, self._term.field)
        details = self._details(order)
        if self._term.is_price and details is not None:
            value = details.next_tick(value, steps)
        elif self._term is _QUANTITY:
            value += steps * (details.size_increment if details and details.size_increment else Decimal(1))
        else:
            value += steps * Decimal(1).scaleb(min(0, int(value.as_tuple().exponent)))
        if value > 0:
            self._write(value, details)
            self._check()

    def _write(self, value: Decimal, details: ContractDetails | None) -> None:
        self.edit.setText(price_text(value, details if self._term.is_price else None))

    def _enter(self) -> None:
        order = self._bridge.desk.order(self._order_ref)
        if order is None:
            self.close()
            return
        wanted = self._wanted(order)
        if isinstance(wanted, str):
            self._say(wanted, "danger")
        elif wanted == order.spec:
            self.close()
        else:
            self._send(wanted)

    def _send(self, wanted: OrderSpec) -> None:
        order_ref = self._order_ref
        answer = self._bridge.modify(order_ref, wanted, self._taken_on)
        if isinstance(answer, Denied):
            self._say(f"Denied: {answer.words}", "danger")
        elif isinstance(answer, Ask):
            self._ask(wanted, answer.objections)
        else:
            self.close()
            self.changed.emit(order_ref)

    def _ask(self, wanted: OrderSpec, objections: tuple[Objection, ...]) -> None:
        """One soft objection at a time, each taken on by a press of its own."""
        first = next(one for one in objections if one.rule not in self._taken_on)

        def take_on() -> None:
            order = self._bridge.desk.order(self._order_ref)
            if order is None or self._wanted(order) != wanted:
                self._check()  # something else is meant by now
                return
            self._taken_on |= {first.rule}
            left = [one for one in objections if one.rule not in self._taken_on]
            if left:
                self._ask(wanted, objections)
            else:
                self._send(wanted)

        self._say(
            first.words, "warning", (("Change it anyway", "", take_on), ("Leave it", "quiet", self.close))
        )

    # --- where it stands -------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.edit:
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                if event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
                    event.accept()
                    if event.type() == QEvent.Type.KeyPress:
                        self.close()
                    return True
            elif event.type() == QEvent.Type.FocusOut:
                # Only when it is settled who has the focus: the notice's buttons belong to the change.
                QTimer.singleShot(0, self, self._left)
        return super().eventFilter(watched, event)

    def _left(self) -> None:
        away = QApplication.focusWidget()
        if self._order_ref and away is not None and not self._has_focus():
            self.close()

    def _has_focus(self) -> bool:
        where = QApplication.focusWidget()
        return where is not None and (where is self.edit or self.notice.isAncestorOf(where))

    def _say(self, words: str, tone: str = "", offers: tuple[Offer, ...] = ()) -> None:
        set_property(self.edit, "wrong", tone == "danger")
        if words:
            self.notice.show_notice(words, tone, offers)
        else:
            self.notice.hide()
        self._place()

    def _place(self) -> None:
        """Over its cell, and the words under its row, or above it where there is no room below."""
        if not self._order_ref:
            return
        cell = self._view.cell_rect(self._order_ref, self._term.column)
        if cell.isEmpty():
            self.close()
            return
        wide = max(cell.width(), theme.px(84))
        area = self._view.viewport().rect()
        self.edit.setGeometry(min(cell.left(), area.right() - wide), cell.top() - 1, wide, cell.height() + 1)
        self.edit.raise_()
        if not self.notice.isHidden():
            layout = self.notice.layout()
            height = (
                self.notice.sizeHint().height() if layout is None else layout.heightForWidth(area.width())
            )
            below = cell.bottom() + 1
            top = below if below + height <= area.bottom() else max(0, cell.top() - height - 1)
            self.notice.setGeometry(0, top, area.width(), height)
            self.notice.raise_()

    def _details(self, order: Order) -> ContractDetails | None:
        return self._bridge.desk.details(order.spec.contract.con_id)
