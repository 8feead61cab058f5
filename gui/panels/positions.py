"""Positions, marked by their own quotes while those are fresh and by IB's word otherwise; each figure says which."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import ROUND_DOWN, Decimal
from functools import partial
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QVBoxLayout

from core.domain.account import AccountSummary
from core.domain.contract import ContractDetails
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.position import Position
from core.domain.quote import Quote, QuoteKind
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui.bridge import Bridge
from gui.panel import Panel
from gui.table import Align, Column, TableModel, TableView
from gui.table.view import row_action, rows_menu
from gui.widgets.caption import Caption
from gui.widgets.deliberate import DeliberateButton
from gui.widgets.quote_words import Freshness, freshness
from gui.widgets.totals import BottomBar, Total, Totals
from gui.widgets.watched import Watched


class Mark(NamedTuple):
    """A price to value by, who says so, and whether that is now."""

    price: Decimal | None
    source: str
    live: bool


def mark_of(position: Position, quote: Quote | None, details: ContractDetails | None, now_s: float) -> Mark:
    """The live quote's last, or its mid where last lies outside bid and ask; else IB's own mark, with its age."""
    quoted = (
        None if quote is None or freshness(quote, details, now_s) is not Freshness.FRESH else _quoted(quote)
    )
    if quoted is not None and quoted.live:
        return quoted
    if position.market_price is None:
        return quoted or Mark(None, fmt.DASH, False)
    age_s = None if position.reported_at_s is None else now_s - position.reported_at_s
    return Mark(position.market_price, f"IB, {fmt.age(age_s)}", False)


def _quoted(quote: Quote) -> Mark | None:
    low, high = quote.bid or quote.last, quote.ask or quote.last
    trusted = quote.last is not None and low is not None and high is not None and low <= quote.last <= high
    name, price = ("last", quote.last) if trusted or quote.mid is None else ("mid", quote.mid)
    if price is None:
        return None
    live = quote.kind is QuoteKind.LIVE
    return Mark(Decimal(str(price)), name if live else f"{quote.kind} {name}", live)


class PositionRow(NamedTuple):
    position: Position
    details: ContractDetails | None
    mark: Mark
    account: AccountSummary | None

    @property
    def value(self) -> Decimal | None:
        if self.mark.price is None:
            return self.position.market_value
        return self.mark.price * self.position.quantity * self.position.contract.multiplier

    @property
    def unrealised(self) -> Decimal | None:
        """By the quote when it is fresh, else IB's own figure."""
        cost = self.position.avg_cost
        if self.mark.live and cost is not None and (value := self.value) is not None:
            return value - cost * self.position.quantity
        return self.position.unrealised_pnl

    @property
    def unrealised_fraction(self) -> Decimal | None:
        cost = (
            None if self.position.avg_cost is None else abs(self.position.avg_cost * self.position.quantity)
        )
        return None if not cost or self.unrealised is None else self.unrealised / cost

    @property
    def share(self) -> Decimal | None:
        """Of net liquidation, at IB's own exchange rate; absent where IB has told none."""
        account = self.account
        if account is None or not account.net_liquidation or self.value is None:
            return None
        rate = (
            Decimal(1)
            if account.currency == self.currency
            else dict(account.exchange_rates).get(self.currency)
        )
        return None if rate is None else self.value * rate / account.net_liquidation

    @property
    def currency(self) -> str:
        return self.position.contract.currency


def _signed_tone(value: Decimal | None) -> str:
    return "text_dim" if not value else "up" if value > 0 else "down"


def _source(row: PositionRow) -> str:
    if row.mark.live:
        return f"Marked by its own quote ({row.mark.source})."
    return f"Not marked live: {row.mark.source}."


COLUMNS: tuple[Column[PositionRow], ...] = (
    Column(
        "contract",
        "Contract",
        lambda row: row.position.contract.label,
        align=Align.LEFT,
        tooltip=lambda row: row.details.long_name if row.details else "",
        chars=9,
        grows=20,
        strong=True,
    ),
    Column(
        "quantity",
        "Position",
        lambda row: fmt.signed_quantity(row.position.quantity),
        lambda row: row.position.quantity,
        tone=lambda row: "buy" if row.position.quantity > 0 else "sell",
        tooltip=lambda row: "Long" if row.position.quantity > 0 else "Short",
        chars=7,
    ),
    Column(
        "average",
        "Avg price",
        lambda row: fmt.price(row.position.avg_price, row.details),
        lambda row: row.position.avg_price,
        chars=8,
        name="Average price",
    ),
    Column(
        "mark",
        "Market",
        lambda row: fmt.price(row.mark.price, row.details),
        lambda row: row.mark.price,
        tone=lambda row: "" if row.mark.live else "text_faint",
        tooltip=_source,
        chars=8,
        name="Market price",
    ),
    Column(
        "source",
        "From",
        lambda row: row.mark.source,
        align=Align.LEFT,
        tone=lambda row: "text_dim" if row.mark.live else "warning",
        tooltip=_source,
        chars=7,
        name="Source of the market price",
        yields=2,
    ),
    Column(
        "value",
        "Market value",
        lambda row: fmt.money(row.value, row.currency),
        lambda row: row.value,
        tone=lambda row: "" if row.mark.live else "text_faint",
        csv=lambda row: "" if row.value is None else str(row.value),
        chars=10,
    ),
    Column(
        "unrealised",
        "Unrealised",
        lambda row: fmt.signed_money(row.unrealised, row.currency),
        lambda row: row.unrealised,
        tone=lambda row: _signed_tone(row.unrealised),
        tooltip=_source,
        csv=lambda row: "" if row.unrealised is None else str(row.unrealised),
        chars=10,
        name="Unrealised P&L",
    ),
    Column(
        "unrealised_percent",
        "Unr. %",
        lambda row: fmt.signed_percent(row.unrealised_fraction),
        lambda row: row.unrealised_fraction,
        tone=lambda row: _signed_tone(row.unrealised),
        chars=8,
        name="Unrealised % of cost",
        yields=1,
    ),
    Column(
        "realised",
        "Realised",
        lambda row: fmt.signed_money(row.position.realised_pnl, row.currency),
        lambda row: row.position.realised_pnl,
        tone=lambda row: _signed_tone(row.position.realised_pnl),
        csv=lambda row: "" if row.position.realised_pnl is None else str(row.position.realised_pnl),
        chars=9,
        name="Realised P&L",
        yields=4,
    ),
    Column(
        "share",
        "% NLV",
        lambda row: fmt.percent(row.share, 1),
        lambda row: row.share,
        chars=6,
        name="Share of net liquidation",
        tooltip=lambda row: "Market value as a share of net liquidation.",
    ),
    Column(
        "account",
        "Account",
        lambda row: row.position.account,
        align=Align.LEFT,
        tone=lambda row: "text_dim",
        chars=10,
        yields=3,
    ),
)

