"""What became of the kill switch, order by order; and the separate step for orders that are not this desk's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from core.domain.link import Socket
from core.domain.order import Order
from gui import format as fmt
from gui import theme
from gui.widgets.button import button
from gui.widgets.card import Card
from gui.widgets.mark import Mark
from gui.widgets.notice import Notice
from gui.widgets.order_words import order_sentence
from gui.widgets.text import label, say
from gui.widgets.trading_words import kill_row, kill_title

if TYPE_CHECKING:
    from core.desk import Desk

_WIDTH = 460
_ROW_PX = 24
_ROWS_SHOWN = 9
_SURE = (
    "This cancels every order of this login at IB: those placed in TWS by hand and by other programs too, "
    "and what protects their positions with them."
)


class KillCard(Card):
    """Follows the orders that the last kill asked to cancel."""

    def __init__(
        self, anchor: QWidget, strip: QWidget, home: QWidget, cancel_everywhere: Callable[[], str]
    ) -> None:
        """`cancel_everywhere` answers "" or why not."""
        super().__init__(anchor, strip, home, "kill-card", _WIDTH)
        self._cancel_everywhere = cancel_everywhere
        self._refs: tuple[str, ...] = ()
        self._rows: list[tuple[Mark, QWidget, QWidget]] = []
        self.others = label("", tone="dim", name="kill-others", wrap=True)
        self.all_button = button("Also cancel orders placed in TWS …", "kill-everywhere-ask", self._ask)
        self.step = Notice("kill-everywhere")
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, theme.px(6), 0)
        self._grid.setHorizontalSpacing(theme.px(8))
        self._grid.setVerticalSpacing(theme.px(2))
        self._grid.setColumnStretch(1, 1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("kill-rows")
        self._scroll.setAccessibleName("Orders of the kill switch")
        self._scroll.setWidget(inner)
        for ground in (inner, self._scroll.viewport()):
            ground.setAutoFillBackground(False)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.hide()
        for part in (self._scroll, self.others, self.step):
            self.column.addWidget(part)
        self.column.addWidget(self.all_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._offer()

    def follow(self, desk: Desk) -> None:
        """Show how far each order is now; another kill begins anew."""
        refs = desk.trading.kill
        if refs != self._refs:
            self._list(refs)
        link = desk.link
        orders = [desk.order(ref) for ref in refs]
        for (mark, words, state), order in zip(self._rows, orders, strict=True):
            shown, told = kill_row(order, link)
            mark.show_state(shown, told)
            say(words, _sentence(desk, order))  # type: ignore[arg-type]
            say(state, told, {"ok": "ok", "danger": "danger"}.get(shown.value, "dim"))  # type: ignore[arg-type]
        live = any(order is not None and order.is_live for order in orders)
        self.entitle(kill_title(orders), "danger" if live else "ok")
        others = sum(not order.own for order in desk.live_orders())
        say(self.others, _others_words(others, link.socket is Socket.UP))
        if self.isVisible():
            self.place()

    def bring(self) -> None:
        self._offer()
        super().bring()

    def _list(self, refs: tuple[str, ...]) -> None:
        self._refs = refs
        while self._grid.count():
            item = self._grid.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._rows = []
        for number, _ in enumerate(refs):
            row = (
                Mark(9, name=f"kill-mark-{number}"),
                label(name=f"kill-order-{number}"),
                label(name=f"kill-state-{number}"),
            )
            for column, part in enumerate(row):
                self._grid.addWidget(part, number, column)
            self._rows.append(row)
        self._scroll.setVisible(bool(refs))
        self._scroll.setFixedHeight(theme.px(_ROW_PX) * min(_ROWS_SHOWN, max(1, len(refs))))

    # --- everybody's orders -------------------------------------------------------------------

    def _offer(self) -> None:
        self.step.hide()
        self.all_button.show()
        self._fit()

    def _ask(self) -> None:
        self.all_button.hide()
        self.step.show_notice(
            _SURE, "danger", (("Cancel all of them", "danger", self._go), ("Not now", "quiet", self._offer))
        )
        self._fit()

    def _go(self) -> None:
        refusal = self._cancel_everywhere()
        if refusal:
            self.step.show_notice(refusal, "danger", (("Try again", "", self._ask),))
        else:
            self.step.show_notice("IB was asked to cancel every order of this login.", "ok")
        self._fit()

    def _fit(self) -> None:
        if self.isVisible():
            self.place()


def _sentence(desk: Desk, order: Order | None) -> str:
    if order is None:
        return "An earlier order"
    return order_sentence(order.spec, desk.details(order.spec.contract.con_id))


def _others_words(count: int, connected: bool) -> str:
    if not connected:
        return "Not connected: what works at IBKR keeps working, and nothing can be cancelled from here."
    if not count:
        return "No order of TWS or of another program is known here; there may be some."
    noun = "order" if count == 1 else "orders"
    return f"{fmt.quantity(count)} {noun} of TWS or of other programs keep working."
