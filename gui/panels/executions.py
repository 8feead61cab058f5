"""Executions: every fill the desk knows of, what it cost, and the totals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QVBoxLayout

from core.domain.contract import ContractDetails
from core.domain.execution import Execution
from core.domain.order import Side
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui.bridge import Bridge
from gui.panel import Panel
from gui.table import Align, Column, TableModel, TableView
from gui.table.view import rows_menu
from gui.widgets.totals import BottomBar, Total, Totals


class ExecutionRow(NamedTuple):
    execution: Execution
    details: ContractDetails | None
    now_s: float

    @property
    def value(self) -> Decimal:
        one = self.execution
        return one.price * one.quantity * one.contract.multiplier


def _signed_tone(value: Decimal | None) -> str:
    return "text_dim" if not value else "up" if value > 0 else "down"


def _commission_currency(one: Execution) -> str:
    return one.commission_currency or one.contract.currency


COLUMNS: tuple[Column[ExecutionRow], ...] = (
    Column(
        "time",
        "Time",
        lambda row: fmt.recent(row.execution.at, row.now_s),
        lambda row: row.execution.at.timestamp(),
        tone=lambda row: "text_dim",
        tooltip=lambda row: fmt.date_time(row.execution.at),
        csv=lambda row: row.execution.at.isoformat(),
        chars=8,
    ),
    Column(
        "side",
        "Side",
        lambda row: "BOUGHT" if row.execution.side is Side.BUY else "SOLD",
        align=Align.LEFT,
        tone=lambda row: row.execution.side.lower(),
        chars=7,
    ),
    Column(
        "quantity",
        "Qty",
        lambda row: fmt.quantity(row.execution.quantity),
        lambda row: row.execution.quantity,
        chars=6,
        name="Quantity",
    ),
    Column(
        "contract",
        "Contract",
        lambda row: row.execution.contract.label,
        align=Align.LEFT,
        chars=10,
        grows=20,
        strong=True,
    ),
    Column(
        "price",
        "Price",
        lambda row: fmt.price(row.execution.price, row.details),
        lambda row: row.execution.price,
        chars=8,
    ),
    Column(
        "value",
        "Value",
        lambda row: fmt.money(row.value, row.execution.contract.currency),
        lambda row: row.value,
        chars=10,
        grows=16,
        yields=1,
        csv=lambda row: str(row.value),
    ),
    Column(
        "commission",
        "Commission",
        lambda row: fmt.money(row.execution.commission, _commission_currency(row.execution)),
        lambda row: row.execution.commission,
        tone=lambda row: "text_dim",
        csv=lambda row: str(row.execution.commission or ""),
        chars=8,
    ),
    Column(
        "realised",
        "Realised P&L",
        lambda row: fmt.signed_money(row.execution.realised_pnl, _commission_currency(row.execution)),
        lambda row: row.execution.realised_pnl,
        tone=lambda row: _signed_tone(row.execution.realised_pnl),
        csv=lambda row: str(row.execution.realised_pnl or ""),
        chars=9,
        grows=14,
    ),
    Column(
        "exchange",
        "Exchange",
        lambda row: row.execution.exchange or fmt.DASH,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        chars=8,
        yields=2,
    ),
    Column(
        "order",
        "Order",
        lambda row: row.execution.order_ref or str(row.execution.order_id),
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        tooltip=lambda row: f"order id {row.execution.order_id}, client {row.execution.client_id}",
        chars=14,
        yields=3,
    ),
    Column(
        "exec_id",
        "Execution",
        lambda row: row.execution.exec_id,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        chars=22,
        name="Execution id",
        yields=3,
    ),
    Column(
        "note",
        "",
        lambda row: "Liquidation" if row.execution.liquidation else "",
        align=Align.LEFT,
        tone=lambda row: "danger",
        tooltip=lambda row: "IB closed this position to free margin." if row.execution.liquidation else "",
        chars=4,
        name="Note",
    ),
)


class ExecutionsPanel(Panel):
    """Newest first, with the totals of all that is listed."""

    NAME: ClassVar[str] = "executions"
    TITLE: ClassVar[str] = "Executions"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset({Topic.EXECUTION, Topic.CONTRACT})

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._executions: dict[str, Execution] = {}
        self.model = TableModel(COLUMNS, self._row, lambda row: "danger" if row.execution.liquidation else "")
        self.view = TableView(self.model, "Executions", "No executions yet.", stretch="note")
        self.totals = Totals("executions-totals")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(BottomBar(self.totals))
        self.view.current_changed.connect(self._on_current)
        self.view.menu_asked.connect(self._pop_up_menu)
        self._show_rows()

    def refresh(self, changes: Changes) -> None:
        if executions := changes.get(Topic.EXECUTION):
            self._show_rows()
            self.model.touch(executions)
        if con_ids := changes.get(Topic.CONTRACT):
            known = self._executions.items()
            self.model.touch([key for key, one in known if one.contract.con_id in con_ids])

    def age(self, now_s: float) -> None:
        self.model.resort()

    def save_state(self) -> dict[str, Any]:
        return {"table": self.view.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))

    def _row(self, key: Hashable) -> ExecutionRow | None:
        one = self._executions.get(key) if isinstance(key, str) else None
        if one is None:
            return None
        return ExecutionRow(one, self.bridge.desk.details(one.contract.con_id), self.bridge.now_s())

    def _show_rows(self) -> None:
        self._executions = {one.key: one for one in self.bridge.desk.executions()}
        self.model.set_rows(self._executions)
        self.totals.show_totals(_totals(self._executions.values()))

    def _on_current(self, key: Hashable | None) -> None:
        if isinstance(key, str) and key in self._executions:
            self.bridge.select(self._executions[key].contract)

    def _pop_up_menu(self, at: QPoint) -> None:
        rows_menu(self.view, self).popup(at)


def _totals(executions: Iterable[Execution]) -> list[Total]:
    """Fills, bought, sold, commission and realised P&L; money by currency, as sums across them would be wrong."""
    listed = list(executions)
    if not listed:
        return []
    realised = _by_currency(listed, lambda one: one.realised_pnl, _commission_currency)
    return [
        ("Fills", fmt.quantity(float(len(listed))), ""),
        (
            "Bought",
            _sums(listed, lambda one: _value_of(one, Side.BUY), lambda one: one.contract.currency),
            "buy",
        ),
        (
            "Sold",
            _sums(listed, lambda one: _value_of(one, Side.SELL), lambda one: one.contract.currency),
            "sell",
        ),
        ("Commission", _sums(listed, lambda one: one.commission, _commission_currency), ""),
        (
            "Realised P&L",
            "  ".join(fmt.signed_money(total, currency) for currency, total in realised.items()) or fmt.DASH,
            _signed_tone(next(iter(realised.values()))) if len(realised) == 1 else "",
        ),
    ]


def _value_of(one: Execution, side: Side) -> Decimal | None:
    return one.price * one.quantity * one.contract.multiplier if one.side is side else None


def _sums(
    listed: list[Execution],
    amount: Callable[[Execution], Decimal | None],
    currency: Callable[[Execution], str],
) -> str:
    totals = _by_currency(listed, amount, currency)
    return "  ".join(fmt.money(total, unit) for unit, total in totals.items()) or fmt.DASH


def _by_currency(
    listed: list[Execution],
    amount: Callable[[Execution], Decimal | None],
    currency: Callable[[Execution], str],
) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for one in listed:
        if (value := amount(one)) is not None:
            unit = currency(one)
            totals[unit] = totals.get(unit, Decimal(0)) + value
    return totals