ACTIONS = (("close", "Close"), ("half", "Half"), ("reverse", "Reverse"))
"""What a position can be prefilled into the ticket as."""


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
        {Topic.POSITION, Topic.QUOTE, Topic.CONTRACT, Topic.ACCOUNT, Topic.LINK}
    )

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._watched = Watched(bridge.watch, bridge.unwatch, self.NAME)
        self.model = TableModel(COLUMNS, self._row)
        self.view = TableView(self.model, "Positions", "No positions.", stretch="contract")
        self.totals = Totals("positions-totals")
        self.why = Caption("positions-why")
        self.buttons = {key: DeliberateButton(title, f"positions-{key}") for key, title in ACTIONS}
        self._lay_out()
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, key=key: self.stage(key))
        self.view.current_changed.connect(self._on_current)
        self.view.menu_asked.connect(self._pop_up_menu)
        self._show_rows()

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if positions := changes.get(Topic.POSITION):
            self._show_rows()
            self.model.touch(positions)
        if Topic.ACCOUNT in changes or Topic.LINK in changes:
            self.model.touch(self.model.keys)
        if moved := changes.get(Topic.QUOTE, frozenset()) | changes.get(Topic.CONTRACT, frozenset()):
            self.model.touch([key for key in self.model.keys if isinstance(key, tuple) and key[1] in moved])

    def age(self, now_s: float) -> None:
        self.model.touch_sight()
        self.model.resort()
        self._show_totals()

    def save_state(self) -> dict[str, Any]:
        return {"table": self.view.save_state()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))

    # --- the trader ------------------------------------------------------------------------------

    def stage(self, action: str) -> None:
        """Prefill the ticket to "close", "half" or "reverse" the selected position; nothing is sent."""
        position = self._current()
        if position is None or self._why_not(action, position):
            return
        quantity = action_quantity(action, position, self._details(position))
        side = Side.SELL if position.quantity > 0 else Side.BUY
        self.bridge.show_panel.emit("ticket")
        self.bridge.stage(
            OrderSpec(position.contract, side, quantity, OrderType.MKT, account=position.account)
        )

    def _why_not(self, action: str, position: Position) -> str:
        if not action_quantity(action, position, self._details(position)):
            return f"{fmt.quantity(abs(position.quantity))} cannot be halved"
        return ""

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
                text = f"{title} {position.contract.label}…"
                menu.insertAction(first, row_action(menu, text, partial(self.stage, key), why_not=closed))
        menu.popup(at)

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, key: Hashable) -> PositionRow | None:
        position = self._position(key)
        if position is None:
            return None
        desk, now_s = self.bridge.desk, self.bridge.now_s()
        details = self._details(position)
        mark = mark_of(position, desk.quote(position.contract.con_id), details, now_s)
        return PositionRow(position, details, mark, desk.account(position.account))

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
            button.setToolTip(closed or "Fills the ticket in; nothing is sent.")
            if closed and position is not None:
                reasons.append(f"{button.text()}: {closed}")
        self.why.say("; ".join(reasons))

    def _show_totals(self) -> None:
        rows = [row for key in self.model.keys if (row := self._row(key)) is not None]
        totals: list[Total] = []
        for currency in dict.fromkeys(row.currency for row in rows):
            mine = [row for row in rows if row.currency == currency]
            value = _sum(row.value for row in mine)
            unrealised = _sum(row.unrealised for row in mine)
            realised = _sum(row.position.realised_pnl for row in mine)
            totals += [
                ("Market value", fmt.money(value, currency), ""),
                ("Unrealised", fmt.signed_money(unrealised, currency), _signed_tone(unrealised)),
                ("Realised", fmt.signed_money(realised, currency), _signed_tone(realised)),
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
        column.addWidget(bar)


def _sum(values: Any) -> Decimal | None:
    """The sum, or nothing when a part is missing: half a total is a wrong total."""
    listed = list(values)
    return None if any(value is None for value in listed) else sum(listed, Decimal(0))
