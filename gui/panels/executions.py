"""Executions: every fill the desk knows of, what it cost, and the totals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton, QVBoxLayout

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
    arrival: Decimal | None = None
    """The mid when its order was submitted."""

    @property
    def value(self) -> Decimal:
        one = self.execution
        return one.price * one.quantity * one.contract.multiplier

    @property
    def slippage(self) -> Decimal | None:
        """What trading gained over the arrival mid, in money: mostly below nought."""
        if self.arrival is None:
            return None
        one = self.execution
        return (self.arrival - one.price) * one.side.sign * one.quantity * one.contract.multiplier

    @property
    def slippage_fraction(self) -> Decimal | None:
        if not self.arrival:
            return None
        return (self.arrival - self.execution.price) * self.execution.side.sign / self.arrival


def _signed_tone(value: Decimal | None) -> str:
    return "text_dim" if not value else "up" if value > 0 else "down"


def _basis_points(row: ExecutionRow) -> str:
    fraction = row.slippage_fraction
    return fmt.DASH if fraction is None else f"{fmt.signed_points(fraction * 10_000)} bp"


def _slippage_words(row: ExecutionRow) -> str:
    if row.slippage is None or row.arrival is None:
        return "Not known: there was no live quote when the order was submitted, or it was not placed by this desk."
    how = "better" if row.slippage > 0 else "worse"
    money = fmt.money(abs(row.slippage), row.execution.contract.currency)
    told = f"{money} {how} than" if row.slippage else "Just at"
    return f"{told} the mid of {fmt.price(row.arrival, row.details)} when the order was submitted."


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
        grows=25,
        strong=True,
    ),
    Column(
        "price",
        "Price",
        lambda row: fmt.price(row.execution.price, row.details),
        lambda row: row.execution.price,
        chars=8,
        grows=11,
    ),
    Column(
        "value",
        "Value",
        lambda row: fmt.money(row.value, row.execution.contract.currency),
        lambda row: row.value,
        chars=10,
        grows=16,
        yields=2,
        csv=lambda row: str(row.value),
    ),
    Column(
        "slippage",
        "Slippage",
        _basis_points,
        lambda row: row.slippage_fraction,
        tone=lambda row: _signed_tone(row.slippage),
        tooltip=_slippage_words,
        csv=lambda row: "" if row.slippage is None else f"{row.slippage.normalize():f}",
        chars=8,
        name="Slippage against the arrival mid",
        yields=1,
    ),
    Column(
        "commission",
        "Commission",
        lambda row: fmt.money(row.execution.commission, _commission_currency(row.execution)),
        lambda row: row.execution.commission,
        tone=lambda row: "text_dim",
        csv=lambda row: _written(row.execution.commission),
        chars=8,
    ),
    Column(
        "realised",
        "Realised P&L",
        lambda row: fmt.signed_money(row.execution.realised_pnl, _commission_currency(row.execution)),
        lambda row: row.execution.realised_pnl,
        tone=lambda row: _signed_tone(row.execution.realised_pnl),
        csv=lambda row: _written(row.execution.realised_pnl),
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
        yields=3,
    ),
    Column(
        "order",
        "Order",
        lambda row: row.execution.order_ref or str(row.execution.order_id),
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        tooltip=lambda row: f"order id {row.execution.order_id}, client {row.execution.client_id}",
        chars=14,
        yields=4,
    ),
    Column(
        "exec_id",
        "Execution",
        lambda row: row.execution.exec_id,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        chars=22,
        name="Execution id",
        yields=4,
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


def _written(value: Decimal | None) -> str:
    return "" if value is None else str(value)


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
        self.today = QPushButton("Today")
        self.today.setObjectName("executions-today")
        self.today.setAccessibleName("Show only today's executions")
        self.today.setProperty("kind", "quiet")
        self.today.setCheckable(True)
        self.today.toggled.connect(lambda _on: self._show_rows())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(BottomBar(self.totals, self.today))
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
        return {"table": self.view.save_state(), "today": self.today.isChecked()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))
        self.today.setChecked(state.get("today") is True)

    def _row(self, key: Hashable) -> ExecutionRow | None:
        one = self._executions.get(key) if isinstance(key, str) else None
        if one is None:
            return None
        desk = self.bridge.desk
        order = desk.order_of(one.key)
        arrival = None if order is None else order.arrival_mid
        return ExecutionRow(one, desk.details(one.contract.con_id), self.bridge.now_s(), arrival)

    def _show_rows(self) -> None:
        known = self.bridge.desk.executions()
        if self.today.isChecked():
            day = fmt.day_of(self.bridge.now_s())
            known = tuple(one for one in known if fmt.day_of(one.at) == day)
        self._executions = {one.key: one for one in known}
        self.model.set_rows(self._executions)
        self.view.empty_words = "No executions today." if self.today.isChecked() else "No executions yet."
        rows = [row for key in self._executions if (row := self._row(key)) is not None]
        self.totals.show_totals(_totals(rows))

    def _on_current(self, key: Hashable | None) -> None:
        if isinstance(key, str) and key in self._executions:
            self.bridge.select(self._executions[key].contract)

    def _pop_up_menu(self, at: QPoint) -> None:
        rows_menu(self.view, self).popup(at)


def _totals(rows: Sequence[ExecutionRow]) -> list[Total]:
    """Fills, bought, sold, commission and realised P&L; money by currency, as sums across them would be wrong."""
    listed = [row.execution for row in rows]
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
        *_slippage_total(rows),
    ]


def _slippage_total(rows: Sequence[ExecutionRow]) -> list[Total]:
    """Of the fills whose arrival mid is known, and of how many those are."""
    known = [row for row in rows if row.slippage is not None]
    sums: dict[str, Decimal] = {}
    for row in known:
        unit = row.execution.contract.currency
        sums[unit] = sums.get(unit, Decimal(0)) + (row.slippage or Decimal(0))
    if not sums:
        return []
    of = "" if len(known) == len(rows) else f" (of {len(known)})"
    words = "  ".join(fmt.signed_money(total, unit) for unit, total in sums.items()) + of
    return [("Slippage", words, _signed_tone(next(iter(sums.values()))) if len(sums) == 1 else "")]


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
