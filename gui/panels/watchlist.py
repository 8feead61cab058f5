"""The watchlist: contracts the trader follows, each with its quote, how old it is and what kind it is."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from core.domain.contract import Contract, ContractDetails, ContractQuery, SecType
from core.domain.line import LineState, LineView
from core.domain.order import OrderSpec, OrderType, Side
from core.domain.quote import Quote
from core.domain.topics import Changes, Topic
from gui import format as fmt
from gui import theme
from gui.bridge import Bridge
from gui.panel import Panel
from gui.table import Align, Column, TableModel, TableView
from gui.table.view import row_action, rows_menu
from gui.widgets.contract_search import Catalogue, ContractSearch, answers
from gui.widgets.contract_state import contract_from, contract_state
from gui.widgets.lots import lot
from gui.widgets.quote_words import Freshness, age_words, badge, badge_tone, freshness, kind_words

DEFAULTS: tuple[ContractQuery, ...] = (
    ContractQuery("AAPL"),
    ContractQuery("MSFT"),
    ContractQuery("NVDA"),
    ContractQuery("AMZN"),
    ContractQuery("TSLA"),
    ContractQuery("SPY"),
    ContractQuery("QQQ"),
    ContractQuery("ES", SecType.FUT, "CME"),
    ContractQuery("NQ", SecType.FUT, "CME"),
    ContractQuery("EUR", SecType.CASH, "IDEALPRO", "USD"),
    ContractQuery("USD", SecType.CASH, "IDEALPRO", "JPY"),
)
"""What a first start follows; of a future, the month that expires next."""
ASK_AGAIN_S = 10.0


class WatchRow(NamedTuple):
    contract: Contract
    details: ContractDetails | None
    quote: Quote | None
    state: Freshness
    now_s: float
    line: LineView | None = None


def _number(name: str) -> Any:
    return lambda row: None if row.quote is None else getattr(row.quote, name)


def _price(name: str) -> Any:
    return lambda row: fmt.price(_number(name)(row), row.details)


def _last(row: WatchRow) -> float | None:
    """The last trade; currencies have none, so theirs is the middle of bid and ask."""
    if row.quote is None:
        return None
    return row.quote.mid if row.quote.last is None and _has_no_trades(row) else row.quote.last


def _has_no_trades(row: WatchRow) -> bool:
    return row.contract.sec_type is SecType.CASH


def _change(row: WatchRow) -> float | None:
    last, close = _last(row), None if row.quote is None else row.quote.close
    return None if last is None or close is None else last - close


def _change_fraction(row: WatchRow) -> float | None:
    change, close = _change(row), None if row.quote is None else row.quote.close
    return None if change is None or not close else change / close


def _last_words(row: WatchRow) -> str:
    middle = " Middle of bid and ask: currencies report no trades." if _has_no_trades(row) else ""
    return f"{age_words(row.quote, row.state, row.now_s)}{middle}"


def _size(name: str) -> Any:
    return lambda row: fmt.compact(_number(name)(row))


def _dimmed(tone: str) -> Any:
    """`tone` while the quote is fresh: an old number must not look like a new one."""
    return lambda row: tone if row.state is Freshness.FRESH else "text_faint"


def _move_tone(row: WatchRow) -> str:
    change = _change(row)
    if row.state is not Freshness.FRESH:
        return "text_faint"
    return "" if not change else "up" if change > 0 else "down"


def _age(row: WatchRow) -> str:
    return f"{age_words(row.quote, row.state, row.now_s)} {_line_words(row)}".strip()


def _line_words(row: WatchRow) -> str:
    """What is wrong with its market-data line; "" when nothing is."""
    return row.line.words if row.line is not None and row.line.state in _LINE_MARKS else ""


def _who(row: WatchRow) -> str:
    contract = row.contract
    name = row.details.long_name if row.details else ""
    place = contract.primary_exchange or contract.exchange
    facts = f"{contract.sec_type} · {place} · {contract.currency} · conId {contract.con_id}"
    return "\n".join(part for part in (_line_words(row), name, facts) if part)


_LINE_MARKS = {LineState.DEAD: "⚠", LineState.REFUSED: "×", LineState.EVICTED: "○"}
"""Beside the symbol of a contract whose prices do not come, though somebody watches it."""


def _symbol(row: WatchRow) -> str:
    mark = "" if row.line is None else _LINE_MARKS.get(row.line.state, "")
    return f"{row.contract.label} {mark}".strip()


def _symbol_tone(row: WatchRow) -> str:
    return "warning" if row.line is not None and row.line.state in _LINE_MARKS else ""


COLUMNS: tuple[Column[WatchRow], ...] = (
    Column(
        "symbol",
        "Symbol",
        _symbol,
        align=Align.LEFT,
        tone=_symbol_tone,
        tooltip=_who,
        csv=lambda row: row.contract.label,
        chars=8,
        grows=20,
        strong=True,
    ),
    Column(
        "last",
        "Last",
        lambda row: fmt.price(_last(row), row.details),
        _last,
        tone=_dimmed(""),
        tooltip=_last_words,
        chars=8,
    ),
    Column(
        "change",
        "Chg",
        lambda row: fmt.change(_change(row), row.details),
        _change,
        tone=_move_tone,
        chars=8,
        name="Change",
        yields=2,
    ),
    Column(
        "change_percent",
        "Chg %",
        lambda row: fmt.signed_percent(_change_fraction(row)),
        _change_fraction,
        tone=_move_tone,
        tooltip=lambda row: f"Against the previous close of {_price('close')(row)}.",
        chars=8,
        name="Change %",
    ),
    Column("bid", "Bid", _price("bid"), _number("bid"), tone=_dimmed("bid"), tooltip=_age, chars=8, yields=1),
    Column(
        "bid_size",
        "Bid size",
        _size("bid_size"),
        _number("bid_size"),
        tone=_dimmed("text_dim"),
        csv=lambda row: fmt.quantity(_number("bid_size")(row)),
        chars=5,
        yields=4,
    ),
    Column("ask", "Ask", _price("ask"), _number("ask"), tone=_dimmed("ask"), tooltip=_age, chars=8, yields=1),
    Column(
        "ask_size",
        "Ask size",
        _size("ask_size"),
        _number("ask_size"),
        tone=_dimmed("text_dim"),
        csv=lambda row: fmt.quantity(_number("ask_size")(row)),
        chars=5,
        yields=4,
    ),
    Column(
        "volume",
        "Volume",
        _size("volume"),
        _number("volume"),
        tone=_dimmed("text_dim"),
        csv=lambda row: fmt.quantity(_number("volume")(row)),
        chars=6,
        yields=3,
    ),
    Column(
        "kind",
        "Kind",
        lambda row: kind_words(row.quote),
        align=Align.LEFT,
        tone=_dimmed("text_dim"),
        chars=9,
        name="Kind of quote",
        yields=5,
    ),
    Column(
        "age",
        "",
        lambda row: badge(row.quote, row.state),
        lambda row: None if row.quote is None else row.quote.age_s(row.now_s),
        align=Align.RIGHT,
        tone=lambda row: badge_tone(row.quote, row.state),
        tooltip=_age,
        csv=_age,
        chars=3,
        name="Age",
    ),
)


class WatchlistPanel(Panel):
    """Follows contracts; selecting one selects it for the chart and the ticket."""

    NAME: ClassVar[str] = "watchlist"
    TITLE: ClassVar[str] = "Watchlist"
    TOPICS: ClassVar[frozenset[Topic]] = frozenset(
        {Topic.QUOTE, Topic.LINE, Topic.CONTRACT, Topic.SEARCH, Topic.LINK}
    )

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._contracts: dict[int, Contract] = {}
        self._places: dict[int, float] = {}
        self._unresolved: dict[ContractQuery, int] = {query: place for place, query in enumerate(DEFAULTS)}
        self._asked_at_s: float | None = None
        self._wanted_selection = 0
        desk = bridge.desk
        catalogue = Catalogue(
            bridge.search, bridge.find, desk.search_result, desk.contract, lambda: desk.link.synchronised
        )
        self.search = ContractSearch(catalogue, "Add contract", "watchlist-add")
        self.search.setPlaceholderText("Add contract: symbol, name or conId")
        self.model = TableModel(COLUMNS, self._row)
        self.view = TableView(
            self.model, "Watchlist", "No contracts yet. Search above to add one.", stretch="symbol"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(6), 0, 0)
        column.setSpacing(theme.px(4))
        top = QHBoxLayout()
        top.setContentsMargins(theme.px(7), 0, theme.px(7), 0)
        top.addWidget(self.search)
        column.addLayout(top)
        column.addWidget(self.view, 1)
        self.search.picked.connect(self.add)
        self.view.current_changed.connect(self._on_current)
        self.view.chosen.connect(lambda _key: bridge.show_panel.emit("ticket"))
        self.view.menu_asked.connect(self._pop_up_menu)
        self.view.delete_asked.connect(self.remove_selected)

    # --- what the window calls -------------------------------------------------------------------

    def refresh(self, changes: Changes) -> None:
        if Topic.LINK in changes:
            self._resolve_defaults()
            self.search.on_link()
            self.model.touch(self._contracts)
        if contracts := changes.get(Topic.CONTRACT):
            self._adopt_defaults(contracts)
            self.search.on_contracts(contracts)
            self._refresh_contracts(contracts)
            self.model.touch(contracts)
        if searches := changes.get(Topic.SEARCH):
            self.search.on_found(searches)
        for topic in (Topic.QUOTE, Topic.LINE):
            if con_ids := changes.get(topic):
                self.model.touch(con_ids)

    def age(self, now_s: float) -> None:
        self._resolve_defaults()
        self.model.touch_sight()
        self.model.resort()

    def save_state(self) -> dict[str, Any]:
        return {
            "contracts": [contract_state(self._contracts[con_id]) for con_id in self._in_order()],
            "selected": self.view.current_key() or self._wanted_selection,
            "unresolved": bool(self._unresolved),
            "table": self.view.save_state(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_state(state.get("table"))
        stored = state.get("contracts")
        if not isinstance(stored, list):
            return
        if state.get("unresolved") is not True:
            self._unresolved.clear()
        if isinstance(selected := state.get("selected"), int):
            self._wanted_selection = selected
        for each in stored:
            if (contract := contract_from(each)) is not None:
                self._follow(contract, len(DEFAULTS) + len(self._contracts))
        self._show_rows()

    # --- the trader ------------------------------------------------------------------------------

    def add(self, contract: Contract) -> None:
        """Follow `contract`, at the end of the list, and select it."""
        if contract.con_id not in self._contracts:
            self._follow(contract, max(self._places.values(), default=0.0) + len(DEFAULTS))
            self._show_rows()
        self.view.select_key(contract.con_id)
        self.view.setFocus()

    def remove_selected(self) -> None:
        """Stop following the selected contracts; the row after them is selected."""
        keys = self.view.selected_keys()
        row = min((self.model.row_of(key) or 0 for key in keys), default=0)
        for key in keys:
            assert isinstance(key, int)
            del self._contracts[key], self._places[key]
            self.bridge.unwatch(key, self.NAME)
        self._show_rows()
        follower = self.model.key_at(min(row, len(self._contracts) - 1))
        if follower is not None:
            self.view.select_key(follower)

    def _on_current(self, key: Hashable | None) -> None:
        if isinstance(key, int) and key in self._contracts:
            self.bridge.select(self._contracts[key])

    def _pop_up_menu(self, at: QPoint) -> None:
        menu = rows_menu(self.view, self)
        first = menu.actions()[0]
        key = self.view.current_key()
        if isinstance(key, int) and (contract := self._contracts.get(key)) is not None:
            untradable = "an index cannot be traded" if contract.sec_type is SecType.IND else ""
            for side in Side:
                action = row_action(
                    menu,
                    f"{side.capitalize()} {contract.label}…",
                    partial(self._stage, contract, side),
                    why_not=untradable,
                )
                menu.insertAction(first, action)
            menu.insertAction(first, row_action(menu, "Remove\tDel", self.remove_selected))
        menu.popup(at)

    def _stage(self, contract: Contract, side: Side) -> None:
        self.bridge.stage(OrderSpec(contract, side, lot(contract, self._details(contract)), OrderType.LMT))
        self.bridge.show_panel.emit("ticket")

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, key: Hashable) -> WatchRow | None:
        contract = self._contracts.get(key) if isinstance(key, int) else None
        if contract is None:
            return None
        details, quote, now_s = (
            self._details(contract),
            self.bridge.desk.quote(contract.con_id),
            self.bridge.now_s(),
        )
        state = freshness(quote, details, now_s)
        return WatchRow(contract, details, quote, state, now_s, self.bridge.desk.line(contract.con_id))

    def _details(self, contract: Contract) -> ContractDetails | None:
        return self.bridge.desk.details(contract.con_id)

    def _follow(self, contract: Contract, place: float) -> None:
        self._contracts[contract.con_id] = contract
        self._places[contract.con_id] = place
        self.bridge.watch(contract, self.NAME)

    def _in_order(self) -> list[int]:
        return sorted(self._contracts, key=lambda con_id: self._places[con_id])

    def _show_rows(self) -> None:
        self.model.set_rows(self._in_order())
        # The selection of last time comes back once, when its contract has.
        if self.view.current_key() is not None or not self._contracts:
            return
        first = self._in_order()[0]
        settled = not self._unresolved or self._places[first] == 0
        wanted = self._wanted_selection or (first if settled else 0)
        if wanted in self._contracts:
            self._wanted_selection = 0
            self.view.select_key(wanted)

    def _refresh_contracts(self, con_ids: frozenset[Hashable]) -> None:
        """Details know a contract better than a saved layout does."""
        for con_id in con_ids:
            known = self.bridge.desk.contract(con_id) if isinstance(con_id, int) else None
            if known is not None and known.con_id in self._contracts:
                self._contracts[known.con_id] = known

    # --- the first list --------------------------------------------------------------------------

    def _resolve_defaults(self) -> None:
        if not self._unresolved or not self.bridge.desk.link.synchronised:
            return
        now_s = self.bridge.now_s()
        if self._asked_at_s is not None and now_s - self._asked_at_s < ASK_AGAIN_S:
            return
        self._asked_at_s = now_s
        for query in self._unresolved:
            self.bridge.find(query)

    def _adopt_defaults(self, con_ids: frozenset[Hashable]) -> None:
        known = [self.bridge.desk.contract(con_id) for con_id in con_ids if isinstance(con_id, int)]
        today = datetime.fromtimestamp(self.bridge.now_s(), UTC).strftime("%Y%m%d")
        for query, place in list(self._unresolved.items()):
            fits = [one for one in known if one is not None and answers(one, query)]
            alive = [one for one in fits if not one.expiry or one.expiry >= today]
            if alive:
                del self._unresolved[query]
                self._follow(min(alive, key=lambda one: (one.expiry, one.con_id)), place)
        self._show_rows()
