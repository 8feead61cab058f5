"""The positions' panel: what is held, and the way to be rid of it or to guard it."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QVBoxLayout

from core.domain.contract import ContractDetails
from core.domain.days import calendar_day
from core.domain.execution import Execution
from core.domain.order import OrderSpec, OrderType, Side, Tif
from core.domain.position import Position
from core.domain.topics import Changes, Topic
from core.portfolio.cover import Cover, cover
from gui import format as fmt
from gui.bridge import Bridge
from gui.panel import Panel
from gui.panels.positions.columns import COLUMNS, PositionRow, mark_of, row_tone, signed_tone
from gui.panels.positions.guard import Guard, Wish
from gui.table import TableModel, TableView
from gui.table.view import row_action, rows_menu
from gui.widgets.caption import Caption
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.totals import BottomBar, Total, Totals
from gui.widgets.watched import Watched

STOP = "stop"
ACTIONS = (("close", "Close"), ("half", "Half"), ("reverse", "Reverse"), (STOP, "Add stop…"))
"""What a position can be prefilled into the ticket as."""
_DOES = {STOP: "Asks for a stop, and a target if you want one; the ticket reviews it."}


def action_quantity(action: str, position: Position, details: ContractDetails | None) -> Decimal:
    """How much is traded to close, halve or reverse; 0 when there is no such quantity."""
    held = abs(position.quantity)
    if action == "close":
        return held
    if action == "reverse":
        return 2 * held
    step = details.size_increment if details is not None and details.size_increment else Decimal(1)
    half = (held / 2 / step).to_integral_value(rounding=ROUND_DOWN) * step
    return half if details is None or half >= details.min_size else Decimal(0)


class PositionsPanel(Panel):
    """What is held, what it is worth by whose price, and the way to be rid of it."""

    NAME: ClassVar[str] = "positions"
    TITLE: ClassVar[str] = "Positions"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset(
        {Topic.POSITION, Topic.QUOTE, Topic.CONTRACT, Topic.ACCOUNT, Topic.LINK, Topic.ORDER, Topic.EXECUTION}
    )

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._watched = Watched(bridge.watch, bridge.unwatch, self.NAME)
        self._fills: dict[tuple[str, int], list[Execution]] = {}
        self._fills_day = 0
        self.model = TableModel(COLUMNS, self._row, row_tone)
        self.view = TableView(self.model, "Positions", "No positions.", stretch="contract")
        self.totals = Totals("positions-totals")
        self.why = Caption("positions-why")
        self.buttons = {key: DeliberateButton(title, f"positions-{key}") for key, title in ACTIONS}
        self.guard = Guard()
        self._lay_out()
        self.guard.staged.connect(self._stage)
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, key=key: self.stage(key))
        self.view.current_changed.connect(self._on_current)
        self.view.menu_asked.connect(self._pop_up_menu)
        self._read_fills()
        self._show_rows()

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if positions := changes.get(Topic.POSITION):
            self._show_rows()
            self.model.touch(positions)
        if Topic.EXECUTION in changes:
            self._read_fills()
        if changes.keys() & {Topic.ACCOUNT, Topic.LINK, Topic.ORDER, Topic.EXECUTION}:
            self.model.touch(self.model.keys)
        if Topic.ORDER in changes:
            self._show_actions()
        if moved := changes.get(Topic.QUOTE, frozenset()) | changes.get(Topic.CONTRACT, frozenset()):
            self.model.touch([key for key in self.model.keys if isinstance(key, tuple) and key[1] in moved])

    def age(self, now_s: float) -> None:
        if calendar_day(now_s) != self._fills_day:
            self._read_fills()
        self.model.touch_sight()
        self.model.resort()
        self._show_totals()

    def save_state(self) -> dict[str, Any]:
        return {"table": self.view.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))

    # --- the trader ------------------------------------------------------------------------------

    def stage(self, action: str) -> None:
        """Prefill the ticket to "close", "half" or "reverse" the selected position, or ask here for the prices of a
        "stop"; nothing is sent."""
        position = self._current()
        if position is None or self._why_not(action, position):
            return
        side = Side.SELL if position.quantity > 0 else Side.BUY
        details = self._details(position)
        if action == STOP:
            spec = OrderSpec(
                position.contract,
                side,
                self._uncovered(position),
                OrderType.LMT,
                tif=Tif.GTC,
                account=position.account,
            )
            self.guard.open(spec, details, partial(self._market, position))
            return
        quantity = action_quantity(action, position, details)
        self._stage(OrderSpec(position.contract, side, quantity, OrderType.MKT, account=position.account))

    def _stage(self, wish: Wish) -> None:
        self.bridge.show_panel.emit("ticket")
        self.bridge.stage(wish)

    def _market(self, position: Position) -> Decimal | None:
        row = self._row((position.account, position.contract.con_id))
        return None if row is None else row.mark.price

    def _why_not(self, action: str, position: Position) -> str:
        if action == STOP:
            return "" if self._uncovered(position) else "stops cover all of it"
        if not action_quantity(action, position, self._details(position)):
            return f"{fmt.quantity(abs(position.quantity))} cannot be halved"
        return ""

    def _cover(self, position: Position) -> Cover:
        return cover(position, self.bridge.desk.live_orders(position.contract.con_id))

    def _uncovered(self, position: Position) -> Decimal:
        found = self._cover(position)
        return found.held - found.covered

    def _on_current(self, key: Hashable | None) -> None:
        self._show_actions()
        if (position := self._position(key)) is not None:
            self.bridge.select(position.contract)

    def _pop_up_menu(self, at: QPoint) -> None:
        menu = rows_menu(self.view, self)
        first = menu.actions()[0]
        if (position := self._current()) is not None:
            for key, title in ACTIONS:
                closed = self._why_not(key, position)
                text = f"{title.rstrip('…')} {position.contract.label}…"
                menu.insertAction(first, row_action(menu, text, partial(self.stage, key), why_not=closed))
        menu.popup(at)

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, key: Hashable) -> PositionRow | None:
        position = self._position(key)
        if position is None:
            return None
        desk, now_s = self.bridge.desk, self.bridge.now_s()
        details = self._details(position)
        quote = desk.quote(position.contract.con_id)
        return PositionRow(
            position,
            details,
            mark_of(position, quote, details, now_s),
            desk.account(position.account),
            self._cover(position),
            now_s,
            None if quote is None or quote.close is None else Decimal(repr(quote.close)),
            tuple(self._fills.get((position.account, position.contract.con_id), ())),
            desk.mismatch(position.account, position.contract.con_id),
        )

    def _read_fills(self) -> None:
        """Today's fills by position: the day's result counts each from its own price."""
        self._fills_day = calendar_day(self.bridge.now_s())
        self._fills = {}
        for one in self.bridge.desk.executions():
            if calendar_day(one.at.timestamp()) != self._fills_day:
                break  # newest first
            self._fills.setdefault((one.account, one.contract.con_id), []).append(one)

    def _position(self, key: Hashable | None) -> Position | None:
        match key:
            case (str(account), int(con_id)):
                return self.bridge.desk.position(account, con_id)
        return None

    def _current(self) -> Position | None:
        return self._position(self.view.current_key())

    def _details(self, position: Position) -> ContractDetails | None:
        return self.bridge.desk.details(position.contract.con_id)

    def _show_rows(self) -> None:
        positions = self.bridge.desk.positions()
        self._watched.only(position.contract for position in positions)
        self.model.set_rows((position.account, position.contract.con_id) for position in positions)
        self._show_totals()
        self._show_actions()

    def _show_actions(self) -> None:
        position = self._current()
        reasons = []
        for key, button in self.buttons.items():
            closed = "select a position" if position is None else self._why_not(key, position)
            button.setEnabled(not closed)
            button.setToolTip(closed or _DOES.get(key, "Fills the ticket in; nothing is sent."))
            if closed and position is not None and key != STOP:
                reasons.append(f"{button.text()}: {closed}")
        self.why.say("; ".join(reasons))

    def _show_totals(self) -> None:
        rows = [row for key in self.model.keys if (row := self._row(key)) is not None]
        totals: list[Total] = []
        bare = sum(not row.cover.is_whole for row in rows)
        if bare:
            totals.append(("Without a stop", f"{bare} of {len(rows)}", "warning"))
        unlike = sum(row.mismatch is not None for row in rows)
        if unlike:
            totals.append(("Unlike our executions", f"{unlike} of {len(rows)}", "danger"))
        for currency in dict.fromkeys(row.currency for row in rows):
            mine = [row for row in rows if row.currency == currency]
            value = _sum(row.value for row in mine)
            unrealised = _sum(row.unrealised for row in mine)
            realised = _sum(row.position.realised_pnl for row in mine)
            day = _sum(row.day for row in mine)
            totals += [
                ("Market value", fmt.money(value, currency), ""),
                ("Day", fmt.signed_money(day, currency), signed_tone(day)),
                ("Unrealised", fmt.signed_money(unrealised, currency), signed_tone(unrealised)),
                ("Realised", fmt.signed_money(realised, currency), signed_tone(realised)),
            ]
        stale = sum(not row.mark.live for row in rows)
        if stale:
            totals.append(("Not marked live", f"{stale} of {len(rows)}", "warning"))
        self.totals.show_totals(totals)

    def _lay_out(self) -> None:
        bar = BottomBar(self.totals, self.why, *self.buttons.values())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.guard)
        column.addWidget(bar)


def _sum(values: Any) -> Decimal | None:
    """The sum, or nothing when a part is missing: half a total is a wrong total."""
    listed = list(values)
    return None if any(value is None for value in listed) else sum(listed, Decimal(0))
