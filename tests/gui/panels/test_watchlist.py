"""The watchlist: finding, following and letting go of contracts, and numbers that never look fresher than they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.domain.contract import Contract, ContractQuery, SecType
from core.domain.events import ContractsFound
from core.domain.line import LineState, LineView
from core.domain.quote import QuoteKind
from core.domain.topics import Topic
from gui.panels.watchlist import DEFAULTS, WatchlistPanel
from gui.widgets.contract_search import query_for
from tests.gui.panels.stand_in import AAPL, ES, EURUSD, EVERYTHING, MSFT, NVDA, QQQ, Floor, connect

Show = Callable[..., Any]
Key = Qt.Key


class Bench:
    def __init__(self, floor: Floor, panel: WatchlistPanel, qtbot: Any) -> None:
        self.floor, self.panel, self.qtbot = floor, panel, qtbot
        self.selected: list[Contract] = []
        floor.bridge.contract_selected.connect(self.selected.append)

    def frame(self) -> None:
        self.floor.show(self.panel)

    def know(self, *details: Any) -> None:
        self.floor.know(*details)
        self.frame()

    def labels(self) -> list[str]:
        return [self.panel.model.text(key, "symbol") for key in self.panel.model.keys]

    def text(self, details: Any, column: str) -> str:
        return self.panel.model.text(details.contract.con_id, column)

    def tone(self, details: Any, column: str) -> str:
        row = self.panel.model.row_of(details.contract.con_id)
        assert row is not None
        place = next(place for place, each in enumerate(self.panel.model.columns) if each.key == column)
        return self.panel.model.cell(row, place).tone

    def search(self, text: str) -> None:
        self.panel.search.setFocus()
        self.qtbot.keyClicks(self.panel.search, text)
        self.panel.search._ask()

    def answer(self, text: str, *contracts: Any) -> None:
        names = tuple(details.long_name for details in contracts)
        self.floor.say(ContractsFound(text, tuple(details.contract for details in contracts), names))
        self.frame()


@pytest.fixture
def bench(desk_floor: Floor, show: Show, qtbot: Any) -> Bench:
    panel = show(WatchlistPanel(desk_floor.bridge), 900, 420)
    made = Bench(desk_floor, panel, qtbot)
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    return made


@pytest.fixture
def followed(bench: Bench) -> Bench:
    """Follows AAPL, MSFT and EUR.USD, nothing else."""
    bench.panel.restore_state({"contracts": []})
    bench.know(*EVERYTHING)
    for details in (AAPL, MSFT, EURUSD):
        bench.panel.add(details.contract)
    bench.floor.quote(AAPL, 231.42, 231.44, 231.43, close=229.87)
    bench.floor.quote(EURUSD, 1.16420, 1.16430, 1.16425, close=1.17)
    bench.frame()
    bench.selected.clear()
    return bench


# --- the first list -------------------------------------------------------------------------------


def test_a_first_start_asks_for_the_default_list_once_the_link_is_ready(
    make_floor: Callable[..., Floor], show: Show, qtbot: Any
) -> None:
    floor = make_floor(connected=False)
    panel = show(WatchlistPanel(floor.bridge), 330, 420)
    panel.age(floor.stand_in.now)
    assert floor.stand_in.found == []
    connect(floor)
    floor.show(panel)
    assert floor.stand_in.found == list(DEFAULTS)


def test_the_default_list_keeps_its_order_whoever_answers_first(bench: Bench) -> None:
    for details in (EURUSD, ES, MSFT, AAPL):
        bench.know(details)
    assert bench.labels() == ["AAPL", "MSFT", "ES SEP26", "EUR.USD"]
    assert [contract.label for contract in bench.selected] == ["AAPL"]


def test_of_a_future_the_next_month_is_taken(bench: Bench) -> None:
    from dataclasses import replace

    later = replace(ES, contract=replace(ES.contract, con_id=1, expiry="20261218"))
    past = replace(ES, contract=replace(ES.contract, con_id=2, expiry="20200320"))
    bench.floor.know(later, past, ES)
    bench.frame()
    assert bench.labels() == ["ES SEP26"]


def test_the_list_and_the_selection_come_back_with_the_layout(followed: Bench, show: Show) -> None:
    followed.panel.view.select_key(MSFT.contract.con_id)
    twin = show(WatchlistPanel(followed.floor.bridge), 330, 420)
    twin.restore_state(followed.panel.save_state())
    assert twin.model.keys == followed.panel.model.keys
    assert twin.view.current_key() == MSFT.contract.con_id
    twin.age(followed.floor.stand_in.now)
    assert followed.floor.stand_in.found == []


def test_nonsense_in_a_saved_list_is_skipped(bench: Bench) -> None:
    good = {"con_id": 7, "symbol": "X", "sec_type": "STK"}
    bad: list[Any] = [None, 5, {"con_id": "7"}, {"con_id": 8, "sec_type": "NO"}, {"con_id": 9, "strike": "x"}]
    bench.panel.restore_state({"contracts": [*bad, good], "selected": "x", "table": 3})
    assert bench.labels() == ["X"]


# --- searching ------------------------------------------------------------------------------------


def test_typing_asks_once_after_a_pause(bench: Bench, qtbot: Any) -> None:
    qtbot.keyClicks(bench.panel.search, "app")
    assert bench.floor.stand_in.searched == []
    qtbot.waitUntil(lambda: bench.floor.stand_in.searched == ["app"])


def test_a_result_is_picked_by_arrow_and_enter(followed: Bench) -> None:
    followed.search("n")
    followed.answer("n", NVDA, QQQ)
    assert followed.panel.search.results.contracts == [NVDA.contract, QQQ.contract]
    followed.qtbot.keyClick(followed.panel.search, Key.Key_Down)
    followed.qtbot.keyClick(followed.panel.search, Key.Key_Return)
    assert followed.labels()[-1] == "QQQ"
    assert [contract.label for contract in followed.selected] == ["QQQ"]
    assert (followed.panel.search.text(), followed.panel.search.results.isVisible()) == ("", False)


def test_a_result_is_picked_by_mouse(followed: Bench) -> None:
    followed.search("n")
    followed.answer("n", NVDA, QQQ)
    inner = followed.panel.search.results._list
    QTest.mouseClick(
        inner.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(30, 10)
    )
    assert followed.labels()[-1] == "NVDA"


def test_enter_before_the_answer_takes_the_exact_symbol_when_it_comes(followed: Bench) -> None:
    followed.qtbot.keyClicks(followed.panel.search, "nvda")
    followed.qtbot.keyClick(followed.panel.search, Key.Key_Return)
    followed.answer("nvda", QQQ, NVDA)
    assert followed.labels()[-1] == "NVDA"


def test_enter_without_an_exact_answer_takes_nothing(followed: Bench) -> None:
    followed.panel.search.setFocus()
    followed.qtbot.keyClicks(followed.panel.search, "nv")
    followed.qtbot.keyClick(followed.panel.search, Key.Key_Return)
    followed.answer("nv", NVDA)
    assert len(followed.labels()) == 3
    assert followed.panel.search.results.isVisible()


def test_an_old_answer_does_not_replace_the_new_question(followed: Bench) -> None:
    followed.search("n")
    followed.panel.search.clear()
    followed.search("q")
    followed.answer("n", NVDA)
    assert followed.panel.search.results.contracts == []


def test_nothing_found_is_said(followed: Bench) -> None:
    followed.search("zzzz")
    assert followed.panel.search.results._none.text() == "Searching…"
    followed.answer("zzzz")
    assert followed.panel.search.results._none.text() == "No contract found for “zzzz”."


def test_a_search_without_a_connection_says_so_and_goes_on_when_it_is_back(followed: Bench) -> None:
    followed.floor.lose_link()
    followed.frame()
    followed.search("disney")
    asked = len(followed.floor.stand_in.searched)
    assert followed.panel.search.results._none.text().startswith("Not connected")
    followed.panel.search.setFocus()
    connect(followed.floor)
    followed.frame()
    assert followed.floor.stand_in.searched[asked:] == ["disney"]
    assert followed.panel.search.results._none.text() == "Searching…"


def test_a_search_that_loses_its_connection_says_so(followed: Bench) -> None:
    followed.search("disney")
    assert followed.panel.search.results._none.text() == "Searching…"
    followed.floor.lose_link()
    followed.frame()
    assert followed.panel.search.results._none.text().startswith("Not connected")


@pytest.mark.parametrize(
    ("state", "mark"), [(LineState.DEAD, "⚠"), (LineState.REFUSED, "×"), (LineState.EVICTED, "○")]
)
def test_a_line_that_does_not_flow_is_marked_and_explained(
    followed: Bench, monkeypatch: pytest.MonkeyPatch, state: LineState, mark: str
) -> None:
    line = LineView(AAPL.contract.con_id, state, 0.0, None, "It was asked for again, in vain.")
    monkeypatch.setattr(followed.floor.desk, "line", lambda con_id: line if con_id == line.con_id else None)
    followed.panel.refresh({Topic.LINE: frozenset({line.con_id})})
    assert followed.text(AAPL, "symbol") == f"AAPL {mark}"
    assert followed.tone(AAPL, "symbol") == "warning"
    assert followed.text(MSFT, "symbol") == "MSFT"
    row = followed.panel._row(line.con_id)
    columns = {column.key: column for column in followed.panel.model.columns}
    for key in ("symbol", "age"):
        told = columns[key].tooltip
        assert told is not None
        assert "in vain" in told(row)
    assert columns["symbol"].csv(row) == "AAPL"  # type: ignore[misc]


def test_escape_closes_the_results_and_takes_the_text_back(followed: Bench) -> None:
    followed.search("n")
    followed.answer("n", NVDA)
    followed.qtbot.keyClick(followed.panel.search, Key.Key_Escape)
    assert (followed.panel.search.text(), followed.panel.search.results.isVisible()) == ("", False)


def test_a_con_id_finds_its_contract(bench: Bench) -> None:
    bench.panel.restore_state({"contracts": []})
    bench.search(str(NVDA.contract.con_id))
    assert bench.floor.stand_in.found == [ContractQuery(con_id=NVDA.contract.con_id)]
    assert bench.floor.stand_in.searched == ["4815747"]
    bench.know(NVDA)
    bench.qtbot.keyClick(bench.panel.search, Key.Key_Return)
    assert bench.labels() == ["NVDA"]


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("265598", ContractQuery(con_id=265598)),
        ("eur.usd", ContractQuery("EUR", SecType.CASH, "IDEALPRO", "USD")),
        ("EUR/USD", ContractQuery("EUR", SecType.CASH, "IDEALPRO", "USD")),
        ("btc.usd", None),
        ("es fut", ContractQuery("ES", SecType.FUT, "")),
        ("spx ind", ContractQuery("SPX", SecType.IND, "")),
        ("es fop", ContractQuery("ES", SecType.FOP, "")),
        ("aapl cfd", ContractQuery("AAPL", SecType.CFD)),
        ("aapl war", ContractQuery("AAPL", SecType.WAR)),
        ("btc crypto", ContractQuery("BTC", SecType.CRYPTO, "PAXOS")),
        ("aapl", None),
        ("12", None),
    ],
)
def test_what_is_typed_may_be_an_exact_question(typed: str, query: ContractQuery | None) -> None:
    assert query_for(typed) == query


# --- following ------------------------------------------------------------------------------------


def test_adding_what_is_followed_only_selects_it(followed: Bench) -> None:
    followed.panel.add(MSFT.contract)
    assert len(followed.labels()) == 3
    assert followed.panel.view.current_key() == MSFT.contract.con_id


def test_delete_lets_go_of_the_contract_and_its_quote(followed: Bench) -> None:
    followed.panel.view.select_key(AAPL.contract.con_id)
    followed.qtbot.keyClick(followed.panel.view, Key.Key_Delete)
    assert followed.labels() == ["MSFT", "EUR.USD"]
    assert followed.floor.desk.quote(AAPL.contract.con_id) is None
    assert followed.panel.view.current_key() == MSFT.contract.con_id


def test_selecting_a_row_selects_the_contract_for_all(followed: Bench) -> None:
    row = followed.panel.model.row_of(MSFT.contract.con_id)
    at = QPoint(20, followed.panel.view.rowViewportPosition(row or 0) + 4)
    QTest.mouseClick(
        followed.panel.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at
    )
    assert followed.selected == [MSFT.contract]


def test_the_row_menu_stages_an_order_and_does_not_block(followed: Bench) -> None:
    staged: list[Any] = []
    followed.floor.bridge.staged.connect(staged.append)
    followed.panel.view.select_key(AAPL.contract.con_id)
    followed.panel.view.menu_asked.emit(QPoint(5, 5))
    menu = next(menu for menu in followed.panel.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text() == "Sell AAPL…").trigger()
    menu.close()
    assert [spec.sentence() for spec in staged] == ["SELL 100 AAPL LMT DAY"]


# --- honest numbers -------------------------------------------------------------------------------


def test_each_price_has_its_contracts_digits(followed: Bench) -> None:
    assert followed.text(AAPL, "last") == "231.43"
    assert followed.text(EURUSD, "bid") == "1.16420"
    assert followed.text(AAPL, "change") == "+1.56"
    assert followed.text(EURUSD, "change") == "−0.00575"
    assert followed.text(AAPL, "change_percent") == "+0.68 %"


def test_a_currency_has_no_trades_and_shows_the_middle(followed: Bench) -> None:
    followed.floor.quote(EURUSD, 1.16420, 1.16430, None, close=1.16000)
    followed.frame()
    assert followed.text(EURUSD, "last") == "1.16425"
    assert followed.text(EURUSD, "change") == "+0.00425"
    followed.floor.quote(AAPL, 231.42, 231.44, None, close=229.87)
    followed.frame()
    assert followed.text(AAPL, "last") == "–"


def test_what_is_absent_is_a_dash(followed: Bench) -> None:
    columns = ("last", "change", "change_percent", "bid", "ask", "volume", "kind")
    assert {followed.text(MSFT, column) for column in columns} == {"–"}
    assert followed.text(MSFT, "age") == "○"


def test_a_price_dims_after_five_seconds_in_regular_hours(followed: Bench) -> None:
    assert (followed.tone(AAPL, "last"), followed.text(AAPL, "age")) == ("", "●")
    followed.floor.pass_time(5.5, followed.panel)
    assert (followed.tone(AAPL, "last"), followed.tone(AAPL, "bid")) == ("text_faint", "text_faint")
    assert followed.text(AAPL, "age") == "◐"


def test_after_a_lost_link_everything_dims_and_says_since_when(followed: Bench) -> None:
    followed.floor.lose_link()
    followed.frame()
    assert (followed.tone(AAPL, "last"), followed.text(AAPL, "age")) == ("text_faint", "✕")
    row = followed.panel.model.row_value(AAPL.contract.con_id)
    tooltip = next(column.tooltip for column in followed.panel.model.columns if column.key == "age")
    assert row is not None
    assert tooltip is not None
    assert tooltip(row).startswith("No longer updated since ")


@pytest.mark.parametrize(
    ("kind", "halted", "word", "badge"),
    [
        (QuoteKind.LIVE, False, "live", "●"),
        (QuoteKind.DELAYED, False, "delayed", "D ●"),
        (QuoteKind.FROZEN, False, "frozen", "F ●"),
        (QuoteKind.DELAYED_FROZEN, False, "delayed frozen", "DF ●"),
        (QuoteKind.LIVE, True, "halted", "H ●"),
    ],
)
def test_the_kind_of_a_quote_is_told_in_words_and_by_letter(
    followed: Bench, kind: QuoteKind, halted: bool, word: str, badge: str
) -> None:
    followed.floor.quote(AAPL, 231.42, 231.44, 231.43, close=229.87, kind=kind, halted=halted)
    followed.frame()
    assert (followed.text(AAPL, "kind"), followed.text(AAPL, "age")) == (word, badge)


def test_a_narrow_list_keeps_symbol_last_change_and_age(followed: Bench) -> None:
    followed.panel.resize(300, 400)
    keys = [followed.panel.model.columns[place].key for place in followed.panel.view.shown_columns()]
    assert keys[:2] == ["symbol", "last"]
    assert "change_percent" in keys
    assert keys[-1] == "age"
    assert "volume" not in keys
